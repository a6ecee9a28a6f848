//! DES (FIPS 46-3) as far as old password hashes need it: Unix crypt and LAN Manager.
//!
//! Not for protecting anything: old, slow by the standards of a cipher, and not constant-time.

use std::sync::LazyLock;

const IP: [u8; 64] = [
    58, 50, 42, 34, 26, 18, 10, 2, 60, 52, 44, 36, 28, 20, 12, 4, 62, 54, 46, 38, 30, 22, 14, 6,
    64, 56, 48, 40, 32, 24, 16, 8, 57, 49, 41, 33, 25, 17, 9, 1, 59, 51, 43, 35, 27, 19, 11, 3, 61,
    53, 45, 37, 29, 21, 13, 5, 63, 55, 47, 39, 31, 23, 15, 7,
];

const FP: [u8; 64] = [
    40, 8, 48, 16, 56, 24, 64, 32, 39, 7, 47, 15, 55, 23, 63, 31, 38, 6, 46, 14, 54, 22, 62, 30,
    37, 5, 45, 13, 53, 21, 61, 29, 36, 4, 44, 12, 52, 20, 60, 28, 35, 3, 43, 11, 51, 19, 59, 27,
    34, 2, 42, 10, 50, 18, 58, 26, 33, 1, 41, 9, 49, 17, 57, 25,
];

const P: [u8; 32] = [
    16, 7, 20, 21, 29, 12, 28, 17, 1, 15, 23, 26, 5, 18, 31, 10, 2, 8, 24, 14, 32, 27, 3, 9, 19,
    13, 30, 6, 22, 11, 4, 25,
];

const PC1: [u8; 56] = [
    57, 49, 41, 33, 25, 17, 9, 1, 58, 50, 42, 34, 26, 18, 10, 2, 59, 51, 43, 35, 27, 19, 11, 3, 60,
    52, 44, 36, 63, 55, 47, 39, 31, 23, 15, 7, 62, 54, 46, 38, 30, 22, 14, 6, 61, 53, 45, 37, 29,
    21, 13, 5, 28, 20, 12, 4,
];

const PC2: [u8; 48] = [
    14, 17, 11, 24, 1, 5, 3, 28, 15, 6, 21, 10, 23, 19, 12, 4, 26, 8, 16, 7, 27, 20, 13, 2, 41, 52,
    31, 37, 47, 55, 30, 40, 51, 45, 33, 48, 44, 49, 39, 56, 34, 53, 46, 42, 50, 36, 29, 32,
];

const SHIFTS: [u32; 16] = [1, 1, 2, 2, 2, 2, 2, 2, 1, 2, 2, 2, 2, 2, 2, 1];

