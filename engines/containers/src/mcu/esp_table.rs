//! ESP-IDF's partition table ("Partition Tables" in the ESP-IDF Programming Guide).

use crate::{crypt, kit, kit::container};
use bytes::Bytes;
use duecare_base::Bin;
use duecare_unpack::{Context, Found, Signature, entropy};

/// Size of an entry and of the whole table, in bytes.
const ENTRY: usize = 32;
const TABLE: usize = 0xc00;

/// Where the table usually lies in flash.
const USUAL_OFFSET: usize = 0x8000;

container!(
    /// ESP partition table.
    Table,
    "esp-partitions",
    [Signature::anywhere(b"\xaa\x50").aligned(4096)],
    read
);

fn kind(kind: u8, subtype: u8) -> String {
    let name = match (kind, subtype) {
        (0, 0) => "app factory",
        (0, 0x10..=0x1f) => return format!("app ota {}", subtype - 0x10),
        (0, 0x20) => "app test",
        (1, 0) => "data ota",
        (1, 1) => "data phy",
        (1, 2) => "data nvs",
        (1, 3) => "data coredump",
        (1, 4) => "data nvs keys",
        (1, 5) => "data efuse",
        (1, 0x81) => "data fat",
        (1, 0x82) => "data spiffs",
        (1, 0x83) => "data littlefs",
        _ => return format!("type {kind:#x} subtype {subtype:#x}"),
    };
    name.to_owned()
}

fn read(input: &Bytes, _: &Context<'_>) -> Option<Found> {
    let bin = Bin::le(input);
    let mut entries = Vec::new();
    let mut found = Found::new(0);
    let mut at = 0;
    while at < TABLE && bin.has(at, b"\xaa\x50") {
        let (offset, size) = (bin.size32(at + 4).ok()?, bin.size32(at + 8).ok()?);
        let label = bin.text(at + 12, 16).ok()?;
        let flags = bin.u32(at + 28).ok()?;
        if !kit::printable(&label) || size == 0 || size > 1 << 28 || offset % 4 != 0 {
            return None;
        }
        let what = kind(bin.u8(at + 2).ok()?, bin.u8(at + 3).ok()?);
        let mut line = format!("{label}, {what}, {offset:#x}, {size:#x} bytes");
        if flags & 1 != 0 {
            line.push_str(", encrypted");
        }
        if flags & 2 != 0 {
            line.push_str(", read-only");
        }
        found.fact("partition", line);
        entries.push((label, offset, size, flags));
        at += ENTRY;
    }
    if entries.is_empty() {
        return None;
    }
    if bin.has(at, b"\xeb\xeb\xff\xff") {
        let right = bin.slice(at + 16, 16).ok()? == crypt::md5(input.get(..at)?);
        kit::header_check(&mut found, "md5", right, at);
        at += ENTRY;
    }
    // The rest of the sector is erased flash.
    let padding = input.get(at..TABLE.min(input.len()))?.iter().take_while(|b| **b == 0xff).count();
    found.size = at + padding;
    found.fact("system", "microcontroller");
    // In a whole flash the partitions lie at a known distance; the first program proves it.
    let here = |offset: usize| offset.checked_sub(USUAL_OFFSET).filter(|at| *at < input.len());
    let whole = entries.iter().any(|(_, offset, _, _)| {
        here(*offset).is_some_and(|at| at > 0 && input.get(at) == Some(&0xe9))
    });
    if whole {
        partitions(input, &entries, &mut found);
    }
    Some(found)
}

fn partitions(input: &Bytes, entries: &[(String, usize, usize, u32)], found: &mut Found) {
    for (label, offset, size, flags) in entries {
        let Some(at) = offset.checked_sub(USUAL_OFFSET) else { continue };
        let end = at.saturating_add(*size).min(input.len());
        if at >= end {
            continue;
        }
        let name = kit::part_name(label, "partition");
        let stored = input.get(at..end).unwrap_or_default();
        if flags & 1 != 0 && entropy::looks_random(stored) {
            found.encrypted(input, &name, at, end - at);
        } else {
            found.slice(input, &name, at, end - at);
        }
        found.size = found.size.max(end);
    }
}
