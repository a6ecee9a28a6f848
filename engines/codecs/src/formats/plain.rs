//! Streams whose header says nothing but how to decode them.

use super::{decode, layer};
use crate::Codec;
use crate::deflate::crc32;
use crate::{lz4, lzw, zstd};
use duecare_base::Bin;
use duecare_unpack::{Bytes, Context, Format, Found, Signature};

/// How sure the header makes one.
enum Header {
    /// It is not this format.
    No,
    /// The content must decode.
    Maybe,
    /// It proves itself, by a checksum or a long magic.
    Sure,
}

struct Plain {
    codec: Codec,
    signatures: &'static [Signature],
    header: fn(&[u8]) -> Header,
}

const XZ_MAGIC: &[u8] = b"\xfd7zXZ\0";

pub(super) fn formats() -> Vec<Box<dyn Format>> {
    let plain = |codec, signatures, header| -> Box<dyn Format> {
        Box::new(Plain { codec, signatures, header })
    };
    vec![
        plain(Codec::Xz, const { &[Signature::anywhere(XZ_MAGIC)] }, xz),
        plain(Codec::Bzip2, const { &[Signature::anywhere(b"BZh")] }, bzip2),
        plain(Codec::Lzip, const { &[Signature::anywhere(b"LZIP\x01")] }, lzip),
        plain(Codec::Zstd, ZSTD, zstd_frame),
        plain(Codec::Lz4Frame, const { &[Signature::anywhere(lz4::FRAME_MAGIC)] }, lz4_frame),
        plain(Codec::Lz4Legacy, const { &[Signature::anywhere(lz4::LEGACY_MAGIC)] }, |_| {
            Header::Maybe
        }),
        plain(Codec::Compress, const { &[Signature::start(lzw::MAGIC)] }, compress),
    ]
}

/// A skippable frame can't be told from noise in the middle of something.
const ZSTD: &[Signature] = &[
    Signature::anywhere(zstd::MAGIC),
    Signature::start(&[0x50, 0x2a, 0x4d, 0x18]),
    Signature::start(&[0x5d, 0x2a, 0x4d, 0x18]),
];

impl Format for Plain {
    fn name(&self) -> &'static str {
        self.codec.label()
    }

    fn signatures(&self) -> &'static [Signature] {
        self.signatures
    }

    fn read(&self, input: &Bytes, context: &Context<'_>) -> Option<Found> {
        let sure = match (self.header)(input) {
            Header::No => return None,
            Header::Maybe => false,
            Header::Sure => true,
        };
        // Four bytes of magic at the very start are no accident.
        let long = self
            .signatures
            .iter()
            .any(|signature| signature.magic.len() >= 4 && input.starts_with(signature.magic));
        let sure = sure || (context.at_start && long);
        let (decoded, count) = decode(self.codec, input, context, sure)?;
        // A stream of a few bytes that holds nothing is noise, whatever its header says.
        if decoded.bytes.is_empty() && !(sure && context.at_start) {
            return None;
        }
        Some(layer(decoded, count, "decoded", context))
    }
}

fn when(holds: bool, header: Header) -> Header {
    if holds { header } else { Header::No }
}

/// The stream flags and their CRC-32 (xz-file-format 1.2.0, section 2.1.1).
fn xz(input: &[u8]) -> Header {
    let bin = Bin::le(input);
    let (Ok(flags), Ok(sum)) = (bin.slice(6, 2), bin.u32(8)) else { return Header::No };
    when(crc32(flags) == sum, Header::Sure)
}

/// A level, then the magic of a block or of the end.
fn bzip2(input: &[u8]) -> Header {
    let level = input.get(3).is_some_and(|level| (b'1'..=b'9').contains(level));
    let next = input.get(4..10);
    let block = next == Some(b"1AY&SY") || next == Some(b"\x17rE8P\x90");
    when(level && block, Header::Sure)
}

fn lzip(input: &[u8]) -> Header {
    let dictionary = input.get(5).is_some_and(|coded| (12..=29).contains(&(coded & 0x1f)));
    when(dictionary, Header::Maybe)
}

/// The reserved bit of the frame header descriptor is zero (RFC 8878, section 3.1.1.1.1).
fn zstd_frame(input: &[u8]) -> Header {
    if let Some(size) = zstd::skippable(input) {
        let next = input.get(size..).unwrap_or_default();
        return when(next.starts_with(zstd::MAGIC), Header::Maybe);
    }
    when(input.get(4).is_some_and(|flags| flags & 8 == 0), Header::Maybe)
}

fn lz4_frame(input: &[u8]) -> Header {
    when(lz4::FrameHeader::read(input).is_some(), Header::Sure)
}

/// Codes of 9 to 16 bits and no reserved flag; the first code is a byte.
fn compress(input: &[u8]) -> Header {
    let Some([_, _, flags, low, high]) = input.first_chunk::<5>() else { return Header::No };
    let first = u16::from_le_bytes([*low, *high]) & 0x1ff;
    when((9..=16).contains(&(flags & 0x1f)) && flags & 0x60 == 0 && first < 256, Header::Maybe)
}
