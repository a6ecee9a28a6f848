//! Device numbers as Linux writes them.

/// The 16-bit form: eight bits each.
pub(crate) fn old(raw: u32) -> (u32, u32) {
    ((raw >> 8) & 0xff, raw & 0xff)
}

/// The 32-bit form: twelve bits of major, twenty of minor, the minor split in two.
pub(crate) fn new(raw: u32) -> (u32, u32) {
    ((raw >> 8) & 0xfff, (raw & 0xff) | ((raw >> 12) & 0xf_ff00))
}

/// The 64-bit form: as the 32-bit one with the rest of major and minor above.
pub(crate) fn huge(raw: u64) -> (u32, u32) {
    let major = ((raw >> 8) & 0xfff) | ((raw >> 32) & 0xffff_f000);
    let minor = (raw & 0xff) | ((raw >> 12) & 0xffff_ff00);
    // Both masks leave 32 bits.
    (major as u32, minor as u32)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers() {
        assert_eq!(old(0x0501), (5, 1));
        assert_eq!(new(0x0010_0501), (5, 0x101));
        assert_eq!(huge(0x0501), (5, 1));
    }
}
