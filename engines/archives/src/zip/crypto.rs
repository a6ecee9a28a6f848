//! The traditional encryption of PKWARE (APPNOTE 6.1), opened with passwords that are public.

use super::directory::Record;
use super::entry::crc32;

/// Passwords that samples and vendors' archives are known to use.
pub(crate) const PASSWORDS: [&str; 8] =
    ["", "dummy", "infected", "password", "admin", "123456", "1234", "firmware"];

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

/// The content of an encrypted entry, still compressed, if a known password opens it.
pub(super) fn open(packed: &[u8], record: &Record) -> Option<Vec<u8>> {
    // Method 99 is AES; bit 6 of the flags is the "strong encryption" of PKWARE.
    if record.method == 99 || record.flags & 0x40 != 0 {
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
        right.then_some(plain)
    })
}
