//! Inodes of every version. Versions 1 to 3 pack them into bit fields, whose order follows the
//! byte order: from the low bits in little-endian images, from the high bits in big-endian ones.

use super::superblock::Superblock;
use duecare_base::{Bin, Endian, Short};

/// Longest front of an inode, before its block list, name or index, in bytes.
pub(super) const FRONT_BYTES_MAX: usize = 64;

/// The file has no fragment.
const NO_FRAGMENT: u32 = u32::MAX;

/// Inode types of version 1, of which the number also tells a group of owners.
const TYPES_1: u16 = 5;

/// What an inode is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// A folder: place of its listing in the folder table, and how long that is.
    Folder {
        block: u64,
        offset: usize,
        size: usize,
    },
    /// A file.
    File {
        start: u64,
        size: u64,
        fragment: Option<(u32, usize)>,
        blocks: usize,
    },
    /// A symbolic link with the length of its target.
    Link {
        size: usize,
    },
    /// A device with its number.
    Char(u32),
    /// A device with its number.
    Block(u32),
    Fifo,
    Socket,
}

/// An inode's front.
#[derive(Debug, Clone, Copy)]
pub(super) struct Inode {
    pub(super) kind: Kind,
    pub(super) mode: u32,
    /// Index into the table of owners.
    pub(super) uid: usize,
    /// Index into the table of groups; `None` for the same number as the owner.
    pub(super) gid: Option<usize>,
    pub(super) mtime: u32,
    /// Number of the inode; 0 where the version has none.
    pub(super) number: u32,
    pub(super) xattr: Option<u32>,
    /// Where the block list or the link's target begins, from the start of the inode, in bytes.
    pub(super) tail: usize,
    /// The inode is of the long form whose end is not known from its front.
    pub(super) open_ended: bool,
}

/// Why bytes are no inode.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(super) enum InodeError {
    #[error(transparent)]
    Short(#[from] Short),
    #[error("unknown inode type {0}")]
    Type(u16),
}

/// A number of `bytes` bytes, and its split into a low-first pair of bit fields.
fn packed(bin: Bin<'_>, at: usize, bytes: usize) -> Result<u64, Short> {
    let raw = bin.slice(at, bytes)?;
    let join = |value: u64, byte: &u8| value << 8 | u64::from(*byte);
    Ok(match bin.endian() {
        Endian::Little => raw.iter().rev().fold(0, join),
        Endian::Big => raw.iter().fold(0, join),
    })
}

/// Two bit fields that fill `bytes` bytes; the first has `first_bits` bits.
pub(super) fn bit_pair(
    bin: Bin<'_>,
    at: usize,
    bytes: usize,
    first_bits: usize,
) -> Result<(u64, u64), Short> {
    let value = packed(bin, at, bytes)?;
    let second_bits = bytes * 8 - first_bits;
    Ok(match bin.endian() {
        Endian::Little => (value & ((1 << first_bits) - 1), value >> first_bits),
        Endian::Big => (value >> second_bits, value & ((1 << second_bits) - 1)),
    })
}

/// A number of three bytes.
fn u24(bin: Bin<'_>, at: usize) -> Result<u64, Short> {
    packed(bin, at, 3)
}

impl Inode {
    /// Reads the front of an inode.
    pub(super) fn read(bytes: &[u8], sb: &Superblock) -> Result<Self, InodeError> {
        let bin = Bin::new(bytes, sb.endian);
        match sb.major {
            1 => read_1(bin, sb),
            2 => read_2(bin, sb),
            3 => read_3(bin, sb),
            _ => read_4(bin, sb),
        }
    }

    /// `st_mode` with the type's bits.
    pub(super) fn st_mode(&self) -> u32 {
        let kind = match self.kind {
            Kind::Folder { .. } => 0o040_000,
            Kind::File { .. } => 0o100_000,
            Kind::Link { .. } => 0o120_000,
            Kind::Char(_) => 0o020_000,
            Kind::Block(_) => 0o060_000,
            Kind::Fifo => 0o010_000,
            Kind::Socket => 0o140_000,
        };
        kind | (self.mode & 0o7777)
    }

    /// Bytes from the start of the inode to its end, where that is known.
    fn len(&self, sb: &Superblock) -> Option<usize> {
        let entry_bytes = if sb.major == 1 { 2 } else { 4 };
        match self.kind {
            _ if self.open_ended => None,
            Kind::File { blocks, .. } => blocks.checked_mul(entry_bytes)?.checked_add(self.tail),
            Kind::Link { size } => self.tail.checked_add(size),
            _ => Some(self.tail),
        }
    }
}

