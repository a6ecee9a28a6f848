//! D-Link's `MH01` images (models E15, M15, R15, M30, M32, R32 and others): a signed container with
//! AES-128-CBC inside, and the same container again inside that.

use crate::{crypt, kit, kit::container};
use bytes::Bytes;
use duecare_base::{Bin, Endian};
use duecare_unpack::{Context, Found, ProblemKind, Signature};

/// Size of a header in bytes.
const HEADER: usize = 16;

/// Passphrases, released by D-Link in its GPL source packages and gathered by `delink`
/// (github.com/devttys0/delink) and FACT's unpacker.
pub(crate) const PASSPHRASES: &[&[u8; 32]] = &[
    b"044b4e59846ecee953662ff2238fcc23",
    b"05c79b73cf88619d7b9725505cfd718f",
    b"08324188e8c509105186636274cf4bea",
    b"0b8073ca811bf3de07a4b79d90cdb49e",
    b"0bcca591c37f932c839d1eaa4dafc292",
    b"118e57f905f0690157f8389b745b6ac8",
    b"1ae6c79be7d069ca74df7670bdfc4952",
    b"1bfb1004e29f9eb76dbe26eb0dd87cd1",
    b"238a29b9432f688e30b701548c753146",
    b"29f9ef6781fa478377d9954187fd078b",
    b"3fb5d73c6ee959edb17ab70f4fb097cf",
    b"443a194860796cd9d9a24d99c4242e64",
    b"4d5ee2c8b5d0fdd9a9a2d351ba897752",
    b"4e5aad6e440bdd16bdc8b6ad441e47ba",
    b"5655840cefb7da085e7c3d9640e64922",
    b"5c67ae65b2329711441a965bc3a73667",
    b"6276ccf4c1d8d6f54b481095e78ff97f",
    b"6420da70a975455e4ddd6b8fa5b652e7",
    b"6922920d95a6a48a44d8bf237bea3924",
    b"6b29f1d663a21b35fb45b69a42649f5e",
    b"6b5a65dbc1ebc492ac6d8efbbb59ae09",
    b"6cc5de3f0022442fe809981fc1f40d4d",
    b"70070e579f97548a96a7794d4d779376",
    b"7b4df82f7f042b9d0b40971be0ff53c4",
    b"80c4d262297149e54c04a91bc3329175",
    b"927fc5786df1a9557524a0289e1e3f3b",
    b"94706d6f4245039c411af6c3a705e607",
    b"95d620854d9a51c90ae0a22787f50e17",
    b"a07e5f355c8f4037a218d791e2d58fa6",
    b"a4f7c17c3e0aa4532c2024ce6ac5f17c",
    b"b0b2e9efd78ec5dba99e02293c36a94f",
    b"b40c8b7a06b235471b69591021f82e60",
    b"b4517d9b98e04d9f075f5e78c743e097",
    b"c5f8a1e22f808abc84f2e4a6fa5f10bb",
    b"c5ffe41dcdd9518060243921393e7d19",
    b"ddcada1120056f68738e39d7336630eb",
    b"df9c62b095a04e1f67bf4ffe21117eae",
    b"e1d72a0952b1d349be0b7a32fbd1341e",
    b"e5af7b6761f9791b6a522738275002db",
    b"f21247200ea5d552efa08740522d0ff1",
    b"f23051f55ed058c103c25ec37c6e1601",
    b"fa0c50b3d95816b3fffd7da3efd5cb66",
];

container!(
    /// D-Link container, signed and often encrypted.
    Mh01,
    "dlink-mh01",
    [Signature::anywhere(b"MH01")],
    read
);

/// Where the two files of a container lie.
struct Files {
    first: (usize, usize),
    second: (usize, usize),
}

fn files(input: &[u8], at: usize) -> Option<Files> {
    let bin = Bin::le(input);
    if !bin.has(at, b"MH01") {
        return None;
    }
    let endian = match bin.slice(at + 12, 2).ok()? {
        [0x2b, 0x1a] => Endian::Little,
        [0x1a, 0x2b] => Endian::Big,
        _ => return None,
    };
    let bin = Bin::new(input, endian);
    let first = (at + HEADER, bin.size32(at + 4).ok()?);
    let second = (first.0.checked_add(first.1)?, bin.size32(at + 8).ok()?);
    Some(Files { first, second })
}

fn read(input: &Bytes, context: &Context<'_>) -> Option<Found> {
    let outer = files(input, 0)?;
    let mut found = Found::new(0);
    kit::declared(&mut found, input, outer.second.0.checked_add(outer.second.1)?);
    found.fact("signature", format!("{} bytes", outer.second.1));
    let Some(inner) = files(input, outer.first.0) else {
        found.slice(input, "image", outer.first.0, outer.first.1);
        return Some(found);
    };
    let sealed = input.get(inner.second.0.min(input.len())..).unwrap_or_default();
    let sealed = sealed.get(..inner.second.1).unwrap_or(sealed);
    let iv_text = input.get(inner.first.0..inner.first.0.checked_add(inner.first.1)?);
    let iv = iv_text.and_then(hex_block);
    if !sealed.starts_with(b"Salted__") {
        found.slice(input, "image", inner.second.0, inner.second.1);
        return Some(found);
    }
    found.fact("cipher", "aes-128-cbc");
    let derive = crypt::Derive::Sha256;
    let fitting = PASSPHRASES
        .iter()
        .filter(|word| crypt::openssl_cbc_fits(sealed, derive, word.as_slice(), 16))
        .find_map(|word| {
            let plain = crypt::openssl_cbc(sealed, derive, word.as_slice(), 16, iv)?;
            plain.starts_with(b"MH01").then_some(plain)
        });
    let Some(plain) = fitting else {
        found.fact("key", "none of the published ones");
        let message = "encrypted by D-Link with a key that was not published";
        found.problem(ProblemKind::Unsupported, Some(inner.second.0), message);
        found.encrypted(input, "image", inner.second.0, inner.second.1);
        return Some(found);
    };
    found.fact("key", "published");
    kit::decoded(&mut found, context, "image", plain, (inner.second.0, sealed.len()));
    Some(found)
}

/// Sixteen bytes from 32 hexadecimal digits.
fn hex_block(text: &[u8]) -> Option<[u8; 16]> {
    let text = std::str::from_utf8(text).ok()?.trim();
    let mut block = [0; 16];
    for (index, slot) in block.iter_mut().enumerate() {
        *slot = u8::from_str_radix(text.get(2 * index..2 * index + 2)?, 16).ok()?;
    }
    Some(block)
}
