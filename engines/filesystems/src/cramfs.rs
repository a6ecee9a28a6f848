//! cramfs in both byte orders, with holes and with extended block pointers.
//!
//! Source: the Linux kernel's `Documentation/filesystems/cramfs.rst` and `cramfs_fs.h`; as written
//! by `mkcramfs` of util-linux. Off-spec: images whose blocks are LZMA (some cameras) are read too.

use crate::crc32::crc32_pieces;
use crate::tree::{self, Attributes, Content, Listing, Tree, Trouble};
use bytes::Bytes;
use duecare_base::{Bin, Endian};
use duecare_codecs::{Codec, block};
use duecare_unpack::{Budget, Context, Format, Found, NodeMeta, ProblemKind, Signature};

const MAGIC_LE: &[u8] = &[0x45, 0x3d, 0xcd, 0x28];
const MAGIC_BE: &[u8] = &[0x28, 0xcd, 0x3d, 0x45];
const NAME: &[u8] = b"Compressed ROMFS";

/// The superblock may stand behind a boot sector of this size, in bytes.
const BOOT_BYTES: usize = 512;

/// Size of a block of a file, in bytes: the page size of the Linux that reads it.
const BLOCK_BYTES: usize = 4096;

const SUPER_BYTES: usize = 76;
const FLAG_VERSION_2: u32 = 1;
const FLAG_EXTENDED_POINTERS: u32 = 0x800;
const POINTER_STORED: u32 = 1 << 31;
const POINTER_DIRECT: u32 = 1 << 30;

/// cramfs.
pub(crate) struct CramFs;

impl Format for CramFs {
    fn name(&self) -> &'static str {
        "cramfs"
    }

    fn signatures(&self) -> &'static [Signature] {
        const {
            &[
                Signature::anywhere(MAGIC_LE),
                Signature::anywhere(MAGIC_BE),
                Signature::anywhere(MAGIC_LE).with_offset(BOOT_BYTES),
                Signature::anywhere(MAGIC_BE).with_offset(BOOT_BYTES),
            ]
        }
    }

    fn read(&self, input: &Bytes, context: &Context<'_>) -> Option<Found> {
        let (base, endian) = [0, BOOT_BYTES].into_iter().find_map(|base| {
            let bin = Bin::le(input);
            let endian = if bin.has(base, MAGIC_LE) {
                Endian::Little
            } else if bin.has(base, MAGIC_BE) {
                Endian::Big
            } else {
                return None;
            };
            bin.has(base + 16, NAME).then_some((base, endian))
        })?;
        let bin = Bin::new(input, endian);
        let root = Inode::read(bin, base + 64).ok()?;
        // Offsets count from the start of the boot sector, so the root tells whether there is one.
        let first = base + SUPER_BYTES;
        if root.st_mode & 0o170_000 != 0o040_000 || (root.offset != 0 && root.offset < first) {
            return None;
        }
        if base == 0 && root.offset == first + BOOT_BYTES {
            return None;
        }
        let flags = bin.u32(base + 8).ok()?;
        let stored_size = bin.size32(base + 4).ok()?;
        let size = if stored_size == 0 { input.len() } else { stored_size };
        let mut found = Found::new(size.min(input.len()));
        found.fact("endian", endian.label());
        found.fact("version", if flags & FLAG_VERSION_2 != 0 { 2 } else { 1 });
        found.fact("name", bin.text(base + 48, 16).ok()?);
        found.fact("flags", format!("{flags:#x}"));
        if size > input.len() {
            let message = format!("{} bytes are missing at the end", size - input.len());
            found.problem(ProblemKind::Truncated, Some(input.len()), message);
        } else if flags & FLAG_VERSION_2 != 0 {
            found.fact("files", bin.u32(base + 44).ok()?);
            check(bin, base, size, &mut found);
        }
        let input = input.slice(..size.min(input.len()));
        let bin = Bin::new(&input, endian);
        let extended = flags & FLAG_EXTENDED_POINTERS != 0;
        let mut image = Image { bin, extended, budget: context.budget };
        tree::walk(&mut image, base + 64, &mut found, context);
        Some(found)
    }
}

fn check(bin: Bin<'_>, base: usize, size: usize, found: &mut Found) {
    let (Ok(stored), Ok(front), Ok(back)) = (
        bin.u32(base + 32),
        bin.slice(base, 32),
        bin.slice(base + 36, size.saturating_sub(base + 36)),
    ) else {
        return;
    };
    let good = crc32_pieces(&[front, &[0; 4], back]) == stored;
    found.fact("checksum", if good { "good" } else { "wrong" });
    if !good {
        found.problem(ProblemKind::Odd, Some(base + 32), "the checksum is wrong");
    }
}

/// An inode of 12 bytes, of bit fields whose order follows the byte order.
#[derive(Debug, Clone, Copy)]
struct Inode {
    st_mode: u32,
    uid: u32,
    gid: u32,
    size: usize,
    name_len: usize,
    offset: usize,
}

