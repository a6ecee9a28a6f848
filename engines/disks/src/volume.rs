//! What the readers of this crate share.

use bytes::Bytes;
use duecare_unpack::{Found, ProblemKind};

/// A layer of `size` bytes, cut where the input ends; a cut is a problem. The input is cut too.
pub(crate) fn volume(input: &Bytes, size: usize) -> (Found, Bytes) {
    let have = size.min(input.len());
    let mut found = Found::new(have);
    if size > have {
        let message = format!("{} of {size} bytes are missing at the end", size - have);
        found.problem(ProblemKind::Truncated, Some(have), message);
    }
    (found, input.slice(..have))
}

/// Major and minor number from Linux's old (16 bits) or new (32 bits) encoding.
pub(crate) fn device(number: u32) -> (u32, u32) {
    ((number >> 8) & 0xfff, (number & 0xff) | ((number >> 12) & 0xfff00))
}

/// A name in UTF-16, little-endian.
pub(crate) fn utf16_le(bytes: &[u8]) -> String {
    let units = bytes.chunks_exact(2).filter_map(|pair| pair.try_into().ok());
    text(units.map(u16::from_le_bytes))
}

/// A name in UTF-16, big-endian.
pub(crate) fn utf16_be(bytes: &[u8]) -> String {
    let units = bytes.chunks_exact(2).filter_map(|pair| pair.try_into().ok());
    text(units.map(u16::from_be_bytes))
}

fn text(units: impl Iterator<Item = u16>) -> String {
    char::decode_utf16(units).map(|unit| unit.unwrap_or(char::REPLACEMENT_CHARACTER)).collect()
}
