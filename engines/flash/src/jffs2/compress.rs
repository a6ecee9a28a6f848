//! The compressions of JFFS2 nodes: its own `rtime` and `rubin`, and three common ones.
//!
//! Written from the formats as Linux (`fs/jffs2/compr_*.c`) and OpenWrt (LZMA) produce them.

use duecare_codecs::{Codec, CodecError, LzmaProps, block, lzma_raw};

/// LZMA without a header, as OpenWrt's patch for JFFS2 sets it up.
const LZMA_PROPS: LzmaProps = LzmaProps { lc: 0, lp: 0, pb: 0, dict_size: 0x2000 };

/// Odds of a set bit at each place of a byte, of `RUBIN_MIPS_TOTAL`.
const RUBIN_MIPS_BITS: [u32; 8] = [277, 249, 290, 267, 229, 341, 212, 241];
const RUBIN_MIPS_TOTAL: u32 = 1043;
const RUBIN_DYNAMIC_TOTAL: u32 = 256;

/// Numbers of the compressions on the medium.
pub(super) const NONE: u8 = 0;
/// Nothing stored, all bytes zero.
pub(super) const ZERO: u8 = 1;

/// The name of a compression, if it is known.
pub(super) fn label(compression: u8) -> Option<&'static str> {
    Some(match compression {
        NONE | 4 => "none",
        ZERO => "zero",
        2 => "rtime",
        3 => "rubinmips",
        5 => "dynrubin",
        6 => "zlib",
        7 => "lzo",
        8 => "lzma",
        _ => return None,
    })
}

/// Unpacks a node's data into exactly `size` bytes; the error is for people.
pub(super) fn decode(compression: u8, data: &[u8], size: usize) -> Result<Vec<u8>, String> {
    let bytes = match compression {
        NONE | 4 => data.get(..size).map(<[u8]>::to_vec),
        ZERO => Some(vec![0; size]),
        2 => rtime(data, size),
        3 => Some(Rubin::new(data, RUBIN_MIPS_BITS, RUBIN_MIPS_TOTAL).bytes(size)),
        5 => dynamic_rubin(data, size),
        6 => Some(zlib(data, size).map_err(|error| error.to_string())?),
        7 => Some(block(Codec::Lzo1x, data, size).map_err(|error| error.to_string())?),
        8 => {
            let decoded = lzma_raw(data, LZMA_PROPS, Some(size as u64), size);
            match decoded.error {
                Some(error) if decoded.bytes.len() < size => return Err(error.to_string()),
                _ => Some(decoded.bytes),
            }
        }
        other => return Err(format!("compression {other} is not known")),
    };
    bytes.filter(|bytes| bytes.len() == size).ok_or_else(|| "data ends early".to_owned())
}

/// zlib whose last checksum may be missing or wrong: Linux does not look at it either.
fn zlib(data: &[u8], size: usize) -> Result<Vec<u8>, CodecError> {
    block(Codec::Zlib, data, size).or_else(|error| {
        let rest = data.get(2..).unwrap_or_default();
        block(Codec::Deflate, rest, size).map_err(|_| error)
    })
}

/// Pairs of a byte and a count of bytes repeated from where that byte stood last.
fn rtime(data: &[u8], size: usize) -> Option<Vec<u8>> {
    let mut seen = [0_usize; 256];
    let mut out: Vec<u8> = Vec::with_capacity(size);
    let mut pairs = data.chunks_exact(2);
    while out.len() < size {
        let &[value, repeat] = pairs.next()? else { return None };
        out.push(value);
        let slot = seen.get_mut(usize::from(value))?;
        let from = std::mem::replace(slot, out.len());
        for step in 0..usize::from(repeat).min(size - out.len()) {
            out.push(*out.get(from + step)?);
        }
    }
    Some(out)
}

fn dynamic_rubin(data: &[u8], size: usize) -> Option<Vec<u8>> {
    let odds: [u8; 8] = data.get(..8)?.try_into().ok()?;
    Some(Rubin::new(data.get(8..)?, odds.map(u32::from), RUBIN_DYNAMIC_TOTAL).bytes(size))
}

/// Bits of the coder's registers.
const RUBIN_BITS: u32 = 16;
/// The registers' top bit.
const RUBIN_TOP: u32 = 1 << (RUBIN_BITS - 1);

/// An arithmetic decoder for single bits with fixed odds by their place in the byte.
struct Rubin<'a> {
    data: &'a [u8],
    next_bit: usize,
    odds: [u32; 8],
    total: u32,
    range: u32,
    low: u32,
    code: u32,
}

