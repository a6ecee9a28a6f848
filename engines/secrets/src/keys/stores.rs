//! Key stores and keys that are no PEM: Java key stores, PKCS#12, PuTTY, PGP, and the signing keys
//! of usign, signify and minisign.

use super::der::{Der, tag};
use crate::base64;
use sha1::Sha1;
use sha2::{Digest, Sha256};

/// Work spent on guessing one store's password, in hash blocks.
const COST_MAX: u64 = 400_000;

/// Passwords that stores have more often than accounts do: those of examples.
const STORE_PASSWORDS: [&str; 8] =
    ["", "changeit", "password", "android", "changeme", "123456", "secret", "keystore"];

/// A store or key in a format of its own.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Store {
    /// For people.
    pub(super) format: &'static str,
    /// Whether a password protects it that was not guessed.
    pub(super) encrypted: bool,
    /// The password, if it was in the list.
    pub(super) password: Option<String>,
    /// What it signs, where the format says so.
    pub(super) signing: Option<&'static str>,
}

impl Store {
    fn new(format: &'static str, encrypted: bool, signing: Option<&'static str>) -> Self {
        Self { format, encrypted, password: None, signing }
    }

    fn guessed(format: &'static str, password: Option<String>) -> Self {
        Self { format, encrypted: password.is_none(), password, signing: None }
    }
}

/// Whether a file is a store by its first bytes or its name; for those that are too large to read.
pub(super) fn is_store(bytes: &[u8], extension: &str) -> bool {
    bytes.starts_with(b"\xfe\xed\xfe\xed")
        || bytes.starts_with(b"PuTTY-User-Key-File-")
        || matches!(extension, "jks" | "keystore" | "bks" | "p12" | "pfx")
        || (matches!(extension, "gpg" | "pgp" | "sec")
            && matches!(bytes.first(), Some(0x94 | 0x95 | 0x97 | 0xc5)))
}

/// The store that a whole file is.
pub(super) fn whole(bytes: &[u8], extension: &str, passwords: &[String]) -> Option<Store> {
    if bytes.starts_with(b"\xfe\xed\xfe\xed") && bytes.len() > 32 {
        // Entries of tag 1 are private keys; a store of certificates alone is no secret.
        let first_tag = bytes.get(12..16)?;
        let has_key = first_tag == [0, 0, 0, 1];
        return has_key.then(|| Store::guessed("Java key store", java(bytes, passwords)));
    }
    if bytes.starts_with(b"PuTTY-User-Key-File-") {
        let encrypted = memchr::memmem::find(bytes, b"Encryption: none").is_none();
        return Some(Store::new("PuTTY key", encrypted, None));
    }
    if bytes.starts_with(b"untrusted comment:") {
        return comment_key(std::str::from_utf8(bytes).ok()?);
    }
    if bytes.first() == Some(&0x30)
        && let Some(password) = pkcs12(bytes, passwords)
    {
        return Some(Store::guessed("PKCS#12 store", password));
    }
    let pgp = matches!(bytes.first(), Some(0x94 | 0x95 | 0x97 | 0xc5))
        && (matches!(extension, "gpg" | "pgp" | "key" | "sec"));
    // Version 3 or 4 of a secret key packet follows the length (RFC 4880, 5.5.3).
    let version = bytes.get(2..5).is_some_and(|b| b.contains(&4) || b.contains(&3));
    (pgp && version).then(|| Store::new("PGP secret key", false, None))
}

/// Keys whose first line is an untrusted comment.
fn comment_key(text: &str) -> Option<Store> {
    let blob = base64::decode(text.lines().nth(1)?.trim())?;
    // Public keys: algorithm, number and 32 bytes; secret ones carry a salted checksum as well.
    if blob.len() < 100 {
        return None;
    }
    match blob.get(..4)? {
        b"EdBK" | b"EdB2" => {
            // A round count of zero means that no passphrase was given.
            let open = blob.get(4..8)? == [0; 4];
            Some(Store::new("signify or usign secret key", !open, Some("package signing")))
        }
        b"EdSc" => Some(Store::new("minisign secret key", true, Some("release signing"))),
        b"Ed\0\0" => Some(Store::new("minisign secret key", false, Some("release signing"))),
        _ => None,
    }
}

