//! D-Link's `DLK` images: a signature block, then blocks that each have their own vector.

use super::mh01::PASSPHRASES;
use crate::{crypt, kit, kit::container};
use bytes::Bytes;
use duecare_base::Bin;
use duecare_unpack::{Context, Found, ProblemKind, Signature};

/// Size of each of the two headers in bytes.
const HEADER: usize = 0x50;

/// What a block has beyond its declared size: vector and padding, in bytes.
const BLOCK_EXTRA: usize = 0x20;

container!(
    /// D-Link image of encrypted blocks.
    Dlke,
    "dlink-dlke",
    [Signature::start(b"DLK")],
    read
);

fn read(input: &Bytes, context: &Context<'_>) -> Option<Found> {
    let bin = Bin::le(input);
    let signature = bin.size32(0x2c).ok()?;
    let second = HEADER.checked_add(signature)?;
    if !bin.has(second, b"DLK") {
        return None;
    }
    let block = bin.size32(second + 0x10).ok()?.checked_add(BLOCK_EXTRA)?;
    let size = bin.size32(second + 0x2c).ok()?;
    let body_at = second + HEADER;
    let mut found = Found::new(0);
    kit::declared(&mut found, input, body_at.checked_add(size)?);
    found.fact("signature", format!("{signature} bytes"));
    found.fact("cipher", "aes-256-cbc");
    let body = input.get(body_at..found.size).unwrap_or_default();
    for word in PASSPHRASES {
        if let Some(plain) = blocks(body, block, word.as_slice()) {
            found.fact("key", "published");
            kit::decoded(&mut found, context, "image", plain, (body_at, body.len()));
            return Some(found);
        }
    }
    found.fact("key", "none of the published ones");
    let message = "encrypted by D-Link with a key that was not published";
    found.problem(ProblemKind::Unsupported, Some(body_at), message);
    found.encrypted(input, "image", body_at, size.min(body.len()));
    Some(found)
}

fn blocks(body: &[u8], block: usize, key: &[u8]) -> Option<Vec<u8>> {
    let aes = crypt::Aes::new(key)?;
    let mut out = Vec::new();
    for chunk in body.chunks(block.max(BLOCK_EXTRA)) {
        let (iv, sealed) = chunk.split_at_checked(16)?;
        out.extend(crypt::unpad(aes.cbc(iv.try_into().ok()?, sealed))?);
    }
    (!out.is_empty()).then_some(out)
}
