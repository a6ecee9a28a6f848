//! Whole blocks: all of it or an error.

use crate::{Codec, CodecError, Decoded, LzmaProps, deflate, lz4, lzma};

/// Decodes one whole block whose output is at most `size_max` bytes.
///
/// Trailing input after the block is ignored, as file systems pad their blocks; only
/// [`Codec::Lz4Block`], which has no end of its own, takes all of `input`. A zlib block may lack
/// its checksum.
///
/// # Errors
/// [`CodecError`] when the block is damaged, cut off or larger than `size_max`.
pub fn block(codec: Codec, input: &[u8], size_max: usize) -> Result<Vec<u8>, CodecError> {
    match codec {
        Codec::Lz4Block => lz4::block(input, size_max),
        Codec::Zlib => whole(deflate::zlib(input, size_max, true)),
        Codec::Lzo1x => {
            let decoded = crate::stream(codec, input, size_max);
            // Some writers leave the end marker out where the size is known.
            let full = decoded.bytes.len() == size_max && decoded.used == input.len();
            match decoded.error {
                Some(CodecError::Truncated { .. }) if full => Ok(decoded.bytes),
                Some(error) => Err(error),
                None => Ok(decoded.bytes),
            }
        }
        _ => whole(crate::stream(codec, input, size_max)),
    }
}

/// Decodes LZMA that has no header; `size` is the exact output size where it is known, else an
/// end marker ends it.
#[must_use]
pub fn lzma_raw(input: &[u8], props: LzmaProps, size: Option<u64>, size_max: usize) -> Decoded {
    lzma::raw(Codec::LzmaAlone, input, props, size, size_max)
}

fn whole(decoded: Decoded) -> Result<Vec<u8>, CodecError> {
    match decoded.error {
        Some(error) => Err(error),
        None => Ok(decoded.bytes),
    }
}
