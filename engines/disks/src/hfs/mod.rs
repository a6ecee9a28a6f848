//! HFS+, HFSX and their forerunner HFS, also HFS as a wrapper around HFS+.
//!
//! Source: Apple, Technical Note TN1150, "HFS Plus Volume Format"; "Inside Macintosh: Files",
//! chapter 2. Journals are not replayed. Resource forks become the extended attribute
//! `com.apple.ResourceFork`, as macOS shows them. Files that macOS compressed are told, not opened.

mod btree;
mod catalog;

use crate::volume::volume;
use btree::{Records, Shape};
use bytes::Bytes;
use catalog::{Catalog, Record};
use duecare_base::Bin;
use duecare_filesystems::tree::{
    self, Attributes, Content, Extent, Listing, Tree, Trouble, push_extent,
};
use duecare_unpack::{Budget, Context, Format, Found, NodeMeta, ProblemKind, Signature};
use std::collections::BTreeMap;

/// Where both kinds have their header.
const HEADER_AT: usize = 1024;

/// Catalog number of the root folder.
const ROOT: u32 = 2;

/// Number of the catalog and of the extents file among files.
const CATALOG: u32 = 4;

/// Largest resource fork that is kept, in bytes; they hold icons and menus.
const RESOURCE_BYTES_MAX: usize = 1 << 20;

/// Seconds from 1904-01-01 to 1970-01-01.
const EPOCH: i64 = 2_082_844_800;

/// HFS and HFS+.
pub(crate) struct Hfs;

const fn at_header(magic: &'static [u8]) -> Signature {
    Signature::anywhere(magic).with_offset(HEADER_AT).aligned(512)
}

impl Format for Hfs {
    fn name(&self) -> &'static str {
        "hfs"
    }

    fn signatures(&self) -> &'static [Signature] {
        const {
            &[
                at_header(b"H+\x00\x04"),
                at_header(b"HX\x00\x05"),
                // Every volume's attributes have unused bits that are zero: too little to go by.
                at_header(b"BD"),
            ]
        }
    }

    fn read(&self, input: &Bytes, context: &Context<'_>) -> Option<Found> {
        let header = Header::read(Bin::be(input))?;
        let (mut found, input) = volume(input, header.size);
        found.fact("version", header.shape.label());
        if let Some(name) = &header.name {
            found.fact("label", name);
        }
        found.fact("block size", header.block_size);
        if let Some((offset, size)) = header.wrapped {
            found.slice(&input, "hfsplus", offset, size);
            return Some(found);
        }
        let mut image = Image {
            input: &input,
            header: &header,
            catalog: Catalog::default(),
            overflow: BTreeMap::new(),
            budget: context.budget,
        };
        if let Err(trouble) = image.read_tables() {
            found.problem(trouble.kind, trouble.offset, trouble.message);
            // Not even a root folder: bytes that look like a header.
            if !image.catalog.has_root() && context.at_start {
                return Some(found);
            }
        }
        if !image.catalog.has_root() {
            return None;
        }
        if let Some(label) = image.catalog.label() {
            found.fact("label", label);
        }
        if header.journaled {
            let message = "the journal is not replayed";
            found.problem(ProblemKind::Odd, None, message);
        }
        tree::walk(&mut image, ROOT, &mut found, context);
        Some(found)
    }
}

/// Size and first stretches of a fork.
#[derive(Debug, Clone, Default)]
struct Fork {
    size: usize,
    /// First block and number of blocks.
    extents: Vec<(u32, u32)>,
}

#[derive(Debug, Clone)]
struct Header {
    shape: Shape,
    name: Option<String>,
    block_size: usize,
    blocks: u32,
    /// Offset of block 0.
    blocks_at: usize,
    size: usize,
    extents: Fork,
    catalog: Fork,
    /// Offset and size of an HFS+ volume that this one is only a wrapper of.
    wrapped: Option<(usize, usize)>,
    journaled: bool,
}

impl Header {
    fn read(bin: Bin<'_>) -> Option<Self> {
        let at = HEADER_AT;
        match (bin.array::<2>(at).ok()?, bin.u16(at + 2).ok()?) {
            ([b'H', b'+'], 4) | ([b'H', b'X'], 5) => Self::plus(bin),
            ([b'B', b'D'], _) => Self::old(bin),
            _ => None,
        }
    }