const SBOXES: [[u8; 64]; 8] = [
    [
        14, 4, 13, 1, 2, 15, 11, 8, 3, 10, 6, 12, 5, 9, 0, 7, 0, 15, 7, 4, 14, 2, 13, 1, 10, 6, 12,
        11, 9, 5, 3, 8, 4, 1, 14, 8, 13, 6, 2, 11, 15, 12, 9, 7, 3, 10, 5, 0, 15, 12, 8, 2, 4, 9,
        1, 7, 5, 11, 3, 14, 10, 0, 6, 13,
    ],
    [
        15, 1, 8, 14, 6, 11, 3, 4, 9, 7, 2, 13, 12, 0, 5, 10, 3, 13, 4, 7, 15, 2, 8, 14, 12, 0, 1,
        10, 6, 9, 11, 5, 0, 14, 7, 11, 10, 4, 13, 1, 5, 8, 12, 6, 9, 3, 2, 15, 13, 8, 10, 1, 3, 15,
        4, 2, 11, 6, 7, 12, 0, 5, 14, 9,
    ],
    [
        10, 0, 9, 14, 6, 3, 15, 5, 1, 13, 12, 7, 11, 4, 2, 8, 13, 7, 0, 9, 3, 4, 6, 10, 2, 8, 5,
        14, 12, 11, 15, 1, 13, 6, 4, 9, 8, 15, 3, 0, 11, 1, 2, 12, 5, 10, 14, 7, 1, 10, 13, 0, 6,
        9, 8, 7, 4, 15, 14, 3, 11, 5, 2, 12,
    ],
    [
        7, 13, 14, 3, 0, 6, 9, 10, 1, 2, 8, 5, 11, 12, 4, 15, 13, 8, 11, 5, 6, 15, 0, 3, 4, 7, 2,
        12, 1, 10, 14, 9, 10, 6, 9, 0, 12, 11, 7, 13, 15, 1, 3, 14, 5, 2, 8, 4, 3, 15, 0, 6, 10, 1,
        13, 8, 9, 4, 5, 11, 12, 7, 2, 14,
    ],
    [
        2, 12, 4, 1, 7, 10, 11, 6, 8, 5, 3, 15, 13, 0, 14, 9, 14, 11, 2, 12, 4, 7, 13, 1, 5, 0, 15,
        10, 3, 9, 8, 6, 4, 2, 1, 11, 10, 13, 7, 8, 15, 9, 12, 5, 6, 3, 0, 14, 11, 8, 12, 7, 1, 14,
        2, 13, 6, 15, 0, 9, 10, 4, 5, 3,
    ],
    [
        12, 1, 10, 15, 9, 2, 6, 8, 0, 13, 3, 4, 14, 7, 5, 11, 10, 15, 4, 2, 7, 12, 9, 5, 6, 1, 13,
        14, 0, 11, 3, 8, 9, 14, 15, 5, 2, 8, 12, 3, 7, 0, 4, 10, 1, 13, 11, 6, 4, 3, 2, 12, 9, 5,
        15, 10, 11, 14, 1, 7, 6, 0, 8, 13,
    ],
    [
        4, 11, 2, 14, 15, 0, 8, 13, 3, 12, 9, 7, 5, 10, 6, 1, 13, 0, 11, 7, 4, 9, 1, 10, 14, 3, 5,
        12, 2, 15, 8, 6, 1, 4, 11, 13, 12, 3, 7, 14, 10, 15, 6, 8, 0, 5, 9, 2, 6, 11, 13, 8, 1, 4,
        10, 7, 9, 5, 0, 15, 14, 2, 3, 12,
    ],
    [
        13, 2, 8, 4, 6, 15, 11, 1, 10, 9, 3, 14, 5, 0, 12, 7, 1, 15, 13, 8, 10, 3, 7, 4, 12, 5, 6,
        11, 0, 14, 9, 2, 7, 11, 4, 1, 9, 12, 14, 2, 0, 6, 10, 13, 15, 3, 5, 8, 2, 1, 14, 7, 4, 10,
        8, 13, 15, 12, 9, 0, 3, 5, 6, 11,
    ],
];

/// The S-boxes with the permutation after them, so that a round is eight look-ups.
static SP: LazyLock<[[u32; 64]; 8]> = LazyLock::new(|| {
    let mut table = [[0_u32; 64]; 8];
    for (index, (sbox, row)) in SBOXES.iter().zip(table.iter_mut()).enumerate() {
        for (six, slot) in row.iter_mut().enumerate() {
            // The outer bits choose the row, the inner four the column.
            let at = ((six >> 5) << 5) | ((six & 1) << 4) | ((six >> 1) & 15);
            let four = u64::from(sbox.get(at).copied().unwrap_or(0)) << (28 - 4 * index);
            *slot = permute(four, 32, &P) as u32;
        }
    }
    table
});

/// Bits of `value` (of `width` bits, the first the highest) in the order of `table`.
fn permute(value: u64, width: u32, table: &[u8]) -> u64 {
    table.iter().fold(0, |out, from| (out << 1) | ((value >> (width - u32::from(*from))) & 1))
}

