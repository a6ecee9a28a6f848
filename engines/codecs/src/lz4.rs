//! LZ4 blocks, frames and the legacy frames of Linux kernels.

use crate::output::Output;
use crate::{Codec, CodecError, Decoded};
use duecare_base::Bin;
use std::hash::Hasher as _;

/// First bytes of a frame.
pub(crate) const FRAME_MAGIC: &[u8] = &[0x04, 0x22, 0x4d, 0x18];

/// First bytes of a legacy frame.
pub(crate) const LEGACY_MAGIC: &[u8] = &[0x02, 0x21, 0x4c, 0x18];

/// What a block of a legacy frame unpacks to, save the last.
const LEGACY_BLOCK_BYTES: usize = 8 * 1024 * 1024;

/// How far a match reaches back.
const REACH_BYTES: usize = 64 * 1024;

/// LZ4 can't unpack to more than so many times its size: a length byte stands for 255 bytes.
const RATIO_MAX: usize = 255;

/// A block without a frame: all of `input`, or an error.
pub(crate) fn block(input: &[u8], size_max: usize) -> Result<Vec<u8>, CodecError> {
    let bound = size_max.min(input.len().saturating_mul(RATIO_MAX).saturating_add(64));
    let mut bytes = vec![0; bound];
    match lz4_flex::block::decompress_into(input, &mut bytes) {
        Ok(size) => {
            bytes.truncate(size);
            bytes.shrink_to_fit();
            Ok(bytes)
        }
        // The slow way says what is wrong, and where a block only has padding behind it.
        Err(_) => {
            let mut out = Output::new(Codec::Lz4Block, size_max);
            block_into(input, &mut out, 0)?;
            Ok(out.bytes)
        }
    }
}

/// As [`block`], with the decoded prefix of a damaged block.
pub(crate) fn block_stream(input: &[u8], size_max: usize) -> Decoded {
    match block(input, size_max) {
        Ok(bytes) => Decoded { bytes, used: input.len(), error: None },
        Err(error) => {
            let mut out = Output::new(Codec::Lz4Block, size_max);
            let rest = block_into(input, &mut out, 0);
            out.finish(input.len(), Some(rest.err().unwrap_or(error)))
        }
    }
}

/// Decodes a block behind what is there (lz4 block format); matches reach back to `floor` at most.
/// The straightforward way, which keeps everything up to the damage.
fn block_into(input: &[u8], out: &mut Output, floor: usize) -> Result<(), CodecError> {
    let mut at = 0;
    while let Some(token) = input.get(at) {
        at += 1;
        let literals = length(input, &mut at, token >> 4, out)?;
        let rest = input.get(at..).unwrap_or_default();
        let taken = rest.get(..literals).unwrap_or(rest);
        out.extend(taken)?;
        at += taken.len();
        if taken.len() < literals {
            return Err(out.truncated());
        }
        if at == input.len() {
            return Ok(());
        }
        let distance = usize::from(Bin::le(input).u16(at).map_err(|_| out.truncated())?);
        at += 2;
        let length = length(input, &mut at, token & 15, out)?.saturating_add(4);
        if distance > out.bytes.len().saturating_sub(floor) {
            return Err(out.damaged("a match reaches back before the start"));
        }
        out.repeat(distance, length)?;
    }
    Err(out.truncated())
}

fn length(input: &[u8], at: &mut usize, nibble: u8, out: &Output) -> Result<usize, CodecError> {
    let mut length = usize::from(nibble);
    if nibble == 15 {
        loop {
            let more = input.get(*at).ok_or_else(|| out.truncated())?;
            *at += 1;
            length = length.saturating_add(usize::from(*more));
            if *more != 255 {
                break;
            }
        }
    }
    Ok(length)
}

/// The header of a frame (lz4 frame format 1.6.4).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct FrameHeader {
    /// Size in bytes.
    pub(crate) size: usize,
    flags: u8,
    block_bytes_max: usize,
}

impl FrameHeader {
    /// Reads a header; `None` when it is none, its checksum is wrong or it is cut off.
    pub(crate) fn read(input: &[u8]) -> Option<Self> {
        let bin = Bin::le(input);
        let flags = bin.u8(4).ok()?;
        let blocks = bin.u8(5).ok()?;
        if !bin.has(0, FRAME_MAGIC) || flags >> 6 != 1 || flags & 2 != 0 || blocks & 0x8f != 0 {
            return None;
        }
        let block_bytes_max = match blocks >> 4 {
            4 => 64 << 10,
            5 => 256 << 10,
            6 => 1 << 20,
            7 => 4 << 20,
            _ => return None,
        };
        let size = 6 + if flags & 8 != 0 { 8 } else { 0 } + if flags & 1 != 0 { 4 } else { 0 };
        let described = bin.slice(4, size - 4).ok()?;
        let sum = bin.u8(size).ok()?;
        // Bits 8 to 15 of the hash.
        (sum == (xxh32(described) >> 8) as u8).then_some(Self {
            size: size + 1,
            flags,
            block_bytes_max,
        })
    }
}

fn xxh32(bytes: &[u8]) -> u32 {
    twox_hash::XxHash32::oneshot(0, bytes)
}

