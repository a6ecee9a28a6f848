//! Password hashes: telling their kind, and checking a guess against them.
//!
//! Kinds: Unix crypt (DES, extended DES is only recognised), `$1$`, `$apr1$`, `$5$`, `$6$`, NT and
//! LM hashes of `smbpasswd`, `{SHA}`, `{SSHA}`, plain MD5, SHA-1 and SHA-256 in hexadecimal.
//! bcrypt, scrypt and yescrypt are recognised and never guessed at: they are made to be slow.

mod des;
mod md5crypt;
mod shacrypt;

pub(crate) mod guess;

use md5::Digest as _;

/// How a hash was made.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum HashKind {
    /// Traditional DES crypt, 13 characters.
    Des,
    /// BSDi extended DES, `_` and 19 characters.
    ExtendedDes,
    /// `$1$`.
    Md5Crypt,
    /// `$apr1$` of Apache's htpasswd.
    Apr1,
    /// `$5$`.
    Sha256Crypt,
    /// `$6$`.
    Sha512Crypt,
    /// `$2a$`, `$2b$`, `$2y$`.
    Bcrypt,
    /// `$y$`, `$7$`, `$gy$`.
    Slow,
    /// NT hash: MD4 of UTF-16, no salt.
    Nt,
    /// LAN Manager hash: DES of two upper-case halves, no salt.
    Lm,
    /// `{SHA}` and Base64.
    Sha1Base64,
    /// `{SSHA}` and Base64.
    SaltedSha1Base64,
    /// 32 hexadecimal digits.
    Md5Hex,
    /// 40 hexadecimal digits.
    Sha1Hex,
    /// 64 hexadecimal digits.
    Sha256Hex,
}

impl HashKind {
    /// The name that people know.
    pub(crate) fn label(self) -> &'static str {
        match self {
            Self::Des => "DES crypt",
            Self::ExtendedDes => "extended DES crypt",
            Self::Md5Crypt => "MD5 crypt",
            Self::Apr1 => "Apache MD5",
            Self::Sha256Crypt => "SHA-256 crypt",
            Self::Sha512Crypt => "SHA-512 crypt",
            Self::Bcrypt => "bcrypt",
            Self::Slow => "scrypt or yescrypt",
            Self::Nt => "NT",
            Self::Lm => "LAN Manager",
            Self::Sha1Base64 => "unsalted SHA-1",
            Self::SaltedSha1Base64 => "salted SHA-1",
            Self::Md5Hex => "plain MD5",
            Self::Sha1Hex => "plain SHA-1",
            Self::Sha256Hex => "plain SHA-256",
        }
    }

    /// Whether a stolen hash of this kind falls to a graphics card in hours.
    pub(crate) fn is_weak(self) -> bool {
        !matches!(self, Self::Sha256Crypt | Self::Sha512Crypt | Self::Bcrypt | Self::Slow)
    }

    /// Whether the kind has no salt at all.
    pub(crate) fn is_unsalted(self) -> bool {
        matches!(
            self,
            Self::Nt | Self::Lm | Self::Sha1Base64 | Self::Md5Hex | Self::Sha1Hex | Self::Sha256Hex
        )
    }

    /// Rough cost of one guess in units of one MD5 block; `None`: never guessed at.
    fn cost(self, text: &str) -> Option<u64> {
        match self {
            Self::Des => Some(120),
            Self::Md5Crypt | Self::Apr1 => Some(1_000),
            Self::Sha256Crypt | Self::Sha512Crypt => Some(shacrypt::rounds(text).saturating_mul(4)),
            Self::Lm => Some(10),
            Self::ExtendedDes | Self::Bcrypt | Self::Slow => None,
            _ => Some(2),
        }
    }
}

/// The kind of a crypt-style hash as password files hold it; `None` when it is no hash.
pub(crate) fn crypt_kind(text: &str) -> Option<HashKind> {
    let prefixed = [
        ("$1$", HashKind::Md5Crypt),
        ("$apr1$", HashKind::Apr1),
        ("$5$", HashKind::Sha256Crypt),
        ("$6$", HashKind::Sha512Crypt),
        ("$2a$", HashKind::Bcrypt),
        ("$2b$", HashKind::Bcrypt),
        ("$2y$", HashKind::Bcrypt),
        ("$y$", HashKind::Slow),
        ("$7$", HashKind::Slow),
        ("$gy$", HashKind::Slow),
        ("{SHA}", HashKind::Sha1Base64),
        ("{SSHA}", HashKind::SaltedSha1Base64),
    ];
    if let Some((prefix, kind)) = prefixed.iter().find(|(prefix, _)| text.starts_with(prefix)) {
        let body = text.get(prefix.len()..).unwrap_or_default();
        let plain = body.bytes().all(|b| b.is_ascii_graphic() && b != b':');
        let length_min = match kind {
            HashKind::Md5Crypt | HashKind::Apr1 => 22,
            HashKind::Sha256Crypt => 43,
            HashKind::Sha512Crypt => 86,
            HashKind::Bcrypt => 53,
            _ => 20,
        };
        return (plain && body.len() >= length_min).then_some(*kind);
    }
    let alphabet = |b: u8| b.is_ascii_alphanumeric() || b == b'.' || b == b'/';
    if text.len() == 13 && text.bytes().all(alphabet) {
        return Some(HashKind::Des);
    }
    if text.len() == 20 && text.starts_with('_') && text.bytes().skip(1).all(alphabet) {
        return Some(HashKind::ExtendedDes);
    }
    None
}

