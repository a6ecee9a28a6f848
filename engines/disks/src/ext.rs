//! ext2, ext3 and ext4.
//!
//! Source: the Linux kernel's `Documentation/filesystems/ext4/`. Not read: encrypted files' contents
//! (they are given as they stand), values of attributes in inodes of their own.

use crate::volume::{device, volume};
use bytes::Bytes;
use duecare_base::{Bin, Short};
use duecare_filesystems::tree::{
    self, Attributes, Content, Extent, Listing, Tree, Trouble, push_extent,
};
use duecare_unpack::{Budget, Context, Format, Found, NodeMeta, ProblemKind, Signature};

const SUPER_AT: usize = 1024;
const ROOT: u32 = 2;

const INCOMPAT_RECOVER: u32 = 4;
const INCOMPAT_JOURNAL_DEVICE: u32 = 8;
const INCOMPAT_META_BG: u32 = 0x10;
const INCOMPAT_64BIT: u32 = 0x80;
const COMPAT_JOURNAL: u32 = 4;

const INODE_ENCRYPTED: u32 = 0x800;
const INODE_EXTENTS: u32 = 0x8_0000;
const INODE_INLINE: u32 = 0x1000_0000;

const EXTENT_MAGIC: u16 = 0xf30a;
const XATTR_MAGIC: u32 = 0xea02_0000;

/// Levels of an extent tree that Linux allows.
const EXTENT_DEPTH_MAX: u16 = 5;

/// Blocks of one file's map that are looked at.
const MAP_BLOCKS_MAX: usize = 1 << 20;

/// ext2, ext3, ext4.
pub(crate) struct Ext;

impl Format for Ext {
    fn name(&self) -> &'static str {
        "ext"
    }

    fn signatures(&self) -> &'static [Signature] {
        const { &[Signature::anywhere(&[0x53, 0xef]).with_offset(SUPER_AT + 56).aligned(512)] }
    }

    fn read(&self, input: &Bytes, context: &Context<'_>) -> Option<Found> {
        let sb = Superblock::read(Bin::le(input))?;
        let size = usize::try_from(sb.blocks).ok()?.checked_mul(sb.block_size)?;
        let (mut found, input) = volume(input, size);
        sb.facts(&mut found);
        let mut image = Image { bin: Bin::le(&input), input: &input, sb, budget: context.budget };
        tree::walk(&mut image, ROOT, &mut found, context);
        Some(found)
    }
}

#[derive(Debug, Clone)]
struct Superblock {
    inodes: u32,
    blocks: u64,
    first_block: usize,
    block_size: usize,
    blocks_per_group: usize,
    inodes_per_group: u32,
    inode_size: usize,
    descriptor_size: usize,
    first_meta_group: usize,
    compat: u32,
    incompat: u32,
    ro_compat: u32,
    state: u16,
    label: String,
    mounted: String,
    created: u32,
}

impl Superblock {
    fn read(bin: Bin<'_>) -> Option<Self> {
        let at = SUPER_AT;
        let log = bin.u32(at + 24).ok().filter(|log| *log <= 6)?;
        let revision = bin.u32(at + 76).ok()?;
        let incompat = bin.u32(at + 96).ok()?;
        let wide = incompat & INCOMPAT_64BIT != 0;
        let high = if wide { u64::from(bin.u32(at + 336).ok()?) } else { 0 };
        let descriptor_size = usize::from(bin.u16(at + 254).ok()?);
        let sb = Self {
            inodes: bin.u32(at).ok()?,
            blocks: u64::from(bin.u32(at + 4).ok()?) | high << 32,
            first_block: bin.size32(at + 20).ok()?,
            block_size: 1024 << log,
            blocks_per_group: bin.size32(at + 32).ok()?,
            inodes_per_group: bin.u32(at + 40).ok()?,
            inode_size: if revision == 0 { 128 } else { usize::from(bin.u16(at + 88).ok()?) },
            descriptor_size: if wide { descriptor_size } else { 32 },
            first_meta_group: bin.size32(at + 260).ok()?,
            compat: bin.u32(at + 92).ok()?,
            incompat,
            ro_compat: bin.u32(at + 100).ok()?,
            state: bin.u16(at + 58).ok()?,
            label: bin.text(at + 120, 16).ok()?,
            mounted: bin.text(at + 136, 64).ok()?,
            created: bin.u32(at + 264).ok()?,
        };
        let sane = bin.has(at + 56, &[0x53, 0xef])
            && revision <= 1
            && sb.inodes > 0
            && sb.blocks > sb.first_block as u64
            && sb.first_block <= 1
            && sb.blocks_per_group > 0
            && sb.blocks_per_group <= sb.block_size * 8
            && sb.inodes_per_group > 0
            && u64::from(sb.inodes) <= u64::from(sb.inodes_per_group) * sb.groups()
            && sb.inode_size.is_power_of_two()
            && (128..=sb.block_size).contains(&sb.inode_size)
            && (32..=1024).contains(&sb.descriptor_size)
            // Copies of the superblock in other groups carry their group's number.
            && bin.u16(at + 90).ok()? == 0;
        sane.then_some(sb)
    }

