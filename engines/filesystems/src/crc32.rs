//! CRC-32 as IEEE 802.3 has it (reflected polynomial `edb88320`), used by file systems' headers.

/// The checksum of `bytes`.
#[must_use]
pub fn crc32(bytes: &[u8]) -> u32 {
    crc32_pieces(&[bytes])
}

/// The checksum of several pieces as if they were one.
#[must_use]
pub fn crc32_pieces(pieces: &[&[u8]]) -> u32 {
    const TABLE: [u32; 256] = table();
    let mut crc = u32::MAX;
    for byte in pieces.iter().flat_map(|piece| piece.iter()) {
        let index = (crc ^ u32::from(*byte)) & 0xff;
        crc = crc >> 8 ^ TABLE.get(index as usize).copied().unwrap_or(0);
    }
    !crc
}

#[expect(
    clippy::indexing_slicing,
    reason = "const evaluation; an index out of range won't compile"
)]
const fn table() -> [u32; 256] {
    let mut table = [0; 256];
    let mut index = 0;
    while index < 256 {
        let mut value = index as u32;
        let mut bit = 0;
        while bit < 8 {
            value = if value & 1 == 1 { value >> 1 ^ 0xedb8_8320 } else { value >> 1 };
            bit += 1;
        }
        table[index] = value;
        index += 1;
    }
    table
}

#[cfg(test)]
mod tests {
    #[test]
    fn known_answer() {
        assert_eq!(super::crc32(b"123456789"), 0xcbf4_3926);
    }
}
