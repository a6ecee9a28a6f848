//! ESP-IDF's non-volatile storage (NVS): keys and values, as one text file `nvs.txt`, because
//! devices keep Wi-Fi passwords and tokens there.
//!
//! Layout of "Non-Volatile Storage Library" in the ESP-IDF Programming Guide. Values that were
//! erased but are still there are kept and marked.

use crate::kit::{self, container};
use bytes::Bytes;
use duecare_base::Bin;
use duecare_unpack::{Context, Found, Signature};
use std::collections::BTreeMap;
use std::fmt::Write as _;

/// Sizes of a page and of an entry in bytes; entries on a page.
const PAGE: usize = 4096;
const ENTRY: usize = 32;
const ENTRIES: usize = 126;

/// Where entries begin on a page.
const FIRST: usize = 64;

/// Pages in one partition; 16 MiB of flash.
const PAGES_MAX: usize = 4096;

/// Longest value that is written out, in bytes.
const VALUE_BYTES_MAX: usize = 4096;

container!(
    /// ESP non-volatile storage.
    Nvs,
    "esp-nvs",
    [
        Signature::anywhere(b"\xfe\xff\xff\xff").aligned(PAGE),
        Signature::anywhere(b"\xfc\xff\xff\xff").aligned(PAGE),
        Signature::anywhere(b"\xf8\xff\xff\xff").aligned(PAGE),
    ],
    read
);

/// Whether a page has a header with the right checksum.
fn is_page(page: &[u8]) -> bool {
    let bin = Bin::le(page);
    let sealed = page.get(4..28).unwrap_or_default();
    // The library starts its CRC where zlib does, and gives the plain result.
    bin.u32(28) == Ok(kit::crc32(sealed)) || bin.u32(28) == Ok(!kit::crc32_register(0, sealed))
}

fn read(input: &Bytes, _: &Context<'_>) -> Option<Found> {
    let pages: Vec<&[u8]> = input
        .chunks(PAGE)
        .take(PAGES_MAX)
        .take_while(|page| {
            page.len() == PAGE && (is_page(page) || page.iter().all(|byte| *byte == 0xff))
        })
        .collect();
    if !pages.first().is_some_and(|page| is_page(page)) {
        return None;
    }
    let mut found = Found::new(pages.len() * PAGE);
    let spaces = namespaces(&pages);
    let mut text = String::new();
    let mut count = 0_usize;
    for page in pages.iter().filter(|page| is_page(page)) {
        count += entries(page, &spaces, &mut text);
    }
    found.fact("entries", count);
    found.fact("pages", pages.len());
    for name in spaces.values() {
        found.fact("namespace", name);
    }
    found.fact("system", "microcontroller");
    found.nodes.push(kit::file("/nvs.txt", text));
    Some(found)
}

/// State of an entry: 3 empty, 2 written, 0 erased.
fn state(page: &[u8], index: usize) -> u8 {
    let byte = page.get(32 + index / 4).copied().unwrap_or(0xff);
    byte >> (index % 4 * 2) & 3
}

/// Names of the namespaces by number; they are entries of namespace 0.
fn namespaces(pages: &[&[u8]]) -> BTreeMap<u8, String> {
    let mut names = BTreeMap::new();
    for page in pages.iter().filter(|page| is_page(page)) {
        for index in 0..ENTRIES {
            let bin = Bin::le(page.get(FIRST + index * ENTRY..).unwrap_or_default());
            let one = bin.u8(0) == Ok(0) && bin.u8(1) == Ok(1) && state(page, index) != 3;
            if let (true, Ok(name), Ok(number)) = (one, bin.text(8, 16), bin.u8(24))
                && kit::printable(&name)
            {
                names.insert(number, name);
            }
        }
    }
    names
}

/// Writes a page's entries as lines `namespace.key=value`; gives their number.
fn entries(page: &[u8], spaces: &BTreeMap<u8, String>, text: &mut String) -> usize {
    let mut index = 0;
    let mut count = 0;
    while index < ENTRIES {
        let entry = page.get(FIRST + index * ENTRY..).unwrap_or_default();
        let bin = Bin::le(entry);
        let (Ok(space), Ok(kind), Ok(span)) = (bin.u8(0), bin.u8(1), bin.u8(2)) else { break };
        let key = bin.text(8, 16).unwrap_or_default();
        let step = usize::from(span).max(1);
        let erased = state(page, index) == 0;
        let shown = state(page, index) != 3 && kit::printable(&key) && (1..=126).contains(&span);
        if !shown || space == 0 {
            index += if shown { step } else { 1 };
            continue;
        }
        if let Some(value) = value(bin, kind) {
            let unnamed = format!("namespace{space}");
            let space = spaces.get(&space).unwrap_or(&unnamed);
            let mark = if erased { "  (erased)" } else { "" };
            // Writing to a String can't fail.
            let _ = writeln!(text, "{space}.{key}={value}{mark}");
            count += 1;
        }
        index += step;
    }
    count
}

fn value(bin: Bin<'_>, kind: u8) -> Option<String> {
    Some(match kind {
        0x01 => bin.u8(24).ok()?.to_string(),
        0x11 => (bin.u8(24).ok()? as i8).to_string(),
        0x02 => bin.u16(24).ok()?.to_string(),
        0x12 => (bin.u16(24).ok()? as i16).to_string(),
        0x04 => bin.u32(24).ok()?.to_string(),
        0x14 => (bin.u32(24).ok()? as i32).to_string(),
        0x08 => bin.u64(24).ok()?.to_string(),
        0x18 => (bin.u64(24).ok()? as i64).to_string(),
        0x21 | 0x41 | 0x42 => {
            let size = usize::from(bin.u16(24).ok()?).min(VALUE_BYTES_MAX);
            let bytes = bin.slice(32, size).ok()?;
            let plain = bytes.strip_suffix(b"\0").unwrap_or(bytes);
            // Blobs of the Wi-Fi library are text padded with zeros.
            let end = plain.iter().rposition(|byte| *byte != 0).map_or(0, |at| at + 1);
            let trimmed = plain.get(..end).unwrap_or_default();
            match std::str::from_utf8(trimmed) {
                Ok(text) if text.chars().all(|c| !c.is_control() || c == '\n' || c == '\t') => {
                    text.replace('\n', "\\n")
                }
                _ => readable(bytes),
            }
        }
        _ => return None,
    })
}

/// Binary values: hexadecimal digits, and the words that stand in them.
fn readable(bytes: &[u8]) -> String {
    let mut out = kit::hex(bytes.get(..256).unwrap_or(bytes));
    for word in bytes.split(|byte| !(0x20..0x7f).contains(byte)).filter(|word| word.len() >= 6) {
        out.push_str(" \"");
        out.push_str(&String::from_utf8_lossy(word));
        out.push('"');
    }
    out
}
