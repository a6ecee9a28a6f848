//! String pools: `ResStringPool_header`, texts in UTF-8 or UTF-16.

use super::Chunk;
use duecare_base::{Bin, Short};

/// The pool's texts are UTF-8.
const UTF8: u32 = 1 << 8;

/// Longest text that is read, in bytes or 16-bit units: a resource path or value of a manifest is
/// far shorter.
const TEXT_MAX: usize = 32 << 10;

/// A string pool; texts are decoded when asked for.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Pool<'a> {
    bin: Bin<'a>,
    header: usize,
    count: usize,
    start: usize,
    utf8: bool,
}

impl<'a> Pool<'a> {
    pub(crate) fn read(chunk: &Chunk<'a>) -> Result<Self, Short> {
        let bin = chunk.bin;
        Ok(Self {
            bin,
            header: chunk.header,
            count: bin.size32(8)?,
            start: bin.size32(20)?,
            utf8: bin.u32(16)? & UTF8 != 0,
        })
    }

    pub(crate) fn text(&self, index: u32) -> Option<String> {
        let index = usize::try_from(index).ok().filter(|index| *index < self.count)?;
        let at = self.header.checked_add(index.checked_mul(4)?)?;
        let at = self.start.checked_add(self.bin.size32(at).ok()?)?;
        if self.utf8 { self.utf8(at) } else { self.utf16(at) }
    }

    /// Two lengths of one or two bytes (in UTF-16 units, then in bytes), then the text.
    fn utf8(&self, at: usize) -> Option<String> {
        let first = if self.bin.u8(at).ok()? & 0x80 != 0 { 2 } else { 1 };
        let at = at + first;
        let short = self.bin.u8(at).ok()?;
        let (length, width) = if short & 0x80 != 0 {
            let low = usize::from(self.bin.u8(at + 1).ok()?);
            ((usize::from(short & 0x7f) << 8) | low, 2)
        } else {
            (usize::from(short), 1)
        };
        let bytes = self.bin.slice(at + width, length.min(TEXT_MAX)).ok()?;
        Some(String::from_utf8_lossy(bytes).into_owned())
    }

    fn utf16(&self, at: usize) -> Option<String> {
        let short = self.bin.u16(at).ok()?;
        let (length, width) = if short & 0x8000 != 0 {
            let low = usize::from(self.bin.u16(at + 2).ok()?);
            ((usize::from(short & 0x7fff) << 16) | low, 4)
        } else {
            (usize::from(short), 2)
        };
        let bytes = self.bin.slice(at + width, length.min(TEXT_MAX) * 2).ok()?;
        let units = bytes
            .chunks_exact(2)
            .filter_map(|pair| <[u8; 2]>::try_from(pair).ok().map(u16::from_le_bytes));
        Some(char::decode_utf16(units).map(|unit| unit.unwrap_or('\u{fffd}')).collect())
    }
}
