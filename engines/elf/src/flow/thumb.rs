//! Thumb and Thumb-2 instructions (Arm Architecture Reference Manual, T32).

use super::arm::{Block, SP, block, shift_stack};
use super::image::Image;
use super::value::{Decoded, State, Step, Value, sign};

const PC: u32 = 15;

/// Executes the instruction at `at` (an even address).
pub(super) fn step(image: &Image<'_>, at: u64, state: &mut State) -> Option<Decoded> {
    let first = u32::from(image.code16(at)?);
    let always = state.conditional == 0;
    state.conditional = state.conditional.saturating_sub(1);
    let cx = Cx { image, at, always };
    let (len, step) = if first >> 11 >= 0b11101 {
        let second = u32::from(image.code16(at.wrapping_add(2))?);
        (4, cx.wide(first, second, state))
    } else {
        (2, cx.narrow(first, state))
    };
    let step = match step {
        Step::Return if !always => Step::MayReturn,
        Step::Jump(Value::Unknown) if !always => Step::Next,
        Step::Jump(Value::Const(to)) if !always => Step::Branch(to),
        other => other,
    };
    Some(Decoded { len, step })
}

struct Cx<'i, 'a> {
    image: &'i Image<'a>,
    at: u64,
    always: bool,
}

impl Cx<'_, '_> {
    fn pc(&self) -> u64 {
        self.at.wrapping_add(4)
    }

    fn read(&self, state: &State, register: u32) -> Value {
        if register == PC { Value::Const(self.pc()) } else { state.get(register) }
    }

    fn write(&self, state: &mut State, register: u32, value: Value) -> Step {
        if register == PC {
            return Step::Jump(value);
        }
        state.set_if(self.always, register, value);
        Step::Next
    }

    fn narrow(&self, w: u32, state: &mut State) -> Step {
        let (low, next) = (w & 7, w >> 3 & 7);
        let mask = state.mask;
        match w >> 11 {
            0 if w >> 6 & 31 == 0 => self.write(state, low, state.get(next)),
            0..=2 => self.write(state, low, Value::Unknown),
            3 => {
                let by = match w >> 9 & 3 {
                    2 => Some(i64::from(w >> 6 & 7)),
                    3 => Some(-i64::from(w >> 6 & 7)),
                    _ => None,
                };
                let value = match by {
                    Some(by) => state.get(next).plus(by, mask),
                    None if w >> 9 & 1 == 0 => state.get(next).add(state.get(w >> 6 & 7), mask),
                    None => Value::Unknown,
                };
                self.write(state, low, value)
            }
            4 => self.write(state, w >> 8 & 7, Value::Const(u64::from(w & 0xff))),
            5 => {
                state.compare(state.get(w >> 8 & 7), Value::Const(u64::from(w & 0xff)));
                Step::Next
            }
            6 | 7 => {
                let by = i64::from(w & 0xff);
                let by = if w >> 11 == 7 { -by } else { by };
                let register = w >> 8 & 7;
                self.write(state, register, state.get(register).plus(by, mask))
            }
            8 => self.high(w, state),
            9 => {
                let place = (self.pc() & !3).wrapping_add(u64::from(w & 0xff) * 4);
                self.write(state, w >> 8 & 7, self.image.load(place))
            }
            10 | 11 => {
                let place = match (state.get(next), state.get(w >> 6 & 7)) {
                    (Value::Const(a), Value::Const(b)) => Value::Const(a.wrapping_add(b) & mask),
                    _ => Value::Unknown,
                };
                match w >> 9 & 7 {
                    0..=2 => Step::Next,
                    4 => self.write(state, low, state.load(self.image, place)),
                    _ => self.write(state, low, Value::Unknown),
                }
            }
            12..=17 => {
                let place = state.get(next).plus(i64::from(w >> 6 & 31) * 4, mask);
                match w >> 11 {
                    12 => state.store(place, state.get(low)),
                    13 => return self.write(state, low, state.load(self.image, place)),
                    15 => {
                        let place = state.get(next).plus(i64::from(w >> 6 & 31), mask);
                        return self.write(state, low, state.part(place));
                    }
                    17 => {
                        let place = state.get(next).plus(i64::from(w >> 6 & 31) * 2, mask);
                        return self.write(state, low, state.part(place));
                    }
                    _ => {}
                }
                Step::Next
            }
            _ => self.rest(w, state),
        }
    }