/// The kind of a hash that is nothing but hexadecimal digits.
pub(crate) fn hex_kind(text: &str) -> Option<HashKind> {
    if !text.bytes().all(|b| b.is_ascii_hexdigit()) {
        return None;
    }
    match text.len() {
        32 => Some(HashKind::Md5Hex),
        40 => Some(HashKind::Sha1Hex),
        64 => Some(HashKind::Sha256Hex),
        _ => None,
    }
}

/// Whether a salted hash has an empty salt.
pub(crate) fn has_empty_salt(kind: HashKind, text: &str) -> bool {
    match kind {
        HashKind::Md5Crypt | HashKind::Apr1 => text.split('$').nth(2) == Some(""),
        HashKind::Sha256Crypt | HashKind::Sha512Crypt => {
            let mut fields = text.split('$').skip(2);
            match fields.next() {
                Some(first) if first.starts_with("rounds=") => fields.next() == Some(""),
                first => first == Some(""),
            }
        }
        _ => false,
    }
}

/// Whether `guess` is the password behind the hash. False for kinds that are never guessed at.
pub(crate) fn matches(kind: HashKind, text: &str, guess: &str) -> bool {
    let hex = |bytes: &[u8]| bytes.iter().map(|b| format!("{b:02x}")).collect::<String>();
    match kind {
        HashKind::Des => des::crypt(guess.as_bytes(), text).as_deref() == Some(text),
        HashKind::Md5Crypt => {
            md5crypt::crypt(guess.as_bytes(), text, "$1$").as_deref() == Some(text)
        }
        HashKind::Apr1 => {
            md5crypt::crypt(guess.as_bytes(), text, "$apr1$").as_deref() == Some(text)
        }
        HashKind::Sha256Crypt | HashKind::Sha512Crypt => {
            shacrypt::crypt(guess.as_bytes(), text).as_deref() == Some(text)
        }
        HashKind::Nt => {
            let wide: Vec<u8> = guess.encode_utf16().flat_map(u16::to_le_bytes).collect();
            hex(&md4::Md4::digest(wide)).eq_ignore_ascii_case(text)
        }
        HashKind::Lm => des::lan_manager(guess).is_some_and(|h| hex(&h).eq_ignore_ascii_case(text)),
        HashKind::Sha1Base64 => {
            let wanted = text.strip_prefix("{SHA}").and_then(crate::base64::decode);
            wanted.is_some_and(|w| w.as_slice() == sha1::Sha1::digest(guess).as_slice())
        }
        HashKind::SaltedSha1Base64 => {
            let wanted = text.strip_prefix("{SSHA}").and_then(crate::base64::decode);
            wanted.as_deref().and_then(|w| w.split_at_checked(20)).is_some_and(|(digest, salt)| {
                let seen = sha1::Sha1::new().chain_update(guess).chain_update(salt).finalize();
                seen.as_slice() == digest
            })
        }
        HashKind::Md5Hex => hex(&md5::Md5::digest(guess)).eq_ignore_ascii_case(text),
        HashKind::Sha1Hex => hex(&sha1::Sha1::digest(guess)).eq_ignore_ascii_case(text),
        HashKind::Sha256Hex => hex(&sha2::Sha256::digest(guess)).eq_ignore_ascii_case(text),
        HashKind::ExtendedDes | HashKind::Bcrypt | HashKind::Slow => false,
    }
}

/// `value`'s lowest bits, six at a time, in crypt's own alphabet.
fn crypt64(mut value: u32, digits: usize, out: &mut String) {
    const ALPHABET: &[u8; 64] = b"./0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
    for _ in 0..digits {
        out.push(char::from(ALPHABET.get((value & 63) as usize).copied().unwrap_or(b'.')));
        value >>= 6;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn known_answers() {
        // Made with `openssl passwd` and Perl's crypt; LM and NT of "password" are published.
        let cases = [
            (HashKind::Des, "abvyhtC1vX8PI", "guest"),
            (HashKind::Md5Crypt, "$1$abcdefgh$G//4keteveJp0qb8z2DxG/", "password"),
            (HashKind::Lm, "e52cac67419a9a224a3b108f3fa6cb6d", "password"),
            (HashKind::Nt, "8846f7eaee8fb117ad06bdd830b7586c", "password"),
            (HashKind::Sha1Base64, "{SHA}W6ph5Mm5Pz8GgiULbPgzG37mj9g=", "password"),
            (HashKind::Md5Hex, "21232f297a57a5a743894a0e4a801fc3", "admin"),
        ];
        for (kind, text, guess) in cases {
            assert!(matches(kind, text, guess), "{text}");
            assert!(!matches(kind, text, "something else"), "{text}");
        }
        assert_eq!(crypt_kind("abvyhtC1vX8PI"), Some(HashKind::Des));
        assert_eq!(crypt_kind("*"), None);
        assert!(has_empty_salt(HashKind::Md5Crypt, "$1$$oCLuEVgI1iAqOA8pwkzAg1"));
    }
}