/// One frame.
pub(crate) fn frame(input: &[u8], size_max: usize) -> Decoded {
    let mut out = Output::new(Codec::Lz4Frame, size_max);
    let Some(header) = FrameHeader::read(input) else {
        let cut = input.len() < 7 && FRAME_MAGIC.starts_with(input.get(..4).unwrap_or(input));
        let error = if cut { out.truncated() } else { out.damaged("not a header of an LZ4 frame") };
        return out.finish(0, Some(error));
    };
    let mut at = header.size;
    let error = frame_blocks(input, header, &mut at, &mut out).err();
    out.finish(at.min(input.len()), error)
}

fn frame_blocks(
    input: &[u8],
    header: FrameHeader,
    at: &mut usize,
    out: &mut Output,
) -> Result<(), CodecError> {
    let bin = Bin::le(input);
    let (linked, summed) = (header.flags & 0x20 == 0, header.flags & 0x10 != 0);
    let mut scratch = vec![0; header.block_bytes_max];
    let mut hasher = twox_hash::XxHash32::with_seed(0);
    loop {
        let word = bin.u32(*at).map_err(|_| out.truncated())?;
        *at += 4;
        if word == 0 {
            break;
        }
        let size = (word & 0x7fff_ffff) as usize;
        if size > header.block_bytes_max {
            return Err(out.damaged("a block is larger than the frame allows"));
        }
        let rest = bin.tail(*at);
        let body = rest.get(..size).unwrap_or(rest);
        *at += body.len();
        let begin = out.bytes.len();
        let result = if word >> 31 == 1 {
            out.extend(body)
        } else {
            let floor = if linked { begin.saturating_sub(REACH_BYTES) } else { begin };
            packed_block(body, &mut scratch, floor, out)
        };
        if body.len() < size {
            return Err(out.truncated());
        }
        result?;
        hasher.write(out.bytes.get(begin..).unwrap_or_default());
        if summed {
            let sum = bin.u32(*at).map_err(|_| out.truncated())?;
            *at += 4;
            if sum != xxh32(body) {
                return Err(out.damaged("the checksum of a block is wrong"));
            }
        }
    }
    if header.flags & 4 != 0 {
        let sum = bin.u32(*at).map_err(|_| out.truncated())?;
        *at += 4;
        // The hasher of a 32-bit hash gives it as 64 bits.
        if u64::from(sum) != hasher.finish() {
            return Err(out.damaged("the checksum of the content is wrong"));
        }
    }
    Ok(())
}

fn packed_block(
    body: &[u8],
    scratch: &mut [u8],
    floor: usize,
    out: &mut Output,
) -> Result<(), CodecError> {
    let before = out.bytes.get(floor..).unwrap_or_default();
    match lz4_flex::block::decompress_into_with_dict(body, scratch, before) {
        Ok(size) => out.extend(scratch.get(..size).unwrap_or_default()),
        Err(_) => block_into(body, out, floor),
    }
}

/// A legacy frame: blocks until something that is no block.
pub(crate) fn legacy(input: &[u8], size_max: usize) -> Decoded {
    let mut out = Output::new(Codec::Lz4Legacy, size_max);
    if !input.starts_with(LEGACY_MAGIC) {
        let error = out.damaged("not a legacy LZ4 frame");
        return out.finish(0, Some(error));
    }
    let mut at = LEGACY_MAGIC.len();
    let error = legacy_blocks(input, &mut at, &mut out).err();
    if out.bytes.is_empty() && error.is_none() {
        let error = out.truncated();
        return out.finish(at, Some(error));
    }
    out.finish(at, error)
}

fn legacy_blocks(input: &[u8], at: &mut usize, out: &mut Output) -> Result<(), CodecError> {
    /// What a block that does not compress takes (`LZ4_compressBound`).
    const PACKED_BYTES_MAX: usize = LEGACY_BLOCK_BYTES + LEGACY_BLOCK_BYTES / 255 + 16;
    let bin = Bin::le(input);
    let mut scratch = Vec::new();
    while let Ok(size) = bin.size32(*at) {
        // Files may be joined: a magic between blocks is skipped, as the kernel does.
        if bin.has(*at, LEGACY_MAGIC) {
            *at += 4;
            continue;
        }
        if size == 0 || size > PACKED_BYTES_MAX {
            break;
        }
        let rest = bin.tail(*at + 4);
        let body = rest.get(..size).unwrap_or(rest);
        let begin = out.bytes.len();
        let bound = LEGACY_BLOCK_BYTES.min(body.len().saturating_mul(RATIO_MAX));
        scratch.resize(bound.max(scratch.len()), 0);
        let whole = lz4_flex::block::decompress_into(body, &mut scratch);
        match whole {
            Ok(decoded) if body.len() == size => {
                out.extend(scratch.get(..decoded).unwrap_or_default())?;
                *at += 4 + size;
            }
            // The kernel's build puts the unpacked size behind the last block: not a block.
            _ if begin > 0 && !begin.is_multiple_of(LEGACY_BLOCK_BYTES) => break,
            _ => {
                let result = block_into(body, out, begin);
                *at = (*at + 4 + body.len()).min(input.len());
                return if body.len() < size { Err(out.truncated()) } else { result };
            }
        }
        if out.bytes.len() - begin < LEGACY_BLOCK_BYTES && !bin.has(*at, LEGACY_MAGIC) {
            break;
        }
    }
    Ok(())
}
