//! AArch64 (Arm Architecture Reference Manual, A64): what moves addresses and control.

use super::image::Image;
use super::value::{Decoded, State, Step, Value, sign};

pub(super) const SP: u32 = 31;

/// Executes the instruction at `at`.
pub(super) fn step(image: &Image<'_>, at: u64, state: &mut State) -> Option<Decoded> {
    let word = image.word32(at)?;
    let step = match control(word, at, state) {
        Some(step) => step,
        None => {
            plain(image, word, at, state);
            Step::Next
        }
    };
    Some(Decoded { len: 4, step })
}

fn rd(word: u32) -> u32 {
    word & 31
}

fn rn(word: u32) -> u32 {
    (word >> 5) & 31
}

fn rm(word: u32) -> u32 {
    (word >> 16) & 31
}

fn control(word: u32, at: u64, state: &State) -> Option<Step> {
    let to = |field: u32, bits: u32| at.wrapping_add_signed(sign(field, bits) * 4);
    Some(match word {
        w if w & 0xfc00_0000 == 0x1400_0000 => Step::Jump(Value::Const(to(w, 26))),
        w if w & 0xfc00_0000 == 0x9400_0000 => Step::Call(Value::Const(to(w, 26))),
        w if w & 0xff00_0000 == 0x5400_0000 || w & 0x7e00_0000 == 0x3400_0000 => {
            Step::Branch(to(w >> 5, 19))
        }
        w if w & 0x7e00_0000 == 0x3600_0000 => Step::Branch(to(w >> 5, 14)),
        // Plain and authenticated forms alike.
        w if w & 0xfeff_f000 == 0xd61f_0000 => Step::Jump(state.get(rn(w))),
        w if w & 0xfeff_f000 == 0xd63f_0000 => Step::Call(state.get(rn(w))),
        w if w & 0xfeff_f000 == 0xd65f_0000 => Step::Return,
        _ => return None,
    })
}

/// Register 31 read as zero.
fn zr(state: &State, register: u32) -> Value {
    if register == 31 { Value::Const(0) } else { state.get(register) }
}

fn write(state: &mut State, register: u32, value: Value) {
    if register != 31 {
        state.set(register, value);
    }
}

fn plain(image: &Image<'_>, word: u32, at: u64, state: &mut State) {
    match (word >> 25) & 15 {
        8 | 9 => immediate(word, at, state),
        4 | 6 | 12 | 14 => memory(image, word, at, state),
        5 | 13 => register(word, state),
        // SIMD to general register moves.
        7 | 15 if word & 0x7f20_fc00 == 0x1e20_0000 => write(state, rd(word), Value::Unknown),
        _ => {}
    }
}

fn immediate(word: u32, at: u64, state: &mut State) {
    let wide = word >> 31 == 1;
    match (word >> 23) & 7 {
        0 | 1 => {
            let field = ((word >> 5) & 0x7_ffff) << 2 | (word >> 29) & 3;
            let by = sign(field, 21);
            let value = if wide {
                (at & !0xfff).wrapping_add_signed(by << 12)
            } else {
                at.wrapping_add_signed(by)
            };
            write(state, rd(word), Value::Const(value));
        }
        2 => {
            let shift = if (word >> 22) & 1 == 1 { 12 } else { 0 };
            let by = i64::from((word >> 10) & 0xfff) << shift;
            let by = if (word >> 30) & 1 == 1 { -by } else { by };
            let value = state.get(rn(word)).plus(by, state.mask);
            if (word >> 29) & 1 == 1 {
                state.compare(state.get(rn(word)), Value::Const(by.unsigned_abs()));
                write(state, rd(word), value);
            } else {
                state.set(rd(word), value);
            }
        }
        5 => {
            let shift = ((word >> 21) & 3) * 16;
            let part = u64::from((word >> 5) & 0xffff) << shift;
            let width = if wide { u64::MAX } else { u64::from(u32::MAX) };
            let value = match (word >> 29) & 3 {
                0 => Value::Const(!part & width),
                2 => Value::Const(part),
                3 => state.get(rd(word)).number().map_or(Value::Unknown, |old| {
                    Value::Const((old & !(0xffff_u64 << shift)) | part)
                }),
                _ => Value::Unknown,
            };
            write(state, rd(word), value);
        }
        // `sxtw`, `uxtw`: a number made wider is still that number.
        6 if word & 0x7f7f_fc00 == 0x1340_7c00 || word & 0x7f7f_fc00 == 0x5340_7c00 => {
            write(state, rd(word), state.get(rn(word)));
        }
        _ => write(state, rd(word), Value::Unknown),
    }
}

