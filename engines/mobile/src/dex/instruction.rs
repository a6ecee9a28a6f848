//! Dalvik bytecode, as far as following values through registers needs it.

use super::Code;
use duecare_base::Bin;

/// One instruction.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Instruction {
    /// Copies a register.
    Move { to: u16, from: u16 },
    /// Takes the result of the call before.
    MoveResult { to: u16 },
    /// Returns a register's value.
    Return { from: u16 },
    /// Returns nothing.
    ReturnVoid,
    /// Throws.
    Throw,
    /// A number; `wide` ones fill two registers.
    Number { to: u16, value: i64, wide: bool },
    /// A text by its number.
    Text { to: u16, index: u32 },
    /// A new object of a type.
    New { to: u16, kind: u32 },
    /// A new array with the size in a register.
    NewArray { to: u16, size: u16 },
    /// An array filled with constant data.
    FillArray { array: u16 },
    /// Writes into an array.
    ArrayPut { from: u16, array: u16 },
    /// Reads from an array.
    ArrayGet { to: u16, array: u16 },
    /// Reads a field.
    FieldGet { to: u16, field: u32 },
    /// Writes a field.
    FieldPut { from: u16, field: u32 },
    /// Calls a method.
    Call { method: u32, arguments: Vec<u16> },
    /// Jumps, perhaps.
    Branch,
    /// Writes a register in a way that is not followed.
    Sets { to: u16 },
    /// Anything else.
    Other,
}

/// The instructions of a method, in their order; data between them is skipped.
pub(crate) struct Instructions<'a> {
    units: Bin<'a>,
    at: usize,
}

impl<'a> Instructions<'a> {
    pub(crate) fn of(code: &Code<'a>) -> Self {
        Self { units: code.units, at: 0 }
    }

    fn unit(&self, index: usize) -> Option<u16> {
        self.units.u16(self.at.checked_add(index)?.checked_mul(2)?).ok()
    }

    fn pair(&self, index: usize) -> Option<u32> {
        Some(u32::from(self.unit(index)?) | u32::from(self.unit(index + 1)?) << 16)
    }
}

impl Iterator for Instructions<'_> {
    type Item = Instruction;

    fn next(&mut self) -> Option<Instruction> {
        let first = self.unit(0)?;
        let [opcode, high] = first.to_le_bytes();
        let length = if opcode == 0 { self.payload(first)? } else { length_of(opcode) };
        let decoded = self.decode(opcode, high);
        self.at = self.at.checked_add(length)?;
        decoded
    }
}