    fn groups(&self) -> u64 {
        (self.blocks - self.first_block as u64).div_ceil(self.blocks_per_group as u64)
    }

    fn facts(&self, found: &mut Found) {
        let modern = self.incompat & !0x17 != 0 || self.ro_compat & !7 != 0;
        let version = match (modern, self.compat & COMPAT_JOURNAL != 0) {
            (true, _) => "ext4",
            (false, true) => "ext3",
            (false, false) => "ext2",
        };
        found.fact("version", version);
        if !self.label.is_empty() {
            found.fact("label", &self.label);
        }
        if !self.mounted.is_empty() {
            found.fact("last mounted", &self.mounted);
        }
        found.fact("block size", self.block_size);
        found.fact("inodes", self.inodes);
        if self.created != 0 {
            found.fact("created", tree::date_text(i64::from(self.created)));
        }
        if self.incompat & INCOMPAT_RECOVER != 0 {
            let message = "was not unmounted, the newest changes are in the journal alone";
            found.problem(ProblemKind::Odd, Some(SUPER_AT + 96), message);
        }
        if self.incompat & INCOMPAT_JOURNAL_DEVICE != 0 {
            found.problem(ProblemKind::Unsupported, Some(SUPER_AT + 96), "a journal device");
        }
        if self.state & 2 != 0 {
            found.problem(ProblemKind::Odd, Some(SUPER_AT + 58), "marked as having errors");
        }
    }
}

struct Image<'a> {
    bin: Bin<'a>,
    input: &'a Bytes,
    sb: Superblock,
    budget: &'a Budget,
}

/// An inode.
struct Inode<'a> {
    bin: Bin<'a>,
    st_mode: u32,
    size: u64,
    flags: u32,
}

impl<'a> Image<'a> {
    fn block_at(&self, block: u64) -> usize {
        usize::try_from(block).unwrap_or(usize::MAX).saturating_mul(self.sb.block_size)
    }

    fn descriptor_at(&self, group: usize) -> usize {
        let per_block = self.sb.block_size / self.sb.descriptor_size;
        let meta = group / per_block.max(1);
        let spread = self.sb.incompat & INCOMPAT_META_BG != 0 && meta >= self.sb.first_meta_group;
        let within = (group % per_block.max(1)) * self.sb.descriptor_size;
        if !spread {
            let block = self.sb.first_block + 1 + meta;
            return block.saturating_mul(self.sb.block_size).saturating_add(within);
        }
        let first = meta * per_block;
        let start = self.sb.first_block + first * self.sb.blocks_per_group;
        let block = start + usize::from(has_superblock(first, self.sb.ro_compat));
        block.saturating_mul(self.sb.block_size).saturating_add(within)
    }

