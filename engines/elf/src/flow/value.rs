//! What registers and stack slots are known to hold while a function is read.

use super::image::Image;

/// Most stack slots remembered per function; more are forgotten, oldest first.
const SLOTS_MAX: usize = 160;
/// Most variables remembered per function that were stored to.
const GLOBALS_MAX: usize = 64;
/// Registers of the widest machine: 31 and the stack pointer, one spare.
const REGISTERS: usize = 33;

/// What is known about a value.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) enum Value {
    /// Nothing.
    Unknown,
    /// A number or an address.
    Const(u64),
    /// An address in the frame: distance from the stack pointer at entry.
    Sp(i32),
    /// What the call with this index gave back, or an address inside it.
    Call(u32),
    /// The parameter with this index.
    Arg(u8),
    /// What stands in the frame at this distance, where nothing was seen to be stored.
    Slot(i32),
    /// What stands in a writable variable at this address.
    Global(u64),
    /// The address of an imported symbol, by its index in the dynamic table.
    Import(u32),
}

impl Value {
    /// The number, where it is one.
    pub(crate) fn number(self) -> Option<u64> {
        if let Self::Const(number) = self { Some(number) } else { None }
    }

    /// Moved by a known distance: a place inside a buffer counts as the buffer.
    pub(crate) fn plus(self, by: i64, mask: u64) -> Self {
        match self {
            Self::Const(number) => Self::Const(number.wrapping_add_signed(by) & mask),
            Self::Sp(at) => {
                i32::try_from(i64::from(at).saturating_add(by)).map_or(Self::Unknown, Self::Sp)
            }
            Self::Call(_) | Self::Arg(_) | Self::Slot(_) | Self::Global(_) => self,
            Self::Unknown | Self::Import(_) => Self::Unknown,
        }
    }

    /// The sum of two values, where one is a number.
    pub(crate) fn add(self, other: Self, mask: u64) -> Self {
        match (self, other) {
            (value, Self::Const(number)) | (Self::Const(number), value) => {
                value.plus(signed(number, mask), mask)
            }
            // An index into a buffer stays in the buffer.
            (Self::Call(index), Self::Unknown) | (Self::Unknown, Self::Call(index)) => {
                Self::Call(index)
            }
            _ => Self::Unknown,
        }
    }

    /// Where two ways meet. What came from outside wins over what is fixed: a default value on
    /// one way does not make the other way safe. Two different fixed values give nothing.
    pub(crate) fn meet(self, other: Self) -> Self {
        let outside = |v: Self| matches!(v, Self::Call(_) | Self::Arg(_));
        match (self, other) {
            (a, b) if a == b => a,
            (a, Self::Const(_) | Self::Unknown) if outside(a) => a,
            (Self::Const(_) | Self::Unknown, b) if outside(b) => b,
            (a @ Self::Sp(_), Self::Unknown) | (Self::Unknown, a @ Self::Sp(_)) => a,
            _ => Self::Unknown,
        }
    }
}

/// A number as a signed distance in the machine's width.
fn signed(number: u64, mask: u64) -> i64 {
    if mask == u64::from(u32::MAX) { i64::from(number as u32 as i32) } else { number as i64 }
}

/// Registers and stack slots at one instruction.
#[derive(Debug, Clone)]
pub(crate) struct State {
    registers: [Value; REGISTERS],
    /// Registers that the last call may have changed, one bit each.
    stale: u64,
    slots: Vec<(i32, Value)>,
    /// Variables at fixed addresses, as last stored to.
    globals: Vec<(u64, Value)>,
    /// Instructions left that an ARM `IT` makes conditional.
    pub(crate) conditional: u8,
    /// What the last instruction compared with a number.
    pub(crate) compared: Option<(Value, u64)>,
    /// The result of a call that the last instruction compared with anything.
    pub(crate) measured: Option<Value>,
    /// The character that it compared something with.
    pub(crate) character: Option<u8>,
    /// Keeps numbers in the machine's width.
    pub(crate) mask: u64,
}

impl State {
    pub(crate) fn new(mask: u64) -> Self {
        Self {
            registers: [Value::Unknown; REGISTERS],
            stale: 0,
            slots: Vec::new(),
            globals: Vec::new(),
            conditional: 0,
            compared: None,
            measured: None,
            character: None,
            mask,
        }
    }

    pub(crate) fn get(&self, register: u32) -> Value {
        self.registers.get(register as usize).copied().unwrap_or(Value::Unknown)
    }

    pub(crate) fn set(&mut self, register: u32, value: Value) {
        if let Some(slot) = self.registers.get_mut(register as usize) {
            *slot = value;
        }
        self.stale &= !(1_u64 << register.min(63));
    }

    /// What a register hands to a function, if it was written since the last call.
    pub(crate) fn handed(&self, register: u32) -> Value {
        let stale = self.stale & (1_u64 << register.min(63)) != 0;
        if stale { Value::Unknown } else { self.get(register) }
    }

    /// After a call of a function of the same file: the compiler knows which registers it leaves
    /// alone, so one that is read again without having been written still holds its value.
    pub(crate) fn age(&mut self, registers: impl IntoIterator<Item = u32>) {
        for register in registers {
            self.stale |= 1_u64 << register.min(63);
        }
    }

