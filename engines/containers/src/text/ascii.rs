//! Files wrapped in text: Adobe's Ascii85, uuencode with both alphabets (POSIX `uuencode`), and
//! bare base64 (RFC 4648) of something that has a known magic.

use super::lines;
use crate::kit::{self, container};
use bytes::Bytes;
use duecare_unpack::{Context, Found, ProblemKind, Signature};

/// Bare base64 shorter than this is a key or a word, in bytes.
const BASE64_BYTES_MIN: usize = 256;

container!(
    /// Adobe Ascii85.
    Ascii85,
    "ascii85",
    [Signature::start(b"<~")],
    read_ascii85
);

container!(
    /// Output of uuencode.
    Encoded,
    "uuencode",
    [Signature::start(b"begin "), Signature::start(b"begin-base64 ")],
    read_encoded
);

container!(
    /// Bare base64 around a known format.
    Base64,
    "base64",
    [],
    read_base64
);

fn read_ascii85(input: &Bytes, context: &Context<'_>) -> Option<Found> {
    let mut out = Vec::new();
    let mut group: Vec<u32> = Vec::new();
    let mut end = None;
    for (at, byte) in input.iter().enumerate().skip(2) {
        match byte {
            b'~' => {
                end = Some((at + 2).min(input.len()));
                break;
            }
            b'z' if group.is_empty() => out.extend_from_slice(&[0; 4]),
            b'!'..=b'u' => group.push(u32::from(byte - b'!')),
            _ if byte.is_ascii_whitespace() => {}
            _ => return None,
        }
        if group.len() == 5 {
            out.extend_from_slice(&group85(&group)?);
            group.clear();
        }
    }
    if group.len() > 1 {
        let keep = group.len() - 1;
        group.resize(5, 84);
        out.extend_from_slice(group85(&group)?.get(..keep)?);
    }
    if out.is_empty() {
        return None;
    }
    let mut found = Found::new(end.unwrap_or(input.len()));
    if end.is_none() {
        found.problem(ProblemKind::Truncated, Some(input.len()), "the end mark is missing");
    }
    let size = found.size;
    kit::decoded(&mut found, context, "data", out, (0, size));
    Some(found)
}

fn group85(group: &[u32]) -> Option<[u8; 4]> {
    let value =
        group.iter().try_fold(0_u32, |value, digit| value.checked_mul(85)?.checked_add(*digit))?;
    Some(value.to_be_bytes())
}

fn read_encoded(input: &Bytes, context: &Context<'_>) -> Option<Found> {
    let mut lines = lines(input);
    let (first, _) = lines.next()?;
    let header = std::str::from_utf8(first).ok()?;
    let mut words = header.splitn(3, ' ');
    let base64 = words.next()? == "begin-base64";
    let mode = u32::from_str_radix(words.next()?, 8).ok()?;
    let name = words.next()?.trim();
    if mode > 0o7777 || !kit::printable(name) {
        return None;
    }
    let mut out = Vec::new();
    let mut found = Found::new(0);
    let mut ended = false;
    for (line, end) in lines {
        found.size = end;
        if line == b"====" || line == b"end" {
            ended = true;
            break;
        }
        let bytes = if base64 { decode64(line)? } else { decode_uu(line)? };
        out.extend_from_slice(&bytes);
    }
    if !ended {
        found.problem(ProblemKind::Truncated, Some(input.len()), "the end mark is missing");
    }
    found.fact("mode", format!("{mode:04o}"));
    let size = found.size;
    kit::decoded(&mut found, context, &kit::part_name(name, "data"), out, (0, size));
    Some(found)
}

fn decode_uu(line: &[u8]) -> Option<Vec<u8>> {
    let value = |byte: &u8| byte.checked_sub(b' ').map(|value| u32::from(value & 63));
    let Some((length, digits)) = line.split_first() else { return Some(Vec::new()) };
    let length = value(length)? as usize;
    let mut out = Vec::new();
    for group in digits.chunks(4) {
        let word = group
            .iter()
            .chain(std::iter::repeat(&b' '))
            .take(4)
            .try_fold(0_u32, |word, byte| Some(word << 6 | value(byte)?))?;
        out.extend_from_slice(word.to_be_bytes().get(1..)?);
    }
    if out.len() < length {
        return None;
    }
    out.truncate(length);
    Some(out)
}

/// Base64 of one line; padding ends it.
pub(crate) fn decode64(line: &[u8]) -> Option<Vec<u8>> {
    let (mut word, mut bits) = (0_u32, 0_u32);
    let mut out = Vec::with_capacity(line.len() / 4 * 3 + 3);
    for byte in line {
        let value = match byte {
            b'A'..=b'Z' => byte - b'A',
            b'a'..=b'z' => byte - b'a' + 26,
            b'0'..=b'9' => byte - b'0' + 52,
            b'+' => 62,
            b'/' => 63,
            b'=' => continue,
            _ => return None,
        };
        word = word << 6 | u32::from(value);
        bits += 6;
        if bits >= 8 {
            bits -= 8;
            out.push((word >> bits) as u8);
        }
    }
    Some(out)
}

fn read_base64(input: &Bytes, context: &Context<'_>) -> Option<Found> {
    const KNOWN: [&[u8]; 9] = [
        b"\x1f\x8b\x08",
        b"PK\x03\x04",
        b"\x7fELF",
        b"\x27\x05\x19\x56",
        b"\xd0\x0d\xfe\xed",
        b"HDR0",
        b"hsqs",
        b"\xfd7zXZ",
        b"BZh9",
    ];
    let text = input.trim_ascii();
    if text.len() < BASE64_BYTES_MIN {
        return None;
    }
    let start = decode64(text.get(..16)?)?;
    if !KNOWN.iter().any(|magic| start.starts_with(magic)) {
        return None;
    }
    let digits: Vec<u8> = text.iter().copied().filter(|byte| !byte.is_ascii_whitespace()).collect();
    let out = decode64(&digits)?;
    let mut found = Found::new(input.len());
    kit::decoded(&mut found, context, "data", out, (0, input.len()));
    Some(found)
}