    fn inode(&self, number: u32) -> Result<Inode<'a>, Trouble> {
        if number == 0 || number > self.sb.inodes {
            return Err(Trouble::damaged(0, format!("inode {number} of {}", self.sb.inodes)));
        }
        let group = ((number - 1) / self.sb.inodes_per_group) as usize;
        let index = ((number - 1) % self.sb.inodes_per_group) as usize;
        let descriptor = self.descriptor_at(group);
        let low = u64::from(self.bin.u32(descriptor + 8)?);
        let wide = self.sb.descriptor_size >= 64;
        let high = if wide { u64::from(self.bin.u32(descriptor + 40)?) } else { 0 };
        let table = self.block_at(low | high << 32);
        let at = table.saturating_add(index * self.sb.inode_size);
        let bin = Bin::le(self.bin.slice(at, self.sb.inode_size)?);
        let st_mode = u32::from(bin.u16(0)?);
        if st_mode & 0o170_000 == 0 {
            return Err(Trouble::damaged(at, format!("inode {number} is not in use")));
        }
        let size = u64::from(bin.u32(4)?) | u64::from(bin.u32(108)?) << 32;
        Ok(Inode { bin, st_mode, size, flags: bin.u32(32)? })
    }

    fn bytes_of(&self, inode: &Inode<'a>) -> Content {
        let Ok(size) = usize::try_from(inode.size) else {
            return Trouble::unsupported("the file is larger than memory can be").into();
        };
        let is_link = inode.st_mode & 0o170_000 == 0o120_000;
        if inode.flags & INODE_INLINE != 0 {
            return self.inline(inode, size).into();
        }
        if is_link && size < 60 {
            return inode
                .bin
                .slice(40, size)
                .map(Bytes::copy_from_slice)
                .map_err(Into::into)
                .into();
        }
        let mut extents = Vec::new();
        let blocks = size.div_ceil(self.sb.block_size);
        let mapped = if inode.flags & INODE_EXTENTS != 0 {
            let root = Bin::le(inode.bin.slice(40, 60).unwrap_or_default());
            self.extent_node(root, EXTENT_DEPTH_MAX, &mut 0, &mut extents)
        } else {
            self.indirect_map(inode.bin, blocks, &mut extents)
        };
        let mut content = tree::gather(self.input, &extents, size, self.budget);
        if let Err(trouble) = mapped {
            // What is mapped stands; what is not would read as zeros that are not there.
            let mapped = tree::total(&extents);
            content.bytes.truncate(mapped);
            content.trouble.get_or_insert(trouble);
        }
        if inode.flags & INODE_ENCRYPTED != 0 && content.trouble.is_none() {
            content.trouble = Some(Trouble::unsupported("is encrypted"));
        }
        content
    }

    fn inline(&self, inode: &Inode<'a>, size: usize) -> Result<Bytes, Trouble> {
        let mut bytes = inode.bin.slice(40, 60)?.to_vec();
        if size > 60 {
            let more = inode_xattrs(inode.bin).unwrap_or_default();
            let value = more.into_iter().find(|(name, _)| name == "system.data");
            bytes.extend(value.map(|(_, value)| value).unwrap_or_default());
        }
        bytes.truncate(size);
        self.budget.take_memory(bytes.len())?;
        Ok(bytes.into())
    }

    fn extent_node(
        &self,
        node: Bin<'_>,
        depth_max: u16,
        mapped: &mut usize,
        extents: &mut Vec<Extent>,
    ) -> Result<(), Trouble> {
        let (count, depth) = (usize::from(node.u16(2)?), node.u16(6)?);
        if node.u16(0)? != EXTENT_MAGIC || depth > depth_max || extents.len() > MAP_BLOCKS_MAX {
            return Err(Trouble::damaged(0, "the extent tree is damaged"));
        }
        self.budget.take_work(node.len())?;
        for index in 0..count {
            let at = 12 + index * 12;
            let first = node.size32(at)?;
            let low = |at| node.u32(at).map(u64::from);
            let high = |at| node.u16(at).map(|high| u64::from(high) << 32);
            if depth > 0 {
                let block = self.block_at(low(at + 4)? | high(at + 8)?);
                let child = Bin::le(self.bin.slice(block, self.sb.block_size)?);
                self.extent_node(child, depth - 1, mapped, extents)?;
                continue;
            }
            let stored = usize::from(node.u16(at + 4)?);
            let start = self.block_at(low(at + 8)? | high(at + 6)?);
            let begin = first.saturating_mul(self.sb.block_size);
            push_extent(extents, Extent::hole(begin.saturating_sub(*mapped)));
            // Lengths past 32768 mark extents that are reserved but not written.
            let written = stored <= 32_768;
            let len = if written { stored } else { stored - 32_768 } * self.sb.block_size;
            push_extent(extents, if written { Extent::at(start, len) } else { Extent::hole(len) });
            *mapped = (*mapped).max(begin).saturating_add(len);
        }
        Ok(())
    }

    fn indirect_map(
        &self,
        inode: Bin<'_>,
        blocks: usize,
        extents: &mut Vec<Extent>,
    ) -> Result<(), Trouble> {
        let mut left = blocks;
        for index in 0..12 {
            if left == 0 {
                return Ok(());
            }
            self.mapped(inode.u32(40 + index * 4)?, extents);
            left -= 1;
        }
        for level in 1..=3 {
            let pointer = inode.u32(40 + (11 + level) * 4)?;
            self.indirect(pointer, level, &mut left, extents)?;
        }
        Ok(())
    }

    fn mapped(&self, block: u32, extents: &mut Vec<Extent>) {
        let size = self.sb.block_size;
        let next = match block {
            0 => Extent::hole(size),
            block => Extent::at(self.block_at(block.into()), size),
        };
        push_extent(extents, next);
    }

    fn indirect(
        &self,
        pointer: u32,
        level: usize,
        left: &mut usize,
        extents: &mut Vec<Extent>,
    ) -> Result<(), Trouble> {
        let per_block = self.sb.block_size / 4;
        if *left == 0 {
            return Ok(());
        }
        if pointer == 0 {
            let reach = per_block.saturating_pow(level as u32).min(*left);
            push_extent(extents, Extent::hole(reach.saturating_mul(self.sb.block_size)));
            *left -= reach;
            return Ok(());
        }
        let at = self.block_at(pointer.into());
        let bin = Bin::le(self.bin.slice(at, self.sb.block_size)?);
        self.budget.take_work(bin.len())?;
        for index in 0..per_block {
            let pointer = bin.u32(index * 4)?;
            if *left == 0 {
                return Ok(());
            }
            if level > 1 {
                self.indirect(pointer, level - 1, left, extents)?;
            } else {
                self.mapped(pointer, extents);
                *left -= 1;
            }
        }
        Ok(())
    }

    fn xattr_block(&self, inode: Bin<'_>) -> Result<Vec<(String, Vec<u8>)>, Short> {
        let block = u64::from(inode.u32(104)?) | u64::from(inode.u16(118)?) << 32;
        if block == 0 {
            return Ok(Vec::new());
        }
        let bin = Bin::le(self.bin.slice(self.block_at(block), self.sb.block_size)?);
        if bin.u32(0)? != XATTR_MAGIC { Ok(Vec::new()) } else { xattr_entries(bin, 32, 0) }
    }
}

