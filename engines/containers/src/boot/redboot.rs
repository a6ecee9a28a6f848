//! RedBoot's flash directory (FIS): a table of images in flash.

use crate::kit::{self, container};
use bytes::Bytes;
use duecare_base::{Bin, Endian};
use duecare_unpack::{Context, Found, Signature};

/// Size of an entry in bytes, and how many a directory has at most.
const ENTRY: usize = 256;
const ENTRIES_MAX: usize = 256;

container!(
    /// RedBoot flash directory.
    Fis,
    "redboot-fis",
    [
        Signature::anywhere(b"RedBoot\0\0\0\0\0\0\0\0\0").aligned(256),
        Signature::anywhere(b"FIS directory\0\0\0").aligned(256),
    ],
    read
);

fn read(input: &Bytes, _: &Context<'_>) -> Option<Found> {
    let endian = [Endian::Big, Endian::Little].into_iter().find(|endian| {
        let bin = Bin::new(input, *endian);
        bin.u32(16).is_ok_and(|base| !(0x100_0000..0x1000_0000).contains(&base))
            && bin.u32(24).is_ok_and(|size| size > 0 && size < 1 << 28 && size % 256 == 0)
    })?;
    let bin = Bin::new(input, endian);
    let mut found = Found::new(0);
    found.fact("endian", endian.label());
    let mut at = 0;
    for _ in 0..ENTRIES_MAX {
        let Ok(name) = bin.text(at, 16) else { break };
        if bin.u8(at) == Ok(0xff) {
            at += ENTRY;
            break;
        }
        if !kit::printable(&name) || !name.is_ascii() {
            break;
        }
        let (Ok(base), Ok(size)) = (bin.u32(at + 16), bin.u32(at + 24)) else { break };
        let entry = bin.u32(at + 28).unwrap_or(0);
        found.fact("image", format!("{name} at {base:#x}, {size:#x} bytes, entry {entry:#x}"));
        at += ENTRY;
    }
    found.size = at.min(input.len());
    (found.facts.len() > 1).then_some(found)
}
