//! Nodes of UBIFS on the medium (`fs/ubifs/ubifs-media.h`), all little-endian.

use crate::crc;
use duecare_base::Bin;

/// First bytes of every node.
pub(super) const MAGIC: [u8; 4] = [0x31, 0x18, 0x10, 0x06];
/// Size of the part that all nodes share, in bytes.
pub(super) const HEADER_BYTES: usize = 24;
/// Largest node that is read, in bytes: an index node with the largest fanout and hashes. Nodes
/// with data have 4256 at most.
const NODE_BYTES_MAX: usize = 32 * 1024;
/// Most bytes that an inode's node carries itself.
pub(super) const INLINE_BYTES_MAX: usize = 4096;
/// Unit of file data, in bytes.
pub(super) const BLOCK_BYTES: usize = 4096;

/// Kinds of nodes.
pub(super) const INODE: u8 = 0;
pub(super) const DATA: u8 = 1;
pub(super) const NAME: u8 = 2;
pub(super) const XATTR_NAME: u8 = 3;
pub(super) const TRUNCATION: u8 = 4;
pub(super) const SUPERBLOCK: u8 = 6;
pub(super) const MASTER: u8 = 7;
pub(super) const REFERENCE: u8 = 8;
pub(super) const INDEX: u8 = 9;
pub(super) const COMMIT_START: u8 = 10;

/// A node whose checksum is right.
#[derive(Debug, Clone, Copy)]
pub(super) struct Node<'a> {
    /// The node's own bytes.
    pub(super) bin: Bin<'a>,
    pub(super) sequence: u64,
    pub(super) kind: u8,
}

/// The node at `at`; `None` when there is none or its checksum is wrong.
pub(super) fn node(bytes: &[u8], at: usize) -> Option<Node<'_>> {
    let image = Bin::le(bytes);
    if !image.has(at, &MAGIC) {
        return None;
    }
    let sizes = HEADER_BYTES..=NODE_BYTES_MAX;
    let size = image.size32(at + 16).ok().filter(|size| sizes.contains(size))?;
    let raw = image.slice(at, size).ok()?;
    let bin = Bin::le(raw);
    (crc::from_ones(bin.tail(8)) == bin.u32(4).ok()?).then_some(Node {
        bin,
        sequence: bin.u64(8).ok()?,
        kind: bin.u8(20).ok()?,
    })
}

/// What the superblock says.
#[derive(Debug, Clone)]
pub(super) struct Superblock {
    pub(super) flags: u32,
    pub(super) min_io: u32,
    /// Size of a logical block, in bytes.
    pub(super) leb_size: usize,
    pub(super) leb_count: usize,
    /// Logical blocks of the journal's log, from number 3 on.
    pub(super) log_lebs: usize,
    pub(super) version: u32,
    pub(super) compression: u16,
    pub(super) uuid: String,
    /// The checksum is right.
    pub(super) sound: bool,
}

/// File names and contents may be encrypted.
pub(super) const FLAG_ENCRYPTION: u32 = 0x10;
/// Nodes carry hashes.
pub(super) const FLAG_AUTHENTICATION: u32 = 0x20;

/// Reads the superblock at the image's start; `None` when it is none.
pub(super) fn superblock(bytes: &[u8]) -> Option<Superblock> {
    let image = Bin::le(bytes);
    let is_one = image.has(0, &MAGIC)
        && image.u8(20) == Ok(SUPERBLOCK)
        && image.u32(16) == Ok(4096)
        // One format of keys has ever been defined.
        && image.u8(27) == Ok(0);
    if !is_one {
        return None;
    }
    let leb_size = image.size32(36).ok()?;
    // Linux's own bounds: 15 KiB at least, whole multiples of 8; 16 MiB is more than any flash has.
    if !(15 * 1024..=16 << 20).contains(&leb_size) || !leb_size.is_multiple_of(8) {
        return None;
    }
    let uuid = image.slice(108, 16).ok()?.iter().map(|byte| format!("{byte:02x}")).collect();
    Some(Superblock {
        flags: image.u32(28).ok()?,
        min_io: image.u32(32).ok()?,
        leb_size,
        leb_count: image.size32(40).ok()?,
        log_lebs: image.size32(56).ok()?,
        version: image.u32(80).ok()?,
        compression: image.u16(84).ok()?,
        uuid,
        sound: node(bytes, 0).is_some(),
    })
}

/// Where something stands: logical block and offset in it.
#[derive(Debug, Clone, Copy)]
pub(super) struct Place {
    pub(super) leb: usize,
    pub(super) offset: usize,
}

impl Place {
    pub(super) fn read(bin: Bin<'_>, at: usize) -> Option<Self> {
        Some(Self { leb: bin.size32(at).ok()?, offset: bin.size32(at + 4).ok()? })
    }

    /// Offset in the image, in bytes.
    pub(super) fn at(self, leb_size: usize) -> Option<usize> {
        let inside = self.offset < leb_size;
        self.leb.checked_mul(leb_size)?.checked_add(self.offset).filter(|_| inside)
    }
}

/// The number of the inode that a key begins with, and the block number in a data node's key.
pub(super) fn key(node: Node<'_>) -> Option<(u32, u32)> {
    let low = node.bin.u32(28).ok()?;
    Some((node.bin.u32(24).ok()?, low & 0x1fff_ffff))
}

/// The name of a compression.
pub(super) fn compression(number: u16) -> Option<&'static str> {
    Some(match number {
        0 => "none",
        1 => "lzo",
        2 => "zlib",
        3 => "zstd",
        _ => return None,
    })
}
