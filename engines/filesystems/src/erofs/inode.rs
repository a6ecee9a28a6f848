//! Inodes of 32 and 64 bytes, and their extended attributes.

use super::Superblock;
use crate::tree::Trouble;
use duecare_base::{Bin, Short};
use duecare_unpack::NodeMeta;

/// How a file's bytes are stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Layout {
    /// In one row of blocks.
    Plain,
    /// In one row of blocks, the last bytes behind the inode.
    Inline,
    /// In chunks that a table lists.
    Chunks,
    /// Compressed; the index is compact or full.
    Compressed { compact: bool },
}

/// An inode.
#[derive(Debug, Clone, Copy)]
pub(super) struct Inode {
    pub(super) layout: Layout,
    pub(super) st_mode: u32,
    pub(super) meta: NodeMeta,
    pub(super) size: u64,
    /// First block, device number or chunk format.
    pub(super) block: u32,
    /// Where the attributes begin, in bytes.
    pub(super) xattr_at: usize,
    /// Where inode and attributes end, in bytes.
    pub(super) end: usize,
}

impl Inode {
    pub(super) fn read(bin: Bin<'_>, sb: &Superblock, number: u64) -> Result<Self, Trouble> {
        let at = usize::try_from(number)
            .ok()
            .and_then(|number| number.checked_mul(32))
            .and_then(|at| at.checked_add(sb.offset(sb.inode_block.into())))
            .ok_or_else(|| Trouble::damaged(0, format!("inode {number} lies past the end")))?;
        let format = bin.u16(at)?;
        let layout = match format >> 1 & 7 {
            0 => Layout::Plain,
            1 => Layout::Compressed { compact: false },
            2 => Layout::Inline,
            3 => Layout::Compressed { compact: true },
            4 => Layout::Chunks,
            other => return Err(Trouble::unsupported(format!("data layout {other}"))),
        };
        let long = format & 1 == 1;
        let st_mode = u32::from(bin.u16(at + 4)?);
        let (size, meta) = if long {
            let mtime = i64::try_from(bin.u64(at + 32)?).unwrap_or(i64::MAX);
            let (uid, gid) = (bin.u32(at + 24)?, bin.u32(at + 28)?);
            (bin.u64(at + 8)?, NodeMeta { mode: st_mode, uid, gid, mtime })
        } else {
            let (uid, gid) = (u32::from(bin.u16(at + 24)?), u32::from(bin.u16(at + 26)?));
            // Short inodes have the time of the whole image.
            let mtime = i64::try_from(sb.created).unwrap_or(i64::MAX);
            (u64::from(bin.u32(at + 8)?), NodeMeta { mode: st_mode, uid, gid, mtime })
        };
        let xattr_at = at + if long { 64 } else { 32 };
        let xattr_count = usize::from(bin.u16(at + 2)?);
        let xattr_bytes = if xattr_count == 0 { 0 } else { 12 + (xattr_count - 1) * 4 };
        let (block, end) = (bin.u32(at + 16)?, xattr_at + xattr_bytes);
        Ok(Self { layout, st_mode, meta, size, block, xattr_at, end })
    }
}

/// The attributes of an inode, those that it shares with others first.
pub(super) fn xattrs(
    bin: Bin<'_>,
    sb: &Superblock,
    inode: &Inode,
) -> Result<Vec<(String, Vec<u8>)>, Short> {
    let mut attributes = Vec::new();
    if inode.end == inode.xattr_at {
        return Ok(attributes);
    }
    let shared = usize::from(bin.u8(inode.xattr_at + 4)?);
    let mut at = inode.xattr_at + 12;
    for _ in 0..shared {
        let place = bin.size32(at)?.saturating_mul(4);
        let place = sb.offset(sb.xattr_block.into()).saturating_add(place);
        attributes.push(xattr(bin, place)?.0);
        at += 4;
    }
    while at + 4 <= inode.end {
        let (attribute, len) = xattr(bin, at)?;
        attributes.push(attribute);
        at += len.next_multiple_of(4);
    }
    Ok(attributes)
}

fn xattr(bin: Bin<'_>, at: usize) -> Result<((String, Vec<u8>), usize), Short> {
    let (name_len, value_len) = (usize::from(bin.u8(at)?), usize::from(bin.u16(at + 2)?));
    let prefix = match bin.u8(at + 1)? {
        1 => "user.",
        2 => "system.posix_acl_access",
        3 => "system.posix_acl_default",
        4 => "trusted.",
        6 => "security.",
        _ => "",
    };
    let name = String::from_utf8_lossy(bin.slice(at + 4, name_len)?).into_owned();
    let value = bin.slice(at + 4 + name_len, value_len)?.to_vec();
    Ok(((format!("{prefix}{name}"), value), 4 + name_len + value_len))
}