/// Whether a group starts with a copy of the superblock.
fn has_superblock(group: usize, ro_compat: u32) -> bool {
    let power = |base: usize| {
        let mut value = base;
        while value < group {
            value *= base;
        }
        value == group
    };
    ro_compat & 1 == 0 || group <= 1 || power(3) || power(5) || power(7)
}

fn inode_xattrs(inode: Bin<'_>) -> Result<Vec<(String, Vec<u8>)>, Short> {
    if inode.len() < 132 {
        return Ok(Vec::new());
    }
    let at = 128 + usize::from(inode.u16(128)?);
    match inode.u32(at) {
        Ok(XATTR_MAGIC) => xattr_entries(inode, at + 4, at + 4),
        _ => Ok(Vec::new()),
    }
}

/// Attributes from `at`; values stand relative to `base`.
fn xattr_entries(bin: Bin<'_>, at: usize, base: usize) -> Result<Vec<(String, Vec<u8>)>, Short> {
    let mut attributes = Vec::new();
    let mut at = at;
    while at + 16 <= bin.len() && bin.u32(at)? != 0 {
        let name_len = usize::from(bin.u8(at)?);
        let prefix = match bin.u8(at + 1)? {
            1 => "user.",
            2 => "system.posix_acl_access",
            3 => "system.posix_acl_default",
            4 => "trusted.",
            6 => "security.",
            7 => "system.",
            _ => "",
        };
        let name = String::from_utf8_lossy(bin.slice(at + 16, name_len)?).into_owned();
        let (offset, size) = (usize::from(bin.u16(at + 2)?), bin.size32(at + 8)?);
        let value = if bin.u32(at + 4)? == 0 { bin.slice(base + offset, size)? } else { &[] };
        attributes.push((format!("{prefix}{name}"), value.to_vec()));
        at += (16 + name_len).next_multiple_of(4);
    }
    Ok(attributes)
}

