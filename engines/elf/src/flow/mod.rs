//! Reading machine code: which functions call what, with which arguments.
//!
//! Each function is read once, in address order, with what is known about registers and stack
//! slots carried along and joined where forward jumps meet. That is enough to see the literals,
//! buffers and results of earlier calls that reach a call, in stripped files too. Loops are read
//! once; values computed by them, memory behind pointers and calls through tables are unknown.

mod aarch64;
mod arm;
pub(crate) mod image;
mod mips;
mod scan;
mod thumb;
pub(crate) mod value;
mod walk;
mod x86;

pub(crate) use image::Image;
pub(crate) use scan::{Site, Sites, sites};
pub(crate) use value::Value;
pub(crate) use walk::{Call, FILE_STEPS_MAX, Function, INLINE, distance, functions, one};

use crate::file::ElfFile;
use crate::header::Arch;
use value::{Decoded, State};

/// Most arguments looked at per call.
pub(crate) const ARGS: usize = 8;

/// Instruction sets that can be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Isa {
    Mips32,
    /// N32 and N64: eight register arguments.
    Mips64,
    Arm,
    Thumb,
    Aarch64,
    X86,
    X86_64,
}

impl Isa {
    /// The instruction set of a file; `None` when it can't be read here.
    pub(crate) fn of(file: &ElfFile<'_>) -> Option<Self> {
        // EF_MIPS_ABI2 marks N32.
        let n32 = file.flags() & 0x20 != 0;
        match (file.arch(), file.bits()) {
            (Arch::Mips, 32) if !n32 => Some(Self::Mips32),
            (Arch::Mips, _) => Some(Self::Mips64),
            (Arch::Arm, 32) => Some(Self::Arm),
            (Arch::Aarch64, 64) => Some(Self::Aarch64),
            (Arch::X86, 32) => Some(Self::X86),
            (Arch::X86_64, 64) => Some(Self::X86_64),
            _ => None,
        }
    }

    /// On ARM the lowest bit of an address tells Thumb code.
    pub(crate) fn at(self, address: u64) -> Self {
        match self {
            Self::Arm | Self::Thumb if address & 1 == 1 => Self::Thumb,
            Self::Arm | Self::Thumb => Self::Arm,
            other => other,
        }
    }

    fn thumb_bit(self) -> u64 {
        u64::from(self == Self::Thumb)
    }

    fn mask(self) -> u64 {
        match self {
            Self::Mips64 | Self::Aarch64 | Self::X86_64 => u64::MAX,
            _ => u64::from(u32::MAX),
        }
    }

    /// Smallest distance between instructions, in bytes.
    fn align(self) -> u64 {
        match self {
            Self::X86 | Self::X86_64 => 1,
            Self::Thumb => 2,
            _ => 4,
        }
    }

    fn sp(self) -> u32 {
        match self {
            Self::Mips32 | Self::Mips64 => mips::SP,
            Self::Arm | Self::Thumb => arm::SP,
            Self::Aarch64 => aarch64::SP,
            Self::X86 | Self::X86_64 => x86::SP,
        }
    }