fn schedule(key: u64) -> [u64; 16] {
    let chosen = permute(key, 64, &PC1);
    let (mut c, mut d) = ((chosen >> 28) & 0x0fff_ffff, chosen & 0x0fff_ffff);
    let mut keys = [0_u64; 16];
    for (slot, shift) in keys.iter_mut().zip(SHIFTS) {
        c = ((c << shift) | (c >> (28 - shift))) & 0x0fff_ffff;
        d = ((d << shift) | (d >> (28 - shift))) & 0x0fff_ffff;
        *slot = permute((c << 28) | d, 56, &PC2);
    }
    keys
}

/// Sixteen rounds and the swap after them, without the outer permutations.
fn rounds(keys: &[u64; 16], salt: u64, mut left: u32, mut right: u32) -> (u32, u32) {
    let sp = &*SP;
    for key in keys {
        // Expansion: eight groups of six bits, each overlapping its neighbours by one.
        let mut wide = 0_u64;
        for group in 0..8_u32 {
            let six = right.rotate_left((4 * group + 5) % 32) & 63;
            wide = (wide << 6) | u64::from(six);
        }
        let swap = ((wide >> 24) ^ wide) & salt;
        wide ^= swap | (swap << 24);
        wide ^= key;
        let mut out = 0;
        for (index, row) in sp.iter().enumerate() {
            let six = (wide >> (42 - 6 * index)) & 63;
            out ^= row.get(six as usize).copied().unwrap_or(0);
        }
        (left, right) = (right, left ^ out);
    }
    (right, left)
}

/// Unix crypt of `guess` with the salt that `text` begins with; `None` when it has none.
pub(super) fn crypt(guess: &[u8], text: &str) -> Option<String> {
    let salt_text = text.get(..2)?;
    let mut key = 0_u64;
    for index in 0..8 {
        let byte = guess.get(index).copied().unwrap_or(0);
        key = (key << 8) | u64::from(byte << 1);
    }
    let mut salt = 0_u64;
    for (index, byte) in salt_text.bytes().enumerate() {
        let value = digit(byte)?;
        for bit in 0..6 {
            if (value >> bit) & 1 == 1 {
                salt |= 1 << (23 - (6 * index as u32 + bit));
            }
        }
    }
    let keys = schedule(key);
    let (mut left, mut right) = (0, 0);
    for _ in 0..25 {
        (left, right) = rounds(&keys, salt, left, right);
    }
    let block = permute((u64::from(left) << 32) | u64::from(right), 64, &FP);
    let mut out = salt_text.to_owned();
    for index in 0..11_u32 {
        // 66 bits, the last two of them zero.
        let shift = 58_i32 - 6 * index as i32;
        let six = if shift >= 0 { block >> shift } else { block << -shift } & 63;
        out.push(char::from(*ALPHABET.get(six as usize)?));
    }
    Some(out)
}

const ALPHABET: &[u8; 64] = b"./0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

fn digit(byte: u8) -> Option<u32> {
    ALPHABET.iter().position(|known| *known == byte).map(|at| at as u32)
}

/// The LAN Manager hash of an ASCII password of at most 14 characters.
pub(super) fn lan_manager(guess: &str) -> Option<[u8; 16]> {
    if !guess.is_ascii() || guess.len() > 14 {
        return None;
    }
    let upper = guess.to_ascii_uppercase();
    let mut out = [0_u8; 16];
    for (half, slot) in out.chunks_exact_mut(8).enumerate() {
        let mut key = 0_u64;
        let mut seven = 0_u64;
        for index in 0..7 {
            let byte = upper.as_bytes().get(half * 7 + index).copied().unwrap_or(0);
            seven = (seven << 8) | u64::from(byte);
        }
        for index in 0..8_u32 {
            key = (key << 8) | (((seven >> (49 - 7 * index)) & 0x7f) << 1);
        }
        let block = permute(u64::from_be_bytes(*b"KGS!@#$%"), 64, &IP);
        let (left, right) = rounds(&schedule(key), 0, (block >> 32) as u32, block as u32);
        let done = permute((u64::from(left) << 32) | u64::from(right), 64, &FP);
        slot.copy_from_slice(&done.to_be_bytes());
    }
    Some(out)
}
