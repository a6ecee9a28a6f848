//! bzip3: run lengths, long matches, a Burrows–Wheeler transform and an arithmetic coder.
//!
//! Source: bzip3's `doc/file_format.md` for the frame; the stages as bzip3 1.5 writes them.

use super::{layer, raw_crc};
use crate::{CodecError, Decoded};
use duecare_base::Bin;
use duecare_unpack::{Bytes, Context, Format, Found, LimitReached, Signature};

const MAGIC: &[u8] = b"BZ3v1";
const HEADER_BYTES: usize = 9;

/// Block sizes that the format allows, in bytes.
const BLOCK_BYTES_MIN: usize = 65 * 1024;
const BLOCK_BYTES_MAX: usize = 511 * 1024 * 1024;

/// Bytes of work for each decoded byte: eight coded bits through a model.
const WORK_PER_BYTE: usize = 8;

/// CRC-32C's polynomial, reflected; bzip3 begins with 1 and does not invert.
const CASTAGNOLI: u32 = 0x82f6_3b78;

/// Bits of the model byte: which stages were used.
const MATCHES: u8 = 2;
const RUNS: u8 = 4;

pub(super) struct Bzip3;

impl Format for Bzip3 {
    fn name(&self) -> &'static str {
        "bzip3"
    }

    fn signatures(&self) -> &'static [Signature] {
        const { &[Signature::anywhere(MAGIC)] }
    }

    fn read(&self, input: &Bytes, context: &Context<'_>) -> Option<Found> {
        let bin = Bin::le(input);
        let block_max = bin.size32(5).ok()?;
        if !bin.has(0, MAGIC) || !(BLOCK_BYTES_MIN..=BLOCK_BYTES_MAX).contains(&block_max) {
            return None;
        }
        let (mut bytes, mut at, mut error) = (Vec::new(), HEADER_BYTES, None);
        while let Some((packed, size)) = next_block(bin, at, block_max) {
            let Ok(packed) = bin.slice(at + 8, packed) else {
                error = Some(CodecError::Truncated { codec: "bzip3" });
                break;
            };
            match plain(packed, size, bytes.len(), context) {
                Ok(plain) => bytes.extend_from_slice(&plain),
                Err(reason) => {
                    error = Some(reason);
                    break;
                }
            }
            at += 8 + packed.len();
        }
        if bytes.is_empty() && error.is_none() {
            return None;
        }
        Some(layer(Decoded { bytes, used: at, error }, 1, "decoded", context))
    }
}

/// Packed and plain size of the block at `at`; `None` where none begins.
fn next_block(bin: Bin<'_>, at: usize, block_max: usize) -> Option<(usize, usize)> {
    let (packed, size) = (bin.size32(at).ok()?, bin.size32(at + 4).ok()?);
    let bound = block_max + block_max / 50 + 32;
    ((9..=bound).contains(&packed) && (1..=block_max).contains(&size)).then_some((packed, size))
}

fn damaged(detail: &str) -> CodecError {
    CodecError::Damaged { codec: "bzip3", detail: detail.to_owned() }
}