    fn plus(bin: Bin<'_>) -> Option<Self> {
        let at = HEADER_AT;
        let block_size = bin.size32(at + 40).ok()?;
        let (blocks, free) = (bin.u32(at + 44).ok()?, bin.u32(at + 48).ok()?);
        let sane = block_size.is_power_of_two()
            && (512..=1 << 20).contains(&block_size)
            && blocks > 0
            && free <= blocks;
        let journaled = bin.u32(at + 4).ok()? & 1 << 13 != 0;
        let clean = bin.u32(at + 4).ok()? & 1 << 8 != 0;
        sane.then_some(Self {
            shape: Shape::Plus,
            name: None,
            block_size,
            blocks,
            blocks_at: 0,
            size: (blocks as usize).checked_mul(block_size)?,
            extents: Self::plus_fork(bin, at + 192)?,
            catalog: Self::plus_fork(bin, at + 272)?,
            wrapped: None,
            journaled: journaled && !clean,
        })
    }

    fn plus_fork(bin: Bin<'_>, at: usize) -> Option<Fork> {
        let extents = (0..8).map(|i| {
            let at = at + 16 + i * 8;
            Some((bin.u32(at).ok()?, bin.u32(at + 4).ok()?))
        });
        Some(Fork { size: bin.size64(at).ok()?, extents: extents.collect::<Option<_>>()? })
    }

    fn old(bin: Bin<'_>) -> Option<Self> {
        let at = HEADER_AT;
        let size16 = |at| bin.u16(at).ok().map(usize::from);
        let blocks = bin.u16(at + 18).ok()?;
        let block_size = bin.size32(at + 20).ok()?;
        let (bitmap, first) = (size16(at + 14)?, size16(at + 28)?);
        let free = bin.u16(at + 34).ok()?;
        let name_size = usize::from(bin.u8(at + 36).ok()?);
        let sane = block_size > 0
            && block_size.is_multiple_of(512)
            && blocks > 0
            && free <= blocks
            // Boot blocks and this header come first, then the bitmap, then the blocks.
            && bitmap >= 3
            && first > bitmap
            && (1..=27).contains(&name_size);
        if !sane {
            return None;
        }
        let blocks_at = first * 512;
        let end = blocks_at.checked_add(usize::from(blocks).checked_mul(block_size)?)?;
        let wrapped = bin.has(at + 124, b"H+").then(|| {
            let (start, count) = (size16(at + 126)?, size16(at + 128)?);
            Some((blocks_at + start.checked_mul(block_size)?, count.checked_mul(block_size)?))
        });
        Some(Self {
            shape: Shape::Old,
            name: Some(catalog::mac_roman(bin.slice(at + 37, name_size).ok()?)),
            block_size,
            blocks: u32::from(blocks),
            blocks_at,
            // The second copy of the header and an unused sector end the volume.
            size: end.checked_add(1024)?,
            extents: Self::old_fork(bin, at + 130, at + 134)?,
            catalog: Self::old_fork(bin, at + 146, at + 150)?,
            wrapped: wrapped.flatten(),
            journaled: false,
        })
    }

    fn old_fork(bin: Bin<'_>, size_at: usize, at: usize) -> Option<Fork> {
        let extents = (0..3).map(|i| {
            let at = at + i * 4;
            Some((u32::from(bin.u16(at).ok()?), u32::from(bin.u16(at + 2).ok()?)))
        });
        Some(Fork { size: bin.size32(size_at).ok()?, extents: extents.collect::<Option<_>>()? })
    }
}

/// Which fork of which file, and the block of it that an overflow record begins with.
type OverflowKey = (u32, u8, u32);

struct Image<'a> {
    input: &'a Bytes,
    header: &'a Header,
    catalog: Catalog,
    overflow: BTreeMap<OverflowKey, Vec<(u32, u32)>>,
    budget: &'a Budget,
}

