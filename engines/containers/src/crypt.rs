//! Ciphers and digests that vendors put around their images, with keys that were published.
//!
//! Every function is for reading: nothing here encrypts. The keys stand with the formats, each with
//! its source.

use aes::cipher::{Array, BlockCipherDecrypt, KeyInit};
use md5::{Digest as _, Md5};
use sha1::Sha1;

/// An AES block, in bytes.
const BLOCK: usize = 16;

/// An AES key of either size that firmware uses.
pub(crate) enum Aes {
    /// AES-128.
    Short(Box<aes::Aes128>),
    /// AES-256.
    Long(Box<aes::Aes256>),
}

impl Aes {
    /// A key of 16 or 32 bytes; `None` for any other length.
    pub(crate) fn new(key: &[u8]) -> Option<Self> {
        match key.len() {
            16 => aes::Aes128::new_from_slice(key).ok().map(|k| Self::Short(Box::new(k))),
            32 => aes::Aes256::new_from_slice(key).ok().map(|k| Self::Long(Box::new(k))),
            _ => None,
        }
    }

    fn block(&self, block: &[u8; BLOCK]) -> [u8; BLOCK] {
        let mut array = Array::from(*block);
        match self {
            Self::Short(key) => key.decrypt_block(&mut array),
            Self::Long(key) => key.decrypt_block(&mut array),
        }
        array.into()
    }

    /// Decrypts whole blocks in ECB mode; a cut block at the end is left out.
    pub(crate) fn ecb(&self, data: &[u8]) -> Vec<u8> {
        let (blocks, _) = data.as_chunks::<BLOCK>();
        blocks.iter().flat_map(|block| self.block(block)).collect()
    }

    /// Decrypts whole blocks in CBC mode; a cut block at the end is left out.
    pub(crate) fn cbc(&self, iv: &[u8; BLOCK], data: &[u8]) -> Vec<u8> {
        let (blocks, _) = data.as_chunks::<BLOCK>();
        let mut out = Vec::with_capacity(blocks.len() * BLOCK);
        let mut previous = iv;
        for block in blocks {
            let plain = self.block(block);
            out.extend(plain.iter().zip(previous).map(|(a, b)| a ^ b));
            previous = block;
        }
        out
    }
}

/// Takes PKCS#7 padding (RFC 5652 section 6.3) off; `None` when it is not there.
pub(crate) fn unpad(mut data: Vec<u8>) -> Option<Vec<u8>> {
    let last = *data.last()?;
    let count = usize::from(last);
    if count == 0 || count > BLOCK || count > data.len() {
        return None;
    }
    let keep = data.len() - count;
    if data.iter().skip(keep).any(|byte| *byte != last) {
        return None;
    }
    data.truncate(keep);
    Some(data)
}

/// MD5 (RFC 1321).
pub(crate) fn md5(data: &[u8]) -> [u8; 16] {
    Md5::digest(data).into()
}

/// MD5 of several pieces in a row.
pub(crate) fn md5_of(pieces: &[&[u8]]) -> [u8; 16] {
    let mut hasher = Md5::new();
    for piece in pieces {
        hasher.update(piece);
    }
    hasher.finalize().into()
}

/// SHA-1 (FIPS 180-4).
pub(crate) fn sha1(data: &[u8]) -> [u8; 20] {
    Sha1::digest(data).into()
}

/// SHA-256 (FIPS 180-4).
pub(crate) fn sha256(data: &[u8]) -> [u8; 32] {
    *duecare_base::Digest::of(data).as_bytes()
}

/// HMAC-SHA1 (RFC 2104); keys longer than a hash block are hashed first.
pub(crate) fn hmac_sha1(key: &[u8], message: &[u8]) -> [u8; 20] {
    let mut padded = [0_u8; 64];
    let hashed = sha1(key);
    let key = if key.len() > padded.len() { hashed.as_slice() } else { key };
    for (slot, byte) in padded.iter_mut().zip(key) {
        *slot = *byte;
    }
    let mut inner = Sha1::new();
    inner.update(padded.map(|byte| byte ^ 0x36));
    inner.update(message);
    let mut outer = Sha1::new();
    outer.update(padded.map(|byte| byte ^ 0x5c));
    outer.update(inner.finalize());
    outer.finalize().into()
}