/// A block of `size` bytes, unpacked; `kept` is what the blocks before it take.
fn plain(
    packed: &[u8],
    size: usize,
    kept: usize,
    context: &Context<'_>,
) -> Result<Vec<u8>, CodecError> {
    let bin = Bin::le(packed);
    let cut = |_| CodecError::Truncated { codec: "bzip3" };
    let (sum, index) = (bin.u32(0).map_err(cut)?, bin.u32(4).map_err(cut)?);
    if index == u32::MAX {
        return checked(bin.tail(8).to_vec(), sum, size);
    }
    let model = bin.u8(8).map_err(cut)?;
    let (mut at, mut transformed) = (9, size);
    let mut before_runs = size;
    if model & RUNS != 0 {
        // Its size stands behind that of the matches.
        let place = if model & MATCHES != 0 { 13 } else { 9 };
        before_runs = bin.size32(place).map_err(cut)?;
        transformed = before_runs;
        at += 4;
    }
    if model & MATCHES != 0 {
        transformed = bin.size32(9).map_err(cut)?;
        at += 4;
    }
    // The run lengths may make a block larger by their map.
    let bound = size + size / 50 + 32;
    if model & !(MATCHES | RUNS) != 0 || transformed > bound || before_runs > bound {
        return Err(damaged("a block's header"));
    }
    let limit = |_: LimitReached| CodecError::TooLarge { codec: "bzip3", size_max: size };
    // Four bytes a position to undo the transform, and two copies.
    let memory = context.budget.memory_left();
    if size.saturating_mul(6).saturating_add(kept) > memory {
        return Err(CodecError::TooLarge { codec: "bzip3", size_max: memory });
    }
    context.budget.take_work(transformed.saturating_mul(WORK_PER_BYTE)).map_err(limit)?;
    let coded = Coder::new(bin.tail(at)).bytes(transformed);
    let mut bytes = restored(&coded, index as usize).ok_or_else(|| damaged("the transform"))?;
    if model & MATCHES != 0 {
        bytes = matches(&bytes, before_runs).ok_or_else(|| damaged("a match"))?;
    }
    if model & RUNS != 0 {
        bytes = runs(&bytes, size).ok_or_else(|| damaged("a run"))?;
    }
    checked(bytes, sum, size)
}

fn checked(bytes: Vec<u8>, sum: u32, size: usize) -> Result<Vec<u8>, CodecError> {
    if bytes.len() != size || raw_crc(CASTAGNOLI, 1, &bytes) != sum {
        return Err(damaged("the checksum of a block is wrong"));
    }
    Ok(bytes)
}

/// The arithmetic decoder and its model: the last byte, the one before, and whether they repeat.
struct Coder<'a> {
    input: std::slice::Iter<'a, u8>,
    low: u32,
    high: u32,
    code: u32,
    order_0: Vec<u16>,
    order_1: Vec<u16>,
    refined: Vec<u16>,
}

impl<'a> Coder<'a> {
    fn new(input: &'a [u8]) -> Self {
        let step = |index: usize| ((index % 17) << 12).min(0xffff) as u16;
        let mut coder = Self {
            input: input.iter(),
            low: 0,
            high: u32::MAX,
            code: 0,
            order_0: vec![1 << 15; 256],
            order_1: vec![1 << 15; 256 * 256],
            refined: (0..512 * 17).map(step).collect(),
        };
        for _ in 0..4 {
            coder.shift_in();
        }
        coder
    }

    fn shift_in(&mut self) {
        // Past the end the encoder's own reader gives -1.
        let next = self.input.next().map_or(u32::MAX, |byte| u32::from(*byte));
        self.code = (self.code << 8).wrapping_add(next);
    }

    fn bytes(mut self, count: usize) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(count);
        let (mut last, mut before, mut run) = (0_usize, 0_usize, 0_u32);
        for _ in 0..count {
            run = if last == before { run + 1 } else { 0 };
            let repeats = usize::from(run > 2);
            let mut node = 1_usize;
            while node < 256 {
                node = node * 2 + usize::from(self.bit(node, last, before, repeats));
            }
            before = last;
            last = node & 255;
            bytes.push(last as u8);
        }
        bytes
    }

    fn bit(&mut self, node: usize, last: usize, before: usize, repeats: usize) -> bool {
        let at = |table: &[u16], index: usize| table.get(index).map_or(0, |p| i64::from(*p));
        let (zero, one) = (node, last * 256 + node);
        let p0 = at(&self.order_0, zero);
        let p =
            ((p0 + at(&self.order_1, one)) * 7 + 2 * at(&self.order_1, before * 256 + node)) >> 4;
        let fine = (2 * node + repeats) * 17 + (p >> 12) as usize;
        let (x1, x2) = (at(&self.refined, fine), at(&self.refined, fine + 1));
        let refined = x1 + (((x2 - x1) * (p & 4095)) >> 12);
        let range = u64::from(self.high - self.low);
        let mid = self.low + ((range * (refined * 3 + p) as u64) >> 18) as u32;
        let bit = self.code <= mid;
        match bit {
            true => self.high = mid,
            false => self.low = mid.wrapping_add(1),
        }
        while self.low ^ self.high < 1 << 24 {
            self.low <<= 8;
            self.high = self.high << 8 | 0xff;
            self.shift_in();
        }
        learn(&mut self.order_0, zero, 2, bit);
        learn(&mut self.order_1, one, 4, bit);
        learn(&mut self.refined, fine, 6, bit);
        learn(&mut self.refined, fine + 1, 6, bit);
        bit
    }
}

