//! Nodes as they stand on the medium (`include/uapi/linux/jffs2.h`).

use crate::crc;
use duecare_base::{Bin, Endian};

/// First two bytes of every node, as a number in the image's order.
pub(super) const MAGIC: u16 = 0x1985;
/// Size of the part that all nodes share, in bytes.
pub(super) const HEADER_BYTES: usize = 12;
/// Set in the type of a node that holds; cleared on the medium when it is obsolete.
const ACCURATE: u16 = 0x2000;
/// A name in a folder.
pub(super) const DIRENT: u16 = 0xe001;
/// An inode's metadata and a piece of its data.
pub(super) const INODE: u16 = 0xe002;
/// Marks a block as erased.
pub(super) const CLEANMARKER: u16 = 0x2003;
/// Fills a block up.
pub(super) const PADDING: u16 = 0x2004;
/// Summary of a block.
pub(super) const SUMMARY: u16 = 0x2006;
/// An extended attribute.
pub(super) const XATTR: u16 = 0xe008;
/// Ties an extended attribute to an inode.
pub(super) const XREF: u16 = 0xe009;

/// What all nodes begin with.
#[derive(Debug, Clone, Copy)]
pub(super) struct Header {
    /// Type with the accurate bit set.
    pub(super) kind: u16,
    /// Size with the header, in bytes, unpadded.
    pub(super) total: usize,
    /// Marked as no longer holding.
    pub(super) obsolete: bool,
}

/// A node's header at `at`; `None` when there is none.
pub(super) fn header(image: Bin<'_>, at: usize) -> Option<Header> {
    if image.u16(at).ok()? != MAGIC {
        return None;
    }
    let written = image.u16(at + 2).ok()?;
    let kind = written | ACCURATE;
    let total = image.size32(at + 4).ok()?;
    let mut bytes: [u8; 8] = image.array(at).ok()?;
    // The checksum was made before the bit was cleared.
    let flag = match image.endian() {
        Endian::Little => bytes.get_mut(3)?,
        Endian::Big => bytes.get_mut(2)?,
    };
    *flag |= 0x20;
    let sum_ok = crc::from_zero(&bytes) == image.u32(at + 8).ok()?;
    let plain_ok = || {
        let plain = image.slice(at, 8).map(crc::from_zero);
        plain.ok() == image.u32(at + 8).ok()
    };
    if total < HEADER_BYTES || !(sum_ok || plain_ok()) {
        return None;
    }
    Some(Header { kind, total, obsolete: sum_ok && written & ACCURATE == 0 })
}

/// A name in a folder.
#[derive(Debug, Clone, Copy)]
pub(super) struct Dirent<'a> {
    pub(super) parent: u32,
    pub(super) version: u32,
    /// 0 deletes the name.
    pub(super) inode: u32,
    /// `DT_*` of the object.
    pub(super) kind: u8,
    pub(super) name: &'a [u8],
    pub(super) node_crc: u32,
}

/// Reads a dirent; `None` when one of its checksums is wrong.
pub(super) fn dirent(image: Bin<'_>, at: usize, total: usize) -> Option<Dirent<'_>> {
    let size = usize::from(image.u8(at + 28).ok()?);
    let node_crc = image.u32(at + 32).ok()?;
    let name = image.slice(at + 40, size).ok()?;
    let fits = 40 + size <= total;
    let sound = crc::from_zero(image.slice(at, 32).ok()?) == node_crc
        && crc::from_zero(name) == image.u32(at + 36).ok()?;
    (fits && sound).then_some(Dirent {
        parent: image.u32(at + 12).ok()?,
        version: image.u32(at + 16).ok()?,
        inode: image.u32(at + 20).ok()?,
        kind: image.u8(at + 29).ok()?,
        name,
        node_crc,
    })
}

/// An inode node.
#[derive(Debug, Clone, Copy)]
pub(super) struct Inode<'a> {
    pub(super) inode: u32,
    pub(super) version: u32,
    pub(super) mode: u32,
    pub(super) uid: u32,
    pub(super) gid: u32,
    /// Size of the whole file at this version.
    pub(super) size: usize,
    pub(super) mtime: u32,
    /// Where in the file the data goes.
    pub(super) offset: usize,
    /// Size of the data, unpacked.
    pub(super) data_size: usize,
    pub(super) compression: u8,
    pub(super) data_crc: u32,
    /// The data as it stands.
    pub(super) data: &'a [u8],
    /// Where the data stands in the image.
    pub(super) data_at: usize,
}

/// Reads an inode node; `None` when its checksum is wrong or its data does not fit. The data's
/// own checksum is not looked at.
pub(super) fn inode(image: Bin<'_>, at: usize, total: usize) -> Option<Inode<'_>> {
    let stored = image.size32(at + 48).ok()?;
    if crc::from_zero(image.slice(at, 60).ok()?) != image.u32(at + 64).ok()?
        || 68_usize.checked_add(stored)? > total
    {
        return None;
    }
    Some(Inode {
        inode: image.u32(at + 12).ok()?,
        version: image.u32(at + 16).ok()?,
        mode: image.u32(at + 20).ok()?,
        uid: u32::from(image.u16(at + 24).ok()?),
        gid: u32::from(image.u16(at + 26).ok()?),
        size: image.size32(at + 28).ok()?,
        mtime: image.u32(at + 36).ok()?,
        offset: image.size32(at + 44).ok()?,
        data_size: image.size32(at + 52).ok()?,
        compression: image.u8(at + 56).ok()?,
        data_crc: image.u32(at + 60).ok()?,
        data: image.slice(at + 68, stored).ok()?,
        data_at: at + 68,
    })
}

/// An extended attribute.
#[derive(Debug, Clone, Copy)]
pub(super) struct Xattr<'a> {
    pub(super) id: u32,
    pub(super) version: u32,
    pub(super) prefix: u8,
    pub(super) name: &'a [u8],
    pub(super) value: &'a [u8],
}

/// Reads an extended attribute; `None` when a checksum is wrong.
pub(super) fn xattr(image: Bin<'_>, at: usize, total: usize) -> Option<Xattr<'_>> {
    let name_size = usize::from(image.u8(at + 21).ok()?);
    let value_size = usize::from(image.u16(at + 22).ok()?);
    let data = image.slice(at + 32, name_size + 1 + value_size).ok()?;
    let sound = crc::from_zero(image.slice(at, 28).ok()?) == image.u32(at + 28).ok()?
        && crc::from_zero(data) == image.u32(at + 24).ok()?
        && 32 + data.len() <= total;
    sound.then_some(Xattr {
        id: image.u32(at + 12).ok()?,
        version: image.u32(at + 16).ok()?,
        prefix: image.u8(at + 20).ok()?,
        name: data.get(..name_size)?,
        value: data.get(name_size + 1..)?,
    })
}

/// Ties an attribute to an inode.
#[derive(Debug, Clone, Copy)]
pub(super) struct Xref {
    pub(super) inode: u32,
    pub(super) xattr: u32,
    /// The lowest bit unties.
    pub(super) sequence: u32,
}

/// Reads a reference; `None` when its checksum is wrong.
pub(super) fn xref(image: Bin<'_>, at: usize) -> Option<Xref> {
    let sound = crc::from_zero(image.slice(at, 24).ok()?) == image.u32(at + 24).ok()?;
    sound.then_some(Xref {
        inode: image.u32(at + 12).ok()?,
        xattr: image.u32(at + 16).ok()?,
        sequence: image.u32(at + 20).ok()?,
    })
}
