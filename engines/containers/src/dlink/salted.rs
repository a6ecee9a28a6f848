//! Files that `openssl enc` wrote with a password: D-Link's R95, M95, R36, M36 and DAP-1610, whose
//! passwords were published, and everybody else's, which stay closed. Also the DAP-1325, which uses
//! one key for all.

use crate::{crypt, kit, kit::container};
use bytes::Bytes;
use duecare_unpack::{Context, Found, ProblemKind, Signature};

/// Where some releases keep the cipher text, behind a signature, in bytes.
const SIGNED_AT: usize = 512;

/// Passwords with what they open; from `delink` (github.com/binwalk-ng/delink).
const PASSWORDS: [(&str, &str); 5] = [
    ("CAD1C42B11F1982FFA94B6A24C260A43", "D-Link R36"),
    ("A11E331C15CE73ABA8E06171A11D2FB6", "D-Link M36"),
    ("BE81AE1B6F523AC7164C4FD67B6BD8FD", "D-Link R95"),
    ("91A9A3AF2218F4EA60AC37D5835EB318", "D-Link M95"),
    ("2c3b6fa78bd60b41bb0796fef4b058b0", "D-Link DAP-1610"),
];

/// Size of the DAP-1325 header in bytes.
const DAP_HEADER: usize = 0x40;

/// Key of the DAP-1325 A1 and DAP-1610 B1; from `delink`, as above.
const DAP_KEY: [u8; 16] = [
    0x3b, 0xae, 0x35, 0x16, 0x28, 0xae, 0xd2, 0xa6, 0x0b, 0xf7, 0x15, 0x28, 0xc9, 0xcf, 0xdf, 0x3c,
];

container!(
    /// What `openssl enc` wrote.
    Salted,
    "openssl-enc",
    [Signature::start(b"Salted__"), Signature::start(b"Salted__").with_offset(SIGNED_AT)],
    read_salted
);

container!(
    /// D-Link DAP-1325 and DAP-1610.
    Dap,
    "dlink-dap",
    [Signature::start(b"DAP-1325"), Signature::start(b"DAP-1610")],
    read_dap
);

fn read_salted(input: &Bytes, context: &Context<'_>) -> Option<Found> {
    let at = if input.starts_with(b"Salted__") { 0 } else { SIGNED_AT };
    let body = input.get(at..)?;
    if !body.starts_with(b"Salted__") || body.len() < 32 {
        return None;
    }
    let mut found = Found::new(input.len());
    for (word, model) in PASSWORDS {
        let word = word.as_bytes();
        if !crypt::openssl_cbc_fits(body, crypt::Derive::Sha256, word, 32) {
            continue;
        }
        let plain = crypt::openssl_cbc(body, crypt::Derive::Sha256, word, 32, None);
        let known = |plain: &Vec<u8>| {
            plain.starts_with(b"\xd0\x0d\xfe\xed")
                || plain.get(0x101..0x106) == Some(b"ustar".as_slice())
        };
        if let Some(plain) = plain.filter(known) {
            found.fact("model", model);
            found.fact("cipher", "aes-256-cbc");
            found.fact("key", "published");
            kit::decoded(&mut found, context, "image", plain, (at, body.len()));
            return Some(found);
        }
    }
    found.fact("key", "unknown password");
    let message = "encrypted by openssl enc with a password that was not published";
    found.problem(ProblemKind::Unsupported, Some(at), message);
    found.encrypted(input, "openssl", at, body.len());
    Some(found)
}

fn read_dap(input: &Bytes, context: &Context<'_>) -> Option<Found> {
    let body = input.get(DAP_HEADER..)?;
    let mut found = Found::new(input.len());
    found.fact("model", kit::text_at(input, 0, 32));
    let plain = crypt::Aes::new(&DAP_KEY)?.ecb(body);
    if plain.get(0x101..0x106) == Some(b"ustar".as_slice()) {
        found.fact("cipher", "aes-128-ecb");
        found.fact("key", "published");
        kit::decoded(&mut found, context, "image", plain, (DAP_HEADER, body.len()));
    } else {
        found.slice(input, "image", DAP_HEADER, body.len());
    }
    Some(found)
}
