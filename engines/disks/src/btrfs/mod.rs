//! btrfs on one device: files, compression (zlib, LZO, Zstandard), subvolumes.
//!
//! Source: btrfs's own on-disk format documentation. Not read: striped profiles and several
//! devices, the log tree of a file system that was not unmounted.

mod chunks;
mod file;

use crate::volume::{device, volume};
use bytes::Bytes;
use chunks::Chunks;
use duecare_base::{Bin, Short};
use duecare_filesystems::tree::{self, Attributes, Content, Listing, Tree, Trouble};
use duecare_unpack::{Budget, Context, Format, Found, NodeMeta, ProblemKind, Signature};
use std::collections::BTreeMap;

const SUPER_AT: usize = 65_536;
const MAGIC: &[u8] = b"_BHRfS_M";
const HEADER_BYTES: usize = 101;

/// Levels that the format allows.
const LEVELS_MAX: u8 = 8;

const TREE_OF_FILES: u64 = 5;
const FIRST_FILE: u64 = 256;
const ITEM_INODE: u8 = 1;
const ITEM_XATTR: u8 = 24;
const ITEM_NAME: u8 = 96;
const ITEM_EXTENT: u8 = 108;
const ITEM_ROOT: u8 = 132;

/// btrfs.
pub(crate) struct Btrfs;

/// Object, type of the item, offset.
type Key = (u64, u8, u64);

/// A tree's items and where their data stand in the image.
type Items = BTreeMap<Key, Bytes>;

impl Format for Btrfs {
    fn name(&self) -> &'static str {
        "btrfs"
    }

    fn signatures(&self) -> &'static [Signature] {
        const { &[Signature::anywhere(MAGIC).with_offset(SUPER_AT + 64).aligned(512)] }
    }

    fn read(&self, input: &Bytes, context: &Context<'_>) -> Option<Found> {
        let bin = Bin::le(input);
        let sb = Bin::le(bin.slice(SUPER_AT, 4096).ok()?);
        let node_size = sb.size32(148).ok()?;
        let size = sb.size64(112).ok()?;
        if !sb.has(64, MAGIC) || sb.u64(48).ok()? != SUPER_AT as u64 || size < SUPER_AT {
            return None;
        }
        if !node_size.is_power_of_two() || !(4096..=65_536).contains(&node_size) {
            return None;
        }
        let devices = sb.u64(136).ok()?;
        let (mut found, input) = volume(input, if devices > 1 { input.len() } else { size });
        found.fact("label", sb.text(299, 256).ok()?);
        found.fact("node size", node_size);
        if devices > 1 {
            let message = format!("{devices} devices hold it, this is one of them");
            found.problem(ProblemKind::Unsupported, Some(SUPER_AT + 136), message);
        }
        if sb.u64(96).ok()? != 0 {
            let message = "was not unmounted, the newest changes are in the log alone";
            found.problem(ProblemKind::Odd, Some(SUPER_AT + 96), message);
        }
        let mut image = Image {
            input: &input,
            budget: context.budget,
            node_size,
            chunks: Chunks::default(),
            roots: BTreeMap::new(),
            trees: BTreeMap::new(),
        };
        if let Err(trouble) = image.open(sb) {
            found.problem(trouble.kind, trouble.offset, trouble.message);
        }
        tree::walk(&mut image, (TREE_OF_FILES, FIRST_FILE), &mut found, context);
        for (_, _, trouble) in image.trees.into_values() {
            if let Some(trouble) = trouble {
                found.problem(trouble.kind, trouble.offset, trouble.message);
            }
        }
        Some(found)
    }
}

struct Image<'a> {
    input: &'a Bytes,
    budget: &'a Budget,
    node_size: usize,
    chunks: Chunks,
    /// Where trees have their top, by number; and the number of their top folder.
    roots: BTreeMap<u64, (u64, u64)>,
    /// Trees that were read: their items and what was wrong.
    trees: BTreeMap<u64, (u64, Items, Option<Trouble>)>,
}

