//! 32-bit ARM instructions (Arm Architecture Reference Manual, A32).

use super::image::Image;
use super::value::{Decoded, State, Step, Value, sign};

pub(super) const SP: u32 = 13;
const PC: u32 = 15;

/// Executes the instruction at `at`.
pub(super) fn step(image: &Image<'_>, at: u64, state: &mut State) -> Option<Decoded> {
    let word = image.code32(at)?;
    let done = |step| Some(Decoded { len: 4, step });
    let condition = word >> 28;
    if condition == 15 {
        if word & 0x0e00_0000 == 0x0a00_0000 {
            let half = u64::from(word >> 23 & 2);
            let to = at.wrapping_add(8 + half).wrapping_add_signed(sign(word, 24) * 4);
            return done(Step::Call(Value::Const(to | 1)));
        }
        return done(Step::Next);
    }
    let always = condition == 14;
    if word & 0x0e00_0000 == 0x0a00_0000 {
        let to = at.wrapping_add(8).wrapping_add_signed(sign(word, 24) * 4) & state.mask;
        return done(match (word >> 24 & 1 == 1, always) {
            (true, _) => Step::Call(Value::Const(to)),
            (false, true) => Step::Jump(Value::Const(to)),
            (false, false) => Step::Branch(to),
        });
    }
    let step = match word {
        w if w & 0x0fff_fff0 == 0x012f_ff10 && w & 15 == 14 => Step::Return,
        w if w & 0x0fff_fff0 == 0x012f_ff10 => Step::Jump(state.get(w & 15)),
        w if w & 0x0fff_fff0 == 0x012f_ff30 => Step::Call(state.get(w & 15)),
        w if w & 0x0c00_0000 == 0 => data(image, w, at, always, state),
        w if w & 0x0c00_0000 == 0x0400_0000 => single(image, w, at, always, state),
        w if w & 0x0e00_0000 == 0x0800_0000 => multiple(image, w, always, state),
        w if w & 0x0fbf_0e00 == 0x0d2d_0a00 => {
            shift_stack(state, -4 * i64::from(w & 0xff));
            Step::Next
        }
        w if w & 0x0fbf_0e00 == 0x0cbd_0a00 => {
            shift_stack(state, 4 * i64::from(w & 0xff));
            Step::Next
        }
        // Moves from a coprocessor, such as the thread pointer's.
        w if w & 0x0f10_0010 == 0x0e10_0010 && w >> 12 & 15 != PC => {
            state.set(w >> 12 & 15, Value::Unknown);
            Step::Next
        }
        _ => Step::Next,
    };
    // What is left out when the condition does not hold leads on to the next instruction.
    done(match step {
        Step::Return if !always => Step::MayReturn,
        Step::Jump(_) if !always => Step::Next,
        step => step,
    })
}

pub(super) fn shift_stack(state: &mut State, by: i64) {
    state.set(SP, state.get(SP).plus(by, state.mask));
}

fn read(state: &State, register: u32, at: u64) -> Value {
    if register == PC { Value::Const(at.wrapping_add(8) & state.mask) } else { state.get(register) }
}

fn data(image: &Image<'_>, word: u32, at: u64, always: bool, state: &mut State) -> Step {
    let immediate = word >> 25 & 1 == 1;
    let rd = word >> 12 & 15;
    if immediate && word & 0x0fb0_0000 == 0x0300_0000 {
        let part = u64::from(word >> 4 & 0xf000 | word & 0xfff);
        let value = if word >> 22 & 1 == 1 {
            let low = state.get(rd).number().map(|n| n & 0xffff);
            low.map_or(Value::Unknown, |low| Value::Const(part << 16 | low))
        } else {
            Value::Const(part)
        };
        state.set_if(always, rd, value);
        return Step::Next;
    }
    if !immediate && word & 0x90 == 0x90 {
        extra(image, word, at, always, state);
        return Step::Next;
    }
    let opcode = word >> 21 & 15;
    if (8..12).contains(&opcode) {
        // Compares write flags only; the rest of this space (status moves, clz) a register.
        if word >> 20 & 1 == 0 && !immediate && rd != PC {
            state.set(rd, Value::Unknown);
        }
        if opcode != 10 {
            return Step::Next;
        }
    }
    let second = if immediate {
        Value::Const(u64::from((word & 0xff).rotate_right(word >> 7 & 30)))
    } else if word & 0xff0 == 0 {
        read(state, word & 15, at)
    } else {
        Value::Unknown
    };
    let first = read(state, word >> 16 & 15, at);
    // Compilers compare by exclusive or as well, to gather several results.
    if opcode == 1 {
        state.compare(first, second);
    }
    if opcode == 10 {
        state.compare(first, second);
        return Step::Next;
    }
    let value = match opcode {
        2 => second
            .number()
            .map_or(Value::Unknown, |n| first.plus(-i64::from(n as u32 as i32), state.mask)),
        4 => first.add(second, state.mask),
        12 => match (first, second) {
            (Value::Const(a), Value::Const(b)) => Value::Const(a | b),
            _ => Value::Unknown,
        },
        13 => second,
        14 if word >> 16 & 15 == SP => first,
        15 => second.number().map_or(Value::Unknown, |n| Value::Const(!n & state.mask)),
        _ => Value::Unknown,
    };
    if rd == PC {
        let back = opcode == 13 && !immediate && word & 15 == 14;
        return if back { Step::Return } else { Step::Jump(value) };
    }
    state.set_if(always, rd, value);
    Step::Next
}