    /// Argument registers in their order.
    fn registers(self) -> &'static [u32] {
        match self {
            Self::Mips32 => &[4, 5, 6, 7],
            Self::Mips64 => &[4, 5, 6, 7, 8, 9, 10, 11],
            Self::Arm | Self::Thumb => &[0, 1, 2, 3],
            Self::Aarch64 => &[0, 1, 2, 3, 4, 5, 6, 7],
            Self::X86 => &[],
            Self::X86_64 => &[7, 6, 2, 1, 8, 9],
        }
    }

    /// Registers in which compilers hand arguments to functions of the same file only, where the
    /// calling convention has none, and the argument that each counts as here.
    fn own_registers(self) -> &'static [(u32, u8)] {
        match self {
            Self::X86 => &[(0, 5), (2, 6), (1, 7)],
            _ => &[],
        }
    }

    fn result(self) -> u32 {
        match self {
            Self::Mips32 | Self::Mips64 => 2,
            _ => 0,
        }
    }

    fn second_result(self) -> u32 {
        match self {
            Self::Mips32 | Self::Mips64 => 3,
            Self::X86 | Self::X86_64 => 2,
            _ => 1,
        }
    }

    /// Registers that a call leaves unknown.
    fn volatile(self) -> &'static [u32] {
        match self {
            Self::Mips32 | Self::Mips64 => {
                &[1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 24, 25, 31]
            }
            Self::Arm | Self::Thumb => &[0, 1, 2, 3, 12, 14],
            Self::Aarch64 => {
                &[0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 30]
            }
            Self::X86 => &[0, 1, 2],
            Self::X86_64 => &[0, 1, 2, 6, 7, 8, 9, 10, 11],
        }
    }

    /// Where the n-th argument after the register arguments stands, from the stack pointer.
    fn stack_argument(self, beyond: usize) -> i64 {
        let index = beyond as i64;
        match self {
            Self::Mips32 => 16 + 4 * index,
            Self::Arm | Self::Thumb | Self::X86 => 4 * index,
            Self::Mips64 | Self::Aarch64 | Self::X86_64 => 8 * index,
        }
    }

    /// The n-th argument, just before a call.
    fn argument(self, image: &Image<'_>, state: &State, index: usize) -> Value {
        match self.registers().get(index) {
            Some(register) => state.handed(*register),
            None => {
                let beyond = index.saturating_sub(self.registers().len());
                let place = state.get(self.sp()).plus(self.stack_argument(beyond), state.mask);
                state.load(image, place)
            }
        }
    }

    /// What is known where a function begins.
    fn enter(self, image: &Image<'_>, start: u64, state: &mut State) {
        state.set(self.sp(), Value::Sp(0));
        for (index, register) in (0_u8..).zip(self.registers()) {
            state.set(*register, Value::Arg(index));
        }
        match self {
            Self::Mips32 | Self::Mips64 => {
                state.set(mips::T9, Value::Const(start));
                if let Some(gp) = image.global_pointer {
                    state.set(mips::GP, Value::Const(gp));
                }
            }
            Self::X86 => {
                // The return address lies between.
                for (register, index) in self.own_registers() {
                    state.set(*register, Value::Arg(*index));
                }
                for index in 0..5 {
                    state.store(Value::Sp(4 + 4 * i32::from(index)), Value::Arg(index));
                }
                if let Some(got) = image.global_pointer {
                    state.set(3, Value::Const(got));
                }
            }
            _ => {
                for index in self.registers().len() as u8..ARGS as u8 {
                    let beyond = usize::from(index).saturating_sub(self.registers().len());
                    let back = if self == Self::X86_64 { 8 } else { 0 };
                    let place = Value::Sp(0).plus(back + self.stack_argument(beyond), state.mask);
                    state.store(place, Value::Arg(index));
                }
            }
        }
    }

    /// The link-time value of `$gp` where code lost track of it.
    fn repair(self, image: &Image<'_>, state: &mut State) {
        if matches!(self, Self::Mips32 | Self::Mips64)
            && !matches!(state.get(mips::GP), Value::Const(_))
            && let Some(gp) = image.global_pointer
        {
            state.set(mips::GP, Value::Const(gp));
        }
    }

    fn step(self, image: &Image<'_>, at: u64, state: &mut State) -> Option<Decoded> {
        match self {
            Self::Mips32 | Self::Mips64 => mips::step(image, at, state),
            Self::Arm => arm::step(image, at, state),
            Self::Thumb => thumb::step(image, at, state),
            Self::Aarch64 => aarch64::step(image, at, state),
            Self::X86 => x86::step(image, at, false, state),
            Self::X86_64 => x86::step(image, at, true, state),
        }
    }
}
