//! Streams that may be cut off: what could be decoded, how much input it took, what went wrong.

use crate::{Codec, CodecError, Decoded, LzmaProps};
use std::io::{ErrorKind, Read};

/// How much is decoded between two looks at the limit.
const STEP_BYTES: usize = 64 * 1024;

/// Memory that an LZMA dictionary may take, in KiB, whatever its header asks for.
const LZMA_MEMORY_KIB_MAX: u32 = 128 * 1024;

/// Decodes a stream from the start of `input`, at most `size_max` bytes of output.
#[must_use]
pub fn stream(codec: Codec, input: &[u8], size_max: usize) -> Decoded {
    let mut rest = input;
    let (bytes, error) = match codec {
        Codec::Deflate => drain(codec, flate2::bufread::DeflateDecoder::new(&mut rest), size_max),
        Codec::Zlib => drain(codec, flate2::bufread::ZlibDecoder::new(&mut rest), size_max),
        Codec::Gzip => drain(codec, flate2::bufread::GzDecoder::new(&mut rest), size_max),
        Codec::Bzip2 => drain(codec, bzip2::bufread::BzDecoder::new(&mut rest), size_max),
        Codec::Xz => {
            let reader = lzma_rust2::XzReader::new_mem_limit(&mut rest, false, LZMA_MEMORY_KIB_MAX);
            drain(codec, reader, size_max)
        }
        Codec::Lzip => drain(codec, lzma_rust2::LzipReader::new(&mut rest), size_max),
        Codec::LzmaAlone => {
            match lzma_rust2::LzmaReader::new_mem_limit(&mut rest, LZMA_MEMORY_KIB_MAX, None) {
                Ok(reader) => drain(codec, reader, size_max),
                Err(error) => (Vec::new(), Some(failure(codec, &error))),
            }
        }
        Codec::Lz4Frame => drain(codec, lz4_flex::frame::FrameDecoder::new(&mut rest), size_max),
        Codec::Zstd => match ruzstd::decoding::StreamingDecoder::new(&mut rest) {
            Ok(reader) => drain(codec, reader, size_max),
            Err(error) => {
                let detail = error.to_string();
                (Vec::new(), Some(CodecError::Damaged { codec: codec.label(), detail }))
            }
        },
        Codec::Lz4Block | Codec::Lzo1x | Codec::Lz4Legacy | Codec::Lzop | Codec::Compress => {
            let detail = "not a stream that can be decoded yet".to_owned();
            (Vec::new(), Some(CodecError::Damaged { codec: codec.label(), detail }))
        }
    };
    Decoded { bytes, used: input.len() - rest.len(), error }
}

pub(crate) fn lzma_raw(
    input: &[u8],
    props: LzmaProps,
    size: Option<u64>,
    size_max: usize,
) -> Decoded {
    let mut rest = input;
    let LzmaProps { lc, lp, pb, dict_size } = props;
    let size = size.unwrap_or(u64::MAX);
    let dict_size = dict_size.min(LZMA_MEMORY_KIB_MAX * 1024);
    let (bytes, error) =
        match lzma_rust2::LzmaReader::new(&mut rest, size, lc, lp, pb, dict_size, None) {
            Ok(reader) => drain(Codec::LzmaAlone, reader, size_max),
            Err(error) => (Vec::new(), Some(failure(Codec::LzmaAlone, &error))),
        };
    Decoded { bytes, used: input.len() - rest.len(), error }
}

fn drain(codec: Codec, mut reader: impl Read, size_max: usize) -> (Vec<u8>, Option<CodecError>) {
    let mut bytes = Vec::new();
    loop {
        let step = STEP_BYTES.min(size_max.saturating_sub(bytes.len()).saturating_add(1));
        match reader.by_ref().take(step as u64).read_to_end(&mut bytes) {
            Ok(0) => return (bytes, None),
            Ok(_) if bytes.len() > size_max => {
                bytes.truncate(size_max);
                return (bytes, Some(CodecError::TooLarge { codec: codec.label(), size_max }));
            }
            Ok(_) => {}
            Err(error) => return (bytes, Some(failure(codec, &error))),
        }
    }
}

fn failure(codec: Codec, error: &std::io::Error) -> CodecError {
    let codec = codec.label();
    match error.kind() {
        ErrorKind::UnexpectedEof => CodecError::Truncated { codec },
        _ => CodecError::Damaged { codec, detail: error.to_string() },
    }
}
