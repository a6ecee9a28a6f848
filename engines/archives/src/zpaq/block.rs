//! A block: its model, and the segments that were packed with it one after another.
//!
//! Source: as [`super::machine`], sections 2 and 5.

use super::Fault;
use super::machine::Machine;
use super::model::{Model, size_of_list};
use duecare_base::Bin;
use duecare_unpack::{Budget, Bytes, Loan};

/// Stands before a block, so that one can be found after damage.
pub(super) const LOCATOR: &[u8] = b"7kSt\xa01\x83\xd3\x8c\xb2(\xb0\xd3";

/// What a model and the programs of a block may take together, in bytes; the program's own levels
/// ask for a fifth of it with blocks of 16 MiB, the usual size.
const MODEL_BYTES_MAX: usize = 1 << 29;

/// What a decoded byte counts as in work, for each component and once more.
const WORK_PER_BYTE: usize = 8;

/// Longest name or comment of a segment, in bytes.
const TEXT_BYTES_MAX: usize = 65_536;

/// A segment, as far as it could be unpacked.
pub(super) struct Segment {
    pub(super) name: Vec<u8>,
    pub(super) comment: Vec<u8>,
    pub(super) bytes: Vec<u8>,
}

/// The segments of the block at `at`, and where it ends. `None` where no block begins.
pub(super) fn read(
    input: &Bytes,
    at: usize,
    budget: &Budget,
) -> Option<(Vec<Segment>, Result<usize, Fault>)> {
    let bin = Bin::le(input);
    let at = if bin.has(at, LOCATOR) { at + LOCATOR.len() } else { at };
    let (level, kind) = (bin.u8(at + 3).ok()?, bin.u8(at + 4).ok()?);
    if !bin.has(at, b"zPQ") || !matches!(level, 1 | 2) || kind != 1 {
        return None;
    }
    let size = usize::from(bin.u16(at + 5).ok()?);
    let header = bin.slice(at + 7, size).ok()?;
    let mut segments = Vec::new();
    let end = segments_of(input, at + 7 + size, header, budget, &mut segments);
    Some((segments, end))
}

fn segments_of(
    input: &Bytes,
    begin: usize,
    header: &[u8],
    budget: &Budget,
    segments: &mut Vec<Segment>,
) -> Result<usize, Fault> {
    let mut decoder = Decoder::new(input, begin, header, budget)?;
    loop {
        match decoder.byte()? {
            255 => return Ok(decoder.at),
            1 => {}
            _ => return Err(Fault::Damaged),
        }
        budget.take_node().map_err(|_| Fault::Limit)?;
        let (name, comment) = (decoder.text()?, decoder.text()?);
        if decoder.byte()? != 0 {
            return Err(Fault::Damaged);
        }
        let outcome = decoder.segment();
        let bytes = std::mem::take(&mut decoder.post.out);
        // All segments of a block are kept until it is done.
        decoder.out_max = decoder.out_max.saturating_sub(bytes.len());
        let outcome = outcome.and_then(|()| decoder.checked(&bytes));
        segments.push(Segment { name, comment, bytes });
        outcome?;
    }
}

/// The arithmetic decoder, and what its bytes run through.
struct Decoder<'a> {
    input: &'a Bytes,
    at: usize,
    budget: &'a Budget,
    /// `None`: the bytes are stored.
    model: Option<Model>,
    components: usize,
    low: u32,
    high: u32,
    code: u32,
    post: Post,
    out_max: usize,
    /// What the model and the programs take is given back with them.
    _loan: Loan<'a>,
}

/// What comes behind the model: nothing, or a program that the block brings.
struct Post {
    words_log: u8,
    bytes_log: u8,
    stage: Stage,
    out: Vec<u8>,
}

enum Stage {
    /// The first byte says whether there is a program.
    Begin,
    Pass,
    /// The program's size and what is there of it.
    Loading(Vec<u8>),
    Program(Box<Machine>),
}

impl<'a> Decoder<'a> {
    fn new(input: &'a Bytes, at: usize, header: &[u8], budget: &'a Budget) -> Result<Self, Fault> {
        let [words, bytes, post_words, post_bytes, count, list @ ..] = header else {
            return Err(Fault::Damaged);
        };
        let memory_max = MODEL_BYTES_MAX.min(budget.memory_left());
        let mut memory = memory_max;
        for (log, unit) in [(words, 4), (bytes, 1), (post_words, 4), (post_bytes, 1)] {
            let size = 1_usize.checked_shl(u32::from(*log)).filter(|_| *log <= 31);
            let size = size.and_then(|size| size.checked_mul(unit));
            memory = size.and_then(|size| memory.checked_sub(size)).ok_or(Fault::Limit)?;
        }
        let list_size = size_of_list(list, *count).ok_or(Fault::Damaged)?;
        let (list, program) = list.split_at_checked(list_size).ok_or(Fault::Damaged)?;
        let model = match count {
            0 => None,
            _ => {
                let machine = Machine::new(program, *words, *bytes);
                Some(Model::new(list, machine, &mut memory, budget)?)
            }
        };
        let (low, high) = if model.is_some() { (1, u32::MAX) } else { (0, 0) };
        let stage = Stage::Begin;
        let (words_log, bytes_log) = (*post_words, *post_bytes);
        let post = Post { words_log, bytes_log, stage, out: Vec::new() };
        let _loan = budget.lend_memory(memory_max - memory).map_err(|_| Fault::Limit)?;
        let out_max = budget.memory_left();
        let components = usize::from(*count);
        Ok(Self { input, at, budget, model, components, low, high, code: 0, post, out_max, _loan })
    }