/// The digest that `openssl enc` derives keys with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Derive {
    /// `-md md5`, the default before OpenSSL 1.1.
    Md5,
    /// `-md sha256`.
    Sha256,
}

/// `EVP_BytesToKey` with one round: `size` bytes of key and initialisation vector.
pub(crate) fn evp_bytes(derive: Derive, password: &[u8], salt: &[u8], size: usize) -> Vec<u8> {
    let mut out = Vec::new();
    let mut last: Vec<u8> = Vec::new();
    while out.len() < size {
        let input = [last.as_slice(), password, salt].concat();
        last = match derive {
            Derive::Md5 => md5(&input).to_vec(),
            Derive::Sha256 => sha256(&input).to_vec(),
        };
        out.extend_from_slice(&last);
    }
    out.truncate(size);
    out
}

/// Decrypts what `openssl enc -aes-{128,256}-cbc -k PASSWORD` wrote, `Salted__` header first.
///
/// `iv` overrides the derived one. `None`: no such header, or the padding is wrong, which means
/// the wrong password.
pub(crate) fn openssl_cbc(
    data: &[u8],
    derive: Derive,
    password: &[u8],
    key_size: usize,
    iv: Option<[u8; 16]>,
) -> Option<Vec<u8>> {
    let (cipher, iv, body) = openssl_parts(data, derive, password, key_size, iv)?;
    unpad(cipher.cbc(&iv, body))
}

/// Whether a password opens such data, told by its last block alone.
pub(crate) fn openssl_cbc_fits(
    data: &[u8],
    derive: Derive,
    password: &[u8],
    key_size: usize,
) -> bool {
    let fits = || {
        let (cipher, _, body) = openssl_parts(data, derive, password, key_size, Some([0; 16]))?;
        let whole = body.len() / BLOCK * BLOCK;
        let last = body.get(whole.checked_sub(BLOCK)?..whole)?;
        let before: [u8; 16] =
            body.get(whole.checked_sub(2 * BLOCK)?..whole - BLOCK)?.try_into().ok()?;
        unpad(cipher.cbc(&before, last))
    };
    fits().is_some()
}

fn openssl_parts<'a>(
    data: &'a [u8],
    derive: Derive,
    password: &[u8],
    key_size: usize,
    iv: Option<[u8; 16]>,
) -> Option<(Aes, [u8; 16], &'a [u8])> {
    let body = data.strip_prefix(b"Salted__")?;
    let (salt, body) = body.split_at_checked(8)?;
    let material = evp_bytes(derive, password, salt, key_size + BLOCK);
    let (key, derived) = material.split_at_checked(key_size)?;
    let iv = match iv {
        Some(iv) => iv,
        None => derived.try_into().ok()?,
    };
    Some((Aes::new(key)?, iv, body))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kit::hex;

    #[test]
    fn known_answers() {
        assert_eq!(hex(&md5(b"abc")), "900150983cd24fb0d6963f7d28e17f72");
        assert_eq!(hex(&sha1(b"abc")), "a9993e364706816aba3e25717850c26c9cd0d89d");
        // RFC 2202, test case 2.
        let mac = hmac_sha1(b"Jefe", b"what do ya want for nothing?");
        assert_eq!(hex(&mac), "effcdf6ae5eb2fa2d27416d5f184df9c259a7c79");
        // FIPS 197, appendix C.1.
        let key: Vec<u8> = (0..16).collect();
        let sealed = [
            0x69, 0xc4, 0xe0, 0xd8, 0x6a, 0x7b, 0x04, 0x30, 0xd8, 0xcd, 0xb7, 0x80, 0x70, 0xb4,
            0xc5, 0x5a,
        ];
        let plain = Aes::new(&key).unwrap().ecb(&sealed);
        assert_eq!(hex(&plain), "00112233445566778899aabbccddeeff");
        assert!(Aes::new(b"short").is_none());
        assert_eq!(unpad(vec![1, 2, 2, 2]), Some(vec![1, 2]));
        assert_eq!(unpad(vec![1, 3, 2, 3]), None);
    }
}
