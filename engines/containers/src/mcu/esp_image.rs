//! Espressif's program images: ESP32 family (ESP-IDF "App image format") and ESP8266, both
//! versions.

use crate::{crypt, kit, kit::container};
use bytes::Bytes;
use duecare_base::Bin;
use duecare_unpack::{Context, Found, ProblemKind, Signature};

/// Sizes of the headers of the ESP32 family and of the ESP8266, in bytes.
const HEADER: usize = 24;
const HEADER_8266: usize = 8;

/// Size of a signature block of secure boot version 2, in bytes; also its alignment.
const SIGNATURE: usize = 4096;

/// Largest segment, in bytes: the flash that a chip can map.
const SEGMENT_BYTES_MAX: usize = 32 << 20;

/// Programs begin on flash sectors.
const SECTOR: usize = 4096;

const fn magic(bytes: &'static [u8]) -> Signature {
    Signature::anywhere(bytes).aligned(SECTOR)
}

container!(
    /// Program of the ESP32 family or of an ESP8266.
    EspImage,
    "esp-image",
    [
        magic(b"\xe9\x01"), magic(b"\xe9\x02"), magic(b"\xe9\x03"), magic(b"\xe9\x04"),
        magic(b"\xe9\x05"), magic(b"\xe9\x06"), magic(b"\xe9\x07"), magic(b"\xe9\x08"),
        magic(b"\xe9\x09"), magic(b"\xe9\x0a"), magic(b"\xe9\x0b"), magic(b"\xe9\x0c"),
        magic(b"\xe9\x0d"), magic(b"\xe9\x0e"), magic(b"\xe9\x0f"), magic(b"\xe9\x10"),
    ],
    read
);

container!(
    /// ESP8266 program for a boot loader that swaps images.
    Esp8266V2,
    "esp8266-v2",
    [magic(b"\xea\x04")],
    read_v2
);

/// Numbers of chips in the header.
fn chip(number: u16) -> Option<&'static str> {
    Some(match number {
        0 => "esp32",
        2 => "esp32-s2",
        5 => "esp32-c3",
        9 => "esp32-s3",
        12 => "esp32-c2",
        13 => "esp32-c6",
        16 => "esp32-h2",
        18 => "esp32-p4",
        20 => "esp32-c61",
        23 => "esp32-c5",
        25 => "esp32-h21",
        28 => "esp32-h4",
        _ => return None,
    })
}

/// A segment: load address, offset and size.
type Segment = (u32, usize, usize);

/// The segments, and the offset behind the last.
fn segments(input: &[u8], header: usize) -> Option<(Vec<Segment>, usize)> {
    let bin = Bin::le(input);
    let count = bin.u8(1).ok()?;
    let mut list = Vec::new();
    let mut at = header;
    for _ in 0..count {
        let (load, size) = (bin.u32(at).ok()?, bin.size32(at + 4).ok()?);
        // Zero is padding; everything else lies in the chips' RAM, ROM or flash windows.
        let place = load == 0 || (0x3c00_0000..0x6000_0000).contains(&load);
        if !place || size > SEGMENT_BYTES_MAX || size % 4 != 0 {
            return None;
        }
        list.push((load, at + 8, size));
        at = at.checked_add(8)?.checked_add(size)?;
        if at > input.len() {
            break;
        }
    }
    Some((list, at))
}

fn read(input: &Bytes, _: &Context<'_>) -> Option<Found> {
    let bin = Bin::le(input);
    let entry = bin.u32(4).ok()?;
    if !(0x4000_0000..0x6000_0000).contains(&entry) || bin.u8(2).ok()? > 5 {
        return None;
    }
    // The long header has a known chip and zeros before its last byte.
    let long = chip(bin.u16(12).ok()?).is_some()
        && bin.slice(19, 4).is_ok_and(|pad| pad.iter().all(|byte| *byte == 0))
        && bin.u8(23).is_ok_and(|flag| flag <= 1);
    let new = if long { segments(input, HEADER) } else { None };
    let (header, (list, end)) = match new {
        Some(read) => (HEADER, read),
        None => (HEADER_8266, segments(input, HEADER_8266)?),
    };
    let mut found = Found::new(0);
    if header == HEADER {
        found.fact("chip", chip(bin.u16(12).ok()?)?);
    } else {
        found.fact("chip", "esp8266");
    }
    found.fact("entry", format!("{entry:#x}"));
    found.fact("system", "microcontroller");
    let sum_at = end | 15;
    finish(input, header, &list, sum_at, &mut found);
    for (index, (load, at, size)) in list.iter().enumerate() {
        found.fact("segment", format!("{load:#010x}, {size} bytes"));
        found.slice(input, &format!("segment{index}-{load:#010x}"), *at, *size);
    }
    if let Some((_, at, _)) = list.first() {
        description(bin, *at, &mut found);
    }
    Some(found)
}

