//! XFS, versions 4 and 5.
//!
//! Source: "XFS Algorithms & Data Structures", third edition. Not read: real-time devices,
//! attributes outside the inode.

use crate::volume::volume;
use bytes::Bytes;
use duecare_base::{Bin, Short};
use duecare_filesystems::tree::{
    self, Attributes, Content, Extent, Listing, Tree, Trouble, push_extent,
};
use duecare_unpack::{Budget, Context, Format, Found, NodeMeta, Signature};

/// Where the leaf part of a folder begins in its address space, in bytes.
const FOLDER_LEAF_AT: u64 = 32 << 30;

/// Levels of a map's tree.
const LEVELS_MAX: u16 = 9;

/// Extents of one file.
const EXTENTS_MAX: usize = 1 << 20;

const FLAG_BIG_TIME: u64 = 8;
const FLAG_BIG_COUNT: u64 = 16;
const FEATURE_2_FILE_TYPE: u32 = 0x200;

/// XFS.
pub(crate) struct Xfs;

impl Format for Xfs {
    fn name(&self) -> &'static str {
        "xfs"
    }

    fn signatures(&self) -> &'static [Signature] {
        const { &[Signature::anywhere(b"XFSB").aligned(512)] }
    }

    fn read(&self, input: &Bytes, context: &Context<'_>) -> Option<Found> {
        let sb = Superblock::read(Bin::be(input))?;
        let size = usize::try_from(sb.blocks).ok()?.checked_mul(sb.block_size)?;
        let (mut found, input) = volume(input, size);
        found.fact("version", sb.version);
        found.fact("label", &sb.label);
        found.fact("block size", sb.block_size);
        let root = sb.root;
        let mut image = Image { bin: Bin::be(&input), input: &input, sb, budget: context.budget };
        tree::walk(&mut image, root, &mut found, context);
        Some(found)
    }
}

#[derive(Debug, Clone)]
struct Superblock {
    version: u16,
    label: String,
    block_size: usize,
    blocks: u64,
    root: u64,
    group_blocks: u64,
    inode_size: usize,
    group_bits: u32,
    inode_bits: u32,
    folder_block: usize,
    file_types: bool,
}

impl Superblock {
    fn read(bin: Bin<'_>) -> Option<Self> {
        let version = bin.u16(100).ok()? & 15;
        let block_size = bin.size32(4).ok()?;
        let folder_bits = u32::from(bin.u8(192).ok()?);
        let sb = Self {
            version,
            label: bin.text(108, 12).ok()?,
            block_size,
            blocks: bin.u64(8).ok()?,
            root: bin.u64(56).ok()?,
            group_blocks: u64::from(bin.u32(84).ok()?),
            inode_size: usize::from(bin.u16(104).ok()?),
            group_bits: u32::from(bin.u8(124).ok()?),
            inode_bits: u32::from(bin.u8(123).ok()?),
            folder_block: block_size.checked_shl(folder_bits)?,
            file_types: version == 5 || bin.u32(200).ok()? & FEATURE_2_FILE_TYPE != 0,
        };
        let sane = bin.has(0, b"XFSB")
            && (1..=5).contains(&version)
            && block_size.is_power_of_two()
            && (512..=65_536).contains(&block_size)
            && folder_bits <= 7
            && (256..=2048).contains(&sb.inode_size)
            && sb.group_bits <= 31
            && sb.inode_bits <= 8
            && sb.group_blocks > 0
            && sb.blocks > 0;
        sane.then_some(sb)
    }

    /// Offset of a block whose number has the group's number in its upper bits.
    fn offset(&self, block: u64) -> usize {
        let (group, within) = (block >> self.group_bits, block & ((1 << self.group_bits) - 1));
        let linear = group.saturating_mul(self.group_blocks).saturating_add(within);
        usize::try_from(linear).unwrap_or(usize::MAX).saturating_mul(self.block_size)
    }
}

struct Image<'a> {
    bin: Bin<'a>,
    input: &'a Bytes,
    sb: Superblock,
    budget: &'a Budget,
}

/// An inode with the place of its data fork.
#[derive(Clone, Copy)]
struct Inode<'a> {
    bin: Bin<'a>,
    st_mode: u32,
    format: u8,
    size: u64,
    fork: Bin<'a>,
    attributes: Option<Bin<'a>>,
    extents: usize,
}