    /// Sets, or meets what is there where the instruction may not be executed.
    pub(crate) fn set_if(&mut self, always: bool, register: u32, value: Value) {
        let value = if always { value } else { self.get(register).meet(value) };
        self.set(register, value);
    }

    pub(crate) fn clobber(&mut self, registers: impl IntoIterator<Item = u32>) {
        for register in registers {
            self.set(register, Value::Unknown);
        }
    }

    /// The pointer-sized value at an address.
    pub(crate) fn load(&self, image: &Image<'_>, address: Value) -> Value {
        match address {
            Value::Sp(at) => {
                let found = self.slots.iter().find(|(slot, _)| *slot == at);
                found.map_or(Value::Slot(at), |(_, value)| *value)
            }
            Value::Const(address) => {
                let found = self.globals.iter().find(|(at, _)| *at == address);
                found.map_or_else(|| image.load(address), |(_, value)| *value)
            }
            // A field of what a call gave back (a JSON item's text) is its result, too.
            Value::Call(index) => Value::Call(index),
            _ => Value::Unknown,
        }
    }

    /// A part of the memory at an address: enough to know whose part.
    pub(crate) fn part(&self, address: Value) -> Value {
        match address {
            Value::Sp(at) => Value::Slot(at),
            Value::Const(at) => Value::Global(at),
            _ => Value::Unknown,
        }
    }

    /// Remembers a comparison of memory with a number: compilers write short text comparisons so.
    pub(crate) fn compare(&mut self, a: Value, b: Value) {
        self.measure(a, b);
        if let Value::Const(number) = b {
            self.character = u8::try_from(number).ok().filter(u8::is_ascii_graphic);
        }
        self.compared = match (a, b) {
            (memory @ (Value::Slot(_) | Value::Global(_)), Value::Const(number))
            | (Value::Const(number), memory @ (Value::Slot(_) | Value::Global(_))) => {
                Some((memory, number))
            }
            _ => None,
        };
    }

    /// Remembers that the result of a call decided something.
    pub(crate) fn measure(&mut self, a: Value, b: Value) {
        self.measured = match (a, b) {
            // Against nothing means whether there is any.
            (_, Value::Const(0)) | (Value::Const(0), _) => None,
            (call @ Value::Call(_), _) | (_, call @ Value::Call(_)) => Some(call),
            _ => None,
        };
    }

    pub(crate) fn store(&mut self, address: Value, value: Value) {
        let at = match address {
            Value::Sp(at) => at,
            Value::Const(at) => return self.store_global(at, value),
            _ => return,
        };
        if let Some(slot) = self.slots.iter_mut().find(|(slot, _)| *slot == at) {
            slot.1 = value;
            return;
        }
        if self.slots.len() >= SLOTS_MAX {
            self.slots.remove(0);
        }
        self.slots.push((at, value));
    }

    fn store_global(&mut self, at: u64, value: Value) {
        if let Some(global) = self.globals.iter_mut().find(|(address, _)| *address == at) {
            global.1 = value;
        } else if self.globals.len() < GLOBALS_MAX {
            self.globals.push((at, value));
        }
    }

    /// What was stored to variables on the way here.
    pub(crate) fn stored(&self) -> &[(u64, Value)] {
        &self.globals
    }

    /// A callee got this address and may have written there.
    pub(crate) fn forget(&mut self, address: Value) {
        match address {
            Value::Sp(at) => self.slots.retain(|(slot, _)| *slot != at),
            Value::Const(at) => self.globals.retain(|(global, _)| *global != at),
            _ => {}
        }
    }

    /// Joins another way that leads here.
    pub(crate) fn meet(&mut self, other: &Self) {
        for (mine, theirs) in self.registers.iter_mut().zip(&other.registers) {
            *mine = mine.meet(*theirs);
        }
        self.stale |= other.stale;
        for slot in &mut self.slots {
            let theirs = other.slots.iter().find(|(at, _)| *at == slot.0).map(|(_, value)| *value);
            slot.1 = slot.1.meet(theirs.unwrap_or(Value::Unknown));
        }
        for global in &mut self.globals {
            let theirs = other.globals.iter().find(|(at, _)| *at == global.0).map(|(_, v)| *v);
            global.1 = global.1.meet(theirs.unwrap_or(Value::Global(global.0)));
        }
        for global in &other.globals {
            // Stored on that way only.
            if !self.globals.iter().any(|(at, _)| *at == global.0)
                && matches!(global.1, Value::Call(_) | Value::Arg(_))
            {
                self.store_global(global.0, global.1);
            }
        }
    }
}

/// Where control goes after an instruction.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Step {
    /// To the next instruction.
    Next,
    /// Into a function and back.
    Call(Value),
    /// Away for good; an unknown target is a jump table.
    Jump(Value),
    /// There or on.
    Branch(u64),
    /// Back to the caller.
    Return,
    /// Back to the caller, or on.
    MayReturn,
    /// A comparison of two texts without a call (`repz cmpsb`).
    Compare(Value, Value),
}

/// One instruction's effect on control, and its length in bytes.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Decoded {
    pub(crate) len: u64,
    pub(crate) step: Step,
}

/// Sign-extends the lowest `bits` bits.
pub(crate) fn sign(value: u32, bits: u32) -> i64 {
    let shift = 32_u32.saturating_sub(bits);
    i64::from(((value << shift) as i32) >> shift)
}
