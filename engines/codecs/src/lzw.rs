//! Unix `compress`: LZW with codes of 9 to 16 bits (as written by ncompress 5.0).
//!
//! The format has no end: a stream takes all of the input.

use crate::output::Output;
use crate::{Codec, CodecError, Decoded};

/// First bytes of a file.
pub(crate) const MAGIC: &[u8] = &[0x1f, 0x9d];

/// The code that empties the dictionary in block mode.
const CLEAR: usize = 256;

/// Narrowest code, in bits.
const BITS_MIN: u32 = 9;

/// Codes, read in groups of eight as the encoder writes them.
struct Codes<'a> {
    bytes: &'a [u8],
    /// Where the current group begins.
    group: usize,
    /// Bits read of it.
    bit: usize,
    width: u32,
}

impl Codes<'_> {
    fn next(&mut self) -> Option<usize> {
        if self.bit == self.width as usize * 8 {
            self.skip_group();
        }
        let at = self.group + self.bit / 8;
        let mut window = 0_usize;
        for (index, byte) in self.bytes.get(at..)?.iter().take(3).enumerate() {
            window |= usize::from(*byte) << (8 * index);
        }
        let end = (self.group * 8 + self.bit + self.width as usize).div_ceil(8);
        if end > self.bytes.len() {
            return None;
        }
        let code = window >> (self.bit % 8) & ((1 << self.width) - 1);
        self.bit += self.width as usize;
        Some(code)
    }

    /// The encoder fills a group up before it changes the width.
    fn skip_group(&mut self) {
        self.group += if self.bit == 0 { 0 } else { self.width as usize };
        self.bit = 0;
    }
}

/// An entry: the string of `prefix` and one more byte.
#[derive(Clone, Copy, Default)]
struct Entry {
    prefix: u16,
    last: u8,
}

pub(crate) fn stream(input: &[u8], size_max: usize) -> Decoded {
    let mut out = Output::new(Codec::Compress, size_max);
    let Some([_, _, flags]) = input.first_chunk::<3>().filter(|_| input.starts_with(MAGIC)) else {
        let cut = MAGIC.starts_with(input.get(..2).unwrap_or(input));
        let error = if cut { out.truncated() } else { out.damaged("not a header of compress") };
        return out.finish(0, Some(error));
    };
    let bits_max = u32::from(flags & 0x1f);
    if !(BITS_MIN..=16).contains(&bits_max) || flags & 0x60 != 0 {
        let error = out.damaged("the codes have an impossible width");
        return out.finish(0, Some(error));
    }
    let mut codes =
        Codes { bytes: input.get(3..).unwrap_or_default(), group: 0, bit: 0, width: BITS_MIN };
    let error = decode(&mut codes, bits_max, flags & 0x80 != 0, &mut out).err();
    out.finish(input.len(), error)
}

fn decode(
    codes: &mut Codes<'_>,
    bits_max: u32,
    block_mode: bool,
    out: &mut Output,
) -> Result<(), CodecError> {
    let first_free = if block_mode { CLEAR + 1 } else { CLEAR };
    let mut entries = vec![Entry::default(); 1 << bits_max];
    let mut free = first_free;
    let mut previous: Option<usize> = None;
    let mut text = Vec::new();
    while let Some(code) = codes.next() {
        if block_mode && code == CLEAR {
            free = first_free;
            previous = None;
            codes.skip_group();
            codes.width = BITS_MIN;
            continue;
        }
        let known = code < CLEAR || (first_free..free).contains(&code);
        // The one code that may be unknown is the entry being made: the last string and its
        // own first byte.
        let start = match previous {
            _ if known => code,
            Some(last) if code == free => last,
            _ => return Err(out.damaged("a code that has no meaning yet")),
        };
        expand(&entries, start, &mut text);
        let first = text.last().copied().unwrap_or(0);
        if !known {
            text.insert(0, first);
        }
        text.reverse();
        out.extend(&text)?;
        if let (Some(last), Some(entry)) = (previous, entries.get_mut(free)) {
            // Codes have 16 bits at most.
            *entry = Entry { prefix: last as u16, last: first };
            free += 1;
            if free == 1 << codes.width && codes.width < bits_max {
                codes.skip_group();
                codes.width += 1;
            }
        }
        previous = Some(code);
    }
    Ok(())
}

/// The string of a code, last byte first.
fn expand(entries: &[Entry], code: usize, text: &mut Vec<u8>) {
    text.clear();
    let mut at = code;
    // Each step leads to an older entry, so the number of entries bounds it.
    for _ in 0..=entries.len() {
        if at < CLEAR {
            text.push(at as u8);
            return;
        }
        let entry = entries.get(at).copied().unwrap_or_default();
        text.push(entry.last);
        at = usize::from(entry.prefix);
    }
}
