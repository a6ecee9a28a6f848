//! Android's sparse images (`system/core/libsparse/sparse_format.h`): chunks of raw bytes, fills
//! and holes.

use crate::kit::{self, container};
use bytes::Bytes;
use duecare_base::Bin;
use duecare_unpack::{Context, Found, ProblemKind, Signature};

/// Chunks in one image.
const CHUNKS_MAX: u32 = 1 << 20;

container!(
    /// Sparse image.
    Sparse,
    "android-sparse",
    [Signature::anywhere(b"\x3a\xff\x26\xed\x01\x00")],
    read
);

fn read(input: &Bytes, context: &Context<'_>) -> Option<Found> {
    let bin = Bin::le(input);
    let (header, chunk_header) = (usize::from(bin.u16(8).ok()?), usize::from(bin.u16(10).ok()?));
    let block = bin.size32(12).ok()?;
    let (blocks, chunks) = (bin.size32(16).ok()?, bin.u32(20).ok()?);
    if header < 28 || chunk_header < 12 || block == 0 || block % 4 != 0 || chunks > CHUNKS_MAX {
        return None;
    }
    let size = block.checked_mul(blocks)?;
    let mut found = Found::new(0);
    found.fact("block-size", block);
    found.fact("blocks", blocks);
    found.fact("chunks", chunks);
    let fits = context.budget.take_memory(size);
    if let Err(limit) = &fits {
        found.problem(ProblemKind::Limit, None, limit);
    }
    let keep = if fits.is_ok() { size } else { 0 };
    let mut out: Vec<u8> = Vec::new();
    let mut at = header;
    for index in 0..chunks {
        let Ok(total) = bin.size32(at + 8) else {
            found.problem(ProblemKind::Truncated, Some(at.min(input.len())), "chunks are missing");
            break;
        };
        let (kind, count) = (bin.u16(at).unwrap_or(0), bin.size32(at + 4).unwrap_or(0));
        let begin = at.saturating_add(chunk_header);
        let end = at.saturating_add(total);
        let wanted = out.len().saturating_add(count.saturating_mul(block));
        if end < begin || (wanted > keep && keep > 0) {
            found.problem(ProblemKind::Damaged, Some(at), format!("chunk {index} is too large"));
            break;
        }
        let data = input.get(begin..end.min(input.len())).unwrap_or_default();
        if end > input.len() {
            found.problem(ProblemKind::Truncated, Some(begin), "a chunk is cut off");
        }
        match kind {
            0xcac1 if keep > 0 => {
                out.extend_from_slice(data.get(..wanted - out.len()).unwrap_or(data));
            }
            0xcac2 if keep > 0 => {
                let fill = data.get(..4).unwrap_or(&[0; 4]);
                let left = wanted - out.len();
                out.extend(fill.iter().copied().cycle().take(left));
            }
            0xcac1..=0xcac4 => {}
            _ => {
                found.problem(ProblemKind::Damaged, Some(at), "a chunk of an unknown type");
                break;
            }
        }
        // Holes, and what was cut, read as zeros; a checksum chunk has no blocks.
        if kind != 0xcac4 && keep > 0 {
            out.resize(wanted, 0);
        }
        at = end;
    }
    found.size = at.min(input.len());
    if keep > 0 {
        found.decoded("image", out, 0, found.size);
    } else {
        let rest = found.size;
        kit::rest(&mut found, input, "chunks", header, rest);
    }
    Some(found)
}
