//! x86 and x86-64 (Intel SDM, volume 2): length of every instruction, effect of those that move
//! addresses and control. What is not modelled clobbers the registers that it names.

mod effects;

use super::image::Image;
use super::value::{Decoded, State, Step, Value};

pub(super) const SP: u32 = 4;
const BP: u32 = 5;
const AX: u32 = 0;
/// Most prefixes before an opcode.
const PREFIXES_MAX: usize = 6;

/// Operands as decoded from the ModRM byte.
#[derive(Clone, Copy)]
struct Operands {
    /// The `reg` field.
    reg: u32,
    /// The register that `rm` names, when it names one.
    direct: Option<u32>,
    /// The address that `rm` names, when it names memory.
    place: Value,
    /// Bytes of ModRM, SIB and displacement.
    len: usize,
}

struct Insn<'c> {
    code: &'c [u8],
    at: u64,
    wide: bool,
    rex: u32,
    /// 66: 16-bit operands.
    short: bool,
    /// F3.
    repeat: bool,
    /// FS or GS: memory of the thread.
    foreign: bool,
    /// Bytes before the opcode.
    start: usize,
}

/// Executes the instruction at `at`.
pub(super) fn step(image: &Image<'_>, at: u64, wide: bool, state: &mut State) -> Option<Decoded> {
    let code = image.code(at)?;
    let mut insn =
        Insn { code, at, wide, rex: 0, short: false, repeat: false, foreign: false, start: 0 };
    for _ in 0..PREFIXES_MAX {
        match *code.get(insn.start)? {
            0x66 => insn.short = true,
            0xf3 => insn.repeat = true,
            0x64 | 0x65 => insn.foreign = true,
            0x26 | 0x2e | 0x36 | 0x3e | 0xf0 | 0xf2 | 0x67 => {}
            rex @ 0x40..=0x4f if wide => {
                insn.rex = u32::from(rex);
                insn.start += 1;
                break;
            }
            _ => break,
        }
        insn.start += 1;
    }
    let (len, step) = insn.one(image, state)?;
    Some(Decoded { len: len as u64, step })
}

