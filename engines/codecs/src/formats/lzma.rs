//! LZMA with its 13-byte header, which has no magic: told by plausible properties and by decoding.

use super::layer;
use crate::lzma::{ALONE_HEADER_BYTES, AloneHeader, alone_strict};
use crate::{Codec, CodecError, content_max, lzma};
use duecare_unpack::{Bytes, Context, Format, Found, Signature};

pub(super) struct Lzma;

/// How much of the content is decoded to see whether it makes sense.
const PROBE_BYTES: usize = 4096;

/// Largest content size that a header may claim: no device holds more.
const CONTENT_BYTES_MAX: u64 = 4 << 30;

/// So much decoded content is no accident, even when it ends in damage.
const PREFIX_BYTES_MIN: usize = 64 * 1024;

/// Content this small that ends without an end marker proves little.
const SMALL_BYTES: usize = 16 * 1024;

/// Properties that encoders of firmware use, with the two zero bytes of a dictionary of 64 KiB or a
/// multiple of it: lc/lp/pb 3/0/2 (the default), and those of vendors who tuned them.
const SIGNATURES: &[Signature] = &[
    Signature::anywhere(&[0x5d, 0, 0]),
    Signature::anywhere(&[0x5a, 0, 0]),
    Signature::anywhere(&[0x5b, 0, 0]),
    Signature::anywhere(&[0x5c, 0, 0]),
    Signature::anywhere(&[0x5e, 0, 0]),
    Signature::anywhere(&[0x63, 0, 0]),
    Signature::anywhere(&[0x64, 0, 0]),
    Signature::anywhere(&[0x65, 0, 0]),
    Signature::anywhere(&[0x66, 0, 0]),
    Signature::anywhere(&[0x6c, 0, 0]),
    Signature::anywhere(&[0x6d, 0, 0]),
    Signature::anywhere(&[0x6e, 0, 0]),
    Signature::start(&[0x5d, 0]),
];

impl Format for Lzma {
    fn name(&self) -> &'static str {
        "lzma"
    }

    fn signatures(&self) -> &'static [Signature] {
        SIGNATURES
    }

    fn read(&self, input: &Bytes, context: &Context<'_>) -> Option<Found> {
        let header = AloneHeader::read(input).filter(plausible)?;
        let body = input.get(ALONE_HEADER_BYTES..)?;
        // The first byte of the range coder is always zero.
        if body.first() != Some(&0) {
            return None;
        }
        let probe = lzma::raw(Codec::LzmaAlone, body, header.props, header.size, PROBE_BYTES);
        if matches!(probe.error, Some(CodecError::Damaged { .. })) {
            return None;
        }
        let memory = context.budget.memory_left();
        let size_max = content_max(Codec::LzmaAlone, input, memory);
        let (decoded, clean) = alone_strict(input, size_max);
        let size = decoded.bytes.len();
        let accept = match &decoded.error {
            None => clean || size >= SMALL_BYTES,
            Some(CodecError::TooLarge { .. }) => true,
            Some(CodecError::Truncated { .. }) => size >= PROBE_BYTES,
            Some(CodecError::Damaged { .. }) => size >= PREFIX_BYTES_MIN,
        };
        if !accept || size == 0 || all_one_byte(&decoded.bytes) {
            // Out of work: the scanner says so at its next attempt.
            let _ = context.budget.take_work(size);
            return None;
        }
        let props = header.props;
        let mut found = layer(decoded, 1, "decoded", context);
        found.fact("properties", format!("lc={} lp={} pb={}", props.lc, props.lp, props.pb));
        found.fact("dictionary", duecare_base::text::size(u64::from(props.dict_size)));
        if header.size.is_none() {
            found.fact("size in header", "none");
        }
        Some(found)
    }
}

/// A dictionary as encoders make them, and a size that a device can hold.
fn plausible(header: &AloneHeader) -> bool {
    let dict = header.props.dict_size;
    // 2^n or 2^n + 2^(n-1), 4 KiB to 512 MiB; or "any".
    let low = dict & dict.wrapping_neg();
    let usual = dict == low || dict == low.wrapping_mul(3);
    let usual = usual && (4096..=512 << 20).contains(&dict);
    (usual || dict == u32::MAX)
        && header.size.is_none_or(|size| size > 0 && size <= CONTENT_BYTES_MAX)
}

/// Noise made of zeros decodes to more of them.
fn all_one_byte(bytes: &[u8]) -> bool {
    bytes.first().is_some_and(|first| bytes.iter().all(|byte| byte == first))
}