impl Image<'_> {
    /// Reads the map of chunks and the tree of trees.
    fn open(&mut self, sb: Bin<'_>) -> Result<(), Trouble> {
        let len = sb.size32(160)?.min(2048);
        self.chunks.add_system(sb.slice(811, len)?)?;
        let (items, trouble) = self.items(sb.u64(88)?);
        for ((_, kind, offset), item) in &items {
            if *kind == chunks::ITEM_CHUNK {
                self.chunks.add(*offset, &Bin::le(item))?;
            }
        }
        trouble.map_or(Ok(()), Err)?;
        let (items, trouble) = self.items(sb.u64(80)?);
        for ((object, kind, _), item) in &items {
            if *kind == ITEM_ROOT {
                let bin = Bin::le(item);
                self.roots.insert(*object, (bin.u64(176)?, bin.u64(168)?));
            }
        }
        trouble.map_or(Ok(()), Err)
    }

    /// All items of the tree whose top node has this logical address.
    fn items(&self, top: u64) -> (Items, Option<Trouble>) {
        let mut items = Items::new();
        let mut open = vec![(top, LEVELS_MAX)];
        let mut trouble = None;
        // Every node is in the image, so more are a sign of a cycle.
        let mut left = self.input.len() / self.node_size + 1;
        while let Some((address, level)) = open.pop() {
            left = left.saturating_sub(1);
            if left == 0 {
                trouble = Some(Trouble::damaged(0, "a tree goes in circles"));
                break;
            }
            if let Err(stopped) = self.node(address, level, &mut open, &mut items) {
                trouble.get_or_insert(stopped);
            }
        }
        (items, trouble)
    }

    fn node(
        &self,
        address: u64,
        level_max: u8,
        open: &mut Vec<(u64, u8)>,
        items: &mut Items,
    ) -> Result<(), Trouble> {
        let (at, _) = self.chunks.place(address)?;
        let node = Bin::le(self.input).slice(at, self.node_size)?;
        let bin = Bin::le(node);
        let (count, level) = (bin.size32(96)?, bin.u8(100)?);
        if bin.u64(48)? != address || level > level_max {
            return Err(Trouble::damaged(at, "a node of a tree is damaged"));
        }
        self.budget.take_work(self.node_size)?;
        for index in 0..count.min(self.node_size) {
            if level > 0 {
                let pointer = bin.u64(HEADER_BYTES + index * 33 + 17)?;
                open.push((pointer, level - 1));
                continue;
            }
            let item = HEADER_BYTES + index * 25;
            let (offset, size) = (bin.size32(item + 17)?, bin.size32(item + 21)?);
            let begin = HEADER_BYTES.saturating_add(offset);
            bin.slice(begin, size)?;
            items.insert(key(bin, item)?, self.input.slice(at + begin..at + begin + size));
        }
        Ok(())
    }

    /// Reads a tree of files, once.
    fn tree(&mut self, number: u64) -> Result<(), Trouble> {
        if self.trees.contains_key(&number) {
            return Ok(());
        }
        let root = self.roots.get(&number).copied();
        let (top, folder) =
            root.ok_or_else(|| Trouble::damaged(0, format!("tree {number} is missing")))?;
        let (items, trouble) = self.items(top);
        self.trees.insert(number, (folder, items, trouble));
        Ok(())
    }

    /// The items of one type that belong to an object.
    fn of(&self, (tree, object): (u64, u64), kind: u8) -> impl Iterator<Item = (&Key, &Bytes)> {
        let items = self.trees.get(&tree).map(|(_, items, _)| items);
        items
            .into_iter()
            .flat_map(move |items| items.range((object, kind, 0)..=(object, kind, u64::MAX)))
    }
}

fn key(bin: Bin<'_>, at: usize) -> Result<Key, Short> {
    Ok((bin.u64(at)?, bin.u8(at + 8)?, bin.u64(at + 9)?))
}

/// A named item's name and value.
fn named(bin: Bin<'_>, at: usize) -> Result<(&[u8], &[u8]), Short> {
    let (value_len, len) = (usize::from(bin.u16(at + 25)?), usize::from(bin.u16(at + 27)?));
    Ok((bin.slice(at + 30, len)?, bin.slice(at + 30 + len, value_len)?))
}

impl Tree for Image<'_> {
    type Inode = (u64, u64);

    fn attributes(&mut self, inode: (u64, u64)) -> Result<Attributes, Trouble> {
        self.tree(inode.0)?;
        let item = self.of(inode, ITEM_INODE).next();
        let (_, item) =
            item.ok_or_else(|| Trouble::damaged(0, format!("inode {} is missing", inode.1)))?;
        let bin = Bin::le(item);
        let st_mode = bin.u32(52)?;
        let mtime = bin.u64(136)?.cast_signed();
        let meta = NodeMeta { mode: st_mode, uid: bin.u32(44)?, gid: bin.u32(48)?, mtime };
        // The device number is Linux's own of twelve and twenty bits.
        let number = bin.u64(56)?;
        let device = match number >> 20 {
            0 => device(number as u32),
            major => (major as u32, (number & 0xf_ffff) as u32),
        };
        let mut xattrs = Vec::new();
        for (_, item) in self.of(inode, ITEM_XATTR) {
            let bin = Bin::le(item);
            let mut at = 0;
            while let Ok((name, value)) = named(bin, at) {
                self.budget.take_memory(name.len() + value.len())?;
                xattrs.push((String::from_utf8_lossy(name).into_owned(), value.to_vec()));
                at += 30 + name.len() + value.len();
            }
        }
        Ok(Attributes { st_mode, meta, device, xattrs })
    }

    fn entries(&mut self, inode: (u64, u64)) -> Listing<(u64, u64)> {
        let mut listing = Listing { entries: Vec::new(), trouble: self.tree(inode.0).err() };
        let mut subvolumes = Vec::new();
        for (_, item) in self.of(inode, ITEM_NAME) {
            let bin = Bin::le(item);
            let (Ok((object, kind, _)), Ok((name, _))) = (key(bin, 0), named(bin, 0)) else {
                continue;
            };
            if kind == ITEM_ROOT {
                subvolumes.push((name.to_vec(), object));
            } else {
                listing.add(name, (inode.0, object));
            }
        }
        for (name, number) in subvolumes {
            if let Err(trouble) = self.tree(number) {
                listing.trouble.get_or_insert(trouble);
                continue;
            }
            let folder = self.trees.get(&number).map_or(FIRST_FILE, |(folder, _, _)| *folder);
            listing.add(&name, (number, folder));
        }
        listing
    }

    fn content(&mut self, inode: (u64, u64)) -> Content {
        let size = self.of(inode, ITEM_INODE).next().map(|(_, item)| Bin::le(item).size64(16));
        let Some(Ok(size)) = size else { return Content::default() };
        let extents: Vec<(u64, Bytes)> =
            self.of(inode, ITEM_EXTENT).map(|(key, item)| (key.2, item.clone())).collect();
        file::read(self.input, &self.chunks, &extents, size, self.budget)
    }
}
