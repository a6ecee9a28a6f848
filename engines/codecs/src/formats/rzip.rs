//! rzip and lrzip: long-range matches first, then another compression.
//!
//! Both keep a stream of instructions (copy so many literals, repeat so many bytes from so far back)
//! and a stream of literals, each in blocks that are compressed on their own.
//!
//! Source: lrzip's `doc/magic.header.txt` for lrzip 0.6; rzip 2 by samples. Left out: lrzip before
//! 0.6, and its blocks compressed by ZPAQ.

use super::{layer, raw_crc};
use crate::{Codec, CodecError, Decoded, LzmaProps, block, lzma_raw};
use duecare_base::Bin;
use duecare_unpack::{Bytes, Context, Format, Found, ProblemKind, Signature};

const RZIP_MAGIC: &[u8] = b"RZIP\x02";
const LRZIP_MAGIC: &[u8] = b"LRZI\x00";

/// Both headers' size in bytes.
const HEADER_BYTES: usize = 24;

/// Bytes of an instruction's length.
const LENGTH_BYTES: usize = 2;

/// An MD5 sum at the end of an lrzip file, in bytes.
const MD5_BYTES: usize = 16;

/// CRC-32's polynomial, reflected; rzip does not invert.
const POLYNOMIAL: u32 = 0xedb8_8320;

pub(super) struct Rzip;

impl Format for Rzip {
    fn name(&self) -> &'static str {
        "rzip"
    }

    fn signatures(&self) -> &'static [Signature] {
        const { &[Signature::start(RZIP_MAGIC), Signature::start(LRZIP_MAGIC)] }
    }

    fn read(&self, input: &Bytes, context: &Context<'_>) -> Option<Found> {
        let header = Header::read(Bin::le(input))?;
        if header.encrypted || !header.known {
            let mut found = Found::new(input.len());
            header.facts(&mut found);
            let what = if header.encrypted { "encrypted" } else { "an lrzip before 0.6" };
            found.problem(ProblemKind::Unsupported, None, what);
            return Some(found);
        }
        let mut unzip = Unzip {
            input,
            header: &header,
            out: Vec::new(),
            at: HEADER_BYTES,
            size_max: context.budget.memory_left(),
        };
        let error = unzip.chunks().err();
        let Unzip { out, at, .. } = unzip;
        let sum = if header.has_md5 && error.is_none() { MD5_BYTES } else { 0 };
        let used = if error.is_some() { input.len() } else { (at + sum).min(input.len()) };
        let mut found = layer(Decoded { bytes: out, used, error }, 1, "decoded", context);
        header.facts(&mut found);
        Some(found)
    }
}

struct Header {
    /// lrzip's minor version; rzip has none.
    lrzip: Option<u8>,
    /// Bytes of the content, 0 when the writer did not know.
    size: u64,
    lzma: LzmaProps,
    has_md5: bool,
    encrypted: bool,
    known: bool,
}

impl Header {
    fn read(bin: Bin<'_>) -> Option<Self> {
        let lzma = LzmaProps { lc: 3, lp: 0, pb: 2, dict_size: 0 };
        if bin.has(0, RZIP_MAGIC) {
            let size = u32::from_be_bytes(bin.array(6).ok()?);
            // The rest of the header is not used.
            let sane = bin.u8(5).ok()? <= 1 && bin.slice(14, 10).ok()?.iter().all(|b| *b == 0);
            let size = u64::from(size) | u64::from(u32::from_be_bytes(bin.array(10).ok()?)) << 32;
            return sane.then_some(Self {
                lrzip: None,
                size,
                lzma,
                has_md5: false,
                encrypted: false,
                known: true,
            });
        }
        let minor = bin.u8(5).ok()?;
        let properties = u32::from(bin.u8(16).ok()?);
        let lzma = LzmaProps {
            lc: properties % 9,
            lp: properties / 9 % 5,
            pb: properties / 45,
            dict_size: bin.u32(17).ok()?,
        };
        let (sum, encrypted) = (bin.u8(21).ok()?, bin.u8(22).ok()?);
        let sane = bin.has(0, LRZIP_MAGIC) && minor <= 20 && sum <= 1 && encrypted <= 1;
        sane.then_some(Self {
            lrzip: Some(minor),
            size: if encrypted == 1 { 0 } else { bin.u64(6).ok()? },
            lzma,
            has_md5: sum == 1,
            encrypted: encrypted == 1,
            known: minor == 6,
        })
    }

    fn facts(&self, found: &mut Found) {
        match self.lrzip {
            Some(minor) => found.fact("program", format!("lrzip 0.{minor}")),
            None => found.fact("program", "rzip 2"),
        }
    }
}

struct Unzip<'a> {
    input: &'a Bytes,
    header: &'a Header,
    out: Vec<u8>,
    /// Where the next chunk begins.
    at: usize,
    size_max: usize,
}

fn damaged(detail: impl Into<String>) -> CodecError {
    CodecError::Damaged { codec: "rzip", detail: detail.into() }
}

fn cut<E>(_: E) -> CodecError {
    CodecError::Truncated { codec: "rzip" }
}

