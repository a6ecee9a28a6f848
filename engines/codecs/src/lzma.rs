//! LZMA with and without a header, lzip members and XZ streams.

use crate::deflate::crc32;
use crate::output::Output;
use crate::{Codec, CodecError, Decoded, LzmaProps};
use duecare_base::Bin;
use std::io::{ErrorKind, Read};

/// How much is decoded in one call of the decoder.
const STEP_BYTES: usize = 128 * 1024;

/// Smallest dictionary that the decoder takes.
const DICT_BYTES_MIN: usize = 4096;

/// Size of the header of a `.lzma` file: properties, dictionary size, content size.
pub(crate) const ALONE_HEADER_BYTES: usize = 13;

/// LZMA without a header.
pub(crate) fn raw(
    codec: Codec,
    input: &[u8],
    props: LzmaProps,
    size: Option<u64>,
    size_max: usize,
) -> Decoded {
    raw_strict(codec, input, props, size, size_max).0
}

/// As [`raw`], and whether the range coder ended as the standard encoder leaves it.
fn raw_strict(
    codec: Codec,
    input: &[u8],
    props: LzmaProps,
    size: Option<u64>,
    size_max: usize,
) -> (Decoded, bool) {
    let LzmaProps { lc, lp, pb, dict_size } = props;
    let mut out = Output::new(codec, size_max);
    // A match never reaches back further than the output is long; the dictionary itself grows
    // with the output.
    let reach = u32::try_from(size_max.max(DICT_BYTES_MIN)).unwrap_or(u32::MAX - 15);
    let dict_size = dict_size.min(reach).min(u32::MAX - 15);
    let mut rest = input;
    let coded_size = size.unwrap_or(u64::MAX);
    let reader = lzma_rust2::LzmaReader::new(&mut rest, coded_size, lc, lp, pb, dict_size, None);
    let mut reader = match reader {
        Ok(reader) => reader,
        Err(error) => {
            let error = failure(codec, &error);
            return (out.finish(input.len() - rest.len(), Some(error)), false);
        }
    };
    // Strict about the end: takes an end marker behind content of known size too.
    reader.set_relaxed_end_condition(false);
    reader.set_defer_errors(true);
    let mut error = drain(&mut reader, &mut out);
    let clean = error.is_none();
    let complete = size.is_some_and(|size| size == out.bytes.len() as u64);
    if complete && !matches!(error, Some(CodecError::TooLarge { .. })) {
        // All content came; what vendors' encoders leave in the range coder is no loss.
        error = None;
    }
    let (rest, unused) = reader.into_parts();
    let used = input.len().saturating_sub(rest.len()).saturating_sub(unused.len());
    (out.finish(used, error), clean)
}

