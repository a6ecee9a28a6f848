//! Shannon entropy: how random bytes look.

/// How many windows an image's entropy map has at most.
const MAP_WINDOWS: usize = 256;

/// Smallest window of the map; fewer bytes say little.
const WINDOW_BYTES_MIN: usize = 1024;

/// Entropy of a stretch of bytes in thousandths of a bit per byte, 0 to 8000.
#[must_use]
pub fn milli_bits(bytes: &[u8]) -> u16 {
    if bytes.is_empty() {
        return 0;
    }
    let mut counts = [0_u64; 256];
    for byte in bytes {
        if let Some(count) = counts.get_mut(usize::from(*byte)) {
            *count += 1;
        }
    }
    let total = bytes.len() as f64;
    let bits: f64 = counts
        .iter()
        .filter(|count| **count > 0)
        .map(|count| {
            let share = *count as f64 / total;
            -share * share.log2()
        })
        .sum();
    // In 0..=8000 by construction; the cast saturates.
    (bits * 1000.0).round() as u16
}

/// Whether bytes look encrypted, or compressed by a method that nothing here knows.
///
/// The bound falls for short stretches, because few random bytes can't fill all values evenly.
#[must_use]
pub fn looks_random(bytes: &[u8]) -> bool {
    let bound = match bytes.len() {
        0..1024 => return false,
        1024..4096 => 7700,
        4096..65_536 => 7930,
        _ => 7985,
    };
    milli_bits(bytes) >= bound
}

/// The entropy of an image in equal windows, in order; see [`milli_bits`].
#[must_use]
pub fn map(bytes: &[u8]) -> Vec<u16> {
    let window = bytes.len().div_ceil(MAP_WINDOWS).max(WINDOW_BYTES_MIN);
    bytes.chunks(window).map(milli_bits).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn known_values() {
        assert_eq!(milli_bits(&[7; 100]), 0);
        assert_eq!(milli_bits(&[0, 1].repeat(50)), 1000);
        let all: Vec<u8> = (0..=255).collect();
        assert_eq!(milli_bits(&all.repeat(8)), 8000);
        assert!(looks_random(&all.repeat(8)));
        assert!(!looks_random(&b"text and more text ".repeat(200)));
        assert_eq!(map(&[0; 1000]).len(), 1);
        assert_eq!(map(&vec![0; 1 << 20]).len(), 256);
    }
}
