//! TP-Link's SafeLoader images: a partition table in text, then the partitions.
//!
//! Layout as written by OpenWrt's `tplink-safeloader`. Each flash partition of metadata begins with
//! its length and four more bytes; `support-list` and `soft-version` become text files.

use crate::{crypt, kit, kit::container};
use bytes::Bytes;
use duecare_base::Bin;
use duecare_unpack::{Context, Found, ProblemKind, Signature};

/// Where the table begins, and what the partitions' offsets count from.
const TABLE: usize = 0x1014;

/// Size of the table in bytes.
const TABLE_BYTES: usize = 0x800;

/// Partitions in one table.
const PARTITIONS_MAX: usize = 64;

/// Partitions that are text behind an eight-byte header.
const TEXTS: [&str; 6] =
    ["support-list", "soft-version", "partition-table", "extra-para", "profile", "default-config"];

container!(
    /// TP-Link SafeLoader.
    SafeLoader,
    "tplink-safeloader",
    [Signature::anywhere(b"fwup-ptn ").with_offset(TABLE)],
    read
);

fn read(input: &Bytes, _: &Context<'_>) -> Option<Found> {
    let bin = Bin::be(input);
    let size = bin.size32(0).ok()?;
    let table = bin.slice(TABLE, TABLE_BYTES).ok().unwrap_or_else(|| bin.tail(TABLE));
    let lines = table_lines(table);
    if lines.is_empty() || size < TABLE {
        return None;
    }
    let mut found = Found::new(0);
    kit::declared(&mut found, input, size);
    let head = bin.slice(0x14, TABLE - 0x14).ok()?;
    let text = kit::text_at(head, 0, 64);
    if kit::printable(&text) {
        found.fact("header", text);
    }
    if let Ok(sealed) = bin.slice(0x14, size - 0x14) {
        // The key of the checksum, as `tplink-safeloader` writes it.
        const SALT: [u8; 16] = [
            0x7a, 0x2b, 0x15, 0xed, 0x9b, 0x98, 0x59, 0x6d, 0xe5, 0x04, 0xab, 0x44, 0xac, 0x2a,
            0x9f, 0x4e,
        ];
        let right = crypt::md5_of(&[&SALT, sealed]).as_slice() == bin.slice(4, 16).ok()?;
        found.fact("md5", if right { "ok" } else { "not matched" });
        if !right {
            found.problem(ProblemKind::Odd, Some(4), "the md5 does not match");
        }
    }
    for (name, base, length) in lines {
        let at = TABLE.saturating_add(base);
        found.fact("partition", format!("{name} at {at:#x}, {length:#x} bytes"));
        let content = input.get(at..at.saturating_add(length));
        let text =
            content.and_then(|content| content.get(8..)).filter(|_| TEXTS.contains(&name.as_str()));
        match text {
            Some(text) => {
                let begin = at + 8;
                let end = begin + text.iter().position(|b| *b == 0).unwrap_or(text.len());
                found.nodes.push(kit::file(&format!("/{name}"), input.slice(begin..end)));
            }
            None => found.slice(input, &kit::part_name(&name, "partition"), at, length),
        }
    }
    Some(found)
}

/// `fwup-ptn NAME base 0x… size 0x…` lines: name, base, size.
fn table_lines(table: &[u8]) -> Vec<(String, usize, usize)> {
    let end = table.iter().position(|byte| *byte == 0 || *byte == 0xff).unwrap_or(table.len());
    let text = String::from_utf8_lossy(table.get(..end).unwrap_or_default()).into_owned();
    let number = |word: Option<&str>| usize::from_str_radix(word?.strip_prefix("0x")?, 16).ok();
    let line = |line: &str| {
        let mut words = line.strip_prefix("fwup-ptn ")?.split_whitespace();
        let name = words.next()?.to_owned();
        let base =
            words.next().filter(|word| *word == "base").and_then(|_| number(words.next()))?;
        let size =
            words.next().filter(|word| *word == "size").and_then(|_| number(words.next()))?;
        Some((name, base, size))
    };
    text.lines().map(str::trim).filter_map(line).take(PARTITIONS_MAX).collect()
}
