//! The two ways in which flash file systems use CRC-32 (polynomial 0x04c11db7, reflected).

/// As JFFS2 has it: starts at 0, no final inversion.
pub(crate) fn from_zero(bytes: &[u8]) -> u32 {
    raw(0, bytes)
}

/// As UBI and UBIFS have it: starts at all ones, no final inversion.
pub(crate) fn from_ones(bytes: &[u8]) -> u32 {
    raw(u32::MAX, bytes)
}

/// The register after `bytes`, without the inversions that the usual CRC-32 makes.
fn raw(start: u32, bytes: &[u8]) -> u32 {
    let mut hasher = crc32fast::Hasher::new_with_initial(!start);
    hasher.update(bytes);
    !hasher.finalize()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn known_answers() {
        // The usual CRC-32 of "123456789" is cbf43926; without its last inversion:
        assert_eq!(from_ones(b"123456789"), !0xcbf4_3926);
        assert_eq!(from_zero(&[0; 40]), 0);
        assert_eq!(from_zero(b"123456789"), 0x2dfd_2d88);
    }
}
