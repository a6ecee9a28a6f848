//! UFS1 and UFS2, the Berkeley fast file system, in both byte orders.
//!
//! Source: FreeBSD's and NetBSD's `fs.h` and `dinode.h`; as written by `newfs` and `makefs`.

use crate::volume::{device, volume};
use bytes::Bytes;
use duecare_base::{Bin, Endian};
use duecare_filesystems::tree::{
    self, Attributes, Content, Extent, Listing, Tree, Trouble, push_extent,
};
use duecare_unpack::{Budget, Context, Format, Found, NodeMeta, Signature};

const ROOT: u32 = 2;
const MAGIC_IN_SUPER: usize = 1372;
const MAGIC_1: u32 = 0x0001_1954;
const MAGIC_2: u32 = 0x1954_0119;

/// Where the superblock may stand, in bytes.
const SUPER_1_AT: usize = 8192;
const SUPER_2_AT: usize = 65_536;

/// UFS.
pub(crate) struct Ufs;

const fn magic(magic: &'static [u8], at: usize) -> Signature {
    Signature::anywhere(magic).with_offset(at + MAGIC_IN_SUPER).aligned(512)
}

impl Format for Ufs {
    fn name(&self) -> &'static str {
        "ufs"
    }

    fn signatures(&self) -> &'static [Signature] {
        const {
            &[
                magic(&[0x54, 0x19, 0x01, 0x00], SUPER_1_AT),
                magic(&[0x00, 0x01, 0x19, 0x54], SUPER_1_AT),
                magic(&[0x19, 0x01, 0x54, 0x19], SUPER_2_AT),
                magic(&[0x19, 0x54, 0x01, 0x19], SUPER_2_AT),
                magic(&[0x19, 0x01, 0x54, 0x19], SUPER_1_AT),
                magic(&[0x19, 0x54, 0x01, 0x19], SUPER_1_AT),
            ]
        }
    }

    fn read(&self, input: &Bytes, context: &Context<'_>) -> Option<Found> {
        let sb = [SUPER_1_AT, SUPER_2_AT].into_iter().find_map(|at| {
            let orders = [Endian::Little, Endian::Big];
            orders.into_iter().find_map(|endian| Superblock::read(Bin::new(input, endian), at))
        })?;
        let size = usize::try_from(sb.fragments).ok()?.checked_mul(sb.fragment_size)?;
        let (mut found, input) = volume(input, size);
        found.fact("version", if sb.second { "UFS2" } else { "UFS1" });
        found.fact("endian", sb.endian.label());
        found.fact("block size", sb.block_size);
        found.fact("fragment size", sb.fragment_size);
        let bin = Bin::new(&input, sb.endian);
        let mut image = Image { bin, input: &input, sb, budget: context.budget };
        tree::walk(&mut image, ROOT, &mut found, context);
        Some(found)
    }
}

#[derive(Debug, Clone)]
struct Superblock {
    endian: Endian,
    second: bool,
    inode_block: usize,
    group_offset: usize,
    group_mask: u32,
    groups: u32,
    block_size: usize,
    fragment_size: usize,
    inodes_per_group: u32,
    fragments_per_group: usize,
    fragments: u64,
    short_link_max: usize,
    old_names: bool,
}

impl Superblock {
    fn read(bin: Bin<'_>, at: usize) -> Option<Self> {
        let second = match bin.u32(at + MAGIC_IN_SUPER).ok()? {
            MAGIC_1 => false,
            MAGIC_2 => true,
            _ => return None,
        };
        let fragments =
            if second { bin.u64(at + 1080).ok()? } else { u64::from(bin.u32(at + 36).ok()?) };
        let short = bin.u32(at + 1320).ok()?;
        let sb = Self {
            endian: bin.endian(),
            second,
            inode_block: bin.size32(at + 16).ok()?,
            group_offset: bin.size32(at + 24).ok()?,
            group_mask: bin.u32(at + 28).ok()?,
            groups: bin.u32(at + 44).ok()?,
            block_size: bin.size32(at + 48).ok()?,
            fragment_size: bin.size32(at + 52).ok()?,
            inodes_per_group: bin.u32(at + 184).ok()?,
            fragments_per_group: bin.size32(at + 188).ok()?,
            fragments,
            short_link_max: if short.cast_signed() > 0 { short as usize } else { 0 },
            old_names: !second && bin.u32(at + 1324).ok()? != 2,
        };
        let sane = sb.block_size.is_power_of_two()
            && sb.fragment_size.is_power_of_two()
            && (4096..=65_536).contains(&sb.block_size)
            && (512..=sb.block_size).contains(&sb.fragment_size)
            && sb.groups > 0
            && sb.inodes_per_group > 0
            && sb.fragments_per_group > 0
            && sb.fragments > 0;
        sane.then_some(sb)
    }

    fn inode_size(&self) -> usize {
        if self.second { 256 } else { 128 }
    }

    /// Where direct and indirect pointers stand in an inode, and how wide they are.
    fn pointers(&self) -> (usize, usize) {
        if self.second { (112, 8) } else { (40, 4) }
    }
}

struct Image<'a> {
    bin: Bin<'a>,
    input: &'a Bytes,
    sb: Superblock,
    budget: &'a Budget,
}

