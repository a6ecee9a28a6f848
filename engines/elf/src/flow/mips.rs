//! MIPS32 and MIPS64 (MIPS Architecture For Programmers, volume II). MIPS16e, microMIPS and
//! release 6 compact branches are left out: hardly any firmware's user space uses them.

use super::image::Image;
use super::value::{Decoded, State, Step, Value, sign};
use duecare_base::Endian;

pub(super) const SP: u32 = 29;
pub(super) const GP: u32 = 28;
pub(super) const T9: u32 = 25;

struct Word(u32);

impl Word {
    fn op(&self) -> u32 {
        self.0 >> 26
    }
    fn rs(&self) -> u32 {
        (self.0 >> 21) & 31
    }
    fn rt(&self) -> u32 {
        (self.0 >> 16) & 31
    }
    fn rd(&self) -> u32 {
        (self.0 >> 11) & 31
    }
    fn function(&self) -> u32 {
        self.0 & 63
    }
    fn imm(&self) -> i64 {
        sign(self.0, 16)
    }
}

/// Executes the instruction at `at`, and the one in its delay slot.
pub(super) fn step(image: &Image<'_>, at: u64, state: &mut State) -> Option<Decoded> {
    let word = Word(image.word32(at)?);
    let step = match control(&word, at, state) {
        None => {
            plain(image, &word, state);
            return Some(Decoded { len: 4, step: Step::Next });
        }
        Some(step) => step,
    };
    // The delay slot runs before the jump; a jump in it would be nonsense.
    if let Some(slot) = image.word32(at.wrapping_add(4)).map(Word)
        && control(&slot, at, &mut state.clone()).is_none()
    {
        plain(image, &slot, state);
    }
    Some(Decoded { len: 8, step })
}

fn control(word: &Word, at: u64, state: &mut State) -> Option<Step> {
    let near = at.wrapping_add(4).wrapping_add_signed(word.imm() * 4) & state.mask;
    let far = (at.wrapping_add(4) & !0x0fff_ffff) | u64::from((word.0 & 0x03ff_ffff) << 2);
    Some(match (word.op(), word.function()) {
        (0, 8) if word.rs() == 31 => Step::Return,
        (0, 8) => Step::Jump(read(state, word.rs())),
        (0, 9) => Step::Call(read(state, word.rs())),
        (1, _) => match word.rt() {
            0x10..=0x13 if near == at.wrapping_add(8) => {
                // `bal .+8` reads the program counter.
                state.set(31, Value::Const(near));
                Step::Next
            }
            0x10..=0x13 => Step::Call(Value::Const(near)),
            0..=3 => Step::Branch(near),
            _ => return None,
        },
        (2, _) => Step::Jump(Value::Const(far)),
        (3, _) => Step::Call(Value::Const(far)),
        (4 | 0x14, _) if word.rs() == word.rt() => Step::Jump(Value::Const(near)),
        (4 | 5, _) => {
            state.compare(read(state, word.rs()), read(state, word.rt()));
            Step::Branch(near)
        }
        (6 | 7 | 0x14..=0x17, _) => Step::Branch(near),
        (0x11 | 0x12, _) if word.rs() == 8 => Step::Branch(near),
        _ => return None,
    })
}

fn read(state: &State, register: u32) -> Value {
    if register == 0 { Value::Const(0) } else { state.get(register) }
}

fn write(state: &mut State, register: u32, value: Value) {
    if register != 0 {
        state.set(register, value);
    }
}

fn plain(image: &Image<'_>, word: &Word, state: &mut State) {
    let mask = state.mask;
    let base = read(state, word.rs());
    let place = base.plus(word.imm(), mask);
    match word.op() {
        0 => special(word, state),
        0x08 | 0x09 | 0x18 | 0x19 => write(state, word.rt(), place),
        0x0c => write(state, word.rt(), Value::Unknown),
        0x0d => {
            let low = u64::from(word.0 & 0xffff);
            let value = base.number().map_or(Value::Unknown, |n| Value::Const(n | low));
            write(state, word.rt(), value);
        }
        0x0f => {
            let high = sign(word.0 << 16, 32);
            write(state, word.rt(), Value::Const(high as u64 & mask));
        }
        0x20 | 0x21 | 0x24 | 0x25 => write(state, word.rt(), state.part(place)),
        // The two halves of an unaligned load; the one at the lower address names the place.
        0x22 if image.code_endian() == Endian::Big => write(state, word.rt(), state.part(place)),
        0x26 if image.code_endian() == Endian::Little => write(state, word.rt(), state.part(place)),
        0x22 | 0x26 if matches!(state.get(word.rt()), Value::Slot(_) | Value::Global(_)) => {}
        0x0a | 0x0b => {
            state.measure(base, Value::Unknown);
            write(state, word.rt(), Value::Unknown);
        }
        0x0e | 0x1a | 0x1b | 0x22 | 0x26 | 0x27 | 0x30 | 0x34 => {
            write(state, word.rt(), Value::Unknown);
        }
        0x23 | 0x37 => write(state, word.rt(), state.load(image, place)),
        0x2b | 0x3f => state.store(place, read(state, word.rt())),
        0x1c => write(state, word.rd(), Value::Unknown),
        // Bit shuffles write rd, the rest of SPECIAL3 (ext, ins, rdhwr) rt.
        0x1f if matches!(word.function(), 0x20 | 0x24) => write(state, word.rd(), Value::Unknown),
        0x1f => write(state, word.rt(), Value::Unknown),
        // Moves from the floating-point unit.
        0x11 if word.rs() < 4 => write(state, word.rt(), Value::Unknown),
        _ => {}
    }
}

fn special(word: &Word, state: &mut State) {
    let (a, b) = (read(state, word.rs()), read(state, word.rt()));
    let value = match word.function() {
        0x20 | 0x21 | 0x2c | 0x2d => a.add(b, state.mask),
        0x22 | 0x23 | 0x2e | 0x2f => match b {
            Value::Const(number) => a.plus((number as i64).wrapping_neg(), state.mask),
            _ => Value::Unknown,
        },
        // Compilers compare by exclusive or as well, to gather several results.
        0x26 => {
            state.compare(a, b);
            Value::Unknown
        }
        0x25 if word.rt() == 0 => a,
        0x25 if word.rs() == 0 => b,
        0x2a | 0x2b => {
            state.measure(a, b);
            Value::Unknown
        }
        // Conditional moves.
        0x0a | 0x0b => read(state, word.rd()).meet(a),
        // Multiplication and division write hi and lo; traps and syscalls nothing.
        0x0c..=0x0f | 0x11 | 0x13 | 0x18..=0x1f | 0x30..=0x36 => return,
        _ => Value::Unknown,
    };
    write(state, word.rd(), value);
}
