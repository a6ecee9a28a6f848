//! Ubiquiti's airOS images: `UBNT` or `OPEN`, then `PART` records, then `END.` or `ENDS`.

use crate::kit::{self, container};
use bytes::Bytes;
use duecare_base::Bin;
use duecare_unpack::{Context, Found, ProblemKind, Signature};

/// Sizes of the records in bytes: file header, part header, part checksum, end.
const HEADER: usize = 268;
const PART: usize = 56;
const PART_CRC: usize = 8;
const END: usize = 12;

/// Size of the RSA signature behind `ENDS`, in bytes.
const SIGNATURE: usize = 256;

/// Parts in one image.
const PARTS_MAX: usize = 64;

container!(
    /// Ubiquiti image.
    Ubnt,
    "ubnt",
    [
        Signature::start(b"UBNT"),
        Signature::start(b"OPEN"),
        Signature::start(b"GEOS"),
    ],
    read
);

fn read(input: &Bytes, _: &Context<'_>) -> Option<Found> {
    let bin = Bin::be(input);
    let version = bin.text(4, 256).ok()?;
    if !kit::printable(&version) || !version.is_ascii() {
        return None;
    }
    let right = kit::crc32(bin.slice(0, 260).ok()?) == bin.u32(260).ok()?;
    let known = [b"PART".as_slice(), b"EXEC", b"END.", b"ENDS"];
    if !right && !known.iter().any(|magic| bin.has(HEADER, magic)) {
        return None;
    }
    let mut found = Found::new(input.len());
    found.fact("version", version);
    kit::header_check(&mut found, "header-crc", right, 260);
    let mut at = HEADER;
    for _ in 0..PARTS_MAX {
        let Some(next) = part(input, at, &mut found) else { break };
        at = next;
    }
    if bin.has(at, b"END.") {
        found.fact("signed", "no");
        found.size = (at + END).min(input.len());
    } else if bin.has(at, b"ENDS") {
        found.fact("signed", "yes");
        found.size = (at + 4 + SIGNATURE + 4).min(input.len());
    } else {
        let kind = if at >= input.len() { ProblemKind::Truncated } else { ProblemKind::Damaged };
        found.problem(kind, Some(at.min(input.len())), "the list of parts has no end");
        kit::rest(&mut found, input, "rest", at, input.len());
    }
    Some(found)
}

/// Adds one part; gives the offset behind it.
fn part(input: &Bytes, at: usize, found: &mut Found) -> Option<usize> {
    let bin = Bin::be(input);
    if !bin.has(at, b"PART") && !bin.has(at, b"EXEC") {
        return None;
    }
    let name = bin.text(at + 4, 16).ok()?;
    let address = bin.u32(at + 40).ok()?;
    let size = bin.size32(at + 48).ok()?;
    let begin = at + PART;
    let end = begin.checked_add(size)?;
    found.fact("part", format!("{name} at {address:#x}, {size} bytes"));
    found.slice(input, &kit::part_name(&name, "part"), begin, size);
    if let (Some(sealed), Ok(crc)) = (input.get(at..end), bin.u32(end)) {
        kit::content_check(found, "part-crc", kit::crc32(sealed) == crc, end);
    }
    Some(end + PART_CRC)
}