    fn rest(&self, w: u32, state: &mut State) -> Step {
        let mask = state.mask;
        let register = w >> 8 & 7;
        let by = i64::from(w & 0xff) * 4;
        match w >> 11 {
            18 => state.store(state.get(SP).plus(by, mask), state.get(register)),
            19 => {
                let value = state.load(self.image, state.get(SP).plus(by, mask));
                return self.write(state, register, value);
            }
            20 => {
                let place = Value::Const((self.pc() & !3).wrapping_add_signed(by));
                return self.write(state, register, place);
            }
            21 => return self.write(state, register, state.get(SP).plus(by, mask)),
            22 | 23 => return self.miscellaneous(w, state),
            24 | 25 => {
                let loads = w >> 11 == 25;
                let how = Block {
                    before: false,
                    up: true,
                    writes_back: !loads || w >> register & 1 == 0,
                    loads,
                    always: self.always,
                };
                return block(self.image, state, register, w & 0xff, how);
            }
            26 | 27 if w >> 9 & 7 != 7 => {
                return Step::Branch(self.pc().wrapping_add_signed(sign(w, 8) * 2));
            }
            28 => {
                let to = self.pc().wrapping_add_signed(sign(w, 11) * 2);
                return Step::Jump(Value::Const(to));
            }
            _ => {}
        }
        Step::Next
    }

    fn high(&self, w: u32, state: &mut State) -> Step {
        if w >> 10 & 1 == 0 {
            // Register arithmetic: tst, cmp and cmn only set flags.
            return match w >> 6 & 15 {
                10 => {
                    state.compare(state.get(w & 7), state.get(w >> 3 & 7));
                    Step::Next
                }
                8 | 11 => Step::Next,
                _ => self.write(state, w & 7, Value::Unknown),
            };
        }
        let target = w >> 4 & 8 | w & 7;
        let source = w >> 3 & 15;
        match w >> 8 & 3 {
            0 => {
                let sum = self.read(state, target).add(self.read(state, source), state.mask);
                self.write(state, target, sum)
            }
            1 => {
                state.compare(state.get(target), state.get(source));
                Step::Next
            }
            2 if target == PC && source == 14 => Step::Return,
            2 => self.write(state, target, self.read(state, source)),
            _ if w >> 7 & 1 == 1 => Step::Call(state.get(source)),
            _ if source == 14 => Step::Return,
            // `bx pc` leads to ARM code behind the next half word.
            _ if source == PC => Step::Jump(Value::Const(self.pc() & !3)),
            _ => Step::Jump(state.get(source)),
        }
    }

    fn miscellaneous(&self, w: u32, state: &mut State) -> Step {
        let down =
            Block { before: true, up: false, writes_back: true, loads: false, always: self.always };
        match w >> 8 & 15 {
            0 => {
                let by = i64::from(w & 0x7f) * 4;
                shift_stack(state, if w >> 7 & 1 == 1 { -by } else { by });
                Step::Next
            }
            1 | 3 | 9 | 11 => {
                let by = u64::from(w >> 3 & 0x40 | w >> 2 & 0x3e);
                Step::Branch(self.pc().wrapping_add(by))
            }
            4 | 5 => block(self.image, state, SP, w & 0xff | (w & 0x100) << 6, down),
            12 | 13 => {
                let up = Block { before: false, up: true, loads: true, ..down };
                block(self.image, state, SP, w & 0xff | (w & 0x100) << 7, up)
            }
            2 | 10 => self.write(state, w & 7, Value::Unknown),
            15 if w & 15 != 0 => {
                // IT: up to four conditional instructions; the lowest set bit ends the list.
                state.conditional = 4_u8.saturating_sub((w & 15).trailing_zeros() as u8);
                Step::Next
            }
            _ => Step::Next,
        }
    }

