//! D-Link's `SHRS` images (DIR-878, DIR-882, DIR-867, DIR-2660 and others): AES-128-CBC.

use crate::{crypt, kit, kit::container};
use bytes::Bytes;
use duecare_base::Bin;
use duecare_unpack::{Context, Found, Signature};

/// Where the encrypted image begins.
const BODY: usize = 0x6dc;

/// The key, published by 0xricksanchez (github.com/0xricksanchez/dlink-decrypt, 2020), who took it
/// from `/bin/imgdecrypt` of an unencrypted release.
const KEY: [u8; 16] = [
    0xc0, 0x5f, 0xbf, 0x19, 0x36, 0xc9, 0x94, 0x29, 0xce, 0x2a, 0x07, 0x81, 0xf0, 0x8d, 0x6a, 0xd8,
];

container!(
    /// Encrypted D-Link image.
    Shrs,
    "dlink-shrs",
    [Signature::anywhere(b"SHRS")],
    read
);

fn read(input: &Bytes, context: &Context<'_>) -> Option<Found> {
    let bin = Bin::be(input);
    let (plain_size, size) = (bin.size32(4).ok()?, bin.size32(8).ok()?);
    let iv = bin.array::<16>(12).ok()?;
    // The plain size counts no padding; the two are a block or less apart, in either order.
    if size == 0 || size > 1 << 30 || plain_size.abs_diff(size) > 4096 {
        return None;
    }
    let mut found = Found::new(0);
    kit::declared(&mut found, input, BODY.checked_add(size)?);
    found.fact("cipher", "aes-128-cbc");
    found.fact("key", "published");
    let body = input.get(BODY..found.size).unwrap_or_default();
    let mut plain = crypt::Aes::new(&KEY)?.cbc(&iv, body);
    plain.truncate(plain_size);
    let from = (BODY.min(input.len()), body.len());
    kit::decoded(&mut found, context, "image", plain, from);
    Some(found)
}
