//! Minix file systems 1, 2 and 3 in both byte orders.
//!
//! Source: the Linux kernel's `include/uapi/linux/minix_fs.h`; as written by `mkfs.minix`.

use crate::volume::{device, volume};
use bytes::Bytes;
use duecare_base::{Bin, Endian};
use duecare_filesystems::tree::{
    self, Attributes, Content, Extent, Listing, Tree, Trouble, push_extent,
};
use duecare_unpack::{Budget, Context, Format, Found, NodeMeta, Signature};

const SUPER_AT: usize = 1024;
const ROOT: u32 = 1;

/// Where version 1 and 2 have their magic, and version 3.
const MAGIC_AT: usize = SUPER_AT + 16;
const MAGIC_3_AT: usize = SUPER_AT + 24;

/// Minix.
pub(crate) struct Minix;

const fn old(magic: &'static [u8]) -> Signature {
    Signature::anywhere(magic).with_offset(MAGIC_AT).aligned(512)
}

const fn new(magic: &'static [u8]) -> Signature {
    Signature::anywhere(magic).with_offset(MAGIC_3_AT).aligned(512)
}

impl Format for Minix {
    fn name(&self) -> &'static str {
        "minix"
    }

    fn signatures(&self) -> &'static [Signature] {
        const {
            &[
                old(&[0x7f, 0x13]),
                old(&[0x8f, 0x13]),
                old(&[0x68, 0x24]),
                old(&[0x78, 0x24]),
                old(&[0x13, 0x7f]),
                old(&[0x13, 0x8f]),
                old(&[0x24, 0x68]),
                old(&[0x24, 0x78]),
                new(&[0x5a, 0x4d]),
                new(&[0x4d, 0x5a]),
            ]
        }
    }

    fn read(&self, input: &Bytes, context: &Context<'_>) -> Option<Found> {
        let sb = [Endian::Little, Endian::Big]
            .into_iter()
            .find_map(|endian| Superblock::read(Bin::new(input, endian)))?;
        let (mut found, input) = volume(input, sb.zones.checked_mul(sb.zone_size())?);
        found.fact("version", sb.version);
        found.fact("endian", sb.endian.label());
        found.fact("name length", sb.name_len);
        found.fact("inodes", sb.inodes);
        let bin = Bin::new(&input, sb.endian);
        let mut image = Image { bin, input: &input, sb, budget: context.budget };
        // A root folder that is none means that the magic stood there by chance.
        if image.attributes(ROOT).is_ok_and(|root| !root.is_folder()) {
            return None;
        }
        tree::walk(&mut image, ROOT, &mut found, context);
        Some(found)
    }
}

#[derive(Debug, Clone)]
struct Superblock {
    endian: Endian,
    version: u8,
    name_len: usize,
    inodes: u32,
    zones: usize,
    inode_map_blocks: usize,
    zone_map_blocks: usize,
    first_zone: usize,
    log_zone: u32,
    block_size: usize,
}

impl Superblock {
    fn read(bin: Bin<'_>) -> Option<Self> {
        let at = SUPER_AT;
        let size16 = |at| bin.u16(at).ok().map(usize::from);
        let sb = if bin.u16(MAGIC_3_AT).ok()? == 0x4d5a {
            Self {
                endian: bin.endian(),
                version: 3,
                name_len: 60,
                inodes: bin.u32(at).ok()?,
                zones: bin.size32(at + 20).ok()?,
                inode_map_blocks: size16(at + 6)?,
                zone_map_blocks: size16(at + 8)?,
                first_zone: size16(at + 10)?,
                log_zone: u32::from(bin.u16(at + 12).ok()?),
                block_size: size16(at + 28)?,
            }
        } else {
            let (version, name_len) = match bin.u16(MAGIC_AT).ok()? {
                0x137f => (1, 14),
                0x138f => (1, 30),
                0x2468 => (2, 14),
                0x2478 => (2, 30),
                _ => return None,
            };
            let zones = if version == 1 { size16(at + 2)? } else { bin.size32(at + 20).ok()? };
            Self {
                endian: bin.endian(),
                version,
                name_len,
                inodes: u32::from(bin.u16(at).ok()?),
                zones,
                inode_map_blocks: size16(at + 4)?,
                zone_map_blocks: size16(at + 6)?,
                first_zone: size16(at + 8)?,
                log_zone: u32::from(bin.u16(at + 10).ok()?),
                block_size: 1024,
            }
        };
        sb.is_sane().then_some(sb)
    }

    fn is_sane(&self) -> bool {
        let bits = self.block_size * 8;
        self.log_zone <= 4
            && self.block_size.is_power_of_two()
            && (1024..=65_536).contains(&self.block_size)
            && self.inodes > 0
            && self.zones > self.first_zone
            && self.inode_map_blocks == (self.inodes as usize + 1).div_ceil(bits)
            && self.zone_map_blocks > 0
            && self.zone_map_blocks * bits + 1 + self.first_zone >= self.zones >> self.log_zone
            && self.first_zone >= (self.inode_table_at() / self.block_size) >> self.log_zone
    }

