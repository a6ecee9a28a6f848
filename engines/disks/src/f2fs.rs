//! F2FS, Linux's file system for flash storage with a controller.
//!
//! Source: the Linux kernel's `Documentation/filesystems/f2fs.rst` and `f2fs_fs.h`. Not read:
//! compressed and encrypted files' contents; changes that only a roll-forward would bring back.

use crate::volume::{device, volume};
use bytes::Bytes;
use duecare_base::{Bin, Short};
use duecare_filesystems::tree::{
    self, Attributes, Content, Extent, Listing, Tree, Trouble, push_extent,
};
use duecare_unpack::{Budget, Context, Format, Found, NodeMeta, Signature};
use std::collections::BTreeMap;

const SUPER_AT: usize = 1024;
const MAGIC: &[u8] = &[0x10, 0x20, 0xf5, 0xf2];
const BLOCK: usize = 4096;

/// Entries of the node address table in a block, and the size of one in bytes.
const NAT_PER_BLOCK: u32 = 455;
const NAT_BYTES: usize = 9;

/// Where the journal stands in a summary block, in bytes.
const SUMMARY_JOURNAL_AT: usize = 512 * 7;
const JOURNAL_ENTRIES_MAX: usize = 38;

const CHECKPOINT_COMPACT: u32 = 4;
const CHECKPOINT_LARGE_BITMAP: u32 = 0x400;

const INLINE_XATTR: u8 = 1;
const INLINE_DATA: u8 = 2;
const INLINE_NAMES: u8 = 4;
const INLINE_EXTRA: u8 = 0x20;

/// Where an inode's block numbers begin, and how many there are.
const ADDRESSES_AT: usize = 360;
const ADDRESSES: usize = 923;
const NODES_AT: usize = ADDRESSES_AT + ADDRESSES * 4;
const PER_NODE: usize = 1018;

/// Block numbers that are none: not allocated yet, a compressed cluster.
const NEW: u32 = u32::MAX;
const COMPRESSED: u32 = u32::MAX - 1;

const NAME_SLOT: usize = 8;
const ENTRY_BYTES: usize = 11;

/// F2FS.
pub(crate) struct F2fs;

impl Format for F2fs {
    fn name(&self) -> &'static str {
        "f2fs"
    }

    fn signatures(&self) -> &'static [Signature] {
        const { &[Signature::anywhere(MAGIC).with_offset(SUPER_AT).aligned(512)] }
    }

    fn read(&self, input: &Bytes, context: &Context<'_>) -> Option<Found> {
        let bin = Bin::le(input);
        let at = SUPER_AT;
        let block_bits = bin.u32(at + 16).ok()?;
        let segment_bits = bin.u32(at + 20).ok()?;
        let blocks = bin.size64(at + 36).ok()?;
        if !bin.has(at, MAGIC) || block_bits != 12 || segment_bits != 9 || blocks == 0 {
            return None;
        }
        let (mut found, input) = volume(input, blocks.checked_mul(BLOCK)?);
        let version = (bin.u16(at + 4).ok()?, bin.u16(at + 6).ok()?);
        found.fact("version", format!("{}.{}", version.0, version.1));
        let label = crate::volume::utf16_le(bin.slice(at + 124, 1024).ok()?);
        found.fact("label", label.split('\0').next().unwrap_or_default());
        found.fact("features", format!("{:#x}", bin.u32(at + 2180).ok()?));
        let root = bin.u32(at + 96).ok()?;
        let mut image = Image {
            bin: Bin::le(&input),
            input: &input,
            budget: context.budget,
            nat_block: bin.size32(at + 84).ok()?,
            nat_bitmap: Bytes::new(),
            journal: BTreeMap::new(),
        };
        let first = bin.size32(at + 76).ok()?;
        let payload = bin.u32(at + 1664).ok()?;
        if let Err(trouble) = image.checkpoint(first, payload) {
            found.problem(trouble.kind, trouble.offset, trouble.message);
        }
        tree::walk(&mut image, root, &mut found, context);
        Some(found)
    }
}

struct Image<'a> {
    bin: Bin<'a>,
    input: &'a Bytes,
    budget: &'a Budget,
    nat_block: usize,
    /// A bit for each block of the table: which of its two copies counts.
    nat_bitmap: Bytes,
    /// Entries newer than the table: inode or node number, block.
    journal: BTreeMap<u32, u32>,
}

/// A node's block with its inode's numbers.
#[derive(Clone, Copy)]
struct Inode<'a> {
    bin: Bin<'a>,
    /// Bytes of extra fields before the block numbers.
    extra: usize,
    inline: u8,
    /// Block numbers that hold blocks' numbers and not attributes.
    addresses: usize,
}

