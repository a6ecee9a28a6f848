//! Programs and files written as text: Intel HEX, S-records, Tektronix, TI-TXT, Ascii85, uuencode,
//! base64.

pub(crate) mod ascii;
pub(crate) mod ihex;
pub(crate) mod srec;
pub(crate) mod tektronix;
pub(crate) mod titxt;

use duecare_unpack::Format;

/// Longest line of a hex file, in bytes; S-records and Intel HEX stay below 600.
const LINE_BYTES_MAX: usize = 1024;

/// The formats, surest first.
pub(crate) fn formats() -> Vec<Box<dyn Format>> {
    vec![
        Box::new(ihex::Embedded),
        Box::new(ihex::IntelHex),
        Box::new(srec::Embedded),
        Box::new(srec::SRecord),
        Box::new(tektronix::Tektronix),
        Box::new(titxt::TiTxt),
        Box::new(ascii::Ascii85),
        Box::new(ascii::Encoded),
        Box::new(ascii::Base64),
    ]
}

/// The lines of a text with where each ends (behind its line break); stops at a line too long.
fn lines(bytes: &[u8]) -> impl Iterator<Item = (&[u8], usize)> {
    let mut at = 0;
    std::iter::from_fn(move || {
        let tail = bytes.get(at..).filter(|tail| !tail.is_empty())?;
        let window = tail.get(..LINE_BYTES_MAX).unwrap_or(tail);
        let length = match memchr::memchr2(b'\n', b'\r', window) {
            Some(length) => length,
            None if window.len() == tail.len() => tail.len(),
            None => return None,
        };
        let line = tail.get(..length)?;
        let windows = tail.get(length..length + 2) == Some(b"\r\n".as_slice());
        at += length + if windows { 2 } else { 1 };
        Some((line.trim_ascii(), at.min(bytes.len())))
    })
}

/// Bytes from pairs of hexadecimal digits.
fn unhex(digits: &[u8]) -> Option<Vec<u8>> {
    let (pairs, rest) = digits.as_chunks::<2>();
    if !rest.is_empty() {
        return None;
    }
    let digit = |byte: u8| char::from(byte).to_digit(16);
    pairs.iter().map(|[high, low]| Some((digit(*high)? * 16 + digit(*low)?) as u8)).collect()
}