/// Whether a decoded metadata block reads as a row of inodes from its start.
pub(super) fn reads_as_inodes(block: &[u8], sb: &Superblock) -> bool {
    let mut at = 0;
    let mut count = 0_usize;
    while at < block.len() {
        let inode = match Inode::read(block.get(at..).unwrap_or_default(), sb) {
            Ok(inode) => inode,
            Err(InodeError::Short(_)) => break,
            Err(InodeError::Type(_)) => return false,
        };
        let numbered = sb.major < 3 || (1..=sb.inodes).contains(&inode.number);
        let owned =
            inode.uid < sb.uids.max(1) && inode.gid.is_none_or(|gid| gid < sb.gids.max(sb.uids));
        if !numbered || !owned || inode.mode > 0o7777 {
            return false;
        }
        count += 1;
        match inode.len(sb).and_then(|len| at.checked_add(len)) {
            Some(next) => at = next,
            None => break,
        }
    }
    count > 0
}

fn file(sb: &Superblock, start: u64, size: u64, fragment: u32, offset: u32) -> Kind {
    let fragment = (fragment != NO_FRAGMENT && sb.major > 1).then_some((fragment, offset as usize));
    let block = sb.block_size as u64;
    let blocks = if fragment.is_some() { size / block } else { size.div_ceil(block) };
    Kind::File { start, size, fragment, blocks: usize::try_from(blocks).unwrap_or(usize::MAX) }
}

fn folder(block: u64, offset: u64, size: u64) -> Kind {
    Kind::Folder { block, offset: offset as usize, size: usize::try_from(size).unwrap_or(0) }
}

fn read_4(bin: Bin<'_>, sb: &Superblock) -> Result<Inode, InodeError> {
    let number = bin.u16(0)?;
    let xattr = |at: usize| bin.u32(at).map(|index| Some(index).filter(|index| *index != u32::MAX));
    let mut open_ended = false;
    let size32 = |at| bin.u32(at).map(u64::from);
    let (kind, tail, xattr) = match number {
        1 => {
            let (size, offset) = (u64::from(bin.u16(24)?), u64::from(bin.u16(26)?));
            (folder(size32(16)?, offset, size.saturating_sub(3)), 32, None)
        }
        8 => {
            open_ended = bin.u16(32)? > 0;
            let kind = folder(size32(24)?, u64::from(bin.u16(34)?), size32(20)?.saturating_sub(3));
            (kind, 40, xattr(36)?)
        }
        2 => (file(sb, size32(16)?, size32(28)?, bin.u32(20)?, bin.u32(24)?), 32, None),
        9 => (file(sb, bin.u64(16)?, bin.u64(24)?, bin.u32(44)?, bin.u32(48)?), 56, xattr(52)?),
        // The attributes of a link stand behind its target; `tail` finds the target.
        3 | 10 => {
            open_ended = number == 10;
            (Kind::Link { size: bin.size32(20)? }, 24, None)
        }
        4 => (Kind::Block(bin.u32(20)?), 24, None),
        11 => (Kind::Block(bin.u32(20)?), 28, xattr(24)?),
        5 => (Kind::Char(bin.u32(20)?), 24, None),
        12 => (Kind::Char(bin.u32(20)?), 28, xattr(24)?),
        6 => (Kind::Fifo, 20, None),
        13 => (Kind::Fifo, 24, xattr(20)?),
        7 => (Kind::Socket, 20, None),
        14 => (Kind::Socket, 24, xattr(20)?),
        other => return Err(InodeError::Type(other)),
    };
    Ok(Inode {
        kind,
        mode: u32::from(bin.u16(2)?),
        uid: usize::from(bin.u16(4)?),
        gid: Some(usize::from(bin.u16(6)?)),
        mtime: bin.u32(8)?,
        number: bin.u32(12)?,
        xattr,
        tail,
        open_ended,
    })
}

