//! Decompression methods that only old archives use: ARJ's fastest, ARC's and zoo's.
//!
//! All bounded by the size that the caller gives; what could be decoded comes back with the error.

use duecare_codecs::{Codec, CodecError, Decoded};
use std::io::Read;

/// Damage, in the words of the caller's format.
fn damaged(codec: &'static str, detail: &str) -> Option<CodecError> {
    Some(CodecError::Damaged { codec, detail: detail.to_owned() })
}

/// The static Huffman method of LHA with a 64 KiB window: ARJ 1 to 3 and zoo 2 are subsets.
pub(crate) fn lzh(codec: &'static str, wide: bool, packed: &[u8], size: usize) -> Decoded {
    use delharc::decode::{Decoder, Lh5Decoder, Lh7Decoder};
    let mut bytes = vec![0; size];
    let result = match wide {
        true => Lh7Decoder::new(packed).fill_buffer(&mut bytes).map_err(|e| e.to_string()),
        false => Lh5Decoder::new(packed).fill_buffer(&mut bytes).map_err(|e| e.to_string()),
    };
    let error = result.err().and_then(|detail| damaged(codec, &detail));
    if error.is_some() {
        // What was not reached is still zero.
        let reached = bytes.iter().rposition(|byte| *byte != 0).map_or(0, |last| last + 1);
        bytes.truncate(reached);
    }
    Decoded { bytes, used: packed.len(), error }
}

/// Bits, highest first.
struct Bits<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl Bits<'_> {
    fn bit(&mut self) -> Option<usize> {
        let byte = self.bytes.get(self.at / 8)?;
        let bit = byte >> (7 - self.at % 8) & 1;
        self.at += 1;
        Some(usize::from(bit))
    }

    fn bits(&mut self, count: usize) -> Option<usize> {
        (0..count).try_fold(0, |value, _| Some(value << 1 | self.bit()?))
    }

    /// A number in Golomb's way: ones widen it from `from` to `to` bits at most.
    fn widening(&mut self, from: usize, to: usize) -> Option<usize> {
        let (mut width, mut base) = (from, 0);
        while width < to && self.bit()? == 1 {
            base += 1 << width;
            width += 1;
        }
        Some(base + self.bits(width)?)
    }
}

/// ARJ's method 4 (unarj 2.65, `decode_f`).
pub(crate) fn arj_fastest(packed: &[u8], size: usize) -> Decoded {
    let mut input = Bits { bytes: packed, at: 0 };
    let mut bytes: Vec<u8> = Vec::new();
    let mut error = None;
    while bytes.len() < size {
        if fastest_step(&mut input, &mut bytes, size).is_none() {
            error = damaged("arj", "a match reaches back too far, or the data ends early");
            break;
        }
    }
    Decoded { bytes, used: packed.len(), error }
}

fn fastest_step(input: &mut Bits<'_>, bytes: &mut Vec<u8>, size: usize) -> Option<()> {
    let length = input.widening(0, 7)?;
    if length == 0 {
        bytes.push(input.bits(8)? as u8);
        return Some(());
    }
    let distance = input.widening(9, 13)? + 1;
    let start = bytes.len().checked_sub(distance)?;
    for index in 0..(length + 2).min(size - bytes.len()) {
        let byte = *bytes.get(start + index)?;
        bytes.push(byte);
    }
    Some(())
}

/// Runs as ARC packs them: `90 n` repeats the last byte, `90 00` is a `90`.
pub(crate) fn unpack_runs(packed: &[u8], size: usize) -> Vec<u8> {
    const MARK: u8 = 0x90;
    let mut bytes: Vec<u8> = Vec::new();
    let mut input = packed.iter();
    while let Some(byte) = input.next() {
        if bytes.len() >= size {
            break;
        }
        if *byte != MARK {
            bytes.push(*byte);
            continue;
        }
        match input.next() {
            Some(0) => bytes.push(MARK),
            Some(count) => {
                let last = bytes.last().copied().unwrap_or(0);
                let more = usize::from(*count - 1).min(size - bytes.len());
                bytes.resize(bytes.len() + more, last);
            }
            None => break,
        }
    }
    bytes
}

/// ARC's crunching (8) and squashing (9): the LZW of `compress` without its header.
pub(crate) fn arc_lzw(packed: &[u8], bits: u8, size_max: usize) -> Decoded {
    let stream = [&[0x1f, 0x9d, 0x80 | bits], packed].concat();
    let mut decoded = duecare_codecs::stream(Codec::Compress, &stream, size_max);
    decoded.used = packed.len();
    decoded
}

