//! The virtual machine of ZPAQL, in which an archive brings its own context and unpacking programs.
//!
//! Source: "The ZPAQ Open Standard Format for Highly Compressed Data", level 2, section 4.

use super::Fault;
use duecare_unpack::Budget;

/// Instructions after which work is taken from the budget.
const STEPS_PER_WORK: usize = 4096;

/// What an instruction counts as, in bytes of work: it takes as long as many bytes copied.
const WORK_PER_STEP: usize = 64;

/// Instructions of one run for each byte and word of memory, and the least; undoing a transform
/// passes over all of the memory some times, anything more goes in circles.
const STEPS_PER_CELL_MAX: usize = 64;
const STEPS_MIN: usize = 1 << 22;

/// A program with its memory.
pub(super) struct Machine {
    code: Vec<u8>,
    a: u32,
    b: u32,
    c: u32,
    d: u32,
    flag: bool,
    registers: Vec<u32>,
    /// `M` and `H`; both have a power of two as size.
    bytes: Vec<u8>,
    words: Vec<u32>,
    /// What the program wrote.
    pub(super) out: Vec<u8>,
    steps: usize,
}

impl Machine {
    /// Sizes are given as powers of two, and were checked.
    pub(super) fn new(code: &[u8], words_log: u8, bytes_log: u8) -> Self {
        Self {
            code: code.to_vec(),
            a: 0,
            b: 0,
            c: 0,
            d: 0,
            flag: false,
            registers: vec![0; 256],
            bytes: vec![0; 1 << bytes_log.min(31)],
            words: vec![0; 1 << words_log.min(29)],
            out: Vec::new(),
            steps: 0,
        }
    }

    /// An element of `H`.
    pub(super) fn word(&self, index: usize) -> u32 {
        self.words.get(index & (self.words.len() - 1)).copied().unwrap_or_default()
    }

    /// Runs the program with `input` as `A`, until it halts.
    pub(super) fn run(&mut self, input: u32, budget: &Budget, out_max: usize) -> Result<(), Fault> {
        self.a = input;
        let mut at = 0_usize;
        let cells = self.bytes.len().saturating_add(self.words.len());
        let steps_max = cells.saturating_mul(STEPS_PER_CELL_MAX).max(STEPS_MIN);
        let mut steps = 0;
        loop {
            steps += 1;
            if steps > steps_max {
                return Err(Fault::Limit);
            }
            self.steps += 1;
            if self.steps >= STEPS_PER_WORK {
                self.steps = 0;
                budget.take_work(STEPS_PER_WORK * WORK_PER_STEP).map_err(|_| Fault::Limit)?;
            }
            let op = *self.code.get(at).ok_or(Fault::Program)?;
            at += 1;
            let mut operand = 0;
            if op & 7 == 7 {
                operand = *self.code.get(at).ok_or(Fault::Program)?;
                at += 1;
            }
            let jump = match op {
                39 => self.flag,
                47 => !self.flag,
                63 => true,
                56 => return Ok(()),
                255 => {
                    let high = *self.code.get(at).ok_or(Fault::Program)?;
                    at = usize::from(operand) | usize::from(high) << 8;
                    continue;
                }
                _ => {
                    self.step(op, operand, out_max)?;
                    continue;
                }
            };
            if jump {
                at = at.checked_add_signed(isize::from(operand as i8)).ok_or(Fault::Program)?;
            }
        }
    }

    fn step(&mut self, op: u8, operand: u8, out_max: usize) -> Result<(), Fault> {
        let (group, low) = (op >> 3 & 7, op & 7);
        match op {
            0 => return Err(Fault::Program),
            57 => {
                if self.out.len() >= out_max {
                    return Err(Fault::Limit);
                }
                self.out.push(self.a as u8);
            }
            59 => self.a = self.a.wrapping_add(self.get(4, 0)).wrapping_add(512).wrapping_mul(773),
            60 => {
                let hash = self.get(6, 0).wrapping_add(self.a).wrapping_add(512).wrapping_mul(773);
                self.set(6, hash);
            }
            55 => {
                if let Some(register) = self.registers.get_mut(usize::from(operand)) {
                    *register = self.a;
                }
            }
            1..=54 => self.unary(group, low, operand)?,
            64..=119 => {
                let value = self.get(low, operand);
                self.set(group, value);
            }
            128..=239 => {
                let value = self.get(low, operand);
                self.binary(op >> 3 & 15, value);
            }
            _ => return Err(Fault::Program),
        }
        Ok(())
    }

    fn unary(&mut self, target: u8, kind: u8, operand: u8) -> Result<(), Fault> {
        let value = self.get(target, 0);
        match kind {
            0 => {
                let a = self.a;
                // With a byte of memory, the upper bits of A stay.
                self.a = if matches!(target, 4 | 5) { a & !0xff | value } else { value };
                self.set(target, a);
            }
            1 => self.set(target, value.wrapping_add(1)),
            2 => self.set(target, value.wrapping_sub(1)),
            3 => self.set(target, !value),
            4 => self.set(target, 0),
            7 if target < 4 => {
                let register = self.registers.get(usize::from(operand)).copied();
                self.set(target, register.unwrap_or_default());
            }
            _ => return Err(Fault::Program),
        }
        Ok(())
    }

    fn binary(&mut self, kind: u8, value: u32) {
        let a = self.a;
        self.a = match kind {
            0 => a.wrapping_add(value),
            1 => a.wrapping_sub(value),
            2 => a.wrapping_mul(value),
            3 => a.checked_div(value).unwrap_or(0),
            4 => a.checked_rem(value).unwrap_or(0),
            5 => a & value,
            6 => a & !value,
            7 => a | value,
            8 => a ^ value,
            9 => a << (value & 31),
            10 => a >> (value & 31),
            _ => {
                self.flag = match kind {
                    11 => a == value,
                    12 => a < value,
                    _ => a > value,
                };
                a
            }
        };
    }

    fn get(&self, source: u8, operand: u8) -> u32 {
        let byte = |at: u32| {
            let at = at as usize & (self.bytes.len() - 1);
            self.bytes.get(at).map_or(0, |byte| u32::from(*byte))
        };
        match source {
            0 => self.a,
            1 => self.b,
            2 => self.c,
            3 => self.d,
            4 => byte(self.b),
            5 => byte(self.c),
            6 => self.word(self.d as usize),
            _ => u32::from(operand),
        }
    }

    fn set(&mut self, target: u8, value: u32) {
        let mask = self.bytes.len() - 1;
        match target {
            0 => self.a = value,
            1 => self.b = value,
            2 => self.c = value,
            3 => self.d = value,
            4 | 5 => {
                let at = if target == 4 { self.b } else { self.c } as usize & mask;
                if let Some(byte) = self.bytes.get_mut(at) {
                    *byte = value as u8;
                }
            }
            _ => {
                let at = self.d as usize & (self.words.len() - 1);
                if let Some(word) = self.words.get_mut(at) {
                    *word = value;
                }
            }
        }
    }
}
