//! zlib streams (RFC 1950). Their two-byte header occurs by chance, so that in the middle of
//! something only a whole stream with the right checksum counts.

use super::layer;
use crate::{Codec, CodecError};
use duecare_unpack::{Bytes, Context, Format, Found, Signature};

pub(super) struct Zlib;

/// Smallest content of a stream in the middle of something, in bytes.
const INNER_BYTES_MIN: usize = 1024;

/// Smallest content of a stream at the start that is cut off, in bytes.
const PREFIX_BYTES_MIN: usize = 256;

impl Format for Zlib {
    fn name(&self) -> &'static str {
        "zlib"
    }

    fn signatures(&self) -> &'static [Signature] {
        const {
            &[
                Signature::anywhere(&[0x78, 0x9c]),
                Signature::anywhere(&[0x78, 0xda]),
                Signature::start(&[0x78, 0x01]),
                Signature::start(&[0x78, 0x5e]),
                Signature::start(&[0x58, 0x85]),
                Signature::start(&[0x68, 0x81]),
                Signature::start(&[0x48, 0x89]),
            ]
        }
    }

    fn read(&self, input: &Bytes, context: &Context<'_>) -> Option<Found> {
        let decoded = crate::stream(Codec::Zlib, input, context.budget.memory_left());
        let size = decoded.bytes.len();
        let accept = match &decoded.error {
            None | Some(CodecError::TooLarge { .. }) if context.at_start => size > 0,
            None | Some(CodecError::TooLarge { .. }) => size >= INNER_BYTES_MIN,
            Some(_) => context.at_start && size >= PREFIX_BYTES_MIN,
        };
        if !accept {
            // Out of work: the scanner says so at its next attempt.
            let _ = context.budget.take_work(size);
            return None;
        }
        Some(layer(decoded, 1, "decoded", context))
    }
}
