//! Checked reading of outside bytes: every read either succeeds or says it fell short.

/// Byte order of a structure.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Endian {
    /// Least significant byte first.
    Little,
    /// Most significant byte first.
    Big,
}

impl Endian {
    /// `le` or `be`, as layer facts show it.
    #[must_use]
    pub fn label(self) -> &'static str {
        match self {
            Self::Little => "le",
            Self::Big => "be",
        }
    }
}

/// A read went past the end of the bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("needs {len} bytes at offset {at:#x}, past the end")]
pub struct Short {
    /// Where the read began.
    pub at: usize,
    /// How many bytes it wanted.
    pub len: usize,
}

/// A view on bytes with a byte order. Copying it is free.
#[derive(Debug, Clone, Copy)]
pub struct Bin<'a> {
    bytes: &'a [u8],
    endian: Endian,
}

impl<'a> Bin<'a> {
    /// A view with the given byte order.
    #[must_use]
    pub fn new(bytes: &'a [u8], endian: Endian) -> Self {
        Self { bytes, endian }
    }

    /// A little-endian view.
    #[must_use]
    pub fn le(bytes: &'a [u8]) -> Self {
        Self::new(bytes, Endian::Little)
    }

    /// A big-endian view.
    #[must_use]
    pub fn be(bytes: &'a [u8]) -> Self {
        Self::new(bytes, Endian::Big)
    }

    /// All the bytes.
    #[must_use]
    pub fn bytes(&self) -> &'a [u8] {
        self.bytes
    }

    /// The byte order.
    #[must_use]
    pub fn endian(&self) -> Endian {
        self.endian
    }

    /// How many bytes there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.bytes.len()
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.bytes.is_empty()
    }

    /// `len` bytes from `at`.
    pub fn slice(&self, at: usize, len: usize) -> Result<&'a [u8], Short> {
        at.checked_add(len).and_then(|end| self.bytes.get(at..end)).ok_or(Short { at, len })
    }

    /// Everything from `at`; empty when `at` is past the end.
    #[must_use]
    pub fn tail(&self, at: usize) -> &'a [u8] {
        self.bytes.get(at..).unwrap_or_default()
    }

    /// `N` bytes from `at` as an array.
    pub fn array<const N: usize>(&self, at: usize) -> Result<[u8; N], Short> {
        self.slice(at, N)?.try_into().map_err(|_| Short { at, len: N })
    }

    /// One byte.
    pub fn u8(&self, at: usize) -> Result<u8, Short> {
        self.bytes.get(at).copied().ok_or(Short { at, len: 1 })
    }

    /// Two bytes in the view's order.
    pub fn u16(&self, at: usize) -> Result<u16, Short> {
        let raw = self.array(at)?;
        Ok(match self.endian {
            Endian::Little => u16::from_le_bytes(raw),
            Endian::Big => u16::from_be_bytes(raw),
        })
    }

    /// Four bytes in the view's order.
    pub fn u32(&self, at: usize) -> Result<u32, Short> {
        let raw = self.array(at)?;
        Ok(match self.endian {
            Endian::Little => u32::from_le_bytes(raw),
            Endian::Big => u32::from_be_bytes(raw),
        })
    }

    /// Eight bytes in the view's order.
    pub fn u64(&self, at: usize) -> Result<u64, Short> {
        let raw = self.array(at)?;
        Ok(match self.endian {
            Endian::Little => u64::from_le_bytes(raw),
            Endian::Big => u64::from_be_bytes(raw),
        })
    }

    /// A four-byte number as a `usize` (for offsets and lengths).
    pub fn size32(&self, at: usize) -> Result<usize, Short> {
        Ok(self.u32(at)? as usize)
    }

    /// An eight-byte number as a `usize`; saturates where the platform's is smaller.
    pub fn size64(&self, at: usize) -> Result<usize, Short> {
        Ok(usize::try_from(self.u64(at)?).unwrap_or(usize::MAX))
    }

    /// Text in a field of `len` bytes, up to its first NUL, trailing blanks dropped, lossy UTF-8.
    pub fn text(&self, at: usize, len: usize) -> Result<String, Short> {
        let field = self.slice(at, len)?;
        let end = field.iter().position(|b| *b == 0).unwrap_or(len);
        let text = String::from_utf8_lossy(field.get(..end).unwrap_or_default());
        Ok(text.trim_end().to_owned())
    }

    /// Whether `magic` stands at `at`.
    #[must_use]
    pub fn has(&self, at: usize, magic: &[u8]) -> bool {
        self.slice(at, magic.len()).is_ok_and(|found| found == magic)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_in_order_and_never_past_the_end() {
        let bytes = [0x12, 0x34, 0x56, 0x78, b'a', 0, b'b', b' '];
        assert_eq!(Bin::be(&bytes).u32(0).unwrap(), 0x1234_5678);
        assert_eq!(Bin::le(&bytes).u16(0).unwrap(), 0x3412);
        assert_eq!(Bin::le(&bytes).text(4, 4).unwrap(), "a");
        assert_eq!(Bin::le(&bytes).u64(1), Err(Short { at: 1, len: 8 }));
        assert!(Bin::le(&bytes).slice(usize::MAX, 2).is_err());
        assert!(Bin::le(&bytes).tail(99).is_empty());
    }
}