impl Unzip<'_> {
    fn too_large(&self) -> CodecError {
        CodecError::TooLarge { codec: "rzip", size_max: self.size_max }
    }

    fn chunks(&mut self) -> Result<(), CodecError> {
        loop {
            let (before, at) = (self.out.len(), self.at);
            let last = self.chunk()?;
            let full = self.header.size > 0 && self.out.len() as u64 >= self.header.size;
            // Without a size, the chunk says that it is the last; rzip's empty file has none.
            if last || full || (self.header.lrzip.is_none() && self.header.size == 0) {
                return Ok(());
            }
            if self.out.len() == before || self.at <= at {
                return Err(damaged("a chunk is empty"));
            }
        }
    }

    /// Reads a chunk; whether it says that it is the last.
    fn chunk(&mut self) -> Result<bool, CodecError> {
        let bin = Bin::le(self.input);
        let (mut width, mut last) = (4, false);
        if self.header.lrzip.is_some() {
            width = usize::from(bin.u8(self.at).map_err(cut)?);
            last = bin.u8(self.at + 1).map_err(cut)? != 0;
            if !(1..=8).contains(&width) {
                return Err(damaged(format!("numbers of {width} bytes")));
            }
            self.at += 2 + width;
        }
        let begin = self.at;
        let mut end = begin + 2 * (1 + 3 * width);
        let steps = self.joined(begin, 0, width, &mut end)?;
        let literals = self.joined(begin, 1, width, &mut end)?;
        self.at = end;
        self.steps(&steps, &literals, width)?;
        Ok(last)
    }

    /// All blocks of a stream, unpacked, one after another. `end` is moved behind them.
    fn joined(
        &self,
        begin: usize,
        stream: usize,
        width: usize,
        end: &mut usize,
    ) -> Result<Vec<u8>, CodecError> {
        let bin = Bin::le(self.input);
        let head_bytes = 1 + 3 * width;
        let mut joined = Vec::new();
        let mut at = begin + stream * head_bytes;
        loop {
            let kind = bin.u8(at).map_err(cut)?;
            let number = |index| little(bin, at + 1 + index * width, width).ok_or_else(|| cut(()));
            let (packed_size, size, next) = (number(0)?, number(1)?, number(2)?);
            let packed = bin.slice(at + head_bytes, packed_size).map_err(cut)?;
            // Both streams are kept beside the content, and a block beside its stream.
            let room = self.size_max.saturating_sub(self.out.len()) / 3;
            if joined.len().saturating_add(size) > room {
                return Err(self.too_large());
            }
            let plain = self.unpacked(kind, packed, size)?;
            if plain.len() != size {
                return Err(damaged(format!("a block holds {} bytes, not {size}", plain.len())));
            }
            joined.extend_from_slice(&plain);
            *end = (*end).max(at + head_bytes + packed_size);
            if next == 0 {
                return Ok(joined);
            }
            let next = begin.saturating_add(next);
            // Blocks are written one after another, so that this ends.
            if next <= at {
                return Err(damaged("a block points backwards"));
            }
            at = next;
        }
    }

    fn unpacked(&self, kind: u8, packed: &[u8], size: usize) -> Result<Vec<u8>, CodecError> {
        match kind {
            3 => Ok(packed.to_vec()),
            4 => block(Codec::Bzip2, packed, size),
            5 => block(Codec::Lzo1x, packed, size),
            6 => {
                let decoded = lzma_raw(packed, self.header.lzma, Some(size as u64), size);
                decoded.error.map_or(Ok(decoded.bytes), Err)
            }
            7 => block(Codec::Zlib, packed, size),
            8 => Err(damaged("ZPAQ inside is not supported")),
            other => Err(damaged(format!("compression {other}"))),
        }
    }

    fn steps(&mut self, steps: &[u8], literals: &[u8], width: usize) -> Result<(), CodecError> {
        let begin = self.out.len();
        let steps = Bin::le(steps);
        let (mut at, mut literal) = (0, 0);
        loop {
            let kind = steps.u8(at).map_err(cut)?;
            let length = usize::from(steps.u16(at + 1).map_err(cut)?);
            at += 1 + LENGTH_BYTES;
            if kind == 0 && length == 0 {
                break;
            }
            let kept = self.out.len() + steps.bytes().len() + literals.len();
            if kept.saturating_add(length) > self.size_max {
                return Err(self.too_large());
            }
            if kind == 0 {
                let bytes = literals.get(literal..literal + length).ok_or_else(|| cut(()))?;
                self.out.extend_from_slice(bytes);
                literal += length;
                continue;
            }
            let back = little(steps, at, width).ok_or_else(|| cut(()))?;
            at += width;
            let from = self.out.len().checked_sub(back).filter(|_| back > 0 && length > 0);
            let from = from.ok_or_else(|| damaged("a match reaches back too far"))?;
            for index in from..from + length {
                // `index` is always behind what was written.
                self.out.extend(self.out.get(index).copied());
            }
        }
        let sum = steps.u32(at).map_err(cut)?;
        let chunk = self.out.get(begin..).unwrap_or_default();
        let seen = match self.header.lrzip {
            Some(_) => crate::deflate::crc32(chunk),
            None => raw_crc(POLYNOMIAL, 0, chunk),
        };
        // With an MD5 sum at the end, lrzip leaves this one alone.
        if !self.header.has_md5 && sum != seen {
            return Err(damaged("the checksum of a chunk is wrong"));
        }
        Ok(())
    }
}

/// A little-endian number of 1 to 8 bytes.
fn little(bin: Bin<'_>, at: usize, width: usize) -> Option<usize> {
    let bytes = bin.slice(at, width).ok()?;
    let number = bytes.iter().rev().fold(0_u64, |number, byte| number << 8 | u64::from(*byte));
    usize::try_from(number).ok()
}
