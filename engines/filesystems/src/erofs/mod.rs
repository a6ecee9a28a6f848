//! EROFS, Linux's enhanced read-only file system: plain, inline, chunked and compressed files.
//!
//! Source: the Linux kernel's `Documentation/filesystems/erofs.rst` and on-disk definitions; as
//! written by `mkfs.erofs` 1.x. Not read: files on extra devices, the 48-bit layout.

mod algorithm;
mod inode;
mod zmap;

use crate::tree::{self, Attributes, Content, Extent, Listing, Tree, Trouble};
use bytes::Bytes;
use duecare_base::Bin;
use duecare_unpack::{Budget, Context, Format, Found, ProblemKind, Signature};
use inode::{Inode, Layout};
use std::collections::BTreeMap;

/// Where the superblock stands, in bytes.
const SUPER_AT: usize = 1024;

const MAGIC: &[u8] = &[0xe2, 0xe1, 0xf5, 0xe0];

/// Incompatible features that are read or hide nothing: all up to name prefixes.
const FEATURES_READ: u32 = 0x7f;

/// Compressed data stand at the end of their blocks, zeros before them.
const FEATURE_ZERO_PADDING: u32 = 1;

/// EROFS.
pub(crate) struct Erofs;

impl Format for Erofs {
    fn name(&self) -> &'static str {
        "erofs"
    }

    fn signatures(&self) -> &'static [Signature] {
        const { &[Signature::anywhere(MAGIC).with_offset(SUPER_AT)] }
    }

    fn read(&self, input: &Bytes, context: &Context<'_>) -> Option<Found> {
        let sb = Superblock::read(Bin::le(input))?;
        let size = (sb.blocks as usize).checked_shl(sb.block_bits)?;
        let mut found = Found::new(size.min(input.len()));
        sb.facts(&mut found);
        if size > input.len() {
            let message = format!("{} bytes are missing at the end", size - input.len());
            found.problem(ProblemKind::Truncated, Some(input.len()), message);
        }
        let unknown = sb.features & !FEATURES_READ;
        if unknown != 0 {
            let message = format!("uses features {unknown:#x} that are not known");
            found.problem(ProblemKind::Unsupported, Some(SUPER_AT + 80), message);
        }
        if sb.extra_devices > 0 {
            let message = format!("{} other devices hold data of files", sb.extra_devices);
            found.problem(ProblemKind::Unsupported, Some(SUPER_AT + 86), message);
        }
        let input = input.slice(..size.min(input.len()));
        let root = u64::from(sb.root);
        let mut image = Image {
            bin: Bin::le(&input),
            input: &input,
            sb,
            budget: context.budget,
            inodes: BTreeMap::new(),
            packed: None,
        };
        tree::walk(&mut image, root, &mut found, context);
        Some(found)
    }
}

/// What the superblock says.
#[derive(Debug, Clone)]
struct Superblock {
    block_bits: u32,
    root: u16,
    inodes: u64,
    created: u64,
    blocks: u32,
    /// Where inodes are counted from, in blocks.
    inode_block: u32,
    xattr_block: u32,
    name: String,
    features: u32,
    extra_devices: u16,
    packed: u64,
}

impl Superblock {
    fn read(bin: Bin<'_>) -> Option<Self> {
        let at = SUPER_AT;
        let sb = Self {
            block_bits: u32::from(bin.u8(at + 12).ok()?),
            root: bin.u16(at + 14).ok()?,
            inodes: bin.u64(at + 16).ok()?,
            created: bin.u64(at + 24).ok()?,
            blocks: bin.u32(at + 36).ok()?,
            inode_block: bin.u32(at + 40).ok()?,
            xattr_block: bin.u32(at + 44).ok()?,
            name: bin.text(at + 64, 16).ok()?,
            features: bin.u32(at + 80).ok()?,
            extra_devices: bin.u16(at + 86).ok()?,
            packed: bin.u64(at + 96).ok()?,
        };
        let sane = bin.has(at, MAGIC)
            && (9..=16).contains(&sb.block_bits)
            && sb.inodes > 0
            && sb.blocks > 0
            && sb.inode_block < sb.blocks;
        sane.then_some(sb)
    }

    fn facts(&self, found: &mut Found) {
        found.fact("block size", 1_u64 << self.block_bits);
        if !self.name.is_empty() {
            found.fact("name", &self.name);
        }
        found.fact("inodes", self.inodes);
        found.fact("created", tree::date_text(i64::try_from(self.created).unwrap_or(i64::MAX)));
        found.fact("features", format!("{:#x}", self.features));
    }

    fn block_size(&self) -> usize {
        1 << self.block_bits
    }

    /// Offset of a block in the image; saturates.
    fn offset(&self, block: u64) -> usize {
        let offset = block.checked_shl(self.block_bits).filter(|at| at >> self.block_bits == block);
        offset.and_then(|at| usize::try_from(at).ok()).unwrap_or(usize::MAX)
    }
}

struct Image<'a> {
    bin: Bin<'a>,
    input: &'a Bytes,
    sb: Superblock,
    budget: &'a Budget,
    inodes: BTreeMap<u64, Inode>,
    /// The inode that holds the fragments, decoded.
    packed: Option<Content>,
}