impl Inode {
    fn read(bin: Bin<'_>, at: usize) -> Result<Self, Trouble> {
        let (owner, size, place) = (bin.u32(at)?, bin.u32(at + 4)?, bin.u32(at + 8)?);
        Ok(match bin.endian() {
            Endian::Little => Self {
                st_mode: owner & 0xffff,
                uid: owner >> 16,
                gid: size >> 24,
                size: (size & 0xff_ffff) as usize,
                name_len: (place & 0x3f) as usize * 4,
                offset: (place >> 6) as usize * 4,
            },
            Endian::Big => Self {
                st_mode: owner >> 16,
                uid: owner & 0xffff,
                gid: size & 0xff,
                size: (size >> 8) as usize,
                name_len: (place >> 26) as usize * 4,
                offset: (place & 0x3ff_ffff) as usize * 4,
            },
        })
    }
}

struct Image<'a> {
    bin: Bin<'a>,
    extended: bool,
    budget: &'a Budget,
}

impl Image<'_> {
    /// Start of the block, its bytes' number, whether it is stored as it is.
    fn block_place(
        &self,
        inode: &Inode,
        index: usize,
        previous_end: usize,
    ) -> Result<(usize, usize, bool), Trouble> {
        let pointer = self.bin.u32(inode.offset + index * 4)?;
        if !self.extended {
            return Ok((previous_end, pointer as usize, false));
        }
        let stored = pointer & POINTER_STORED != 0;
        let value = (pointer & !(POINTER_STORED | POINTER_DIRECT)) as usize;
        if pointer & POINTER_DIRECT == 0 {
            return Ok((previous_end, value, stored));
        }
        let start = value.saturating_mul(4);
        if stored {
            let len = BLOCK_BYTES.min(inode.size.saturating_sub(index * BLOCK_BYTES));
            return Ok((start, start + len, true));
        }
        let len = usize::from(self.bin.u16(start)?);
        Ok((start + 2, start + 2 + len, false))
    }

    fn blocks(&self, inode: &Inode, out: &mut Vec<u8>) -> Result<(), Trouble> {
        let count = inode.size.div_ceil(BLOCK_BYTES);
        let mut end = inode.offset + count * 4;
        for index in 0..count {
            let wanted = BLOCK_BYTES.min(inode.size - out.len());
            let (start, next, stored) = self.block_place(inode, index, end)?;
            let len = next
                .checked_sub(start)
                .filter(|len| *len <= 2 * BLOCK_BYTES)
                .ok_or_else(|| Trouble::damaged(start, "a block pointer runs backwards"))?;
            end = next;
            if len == 0 {
                out.resize(out.len() + wanted, 0);
                continue;
            }
            let raw = self.bin.slice(start, len)?;
            if stored {
                out.extend_from_slice(raw.get(..wanted).unwrap_or(raw));
                continue;
            }
            let decoded = unpack_block(raw, wanted)
                .map_err(|error| Trouble::damaged(start, format!("block {index}: {error}")))?;
            out.extend_from_slice(&decoded);
            if decoded.len() < wanted {
                return Err(Trouble::damaged(start, format!("block {index} is too short")));
            }
        }
        Ok(())
    }
}

fn unpack_block(raw: &[u8], wanted: usize) -> Result<Vec<u8>, duecare_codecs::CodecError> {
    block(Codec::Zlib, raw, wanted)
        .or_else(|error| block(Codec::LzmaAlone, raw, wanted).map_err(|_| error))
}

impl Tree for Image<'_> {
    type Inode = usize;

    fn attributes(&mut self, at: usize) -> Result<Attributes, Trouble> {
        let inode = Inode::read(self.bin, at)?;
        let meta = NodeMeta { mode: inode.st_mode, uid: inode.uid, gid: inode.gid, mtime: 0 };
        let number = inode.size as u32;
        let device = ((number >> 8) & 0xff, number & 0xff);
        Ok(Attributes { st_mode: inode.st_mode, meta, device, xattrs: Vec::new() })
    }

    fn entries(&mut self, at: usize) -> Listing<usize> {
        let mut listing = Listing::default();
        let folder = match Inode::read(self.bin, at) {
            Ok(inode) => inode,
            Err(trouble) => return Listing { trouble: Some(trouble), ..listing },
        };
        let mut at = folder.offset;
        let end = folder.offset + folder.size;
        while at < end {
            let named = Inode::read(self.bin, at).and_then(|inode| {
                let name = self.bin.slice(at + 12, inode.name_len)?;
                Ok((inode, name))
            });
            let (inode, name) = match named {
                Ok((inode, _)) if inode.name_len == 0 => {
                    listing.trouble = Some(Trouble::damaged(at, "an entry has no name"));
                    break;
                }
                Ok(named) => named,
                Err(trouble) => {
                    listing.trouble = Some(trouble);
                    break;
                }
            };
            let len = name.iter().position(|byte| *byte == 0).unwrap_or(name.len());
            listing.add(name.get(..len).unwrap_or(name), at);
            at += 12 + inode.name_len;
        }
        listing
    }

    fn content(&mut self, at: usize) -> Content {
        let inode = match Inode::read(self.bin, at) {
            Ok(inode) if inode.size == 0 => return Content::default(),
            Ok(inode) => inode,
            Err(trouble) => return trouble.into(),
        };
        if let Err(limit) = self.budget.take_memory(inode.size) {
            return Trouble::from(limit).into();
        }
        let mut out = Vec::with_capacity(inode.size);
        let trouble = self.blocks(&inode, &mut out).err();
        Content { bytes: out.into(), trouble }
    }

    fn has_hard_links(&self) -> bool {
        false
    }
}
