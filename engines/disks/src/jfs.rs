//! JFS, IBM's journaled file system as Linux has it.
//!
//! Source: "JFS layout: how the journaled file system handles the on-disk layout" (IBM, 2000) and
//! the Linux kernel's `jfs_dinode.h`, `jfs_xtree.h`, `jfs_dtree.h`, `jfs_imap.h`.

use crate::volume::{device, volume};
use bytes::Bytes;
use duecare_base::{Bin, Short};
use duecare_filesystems::tree::{
    self, Attributes, Content, Extent, Listing, Tree, Trouble, push_extent,
};
use duecare_unpack::{Budget, Context, Format, Found, NodeMeta, Signature};

const SUPER_AT: usize = 32_768;
const MAGIC: &[u8] = b"JFS1";
const ROOT: u32 = 2;

/// Where the table of the aggregate's own inodes begins, in bytes.
const AGGREGATE_TABLE_AT: usize = 0xb000;

/// Number of the aggregate's inode whose data is the map of the file set's inodes.
const FILE_SET: usize = 16;

const INODE_BYTES: usize = 512;
const PAGE: usize = 4096;

/// Where an allocation group's page lists extents of inodes.
const INODE_EXTENTS_AT: usize = 3072;

/// Where an inode's tree begins.
const TREE_AT: usize = 224;
/// Where a short link's text or a device's number stands.
const INLINE_AT: usize = 256;
const INLINE_BYTES: usize = 256;

const NODE_INTERNAL: u8 = 4;
const EXTENT_NOT_RECORDED: u8 = 8;

/// Levels of a tree.
const LEVELS_MAX: u32 = 12;

/// Characters in the first slot of a name, and in each that goes on.
const NAME_FIRST: usize = 11;
const NAME_NEXT: usize = 15;
const SLOT: usize = 32;

/// JFS.
pub(crate) struct Jfs;

impl Format for Jfs {
    fn name(&self) -> &'static str {
        "jfs"
    }

    fn signatures(&self) -> &'static [Signature] {
        const { &[Signature::anywhere(MAGIC).with_offset(SUPER_AT).aligned(512)] }
    }

    fn read(&self, input: &Bytes, context: &Context<'_>) -> Option<Found> {
        let bin = Bin::le(input);
        let version = bin.u32(SUPER_AT + 4).ok()?;
        let block = bin.size32(SUPER_AT + 16).ok()?;
        let sector = bin.size32(SUPER_AT + 24).ok()?;
        let sane = bin.has(SUPER_AT, MAGIC)
            && (1..=2).contains(&version)
            && matches!(block, 512 | 1024 | 2048 | 4096)
            && matches!(sector, 512 | 1024 | 2048 | 4096);
        if !sane {
            return None;
        }
        let size = bin.size64(SUPER_AT + 8).ok()?.checked_mul(sector)?;
        // The journal stands behind the aggregate.
        let (len, start) = run(bin, SUPER_AT + 72).ok()?;
        let end = (start + len).saturating_mul(block).max(size);
        let (mut found, input) = volume(input, end);
        found.fact("version", version);
        found.fact("label", bin.text(SUPER_AT + 152, 16).ok()?);
        found.fact("block size", block);
        let bin = Bin::le(&input);
        let mut image =
            Image { bin, input: &input, block, inode_map: Vec::new(), budget: context.budget };
        if let Err(trouble) = image.load_inode_map() {
            found.problem(trouble.kind, trouble.offset, trouble.message);
        }
        tree::walk(&mut image, ROOT, &mut found, context);
        Some(found)
    }
}

/// Length and start of a row of blocks: 24 and 40 bits.
fn run(bin: Bin<'_>, at: usize) -> Result<(usize, usize), Short> {
    let (first, low) = (bin.u32(at)?, bin.u32(at + 4)?);
    let start = u64::from(first >> 24) << 32 | u64::from(low);
    Ok(((first & 0xff_ffff) as usize, usize::try_from(start).unwrap_or(usize::MAX)))
}

struct Image<'a> {
    bin: Bin<'a>,
    input: &'a Bytes,
    block: usize,
    /// Pieces of the map of inodes.
    inode_map: Vec<Extent>,
    budget: &'a Budget,
}

impl<'a> Image<'a> {
    fn load_inode_map(&mut self) -> Result<(), Trouble> {
        let at = AGGREGATE_TABLE_AT + FILE_SET * INODE_BYTES;
        let inode = Bin::le(self.bin.slice(at, INODE_BYTES)?);
        let mut extents = Vec::new();
        self.map(Bin::le(inode.tail(TREE_AT)), LEVELS_MAX, &mut 0, &mut extents)?;
        self.inode_map = extents;
        Ok(())
    }

    /// Offset of a byte of the map of inodes.
    fn inode_map_place(&self, offset: usize) -> Option<usize> {
        let mut left = offset;
        for extent in &self.inode_map {
            if left < extent.len {
                return extent.offset?.checked_add(left);
            }
            left -= extent.len;
        }
        None
    }