    fn wide(&self, a: u32, b: u32, state: &mut State) -> Step {
        if a >> 11 == 0b11110 && b >> 15 == 1 {
            return self.branch(a, b, state);
        }
        match a >> 9 & 15 {
            4 => self.blocks(a, b, state),
            5 => self.shifted(a, b, state),
            // Coprocessor and floating point: only the stack pointer matters.
            6 | 7 | 14 | 15 => {
                let by = i64::from(b & 0xff) * 4;
                match (a, b & 0x0e00) {
                    (0xed2d | 0xed6d, 0x0a00) => shift_stack(state, -by),
                    (0xecbd | 0xecfd, 0x0a00) => shift_stack(state, by),
                    _ => {}
                }
                Step::Next
            }
            8..=11 => self.immediate(a, b, state),
            12 => self.single(a, b, state),
            _ => self.write(state, b >> 8 & 15, Value::Unknown),
        }
    }

    fn branch(&self, a: u32, b: u32, _state: &mut State) -> Step {
        let s = a >> 10 & 1;
        let (j1, j2) = (b >> 13 & 1, b >> 11 & 1);
        if b & 0x5000 == 0 {
            // Conditional, or a system instruction where the condition would be 14 or 15.
            if a >> 6 & 15 >= 14 {
                return Step::Next;
            }
            let field = s << 20 | j2 << 19 | j1 << 18 | (a & 0x3f) << 12 | (b & 0x7ff) << 1;
            return Step::Branch(self.pc().wrapping_add_signed(sign(field, 21)));
        }
        let (i1, i2) = (1 ^ j1 ^ s, 1 ^ j2 ^ s);
        let field = s << 24 | i1 << 23 | i2 << 22 | (a & 0x3ff) << 12 | (b & 0x7ff) << 1;
        let by = sign(field, 25);
        match (b >> 14 & 1 == 1, b >> 12 & 1 == 1) {
            (true, true) => Step::Call(Value::Const(self.pc().wrapping_add_signed(by) | 1)),
            // BLX changes to ARM code.
            (true, false) => {
                Step::Call(Value::Const((self.pc() & !3).wrapping_add_signed(by) & !3))
            }
            _ => Step::Jump(Value::Const(self.pc().wrapping_add_signed(by))),
        }
    }

    fn blocks(&self, a: u32, b: u32, state: &mut State) -> Step {
        let rn = a & 15;
        if a >> 6 & 1 == 0 {
            let how = Block {
                before: a >> 7 & 3 == 2,
                up: a >> 7 & 3 == 1,
                writes_back: a >> 5 & 1 == 1,
                loads: a >> 4 & 1 == 1,
                always: self.always,
            };
            return block(self.image, state, rn, b, how);
        }
        if a & 0xfff0 == 0xe8d0 && b & 0xffe0 == 0xf000 {
            return Step::Jump(Value::Unknown);
        }
        let loads = a >> 4 & 1 == 1;
        let registers = [b >> 12 & 15, b >> 8 & 15];
        if a & 0x0120 == 0 {
            // Exclusives: the status or the value.
            state.clobber(registers.into_iter().chain([b & 15]).filter(|r| *r < SP));
            return Step::Next;
        }
        let by = i64::from(b & 0xff) * 4;
        let base = if rn == PC { Value::Const(self.pc() & !3) } else { state.get(rn) };
        let moved = base.plus(if a >> 7 & 1 == 1 { by } else { -by }, state.mask);
        let place = if a >> 8 & 1 == 1 { moved } else { base };
        for (index, register) in registers.into_iter().enumerate() {
            let slot = place.plus(4 * index as i64, state.mask);
            if loads {
                let value = state.load(self.image, slot);
                state.set_if(self.always, register, value);
            } else {
                state.store(slot, state.get(register));
            }
        }
        if a >> 5 & 1 == 1 {
            state.set(rn, moved);
        }
        Step::Next
    }

    fn shifted(&self, a: u32, b: u32, state: &mut State) -> Step {
        let (rn, rd, rm) = (a & 15, b >> 8 & 15, b & 15);
        let unshifted = b & 0x70f0 == 0;
        // Compilers compare by exclusive or as well, to gather several results.
        if a >> 5 & 15 == 4 && unshifted {
            state.compare(state.get(rn), state.get(rm));
        }
        let value = match (a >> 5 & 15, unshifted) {
            (2, true) if rn == PC => state.get(rm),
            (8, true) => state.get(rn).add(state.get(rm), state.mask),
            _ => Value::Unknown,
        };
        // The program counter as target means: only flags.
        if rd == PC {
            if a >> 5 & 15 == 13 && unshifted {
                state.compare(state.get(rn), state.get(rm));
            }
            return Step::Next;
        }
        self.write(state, rd, value)
    }