impl<'a> Image<'a> {
    fn inode(&self, number: u32) -> Result<Bin<'a>, Trouble> {
        let sb = &self.sb;
        let (group, index) = (number / sb.inodes_per_group, number % sb.inodes_per_group);
        if group >= sb.groups {
            return Err(Trouble::damaged(0, format!("inode {number} lies past the end")));
        }
        let mut start = sb.fragments_per_group.saturating_mul(group as usize);
        if !sb.second {
            let turn = (group & !sb.group_mask) as usize;
            start = start.saturating_add(sb.group_offset.saturating_mul(turn));
        }
        let at = start
            .saturating_add(sb.inode_block)
            .saturating_mul(sb.fragment_size)
            .saturating_add(index as usize * sb.inode_size());
        Ok(Bin::new(self.bin.slice(at, sb.inode_size())?, sb.endian))
    }

    fn size(&self, inode: Bin<'_>) -> Result<usize, Trouble> {
        Ok(inode.size64(if self.sb.second { 16 } else { 8 })?)
    }

    fn pointer(&self, bin: Bin<'_>, at: usize) -> Result<usize, Trouble> {
        Ok(if self.sb.second { bin.size64(at)? } else { bin.size32(at)? })
    }

    fn bytes_of(&self, number: u32) -> Result<Content, Trouble> {
        let inode = self.inode(number)?;
        let size = self.size(inode)?;
        let (base, width) = self.sb.pointers();
        let is_link = inode.u16(0)? & 0o170_000 == 0o120_000;
        let blocks = inode.u32(if self.sb.second { 24 } else { 104 })?;
        let short = size < self.sb.short_link_max || (self.sb.short_link_max == 0 && blocks == 0);
        if is_link && short {
            return Ok(Bytes::copy_from_slice(inode.slice(base, size)?).into());
        }
        let mut extents = Vec::new();
        let mut left = size.div_ceil(self.sb.block_size);
        let mapped = (|| {
            for index in 0..15_usize {
                let level = index.saturating_sub(11);
                let pointer = self.pointer(inode, base + index * width)?;
                self.add(pointer, level, &mut left, &mut extents)?;
            }
            Ok(())
        })();
        let mut content = tree::gather(self.input, &extents, size, self.budget);
        if let Err(trouble) = mapped {
            content.trouble.get_or_insert(trouble);
        }
        Ok(content)
    }

    fn add(
        &self,
        pointer: usize,
        level: usize,
        left: &mut usize,
        extents: &mut Vec<Extent>,
    ) -> Result<(), Trouble> {
        if *left == 0 {
            return Ok(());
        }
        let (_, width) = self.sb.pointers();
        let per_block = self.sb.block_size / width;
        let at = pointer.saturating_mul(self.sb.fragment_size);
        if pointer == 0 || level == 0 {
            let reach = per_block.saturating_pow(level as u32).min(*left);
            let len = reach.saturating_mul(self.sb.block_size);
            push_extent(
                extents,
                if pointer == 0 { Extent::hole(len) } else { Extent::at(at, len) },
            );
            *left -= reach;
            return Ok(());
        }
        let table = Bin::new(self.bin.slice(at, self.sb.block_size)?, self.sb.endian);
        self.budget.take_work(table.len())?;
        for index in 0..per_block {
            self.add(self.pointer(table, index * width)?, level - 1, left, extents)?;
        }
        Ok(())
    }
}

impl Tree for Image<'_> {
    type Inode = u32;

    fn attributes(&mut self, number: u32) -> Result<Attributes, Trouble> {
        let inode = self.inode(number)?;
        let st_mode = u32::from(inode.u16(0)?);
        if st_mode & 0o170_000 == 0 {
            return Err(Trouble::damaged(0, format!("inode {number} is not in use")));
        }
        let (uid, gid, mtime) = if self.sb.second {
            (inode.u32(4)?, inode.u32(8)?, inode.u64(40)?.cast_signed())
        } else {
            (inode.u32(112)?, inode.u32(116)?, i64::from(inode.u32(24)?.cast_signed()))
        };
        let (base, _) = self.sb.pointers();
        let number = self.pointer(inode, base)? as u32;
        // NetBSD numbers devices as Linux does.
        let device = device(number);
        let meta = NodeMeta { mode: st_mode, uid, gid, mtime };
        Ok(Attributes { st_mode, meta, device, xattrs: Vec::new() })
    }

    fn entries(&mut self, number: u32) -> Listing<u32> {
        let content = self.bytes_of(number).unwrap_or_else(Content::from);
        let mut listing = Listing { entries: Vec::new(), trouble: content.trouble };
        let bin = Bin::new(&content.bytes, self.sb.endian);
        let mut at = 0;
        while let (Ok(inode), Ok(len)) = (bin.u32(at), bin.u16(at + 4)) {
            let name_len = if self.sb.old_names {
                bin.u16(at + 6).map(usize::from)
            } else {
                bin.u8(at + 7).map(usize::from)
            };
            if len < 8 {
                let trouble = Trouble::damaged(at, "an entry of a folder has no length");
                listing.trouble.get_or_insert(trouble);
                break;
            }
            if let Ok(name) = name_len.and_then(|len| bin.slice(at + 8, len))
                && inode != 0
            {
                listing.add(name, inode);
            }
            at += usize::from(len);
        }
        listing
    }

    fn content(&mut self, number: u32) -> Content {
        self.bytes_of(number).unwrap_or_else(Content::from)
    }
}
