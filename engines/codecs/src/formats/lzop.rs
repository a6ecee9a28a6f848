//! lzop files.

use super::{decode, layer, part_name, utc};
use crate::Codec;
use crate::lzo::{LZOP_MAGIC, LzopHeader};
use duecare_unpack::{Bytes, Context, Format, Found, ProblemKind, Signature};

pub(super) struct Lzop;

impl Format for Lzop {
    fn name(&self) -> &'static str {
        "lzop"
    }

    fn signatures(&self) -> &'static [Signature] {
        const { &[Signature::anywhere(LZOP_MAGIC)] }
    }

    fn read(&self, input: &Bytes, context: &Context<'_>) -> Option<Found> {
        let header = LzopHeader::read(input)?;
        let (decoded, count) = decode(Codec::Lzop, input, context, true)?;
        let mut found = layer(decoded, count, &part_name(Some(&header.name)), context);
        if !header.name.is_empty() {
            found.fact("name", &header.name);
        }
        if header.mtime != 0 {
            found.fact("modified", utc(header.mtime));
        }
        if !header.sound {
            found.problem(ProblemKind::Odd, Some(0), "the checksum of the header is wrong");
        }
        Some(found)
    }
}
