//! ReiserFS 3.5 and 3.6.
//!
//! Source: "ReiserFS: the structure" (Florian Buchholz) and the Linux kernel's `reiserfs.h`.
//! The journal is not replayed.

use crate::volume::{device, volume};
use bytes::Bytes;
use duecare_base::{Bin, Short};
use duecare_filesystems::tree::{
    self, Attributes, Content, Extent, Listing, Tree, Trouble, push_extent,
};
use duecare_unpack::{Budget, Context, Format, Found, NodeMeta, Signature};
use std::collections::BTreeMap;

const SUPER_AT: usize = 65_536;
const MAGIC_IN_SUPER: usize = 52;
const MAGIC_35: &[u8] = b"ReIsErFs";
const MAGIC_36: &[u8] = b"ReIsEr2Fs";
const MAGIC_JOURNAL: &[u8] = b"ReIsEr3Fs";

/// Folder and object number of the root folder.
const ROOT: (u32, u32) = (1, 2);

const HEADER_BYTES: usize = 24;
const KEY_BYTES: usize = 16;
const ITEM_HEAD_BYTES: usize = 24;

/// Levels of the tree; five is what the format allows.
const LEVELS_MAX: u16 = 8;

/// ReiserFS.
pub(crate) struct ReiserFs;

const fn magic(magic: &'static [u8]) -> Signature {
    Signature::anywhere(magic).with_offset(SUPER_AT + MAGIC_IN_SUPER).aligned(512)
}

impl Format for ReiserFs {
    fn name(&self) -> &'static str {
        "reiserfs"
    }

    fn signatures(&self) -> &'static [Signature] {
        const { &[magic(MAGIC_35), magic(MAGIC_36), magic(MAGIC_JOURNAL)] }
    }

    fn read(&self, input: &Bytes, context: &Context<'_>) -> Option<Found> {
        let bin = Bin::le(input);
        let block = usize::from(bin.u16(SUPER_AT + 44).ok()?);
        let known = [MAGIC_35, MAGIC_36, MAGIC_JOURNAL]
            .iter()
            .any(|magic| bin.has(SUPER_AT + MAGIC_IN_SUPER, magic));
        if !known || !block.is_power_of_two() || !(512..=8192).contains(&block) {
            return None;
        }
        let blocks = bin.size32(SUPER_AT).ok()?;
        let root_block = bin.size32(SUPER_AT + 8).ok()?;
        let (mut found, input) = volume(input, blocks.checked_mul(block)?);
        let old = bin.has(SUPER_AT + MAGIC_IN_SUPER, MAGIC_35);
        found.fact("version", if old { "3.5" } else { "3.6" });
        found.fact("label", bin.text(SUPER_AT + 100, 16).ok()?);
        found.fact("block size", block);
        let mut image = Image {
            bin: Bin::le(&input),
            input: &input,
            block,
            budget: context.budget,
            objects: BTreeMap::new(),
            left: input.len() / block + 1,
        };
        if let Err(trouble) = image.load(root_block, LEVELS_MAX) {
            found.problem(trouble.kind, trouble.offset, trouble.message);
        }
        tree::walk(&mut image, ROOT, &mut found, context);
        Some(found)
    }
}

/// What an item is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Attributes,
    Names,
    /// Block numbers.
    Indirect,
    /// Bytes of a file.
    Direct,
}

/// An item of an object, and where its body stands in the image.
#[derive(Debug, Clone, Copy)]
struct Item {
    kind: Kind,
    /// Place in the file, counted from 1.
    offset: u64,
    at: usize,
    len: usize,
    count: usize,
}

struct Image<'a> {
    bin: Bin<'a>,
    input: &'a Bytes,
    block: usize,
    budget: &'a Budget,
    /// Items by folder's and object's number, in the order of their keys.
    objects: BTreeMap<(u32, u32), Vec<Item>>,
    /// Nodes that may still be read; more than there are blocks is a cycle.
    left: usize,
}