fn read_3(bin: Bin<'_>, sb: &Superblock) -> Result<Inode, InodeError> {
    let (number, mode) = bit_pair(bin, 0, 2, 4)?;
    let device = |at| bin.u16(at).map(u32::from);
    let mut open_ended = false;
    let (kind, tail) = match number {
        1 => {
            let (size, offset) = bit_pair(bin, 16, 4, 19)?;
            (folder(u64::from(bin.u32(20)?), offset, size.saturating_sub(3)), 28)
        }
        8 => {
            let (size, offset) = bit_pair(bin, 16, 5, 27)?;
            open_ended = bin.u16(25)? > 0;
            (folder(u64::from(bin.u32(21)?), offset, size.saturating_sub(3)), 31)
        }
        2 => {
            let size = u64::from(bin.u32(28)?);
            (file(sb, bin.u64(12)?, size, bin.u32(20)?, bin.u32(24)?), 32)
        }
        9 => (file(sb, bin.u64(16)?, bin.u64(32)?, bin.u32(24)?, bin.u32(28)?), 40),
        3 => (Kind::Link { size: usize::from(bin.u16(16)?) }, 18),
        4 => (Kind::Block(device(16)?), 18),
        5 => (Kind::Char(device(16)?), 18),
        6 => (Kind::Fifo, 16),
        7 => (Kind::Socket, 16),
        other => return Err(InodeError::Type(other as u16)),
    };
    let gid = usize::from(bin.u8(3)?);
    Ok(Inode {
        kind,
        mode: mode as u32,
        uid: usize::from(bin.u8(2)?),
        gid: Some(gid).filter(|gid| *gid != 255),
        mtime: bin.u32(4)?,
        number: bin.u32(8)?,
        xattr: None,
        tail,
        open_ended,
    })
}

fn read_2(bin: Bin<'_>, sb: &Superblock) -> Result<Inode, InodeError> {
    let (number, mode) = bit_pair(bin, 0, 2, 4)?;
    let device = |at| bin.u16(at).map(u32::from);
    let mut open_ended = false;
    let (kind, tail, mtime) = match number {
        1 => {
            let (size, offset) = bit_pair(bin, 4, 4, 19)?;
            (folder(u24(bin, 12)?, offset, size), 15, bin.u32(8)?)
        }
        8 => {
            let (size, offset) = bit_pair(bin, 4, 5, 27)?;
            open_ended = bin.u16(16)? > 0;
            (folder(u24(bin, 13)?, offset, size), 18, bin.u32(9)?)
        }
        2 => {
            let (start, size) = (u64::from(bin.u32(8)?), u64::from(bin.u32(20)?));
            (file(sb, start, size, bin.u32(12)?, bin.u32(16)?), 24, bin.u32(4)?)
        }
        3 => (Kind::Link { size: usize::from(bin.u16(4)?) }, 6, 0),
        4 => (Kind::Block(device(4)?), 6, 0),
        5 => (Kind::Char(device(4)?), 6, 0),
        6 => (Kind::Fifo, 4, 0),
        7 => (Kind::Socket, 4, 0),
        other => return Err(InodeError::Type(other as u16)),
    };
    let gid = usize::from(bin.u8(3)?);
    Ok(Inode {
        kind,
        mode: mode as u32,
        uid: usize::from(bin.u8(2)?),
        gid: Some(gid).filter(|gid| *gid != 255),
        mtime,
        number: 0,
        xattr: None,
        tail,
        open_ended,
    })
}

fn read_1(bin: Bin<'_>, sb: &Superblock) -> Result<Inode, InodeError> {
    let (number, mode) = bit_pair(bin, 0, 2, 4)?;
    let (uid, gid) = bit_pair(bin, 2, 1, 4)?;
    let number = number as u16;
    let gid = Some(gid as usize).filter(|gid| *gid != 15);
    if number == 0 {
        // Pipes and sockets share a type; the second number extends the owner's.
        let (kind, group) = bit_pair(bin, 3, 1, 4)?;
        let kind = if kind == 2 { Kind::Socket } else { Kind::Fifo };
        let uid = group as usize * 16 + uid as usize;
        let mode = mode as u32;
        return Ok(Inode {
            kind,
            mode,
            uid,
            gid,
            mtime: 0,
            number: 0,
            xattr: None,
            tail: 4,
            open_ended: false,
        });
    }
    let (kind, tail, mtime) = match (number - 1) % TYPES_1 + 1 {
        1 => {
            let (size, offset) = bit_pair(bin, 3, 4, 19)?;
            (folder(u24(bin, 11)?, offset, size), 14, bin.u32(7)?)
        }
        2 => {
            let (start, size) = (u64::from(bin.u32(7)?), u64::from(bin.u32(11)?));
            (file(sb, start, size, NO_FRAGMENT, 0), 15, bin.u32(3)?)
        }
        3 => (Kind::Link { size: usize::from(bin.u16(3)?) }, 5, 0),
        4 => (Kind::Block(u32::from(bin.u16(3)?)), 5, 0),
        _ => (Kind::Char(u32::from(bin.u16(3)?)), 5, 0),
    };
    let uid = usize::from((number - 1) / TYPES_1) * 16 + uid as usize;
    let mode = mode as u32;
    Ok(Inode { kind, mode, uid, gid, mtime, number: 0, xattr: None, tail, open_ended: false })
}
