//! LZNT1, by which NTFS compresses files in units of clusters.

use bytes::Bytes;
use duecare_base::Bin;
use duecare_filesystems::tree::{Content, Extent, Trouble};
use duecare_unpack::Budget;

/// A chunk's size, decoded, in bytes.
const CHUNK_BYTES: usize = 4096;

/// A piece of an extent inside one unit.
type Pieces = Vec<Extent>;

/// Reads a compressed file: units that end in a hole are compressed, whole ones are not.
pub(super) fn read(
    input: &Bytes,
    extents: &[Extent],
    unit: usize,
    size: u64,
    budget: &Budget,
) -> Content {
    let Ok(size) = usize::try_from(size) else {
        return Trouble::unsupported("the file is larger than memory can be").into();
    };
    if let Err(limit) = budget.take_memory(size) {
        return Trouble::from(limit).into();
    }
    let mut out = Vec::with_capacity(size);
    let mut rest = extents.iter().copied();
    let mut open: Option<Extent> = None;
    while out.len() < size {
        let pieces = next_unit(&mut rest, &mut open, unit);
        let wanted = unit.min(size - out.len());
        if let Err(trouble) = add(input, &pieces, wanted, &mut out) {
            return Content { bytes: out.into(), trouble: Some(trouble) };
        }
    }
    Bytes::from(out).into()
}

/// The pieces of the next unit.
fn next_unit(
    rest: &mut impl Iterator<Item = Extent>,
    open: &mut Option<Extent>,
    unit: usize,
) -> Pieces {
    let mut pieces = Vec::new();
    let mut left = unit;
    while left > 0 {
        let Some(extent) = open.take().or_else(|| rest.next()) else { break };
        let len = extent.len.min(left);
        pieces.push(Extent { len, ..extent });
        left -= len;
        if extent.len > len {
            let offset = extent.offset.map(|at| at.saturating_add(len));
            *open = Some(Extent { offset, len: extent.len - len });
        }
    }
    pieces
}

fn add(input: &Bytes, pieces: &[Extent], wanted: usize, out: &mut Vec<u8>) -> Result<(), Trouble> {
    let begin = out.len();
    let mut stored = Vec::new();
    for piece in pieces {
        if let Some(at) = piece.offset {
            stored.extend_from_slice(Bin::le(input).slice(at, piece.len)?);
        }
    }
    let compressed = pieces.iter().any(|piece| piece.offset.is_none());
    let at = pieces.first().and_then(|piece| piece.offset).unwrap_or(0);
    if stored.is_empty() {
        out.resize(begin + wanted, 0);
    } else if compressed {
        let end = begin + wanted;
        lznt1(&stored, end, out).ok_or_else(|| Trouble::damaged(at, "LZNT1 data are damaged"))?;
        out.resize(end, 0);
    } else {
        out.extend_from_slice(stored.get(..wanted).unwrap_or(&stored));
        out.resize(begin + wanted, 0);
    }
    Ok(())
}

/// Decodes chunks until the output has `end` bytes or the input says so.
fn lznt1(input: &[u8], end: usize, out: &mut Vec<u8>) -> Option<()> {
    let bin = Bin::le(input);
    let mut at = 0;
    while out.len() < end {
        let Ok(header) = bin.u16(at) else { return Some(()) };
        if header == 0 {
            return Some(());
        }
        let len = usize::from(header & 0xfff) + 1;
        let chunk = input.get(at + 2..)?;
        let chunk = chunk.get(..len).unwrap_or(chunk);
        let begin = out.len();
        if header & 0x8000 == 0 {
            out.extend_from_slice(chunk);
        } else {
            decode_chunk(chunk, begin, out)?;
        }
        at += 2 + len;
        // A chunk that fell short is filled with zeros, except the last one.
        if out.len() < end && out.len() < begin + CHUNK_BYTES {
            out.resize((begin + CHUNK_BYTES).min(end), 0);
        }
    }
    out.truncate(end);
    Some(())
}

fn decode_chunk(chunk: &[u8], begin: usize, out: &mut Vec<u8>) -> Option<()> {
    let mut at = 0;
    while let Some(flags) = chunk.get(at) {
        at += 1;
        for bit in 0..8 {
            if at >= chunk.len() || out.len() - begin >= CHUNK_BYTES {
                return Some(());
            }
            if flags >> bit & 1 == 0 {
                out.push(*chunk.get(at)?);
                at += 1;
                continue;
            }
            let pair = u16::from_le_bytes([*chunk.get(at)?, *chunk.get(at + 1)?]);
            at += 2;
            // The further in the chunk, the more bits the distance has.
            let position = out.len() - begin;
            let mut length_bits = 12;
            while length_bits > 4 && position.saturating_sub(1) >> (16 - length_bits) > 0 {
                length_bits -= 1;
            }
            let length = usize::from(pair & ((1 << length_bits) - 1)) + 3;
            let distance = usize::from(pair >> length_bits) + 1;
            let from = out.len().checked_sub(distance).filter(|from| *from >= begin)?;
            for step in 0..length.min(CHUNK_BYTES - position) {
                let byte = *out.get(from + step)?;
                out.push(byte);
            }
        }
    }
    Some(())
}
