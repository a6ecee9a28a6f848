//! SHA-crypt, `$5$` and `$6$` (Drepper, "Unix crypt using SHA-256 and SHA-512", version 0.6).

use super::crypt64;
use sha2::digest::Digest;
use sha2::{Sha256, Sha512};

/// Rounds when the hash names none.
const ROUNDS_DEFAULT: u64 = 5_000;

/// Rounds that the hash text asks for, within the standard's own bounds.
pub(super) fn rounds(text: &str) -> u64 {
    let named = text.split('$').nth(2).and_then(|field| field.strip_prefix("rounds="));
    let number = named.and_then(|digits| digits.parse::<u64>().ok());
    number.map_or(ROUNDS_DEFAULT, |n| n.clamp(1_000, 999_999_999))
}

/// The full hash text of `guess` with the salt and rounds of `text`.
pub(super) fn crypt(guess: &[u8], text: &str) -> Option<String> {
    let prefix = text.get(..3)?;
    let rest = text.get(3..)?;
    let (named, rest) = match rest.strip_prefix("rounds=") {
        Some(tail) => (true, tail.split_once('$')?.1),
        None => (false, rest),
    };
    let salt: String = rest.split('$').next()?.chars().take(16).collect();
    let count = rounds(text);
    let middle = if named { format!("rounds={count}$") } else { String::new() };
    let mut out = format!("{prefix}{middle}{salt}$");
    match prefix {
        "$5$" => encode(&digest::<Sha256>(guess, salt.as_bytes(), count)?, &ORDER_256, &mut out),
        "$6$" => encode(&digest::<Sha512>(guess, salt.as_bytes(), count)?, &ORDER_512, &mut out),
        _ => return None,
    }
    Some(out)
}

/// Bytes of the digest in the order of their output; 255 stands for a zero byte.
const ORDER_256: [(u8, u8, u8, usize); 11] = [
    (0, 10, 20, 4),
    (21, 1, 11, 4),
    (12, 22, 2, 4),
    (3, 13, 23, 4),
    (24, 4, 14, 4),
    (15, 25, 5, 4),
    (6, 16, 26, 4),
    (27, 7, 17, 4),
    (18, 28, 8, 4),
    (9, 19, 29, 4),
    (255, 31, 30, 3),
];

const ORDER_512: [(u8, u8, u8, usize); 22] = [
    (0, 21, 42, 4),
    (22, 43, 1, 4),
    (44, 2, 23, 4),
    (3, 24, 45, 4),
    (25, 46, 4, 4),
    (47, 5, 26, 4),
    (6, 27, 48, 4),
    (28, 49, 7, 4),
    (50, 8, 29, 4),
    (9, 30, 51, 4),
    (31, 52, 10, 4),
    (53, 11, 32, 4),
    (12, 33, 54, 4),
    (34, 55, 13, 4),
    (56, 14, 35, 4),
    (15, 36, 57, 4),
    (37, 58, 16, 4),
    (59, 17, 38, 4),
    (18, 39, 60, 4),
    (40, 61, 19, 4),
    (62, 20, 41, 4),
    (255, 255, 63, 2),
];

fn encode(digest: &[u8], order: &[(u8, u8, u8, usize)], out: &mut String) {
    let at = |index: u8| u32::from(digest.get(usize::from(index)).copied().unwrap_or(0));
    for (a, b, c, digits) in order {
        crypt64((at(*a) << 16) | (at(*b) << 8) | at(*c), *digits, out);
    }
}

fn repeated(block: &[u8], len: usize) -> Vec<u8> {
    block.iter().copied().cycle().take(len).collect()
}

fn digest<D: Digest>(guess: &[u8], salt: &[u8], count: u64) -> Option<Vec<u8>> {
    let size = <D as Digest>::output_size();
    let inner = D::new().chain_update(guess).chain_update(salt).chain_update(guess).finalize();
    let mut outer = D::new().chain_update(guess).chain_update(salt);
    outer.update(repeated(&inner, guess.len()));
    let mut bits = guess.len();
    while bits > 0 {
        if bits & 1 == 1 {
            outer.update(&inner)
        } else {
            outer.update(guess)
        }
        bits >>= 1;
    }
    let first = outer.finalize();
    let mut password = D::new();
    for _ in 0..guess.len() {
        password.update(guess);
    }
    let password = repeated(&password.finalize(), guess.len());
    let mut salted = D::new();
    for _ in 0..16 + usize::from(*first.first()?) {
        salted.update(salt);
    }
    let salted = repeated(&salted.finalize(), salt.len());
    let mut digest: Vec<u8> = first.to_vec();
    for round in 0..count {
        let mut step = D::new();
        if round & 1 == 1 {
            step.update(&password)
        } else {
            step.update(&digest)
        }
        if round % 3 != 0 {
            step.update(&salted);
        }
        if round % 7 != 0 {
            step.update(&password);
        }
        if round & 1 == 1 {
            step.update(&digest)
        } else {
            step.update(&password)
        }
        digest = step.finalize().to_vec();
    }
    digest.truncate(size);
    Some(digest)
}