/// ARC's squeezing (4): a Huffman tree, then runs.
pub(crate) fn unsqueeze(packed: &[u8], size: usize) -> Decoded {
    /// The symbol that ends the data.
    const END: i16 = 256;
    let mut reader = packed;
    let mut half = || -> Option<i16> {
        let mut raw = [0; 2];
        reader.read_exact(&mut raw).ok()?;
        Some(i16::from_le_bytes(raw))
    };
    let count = half().and_then(|count| usize::try_from(count).ok()).unwrap_or(0).min(256);
    let mut nodes = Vec::new();
    for _ in 0..count {
        if let (Some(zero), Some(one)) = (half(), half()) {
            nodes.push([zero, one]);
        }
    }
    let mut runs = Vec::new();
    let mut node = 0_usize;
    let mut ended = false;
    'bytes: for byte in reader {
        for bit in 0..8 {
            let Some(pair) = nodes.get(node) else { break 'bytes };
            let next = if byte >> bit & 1 == 0 { pair[0] } else { pair[1] };
            if let Ok(inner) = usize::try_from(next) {
                node = inner;
                continue;
            }
            // Leaves are written as minus one minus the symbol.
            let symbol = -(next + 1);
            if symbol == END || runs.len() > size.saturating_mul(2) {
                ended = symbol == END;
                break 'bytes;
            }
            runs.push(symbol as u8);
            node = 0;
        }
    }
    let bytes = unpack_runs(&runs, size);
    let error = if ended || bytes.len() == size {
        None
    } else {
        damaged("arc", "squeezed data ends early")
    };
    Decoded { bytes, used: packed.len(), error }
}

/// zoo's method 1 (zoo 2.1, `lzd`): LZW of 9 to 13 bits, 256 clears, 257 ends.
pub(crate) fn zoo_lzw(packed: &[u8], size: usize) -> Decoded {
    const CLEAR: usize = 256;
    const END: usize = 257;
    const BITS_MAX: u32 = 13;
    let mut entries: Vec<(usize, u8)> = Vec::new();
    let (mut width, mut at) = (9_u32, 0_usize);
    let mut previous: Option<usize> = None;
    let mut bytes = Vec::new();
    let mut error = damaged("zoo", "the data ends early");
    while let Some(code) = low_bits(packed, at, width) {
        at += width as usize;
        if code == END || bytes.len() >= size {
            error = None;
            break;
        }
        if code == CLEAR {
            entries.clear();
            (width, previous) = (9, None);
            continue;
        }
        let known = code < CLEAR || code < entries.len() + END + 1;
        let start = if known { Some(code) } else { previous };
        let Some(start) = start else {
            error = damaged("zoo", "a code that has no meaning yet");
            break;
        };
        let mut text = Vec::new();
        let mut walk = start;
        while let Some((prefix, last)) = walk.checked_sub(END + 1).and_then(|i| entries.get(i)) {
            text.push(*last);
            walk = *prefix;
        }
        text.push(walk as u8);
        let first = walk as u8;
        text.reverse();
        if !known {
            text.push(first);
        }
        bytes.extend_from_slice(&text);
        if let Some(previous) = previous.filter(|_| entries.len() + END + 1 < 1 << BITS_MAX) {
            entries.push((previous, first));
            if entries.len() + END + 1 >= 1 << width && width < BITS_MAX {
                width += 1;
            }
        }
        previous = Some(code);
    }
    bytes.truncate(size);
    Decoded { bytes, used: packed.len(), error }
}

/// `width` bits from bit `at`, lowest first.
fn low_bits(bytes: &[u8], at: usize, width: u32) -> Option<usize> {
    let mut window = 0_usize;
    for (index, byte) in bytes.get(at / 8..)?.iter().take(3).enumerate() {
        window |= usize::from(*byte) << (8 * index);
    }
    let end = (at + width as usize).div_ceil(8);
    (end <= bytes.len()).then_some(window >> (at % 8) & ((1 << width) - 1))
}

/// The LZSS of Microsoft's `COMPRESS.EXE` and of many boot loaders: a ring of 4 KiB.
pub(crate) fn lzss(packed: &[u8], size: usize) -> Decoded {
    const RING: usize = 4096;
    let mut ring = vec![b' '; RING];
    let mut place = RING - 16;
    let mut bytes = Vec::new();
    let mut input = packed.iter().copied();
    let mut put = |byte: u8, ring: &mut Vec<u8>, bytes: &mut Vec<u8>| {
        if let Some(slot) = ring.get_mut(place) {
            *slot = byte;
        }
        place = (place + 1) % RING;
        bytes.push(byte);
    };
    'all: while bytes.len() < size {
        let Some(flags) = input.next() else { break };
        for bit in 0..8 {
            if bytes.len() >= size {
                break 'all;
            }
            let Some(low) = input.next() else { break 'all };
            if flags >> bit & 1 == 1 {
                put(low, &mut ring, &mut bytes);
                continue;
            }
            let Some(high) = input.next() else { break 'all };
            let start = usize::from(low) | usize::from(high & 0xf0) << 4;
            for index in 0..usize::from(high & 0x0f) + 3 {
                let byte = ring.get((start + index) % RING).copied().unwrap_or(0);
                put(byte, &mut ring, &mut bytes);
            }
        }
    }
    bytes.truncate(size);
    let error = if bytes.len() < size { damaged("szdd", "the data ends early") } else { None };
    Decoded { bytes, used: packed.len() - input.len(), error }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn runs_and_rings() {
        assert_eq!(unpack_runs(&[b'a', 0x90, 4, 0x90, 0, b'b'], 100), b"aaaa\x90b");
        assert_eq!(unpack_runs(&[b'a', 0x90, 255], 3), b"aaa");
        let decoded = lzss(&[0x07, b'a', b'b', b'c', 0xf0, 0xf0], 6);
        assert_eq!(decoded.bytes, b"abcabc");
        assert!(decoded.error.is_none());
    }
}
