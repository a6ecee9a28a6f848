//! The growing output of a decoder, which never passes its limit.

use crate::{Codec, CodecError, Decoded};

/// Smallest step by which an output grows, in bytes.
const STEP_BYTES_MIN: usize = 32 * 1024;

/// Largest step by which an output grows, in bytes; keeps a large output from doubling.
const STEP_BYTES_MAX: usize = 32 * 1024 * 1024;

/// Decoded bytes, at most `size_max` of them.
pub(crate) struct Output {
    pub(crate) bytes: Vec<u8>,
    codec: Codec,
    size_max: usize,
}

impl Output {
    pub(crate) fn new(codec: Codec, size_max: usize) -> Self {
        Self { bytes: Vec::new(), codec, size_max }
    }

    pub(crate) fn codec(&self) -> Codec {
        self.codec
    }

    /// How many more bytes may come.
    pub(crate) fn left(&self) -> usize {
        self.size_max.saturating_sub(self.bytes.len())
    }

    /// Makes room for at least one byte, and for one byte past the limit at most, so that a
    /// decoder that fills it all shows that there is more than the limit allows.
    pub(crate) fn make_room(&mut self) {
        if self.bytes.capacity() == self.bytes.len() {
            let step = self.bytes.len().clamp(STEP_BYTES_MIN, STEP_BYTES_MAX);
            self.bytes.reserve_exact(step.min(self.left().saturating_add(1)));
        }
    }

    /// Cuts what passed the limit and says so.
    pub(crate) fn check_limit(&mut self) -> Result<(), CodecError> {
        if self.bytes.len() > self.size_max {
            self.bytes.truncate(self.size_max);
            return Err(self.too_large());
        }
        Ok(())
    }

    /// Adds bytes, as many as fit.
    pub(crate) fn extend(&mut self, bytes: &[u8]) -> Result<(), CodecError> {
        match bytes.get(..self.left()) {
            Some(fitting) if fitting.len() < bytes.len() => {
                self.bytes.extend_from_slice(fitting);
                Err(self.too_large())
            }
            _ => {
                self.bytes.extend_from_slice(bytes);
                Ok(())
            }
        }
    }

    /// Repeats `length` bytes that stand `distance` bytes back; they may reach into themselves.
    pub(crate) fn repeat(&mut self, distance: usize, length: usize) -> Result<(), CodecError> {
        let Some(start) = self.bytes.len().checked_sub(distance).filter(|_| distance > 0) else {
            return Err(self.damaged("a match reaches back before the start"));
        };
        let wanted = length.min(self.left());
        let mut done = 0;
        // What was copied can be copied again with what it follows, so each round doubles.
        while done < wanted {
            let piece = (wanted - done).min(self.bytes.len() - start);
            self.bytes.extend_from_within(start..start + piece);
            done += piece;
        }
        if wanted < length { Err(self.too_large()) } else { Ok(()) }
    }

    pub(crate) fn too_large(&self) -> CodecError {
        CodecError::TooLarge { codec: self.codec.label(), size_max: self.size_max }
    }

    pub(crate) fn truncated(&self) -> CodecError {
        CodecError::Truncated { codec: self.codec.label() }
    }

    pub(crate) fn damaged(&self, detail: &str) -> CodecError {
        CodecError::Damaged { codec: self.codec.label(), detail: detail.to_owned() }
    }

    /// The result, its memory given back.
    pub(crate) fn finish(mut self, used: usize, error: Option<CodecError>) -> Decoded {
        self.bytes.shrink_to_fit();
        Decoded { bytes: self.bytes, used, error }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn repeats_overlap_and_stop_at_the_limit() {
        let mut out = Output::new(Codec::Lzo1x, 10);
        out.extend(b"abc").unwrap();
        out.repeat(3, 5).unwrap();
        assert_eq!(out.bytes, b"abcabcab");
        assert!(matches!(out.repeat(1, 9), Err(CodecError::TooLarge { .. })));
        assert_eq!(out.bytes, b"abcabcabbb");
        assert!(out.repeat(11, 1).is_err());
        assert!(out.repeat(0, 1).is_err());
    }
}