impl<'a> Rubin<'a> {
    fn new(data: &'a [u8], odds: [u32; 8], total: u32) -> Self {
        let mut rubin =
            Self { data, next_bit: 0, odds, total, range: 2 * RUBIN_TOP, low: 0, code: 0 };
        for _ in 0..RUBIN_BITS {
            rubin.code = rubin.code << 1 | rubin.pull();
        }
        rubin
    }

    fn bytes(mut self, size: usize) -> Vec<u8> {
        (0..size).map(|_| self.byte()).collect()
    }

    /// The next bit of the input; past its end there are zeros.
    fn pull(&mut self) -> u32 {
        let byte = self.data.get(self.next_bit / 8).copied().unwrap_or(0);
        let bit = byte >> (7 - self.next_bit % 8) & 1;
        self.next_bit += 1;
        u32::from(bit)
    }

    fn byte(&mut self) -> u8 {
        let mut byte = 0;
        for (place, ones) in self.odds.into_iter().enumerate() {
            byte |= u8::from(self.bit(self.total.saturating_sub(ones))) << place;
        }
        byte
    }

    fn bit(&mut self, zeros: u32) -> bool {
        // Scales the registers up until range and position tell the next bit apart. Each turn
        // doubles the range, so 17 are enough for any state that an encoder can be in.
        for _ in 0..=RUBIN_BITS {
            if self.low < RUBIN_TOP && self.low + self.range > RUBIN_TOP {
                break;
            }
            self.low = (self.low & (RUBIN_TOP - 1)) << 1;
            self.range = (self.range << 1) & 0x3_ffff;
            self.code = ((self.code & (RUBIN_TOP - 1)) << 1) | self.pull();
        }
        // Both factors are below 2^18 and 2^11: no overflow.
        let split = (zeros * self.range / self.total).clamp(1, self.range.saturating_sub(1).max(1));
        let set = self.code >= self.low + split;
        if set {
            self.low += split;
            self.range = self.range.saturating_sub(split);
        } else {
            self.range = split;
        }
        set
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The encoder's side, for the tests alone.
    fn rubin_encode(data: &[u8], odds: [u32; 8], total: u32) -> Vec<u8> {
        let (mut range, mut low) = (2 * RUBIN_TOP, 0_u32);
        let mut bits = Vec::new();
        let mut push = |low: u32| bits.push(low & RUBIN_TOP != 0);
        for byte in data {
            for (place, ones) in odds.iter().enumerate() {
                while low >= RUBIN_TOP || low + range <= RUBIN_TOP {
                    push(low);
                    low = (low & (RUBIN_TOP - 1)) << 1;
                    range <<= 1;
                }
                let split = ((total - ones) * range / total).clamp(1, range - 1);
                if byte >> place & 1 == 1 {
                    low += split;
                    range -= split;
                } else {
                    range = split;
                }
            }
        }
        for _ in 0..RUBIN_BITS {
            push(low);
            low = (low & (RUBIN_TOP - 1)) << 1;
        }
        bits.chunks(8)
            .map(|byte| {
                byte.iter().enumerate().fold(0, |sum, (i, bit)| sum | u8::from(*bit) << (7 - i))
            })
            .collect()
    }

    const TEXT: &[u8] = b"a nozzle, a hose and a pump; a hose and a pump again \x00\xff\x80";

    #[test]
    fn rubin_with_fixed_odds() {
        let packed = rubin_encode(TEXT, RUBIN_MIPS_BITS, RUBIN_MIPS_TOTAL);
        assert_eq!(decode(3, &packed, TEXT.len()).unwrap(), TEXT);
    }

    #[test]
    fn rubin_with_own_odds() {
        let odds = [120, 90, 130, 100, 60, 200, 190, 5];
        let mut packed = odds.map(|odd: u32| odd as u8).to_vec();
        packed.extend(rubin_encode(TEXT, odds, RUBIN_DYNAMIC_TOTAL));
        assert_eq!(decode(5, &packed, TEXT.len()).unwrap(), TEXT);
    }

    #[test]
    fn rtime_repeats_and_refuses() {
        // "abab" + "abab": the second `a` repeats from behind the first.
        assert_eq!(rtime(b"a\0b\0a\x03", 6).unwrap(), b"ababab");
        assert_eq!(rtime(b"a\0", 2), None);
    }

    #[test]
    fn damaged_data_is_an_error() {
        assert!(decode(6, b"\x78\x9cjunk", 100).is_err());
        assert!(decode(7, b"junk", 100).is_err());
        assert!(decode(0, b"short", 100).is_err());
        assert!(decode(9, b"", 0).is_err());
        assert_eq!(decode(1, b"", 3).unwrap(), [0; 3]);
        // Any bytes at all, any odds: an answer, no panic.
        assert_eq!(decode(5, &[255; 40], 100).unwrap().len(), 100);
        assert_eq!(decode(5, &[0; 40], 100).unwrap().len(), 100);
    }
}