/// Half words, double words, multiplications.
fn extra(image: &Image<'_>, word: u32, at: u64, always: bool, state: &mut State) {
    let kind = word >> 5 & 3;
    if kind == 0 {
        // Multiplications and exclusives put results in either field.
        state.set_if(always, word >> 16 & 15, Value::Unknown);
        state.set_if(always, word >> 12 & 15, Value::Unknown);
        return;
    }
    let rt = word >> 12 & 15;
    let loads = word >> 20 & 1 == 1;
    if loads {
        let by = i64::from(word >> 4 & 0xf0 | word & 15);
        let base = read(state, word >> 16 & 15, at);
        let plain = word >> 21 & 15 == 0b1110 || word >> 21 & 15 == 0b1010;
        let place = base.plus(if word >> 23 & 1 == 1 { by } else { -by }, state.mask);
        let value = if plain { state.part(place) } else { Value::Unknown };
        state.set_if(always, rt, value);
        return;
    }
    if word >> 22 & 1 == 0 || word >> 24 & 1 == 0 {
        if kind == 2 {
            state.clobber([rt, rt + 1]);
        }
        return;
    }
    let by = i64::from(word >> 4 & 0xf0 | word & 15);
    let by = if word >> 23 & 1 == 1 { by } else { -by };
    let place = read(state, word >> 16 & 15, at).plus(by, state.mask);
    match kind {
        2 => {
            for (index, register) in [rt, rt + 1].into_iter().enumerate() {
                let value = state.load(image, place.plus(4 * index as i64, state.mask));
                state.set_if(always, register, value);
            }
        }
        3 => {
            state.store(place, state.get(rt));
            state.store(place.plus(4, state.mask), state.get(rt + 1));
        }
        _ => {}
    }
    if word >> 21 & 1 == 1 {
        state.set(word >> 16 & 15, place);
    }
}

fn single(image: &Image<'_>, word: u32, at: u64, always: bool, state: &mut State) -> Step {
    let indexed = word >> 25 & 1 == 1;
    let (rn, rt) = (word >> 16 & 15, word >> 12 & 15);
    if indexed && word & 0x10 != 0 {
        // Media instructions.
        state.set_if(always, rt, Value::Unknown);
        state.set_if(always, rn, Value::Unknown);
        return Step::Next;
    }
    let base = read(state, rn, at);
    let down = word >> 23 & 1 == 0;
    let moved = if !indexed {
        let by = i64::from(word & 0xfff);
        base.plus(if down { -by } else { by }, state.mask)
    } else if word & 0xff0 == 0 && !down {
        match (base, state.get(word & 15)) {
            (Value::Const(a), Value::Const(b)) => Value::Const(a.wrapping_add(b) & state.mask),
            (Value::Sp(_), Value::Const(_)) => base.add(state.get(word & 15), state.mask),
            _ => Value::Unknown,
        }
    } else {
        Value::Unknown
    };
    let before = word >> 24 & 1 == 1;
    let place = if before { moved } else { base };
    let (loads, byte) = (word >> 20 & 1 == 1, word >> 22 & 1 == 1);
    let value = match (loads, byte) {
        (true, true) => state.part(place),
        (true, false) => state.load(image, place),
        (false, false) => {
            state.store(place, state.get(rt));
            Value::Unknown
        }
        (false, true) => Value::Unknown,
    };
    if !before || word >> 21 & 1 == 1 {
        state.set(rn, moved);
    }
    if !loads {
        return Step::Next;
    }
    if rt == PC {
        // `ldr pc, [sp], #4` is a pop.
        return if rn == SP { Step::Return } else { Step::Jump(value) };
    }
    state.set_if(always, rt, value);
    Step::Next
}

fn multiple(image: &Image<'_>, word: u32, always: bool, state: &mut State) -> Step {
    let list = word & 0xffff;
    let (before, up) = (word >> 24 & 1 == 1, word >> 23 & 1 == 1);
    let rn = word >> 16 & 15;
    let writes_back = word >> 21 & 1 == 1;
    let loads = word >> 20 & 1 == 1;
    block(image, state, rn, list, Block { before, up, writes_back, loads, always })
}

/// How a block of registers moves.
pub(super) struct Block {
    pub(super) before: bool,
    pub(super) up: bool,
    pub(super) writes_back: bool,
    pub(super) loads: bool,
    pub(super) always: bool,
}

/// Loads or stores the listed registers; loading the program counter returns.
pub(super) fn block(image: &Image<'_>, state: &mut State, rn: u32, list: u32, how: Block) -> Step {
    if how.loads && list >> PC & 1 == 1 && !how.always {
        // Whoever does not return keeps the registers and the stack as they are.
        return Step::Return;
    }
    let size = 4 * i64::from(list.count_ones());
    let base = state.get(rn);
    let low = match (how.up, how.before) {
        (true, true) => 4,
        (true, false) => 0,
        (false, true) => -size,
        (false, false) => 4 - size,
    };
    if how.writes_back {
        state.set(rn, base.plus(if how.up { size } else { -size }, state.mask));
    }
    let listed = (0..16_u32).filter(|register| list >> register & 1 == 1);
    for (index, register) in listed.enumerate() {
        let place = base.plus(low + 4 * index as i64, state.mask);
        if !how.loads {
            state.store(place, state.get(register));
        } else if register != PC {
            let value = state.load(image, place);
            state.set_if(how.always, register, value);
        }
    }
    if how.loads && list >> PC & 1 == 1 { Step::Return } else { Step::Next }
}
