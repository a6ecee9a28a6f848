//! Bytes written as text: long runs of base64 or hexadecimal digits.

use crate::{entropy, leaf};

/// Shortest run that is decoded, in bytes; keys and certificates are shorter.
pub(crate) const RUN_BYTES_MIN: usize = 4096;

/// Runs that are decoded in one text.
const RUNS_MAX: usize = 1024;

/// A run of text that stands for other bytes.
pub(crate) struct Encoded {
    pub(crate) from: usize,
    pub(crate) to: usize,
    /// `base64` or `hex`.
    pub(crate) name: &'static str,
    pub(crate) bytes: Vec<u8>,
}

/// The long runs of `text` whose bytes look random, or `known` says that it can open them.
pub(crate) fn find(text: &[u8], known: impl Fn(&[u8]) -> bool) -> Vec<Encoded> {
    let mut found = Vec::new();
    let mut from = 0;
    while from < text.len() && found.len() < RUNS_MAX {
        let rest = text.get(from..).unwrap_or_default();
        let length = rest.iter().take_while(|byte| in_run(**byte)).count();
        if length >= RUN_BYTES_MIN {
            found.extend(decoded(rest.get(..length).unwrap_or_default(), from, &known));
        }
        from += length.max(1);
    }
    found
}

fn decoded(run: &[u8], at: usize, known: &impl Fn(&[u8]) -> bool) -> Option<Encoded> {
    let skipped = heading(run);
    let run = run.get(skipped..)?;
    let digits = run.iter().filter(|byte| !byte.is_ascii_whitespace());
    let (name, bytes) = if digits.clone().all(u8::is_ascii_hexdigit) {
        ("hex", pack(digits.filter_map(|digit| hex(*digit)), 4))
    } else {
        ("base64", pack(digits.filter_map(|digit| base64(*digit)), 6))
    };
    let from = at + skipped;
    let told = entropy::looks_random(&bytes) || leaf::measure(&bytes).is_some() || known(&bytes);
    told.then_some(Encoded { from, to: from + run.len(), name, bytes })
}

/// Bytes before the first full line: a name and `=` in front, or words on a line of their own.
fn heading(run: &[u8]) -> usize {
    let line = run.iter().position(|byte| *byte == b'\n').unwrap_or(run.len());
    let first = run.get(..line).unwrap_or_default();
    if let Some(equals) = first.iter().rposition(|byte| *byte == b'=')
        && first.get(equals + 1..).is_some_and(|rest| !rest.trim_ascii().is_empty())
    {
        return equals + 1;
    }
    let rest = run.get(line + 1..).unwrap_or_default();
    let second = rest.iter().position(|byte| *byte == b'\n').unwrap_or(rest.len());
    if first.trim_ascii().len() < second.min(RUN_BYTES_MIN) && !rest.is_empty() {
        line + 1
    } else {
        0
    }
}

fn in_run(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/' | b'-' | b'_' | b'=' | b'\r' | b'\n')
}

fn hex(digit: u8) -> Option<u8> {
    char::from(digit).to_digit(16).map(|value| value as u8)
}

fn base64(digit: u8) -> Option<u8> {
    match digit {
        b'A'..=b'Z' => Some(digit - b'A'),
        b'a'..=b'z' => Some(digit - b'a' + 26),
        b'0'..=b'9' => Some(digit - b'0' + 52),
        b'+' | b'-' => Some(62),
        b'/' | b'_' => Some(63),
        _ => None,
    }
}

/// Values of `width` bits each, most significant first, as bytes; bits left over are dropped.
fn pack(values: impl Iterator<Item = u8>, width: u32) -> Vec<u8> {
    let (mut bytes, mut bits, mut held) = (Vec::new(), 0_u32, 0_u32);
    for value in values {
        held = held << width | u32::from(value);
        bits += width;
        if bits >= 8 {
            bits -= 8;
            bytes.push((held >> bits & 0xff) as u8);
        }
    }
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn digits_become_bytes() {
        let text = |text: &[u8]| pack(text.iter().filter_map(|digit| base64(*digit)), 6);
        assert_eq!(text(b"SGVsbG8="), b"Hello");
        assert_eq!(pack(b"48656c6c6f".iter().filter_map(|digit| hex(*digit)), 4), b"Hello");
        assert_eq!(heading(b"DATA=abcd"), 5);
        assert_eq!(heading(b"begin\nabcdefgh\nabcdefgh\n"), 6);
        assert_eq!(heading(b"abcdefgh\nabcdefgh\n"), 0);
    }

    #[test]
    fn word_lists_are_text() {
        let words = b"apple\nbanana\ncherry\norange\n".repeat(1000);
        assert!(find(&words, |_| false).is_empty());
    }
}
