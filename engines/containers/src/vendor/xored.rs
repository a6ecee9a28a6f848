//! Images under a simple, published disguise: EnGenius (repeated XOR) and Autel (a table).

use crate::kit::{self, container};
use bytes::Bytes;
use duecare_base::Bin;
use duecare_unpack::{Context, Found, Signature};

/// EnGenius' XOR, from unblob's handler; zeros under it show it.
const ENGENIUS: [u8; 8] = [0xac, 0x78, 0x3c, 0x9e, 0xcf, 0x67, 0xb3, 0x59];

/// Where the model's length stands in EnGenius' header.
const MODEL: usize = 0x84;

/// Size of Autel's header in bytes.
const AUTEL_HEADER: usize = 32;

/// Autel's table, from the write-up by Sector 7 and unblob's handler: for each of 256 places what
/// is added and what is XORed.
#[rustfmt::skip]
const AUTEL: [u8; 512] = [
    54, 147, 96, 129, 59, 193, 191, 0, 45, 130, 96, 144, 27, 129, 152, 0,
    44, 180, 118, 141, 115, 129, 210, 0, 13, 164, 27, 133, 20, 192, 139, 0,
    28, 166, 17, 133, 19, 193, 224, 0, 20, 161, 145, 0, 14, 193, 12, 132,
    18, 161, 17, 140, 29, 192, 246, 0, 115, 178, 28, 132, 155, 0, 12, 132,
    31, 165, 20, 136, 27, 193, 142, 0, 96, 164, 18, 133, 145, 0, 23, 132,
    13, 165, 13, 148, 23, 193, 19, 132, 27, 178, 83, 137, 146, 0, 145, 0,
    18, 166, 96, 148, 13, 193, 159, 0, 96, 166, 20, 129, 20, 193, 27, 132,
    9, 160, 96, 148, 13, 192, 159, 0, 96, 180, 142, 0, 31, 193, 155, 0,
    7, 166, 224, 0, 20, 192, 27, 132, 28, 160, 17, 149, 19, 193, 96, 132,
    76, 164, 208, 0, 80, 192, 78, 132, 96, 160, 27, 144, 24, 193, 140, 0,
    96, 178, 17, 141, 12, 193, 224, 0, 14, 161, 17, 141, 151, 0, 14, 132,
    16, 165, 96, 137, 13, 193, 155, 0, 20, 161, 29, 141, 23, 192, 24, 132,
    27, 178, 10, 133, 96, 192, 140, 0, 14, 180, 17, 133, 16, 192, 144, 0,
    11, 163, 13, 141, 96, 192, 17, 132, 12, 178, 96, 141, 28, 192, 27, 132,
    27, 130, 18, 141, 96, 193, 31, 132, 96, 181, 13, 140, 23, 193, 224, 0,
    27, 166, 142, 0, 27, 192, 24, 132, 12, 183, 96, 133, 84, 192, 14, 132,
    27, 178, 10, 140, 155, 0, 9, 132, 17, 160, 56, 133, 96, 192, 82, 132,
    13, 160, 27, 137, 20, 193, 139, 0, 28, 161, 145, 0, 19, 192, 118, 132,
    115, 165, 20, 132, 145, 0, 14, 132, 12, 167, 146, 0, 17, 193, 29, 132,
    96, 176, 28, 144, 27, 193, 140, 0, 31, 180, 148, 0, 27, 192, 14, 132,
    83, 160, 18, 137, 17, 193, 23, 132, 13, 165, 13, 145, 151, 0, 147, 0,
    27, 178, 96, 137, 19, 193, 159, 0, 14, 160, 25, 148, 17, 193, 142, 0,
    16, 180, 27, 136, 14, 193, 224, 0, 17, 178, 12, 144, 224, 0, 28, 132,
    27, 160, 13, 141, 11, 193, 96, 132, 27, 165, 30, 140, 224, 0, 146, 0,
    31, 165, 29, 129, 96, 192, 140, 0, 31, 161, 24, 145, 140, 0, 96, 132,
    27, 165, 29, 140, 31, 192, 154, 0, 14, 161, 27, 145, 140, 0, 18, 132,
    23, 167, 96, 140, 21, 129, 14, 132, 17, 165, 9, 137, 12, 193, 155, 0,
    18, 161, 96, 141, 27, 192, 148, 0, 29, 178, 23, 133, 24, 192, 155, 0,
    10, 180, 96, 133, 28, 192, 14, 132, 31, 130, 28, 129, 18, 193, 31, 132,
    12, 180, 13, 144, 96, 193, 31, 132, 96, 160, 13, 141, 27, 193, 18, 132,
    23, 181, 26, 140, 27, 193, 156, 0, 96, 166, 79, 141, 211, 0, 76, 132,
    77, 160, 75, 133, 206, 0, 182, 0, 96, 129, 59, 133, 191, 0, 173, 0,
];

container!(
    /// EnGenius access point.
    EnGenius,
    "engenius",
    [Signature::start(b"\x12\x34\x56\x78all").with_offset(0x5c)],
    read_engenius
);

container!(
    /// Autel drone.
    Autel,
    "autel-ecc",
    [Signature::anywhere(b"ECC0101\0")],
    read_autel
);

fn read_engenius(input: &Bytes, context: &Context<'_>) -> Option<Found> {
    let bin = Bin::be(input);
    let length = bin.size32(0x20).ok()?;
    let model_size = bin.size32(MODEL).ok()?;
    let model = bin.text(MODEL + 4, model_size.min(64)).ok()?;
    let body_at = MODEL.checked_add(4)?.checked_add(model_size)?;
    if length == 0 || model_size > 64 || !kit::printable(&model) {
        return None;
    }
    let mut found = Found::new(0);
    kit::declared(&mut found, input, body_at.checked_add(length)?.min(input.len().max(length)));
    found.fact("model", model);
    found.fact("version", bin.text(12, 20).ok()?);
    found.fact("vendor", format!("{:#x}", bin.u32(4).ok()?));
    found.fact("product", format!("{:#x}", bin.u32(8).ok()?));
    let body = input.get(body_at..found.size).unwrap_or_default();
    // The XOR counts from where it shows itself first.
    let phase = kit::find(body, &ENGENIUS).unwrap_or(0) % ENGENIUS.len();
    let skip = (ENGENIUS.len() - phase) % ENGENIUS.len();
    let key = ENGENIUS.iter().cycle().skip(skip);
    let plain: Vec<u8> = body.iter().zip(key).map(|(byte, key)| byte ^ key).collect();
    found.fact("cipher", "xor");
    kit::decoded(&mut found, context, "image", plain, (body_at, body.len()));
    Some(found)
}

fn read_autel(input: &Bytes, context: &Context<'_>) -> Option<Found> {
    let bin = Bin::le(input);
    let (size, header) = (bin.size32(8).ok()?, bin.size32(12).ok()?);
    if header != AUTEL_HEADER || size == 0 {
        return None;
    }
    let mut found = Found::new(0);
    kit::declared(&mut found, input, header.checked_add(size)?);
    found.fact("copyright", bin.text(16, 16).ok()?);
    let body = input.get(header..found.size).unwrap_or_default();
    let (pairs, _) = AUTEL.as_chunks::<2>();
    let plain: Vec<u8> = body
        .iter()
        .zip(pairs.iter().cycle())
        .map(|(byte, [add, mask])| byte.wrapping_add(*add) ^ mask)
        .collect();
    found.fact("cipher", "table");
    kit::decoded(&mut found, context, "image", plain, (header, body.len()));
    Some(found)
}