impl Image<'_> {
    /// Reads both tables; what could be read of them stays when one is damaged.
    fn read_tables(&mut self) -> Result<(), Trouble> {
        let header = self.header;
        let bytes = self.fork(3, 0, &header.extents);
        // A volume without fragments may have an empty table.
        if let Ok(records) = Records::read(&bytes.bytes, header.shape, self.budget) {
            for (key, data) in records.leaves {
                if let Some((key, extents)) = overflow(key, data, header.shape) {
                    self.overflow.insert(key, extents);
                }
            }
        }
        let bytes = self.fork(CATALOG, 0, &header.catalog);
        let records = Records::read(&bytes.bytes, header.shape, self.budget)?;
        let trouble = records.trouble.clone().or(bytes.trouble);
        self.catalog = Catalog::read(records, header.shape, self.budget)?;
        trouble.map_or(Ok(()), Err)
    }

    /// The bytes of a fork: `kind` is 0 for data and 0xff for resources.
    fn fork(&self, file: u32, kind: u8, fork: &Fork) -> Content {
        let mut extents: Vec<Extent> = Vec::new();
        let mut block = 0_u32;
        let mut next = Some(&fork.extents);
        while let Some(list) = next {
            let begin = block;
            for (start, count) in list.iter().filter(|(_, count)| *count > 0) {
                let count = (*count).min(self.header.blocks);
                let at = (*start as usize).saturating_mul(self.header.block_size);
                let len = (count as usize).saturating_mul(self.header.block_size);
                push_extent(
                    &mut extents,
                    Extent::at(self.header.blocks_at.saturating_add(at), len),
                );
                block = block.saturating_add(count);
            }
            // Each record goes on where the last ended, so that this ends.
            next = self.overflow.get(&(file, kind, block)).filter(|_| block > begin);
        }
        tree::gather(self.input, &extents, fork.size, self.budget)
    }

    fn record(&self, number: u32) -> Result<&Record, Trouble> {
        let missing = || Trouble::damaged(0, format!("catalog number {number} is not there"));
        self.catalog.records.get(&number).ok_or_else(missing)
    }
}

/// Key and stretches of a record of the extents file.
fn overflow(key: &[u8], data: &[u8], shape: Shape) -> Option<(OverflowKey, Vec<(u32, u32)>)> {
    let (key, data) = (Bin::be(key), Bin::be(data));
    match shape {
        Shape::Plus => {
            let key = (key.u32(2).ok()?, key.u8(0).ok()?, key.u32(6).ok()?);
            Some((key, Header::plus_fork_extents(data)))
        }
        Shape::Old => {
            let key = (key.u32(1).ok()?, key.u8(0).ok()?, u32::from(key.u16(5).ok()?));
            let extents = (0..3).filter_map(|i| {
                Some((data.u16(i * 4).ok()?.into(), data.u16(i * 4 + 2).ok()?.into()))
            });
            Some((key, extents.collect()))
        }
    }
}

impl Header {
    fn plus_fork_extents(data: Bin<'_>) -> Vec<(u32, u32)> {
        let pairs = (0..8).filter_map(|i| Some((data.u32(i * 8).ok()?, data.u32(i * 8 + 4).ok()?)));
        pairs.collect()
    }
}

impl Tree for Image<'_> {
    type Inode = u32;

    fn attributes(&mut self, number: u32) -> Result<Attributes, Trouble> {
        let record = self.record(number)?;
        let meta = NodeMeta {
            mode: record.st_mode,
            uid: record.uid,
            gid: record.gid,
            mtime: record.modified.map_or(0, |seconds| i64::from(seconds) - EPOCH),
        };
        let device = (record.special >> 24, record.special & 0xff_ffff);
        let mut xattrs = Vec::new();
        if (1..=RESOURCE_BYTES_MAX).contains(&record.resource.size) {
            let fork = self.fork(number, 0xff, &record.resource).bytes;
            xattrs.push(("com.apple.ResourceFork".to_owned(), fork.to_vec()));
        }
        Ok(Attributes { st_mode: record.st_mode, meta, device, xattrs })
    }

    fn entries(&mut self, number: u32) -> Listing<u32> {
        let mut listing = Listing::default();
        for (name, child) in self.catalog.children.get(&number).into_iter().flatten() {
            listing.add(name.as_bytes(), self.catalog.linked(*child));
        }
        listing
    }

    fn content(&mut self, number: u32) -> Content {
        match self.record(number) {
            Ok(record) if record.compressed && record.data.size == 0 => {
                Trouble::unsupported("the file is compressed by macOS").into()
            }
            Ok(record) => self.fork(number, 0, &record.data),
            Err(trouble) => trouble.into(),
        }
    }
}
