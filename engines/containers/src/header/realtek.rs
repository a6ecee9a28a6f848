//! Realtek's sections, as Edimax, Tenda, TOTOLINK, D-Link and others ship them: `cs6c` (kernel),
//! `cr6c` (kernel with root file system), `r6cr` (root file system), `w6cp` (web pages), `b6pl`
//! (boot loader).

use crate::kit::{self, container};
use bytes::Bytes;
use duecare_base::{Bin, Endian};
use duecare_unpack::{Context, Found, Signature};

/// Size of the header in bytes.
const HEADER: usize = 16;

container!(
    /// A section of a Realtek image.
    Section,
    "realtek-section",
    [
        Signature::anywhere(b"cs6c"),
        Signature::anywhere(b"cr6c"),
        Signature::anywhere(b"cs6b"),
        Signature::anywhere(b"cr6b"),
        Signature::anywhere(b"csys"),
        Signature::anywhere(b"csro"),
        Signature::anywhere(b"r6cr"),
        Signature::anywhere(b"r6pr"),
        Signature::anywhere(b"w6cp"),
        Signature::anywhere(b"w6cg"),
        Signature::anywhere(b"wbpg"),
        Signature::anywhere(b"w6pg"),
        Signature::anywhere(b"webp"),
        Signature::anywhere(b"b6pl"),
        Signature::anywhere(b"bot0"),
        Signature::anywhere(b"boot"),
        Signature::anywhere(b"ALL1"),
        Signature::anywhere(b"rtk0"),
    ],
    read
);

fn read(input: &Bytes, context: &Context<'_>) -> Option<Found> {
    [Endian::Big, Endian::Little].into_iter().find_map(|endian| section(input, context, endian))
}

fn section(input: &Bytes, context: &Context<'_>, endian: Endian) -> Option<Found> {
    let bin = Bin::new(input, endian);
    let address = bin.u32(4).ok()?;
    let offset = bin.u32(8).ok()?;
    let size = bin.size32(12).ok()?;
    let end = HEADER.checked_add(size)?;
    if !(32..=1 << 28).contains(&size) {
        return None;
    }
    let sealed = input.get(HEADER..end);
    let right = match sealed {
        Some(content) => sum(content, endian) == 0,
        // Cut off: believed only at the start of a file, with an address that can be one.
        None if context.at_start && address >= 0x8000_0000 => false,
        None => return None,
    };
    // Short magics of letters need more than themselves: a sum, or an address in memory or flash.
    let placed = (0x8000_0000..0xc000_0000).contains(&address) && offset < 1 << 28;
    if !right && !placed {
        return None;
    }
    let mut found = Found::new(0);
    kit::declared(&mut found, input, end);
    let tag = bin.text(0, 4).ok()?;
    found.fact("section", &tag);
    found.fact("endian", endian.label());
    found.fact("load", format!("{address:#x}"));
    found.fact("flash", format!("{offset:#x}"));
    if sealed.is_some() {
        kit::header_check(&mut found, "checksum", right, end.saturating_sub(2));
    }
    let name = match tag.as_str() {
        "cs6c" | "cs6b" | "csys" => "kernel",
        "cr6c" | "cr6b" | "csro" => "firmware",
        "r6cr" | "r6pr" => "rootfs",
        "b6pl" | "bot0" | "boot" => "boot",
        "ALL1" => "all",
        _ => "web",
    };
    found.slice(input, name, HEADER, found.size.saturating_sub(HEADER));
    Some(found)
}

/// All 16-bit words add up to zero when the checksum at the end is right.
fn sum(content: &[u8], endian: Endian) -> u16 {
    let word = |pair: &[u8]| match (pair, endian) {
        ([a, b], Endian::Big) => u16::from_be_bytes([*a, *b]),
        ([a, b], Endian::Little) => u16::from_le_bytes([*a, *b]),
        ([a], _) => u16::from(*a),
        _ => 0,
    };
    content.chunks(2).fold(0_u16, |sum, pair| sum.wrapping_add(word(pair)))
}