impl<'a> Inode<'a> {
    fn read(bin: Bin<'a>) -> Result<Self, Short> {
        let inline = bin.u8(3)?;
        let has_extra = inline & INLINE_EXTRA != 0;
        let extra = if has_extra { usize::from(bin.u16(ADDRESSES_AT)?) } else { 0 };
        let xattr = if inline & INLINE_XATTR == 0 {
            0
        } else {
            // Since flexible inline attributes their size stands in the extra fields.
            match if has_extra { usize::from(bin.u16(ADDRESSES_AT + 2)?) } else { 0 } {
                0 => 50,
                words => words,
            }
        };
        let addresses = ADDRESSES.saturating_sub(extra / 4).saturating_sub(xattr);
        Ok(Self { bin, extra, inline, addresses })
    }

    /// What stands in the inode in place of block numbers: data or names. The first number is kept
    /// free.
    fn inline_area(&self) -> Result<Bin<'a>, Short> {
        let at = ADDRESSES_AT + self.extra + 4;
        Ok(Bin::le(self.bin.slice(at, self.addresses.saturating_sub(1) * 4)?))
    }
}

impl<'a> Image<'a> {
    fn block(&self, number: usize) -> Result<Bin<'a>, Trouble> {
        Ok(Bin::le(self.bin.slice(number.saturating_mul(BLOCK), BLOCK)?))
    }

    /// Reads the newer of two checkpoints.
    fn checkpoint(&mut self, first: usize, payload: u32) -> Result<(), Trouble> {
        let packs = [first, first + 512].into_iter().filter_map(|start| {
            let pack = self.block(start).ok()?;
            let total = pack.size32(136).ok()?;
            let last = self.block(start + total.checked_sub(1)?).ok()?;
            let version = pack.u64(0).ok()?;
            (last.u64(0).ok()? == version).then_some((version, start, pack))
        });
        let Some((_, start, pack)) = packs.max_by_key(|(version, _, _)| *version) else {
            return Err(Trouble::damaged(first * BLOCK, "no checkpoint is whole"));
        };
        let flags = pack.u32(132)?;
        let (sit_len, nat_len) = (pack.size32(156)?, pack.size32(160)?);
        let at = if flags & CHECKPOINT_LARGE_BITMAP != 0 {
            192 + 4
        } else if payload > 0 {
            192
        } else {
            192 + sit_len
        };
        let base = start * BLOCK + at;
        self.bin.slice(base, nat_len)?;
        self.nat_bitmap = self.input.slice(base..base + nat_len);
        let summary = self.block(start.saturating_add(pack.size32(140)?))?;
        let at = if flags & CHECKPOINT_COMPACT != 0 { 0 } else { SUMMARY_JOURNAL_AT };
        let count = usize::from(summary.u16(at)?).min(JOURNAL_ENTRIES_MAX);
        for index in 0..count {
            let entry = at + 2 + index * (4 + NAT_BYTES);
            self.journal.insert(summary.u32(entry)?, summary.u32(entry + 4 + 5)?);
        }
        Ok(())
    }

    /// The block of a node.
    fn node(&self, number: u32) -> Result<Bin<'a>, Trouble> {
        let block = match self.journal.get(&number) {
            Some(block) => *block,
            None => {
                let index = (number / NAT_PER_BLOCK) as usize;
                let bits = self.nat_bitmap.get(index / 8).copied().unwrap_or(0);
                let second = bits >> (7 - index % 8) & 1 == 1;
                let block = self.nat_block + index / 512 * 1024 + index % 512;
                let block = self.block(block + if second { 512 } else { 0 })?;
                block.u32((number % NAT_PER_BLOCK) as usize * NAT_BYTES + 5)?
            }
        };
        if block == 0 || block >= COMPRESSED {
            return Err(Trouble::damaged(0, format!("node {number} has no block")));
        }
        let node = self.block(block as usize)?;
        if node.u32(BLOCK - 24)? != number {
            let at = block as usize * BLOCK;
            return Err(Trouble::damaged(at, format!("node {number} is another's")));
        }
        Ok(node)
    }

    fn inode(&self, number: u32) -> Result<Inode<'a>, Trouble> {
        Ok(Inode::read(self.node(number)?)?)
    }

    fn add(&self, block: u32, extents: &mut Vec<Extent>) -> Result<(), Trouble> {
        match block {
            0 | NEW => push_extent(extents, Extent::hole(BLOCK)),
            COMPRESSED => return Err(Trouble::unsupported("is compressed")),
            block => push_extent(extents, Extent::at(block as usize * BLOCK, BLOCK)),
        }
        Ok(())
    }

    /// Adds the blocks below a node; level 0 is a node of block numbers.
    fn below(
        &self,
        number: u32,
        level: u32,
        left: &mut usize,
        extents: &mut Vec<Extent>,
    ) -> Result<(), Trouble> {
        if *left == 0 {
            return Ok(());
        }
        if number == 0 {
            let reach = PER_NODE.saturating_pow(level + 1).min(*left);
            push_extent(extents, Extent::hole(reach.saturating_mul(BLOCK)));
            *left -= reach;
            return Ok(());
        }
        let node = self.node(number)?;
        self.budget.take_work(BLOCK)?;
        for index in 0..PER_NODE {
            if *left == 0 {
                break;
            }
            let next = node.u32(index * 4)?;
            if level > 0 {
                self.below(next, level - 1, left, extents)?;
            } else {
                self.add(next, extents)?;
                *left -= 1;
            }
        }
        Ok(())
    }

    fn map(&self, inode: &Inode<'a>, size: usize, out: &mut Vec<Extent>) -> Result<(), Trouble> {
        let mut left = size.div_ceil(BLOCK);
        for index in 0..inode.addresses.min(left) {
            self.add(inode.bin.u32(ADDRESSES_AT + inode.extra + index * 4)?, out)?;
        }
        left = left.saturating_sub(inode.addresses);
        for (index, level) in [0, 0, 1, 1, 2].into_iter().enumerate() {
            self.below(inode.bin.u32(NODES_AT + index * 4)?, level, &mut left, out)?;
        }
        Ok(())
    }

    fn bytes_of(&self, inode: &Inode<'a>) -> Content {
        let size = inode.bin.size64(16).unwrap_or(0);
        if inode.inline & INLINE_DATA != 0 {
            let area = inode.inline_area().and_then(|area| area.slice(0, size));
            return area.map(Bytes::copy_from_slice).map_err(Into::into).into();
        }
        let mut extents = Vec::new();
        let mapped = self.map(inode, size, &mut extents);
        let have = tree::total(&extents);
        match mapped {
            Ok(()) => tree::gather(self.input, &extents, size, self.budget),
            Err(trouble) => {
                let content = tree::gather(self.input, &extents, size.min(have), self.budget);
                Content { bytes: content.bytes, trouble: Some(trouble) }
            }
        }
    }
}