    fn immediate(&self, a: u32, b: u32, state: &mut State) -> Step {
        let (rn, rd) = (a & 15, b >> 8 & 15);
        let twelve = a << 1 & 0x800 | b >> 4 & 0x700 | b & 0xff;
        let sixteen = u64::from((a & 15) << 12 | twelve);
        let base = if rn == PC { Value::Const(self.pc() & !3) } else { state.get(rn) };
        let mask = state.mask;
        let expanded = || i64::from(expand(twelve) as i32);
        let value = match a & 0xfbf0 {
            0xf240 => Value::Const(sixteen),
            0xf2c0 => match state.get(rd) {
                Value::Const(low) => Value::Const(sixteen << 16 | low & 0xffff),
                _ => Value::Unknown,
            },
            0xf200 => base.plus(i64::from(twelve), mask),
            0xf2a0 => base.plus(-i64::from(twelve), mask),
            0xf100 | 0xf110 => base.plus(expanded(), mask),
            0xf1a0 | 0xf1b0 => base.plus(-expanded(), mask),
            0xf040 | 0xf050 if rn == PC => Value::Const(u64::from(expand(twelve))),
            0xf060 | 0xf070 if rn == PC => Value::Const(u64::from(!expand(twelve))),
            // Clearing low bits of the stack pointer aligns it.
            0xf020 if rn == SP => base,
            _ => Value::Unknown,
        };
        if rd == PC {
            if a & 0xfbf0 == 0xf1b0 {
                state.compare(state.get(rn), Value::Const(u64::from(expand(twelve))));
            }
            return Step::Next;
        }
        self.write(state, rd, value)
    }

    fn single(&self, a: u32, b: u32, state: &mut State) -> Step {
        let (rn, rt) = (a & 15, b >> 12 & 15);
        let loads = a >> 4 & 1 == 1;
        let whole = a >> 5 & 3 == 2;
        let base = if rn == PC { Value::Const(self.pc() & !3) } else { state.get(rn) };
        let by = i64::from(b & 0xfff);
        let (place, moved) = if rn == PC {
            (base.plus(if a >> 7 & 1 == 1 { by } else { -by }, state.mask), None)
        } else if a >> 7 & 1 == 1 {
            (base.plus(by, state.mask), None)
        } else if b >> 11 & 1 == 1 {
            let by = i64::from(b & 0xff);
            let moved = base.plus(if b >> 9 & 1 == 1 { by } else { -by }, state.mask);
            let place = if b >> 10 & 1 == 1 { moved } else { base };
            (place, (b >> 8 & 1 == 1).then_some(moved))
        } else {
            let index = state.get(b & 15);
            let known = matches!(index, Value::Const(_)) && b >> 4 & 3 == 0;
            (if known { base.add(index, state.mask) } else { Value::Unknown }, None)
        };
        let value = match (whole, loads) {
            (true, true) => state.load(self.image, place),
            (false, true) => state.part(place),
            _ => Value::Unknown,
        };
        if whole && !loads {
            state.store(place, state.get(rt));
        }
        if let Some(moved) = moved {
            state.set(rn, moved);
        }
        match (loads, rt) {
            (false, _) => Step::Next,
            // Prefetches.
            (true, PC) if !whole => Step::Next,
            (true, PC) if rn == SP => Step::Return,
            (true, _) => self.write(state, rt, value),
        }
    }
}

/// `ThumbExpandImm` of the manual.
fn expand(twelve: u32) -> u32 {
    let byte = twelve & 0xff;
    match twelve >> 8 {
        0 => byte,
        1 => byte << 16 | byte,
        2 => byte << 24 | byte << 8,
        3 => byte << 24 | byte << 16 | byte << 8 | byte,
        _ => (0x80 | twelve & 0x7f).rotate_right(twelve >> 7),
    }
}