    fn byte(&mut self) -> Result<u8, Fault> {
        let byte = self.input.get(self.at).copied().ok_or(Fault::Cut)?;
        self.at += 1;
        Ok(byte)
    }

    fn text(&mut self) -> Result<Vec<u8>, Fault> {
        let rest = self.input.get(self.at..).unwrap_or_default();
        let end = rest.iter().take(TEXT_BYTES_MAX).position(|byte| *byte == 0).ok_or(Fault::Cut)?;
        self.at += end + 1;
        Ok(rest.get(..end).unwrap_or_default().to_vec())
    }

    fn segment(&mut self) -> Result<(), Fault> {
        loop {
            let byte = self.decoded()?;
            self.post.write(byte, self.budget, self.out_max)?;
            if byte.is_none() {
                return Ok(());
            }
            let work = WORK_PER_BYTE * (self.components + 1);
            self.budget.take_work(work).map_err(|_| Fault::Limit)?;
        }
    }

    /// The next byte, `None` at the segment's end.
    fn decoded(&mut self) -> Result<Option<u8>, Fault> {
        if self.code == 0 {
            for _ in 0..4 {
                self.code = self.code << 8 | u32::from(self.byte()?);
            }
            if self.code == 0 && self.model.is_none() {
                return Ok(None);
            }
        }
        if self.model.is_none() {
            self.code -= 1;
            return self.byte().map(Some);
        }
        if self.bit(0)? == 1 {
            return if self.code == 0 { Ok(None) } else { Err(Fault::Damaged) };
        }
        let mut node = 1;
        while node < 256 {
            let sure = self.model.as_mut().map_or(0, Model::predict);
            let bit = self.bit(sure * 2 + 1)?;
            node = node * 2 + bit;
            if let Some(model) = &mut self.model {
                model.update(bit, self.budget)?;
            }
        }
        Ok(Some(node as u8))
    }

    fn bit(&mut self, probability: u32) -> Result<usize, Fault> {
        if self.code < self.low || self.code > self.high {
            return Err(Fault::Damaged);
        }
        let range = u64::from(self.high - self.low);
        let mid = self.low + ((range * u64::from(probability)) >> 16) as u32;
        let bit = usize::from(self.code <= mid);
        match bit {
            1 => self.high = mid,
            _ => self.low = mid.wrapping_add(1),
        }
        while self.high ^ self.low < 1 << 24 {
            self.high = self.high << 8 | 0xff;
            self.low = (self.low << 8).max(1);
            self.code = self.code << 8 | u32::from(self.byte()?);
        }
        Ok(bit)
    }

    /// Reads the end of a segment and checks its sum, if it has one.
    fn checked(&mut self, bytes: &[u8]) -> Result<(), Fault> {
        use sha1::{Digest as _, Sha1};
        match self.byte()? {
            254 => Ok(()),
            253 => {
                let sum = self.input.get(self.at..self.at + 20).ok_or(Fault::Cut)?;
                self.at += 20;
                if Sha1::digest(bytes).as_slice() == sum { Ok(()) } else { Err(Fault::Checksum) }
            }
            _ => Err(Fault::Damaged),
        }
    }
}

impl Post {
    fn write(&mut self, byte: Option<u8>, budget: &Budget, out_max: usize) -> Result<(), Fault> {
        match (&mut self.stage, byte) {
            (Stage::Pass, None) => {}
            (Stage::Pass, Some(byte)) => {
                if self.out.len() >= out_max {
                    return Err(Fault::Limit);
                }
                self.out.push(byte);
            }
            (Stage::Program(machine), byte) => {
                machine.run(byte.map_or(u32::MAX, u32::from), budget, out_max)?;
                if byte.is_none() {
                    self.out = std::mem::take(&mut machine.out);
                }
            }
            (_, None) => return Err(Fault::Damaged),
            (Stage::Begin, Some(0)) => self.stage = Stage::Pass,
            (Stage::Begin, Some(1)) => self.stage = Stage::Loading(Vec::new()),
            (Stage::Begin, Some(_)) => return Err(Fault::Damaged),
            (Stage::Loading(loaded), Some(byte)) => {
                loaded.push(byte);
                let [low, high, program @ ..] = loaded.as_slice() else { return Ok(()) };
                let size = usize::from(*low) | usize::from(*high) << 8;
                if size == 0 {
                    return Err(Fault::Damaged);
                }
                if program.len() == size {
                    let machine = Machine::new(program, self.words_log, self.bytes_log);
                    self.stage = Stage::Program(Box::new(machine));
                }
            }
        }
        Ok(())
    }
}