/// The names of a block or of an inode: a bitmap, then entries, then slots of eight bytes.
fn names(
    area: Bin<'_>,
    count: usize,
    entries: usize,
    listing: &mut Listing<u32>,
) -> Result<(), Short> {
    let slots = entries + count * ENTRY_BYTES;
    let mut index = 0;
    while index < count {
        if area.u8(index / 8)? >> (index % 8) & 1 == 0 {
            index += 1;
            continue;
        }
        let entry = entries + index * ENTRY_BYTES;
        let (number, len) = (area.u32(entry + 4)?, usize::from(area.u16(entry + 8)?));
        if number != 0 && len > 0 {
            listing.add(area.slice(slots + index * NAME_SLOT, len)?, number);
        }
        index += len.div_ceil(NAME_SLOT).max(1);
    }
    Ok(())
}

impl Tree for Image<'_> {
    type Inode = u32;

    fn attributes(&mut self, number: u32) -> Result<Attributes, Trouble> {
        let inode = self.inode(number)?;
        let bin = inode.bin;
        let st_mode = u32::from(bin.u16(0)?);
        let meta = NodeMeta {
            mode: st_mode,
            uid: bin.u32(4)?,
            gid: bin.u32(8)?,
            mtime: bin.u64(48)?.cast_signed(),
        };
        let at = ADDRESSES_AT + inode.extra;
        let numbers = (bin.u32(at)?, bin.u32(at + 4)?);
        let device = device(if numbers.0 != 0 { numbers.0 & 0xffff } else { numbers.1 });
        Ok(Attributes { st_mode, meta, device, xattrs: Vec::new() })
    }

    fn entries(&mut self, number: u32) -> Listing<u32> {
        let mut listing = Listing::default();
        let read = self.inode(number).and_then(|inode| {
            if inode.inline & INLINE_NAMES != 0 {
                let area = inode.inline_area()?;
                let count = area.len() * 8 / ((ENTRY_BYTES + NAME_SLOT) * 8 + 1);
                let entries = area.len() - count * (ENTRY_BYTES + NAME_SLOT);
                return Ok(names(area, count, entries, &mut listing)?);
            }
            let content = self.bytes_of(&inode);
            listing.trouble = content.trouble;
            for block in content.bytes.chunks_exact(BLOCK) {
                names(Bin::le(block), 214, 30, &mut listing)?;
            }
            Ok(())
        });
        if let Err(trouble) = read {
            listing.trouble.get_or_insert(trouble);
        }
        listing
    }

    fn content(&mut self, number: u32) -> Content {
        match self.inode(number) {
            Ok(inode) => self.bytes_of(&inode),
            Err(trouble) => trouble.into(),
        }
    }
}
