//! D-Link's `encrpted_img` (DIR-X1560 and others): UBI blocks behind AES-256-CBC.

use crate::{crypt, kit, kit::container};
use bytes::Bytes;
use duecare_base::Bin;
use duecare_unpack::{Context, Found, Signature};

/// Size of the header in bytes.
const HEADER: usize = 16;

/// Size of a UBI block, in bytes; the device restores the start of each.
const BLOCK: usize = 0x2_0000;

/// Key and initialisation vector, published by ONEKEY ("Extracting decryption keys for D-Link",
/// 2022).
const KEY: &[u8; 32] = b"he9-4+M!)d6=m~we1,q2a3d1n&2*Z^%8";
const IV: &[u8; 16] = b"J%1iQl8$=lm-;8AE";

/// What every UBI block begins with, and what the encryption spoils.
const UBI: &[u8; 16] = b"UBI#\x01\0\0\0\0\0\0\0\0\0\0\0";

container!(
    /// Encrypted D-Link UBI image.
    Encrpted,
    "dlink-encrpted",
    [Signature::anywhere(b"encrpted_img")],
    read
);

fn read(input: &Bytes, context: &Context<'_>) -> Option<Found> {
    let size = Bin::be(input).size32(12).ok()?;
    if size < 16 || (!context.at_start && size > input.len()) {
        return None;
    }
    let mut found = Found::new(0);
    // The size counts the header in some releases.
    let whole = if input.len() == size { size } else { HEADER.saturating_add(size) };
    kit::declared(&mut found, input, whole);
    found.fact("cipher", "aes-256-cbc");
    found.fact("key", "published");
    let body = input.get(HEADER..found.size).unwrap_or_default();
    let mut plain = crypt::Aes::new(KEY)?.cbc(IV, body);
    for block in plain.chunks_mut(BLOCK) {
        if let Some(start) = block.get_mut(..UBI.len()) {
            start.copy_from_slice(UBI);
        }
    }
    kit::decoded(&mut found, context, "ubi", plain, (HEADER, body.len()));
    Some(found)
}
