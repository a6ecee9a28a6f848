//! romfs, the file system of small uClinux devices.
//!
//! Source: the Linux kernel's `Documentation/filesystems/romfs.rst`; as written by `genromfs`.

use crate::tree::{self, Attributes, Content, Listing, Tree, Trouble};
use bytes::Bytes;
use duecare_base::Bin;
use duecare_unpack::{Context, Format, Found, NodeMeta, ProblemKind, Signature};

const MAGIC: &[u8] = b"-rom1fs-";

/// Longest name, in bytes.
const NAME_BYTES_MAX: usize = 256;

/// Bytes that the checksum of the file system covers.
const CHECKED_BYTES: usize = 512;

/// `genromfs` pads to this, in bytes.
const PADDING_BYTES: usize = 1024;

/// romfs.
pub(crate) struct RomFs;

impl Format for RomFs {
    fn name(&self) -> &'static str {
        "romfs"
    }

    fn signatures(&self) -> &'static [Signature] {
        const { &[Signature::anywhere(MAGIC)] }
    }

    fn read(&self, input: &Bytes, context: &Context<'_>) -> Option<Found> {
        let bin = Bin::be(input);
        let size = bin.size32(8).ok()?;
        if !bin.has(0, MAGIC) || size < 32 {
            return None;
        }
        let (name, root) = name_at(bin, 16)?;
        // The first header must be a folder, its numbers inside.
        let header = Header::read(bin, root).ok()?;
        if header.next >= size || header.info as usize >= size {
            return None;
        }
        let mut found = Found::new(padded(input, size));
        found.fact("name", String::from_utf8_lossy(name));
        found.fact("size", size);
        let checked = bin.slice(0, size.min(CHECKED_BYTES)).unwrap_or_default();
        let good = checksum(checked) == 0;
        found.fact("checksum", if good { "good" } else { "wrong" });
        if size > input.len() {
            let message = format!("{} bytes are missing at the end", size - input.len());
            found.problem(ProblemKind::Truncated, Some(input.len()), message);
        } else if !good {
            found.problem(ProblemKind::Odd, Some(12), "the checksum is wrong");
        }
        let input = input.slice(..size.min(input.len()));
        let mut image = Image { bin: Bin::be(&input), input: &input };
        tree::walk(&mut image, root, &mut found, context);
        Some(found)
    }
}

fn padded(input: &[u8], size: usize) -> usize {
    let padded = size.next_multiple_of(PADDING_BYTES);
    let rest = input.get(size..padded);
    if rest.is_some_and(|rest| rest.iter().all(|b| *b == 0)) { padded } else { size }
}

fn checksum(bytes: &[u8]) -> u32 {
    let words = bytes.chunks_exact(4).filter_map(|word| word.try_into().ok());
    words.fold(0, |sum: u32, word| sum.wrapping_add(u32::from_be_bytes(word)))
}

/// A name that ends with NUL, and where the next 16-byte boundary lies.
fn name_at(bin: Bin<'_>, at: usize) -> Option<(&[u8], usize)> {
    let field = bin.tail(at);
    let len = field.iter().take(NAME_BYTES_MAX).position(|byte| *byte == 0)?;
    Some((field.get(..len)?, (at + len + 1).next_multiple_of(16)))
}

/// The header of a file.
struct Header<'a> {
    next: usize,
    kind: u32,
    executable: bool,
    info: u32,
    size: usize,
    name: &'a [u8],
    data: usize,
}

impl<'a> Header<'a> {
    fn read(bin: Bin<'a>, at: usize) -> Result<Self, Trouble> {
        let next = bin.u32(at)?;
        let (name, data) =
            name_at(bin, at + 16).ok_or_else(|| Trouble::damaged(at, "a name does not end"))?;
        Ok(Self {
            next: (next & !15) as usize,
            kind: next & 7,
            executable: next & 8 != 0,
            info: bin.u32(at + 4)?,
            size: bin.size32(at + 8)?,
            name,
            data,
        })
    }
}

struct Image<'a> {
    bin: Bin<'a>,
    input: &'a Bytes,
}

impl Tree for Image<'_> {
    type Inode = usize;

    fn attributes(&mut self, at: usize) -> Result<Attributes, Trouble> {
        let header = Header::read(self.bin, at)?;
        // Types and modes as the Linux driver gives them.
        let st_mode = match header.kind {
            1 => 0o040_644,
            2 => 0o100_644,
            3 => 0o120_777,
            4 => 0o060_600,
            5 => 0o020_600,
            6 => 0o140_644,
            7 => 0o010_644,
            _ => return Err(Trouble::damaged(at, "a hard link leads to a hard link")),
        };
        let st_mode = if header.executable { st_mode | 0o111 } else { st_mode };
        let device = (header.info >> 16, header.info & 0xffff);
        Ok(Attributes { st_mode, meta: NodeMeta::default(), device, xattrs: Vec::new() })
    }

    fn entries(&mut self, at: usize) -> Listing<usize> {
        let mut listing = Listing::default();
        let mut next = match Header::read(self.bin, at) {
            Ok(header) => (header.info & !15) as usize,
            Err(trouble) => {
                listing.trouble = Some(trouble);
                return listing;
            }
        };
        // A header takes 32 bytes at least, so a longer row goes in circles.
        let mut left = self.input.len() / 32 + 1;
        while next != 0 {
            let header = match Header::read(self.bin, next) {
                Ok(header) => header,
                Err(trouble) => {
                    listing.trouble = Some(trouble);
                    break;
                }
            };
            let target = if header.kind == 0 { (header.info & !15) as usize } else { next };
            listing.add(header.name, target);
            left = left.saturating_sub(1);
            if left == 0 {
                listing.trouble = Some(Trouble::damaged(next, "a folder goes in circles"));
                break;
            }
            next = header.next;
        }
        listing
    }

    fn content(&mut self, at: usize) -> Content {
        match Header::read(self.bin, at) {
            Ok(header) => tree::slice(self.input, header.data, header.size),
            Err(trouble) => trouble.into(),
        }
    }
}