fn guesses(passwords: &[String]) -> impl Iterator<Item = &str> {
    STORE_PASSWORDS.iter().copied().chain(passwords.iter().map(String::as_str))
}

/// The password of a Java key store: the digest at its end covers the password in UTF-16, a fixed
/// phrase and the rest (format as written by the JDK's JavaKeyStore).
fn java(bytes: &[u8], passwords: &[String]) -> Option<String> {
    let (data, digest) = bytes.split_at_checked(bytes.len().checked_sub(20)?)?;
    let blocks = (data.len() / 64 + 2) as u64;
    let guesses_max = (COST_MAX / blocks) as usize;
    guesses(passwords).take(guesses_max).find_map(|guess| {
        let wide: Vec<u8> = guess.encode_utf16().flat_map(u16::to_be_bytes).collect();
        let seen = Sha1::new().chain_update(wide).chain_update("Mighty Aphrodite");
        let seen = seen.chain_update(data).finalize();
        (seen.as_slice() == digest).then(|| guess.to_owned())
    })
}

/// `None`: no PKCS#12 file. `Some(None)`: one whose password is not in the list.
fn pkcs12(bytes: &[u8], passwords: &[String]) -> Option<Option<String>> {
    let mut fields = Der(bytes).sequence()?;
    if fields.unsigned()? != [3] {
        return None;
    }
    let mut safe = fields.sequence()?;
    // pkcs7-data: what follows is protected by a password.
    if safe.expect(tag::OID)? != b"\x2a\x86\x48\x86\xf7\x0d\x01\x07\x01" {
        return Some(None);
    }
    let content = Der(safe.expect(0xa0)?).expect(tag::OCTET_STRING)?;
    let Some(mut mac) = fields.sequence() else { return Some(None) };
    let mut info = mac.sequence()?;
    let algorithm = info.sequence()?.expect(tag::OID)?;
    let wanted = info.expect(tag::OCTET_STRING)?;
    let salt = mac.expect(tag::OCTET_STRING)?;
    let rounds = mac.unsigned().map_or(1, |digits| {
        digits.iter().fold(0_u64, |all, b| (all << 8 | u64::from(*b)) & 0xffff_ffff)
    });
    let cost = rounds.max(1) + (content.len() / 64) as u64;
    let guesses_max = (COST_MAX / cost) as usize;
    let try_all = |check: &dyn Fn(&str) -> bool| {
        guesses(passwords).take(guesses_max).find(|guess| check(guess)).map(str::to_owned)
    };
    let found = match algorithm {
        b"\x2b\x0e\x03\x02\x1a" => {
            try_all(&|g| mac_of::<Sha1>(g, salt, rounds, content).is_some_and(|m| m == wanted))
        }
        b"\x60\x86\x48\x01\x65\x03\x04\x02\x01" => {
            try_all(&|g| mac_of::<Sha256>(g, salt, rounds, content).is_some_and(|m| m == wanted))
        }
        _ => None,
    };
    Some(found)
}

/// HMAC over the content with the key that RFC 7292, appendix B derives; both hashes have blocks of
/// 64 bytes, and one round of the derivation gives the whole key.
fn mac_of<D: Digest>(guess: &str, salt: &[u8], rounds: u64, content: &[u8]) -> Option<Vec<u8>> {
    const BLOCK: usize = 64;
    let mut wide: Vec<u8> = guess.encode_utf16().flat_map(u16::to_be_bytes).collect();
    wide.extend([0, 0]);
    let fill = |bytes: &[u8]| -> Vec<u8> {
        let size = bytes.len().div_ceil(BLOCK) * BLOCK;
        bytes.iter().copied().cycle().take(size).collect()
    };
    let mut key = D::new()
        .chain_update([3_u8; BLOCK])
        .chain_update(fill(salt))
        .chain_update(fill(&wide))
        .finalize()
        .to_vec();
    for _ in 1..rounds {
        key = D::digest(&key).to_vec();
    }
    let pad = |with: u8| -> Vec<u8> {
        (0..BLOCK).map(|at| key.get(at).copied().unwrap_or(0) ^ with).collect()
    };
    let inner = D::new().chain_update(pad(0x36)).chain_update(content).finalize();
    Some(D::new().chain_update(pad(0x5c)).chain_update(inner).finalize().to_vec())
}