impl<'a> Image<'a> {
    fn inode(&self, number: u64) -> Result<Inode<'a>, Trouble> {
        let within = number & ((1 << self.sb.inode_bits) - 1);
        let block = self.sb.offset(number >> self.sb.inode_bits);
        let at = block.saturating_add(within as usize * self.sb.inode_size);
        let bin = Bin::be(self.bin.slice(at, self.sb.inode_size)?);
        if !bin.has(0, b"IN") {
            return Err(Trouble::damaged(at, format!("inode {number} is damaged")));
        }
        let long = bin.u8(4)? >= 3;
        let flags = if long { bin.u64(120)? } else { 0 };
        let start = if long { 176 } else { 100 };
        let fork_end = match usize::from(bin.u8(82)?) * 8 {
            0 => self.sb.inode_size,
            offset => start + offset,
        };
        let fork = Bin::be(bin.slice(start, fork_end.saturating_sub(start))?);
        let local = fork_end < self.sb.inode_size && bin.u8(83)? == 1;
        let extents = if flags & FLAG_BIG_COUNT != 0 { bin.size64(24)? } else { bin.size32(76)? };
        Ok(Inode {
            bin,
            st_mode: u32::from(bin.u16(2)?),
            format: bin.u8(5)?,
            size: bin.u64(56)?,
            fork,
            attributes: local.then(|| Bin::be(bin.tail(fork_end))),
            extents,
        })
    }

    /// The pieces of a fork: first byte in the file, place, length.
    fn map(&self, inode: &Inode<'a>) -> Result<Vec<(u64, Extent)>, Trouble> {
        let mut pieces = Vec::new();
        match inode.format {
            2 => self.records(inode.fork, 0, inode.extents, &mut pieces)?,
            3 => {
                let (level, count) = (inode.fork.u16(0)?, usize::from(inode.fork.u16(2)?));
                let room = (inode.fork.len().saturating_sub(4)) / 16;
                let pointers = 4 + room * 8;
                self.children(inode.fork, pointers, count, level, &mut pieces)?;
            }
            other => return Err(Trouble::unsupported(format!("fork format {other}"))),
        }
        Ok(pieces)
    }

    fn children(
        &self,
        node: Bin<'_>,
        pointers: usize,
        count: usize,
        level: u16,
        pieces: &mut Vec<(u64, Extent)>,
    ) -> Result<(), Trouble> {
        if level == 0 || level > LEVELS_MAX {
            return Err(Trouble::damaged(0, "a map's tree is damaged"));
        }
        for index in 0..count {
            let at = self.sb.offset(node.u64(pointers + index * 8)?);
            let child = Bin::be(self.bin.slice(at, self.sb.block_size)?);
            let header = match child.slice(0, 4)? {
                b"BMAP" => 24,
                b"BMA3" => 72,
                _ => return Err(Trouble::damaged(at, "a block of a map is damaged")),
            };
            self.budget.take_work(child.len())?;
            let (below, records) = (child.u16(4)?, usize::from(child.u16(6)?));
            if below == 0 {
                self.records(child, header, records, pieces)?;
            } else {
                let room = (self.sb.block_size - header) / 16;
                let at = header + room * 8;
                self.children(child, at, records, level - 1, pieces)?;
            }
        }
        Ok(())
    }

    fn records(
        &self,
        bin: Bin<'_>,
        at: usize,
        count: usize,
        pieces: &mut Vec<(u64, Extent)>,
    ) -> Result<(), Trouble> {
        for index in 0..count {
            let at = at + index * 16;
            let (high, low) = (bin.u64(at)?, bin.u64(at + 8)?);
            let unwritten = high >> 63 == 1;
            let first = (high & !(1 << 63)) >> 9;
            let block = (high & 0x1ff) << 43 | low >> 21;
            let len = (low & 0x1f_ffff) as usize * self.sb.block_size;
            let extent =
                if unwritten { Extent::hole(len) } else { Extent::at(self.sb.offset(block), len) };
            if pieces.len() >= EXTENTS_MAX {
                return Err(Trouble::damaged(at, "a file has too many extents"));
            }
            pieces.push((first.saturating_mul(self.sb.block_size as u64), extent));
        }
        Ok(())
    }

    fn bytes_of(&self, inode: &Inode<'a>, size: u64) -> Content {
        let Ok(size) = usize::try_from(size) else {
            return Trouble::unsupported("the file is larger than memory can be").into();
        };
        if inode.format == 1 {
            return inode
                .fork
                .slice(0, size)
                .map(Bytes::copy_from_slice)
                .map_err(Into::into)
                .into();
        }
        let pieces = match self.map(inode) {
            Ok(pieces) => pieces,
            Err(trouble) => return trouble.into(),
        };
        let mut extents = Vec::new();
        let mut done = 0_u64;
        for (first, extent) in pieces {
            if first >= size as u64 {
                continue;
            }
            let gap = usize::try_from(first.saturating_sub(done)).unwrap_or(usize::MAX);
            push_extent(&mut extents, Extent::hole(gap));
            push_extent(&mut extents, extent);
            done = first.saturating_add(extent.len as u64);
        }
        tree::gather(self.input, &extents, size, self.budget)
    }

    /// A link of version 5 that is not in the inode has a header before each block of text.
    fn link(&self, inode: &Inode<'a>) -> Content {
        const HEADER: usize = 56;
        let size = usize::try_from(inode.size).unwrap_or(usize::MAX).min(4096);
        if inode.format == 1 || self.sb.version < 5 {
            return self.bytes_of(inode, size as u64);
        }
        let whole = self.bytes_of(inode, (size + HEADER) as u64 * 2);
        let text = whole.bytes.get(HEADER..HEADER + size).unwrap_or_default();
        Content { bytes: Bytes::copy_from_slice(text), trouble: whole.trouble }
    }

    fn short_folder(&self, fork: Bin<'_>, listing: &mut Listing<u64>) -> Result<(), Short> {
        let (count, wide) = (usize::from(fork.u8(0)?), fork.u8(1)? > 0);
        let number = |at| if wide { fork.u64(at) } else { fork.u32(at).map(u64::from) };
        let width = if wide { 8 } else { 4 };
        let mut at = 2 + width;
        for _ in 0..count {
            let len = usize::from(fork.u8(at)?);
            let name = fork.slice(at + 3, len)?;
            at += 3 + len + usize::from(self.sb.file_types);
            listing.add(name, number(at)?);
            at += width;
        }
        Ok(())
    }

    fn long_folder(&self, inode: &Inode<'a>, listing: &mut Listing<u64>) -> Result<(), Trouble> {
        let pieces = self.map(inode)?;
        for (first, extent) in pieces {
            let Some(at) = extent.offset.filter(|_| first < FOLDER_LEAF_AT) else { continue };
            let mut done = 0;
            // A block of a folder may be several blocks, kept together in practice.
            while done + self.sb.folder_block <= extent.len {
                let block = Bin::be(self.bin.slice(at + done, self.sb.folder_block)?);
                if let Err(short) = self.folder_block(block, listing) {
                    let trouble = Trouble::damaged(at + done, short.to_string());
                    listing.trouble.get_or_insert(trouble);
                }
                self.budget.take_work(block.len())?;
                done += self.sb.folder_block;
            }
        }
        Ok(())
    }

    fn folder_block(&self, block: Bin<'_>, listing: &mut Listing<u64>) -> Result<(), Short> {
        let (header, whole) = match block.slice(0, 4)? {
            b"XD2B" => (16, true),
            b"XD2D" => (16, false),
            b"XDB3" => (64, true),
            b"XDD3" => (64, false),
            _ => return Ok(()),
        };
        let end = if whole {
            let leaves = block.size32(block.len() - 8)?.saturating_mul(8);
            block.len().saturating_sub(8).saturating_sub(leaves)
        } else {
            block.len()
        };
        let mut at = header;
        while at + 8 <= end {
            if block.u16(at)? == 0xffff {
                at += usize::from(block.u16(at + 2)?).max(8);
                continue;
            }
            let len = usize::from(block.u8(at + 8)?);
            listing.add(block.slice(at + 9, len)?, block.u64(at)?);
            at += (9 + len + usize::from(self.sb.file_types) + 2).next_multiple_of(8);
        }
        Ok(())
    }
}

