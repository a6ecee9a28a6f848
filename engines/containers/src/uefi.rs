//! UEFI firmware: volumes with their files and sections, and capsules
//! (UEFI Platform Initialization specification 1.8, volume 3).
//!
//! Sections compressed with LZMA are opened; the older EFI compression is named, not opened.

use crate::kit::{self, container};
use bytes::Bytes;
use duecare_base::Bin;
use duecare_codecs::Codec;
use duecare_unpack::{Context, Format, Found, ProblemKind, Signature};

/// Files in one volume, and sections inside sections.
const FILES_MAX: usize = 4096;
const DEPTH_MAX: u32 = 6;

/// LZMA custom decompress, EE4E5898-3914-4259-9D6E-DC7BD79403CF, as stored.
const LZMA_GUID: [u8; 16] = [
    0x98, 0x58, 0x4e, 0xee, 0x14, 0x39, 0x59, 0x42, 0x9d, 0x6e, 0xdc, 0x7b, 0xd7, 0x94, 0x03, 0xcf,
];

container!(
    /// UEFI firmware volume.
    Volume,
    "uefi-volume",
    [Signature::anywhere(b"_FVH").with_offset(40)],
    read_volume
);

container!(
    /// UEFI capsule.
    Capsule,
    "uefi-capsule",
    [
        // Firmware management protocol, and the two of Intel and of AMI.
        Signature::anywhere(b"\xed\xd5\xcb\x6d\x2d\xe8\x44\x4c\xbd\xa1\x71\x94\x19\x9a\xd9\x2a"),
        Signature::anywhere(b"\xbd\x86\x66\x3b\x76\x0d\x30\x40\xb7\x0e\xb5\x51\x9e\x2f\xc5\xa0"),
        Signature::anywhere(b"\x8b\xa6\x3c\x4a\x23\x77\xfb\x48\x80\x3d\x57\x8c\xc1\xfe\xc4\x4d"),
    ],
    read_capsule
);

/// The formats.
pub(crate) fn formats() -> Vec<Box<dyn Format>> {
    vec![Box::new(Volume), Box::new(Capsule)]
}

fn guid(bytes: &[u8]) -> String {
    let part = |range: std::ops::Range<usize>, reverse: bool| {
        let mut field = bytes.get(range).unwrap_or_default().to_vec();
        if reverse {
            field.reverse();
        }
        kit::hex(&field)
    };
    let (a, b, c) = (part(0..4, true), part(4..6, true), part(6..8, true));
    format!("{a}-{b}-{c}-{}-{}", part(8..10, false), part(10..16, false))
}

fn read_capsule(input: &Bytes, _: &Context<'_>) -> Option<Found> {
    let bin = Bin::le(input);
    let (header, size) = (bin.size32(16).ok()?, bin.size32(24).ok()?);
    if !(28..=1 << 20).contains(&header) || size <= header {
        return None;
    }
    let mut found = Found::new(0);
    kit::declared(&mut found, input, size);
    found.fact("guid", guid(bin.slice(0, 16).ok()?));
    found.fact("flags", format!("{:#x}", bin.u32(20).ok()?));
    let shown = found.size.saturating_sub(header);
    found.slice(input, "body", header.min(input.len()), shown);
    Some(found)
}

fn read_volume(input: &Bytes, context: &Context<'_>) -> Option<Found> {
    let bin = Bin::le(input);
    let size = bin.size64(32).ok()?;
    let header = usize::from(bin.u16(48).ok()?);
    let words = bin.slice(0, header).ok()?.as_chunks::<2>().0;
    let sum = words.iter().fold(0_u16, |sum, word| sum.wrapping_add(u16::from_le_bytes(*word)));
    if header < 56 || size < header || size > 1 << 30 || sum != 0 {
        return None;
    }
    let mut found = Found::new(0);
    kit::declared(&mut found, input, size);
    found.fact("guid", guid(bin.slice(16, 16).ok()?));
    found.fact("revision", bin.u8(55).ok()?);
    let extended = usize::from(bin.u16(52).ok()?);
    let mut at = match extended {
        0 => header,
        at => kit::align(at.checked_add(bin.size32(at + 16).ok()?)?, 8),
    };
    let mut count = 0_usize;
    let end = found.size;
    while at + 24 <= end && count < FILES_MAX {
        let Some(next) = file(input, at, end, context, &mut found) else { break };
        at = kit::align(next, 8);
        count += 1;
    }
    found.fact("files", count);
    if count == 0 {
        // Variables, or a file system of another kind.
        kit::rest(&mut found, input, "body", header, end);
    }
    Some(found)
}

