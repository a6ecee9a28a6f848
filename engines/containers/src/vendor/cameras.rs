//! Cameras: Dahua's and Instar's disguised zips, Instar `BNEG`, Tenvis `PK2`, Ambarella's ROMFS.

use crate::kit::{self, container};
use bytes::Bytes;
use duecare_base::Bin;
use duecare_unpack::{Context, Found, ProblemKind, Signature};

/// XOR on the files of Tenvis, from FACT's unpacker.
const PK2_KEY: [u8; 8] = [0xa1, 0x83, 0x24, 0x78, 0xb3, 0x41, 0x43, 0x56];

/// Entries in one PK2 or ROMFS.
const ENTRIES_MAX: usize = 4096;

/// Sizes of Ambarella's header and entries, in bytes.
const ROMFS_HEADER: usize = 2048;
const ROMFS_ENTRY: usize = 128;

container!(
    /// Zip that begins with `DH`.
    Dahua,
    "dahua-zip",
    [Signature::start(b"DH\x03\x04")],
    read_dahua
);

container!(
    /// Zip whose record magics have another last byte.
    InstarHd,
    "instar-zip",
    [Signature::start(b"PK\x03\x07")],
    read_instar
);

container!(
    /// Instar and Foscam.
    Bneg,
    "instar-bneg",
    [Signature::anywhere(b"BNEG")],
    read_bneg
);

container!(
    /// Tenvis.
    Pk2,
    "tenvis-pk2",
    [Signature::start(b"PK2\0")],
    read_pk2
);

container!(
    /// Ambarella ROMFS.
    AmbarellaRomfs,
    "ambarella-romfs",
    [Signature::anywhere(b"\x8a\x32\xfc\x66").with_offset(4)],
    read_romfs
);

container!(
    /// Image for the GM8126 chip of Grain Media.
    Gm8126,
    "gm8126",
    [Signature::anywhere(b"GM8126\0\0")],
    read_gm8126
);

fn read_dahua(input: &Bytes, context: &Context<'_>) -> Option<Found> {
    let mut found = Found::new(input.len());
    let mut zip = input.to_vec();
    zip.get_mut(..2)?.copy_from_slice(b"PK");
    kit::decoded(&mut found, context, "zip", zip, (0, input.len()));
    Some(found)
}

fn read_instar(input: &Bytes, context: &Context<'_>) -> Option<Found> {
    const PAIRS: [(&[u8; 4], u8); 3] = [(b"PK\x03\x07", 4), (b"PK\x05\x09", 6), (b"PK\x01\x08", 2)];
    let mut found = Found::new(input.len());
    let mut zip = input.to_vec();
    for (magic, last) in PAIRS {
        for at in memchr::memmem::find_iter(input, magic) {
            if let Some(byte) = zip.get_mut(at + 3) {
                *byte = last;
            }
        }
    }
    kit::decoded(&mut found, context, "zip", zip, (0, input.len()));
    Some(found)
}

fn read_bneg(input: &Bytes, _: &Context<'_>) -> Option<Found> {
    let bin = Bin::le(input);
    let (major, minor) = (bin.u32(4).ok()?, bin.u32(8).ok()?);
    let sizes = [bin.size32(12).ok()?, bin.size32(16).ok()?];
    let total = sizes[0].checked_add(sizes[1])?;
    if major > 255 || minor > 65_535 || total == 0 || total > 1 << 29 {
        return None;
    }
    let mut found = Found::new(0);
    kit::declared(&mut found, input, 20 + total);
    found.fact("version", format!("{major}.{minor}"));
    let mut at = 20;
    for (index, size) in sizes.into_iter().enumerate().filter(|(_, size)| *size > 0) {
        found.slice(input, &format!("partition{}", index + 1), at, size);
        at += size;
    }
    Some(found)
}