/// Attributes that stand in the inode.
fn short_attributes(bin: Bin<'_>) -> Result<Vec<(String, Vec<u8>)>, Short> {
    let mut attributes = Vec::new();
    let mut at = 4;
    for _ in 0..bin.u8(2)? {
        let (name_len, value_len) = (usize::from(bin.u8(at)?), usize::from(bin.u8(at + 1)?));
        let prefix = match bin.u8(at + 2)? & 6 {
            2 => "trusted.",
            4 => "security.",
            _ => "user.",
        };
        let name = String::from_utf8_lossy(bin.slice(at + 3, name_len)?).into_owned();
        let value = bin.slice(at + 3 + name_len, value_len)?;
        attributes.push((format!("{prefix}{name}"), value.to_vec()));
        at += 3 + name_len + value_len;
    }
    Ok(attributes)
}

impl Tree for Image<'_> {
    type Inode = u64;

    fn attributes(&mut self, number: u64) -> Result<Attributes, Trouble> {
        let inode = self.inode(number)?;
        let bin = inode.bin;
        let big_time = bin.u8(4)? >= 3 && bin.u64(120)? & FLAG_BIG_TIME != 0;
        let mtime = if big_time {
            // Nanoseconds since December 1901.
            i64::try_from(bin.u64(40)? / 1_000_000_000).unwrap_or(0) - (1 << 31)
        } else {
            i64::from(bin.u32(40)?.cast_signed())
        };
        let number = if inode.format == 0 { inode.fork.u32(0)? } else { 0 };
        let device = (number >> 18, number & 0x3_ffff);
        // Attributes that can't be read hide no content.
        let xattrs =
            inode.attributes.and_then(|bin| short_attributes(bin).ok()).unwrap_or_default();
        let meta = NodeMeta { mode: inode.st_mode, uid: bin.u32(8)?, gid: bin.u32(12)?, mtime };
        Ok(Attributes { st_mode: inode.st_mode, meta, device, xattrs })
    }

    fn entries(&mut self, number: u64) -> Listing<u64> {
        let mut listing = Listing::default();
        let read = self.inode(number).and_then(|inode| match inode.format {
            1 => Ok(self.short_folder(inode.fork, &mut listing)?),
            _ => self.long_folder(&inode, &mut listing),
        });
        if let Err(trouble) = read {
            listing.trouble.get_or_insert(trouble);
        }
        listing
    }

    fn content(&mut self, number: u64) -> Content {
        match self.inode(number) {
            Ok(inode) if inode.st_mode & 0o170_000 == 0o120_000 => self.link(&inode),
            Ok(inode) => self.bytes_of(&inode, inode.size),
            Err(trouble) => trouble.into(),
        }
    }
}