/// Reads one file; gives the offset behind it.
fn file(
    input: &Bytes,
    at: usize,
    end: usize,
    context: &Context<'_>,
    found: &mut Found,
) -> Option<usize> {
    let bin = Bin::le(input);
    let name = bin.slice(at, 16).ok()?;
    // Free space; a padding file has such a name too, but the rest of its header is set.
    if bin.slice(at, 24).ok()?.iter().all(|byte| *byte == 0xff) {
        return None;
    }
    let (kind, attributes) = (bin.u8(at + 18).ok()?, bin.u8(at + 19).ok()?);
    let (header, size) = if attributes & 1 != 0 {
        (32, bin.size64(at + 24).ok()?)
    } else {
        (24, (bin.u32(at + 20).ok()? & 0xff_ffff) as usize)
    };
    let stop = at.checked_add(size)?;
    if size < header || stop > end {
        found.problem(ProblemKind::Damaged, Some(at), "a file is larger than its volume");
        return None;
    }
    if let Err(limit) = context.budget.take_node() {
        found.problem(ProblemKind::Limit, Some(at), limit);
        return None;
    }
    let name = guid(name);
    let body = (at + header, stop);
    // Raw files and padding have no sections.
    match kind {
        0xf0 => {}
        0x01 => found.nodes.push(kit::file(&format!("/{name}"), input.slice(body.0..body.1))),
        _ => {
            let bytes = input.slice(body.0..body.1);
            let mut place = Place { name: &name, stored: body, context, count: 0 };
            sections(&bytes, Some(body.0), &mut place, found, 0);
        }
    }
    Some(stop)
}

/// The file whose sections are read.
struct Place<'a> {
    name: &'a str,
    /// Where the file's body begins and ends in the volume.
    stored: (usize, usize),
    context: &'a Context<'a>,
    count: usize,
}

/// Reads the sections of `bytes`; `base` is where they stand in the volume, if they do.
fn sections(
    bytes: &Bytes,
    base: Option<usize>,
    place: &mut Place<'_>,
    found: &mut Found,
    depth: u32,
) {
    let bin = Bin::le(bytes);
    let mut at = 0;
    while let Ok(word) = bin.u32(at) {
        let (size, kind) = ((word & 0xff_ffff) as usize, word >> 24);
        let (header, size) = match size {
            0xff_ffff => (8, bin.size32(at + 4).unwrap_or(0)),
            size => (4, size),
        };
        let Some(stop) = at.checked_add(size).filter(|stop| *stop <= bytes.len()) else { return };
        if size < header || place.count >= FILES_MAX {
            return;
        }
        place.count += 1;
        let body = at + header;
        let inner = bytes.slice(body..stop);
        match kind {
            0x01 => compressed(&inner, place, found, depth),
            0x02 => guided(bytes, (at, body, stop), base, place, found, depth),
            0x17 => part(&inner, base.map(|base| base + body), place, found),
            0x10 | 0x12 | 0x19 | 0x18 if !inner.is_empty() => {
                let name = match kind {
                    0x10 => "pe32.efi",
                    0x12 => "te.efi",
                    0x18 => "freeform",
                    _ => "raw",
                };
                if place.context.budget.take_node().is_ok() {
                    let path = format!("/{}/{}-{name}", place.name, place.count);
                    found.nodes.push(kit::file(&path, inner));
                }
            }
            0x15 => {
                let (letters, _) = inner.as_chunks::<2>();
                let text: String = letters
                    .iter()
                    .map(|pair| u16::from_le_bytes(*pair))
                    .take_while(|unit| *unit != 0)
                    .map(|unit| char::from_u32(unit.into()).unwrap_or('\u{fffd}'))
                    .collect();
                found.fact("module", format!("{} {text}", place.name));
            }
            _ => {}
        }
        at = kit::align(stop, 4);
    }
}

/// A volume inside a file.
fn part(bytes: &Bytes, at: Option<usize>, place: &Place<'_>, found: &mut Found) {
    let name = format!("volume-{}", found.parts.len());
    let origin = match at {
        Some(offset) => duecare_unpack::Origin::Slice { offset },
        None => {
            let (begin, end) = place.stored;
            duecare_unpack::Origin::Decoded { offset: begin, size: end - begin }
        }
    };
    found.parts.push(duecare_unpack::Part {
        name,
        content: bytes.clone(),
        origin,
        encrypted: false,
    });
}

fn compressed(inner: &Bytes, place: &mut Place<'_>, found: &mut Found, depth: u32) {
    if inner.get(4) == Some(&0) && depth < DEPTH_MAX {
        return sections(&inner.slice(5..), None, place, found, depth + 1);
    }
    let message = format!("a section of {} is in EFI compression", place.name);
    found.problem(ProblemKind::Unsupported, Some(place.stored.0), message);
}

fn guided(
    bytes: &Bytes,
    (at, body, stop): (usize, usize, usize),
    base: Option<usize>,
    place: &mut Place<'_>,
    found: &mut Found,
    depth: u32,
) {
    let bin = Bin::le(bytes);
    let (Ok(name), Ok(offset)) = (bin.slice(body, 16), bin.u16(body + 16)) else { return };
    let begin = at + usize::from(offset);
    if begin > stop || depth >= DEPTH_MAX {
        return;
    }
    let data = bytes.slice(begin..stop);
    if name != LZMA_GUID {
        // Checksums and signatures: the sections follow as they are.
        return sections(&data, base.map(|base| base + begin), place, found, depth + 1);
    }
    let out = duecare_codecs::stream(Codec::LzmaAlone, &data, place.context.budget.memory_left());
    if let Some(error) = out.error {
        found.problem(ProblemKind::Damaged, Some(place.stored.0), error);
    }
    match place.context.budget.take_memory(out.bytes.len()) {
        Ok(()) => sections(&out.bytes.into(), None, place, found, depth + 1),
        Err(limit) => found.problem(ProblemKind::Limit, Some(place.stored.0), limit),
    }
}
