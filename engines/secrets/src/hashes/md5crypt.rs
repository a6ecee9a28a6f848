//! MD5 crypt: `$1$` of FreeBSD and `$apr1$` of Apache, which differ only in the prefix
//! (format as written by FreeBSD's `crypt(3)`).

use super::crypt64;
use md5::{Digest as _, Md5};

/// The full hash text of `guess` with the salt of `text`; `None` when `text` has no salt field.
pub(super) fn crypt(guess: &[u8], text: &str, prefix: &str) -> Option<String> {
    let salt = text.strip_prefix(prefix)?.split('$').next()?;
    let salt_used: String = salt.chars().take(8).collect();
    let salt_bytes = salt_used.as_bytes();
    let inner = Md5::new().chain_update(guess).chain_update(salt_bytes).chain_update(guess);
    let inner = inner.finalize();
    let mut outer = Md5::new().chain_update(guess).chain_update(prefix).chain_update(salt_bytes);
    let mut left = guess.len();
    while left > 0 {
        outer.update(inner.get(..left.min(16))?);
        left = left.saturating_sub(16);
    }
    let mut bits = guess.len();
    while bits > 0 {
        // An odd bit adds a zero byte, an even one the password's first byte.
        if bits & 1 == 1 {
            outer.update([0])
        } else {
            outer.update(guess.get(..1)?)
        }
        bits >>= 1;
    }
    let mut digest = outer.finalize();
    for round in 0..1000 {
        let mut step = Md5::new();
        if round & 1 == 1 {
            step.update(guess)
        } else {
            step.update(digest)
        }
        if round % 3 != 0 {
            step.update(salt_bytes);
        }
        if round % 7 != 0 {
            step.update(guess);
        }
        if round & 1 == 1 {
            step.update(digest)
        } else {
            step.update(guess)
        }
        digest = step.finalize();
    }
    let at = |index: usize| u32::from(digest.get(index).copied().unwrap_or(0));
    let mut out = format!("{prefix}{salt_used}$");
    for (a, b, c) in [(0, 6, 12), (1, 7, 13), (2, 8, 14), (3, 9, 15), (4, 10, 5)] {
        crypt64((at(a) << 16) | (at(b) << 8) | at(c), 4, &mut out);
    }
    crypt64(at(11), 2, &mut out);
    Some(out)
}
