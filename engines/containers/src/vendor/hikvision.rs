//! Hikvision's `digicap.dav`: a header under a published XOR, then files.
//!
//! Layout and XOR as in the hiktools project (MIT). Newer images (`HK20`, `HK30`) have an AES body
//! whose keys are in the devices; they are named as encrypted.

use crate::kit::{self, container};
use bytes::Bytes;
use duecare_base::Bin;
use duecare_unpack::{Context, Found, ProblemKind, Signature};

/// The XOR on the header, published with hiktools.
const KEY: [u8; 16] = [
    0xba, 0xcd, 0xbc, 0xfe, 0xd6, 0xca, 0xdd, 0xd3, 0xba, 0xb9, 0xa3, 0xab, 0xbf, 0xcb, 0xb5, 0xbe,
];

/// Longest header, in bytes.
const HEADER_MAX: usize = 64 * 1024;

/// Where the list of files begins, and what an entry takes, in bytes.
const LIST: usize = 0x40;
const ENTRY: usize = 44;

container!(
    /// Hikvision update file.
    Hikvision,
    "hikvision-dav",
    [
        Signature::start(b"\xe9\x9a\xf7\xb6"),
        Signature::start(b"\x8a\xff\xf7\xb6"),
        Signature::start(b"\x8a\xfe\xf7\xb6"),
        Signature::start(b"SWKH"),
    ],
    read
);

fn clear(bytes: &[u8]) -> Vec<u8> {
    let key = |index: usize| KEY.get((index + (index >> 4)) & 15).copied().unwrap_or(0);
    bytes.iter().enumerate().map(|(index, byte)| byte ^ key(index)).collect()
}

fn read(input: &Bytes, _: &Context<'_>) -> Option<Found> {
    let plain = input.starts_with(b"SWKH");
    let open = |size: usize| {
        let head = input.get(..size.min(input.len())).unwrap_or_default();
        if plain { head.to_vec() } else { clear(head) }
    };
    let start = open(LIST);
    let length = Bin::le(&start).size32(8).ok()?;
    let count = Bin::le(&start).size32(12).ok()?;
    if !(LIST..=HEADER_MAX).contains(&length) || count > (length - LIST) / ENTRY {
        return None;
    }
    let header = open(length);
    let bin = Bin::le(&header);
    let mut found = Found::new(input.len());
    let magic: String = start.iter().take(4).rev().map(|byte| char::from(*byte)).collect();
    found.fact("magic", magic);
    found.fact("language", bin.u32(16).ok()?);
    found.fact("device-class", bin.u32(20).ok()?);
    found.fact("oem", format!("{:#x}", bin.u32(24).ok()?));
    found.fact("version", format!("{:#010x}", bin.u32(28).ok()?));
    if count == 0 {
        let message = "encrypted by Hikvision; the key is in the device";
        found.problem(ProblemKind::Unsupported, Some(length), message);
        found.encrypted(input, "body", length, input.len().checked_sub(length)?);
        return Some(found);
    }
    for index in 0..count {
        let at = LIST + ENTRY * index;
        let name = bin.text(at, 32).unwrap_or_default();
        let Ok(pair) = bin.size32(at + 32).and_then(|a| Ok((a, bin.size32(at + 36)?))) else {
            found.problem(ProblemKind::Truncated, Some(at), "the list of files is cut off");
            break;
        };
        // Older releases write the offset first; the first file lies right behind the header.
        let swapped = bin.size32(LIST + 32) != Ok(length) && bin.size32(LIST + 36) == Ok(length);
        let (offset, size) = if swapped { (pair.1, pair.0) } else { pair };
        found.fact("file", format!("{name}, {size} bytes at {offset:#x}"));
        found.slice(input, &kit::part_name(&name, "file"), offset, size);
    }
    Some(found)
}