    fn inode(&self, number: u32) -> Result<Bin<'a>, Trouble> {
        let missing = || Trouble::damaged(0, format!("inode {number} is in no extent"));
        // The first page is the map's own; each group of 4096 inodes has a page.
        let page = (number as usize >> 12) + 1;
        let page = self.inode_map_place(page * PAGE).ok_or_else(missing)?;
        let extent = (number as usize & 4095) >> 5;
        let (len, start) = run(self.bin, page + INODE_EXTENTS_AT + extent * 8)?;
        if len == 0 || start == 0 {
            return Err(missing());
        }
        let at = start.saturating_mul(self.block) + (number as usize & 31) * INODE_BYTES;
        let inode = Bin::le(self.bin.slice(at, INODE_BYTES)?);
        if inode.u32(8)? != number || inode.u32(52)? & 0o170_000 == 0 {
            return Err(Trouble::damaged(at, format!("inode {number} is not in use")));
        }
        Ok(inode)
    }

    /// The extents below a node of a file's tree.
    fn map(
        &self,
        node: Bin<'_>,
        level: u32,
        done: &mut usize,
        out: &mut Vec<Extent>,
    ) -> Result<(), Trouble> {
        let (flag, count) = (node.u8(16)?, usize::from(node.u16(18)?));
        if level == 0 || count > PAGE / 16 {
            return Err(Trouble::damaged(0, "a file's tree is damaged"));
        }
        // Two slots are the header.
        for index in 2..count {
            let at = index * 16;
            let (len, start) = run(node, at + 8)?;
            let place = start.saturating_mul(self.block);
            if flag & NODE_INTERNAL != 0 {
                self.budget.take_work(PAGE)?;
                self.map(Bin::le(self.bin.slice(place, PAGE)?), level - 1, done, out)?;
                continue;
            }
            let first = u64::from(node.u8(at + 3)?) << 32 | u64::from(node.u32(at + 4)?);
            let first = usize::try_from(first).unwrap_or(usize::MAX).saturating_mul(self.block);
            push_extent(out, Extent::hole(first.saturating_sub(*done)));
            let bytes = len * self.block;
            let recorded = node.u8(at)? & EXTENT_NOT_RECORDED == 0;
            let next = if recorded { Extent::at(place, bytes) } else { Extent::hole(bytes) };
            push_extent(out, next);
            *done = (*done).max(first).saturating_add(bytes);
        }
        Ok(())
    }

    fn bytes_of(&self, number: u32) -> Result<Content, Trouble> {
        let inode = self.inode(number)?;
        let size = inode.size64(24)?;
        let is_link = inode.u32(52)? & 0o170_000 == 0o120_000;
        if is_link && size < INLINE_BYTES {
            return Ok(Bytes::copy_from_slice(inode.slice(INLINE_AT, size)?).into());
        }
        let mut extents = Vec::new();
        let mapped = self.map(Bin::le(inode.tail(TREE_AT)), LEVELS_MAX, &mut 0, &mut extents);
        let mut content = tree::gather(self.input, &extents, size, self.budget);
        if let Err(trouble) = mapped {
            content.trouble.get_or_insert(trouble);
        }
        Ok(content)
    }

    /// The names below a node of a folder's tree, in order.
    fn names(
        &self,
        node: Bin<'_>,
        is_root: bool,
        level: u32,
        listing: &mut Listing<u32>,
    ) -> Result<(), Trouble> {
        let (flag, count) = (node.u8(16)?, usize::from(node.u8(17)?));
        if level == 0 || count > node.len() / SLOT {
            return Err(Trouble::damaged(0, "a folder's tree is damaged"));
        }
        let order = if is_root { 24 } else { usize::from(node.u8(21)?) * SLOT };
        for index in 0..count {
            let slot = usize::from(node.u8(order + index)?) * SLOT;
            if flag & NODE_INTERNAL == 0 {
                let name = name(node, slot)?;
                listing.add(name.as_bytes(), node.u32(slot)?);
                continue;
            }
            let (len, start) = run(node, slot)?;
            let bytes = len.saturating_mul(self.block).min(PAGE);
            let child = self.bin.slice(start.saturating_mul(self.block), bytes)?;
            self.budget.take_work(PAGE)?;
            self.names(Bin::le(child), false, level - 1, listing)?;
        }
        Ok(())
    }
}

/// A name that begins in a leaf's slot and may go on in others.
fn name(node: Bin<'_>, slot: usize) -> Result<String, Short> {
    let mut next = node.u8(slot + 4)?.cast_signed();
    let mut left = usize::from(node.u8(slot + 5)?);
    let first = left.min(NAME_FIRST);
    let mut units = node.slice(slot + 6, first * 2)?.to_vec();
    left -= first;
    while left > 0 && next > 0 {
        let slot = usize::from(next.unsigned_abs()) * SLOT;
        let more = left.min(NAME_NEXT);
        units.extend_from_slice(node.slice(slot + 2, more * 2)?);
        left -= more;
        next = node.u8(slot)?.cast_signed();
    }
    Ok(crate::volume::utf16_le(&units))
}

impl Tree for Image<'_> {
    type Inode = u32;

    fn attributes(&mut self, number: u32) -> Result<Attributes, Trouble> {
        let inode = self.inode(number)?;
        let st_mode = inode.u32(52)?;
        let device = device(inode.u32(INLINE_AT)?);
        let mtime = i64::from(inode.u32(72)?);
        let meta = NodeMeta { mode: st_mode, uid: inode.u32(44)?, gid: inode.u32(48)?, mtime };
        // The upper bits of the mode are of OS/2's own.
        Ok(Attributes { st_mode: st_mode & 0o177_777, meta, device, xattrs: Vec::new() })
    }

    fn entries(&mut self, number: u32) -> Listing<u32> {
        let mut listing = Listing::default();
        let read = self.inode(number).and_then(|inode| {
            self.names(Bin::le(inode.tail(TREE_AT)), true, LEVELS_MAX, &mut listing)
        });
        if let Err(trouble) = read {
            listing.trouble = Some(trouble);
        }
        listing
    }

    fn content(&mut self, number: u32) -> Content {
        self.bytes_of(number).unwrap_or_else(Content::from)
    }
}
