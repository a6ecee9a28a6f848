//! The superblock, in the layouts of versions 1 to 3 (packed, bit fields) and 4.

use duecare_base::{Bin, Endian};

/// Magics that are in use: Linux's own in both byte orders, then makers' and patches' variants.
pub(super) const MAGICS: [&[u8; 4]; 8] =
    [b"hsqs", b"sqsh", b"shsq", b"qshs", b"tqsh", b"hsqt", b"sqlz", b"zlqs"];

/// Smallest block that any version of `mksquashfs` makes, in bytes.
const BLOCK_BYTES_MIN: usize = 512;

/// Largest block of any version, in bytes.
const BLOCK_BYTES_MAX: usize = 1 << 20;

/// Metadata and fragments carry a check byte after their header (versions 1 to 3).
const FLAG_CHECK: u16 = 1 << 2;

/// No offset: the table is not there.
const NOWHERE: u64 = u64::MAX;

/// What a superblock says.
#[derive(Debug, Clone)]
pub(super) struct Superblock {
    pub(super) magic: [u8; 4],
    pub(super) endian: Endian,
    pub(super) major: u16,
    pub(super) minor: u16,
    pub(super) inodes: u32,
    /// Creation time, seconds since 1970.
    pub(super) created: u32,
    /// Size of a data block, in bytes.
    pub(super) block_size: usize,
    pub(super) fragments: u32,
    /// Number of the compression in version 4.
    pub(super) compression: Option<u16>,
    pub(super) flags: u16,
    pub(super) uids: usize,
    pub(super) gids: usize,
    pub(super) root: u64,
    /// Size of the file system without padding, in bytes.
    pub(super) bytes_used: usize,
    pub(super) uid_table: usize,
    pub(super) gid_table: usize,
    pub(super) xattr_table: Option<usize>,
    pub(super) inode_table: u64,
    pub(super) directory_table: u64,
    pub(super) fragment_table: Option<usize>,
    pub(super) has_export_table: bool,
}

impl Superblock {
    /// Reads the superblock in the byte order that makes sense of it.
    pub(super) fn read(input: &[u8]) -> Option<Self> {
        let magic = Bin::le(input).array(0).ok()?;
        if !MAGICS.contains(&&magic) {
            return None;
        }
        // Makers wrote magics in the wrong order, so the version decides.
        [Endian::Little, Endian::Big].into_iter().find_map(|endian| {
            let bin = Bin::new(input, endian);
            let major = bin.u16(28).ok()?;
            let read = match major {
                1..=3 => Self::read_old(bin, magic, major),
                4 => Self::read_4(bin, magic),
                _ => None,
            };
            read.filter(Self::is_sane)
        })
    }

    fn read_4(bin: Bin<'_>, magic: [u8; 4]) -> Option<Self> {
        let at = |offset| bin.u64(offset).ok().filter(|at| *at != NOWHERE);
        Some(Self {
            magic,
            endian: bin.endian(),
            major: 4,
            minor: bin.u16(30).ok()?,
            inodes: bin.u32(4).ok()?,
            created: bin.u32(8).ok()?,
            block_size: bin.size32(12).ok()?,
            fragments: bin.u32(16).ok()?,
            compression: Some(bin.u16(20).ok()?),
            flags: bin.u16(24).ok()?,
            uids: usize::from(bin.u16(26).ok()?),
            gids: 0,
            root: bin.u64(32).ok()?,
            bytes_used: bin.size64(40).ok()?,
            uid_table: bin.size64(48).ok()?,
            gid_table: 0,
            xattr_table: at(56).map(to_size),
            inode_table: bin.u64(64).ok()?,
            directory_table: bin.u64(72).ok()?,
            fragment_table: at(80).map(to_size),
            has_export_table: at(88).is_some(),
        })
    }

    /// Versions 1 to 3: each is the front of the next, fields of 64 bits appended.
    fn read_old(bin: Bin<'_>, magic: [u8; 4], major: u16) -> Option<Self> {
        let size = |offset| bin.size32(offset).ok();
        let short = Self {
            magic,
            endian: bin.endian(),
            major,
            minor: bin.u16(30).ok()?,
            inodes: bin.u32(4).ok()?,
            created: bin.u32(39).ok()?,
            block_size: usize::from(bin.u16(32).ok()?),
            fragments: 0,
            compression: None,
            flags: u16::from(bin.u8(36).ok()?),
            uids: usize::from(bin.u8(37).ok()?),
            gids: usize::from(bin.u8(38).ok()?),
            root: bin.u64(43).ok()?,
            bytes_used: size(8)?,
            uid_table: size(12)?,
            gid_table: size(16)?,
            xattr_table: None,
            inode_table: u64::from(bin.u32(20).ok()?),
            directory_table: u64::from(bin.u32(24).ok()?),
            fragment_table: None,
            has_export_table: false,
        };
        if major == 1 {
            return Some(short);
        }
        let block_size = size(51)?;
        let fragments = bin.u32(55).ok()?;
        let fragment_table = (fragments > 0).then_some(size(59)?);
        let medium = Self { block_size, fragments, fragment_table, ..short };
        if major == 2 {
            return Some(medium);
        }
        Some(Self {
            bytes_used: bin.size64(63).ok()?,
            uid_table: bin.size64(71).ok()?,
            gid_table: bin.size64(79).ok()?,
            inode_table: bin.u64(87).ok()?,
            directory_table: bin.u64(95).ok()?,
            fragment_table: (fragments > 0).then_some(bin.size64(103).ok()?),
            has_export_table: bin.u64(111).ok()? != NOWHERE,
            ..medium
        })
    }

    fn is_sane(&self) -> bool {
        let used = self.bytes_used as u64;
        let tables = self.inode_table < self.directory_table && self.directory_table <= used;
        let block = self.block_size.is_power_of_two()
            && (BLOCK_BYTES_MIN..=BLOCK_BYTES_MAX).contains(&self.block_size);
        tables
            && block
            && self.inodes > 0
            && self.inode_table >= self.header_bytes() as u64
            && self.uid_table as u64 <= used
            && self.minor <= 1024
    }

    /// Size of the superblock itself, in bytes.
    fn header_bytes(&self) -> usize {
        match self.major {
            1 => 51,
            2 => 63,
            3 => 119,
            _ => 96,
        }
    }

    /// Whether a check byte follows each header of a metadata block.
    pub(super) fn has_check_bytes(&self) -> bool {
        self.major < 4 && self.flags & FLAG_CHECK != 0
    }

    /// The magic as text, if it is not the one that Linux writes for this byte order.
    pub(super) fn odd_magic(&self) -> Option<String> {
        let usual = match self.endian {
            Endian::Little => b"hsqs",
            Endian::Big => b"sqsh",
        };
        (&self.magic != usual || (self.major == 4 && self.endian == Endian::Big))
            .then(|| String::from_utf8_lossy(&self.magic).into_owned())
    }
}

fn to_size(value: u64) -> usize {
    usize::try_from(value).unwrap_or(usize::MAX)
}