impl Insn<'_> {
    fn byte(&self, at: usize) -> Option<u8> {
        self.code.get(at).copied()
    }

    fn int(&self, at: usize, size: usize) -> Option<i64> {
        let raw = self.code.get(at..at.checked_add(size)?)?;
        let unsigned = raw.iter().rev().fold(0_u64, |sum, byte| sum << 8 | u64::from(*byte));
        if size == 0 {
            return Some(0);
        }
        let shift = 64_usize.saturating_sub(size * 8);
        Some(((unsigned << shift) as i64) >> shift)
    }

    /// Size of an operand-sized immediate: at most four bytes.
    fn word_size(&self) -> usize {
        if self.short { 2 } else { 4 }
    }

    fn pointer_size(&self) -> i64 {
        if self.wide { 8 } else { 4 }
    }

    fn operands(&self, at: usize, tail: usize, state: &State) -> Option<Operands> {
        let modrm = u32::from(self.byte(at)?);
        let (mode, rm) = (modrm >> 6, modrm & 7);
        let reg = modrm >> 3 & 7 | (self.rex & 4) << 1;
        let high = (self.rex & 1) << 3;
        if mode == 3 {
            let direct = Some(rm | high);
            return Some(Operands { reg, direct, place: Value::Unknown, len: 1 });
        }
        let mut len = 1;
        let mut base = state.get(rm | high);
        let mut absolute = mode == 0 && rm == 5;
        if rm == 4 {
            let sib = u32::from(self.byte(at + 1)?);
            len += 1;
            absolute = mode == 0 && sib & 7 == 5;
            base = if absolute { Value::Const(0) } else { state.get(sib & 7 | high) };
            let index = sib >> 3 & 7 | (self.rex & 2) << 2;
            if index != 4 {
                base = match (base, state.get(index)) {
                    (base, Value::Const(index)) => {
                        base.add(Value::Const(index << (sib >> 6)), state.mask)
                    }
                    _ => Value::Unknown,
                };
            }
        }
        let size = match mode {
            1 => 1,
            2 => 4,
            _ if absolute => 4,
            _ => 0,
        };
        let by = self.int(at + len, size)?;
        len += size;
        let place = if absolute && rm == 5 {
            let next = self.at.wrapping_add((at + len + tail) as u64);
            let origin = if self.wide { next } else { 0 };
            Value::Const(origin.wrapping_add_signed(by) & state.mask)
        } else {
            base.plus(by, state.mask)
        };
        let place = if self.foreign { Value::Unknown } else { place };
        Some(Operands { reg, direct: None, place, len })
    }

    fn read(&self, image: &Image<'_>, operands: Operands, state: &State) -> Value {
        match operands.direct {
            Some(register) => state.get(register),
            None => state.load(image, operands.place),
        }
    }

    fn write(&self, operands: Operands, value: Value, state: &mut State) {
        // Half of a register is not the register.
        let value = if self.short { Value::Unknown } else { value };
        match operands.direct {
            Some(register) => state.set(register, value),
            None => state.store(operands.place, value),
        }
    }

    fn push(&self, value: Value, state: &mut State) {
        let top = state.get(SP).plus(-self.pointer_size(), state.mask);
        state.set(SP, top);
        state.store(top, value);
    }

    fn pop(&self, image: &Image<'_>, state: &mut State) -> Value {
        let top = state.get(SP);
        state.set(SP, top.plus(self.pointer_size(), state.mask));
        state.load(image, top)
    }

    fn target(&self, end: usize, by: i64, state: &State) -> u64 {
        self.at.wrapping_add(end as u64).wrapping_add_signed(by) & state.mask
    }

    fn one(&self, image: &Image<'_>, state: &mut State) -> Option<(usize, Step)> {
        let opcode = self.byte(self.start)?;
        let next = self.start + 1;
        let near = |size: usize| {
            self.int(next, size).map(|by| (next + size, self.target(next + size, by, state)))
        };
        Some(match opcode {
            0x0f => return self.two_bytes(image, state),
            0x50..=0x57 => {
                self.push(state.get(self.low(opcode)), state);
                (next, Step::Next)
            }
            0x58..=0x5f => {
                let value = self.pop(image, state);
                state.set(self.low(opcode), value);
                (next, Step::Next)
            }
            0x68 | 0x6a => {
                let size = if opcode == 0x6a { 1 } else { self.word_size() };
                let number = self.int(next, size)?;
                self.push(Value::Const(number as u64 & state.mask), state);
                (next + size, Step::Next)
            }
            0x70..=0x7f | 0xe0..=0xe3 => {
                let (len, to) = near(1)?;
                (len, Step::Branch(to))
            }
            0xe8 => {
                let (len, to) = near(4)?;
                (len, self.call(image, to, len, state))
            }
            0xe9 | 0xeb => {
                let (len, to) = near(if opcode == 0xeb { 1 } else { 4 })?;
                (len, Step::Jump(Value::Const(to)))
            }
            0xb8..=0xbf => {
                let size = if self.rex & 8 != 0 { 8 } else { self.word_size() };
                let number = self.int(next, size)?;
                let number = if size == 8 { number as u64 } else { u64::from(number as u32) };
                state.set(self.low(opcode), Value::Const(number & state.mask));
                (next + size, Step::Next)
            }
            0xc2 => (next + 2, Step::Return),
            0xc3 => (next, Step::Return),
            0xc9 => {
                state.set(SP, state.get(BP));
                let value = self.pop(image, state);
                state.set(BP, value);
                (next, Step::Next)
            }
            0xa6 if self.repeat => {
                let (first, second) = (state.get(6), state.get(7));
                state.clobber([1, 6, 7]);
                (next, Step::Compare(first, second))
            }
            _ => return self.general(image, opcode, state),
        })
    }

    fn low(&self, opcode: u8) -> u32 {
        u32::from(opcode & 7) | (self.rex & 1) << 3
    }

    /// 32-bit code reads its own address through a call: to the next instruction, or to a helper
    /// that copies the return address into a register.
    fn call(&self, image: &Image<'_>, to: u64, len: usize, state: &mut State) -> Step {
        let next = self.at.wrapping_add(len as u64) & state.mask;
        if to == next {
            self.push(Value::Const(next), state);
            return Step::Next;
        }
        if !self.wide
            && let Some([0x8b, modrm, 0x24, 0xc3, ..]) = image.code(to)
            && modrm & 0xc7 == 4
        {
            state.set(u32::from(modrm >> 3 & 7), Value::Const(next));
            return Step::Next;
        }
        Step::Call(Value::Const(to))
    }

    /// One-byte opcodes with a ModRM byte, and those that only have a length.
    fn general(&self, image: &Image<'_>, opcode: u8, state: &mut State) -> Option<(usize, Step)> {
        let at = self.start + 1;
        let word = self.word_size();
        let tail = match opcode {
            0x80 | 0x82 | 0x83 | 0x6b | 0xc0 | 0xc1 | 0xc6 => 1,
            0x81 | 0x69 | 0xc7 => word,
            0xf6 if self.byte(at)? >> 3 & 7 < 2 => 1,
            0xf7 if self.byte(at)? >> 3 & 7 < 2 => word,
            _ => 0,
        };
        let with_modrm = match opcode {
            0x00..=0x3f => opcode & 7 < 4,
            0x62 | 0x63 | 0x69 | 0x6b | 0x80..=0x8f | 0xc0 | 0xc1 | 0xc4..=0xc7 => true,
            0xd0..=0xd3 | 0xd8..=0xdf | 0xf6 | 0xf7 | 0xfe | 0xff => true,
            _ => false,
        };
        if matches!(opcode, 0x62 | 0xc4 | 0xc5) && (self.wide || self.byte(at)? >> 6 == 3) {
            return self.vector(opcode, state);
        }
        if !with_modrm {
            return Some((self.bare(opcode, state)?, Step::Next));
        }
        let operands = self.operands(at, tail, state)?;
        let end = at + operands.len;
        let step = self.modrm(image, opcode, operands, end, tail, state)?;
        Some((end + tail, step))
    }

    fn bare(&self, opcode: u8, state: &mut State) -> Option<usize> {
        let at = self.start + 1;
        let word = self.word_size();
        Some(match opcode {
            0x3c => {
                let number = Value::Const(u64::from(self.byte(at)?));
                state.compare(Value::Unknown, number);
                at + 1
            }
            0x00..=0x3f if opcode & 7 == 4 => at + 1,
            0x00..=0x3f if opcode & 7 == 5 => {
                let old = state.get(AX);
                if matches!(opcode, 0x05 | 0x2d) && !self.short {
                    let by = self.int(at, word)?;
                    let by = if opcode == 0x05 { by } else { by.wrapping_neg() };
                    state.set(AX, old.plus(by, state.mask));
                } else if opcode == 0x3d {
                    let number = self.int(at, word)? as u64 & 0xffff_ffff;
                    state.compare(state.get(AX), Value::Const(number));
                } else {
                    state.set(AX, Value::Unknown);
                }
                at + word
            }
            // 32-bit only: inc and dec.
            0x40..=0x4f => {
                let register = u32::from(opcode & 7);
                let by = if opcode < 0x48 { 1 } else { -1 };
                state.set(register, state.get(register).plus(by, state.mask));
                at
            }
            0x91..=0x97 => {
                let register = self.low(opcode);
                let (a, b) = (state.get(AX), state.get(register));
                state.set(AX, b);
                state.set(register, a);
                at
            }
            0xa0..=0xa3 => {
                state.set(AX, Value::Unknown);
                at + if self.wide { 8 } else { 4 }
            }
            0xa8 | 0xb0..=0xb7 | 0xcd | 0xd4 | 0xd5 | 0xe4..=0xe7 => at + 1,
            0xa9 => at + word,
            0xa4..=0xa7 | 0xaa..=0xaf => {
                state.clobber([1, 6, 7]);
                at
            }
            0x9a | 0xea => at + word + 2,
            0xc8 => at + 3,
            0x98 | 0x99 => {
                let kept = opcode == 0x98 && matches!(state.get(AX), Value::Call(_));
                if !kept {
                    state.set(if opcode == 0x98 { AX } else { 2 }, Value::Unknown);
                }
                at
            }
            _ => at,
        })
    }

    fn two_bytes(&self, image: &Image<'_>, state: &mut State) -> Option<(usize, Step)> {
        let opcode = self.byte(self.start + 1)?;
        let at = self.start + 2;
        match opcode {
            0x80..=0x8f => {
                let len = at + 4;
                let to = self.target(len, self.int(at, 4)?, state);
                return Some((len, Step::Branch(to)));
            }
            0x0b => return Some((at, Step::Return)),
            0x05..=0x09 | 0x30..=0x37 | 0x77 | 0xa0..=0xa2 | 0xa8..=0xaa => {
                return Some((at, Step::Next));
            }
            0xc8..=0xcf => {
                state.set(self.low(opcode), Value::Unknown);
                return Some((at, Step::Next));
            }
            _ => {}
        }
        let (at, tail) = match opcode {
            0x38 => (at + 1, 0),
            0x3a => (at + 1, 1),
            0x70..=0x73 | 0xa4 | 0xac | 0xba | 0xc2 | 0xc4..=0xc6 => (at, 1),
            _ => (at, 0),
        };
        let operands = self.operands(at, tail, state)?;
        match opcode {
            0x40..=0x4f => {
                let value = state.get(operands.reg).meet(self.read(image, operands, state));
                state.set(operands.reg, value);
            }
            0x90..=0x9f
            | 0xa3
            | 0xab
            | 0xb3
            | 0xba
            | 0xbb
            | 0xc0
            | 0xc1
            | 0xb0
            | 0xb1
            | 0xa4
            | 0xa5
            | 0xac
            | 0xad => {
                if let Some(register) = operands.direct {
                    state.set(register, Value::Unknown);
                }
            }
            0x2c | 0x2d | 0x50 | 0xaf | 0xb6..=0xb8 | 0xbc..=0xbf | 0xc5 | 0xd7 | 0x38 => {
                state.set(operands.reg, Value::Unknown);
            }
            0x7e => {
                if let Some(register) = operands.direct {
                    state.set(register, Value::Unknown);
                }
            }
            _ => {}
        }
        Some((at + operands.len + tail, Step::Next))
    }

    /// VEX and EVEX instructions: only their length matters here.
    fn vector(&self, opcode: u8, state: &State) -> Option<(usize, Step)> {
        let at = self.start + 1;
        let (map, code_at) = match opcode {
            0xc5 => (1, at + 1),
            0xc4 => (self.byte(at)? & 31, at + 2),
            _ => (self.byte(at)? & 7, at + 3),
        };
        let code = self.byte(code_at)?;
        let tail = match (map, code) {
            (3, _) | (1, 0x70..=0x73 | 0xc2 | 0xc4..=0xc6) => 1,
            (1, 0x77) => return Some((code_at + 1, Step::Next)),
            _ => 0,
        };
        let operands = self.operands(code_at + 1, tail, state)?;
        Some((code_at + 1 + operands.len + tail, Step::Next))
    }
}
