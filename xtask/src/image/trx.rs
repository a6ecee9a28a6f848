//! A TRX header, as Broadcom's boot loader and OpenWrt's `trx` tool write it (version 1).

use anyhow::{Context as _, Result};

/// Header size in bytes: magic, length, checksum, flags and version, three offsets.
const HEADER_BYTES: usize = 28;

/// Alignment of the parts, in bytes: an erase block.
const BLOCK_BYTES: usize = 64 * 1024;

/// A TRX of the parts, each at the start of an erase block but the first.
pub(super) fn pack(parts: &[Vec<u8>]) -> Result<Vec<u8>> {
    let mut body = vec![0_u8; HEADER_BYTES];
    let mut offsets = [0_u32; 3];
    for (part, offset) in parts.iter().zip(&mut offsets) {
        if body.len() > HEADER_BYTES {
            body.resize(body.len().next_multiple_of(BLOCK_BYTES), 0);
        }
        *offset = u32::try_from(body.len()).context("a TRX has 32-bit offsets")?;
        body.extend(part);
    }
    body.resize(body.len().next_multiple_of(BLOCK_BYTES), 0);
    let length = u32::try_from(body.len()).context("a TRX has 32-bit lengths")?;
    let mut tail = Vec::new();
    // No flags, version 1.
    tail.extend((1_u32 << 16).to_le_bytes());
    tail.extend(offsets.iter().flat_map(|offset| offset.to_le_bytes()));
    let content = body.split_off(HEADER_BYTES);
    tail.extend(content);
    let mut out = b"HDR0".to_vec();
    out.extend(length.to_le_bytes());
    out.extend((!crc32fast::hash(&tail)).to_le_bytes());
    out.extend(tail);
    Ok(out)
}