/// Moves a probability towards the bit that came.
fn learn(table: &mut [u16], index: usize, rate: u32, bit: bool) {
    if let Some(p) = table.get_mut(index) {
        *p = if bit { *p + ((*p ^ 0xffff) >> rate) } else { *p - (*p >> rate) };
    }
}

/// Undoes the Burrows–Wheeler transform; `index` is the row of the text's own end, which is left out.
fn restored(coded: &[u8], index: usize) -> Option<Vec<u8>> {
    let count = coded.len();
    if index == 0 || index > count {
        return None;
    }
    let mut starts = [0_u32; 256];
    for byte in coded {
        *starts.get_mut(usize::from(*byte))? += 1;
    }
    // Row 0 is that of the end.
    let mut sum = 1;
    for start in &mut starts {
        (*start, sum) = (sum, sum + *start);
    }
    let mut previous = vec![0_u32; count + 1];
    for (place, byte) in coded.iter().enumerate() {
        let row = if place < index { place } else { place + 1 };
        let start = starts.get_mut(usize::from(*byte))?;
        *previous.get_mut(row)? = *start;
        *start += 1;
    }
    let mut bytes = vec![0; count];
    let mut row = 0;
    for slot in bytes.iter_mut().rev() {
        if row == index {
            return None;
        }
        *slot = *coded.get(if row < index { row } else { row - 1 })?;
        row = *previous.get(row)? as usize;
    }
    Some(bytes)
}

/// Marks a match, or with 255 behind it, itself.
const MATCH: u8 = 0xf2;
const MATCH_BYTES_MIN: usize = 40;
const MATCH_TABLE_BITS: u32 = 18;

/// Undoes the long matches, which are found by the four bytes before.
fn matches(packed: &[u8], size_max: usize) -> Option<Vec<u8>> {
    let mut table = vec![0_usize; 1 << MATCH_TABLE_BITS];
    let mut out = packed.get(..4.min(packed.len()))?.to_vec();
    let context = |out: &[u8]| out.last_chunk().map_or(0, |bytes| u32::from_be_bytes(*bytes));
    let mut input = packed.get(out.len()..)?.iter().copied();
    while let Some(byte) = input.next() {
        let before = context(&out);
        let hash = (before >> 15 ^ before ^ before >> 3) & ((1 << MATCH_TABLE_BITS) - 1);
        let slot = table.get_mut(hash as usize)?;
        let from = std::mem::replace(slot, out.len());
        if byte != MATCH || from == 0 {
            out.push(byte);
            continue;
        }
        let mut part = input.next()?;
        if part == 255 {
            out.push(MATCH);
            continue;
        }
        let mut length = MATCH_BYTES_MIN + usize::from(part);
        while part == 254 {
            part = input.next()?;
            length += usize::from(part);
        }
        if out.len() + length > size_max {
            return None;
        }
        for index in from..from + length {
            out.push(*out.get(index)?);
        }
    }
    (out.len() <= size_max).then_some(out)
}

/// Undoes the runs: a map of 256 bits says after which bytes a length follows.
fn runs(packed: &[u8], size: usize) -> Option<Vec<u8>> {
    let (map, rest) = packed.split_at_checked(32)?;
    let mut out = Vec::with_capacity(size);
    let mut input = rest.iter().copied();
    while out.len() < size {
        let byte = input.next()?;
        out.push(byte);
        if map.get(usize::from(byte / 8))? >> (byte % 8) & 1 == 0 {
            continue;
        }
        loop {
            let more = input.next()?;
            let length = usize::from(more);
            if out.len() + length > size {
                return None;
            }
            out.resize(out.len() + length, byte);
            if more != 255 {
                break;
            }
        }
    }
    Some(out)
}