impl Image<'_> {
    /// Reads the tree below a block.
    fn load(&mut self, block: usize, level_max: u16) -> Result<(), Trouble> {
        let at = block.saturating_mul(self.block);
        self.left = self.left.saturating_sub(1);
        let node = Bin::le(self.bin.slice(at, self.block)?);
        let (level, count) = (node.u16(0)?, usize::from(node.u16(2)?));
        if self.left == 0 || level == 0 || level > level_max {
            return Err(Trouble::damaged(at, "a node of the tree is damaged"));
        }
        self.budget.take_work(self.block)?;
        if level == 1 {
            for index in 0..count {
                self.item(node, at, HEADER_BYTES + index * ITEM_HEAD_BYTES)?;
            }
            return Ok(());
        }
        let mut trouble = None;
        let pointers = HEADER_BYTES + count * KEY_BYTES;
        for index in 0..=count {
            let child = node.size32(pointers + index * 8)?;
            if let Err(stopped) = self.load(child, level - 1) {
                trouble.get_or_insert(stopped);
            }
        }
        trouble.map_or(Ok(()), Err)
    }

    fn item(&mut self, node: Bin<'_>, base: usize, head: usize) -> Result<(), Trouble> {
        let object = (node.u32(head)?, node.u32(head + 4)?);
        let (len, place) = (usize::from(node.u16(head + 18)?), usize::from(node.u16(head + 20)?));
        let new = node.u16(head + 22)? == 1;
        let (offset, kind) = if new {
            let packed = node.u64(head + 8)?;
            (packed & ((1 << 60) - 1), packed >> 60)
        } else {
            let kind = match node.u32(head + 12)? {
                0 => 0,
                0xffff_fffe => 1,
                0xffff_ffff => 2,
                500 => 3,
                _ => 15,
            };
            (u64::from(node.u32(head + 8)?), kind)
        };
        let kind = match kind {
            0 => Kind::Attributes,
            1 => Kind::Indirect,
            2 => Kind::Direct,
            3 => Kind::Names,
            _ => return Ok(()),
        };
        node.slice(place, len)?;
        let count = usize::from(node.u16(head + 16)?);
        let item = Item { kind, offset, at: base + place, len, count };
        self.objects.entry(object).or_default().push(item);
        Ok(())
    }

    fn attribute_item(&self, object: (u32, u32)) -> Result<(Bin<'_>, Item), Trouble> {
        let items = self.objects.get(&object).map(Vec::as_slice).unwrap_or_default();
        let item = items.iter().find(|item| item.kind == Kind::Attributes);
        let item = item.ok_or_else(|| {
            Trouble::damaged(0, format!("object {} of {} is missing", object.1, object.0))
        })?;
        Ok((Bin::le(self.bin.slice(item.at, item.len)?), *item))
    }

    fn size(&self, object: (u32, u32)) -> Result<usize, Trouble> {
        let (bin, item) = self.attribute_item(object)?;
        // The short form of attributes has 32 bytes.
        Ok(if item.len < 44 { bin.size32(8)? } else { bin.size64(8)? })
    }

    fn names(&self, item: Item, listing: &mut Listing<(u32, u32)>) -> Result<(), Short> {
        let bin = Bin::le(self.bin.slice(item.at, item.len)?);
        let mut end = item.len;
        for index in 0..item.count {
            let head = index * 16;
            let object = (bin.u32(head + 4)?, bin.u32(head + 8)?);
            let (at, state) = (usize::from(bin.u16(head + 12)?), bin.u16(head + 14)?);
            let name = bin.slice(at, end.saturating_sub(at))?;
            let len = name.iter().position(|byte| *byte == 0).unwrap_or(name.len());
            if state & 4 != 0 {
                listing.add(name.get(..len).unwrap_or(name), object);
            }
            end = at;
        }
        Ok(())
    }
}

impl Tree for Image<'_> {
    type Inode = (u32, u32);

    fn attributes(&mut self, object: (u32, u32)) -> Result<Attributes, Trouble> {
        let (bin, item) = self.attribute_item(object)?;
        let st_mode = u32::from(bin.u16(0)?);
        let (uid, gid, mtime, number) = if item.len < 44 {
            (u32::from(bin.u16(4)?), u32::from(bin.u16(6)?), bin.u32(16)?, bin.u32(24)?)
        } else {
            (bin.u32(16)?, bin.u32(20)?, bin.u32(28)?, bin.u32(40)?)
        };
        let meta = NodeMeta { mode: st_mode, uid, gid, mtime: i64::from(mtime) };
        Ok(Attributes { st_mode, meta, device: device(number), xattrs: Vec::new() })
    }

    fn entries(&mut self, object: (u32, u32)) -> Listing<(u32, u32)> {
        let mut listing = Listing::default();
        let items = self.objects.get(&object).map(Vec::as_slice).unwrap_or_default();
        for item in items.iter().filter(|item| item.kind == Kind::Names) {
            if let Err(short) = self.names(*item, &mut listing) {
                listing.trouble.get_or_insert(short.into());
            }
        }
        listing
    }

    fn content(&mut self, object: (u32, u32)) -> Content {
        let size = match self.size(object) {
            Ok(size) => size,
            Err(trouble) => return trouble.into(),
        };
        let items = self.objects.get(&object).map(Vec::as_slice).unwrap_or_default();
        let mut extents = Vec::new();
        let mut done = 0_usize;
        for item in items.iter().filter(|item| matches!(item.kind, Kind::Direct | Kind::Indirect)) {
            let first = usize::try_from(item.offset.saturating_sub(1)).unwrap_or(usize::MAX);
            push_extent(&mut extents, Extent::hole(first.saturating_sub(done)));
            done = done.max(first);
            if item.kind == Kind::Direct {
                push_extent(&mut extents, Extent::at(item.at, item.len));
                done = done.saturating_add(item.len);
                continue;
            }
            for index in 0..item.len / 4 {
                let block = self.bin.size32(item.at + index * 4).unwrap_or(0);
                let next = match block {
                    0 => Extent::hole(self.block),
                    block => Extent::at(block.saturating_mul(self.block), self.block),
                };
                push_extent(&mut extents, next);
                done = done.saturating_add(self.block);
            }
        }
        let mut content = tree::gather(self.input, &extents, size, self.budget);
        if self.attribute_item(object).is_ok_and(|(bin, _)| {
            bin.u16(0).is_ok_and(|mode| u32::from(mode) & 0o170_000 == 0o120_000)
        }) {
            // Links are padded with zeros to eight bytes.
            let len = content.bytes.iter().position(|b| *b == 0).unwrap_or(content.bytes.len());
            content.bytes.truncate(len);
        }
        content
    }
}
