//! DEFLATE bare, in a zlib frame and in a gzip member.
//!
//! The frames are read here, not by the decoder, so that a wrong or missing checksum does not cost
//! the content and the size that a member takes is exact.

use crate::output::Output;
use crate::{Codec, CodecError, Decoded};
use duecare_base::Bin;
use flate2::{Crc, Decompress, FlushDecompress, Status};

/// Largest header of a gzip member: 10 bytes, an extra field of 64 KiB, and names; bounds the
/// search for the ends of the names.
const GZIP_HEADER_BYTES_MAX: usize = 10 + 65_537 + 2 * 4096 + 2;

/// DEFLATE without a frame (RFC 1951).
pub(crate) fn raw(codec: Codec, input: &[u8], size_max: usize) -> Decoded {
    let mut decoder = Decompress::new(false);
    let mut out = Output::new(codec, size_max);
    loop {
        out.make_room();
        let used = usize::try_from(decoder.total_in()).unwrap_or(usize::MAX);
        let rest = input.get(used..).unwrap_or_default();
        let before = out.bytes.len();
        let status = decoder.decompress_vec(rest, &mut out.bytes, FlushDecompress::None);
        let now = usize::try_from(decoder.total_in()).unwrap_or(usize::MAX);
        let error = match (out.check_limit(), status) {
            (Err(error), _) => Some(error),
            (Ok(()), Ok(Status::StreamEnd)) => None,
            (Ok(()), Ok(_)) if now > used || out.bytes.len() > before => continue,
            (Ok(()), Ok(_)) => Some(out.truncated()),
            (Ok(()), Err(error)) => Some(out.damaged(&error.to_string())),
        };
        return out.finish(now.min(input.len()), error);
    }
}

/// DEFLATE in a zlib frame (RFC 1950). A frame that ends before its checksum is whole all the same
/// where `lenient`, because some file systems leave the checksum out.
pub(crate) fn zlib(input: &[u8], size_max: usize, lenient: bool) -> Decoded {
    const HEADER: usize = 2;
    let codec = Codec::Zlib;
    let out = Output::new(codec, size_max);
    let Some([method, flags]) = input.first_chunk::<HEADER>() else {
        let error = out.truncated();
        return out.finish(input.len(), Some(error));
    };
    if method & 0x0f != 8
        || method >> 4 > 7
        || u16::from_be_bytes([*method, *flags]) % 31 != 0
        || flags & 0x20 != 0
    {
        let error = out.damaged("not a zlib header, or one that needs a dictionary");
        return out.finish(0, Some(error));
    }
    let mut decoded = raw(codec, input.get(HEADER..).unwrap_or_default(), size_max);
    decoded.used += HEADER;
    if decoded.error.is_some() {
        return decoded;
    }
    match Bin::be(input).u32(decoded.used) {
        Ok(sum) => {
            decoded.used += 4;
            if sum != adler32(&decoded.bytes) {
                decoded.error = Some(out.damaged("the Adler-32 checksum is wrong"));
            }
        }
        Err(_) if lenient => {}
        Err(_) => decoded.error = Some(out.truncated()),
    }
    decoded
}

/// Adler-32 (RFC 1950, section 8.2).
pub(crate) fn adler32(bytes: &[u8]) -> u32 {
    const BASE: u32 = 65_521;
    /// So many bytes can't overflow 32 bits.
    const CHUNK: usize = 5552;
    let (mut low, mut high) = (1_u32, 0_u32);
    for chunk in bytes.chunks(CHUNK) {
        for byte in chunk {
            low += u32::from(*byte);
            high += low;
        }
        low %= BASE;
        high %= BASE;
    }
    high << 16 | low
}

/// CRC-32 as gzip, lzip and lzop use it (ISO 3309).
pub(crate) fn crc32(bytes: &[u8]) -> u32 {
    let mut crc = Crc::new();
    crc.update(bytes);
    crc.sum()
}

/// The header of a gzip member (RFC 1952, section 2.3).
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct GzipHeader {
    /// Size in bytes.
    pub(crate) size: usize,
    /// Modification time in seconds since 1970; 0 when unknown.
    pub(crate) mtime: u32,
    /// Number of the system that wrote it.
    pub(crate) system: u8,
    /// Original file name.
    pub(crate) name: Option<String>,
    /// Comment.
    pub(crate) comment: Option<String>,
}

impl GzipHeader {
    /// Reads a header; `None` when this is none or it is cut off.
    pub(crate) fn read(input: &[u8]) -> Option<Self> {
        let area = input.get(..GZIP_HEADER_BYTES_MAX).unwrap_or(input);
        let bin = Bin::le(area);
        if !bin.has(0, &[0x1f, 0x8b, 8]) {
            return None;
        }
        let flags = bin.u8(3).ok()?;
        if flags & 0xe0 != 0 {
            return None;
        }
        let mut at = 10;
        if flags & 4 != 0 {
            at += 2 + usize::from(bin.u16(at).ok()?);
        }
        let mut text = |wanted: bool| -> Option<Option<String>> {
            if !wanted {
                return Some(None);
            }
            let field = bin.tail(at);
            let length = field.iter().position(|byte| *byte == 0)?;
            at += length + 1;
            // RFC 1952 says Latin-1; writers today use UTF-8.
            Some(Some(String::from_utf8_lossy(field.get(..length)?).into_owned()))
        };
        let name = text(flags & 8 != 0)?;
        let comment = text(flags & 16 != 0)?;
        if flags & 2 != 0 {
            at += 2;
        }
        (at <= area.len()).then_some(Self {
            size: at,
            mtime: bin.u32(4).ok()?,
            system: bin.u8(9).ok()?,
            name,
            comment,
        })
    }
}

/// One gzip member (RFC 1952).
pub(crate) fn gzip(input: &[u8], size_max: usize) -> Decoded {
    let codec = Codec::Gzip;
    let out = Output::new(codec, size_max);
    let Some(header) = GzipHeader::read(input) else {
        let magic: &[u8] = &[0x1f, 0x8b];
        let short = input.len() < 10 && magic.starts_with(input.get(..2).unwrap_or(input));
        let error = if short { out.truncated() } else { out.damaged("not a gzip header") };
        return out.finish(0, Some(error));
    };
    let mut decoded = raw(codec, input.get(header.size..).unwrap_or_default(), size_max);
    decoded.used += header.size;
    if decoded.error.is_none() {
        decoded.error = gzip_trailer(input, &mut decoded, &out);
    }
    decoded
}

fn gzip_trailer(input: &[u8], decoded: &mut Decoded, out: &Output) -> Option<CodecError> {
    let bin = Bin::le(input);
    let (Ok(crc), Ok(size)) = (bin.u32(decoded.used), bin.u32(decoded.used + 4)) else {
        decoded.used = input.len();
        return Some(out.truncated());
    };
    decoded.used += 8;
    if crc != crc32(&decoded.bytes) {
        return Some(out.damaged("the CRC-32 is wrong"));
    }
    // The size counts modulo 2^32 (RFC 1952); the cast does the same.
    (size != decoded.bytes.len() as u32).then(|| out.damaged("the size in the trailer is wrong"))
}
