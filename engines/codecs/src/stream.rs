//! Streams that may be cut off: what could be decoded, how much input it took, what went wrong.

use crate::{Codec, CodecError, Decoded, bzip, deflate, lz4, lzma, lzo, lzw, zstd};

/// Members in one run of members; an empty gzip member takes 20 bytes.
const MEMBERS_MAX: usize = 1_000_000;

/// Decodes a stream from the start of `input`, at most `size_max` bytes of output.
///
/// One stream, member or frame; what follows is not looked at (see [`streams`]).
/// [`Codec::Lz4Block`] and [`Codec::Compress`] have no end: they take all of `input`.
#[must_use]
pub fn stream(codec: Codec, input: &[u8], size_max: usize) -> Decoded {
    match codec {
        Codec::Deflate => deflate::raw(codec, input, size_max),
        Codec::Zlib => deflate::zlib(input, size_max, false),
        Codec::Gzip => deflate::gzip(input, size_max),
        Codec::Bzip2 => bzip::stream(input, size_max),
        Codec::Xz => lzma::xz(input, size_max),
        Codec::LzmaAlone => lzma::alone(input, size_max),
        Codec::Lzip => lzma::lzip(input, size_max),
        Codec::Lz4Block => lz4::block_stream(input, size_max),
        Codec::Lz4Frame => lz4::frame(input, size_max),
        Codec::Lz4Legacy => lz4::legacy(input, size_max),
        Codec::Lzo1x => lzo::lzo1x(codec, input, size_max),
        Codec::Lzop => lzo::lzop(input, size_max),
        Codec::Zstd => zstd::stream(input, size_max),
        Codec::Compress => lzw::stream(input, size_max),
    }
}

/// As [`stream`], and the streams of the same compression that follow directly; XZ streams may
/// have zeros between them, in fours (xz-file-format 1.2.0, section 2.2).
///
/// Bytes behind that don't begin another stream are left alone; a stream that begins and is damaged
/// gives its error, with everything before it.
#[must_use]
pub fn streams(codec: Codec, input: &[u8], size_max: usize) -> Decoded {
    members(codec, input, size_max).0
}

/// As [`streams`], and how many there were.
pub(crate) fn members(codec: Codec, input: &[u8], size_max: usize) -> (Decoded, usize) {
    let mut all = stream(codec, input, size_max);
    let mut count = 1;
    for _ in 0..MEMBERS_MAX {
        if all.error.is_some() {
            break;
        }
        let mut rest = input.get(all.used..).unwrap_or_default();
        let mut padding = 0;
        if codec == Codec::Xz {
            while let Some(next) = rest.strip_prefix(&[0; 4]) {
                rest = next;
                padding += 4;
            }
        }
        if !begins(codec, rest) {
            break;
        }
        let next = stream(codec, rest, size_max.saturating_sub(all.bytes.len()));
        if next.bytes.is_empty() && matches!(next.error, Some(CodecError::Damaged { .. })) {
            break;
        }
        if next.used == 0 {
            break;
        }
        all.bytes.extend_from_slice(&next.bytes);
        all.used += padding + next.used;
        all.error = next.error;
        count += 1;
    }
    (all, count)
}

/// Whether another stream of a compression that can follow itself begins here.
fn begins(codec: Codec, rest: &[u8]) -> bool {
    match codec {
        Codec::Gzip => rest.starts_with(&[0x1f, 0x8b, 8]),
        Codec::Bzip2 => rest.starts_with(b"BZh") && rest.get(4..6) == Some(&[0x31, 0x41]),
        Codec::Xz => rest.starts_with(b"\xfd7zXZ\0"),
        Codec::Lzip => rest.starts_with(b"LZIP\x01"),
        Codec::Lz4Frame => rest.starts_with(lz4::FRAME_MAGIC),
        Codec::Lzop => rest.starts_with(lzo::LZOP_MAGIC),
        Codec::Zstd => rest.starts_with(zstd::MAGIC) || zstd::skippable(rest).is_some(),
        _ => false,
    }
}