/// Checksum, digest and signature behind the segments; sets the size.
fn finish(input: &Bytes, header: usize, list: &[Segment], sum_at: usize, found: &mut Found) {
    let bin = Bin::le(input);
    let mut end = sum_at.saturating_add(1);
    let slices = list.iter().map(|(_, at, size)| bin.slice(*at, *size).unwrap_or_default());
    let sum = slices.flatten().fold(0xef_u8, |sum, byte| sum ^ byte);
    match bin.u8(sum_at) {
        Ok(stored) => kit::content_check(found, "checksum", sum == stored, sum_at),
        Err(_) => {
            found.problem(ProblemKind::Truncated, Some(input.len()), "the checksum is missing");
        }
    }
    if header == HEADER && bin.u8(23) == Ok(1) {
        if let (Some(sealed), Ok(digest)) = (input.get(..end), bin.slice(end, 32)) {
            kit::content_check(found, "sha256", crypt::sha256(sealed) == *digest, end);
        }
        end = end.saturating_add(32);
    }
    let signature_at = kit::align(end, SIGNATURE);
    if header == HEADER && bin.has(signature_at, b"\xe7\x02\x00\x00") {
        found.fact("signed", "secure boot version 2");
        end = signature_at.saturating_add(SIGNATURE);
    } else if header == HEADER && bin.has(signature_at, b"\xe7\x03\x00\x00") {
        found.fact("signed", "secure boot version 2, ecdsa");
        end = signature_at.saturating_add(SIGNATURE);
    } else {
        found.fact("signed", "no");
    }
    found.size = end.min(input.len());
}

/// The description at the start of the first segment, of an application or of the boot loader.
fn description(bin: Bin<'_>, at: usize, found: &mut Found) {
    if bin.u32(at) == Ok(0xabcd_5432) {
        let fields = [
            ("version", 16, 32),
            ("project", 48, 32),
            ("time", 80, 16),
            ("date", 96, 16),
            ("idf-version", 112, 32),
        ];
        if let Ok(secure) = bin.u32(at + 4) {
            found.fact("secure-version", secure);
        }
        for (key, offset, length) in fields {
            found.fact(key, bin.text(at + offset, length).unwrap_or_default());
        }
        return;
    }
    // The boot loader's own description begins with a byte 80.
    let idf = bin.text(at + 8, 32).unwrap_or_default();
    if bin.u8(at) == Ok(80) && idf.starts_with('v') && kit::printable(&idf) {
        found.fact("kind", "boot loader");
        found.fact("idf-version", idf);
        found.fact("date", bin.text(at + 40, 24).unwrap_or_default());
    }
}

fn read_v2(input: &Bytes, _: &Context<'_>) -> Option<Found> {
    let bin = Bin::le(input);
    let entry = bin.u32(4).ok()?;
    let size = bin.size32(12).ok()?;
    let inner = size.checked_add(16)?;
    if !(0x4000_0000..0x6000_0000).contains(&entry) || bin.u32(8).ok()? > 0x10 || size % 4 != 0 {
        return None;
    }
    let body = input.get(inner..).filter(|body| body.first() == Some(&0xe9))?;
    let (list, end) = segments(body, HEADER_8266)?;
    let mut found = Found::new(0);
    found.fact("chip", "esp8266");
    found.fact("entry", format!("{entry:#x}"));
    found.fact("system", "microcontroller");
    found.slice(input, "irom", 16, size);
    for (index, (load, at, size)) in list.iter().enumerate() {
        found.slice(input, &format!("segment{index}-{load:#010x}"), inner + at, *size);
    }
    // A checksum byte, then a CRC-32 of all.
    let total = inner.saturating_add(end | 15).saturating_add(5);
    kit::declared(&mut found, input, total);
    Some(found)
}