impl Instructions<'_> {
    /// The length of data that stands among the instructions, in units.
    fn payload(&self, first: u16) -> Option<usize> {
        let count = |index: usize| self.unit(index).map(usize::from);
        match first {
            0x0100 => Some(count(1)? * 2 + 4),
            0x0200 => Some(count(1)? * 4 + 2),
            0x0300 => {
                let bytes = (self.pair(2)? as usize).checked_mul(count(1)?)?;
                bytes.div_ceil(2).checked_add(4)
            }
            _ => Some(1),
        }
    }

    fn decode(&self, opcode: u8, high: u8) -> Option<Instruction> {
        use Instruction as I;
        let (low4, high4, wide8) = (u16::from(high & 15), u16::from(high >> 4), u16::from(high));
        let signed = |index: usize| Some(i64::from(self.unit(index)?.cast_signed()));
        Some(match opcode {
            0x01 | 0x04 | 0x07 => I::Move { to: low4, from: high4 },
            0x02 | 0x05 | 0x08 => I::Move { to: wide8, from: self.unit(1)? },
            0x03 | 0x06 | 0x09 => I::Move { to: self.unit(1)?, from: self.unit(2)? },
            0x0a..=0x0c => I::MoveResult { to: wide8 },
            0x0e => I::ReturnVoid,
            0x0f..=0x11 => I::Return { from: wide8 },
            0x12 => {
                let nibble = i64::from(high >> 4);
                let value = if nibble > 7 { nibble - 16 } else { nibble };
                I::Number { to: low4, value, wide: false }
            }
            0x13 => I::Number { to: wide8, value: signed(1)?, wide: false },
            0x14 => {
                I::Number { to: wide8, value: i64::from(self.pair(1)?.cast_signed()), wide: false }
            }
            0x15 => I::Number { to: wide8, value: signed(1)? << 16, wide: false },
            0x16 => I::Number { to: wide8, value: signed(1)?, wide: true },
            0x17 => {
                I::Number { to: wide8, value: i64::from(self.pair(1)?.cast_signed()), wide: true }
            }
            0x18 => {
                let value = u64::from(self.pair(1)?) | u64::from(self.pair(3)?) << 32;
                I::Number { to: wide8, value: value.cast_signed(), wide: true }
            }
            0x1a => I::Text { to: wide8, index: u32::from(self.unit(1)?) },
            0x1b => I::Text { to: wide8, index: self.pair(1)? },
            0x22 => I::New { to: wide8, kind: u32::from(self.unit(1)?) },
            0x23 => I::NewArray { to: low4, size: high4 },
            0x26 => I::FillArray { array: wide8 },
            0x27 => I::Throw,
            0x28..=0x2c | 0x32..=0x3d => I::Branch,
            0x44..=0x4a => I::ArrayGet { to: wide8, array: self.unit(1)? & 0xff },
            0x4b..=0x51 => I::ArrayPut { from: wide8, array: self.unit(1)? & 0xff },
            0x52..=0x58 => I::FieldGet { to: low4, field: u32::from(self.unit(1)?) },
            0x59..=0x5f => I::FieldPut { from: low4, field: u32::from(self.unit(1)?) },
            0x60..=0x66 => I::FieldGet { to: wide8, field: u32::from(self.unit(1)?) },
            0x67..=0x6d => I::FieldPut { from: wide8, field: u32::from(self.unit(1)?) },
            0x6e..=0x72 | 0xfa => self.call(high)?,
            0x74..=0x78 | 0xfb => {
                let begin = self.unit(2)?;
                let end = begin.saturating_add(wide8);
                I::Call { method: u32::from(self.unit(1)?), arguments: (begin..end).collect() }
            }
            0x0d | 0x19 | 0x1c | 0x2d..=0x31 | 0x90..=0xaf | 0xd8..=0xe2 | 0xfe | 0xff => {
                I::Sets { to: wide8 }
            }
            0x20 | 0x21 | 0x7b..=0x8f | 0xb0..=0xd7 => I::Sets { to: low4 },
            _ => I::Other,
        })
    }

    fn call(&self, high: u8) -> Option<Instruction> {
        let list = self.unit(2)?;
        let all = [list & 15, list >> 4 & 15, list >> 8 & 15, list >> 12, u16::from(high & 15)];
        let count = usize::from(high >> 4).min(all.len());
        let arguments = all.into_iter().take(count).collect();
        Some(Instruction::Call { method: u32::from(self.unit(1)?), arguments })
    }
}

/// An instruction's length in 16-bit units.
fn length_of(opcode: u8) -> usize {
    match opcode {
        0x18 => 5,
        0xfa | 0xfb => 4,
        0x03
        | 0x06
        | 0x09
        | 0x14
        | 0x17
        | 0x1b
        | 0x24..=0x26
        | 0x2a..=0x2c
        | 0x6e..=0x72
        | 0x74..=0x78
        | 0xfc
        | 0xfd => 3,
        0x02
        | 0x05
        | 0x08
        | 0x13
        | 0x15
        | 0x16
        | 0x19
        | 0x1a
        | 0x1c
        | 0x1f
        | 0x20
        | 0x22
        | 0x23
        | 0x29
        | 0x2d..=0x3d
        | 0x44..=0x6d
        | 0x90..=0xaf
        | 0xd0..=0xe2
        | 0xfe
        | 0xff => 2,
        _ => 1,
    }
}