fn register(word: u32, state: &mut State) {
    let (a, b) = (zr(state, rn(word)), zr(state, rm(word)));
    let amount = (word >> 10) & 63;
    if word & 0x7fe0_fc1f == 0x6b00_001f {
        state.compare(a, b);
        return;
    }
    // Compilers compare by exclusive or as well, to gather several results.
    if word & 0x7f20_0000 == 0x4a00_0000 && amount == 0 {
        state.compare(a, b);
    }
    if word & 0x7fe0_0c10 == 0x7a40_0000 {
        state.compare(a, b);
    } else if word & 0x7fe0_0c10 == 0x7a40_0800 {
        state.compare(a, Value::Const(u64::from(rm(word))));
    }
    let value = match word {
        // ORR with the zero register is how registers are copied.
        w if w & 0x7fe0_0000 == 0x2a00_0000 && rn(w) == 31 && amount == 0 => b,
        w if w & 0x7fe0_0000 == 0x0b00_0000 && amount == 0 => a.add(b, state.mask),
        w if w & 0x7fe0_0000 == 0x0b20_0000 => state.get(rn(w)).add(Value::Unknown, state.mask),
        w if w & 0x7fe0_0c00 == 0x1a80_0000 => a.meet(b),
        // Conditional compares write only flags.
        w if w & 0x1fe0_0000 == 0x1a40_0000 => return,
        _ => Value::Unknown,
    };
    write(state, rd(word), value);
}

fn memory(image: &Image<'_>, word: u32, at: u64, state: &mut State) {
    let simd = (word >> 26) & 1 == 1;
    match word {
        w if w & 0x3b00_0000 == 0x1800_0000 && simd => {}
        w if w & 0x3b00_0000 == 0x1800_0000 => {
            let place = at.wrapping_add_signed(sign(w >> 5, 19) * 4);
            let value = if (w >> 30) & 3 == 1 { image.load(place) } else { Value::Unknown };
            write(state, rd(w), value);
        }
        w if w & 0x3a00_0000 == 0x2800_0000 => pair(image, w, simd, state),
        w if w & 0x3b00_0000 == 0x3900_0000 => {
            let by = i64::from((w >> 10) & 0xfff) << (w >> 30);
            let place = state.get(rn(w)).plus(by, state.mask);
            transfer(image, w, simd, place, state);
        }
        w if w & 0x3b20_0000 == 0x3800_0000 => {
            let base = state.get(rn(w));
            let moved = base.plus(sign(w >> 12, 9), state.mask);
            let mode = (w >> 10) & 3;
            transfer(image, w, simd, if mode == 1 { base } else { moved }, state);
            if mode & 1 == 1 {
                state.set(rn(w), moved);
            }
        }
        w if w & 0x3b20_0c00 == 0x3820_0800 => {
            let shift = if (w >> 12) & 1 == 1 { w >> 30 } else { 0 };
            let index = match zr(state, rm(w)) {
                Value::Const(index) => Value::Const(index << shift),
                _ => Value::Unknown,
            };
            let place = match (state.get(rn(w)), index) {
                (base @ (Value::Const(_) | Value::Sp(_)), Value::Const(_)) => {
                    base.add(index, state.mask)
                }
                _ => Value::Unknown,
            };
            transfer(image, w, simd, place, state);
        }
        w if !simd => write(state, rd(w), Value::Unknown),
        _ => {}
    }
}

fn transfer(image: &Image<'_>, word: u32, simd: bool, place: Value, state: &mut State) {
    if simd {
        return;
    }
    let whole = word >> 30 == 3;
    match (word >> 22) & 3 {
        0 if whole => state.store(place, zr(state, rd(word))),
        // A 32-bit store of a parameter or number (`int`) is worth remembering as well.
        0 if word >> 30 == 2 => state.store(place, zr(state, rd(word))),
        0 => {}
        1 if whole || (word >> 30 == 2 && matches!(place, Value::Sp(_))) => {
            write(state, rd(word), state.load(image, place));
        }
        // Prefetches have no target.
        2 if whole => {}
        1 => write(state, rd(word), state.part(place)),
        _ => write(state, rd(word), Value::Unknown),
    }
}

fn pair(image: &Image<'_>, word: u32, simd: bool, state: &mut State) {
    let scale = match (simd, word >> 30) {
        (true, size) => 4_i64 << size,
        (false, 2 | 3) => 8,
        (false, _) => 4,
    };
    let base = state.get(rn(word));
    let moved = base.plus(sign(word >> 15, 7) * scale, state.mask);
    let mode = (word >> 23) & 3;
    let place = if mode == 1 { base } else { moved };
    let second = place.plus(scale, state.mask);
    let rt2 = (word >> 10) & 31;
    match (simd, (word >> 22) & 1 == 1) {
        (true, _) => {}
        (false, true) => {
            let (a, b) = (state.load(image, place), state.load(image, second));
            let known = scale == 8;
            write(state, rd(word), if known { a } else { Value::Unknown });
            write(state, rt2, if known { b } else { Value::Unknown });
        }
        (false, false) => {
            state.store(place, zr(state, rd(word)));
            state.store(second, zr(state, rt2));
        }
    }
    if mode & 1 == 1 {
        state.set(rn(word), moved);
    }
}