fn read_pk2(input: &Bytes, context: &Context<'_>) -> Option<Found> {
    let bin = Bin::le(input);
    let count = bin.size32(24).ok()?;
    if count == 0 || count > ENTRIES_MAX {
        return None;
    }
    let mut found = Found::new(input.len());
    found.fact("camera", bin.u32(4).ok()?);
    found.fact("created", kit::date(bin.u32(8).ok()?));
    found.fact("version", bin.text(12, 4).ok()?);
    let clear = |bytes: &[u8]| -> Vec<u8> {
        bytes.iter().zip(PK2_KEY.iter().cycle()).map(|(a, b)| a ^ b).collect()
    };
    let mut at = 28;
    for _ in 0..count {
        let (Ok(kind), Ok(size)) = (bin.text(at, 4), bin.size32(at + 20)) else {
            found.problem(ProblemKind::Truncated, Some(at.min(input.len())), "sections missing");
            break;
        };
        let body = at + 24;
        let end = body.saturating_add(size);
        if end > input.len() {
            found.problem(ProblemKind::Truncated, Some(body), "a section is cut off");
        }
        let section = input.get(body..end.min(input.len())).unwrap_or_default();
        match kind.as_str() {
            "CMD" => found
                .fact("command", String::from_utf8_lossy(&clear(section)).trim_end_matches('\0')),
            "FILE" => {
                let view = Bin::le(section);
                let length = view.size32(0).unwrap_or(0);
                let name = view.text(4, length).unwrap_or_default();
                let data = clear(view.tail(length.saturating_add(8)));
                match context.budget.take_memory(data.len()) {
                    Ok(()) => found.nodes.push(kit::file(&name, data)),
                    Err(limit) => found.problem(ProblemKind::Limit, Some(body), limit),
                }
            }
            _ => {
                found.problem(ProblemKind::Damaged, Some(at), "a section of an unknown type");
                break;
            }
        }
        at = end;
    }
    Some(found)
}

fn read_romfs(input: &Bytes, context: &Context<'_>) -> Option<Found> {
    let bin = Bin::le(input);
    let count = bin.size32(0).ok()?;
    if count == 0 || count > ENTRIES_MAX {
        return None;
    }
    let mut found = Found::new(0);
    let mut end = ROMFS_HEADER + count * ROMFS_ENTRY;
    for index in 0..count {
        let at = ROMFS_HEADER + index * ROMFS_ENTRY;
        if !bin.has(at + 124, b"\x76\xab\x87\x23") {
            if index == 0 {
                return None;
            }
            found.problem(ProblemKind::Damaged, Some(at.min(input.len())), "not a file entry");
            break;
        }
        if let Err(limit) = context.budget.take_node() {
            found.problem(ProblemKind::Limit, Some(at), limit);
            break;
        }
        let name = bin.text(at, 116).ok()?;
        let (offset, size) = (bin.size32(at + 116).ok()?, bin.size32(at + 120).ok()?);
        let stop = offset.saturating_add(size);
        if stop > input.len() {
            found.problem(ProblemKind::Truncated, Some(at), format!("{name} is cut off"));
        }
        let content = input.slice(offset.min(input.len())..stop.min(input.len()));
        found.nodes.push(kit::file(&name, content));
        end = end.max(kit::align(stop, 2048));
    }
    found.fact("files", count);
    found.size = end.min(input.len());
    Some(found)
}

/// A header of 256 bytes with the size of the kernel behind it, in either byte order.
fn read_gm8126(input: &Bytes, _: &Context<'_>) -> Option<Found> {
    const HEADER: usize = 256;
    let left = input.len().checked_sub(HEADER)?;
    let sizes = [Bin::be(input).size32(8).ok()?, Bin::le(input).size32(8).ok()?];
    let size = sizes.into_iter().find(|size| (1..=left).contains(size))?;
    let mut found = Found::new(HEADER + size);
    found.slice(input, "kernel", HEADER, size);
    Some(found)
}
