//! Encryption of zip entries, opened with passwords that are public: the traditional one of PKWARE
//! (APPNOTE 6.1) and AES as WinZip writes it (AE-1 and AE-2, WinZip's AES specification 1.04).

use super::directory::Record;
use super::entry::crc32;
use aes::cipher::{BlockCipherEncrypt, KeyInit};
use duecare_base::Bin;
use hmac::{Hmac, Mac};
use sha1::Sha1;

/// Passwords that samples and vendors' archives are known to use.
pub(crate) const PASSWORDS: [&str; 9] =
    ["", "dummy", "infected", "password", "test", "admin", "123456", "1234", "firmware"];

/// Size of the header before the content.
const HEADER: usize = 12;

struct Keys(u32, u32, u32);

impl Keys {
    fn new(password: &str, table: &[u32; 256]) -> Self {
        let mut keys = Self(0x1234_5678, 0x2345_6789, 0x3456_7890);
        for byte in password.bytes() {
            keys.update(byte, table);
        }
        keys
    }

    fn update(&mut self, byte: u8, table: &[u32; 256]) {
        self.0 = step(self.0, byte, table);
        self.1 = self.1.wrapping_add(self.0 & 0xff).wrapping_mul(134_775_813).wrapping_add(1);
        self.2 = step(self.2, (self.1 >> 24) as u8, table);
    }

    fn open(&mut self, byte: u8, table: &[u32; 256]) -> u8 {
        let mix = (self.2 | 2) as u16;
        let plain = byte ^ (mix.wrapping_mul(mix ^ 1) >> 8) as u8;
        self.update(plain, table);
        plain
    }
}

fn step(crc: u32, byte: u8, table: &[u32; 256]) -> u32 {
    let index = (crc ^ u32::from(byte)) & 0xff;
    table.get(index as usize).copied().unwrap_or(0) ^ crc >> 8
}

/// The table of CRC-32, reflected polynomial 0xedb88320.
fn table() -> [u32; 256] {
    std::array::from_fn(|index| {
        (0..8).fold(index as u32, |value, _| {
            if value & 1 == 1 { value >> 1 ^ 0xedb8_8320 } else { value >> 1 }
        })
    })
}

/// An entry that a password opened.
pub(super) struct Opened {
    /// The content, still compressed.
    pub(super) packed: Vec<u8>,
    /// How it is compressed.
    pub(super) method: u16,
    pub(super) password: &'static str,
}

/// The content of an encrypted entry, if a known password opens it.
pub(super) fn open(packed: &[u8], record: &Record) -> Option<Opened> {
    if record.method == 99 {
        return open_aes(packed, record);
    }
    // Bit 6 of the flags is the "strong encryption" of PKWARE.
    if record.flags & 0x40 != 0 {
        return None;
    }
    let table = table();
    let header = packed.get(..HEADER)?;
    // The header's last byte is the CRC's highest, or the time's where the CRC comes after.
    let check =
        if record.flags & 8 != 0 { (record.time >> 8) as u8 } else { (record.crc >> 24) as u8 };
    PASSWORDS.iter().find_map(|password| {
        let mut keys = Keys::new(password, &table);
        let last = header.iter().map(|byte| keys.open(*byte, &table)).last()?;
        if last != check {
            return None;
        }
        let plain: Vec<u8> =
            packed.get(HEADER..)?.iter().map(|byte| keys.open(*byte, &table)).collect();
        // One byte of 256 is no proof: stored content must have its CRC, compressed must decode.
        let right = match record.method {
            0 => crc32(&plain) == record.crc,
            8 => {
                let size_max = usize::try_from(record.size).unwrap_or(usize::MAX);
                let decoded =
                    duecare_codecs::stream(duecare_codecs::Codec::Deflate, &plain, size_max);
                decoded.error.is_none() && crc32(&decoded.bytes) == record.crc
            }
            _ => true,
        };
        right.then_some(Opened { packed: plain, method: record.method, password })
    })
}

/// HMAC-SHA-1 of several pieces.
fn hmac(key: &[u8], pieces: &[&[u8]]) -> Option<[u8; 20]> {
    let mut mac = Hmac::<Sha1>::new_from_slice(key).ok()?;
    for piece in pieces {
        mac.update(piece);
    }
    Some(mac.finalize().into_bytes().into())
}

/// PBKDF2 (RFC 8018, section 5.2) with HMAC-SHA-1 and 1000 rounds.
fn derive(password: &[u8], salt: &[u8], size: usize) -> Option<Vec<u8>> {
    const ROUNDS: usize = 1000;
    let mut key = Vec::new();
    let mut block = 1_u32;
    while key.len() < size {
        let mut last = hmac(password, &[salt, &block.to_be_bytes()])?;
        let mut sum = last;
        for _ in 1..ROUNDS {
            last = hmac(password, &[&last])?;
            for (byte, more) in sum.iter_mut().zip(last) {
                *byte ^= more;
            }
        }
        key.extend_from_slice(&sum);
        block += 1;
    }
    key.truncate(size);
    Some(key)
}

/// Salt, two bytes that check the password, content, ten bytes that authenticate it.
fn open_aes(packed: &[u8], record: &Record) -> Option<Opened> {
    let extra = Bin::le(record.extra_field(0x9901)?);
    let strength = usize::from(extra.u8(4).ok()?);
    let method = extra.u16(5).ok()?;
    if !(1..=3).contains(&strength) {
        return None;
    }
    let (salt_size, key_size) = (4 + 4 * strength, 8 + 8 * strength);
    let (salt, rest) = packed.split_at_checked(salt_size)?;
    let (check, rest) = rest.split_at_checked(2)?;
    let (content, code) = rest.split_at_checked(rest.len().checked_sub(10)?)?;
    PASSWORDS.iter().filter(|password| !password.is_empty()).find_map(|password| {
        let keys = derive(password.as_bytes(), salt, 2 * key_size + 2)?;
        let (cipher_key, keys) = keys.split_at_checked(key_size)?;
        let (mac_key, wanted) = keys.split_at_checked(key_size)?;
        if wanted != check || !hmac(mac_key, &[content])?.starts_with(code) {
            return None;
        }
        let plain = match strength {
            1 => counter_mode(&aes::Aes128::new_from_slice(cipher_key).ok()?, content),
            2 => counter_mode(&aes::Aes192::new_from_slice(cipher_key).ok()?, content),
            _ => counter_mode(&aes::Aes256::new_from_slice(cipher_key).ok()?, content),
        };
        Some(Opened { packed: plain, method, password })
    })
}

/// AES in counter mode with a little-endian counter that begins at one.
fn counter_mode<C>(cipher: &C, content: &[u8]) -> Vec<u8>
where
    C: BlockCipherEncrypt + aes::cipher::BlockSizeUser<BlockSize = aes::cipher::consts::U16>,
{
    let mut plain = content.to_vec();
    for (index, chunk) in plain.chunks_mut(16).enumerate() {
        let mut block = aes::Block::from((index as u128 + 1).to_le_bytes());
        cipher.encrypt_block(&mut block);
        for (byte, key) in chunk.iter_mut().zip(block) {
            *byte ^= key;
        }
    }
    plain
}