fn names(bytes: &[u8], block_size: usize, listing: &mut Listing<u32>) -> Result<(), Short> {
    let mut at = 0;
    let bin = Bin::le(bytes);
    while at + 8 <= bytes.len() {
        let (number, stored) = (bin.u32(at)?, usize::from(bin.u16(at + 4)?));
        let len = match stored {
            0 | 65_535 if block_size == 65_536 => 65_536,
            stored => stored,
        };
        if len < 8 {
            // The rest of this block can't be trusted; the next begins anew.
            at = (at + 1).next_multiple_of(block_size);
            let trouble = Trouble::damaged(at, "an entry of a folder has no length");
            listing.trouble.get_or_insert(trouble);
            continue;
        }
        if number != 0 {
            listing.add(bin.slice(at + 8, usize::from(bin.u8(at + 6)?))?, number);
        }
        at += len;
    }
    Ok(())
}

impl Tree for Image<'_> {
    type Inode = u32;

    fn attributes(&mut self, number: u32) -> Result<Attributes, Trouble> {
        let Inode { bin, st_mode, .. } = self.inode(number)?;
        let uid = u32::from(bin.u16(2)?) | u32::from(bin.u16(120)?) << 16;
        let gid = u32::from(bin.u16(24)?) | u32::from(bin.u16(122)?) << 16;
        let seconds = i64::from(bin.u32(16)?.cast_signed());
        let extended = bin.u16(128).is_ok_and(|extra| extra >= 12);
        let epoch = if extended { i64::from(bin.u32(136)? & 3) << 32 } else { 0 };
        let numbers = (bin.u32(40)?, bin.u32(44)?);
        let device = device(if numbers.0 != 0 { numbers.0 & 0xffff } else { numbers.1 });
        // Attributes that can't be read hide no content.
        let mut xattrs = inode_xattrs(bin).unwrap_or_default();
        xattrs.retain(|(name, _)| name != "system.data");
        xattrs.extend(self.xattr_block(bin).unwrap_or_default());
        self.budget.take_memory(xattrs.iter().map(|(_, value)| value.len()).sum())?;
        let meta = NodeMeta { mode: st_mode, uid, gid, mtime: seconds + epoch };
        Ok(Attributes { st_mode, meta, device, xattrs })
    }

    fn entries(&mut self, number: u32) -> Listing<u32> {
        let mut listing = Listing::default();
        let inode = match self.inode(number) {
            Ok(inode) => inode,
            Err(trouble) => return Listing { trouble: Some(trouble), ..listing },
        };
        let content = self.bytes_of(&inode);
        listing.trouble = content.trouble;
        let inline = inode.flags & INODE_INLINE != 0;
        // An inline folder begins with its parent's number; its rest, in an attribute, is a
        // block of its own.
        let (front, back) = if inline {
            let cut = content.bytes.len().min(60);
            (content.bytes.slice(content.bytes.len().min(4)..cut), content.bytes.slice(cut..))
        } else {
            (content.bytes, Bytes::new())
        };
        for piece in [front, back] {
            if let Err(short) = names(&piece, self.sb.block_size, &mut listing) {
                listing.trouble.get_or_insert(short.into());
            }
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