impl Image<'_> {
    fn inode(&mut self, number: u64) -> Result<Inode, Trouble> {
        if let Some(known) = self.inodes.get(&number) {
            return Ok(*known);
        }
        let inode = Inode::read(self.bin, &self.sb, number)?;
        self.inodes.insert(number, inode);
        Ok(inode)
    }

    fn bytes_of(&mut self, inode: &Inode) -> Content {
        let Some(size) = usize::try_from(inode.size).ok() else {
            return Trouble::unsupported("the file is larger than memory can be").into();
        };
        if size == 0 {
            return Content::default();
        }
        match inode.layout {
            Layout::Plain => tree::slice(self.input, self.sb.offset(inode.block.into()), size),
            Layout::Inline => {
                let whole = (size - 1) >> self.sb.block_bits << self.sb.block_bits;
                let start = self.sb.offset(inode.block.into());
                let mut extents = Vec::new();
                tree::push_extent(&mut extents, Extent::at(start, whole));
                tree::push_extent(&mut extents, Extent::at(inode.end, size - whole));
                tree::gather(self.input, &extents, size, self.budget)
            }
            Layout::Chunks => match self.chunks(inode, size) {
                Ok(extents) => tree::gather(self.input, &extents, size, self.budget),
                Err(trouble) => trouble.into(),
            },
            Layout::Compressed { compact } => self.compressed(inode, size, compact),
        }
    }

    fn chunks(&self, inode: &Inode, size: usize) -> Result<Vec<Extent>, Trouble> {
        let format = inode.block;
        let chunk = 1_usize << ((format & 0x1f) + self.sb.block_bits).min(40);
        let indexed = format & 0x20 != 0;
        let entry_bytes = if indexed { 8 } else { 4 };
        let table = inode.end.next_multiple_of(entry_bytes);
        let mut extents = Vec::new();
        for index in 0..size.div_ceil(chunk) {
            let at = table + index * entry_bytes;
            let block = self.bin.u32(if indexed { at + 4 } else { at })?;
            let len = chunk.min(size - index * chunk);
            if block == u32::MAX {
                tree::push_extent(&mut extents, Extent::hole(len));
                continue;
            }
            if indexed && self.bin.u16(at + 2)? != 0 {
                return Err(Trouble::unsupported("stands on another device"));
            }
            tree::push_extent(&mut extents, Extent::at(self.sb.offset(block.into()), len));
        }
        Ok(extents)
    }

    /// Bytes of the inode that holds the tails of many files.
    fn fragment(&mut self, offset: u64, len: usize) -> Result<Bytes, Trouble> {
        if self.packed.is_none() {
            // Set first: a packed inode that refers to itself finds nothing.
            self.packed = Some(Trouble::damaged(0, "fragments lie in themselves").into());
            let number = self.sb.packed;
            let content = self.inode(number).map(|inode| self.bytes_of(&inode));
            self.packed = Some(content.unwrap_or_else(Content::from));
        }
        let packed = self.packed.clone().unwrap_or_default();
        let begin = usize::try_from(offset).unwrap_or(usize::MAX);
        match begin.checked_add(len).filter(|end| *end <= packed.bytes.len()) {
            Some(end) => Ok(packed.bytes.slice(begin..end)),
            None => Err(packed
                .trouble
                .unwrap_or_else(|| Trouble::damaged(0, "a fragment lies past the end"))),
        }
    }

    fn folder_blocks(&mut self, inode: &Inode, listing: &mut Listing<u64>) {
        let content = self.bytes_of(inode);
        listing.trouble = content.trouble;
        for block in content.bytes.chunks(self.sb.block_size()) {
            let bin = Bin::le(block);
            if let Err(short) = names(bin, listing) {
                listing.trouble.get_or_insert(Trouble::damaged(inode.end, short.to_string()));
            }
        }
        if let Err(limit) = self.budget.take_work(content.bytes.len()) {
            listing.trouble = Some(limit.into());
        }
    }
}

/// The names of one block of a folder.
fn names(bin: Bin<'_>, listing: &mut Listing<u64>) -> Result<(), duecare_base::Short> {
    let first = usize::from(bin.u16(8)?);
    for index in 0..first / 12 {
        let at = index * 12;
        let begin = usize::from(bin.u16(at + 8)?);
        let last = at + 12 >= first;
        let end = if last { bin.len() } else { usize::from(bin.u16(at + 20)?) };
        let name = bin.slice(begin, end.saturating_sub(begin))?;
        let len = name.iter().position(|byte| *byte == 0).unwrap_or(name.len());
        listing.add(name.get(..len).unwrap_or(name), bin.u64(at)?);
    }
    Ok(())
}

impl Tree for Image<'_> {
    type Inode = u64;

    fn attributes(&mut self, number: u64) -> Result<Attributes, Trouble> {
        let inode = self.inode(number)?;
        // Attributes that can't be read hide no content.
        let xattrs = inode::xattrs(self.bin, &self.sb, &inode).unwrap_or_default();
        let taken: usize = xattrs.iter().map(|(name, value)| name.len() + value.len()).sum();
        self.budget.take_memory(taken)?;
        let number = inode.block;
        let device = ((number >> 8) & 0xfff, (number & 0xff) | ((number >> 12) & 0xfff00));
        Ok(Attributes { st_mode: inode.st_mode, meta: inode.meta, device, xattrs })
    }

    fn entries(&mut self, number: u64) -> Listing<u64> {
        let mut listing = Listing::default();
        match self.inode(number) {
            Ok(inode) => self.folder_blocks(&inode, &mut listing),
            Err(trouble) => listing.trouble = Some(trouble),
        }
        listing
    }

    fn content(&mut self, number: u64) -> Content {
        match self.inode(number) {
            Ok(inode) => self.bytes_of(&inode),
            Err(trouble) => trouble.into(),
        }
    }
}