/// Reads until the end, the limit or an error.
fn drain(reader: &mut impl Read, out: &mut Output) -> Option<CodecError> {
    loop {
        let start = out.bytes.len();
        let step = STEP_BYTES.min(out.left().saturating_add(1));
        out.make_room();
        out.bytes.resize(start + step, 0);
        let result = reader.read(out.bytes.get_mut(start..).unwrap_or_default());
        out.bytes.truncate(start + result.as_ref().copied().unwrap_or(0).min(step));
        match result {
            Ok(0) => return None,
            Ok(_) => {
                if let Err(error) = out.check_limit() {
                    return Some(error);
                }
            }
            Err(error) => return Some(failure(out.codec(), &error)),
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

/// The header of a `.lzma` file (lzma-file-format, section 1.1).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct AloneHeader {
    pub(crate) props: LzmaProps,
    /// Content size; `None` when an end marker ends it.
    pub(crate) size: Option<u64>,
}

impl AloneHeader {
    pub(crate) fn read(input: &[u8]) -> Option<Self> {
        let bin = Bin::le(input);
        let packed = u32::from(bin.u8(0).ok()?);
        if packed >= 9 * 5 * 5 {
            return None;
        }
        let dict_size = bin.u32(1).ok()?;
        let size = bin.u64(5).ok()?;
        let props = LzmaProps { lc: packed % 9, lp: packed / 9 % 5, pb: packed / 45, dict_size };
        Some(Self { props, size: (size != u64::MAX).then_some(size) })
    }
}

/// LZMA with its 13-byte header.
pub(crate) fn alone(input: &[u8], size_max: usize) -> Decoded {
    alone_strict(input, size_max).0
}

/// As [`alone`], and whether it ended as the standard encoder ends it.
pub(crate) fn alone_strict(input: &[u8], size_max: usize) -> (Decoded, bool) {
    let codec = Codec::LzmaAlone;
    let out = Output::new(codec, size_max);
    let Some(header) = AloneHeader::read(input) else {
        let short = input.len() < ALONE_HEADER_BYTES;
        let error = if short { out.truncated() } else { out.damaged("not the properties of LZMA") };
        return (out.finish(0, Some(error)), false);
    };
    let body = input.get(ALONE_HEADER_BYTES..).unwrap_or_default();
    let (mut decoded, mut clean) = raw_strict(codec, body, header.props, header.size, size_max);
    let early = matches!(decoded.error, Some(CodecError::Damaged { .. }))
        && header.size.is_some()
        && !decoded.bytes.is_empty();
    if early {
        // Some writers put a size that is too large and an end marker.
        let marked = raw(codec, body, header.props, None, size_max);
        if marked.error.is_none() {
            decoded = marked;
            clean = true;
        }
    }
    decoded.used += ALONE_HEADER_BYTES;
    (decoded, clean)
}

/// One lzip member (lzip manual, "File format").
pub(crate) fn lzip(input: &[u8], size_max: usize) -> Decoded {
    const HEADER: usize = 6;
    const TRAILER: usize = 20;
    let codec = Codec::Lzip;
    let out = Output::new(codec, size_max);
    let bin = Bin::le(input);
    let (true, Ok(coded)) = (bin.has(0, b"LZIP\x01"), bin.u8(5)) else {
        let short =
            input.len() < HEADER && b"LZIP\x01".starts_with(input.get(..5).unwrap_or(input));
        let error = if short { out.truncated() } else { out.damaged("not a header of lzip 1") };
        return out.finish(0, Some(error));
    };
    let power = u32::from(coded & 0x1f);
    if !(12..=29).contains(&power) {
        let error = out.damaged("the dictionary size is out of range");
        return out.finish(0, Some(error));
    }
    let base = 1_u32 << power;
    let dict_size = base - (base / 16) * u32::from(coded >> 5);
    let props = LzmaProps { lc: 3, lp: 0, pb: 2, dict_size };
    let mut decoded = raw(codec, bin.tail(HEADER), props, None, size_max);
    decoded.used += HEADER;
    if decoded.error.is_some() {
        return decoded;
    }
    let at = decoded.used;
    let (Ok(crc), Ok(size), Ok(member)) = (bin.u32(at), bin.size64(at + 4), bin.size64(at + 12))
    else {
        decoded.used = input.len();
        decoded.error = Some(out.truncated());
        return decoded;
    };
    decoded.used += TRAILER;
    if crc != crc32(&decoded.bytes) || size != decoded.bytes.len() || member != decoded.used {
        decoded.error = Some(out.damaged("the checksum or a size in the trailer is wrong"));
    }
    decoded
}

/// One XZ stream (xz-file-format 1.2.0), with all its blocks.
pub(crate) fn xz(input: &[u8], size_max: usize) -> Decoded {
    let mut out = Output::new(Codec::Xz, size_max);
    let mut rest = input;
    // The dictionary grows with the output, so it needs no limit of its own.
    let mut reader = lzma_rust2::XzReader::new(&mut rest, false);
    let error = drain(&mut reader, &mut out);
    drop(reader);
    if error.is_some() && !matches!(error, Some(CodecError::TooLarge { .. })) {
        salvage_xz(input, &mut out);
    }
    out.finish(input.len() - rest.len(), error)
}

/// The reader wants whole chunks and drops what it decoded in the call that fails; the push decoder
/// gives every byte up to the damage.
fn salvage_xz(input: &[u8], out: &mut Output) {
    let mut decoder = lzma_rust2::XzStream::new(false);
    let mut scratch = vec![0; STEP_BYTES];
    let mut kept = out.bytes.len() as u64;
    let mut at = 0;
    loop {
        let before = decoder.total_out();
        let rest = input.get(at..).unwrap_or_default();
        let result = decoder.process(rest, &mut scratch, lzma_rust2::Action::Run);
        let produced = decoder.total_out() - before;
        // What the reader gave already is skipped.
        let skip = kept.min(produced);
        kept -= skip;
        let (from, to) = (skip as usize, (produced as usize).min(scratch.len()));
        let full = out.extend(scratch.get(from..to).unwrap_or_default()).is_err();
        match result {
            Ok(step) if !full && step.bytes_consumed + step.bytes_produced > 0 => {
                at += step.bytes_consumed;
            }
            _ => return,
        }
    }
}
