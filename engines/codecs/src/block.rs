//! Whole blocks: all of it or an error.

use crate::{Codec, CodecError, Decoded, LzmaProps};

/// Decodes one whole block whose output is at most `size_max` bytes.
///
/// Trailing input after the block is ignored, as file systems pad their blocks.
///
/// # Errors
/// [`CodecError`] when the block is damaged, cut off or larger than `size_max`.
pub fn block(codec: Codec, input: &[u8], size_max: usize) -> Result<Vec<u8>, CodecError> {
    match codec {
        Codec::Lz4Block => lz4_block(input, size_max),
        Codec::Lzo1x => lzo_block(input, size_max),
        _ => whole(crate::stream(codec, input, size_max)),
    }
}

/// Decodes LZMA that has no header; `size` is the exact output size where it is known.
#[must_use]
pub fn lzma_raw(input: &[u8], props: LzmaProps, size: Option<u64>, size_max: usize) -> Decoded {
    crate::stream::lzma_raw(input, props, size, size_max)
}

fn whole(decoded: Decoded) -> Result<Vec<u8>, CodecError> {
    match decoded.error {
        Some(error) => Err(error),
        None => Ok(decoded.bytes),
    }
}

fn damaged(codec: Codec, error: &dyn std::fmt::Display) -> CodecError {
    CodecError::Damaged { codec: codec.label(), detail: error.to_string() }
}

fn lz4_block(input: &[u8], size_max: usize) -> Result<Vec<u8>, CodecError> {
    let mut out = vec![0; size_max];
    let size = lz4_flex::block::decompress_into(input, &mut out)
        .map_err(|error| damaged(Codec::Lz4Block, &error))?;
    out.truncate(size);
    Ok(out)
}

fn lzo_block(input: &[u8], size_max: usize) -> Result<Vec<u8>, CodecError> {
    let mut out = vec![0; size_max];
    let size = lzokay::decompress::decompress(input, &mut out)
        .map_err(|error| damaged(Codec::Lzo1x, &format!("{error:?}")))?;
    out.truncate(size);
    Ok(out)
}