    fn zone_size(&self) -> usize {
        self.block_size << self.log_zone
    }

    fn inode_table_at(&self) -> usize {
        (2 + self.inode_map_blocks + self.zone_map_blocks) * self.block_size
    }

    fn inode_size(&self) -> usize {
        if self.version == 1 { 32 } else { 64 }
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
        if number == 0 || number > self.sb.inodes {
            return Err(Trouble::damaged(0, format!("inode {number} of {}", self.sb.inodes)));
        }
        let size = self.sb.inode_size();
        let at = self.sb.inode_table_at() + (number as usize - 1) * size;
        Ok(Bin::new(self.bin.slice(at, size)?, self.sb.endian))
    }

    /// Zone `index` of an inode; version 1 has nine of 16 bits, the others ten of 32.
    fn zone(&self, inode: Bin<'_>, index: usize) -> Result<u32, Trouble> {
        Ok(match self.sb.version {
            1 => u32::from(inode.u16(14 + index * 2)?),
            _ => inode.u32(24 + index * 4)?,
        })
    }

    fn bytes_of(&self, number: u32) -> Content {
        let inode = match self.inode(number) {
            Ok(inode) => inode,
            Err(trouble) => return trouble.into(),
        };
        let size = inode.size32(if self.sb.version == 1 { 4 } else { 8 }).unwrap_or(0);
        let mut extents = Vec::new();
        let mut left = size.div_ceil(self.sb.zone_size());
        let levels = if self.sb.version == 1 { 2 } else { 3 };
        let mapped = (|| {
            for index in 0..7 {
                self.add(self.zone(inode, index)?, 0, &mut left, &mut extents)?;
            }
            for level in 1..=levels {
                self.add(self.zone(inode, 6 + level)?, level, &mut left, &mut extents)?;
            }
            Ok(())
        })();
        let mut content = tree::gather(self.input, &extents, size, self.budget);
        if let Err(trouble) = mapped {
            content.trouble.get_or_insert(trouble);
        }
        content
    }

    fn add(
        &self,
        zone: u32,
        level: usize,
        left: &mut usize,
        extents: &mut Vec<Extent>,
    ) -> Result<(), Trouble> {
        let zone_size = self.sb.zone_size();
        let pointer = if self.sb.version == 1 { 2 } else { 4 };
        let per_block = self.sb.block_size / pointer;
        if *left == 0 {
            return Ok(());
        }
        let at = (zone as usize).saturating_mul(zone_size);
        if zone == 0 || level == 0 {
            let reach = per_block.saturating_pow(level as u32).min(*left);
            let len = reach.saturating_mul(zone_size);
            push_extent(extents, if zone == 0 { Extent::hole(len) } else { Extent::at(at, len) });
            *left -= reach;
            return Ok(());
        }
        let table = Bin::new(self.bin.slice(at, self.sb.block_size)?, self.sb.endian);
        self.budget.take_work(table.len())?;
        for index in 0..per_block {
            let next = match pointer {
                2 => u32::from(table.u16(index * 2)?),
                _ => table.u32(index * 4)?,
            };
            self.add(next, level - 1, left, extents)?;
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
        let (uid, gid, mtime) = match self.sb.version {
            1 => (u32::from(inode.u16(2)?), u32::from(inode.u8(12)?), inode.u32(8)?),
            _ => (u32::from(inode.u16(4)?), u32::from(inode.u16(6)?), inode.u32(16)?),
        };
        let device = device(self.zone(inode, 0)? & 0xffff);
        let meta = NodeMeta { mode: st_mode, uid, gid, mtime: i64::from(mtime) };
        Ok(Attributes { st_mode, meta, device, xattrs: Vec::new() })
    }

    fn entries(&mut self, number: u32) -> Listing<u32> {
        let content = self.bytes_of(number);
        let mut listing = Listing { entries: Vec::new(), trouble: content.trouble };
        let number_bytes = if self.sb.version == 3 { 4 } else { 2 };
        for entry in content.bytes.chunks_exact(number_bytes + self.sb.name_len) {
            let bin = Bin::new(entry, self.sb.endian);
            let inode = match number_bytes {
                2 => bin.u16(0).map(u32::from),
                _ => bin.u32(0),
            };
            let name = bin.tail(number_bytes);
            let len = name.iter().position(|byte| *byte == 0).unwrap_or(name.len());
            if let Ok(inode) = inode
                && inode != 0
            {
                listing.add(name.get(..len).unwrap_or(name), inode);
            }
        }
        listing
    }

    fn content(&mut self, number: u32) -> Content {
        self.bytes_of(number)
    }
}
