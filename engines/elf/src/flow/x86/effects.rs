//! What instructions with a ModRM byte do to registers and memory.

use super::{AX, Insn, Operands, SP};
use crate::flow::image::Image;
use crate::flow::value::{State, Step, Value};

impl Insn<'_> {
    pub(super) fn modrm(
        &self,
        image: &Image<'_>,
        opcode: u8,
        operands: Operands,
        end: usize,
        tail: usize,
        state: &mut State,
    ) -> Option<Step> {
        let reg = operands.reg;
        let mask = state.mask;
        match opcode {
            0x8b => {
                let value = self.read(image, operands, state);
                state.set(reg, if self.short { Value::Unknown } else { value });
            }
            0x89 => self.write(operands, state.get(reg), state),
            0x8d => state.set(reg, operands.place),
            // A number made wider is still that number.
            0x63 if self.wide => {
                let value = self.read(image, operands, state);
                let kept = matches!(value, Value::Call(_) | Value::Arg(_));
                state.set(reg, if kept { value } else { Value::Unknown });
            }
            0xc7 => {
                let number = self.int(end, tail)? as u64;
                let number = if self.rex & 8 != 0 { number } else { u64::from(number as u32) };
                self.write(operands, Value::Const(number & mask), state);
            }
            0x31 | 0x33 | 0x29 | 0x2b if operands.direct == Some(reg) => {
                state.set(reg, Value::Const(0));
            }
            0x01 => {
                let sum = self.read(image, operands, state).add(state.get(reg), mask);
                self.write(operands, sum, state);
            }
            0x03 => {
                let sum = state.get(reg).add(self.read(image, operands, state), mask);
                state.set(reg, sum);
            }
            0x80..=0x83 => self.arithmetic(image, opcode, operands, end, tail, state)?,
            0x39 | 0x3b => state.compare(self.read(image, operands, state), state.get(reg)),
            // Compilers compare by exclusive or as well, to gather several results.
            0x31 | 0x33 => {
                let (a, b) = (self.read(image, operands, state), state.get(reg));
                state.compare(a, b);
                match opcode {
                    0x31 => self.write(operands, Value::Unknown, state),
                    _ => state.set(reg, Value::Unknown),
                }
            }
            // Compares and tests write only flags; byte moves into memory nothing known.
            0x38 | 0x3a | 0x84 | 0x85 | 0x88 | 0xc6 | 0xd8..=0xdf => {}
            0xf6 | 0xf7 if reg & 7 < 2 => {}
            0xf6 | 0xf7 if reg & 7 > 3 => state.clobber([AX, 2]),
            0x8f => {
                let value = self.pop(image, state);
                self.write(operands, value, state);
            }
            0xff => return Some(self.unary(image, operands, state)),
            // Byte operations name byte registers; the whole register is unknown after.
            _ => {
                state.set(reg, Value::Unknown);
                if let Some(register) = operands.direct {
                    state.set(register, Value::Unknown);
                }
            }
        }
        Some(Step::Next)
    }

    /// Arithmetic with a number.
    fn arithmetic(
        &self,
        image: &Image<'_>,
        opcode: u8,
        operands: Operands,
        end: usize,
        tail: usize,
        state: &mut State,
    ) -> Option<()> {
        let by = self.int(end, tail)?;
        let old = self.read(image, operands, state);
        let value = match (opcode, operands.reg & 7) {
            (_, 7) => {
                self.compare(operands, by, tail, state);
                state.measure(old, Value::Const(by as u64));
                return Some(());
            }
            (0x81 | 0x83, 0) => old.plus(by, state.mask),
            (0x81 | 0x83, 5) => old.plus(by.wrapping_neg(), state.mask),
            // Aligning the stack pointer.
            (0x81 | 0x83, 4) if operands.direct == Some(SP) => old,
            _ => Value::Unknown,
        };
        self.write(operands, value, state);
        Some(())
    }

    /// Opcode FF: calls, jumps, pushes, steps by one.
    fn unary(&self, image: &Image<'_>, operands: Operands, state: &mut State) -> Step {
        let value = self.read(image, operands, state);
        match operands.reg & 7 {
            2 => return Step::Call(value),
            4 => return Step::Jump(value),
            6 => self.push(value, state),
            0 => self.write(operands, value.plus(1, state.mask), state),
            1 => self.write(operands, value.plus(-1, state.mask), state),
            _ => {}
        }
        Step::Next
    }

    /// Compares memory with a number, in the width of the operand.
    fn compare(&self, operands: Operands, number: i64, tail: usize, state: &mut State) {
        let memory = match operands.direct {
            Some(register) => state.get(register),
            None => state.part(operands.place),
        };
        let mask = if self.short || tail == 2 { 0xffff } else { 0xffff_ffff };
        state.compare(memory, Value::Const(number as u64 & mask));
    }
}
