//! A file as its code sees it: instructions, constants, slots that the loader fills, names.

use super::Isa;
use super::value::{State, Step, Value};
use crate::dynamic::tag;
use crate::file::{ElfFile, Region};
use crate::gaps;
use crate::header::Arch;
use crate::model::{self, Role};
use crate::tables::{PF_W, PT_LOAD, Segment};
use duecare_base::{Bin, Endian};
use std::cell::{Cell, OnceCell, RefCell};
use std::collections::BTreeMap;

/// Longest literal looked at, in bytes.
const TEXT_BYTES_MAX: usize = 1024;
/// Most relocations read per table.
const RELOCATIONS_MAX: usize = 400_000;
/// Most instructions of a linker's stub.
const STUB_STEPS_MAX: usize = 8;
/// Most stubs in a row: a veneer, then the procedure linkage table.
const STUB_HOPS_MAX: usize = 3;
/// Most global offset table entries read (MIPS).
const GOT_ENTRIES_MAX: usize = 1 << 16;

/// What is called.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Callee<'a> {
    /// Plain name.
    pub(crate) name: Option<&'a str>,
    /// What it does.
    pub(crate) role: Option<Role>,
    /// Whether it is the checked twin.
    pub(crate) checked: bool,
}

/// The view that the instruction decoders work on.
pub(crate) struct Image<'a> {
    pub(crate) file: &'a ElfFile<'a>,
    /// Slots that the loader fills, by address.
    slots: BTreeMap<u64, Value>,
    /// Names of functions in the file, by address without the Thumb bit.
    names: BTreeMap<u64, &'a str>,
    /// MIPS: what `$gp` holds; 32-bit x86: what `%ebx` holds where the linker's stubs use it.
    pub(crate) global_pointer: Option<u64>,
    local_got: std::ops::Range<u64>,
    callees: RefCell<BTreeMap<Value, Callee<'a>>>,
    stubs: RefCell<BTreeMap<u64, Option<u32>>>,
    variables: OnceCell<BTreeMap<u64, &'a str>>,
    last: Cell<usize>,
    /// Order of instruction bytes: ARM's big-endian `BE8` keeps code little-endian.
    code_endian: Endian,
}

impl<'a> Image<'a> {
    pub(crate) fn new(file: &'a ElfFile<'a>) -> Self {
        let mut slots = BTreeMap::new();
        relocations(file, &mut slots);
        let mut local_got = 0..0;
        let mut global_pointer = None;
        let got = file.dynamic().get(tag::PLTGOT);
        match file.arch() {
            Arch::Mips => {
                let gp = got.map(|got| got.wrapping_add(0x7ff0));
                global_pointer = gp.or_else(|| static_gp(file));
                if let Some(got) = got {
                    local_got = mips_got(file, got, &mut slots);
                }
            }
            Arch::X86 => global_pointer = got,
            _ => {}
        }
        let names = names(file);
        // EF_ARM_BE8.
        let be8 = file.arch() == Arch::Arm && file.flags() & 0x0080_0000 != 0;
        let code_endian = match file.arch() {
            Arch::Aarch64 => Endian::Little,
            Arch::Arm if be8 => Endian::Little,
            _ => file.endian(),
        };
        Self {
            file,
            slots,
            names,
            global_pointer,
            local_got,
            callees: RefCell::new(BTreeMap::new()),
            stubs: RefCell::new(BTreeMap::new()),
            variables: OnceCell::new(),
            last: Cell::new(0),
            code_endian,
        }
    }

    /// The part at an address; neighbours in time are neighbours in place.
    fn region(&self, at: u64) -> Option<&'a Region<'a>> {
        let regions: &'a [Region<'a>] = self.file.regions();
        let inside = |r: &Region<'_>| {
            at.checked_sub(r.vaddr).is_some_and(|delta| delta < r.bytes.len() as u64)
        };
        if let Some(region) = regions.get(self.last.get()).filter(|r| inside(r)) {
            return Some(region);
        }
        let index = regions.iter().position(inside)?;
        self.last.set(index);
        regions.get(index)
    }

    /// Executable bytes from an address on.
    pub(crate) fn code(&self, at: u64) -> Option<&'a [u8]> {
        let region = self.region(at).filter(|r| r.exec)?;
        region.bytes.get(usize::try_from(at.checked_sub(region.vaddr)?).ok()?..)
    }

    pub(crate) fn code16(&self, at: u64) -> Option<u16> {
        Bin::new(self.code(at)?, self.code_endian).u16(0).ok()
    }

    pub(crate) fn code32(&self, at: u64) -> Option<u32> {
        Bin::new(self.code(at)?, self.code_endian).u32(0).ok()
    }

    /// An instruction word of the machines where they are always four bytes.
    pub(crate) fn word32(&self, at: u64) -> Option<u32> {
        self.code32(at)
    }

    /// Order of instruction bytes.
    pub(crate) fn code_endian(&self) -> Endian {
        self.code_endian
    }

    /// What a load from this address gives.
    pub(crate) fn load(&self, at: u64) -> Value {
        if let Some(value) = self.slots.get(&at) {
            return *value;
        }
        let Some(region) = self.region(at) else { return Value::Global(at) };
        if region.write && !self.local_got.contains(&at) {
            return Value::Global(at);
        }
        self.file.word_at(at).map_or(Value::Unknown, Value::Const)
    }

    /// Whether a value points to constant text, which may be empty.
    pub(crate) fn is_text(&self, value: Value) -> bool {
        let Value::Const(at) = value else { return false };
        let empty = || self.file.data_at(at).is_some_and(|raw| raw.first() == Some(&0));
        self.text(value).is_some() || at > 0x100 && empty()
    }

    /// The address that a pointer in the file's data holds once it is loaded.
    pub(crate) fn pointer(&self, at: u64) -> Option<u64> {
        match self.slots.get(&at) {
            Some(value) => value.number(),
            None => self.file.word_at(at),
        }
    }

    /// Whether the program may write there.
    pub(crate) fn is_variable(&self, at: u64) -> bool {
        let loaded = |s: &Segment| s.kind == PT_LOAD && s.flags & PF_W != 0;
        let mut parts = self.file.segments().iter().filter(|segment| loaded(segment));
        !self.slots.contains_key(&at)
            && parts.any(|s| at.checked_sub(s.vaddr).is_some_and(|inside| inside < s.memsz))
    }

    /// The text that a value points to, if it is one.
    pub(crate) fn text(&self, value: Value) -> Option<(u64, &'a str)> {
        let at = match value {
            Value::Const(at) => at,
            // A pointer variable with an initial value.
            Value::Global(at) => self.file.word_at(at)?,
            _ => return None,
        };
        if at < 0x100 {
            return None;
        }
        let raw = self.file.data_at(at)?;
        let end = raw.iter().take(TEXT_BYTES_MAX).position(|b| *b == 0)?;
        let text = std::str::from_utf8(raw.get(..end)?).ok()?;
        let clean = !text.is_empty()
            && text.chars().all(|c| !c.is_control() || matches!(c, '\n' | '\r' | '\t'));
        clean.then_some((at, text))
    }

    /// The name of an imported symbol.
    pub(crate) fn import_name(&self, index: u32) -> Option<&'a str> {
        let file: &'a ElfFile<'a> = self.file;
        file.symbols().dynamic.get(index as usize).map(|s| s.name).filter(|n| !n.is_empty())
    }

    /// The name of the function at an address: its own, or the import that its stub leads to.
    pub(crate) fn name_at(&self, at: u64) -> Option<&'a str> {
        let at = at & !self.thumb_bit();
        self.names.get(&at).copied()
    }

    /// What is called, remembered for the next call of the same.
    pub(crate) fn callee(&self, isa: Isa, target: Value) -> Callee<'a> {
        let key = match target {
            Value::Import(_) => target,
            Value::Const(at) => Value::Const(at & !self.thumb_bit() | isa.at(at).thumb_bit()),
            _ => return Callee::default(),
        };
        if let Some(known) = self.callees.borrow().get(&key) {
            return *known;
        }
        let name = match target {
            Value::Import(index) => self.import_name(index),
            Value::Const(at) => self
                .name_at(at)
                .or_else(|| self.stub(isa, at).and_then(|index| self.import_name(index))),
            _ => None,
        };
        let plain = name.map(crate::names::plain);
        let callee = Callee {
            name: plain,
            role: plain.and_then(model::role),
            checked: name.is_some_and(|name| name.ends_with("_chk")),
        };
        self.callees.borrow_mut().insert(key, callee);
        callee
    }

    /// The name of a variable at an address, such as the `stdin` that the loader copies in.
    pub(crate) fn data_name(&self, at: u64) -> Option<&'a str> {
        let file: &'a ElfFile<'a> = self.file;
        let variables = self.variables.get_or_init(|| {
            let symbols = file.symbols();
            let all = symbols.dynamic.iter().chain(&symbols.full);
            all.filter(|s| !s.function && s.address != 0).map(|s| (s.address, s.name)).collect()
        });
        variables.get(&at).copied()
    }

    pub(crate) fn thumb_bit(&self) -> u64 {
        u64::from(self.file.arch() == Arch::Arm)
    }

    /// The import that a linker's stub at this address jumps to.
    pub(crate) fn stub(&self, isa: Isa, at: u64) -> Option<u32> {
        if let Some(known) = self.stubs.borrow().get(&at) {
            return *known;
        }
        let found = if self.may_be_stub(isa, at) { self.follow(isa, at) } else { None };
        self.stubs.borrow_mut().insert(at, found);
        found
    }

    /// A quick look at the first instruction: stubs begin in few ways, functions in many others.
    fn may_be_stub(&self, isa: Isa, at: u64) -> bool {
        let word = |at| self.code32(at).unwrap_or(0);
        match isa.at(at) {
            // `add ip, pc`, `ldr ip, [pc]`, `ldr pc, [pc]`.
            Isa::Arm => {
                matches!(word(at) >> 12, 0xe28fc | 0xe59fc | 0xe51ff | 0xe59ff | 0xe300c..=0xe30fc)
            }
            // `bx pc`, a load of the program counter or of `ip`, `movw ip`.
            Isa::Thumb => {
                let first = self.code16(at & !1).unwrap_or(0);
                matches!(first, 0x4778 | 0xf8df | 0xf85f)
                    || first & 0xfbf0 == 0xf240
                    || first >> 11 == 0b11110
            }
            // `bti c`, `adrp x16`.
            Isa::Aarch64 => word(at) == 0xd503_245f || word(at) & 0x9f00_001f == 0x9000_0010,
            // `lui $t7`, `lui $t9`, `lui $t6`, and those of `-mplt` for N32 and N64.
            Isa::Mips32 | Isa::Mips64 => matches!(word(at) >> 16, 0x3c0e | 0x3c0f | 0x3c19),
            Isa::X86 | Isa::X86_64 => matches!(
                self.code(at),
                Some(
                    [0xff, 0x25 | 0xa3, ..]
                        | [0xf3, 0x0f, 0x1e, 0xfa | 0xfb, ..]
                        | [0xf2, 0xff, 0x25, ..]
                )
            ),
        }
    }

    fn follow(&self, isa: Isa, at: u64) -> Option<u32> {
        let mut place = at;
        let mut isa = isa.at(at);
        let mut state = State::new(isa.mask());
        isa.enter(self, place & !self.thumb_bit(), &mut state);
        for _ in 0..STUB_HOPS_MAX {
            place &= !self.thumb_bit();
            let mut next = None;
            for _ in 0..STUB_STEPS_MAX {
                let done = isa.step(self, place, &mut state)?;
                match done.step {
                    Step::Next => place = place.wrapping_add(done.len),
                    Step::Jump(Value::Import(index)) => return Some(index),
                    Step::Jump(Value::Const(to)) => {
                        next = Some(to);
                        break;
                    }
                    _ => return None,
                }
            }
            let to = next?;
            // A `bx` to a plain address and a branch inside Thumb code differ only in context.
            isa = if isa == Isa::Thumb && to & 1 == 0 && self.code16(place) != Some(0x4778) {
                isa
            } else {
                isa.at(to)
            };
            place = to;
        }
        None
    }
}

/// A static program's global pointer, by the linker's symbol or the register information.
fn static_gp(file: &ElfFile<'_>) -> Option<u64> {
    let symbol = file.symbols().full.iter().find(|s| s.name == "_gp").map(|s| s.address);
    symbol.or_else(|| {
        let info = Bin::new(file.section(".reginfo")?, file.endian());
        info.u32(20).ok().map(u64::from).filter(|gp| *gp != 0)
    })
}

/// The MIPS table that the loader fills by position instead of by relocations.
fn mips_got(
    file: &ElfFile<'_>,
    got: u64,
    slots: &mut BTreeMap<u64, Value>,
) -> std::ops::Range<u64> {
    let value = |tag| file.dynamic().get(tag).and_then(|v| usize::try_from(v).ok()).unwrap_or(0);
    let width = u64::from(file.bits() / 8);
    let local = value(tag::MIPS_LOCAL_GOTNO).min(GOT_ENTRIES_MAX) as u64;
    let first = value(tag::MIPS_GOTSYM);
    let globals = file.symbols().dynamic.len().saturating_sub(first);
    if value(tag::MIPS_LOCAL_GOTNO) > GOT_ENTRIES_MAX || globals > GOT_ENTRIES_MAX {
        file.miss(gaps::TABLES);
    }
    let globals = file.symbols().dynamic.iter().enumerate().skip(first).take(GOT_ENTRIES_MAX);
    for (position, (index, symbol)) in globals.enumerate() {
        let slot = got.wrapping_add((local + position as u64) * width);
        let value = match u32::try_from(index) {
            Ok(index) if !symbol.defined => Value::Import(index),
            _ => Value::Const(symbol.address),
        };
        slots.insert(slot, value);
    }
    got..got.saturating_add(local * width)
}

fn names<'a>(file: &'a ElfFile<'a>) -> BTreeMap<u64, &'a str> {
    let thumb = u64::from(file.arch() == Arch::Arm);
    let symbols = file.symbols();
    let mut names: BTreeMap<u64, &'a str> = BTreeMap::new();
    for symbol in symbols.full.iter().chain(&symbols.dynamic) {
        // An undefined function with an address has its stub there (MIPS, old ARM linkers).
        let named = !symbol.name.is_empty() && symbol.address != 0;
        if named && symbol.function {
            names.entry(symbol.address & !thumb).or_insert(symbol.name);
        }
    }
    names
}

fn relocations(file: &ElfFile<'_>, slots: &mut BTreeMap<u64, Value>) {
    let value = |tag| file.dynamic().get(tag);
    let with_addend = value(tag::PLTREL) == Some(tag::RELA);
    let tables = [
        (tag::REL, tag::RELSZ, false),
        (tag::RELA, tag::RELASZ, true),
        (tag::JMPREL, tag::PLTRELSZ, with_addend),
    ];
    for (start, size, addend) in tables {
        let raw = value(start).and_then(|at| file.data_at(at)).unwrap_or_default();
        let size = value(size).and_then(|size| usize::try_from(size).ok()).unwrap_or(0);
        let raw = raw.get(..size.min(raw.len())).unwrap_or_default();
        let width = usize::from(file.bits() / 8);
        let entry = width * if addend { 3 } else { 2 };
        if raw.len() / entry > RELOCATIONS_MAX {
            file.miss(gaps::TABLES);
        }
        for chunk in raw.chunks_exact(entry).take(RELOCATIONS_MAX) {
            if let Some((slot, value)) = relocation(file, chunk, addend) {
                slots.insert(slot, value);
            }
        }
    }
}

fn relocation(file: &ElfFile<'_>, raw: &[u8], with_addend: bool) -> Option<(u64, Value)> {
    let raw = Bin::new(raw, file.endian());
    let wide = file.bits() == 64;
    let word = |at| if wide { raw.u64(at).ok() } else { raw.u32(at).ok().map(u64::from) };
    let width = if wide { 8 } else { 4 };
    let slot = word(0)?;
    let (symbol, kind) = match (wide, file.arch()) {
        (true, Arch::Mips) => (raw.u32(8).ok()?, u32::from(raw.u8(15).ok()?)),
        (true, _) => ((word(8)? >> 32) as u32, word(8)? as u32),
        (false, _) => ((word(4)? >> 8) as u32, word(4)? as u32 & 0xff),
    };
    let addend = if with_addend { word(2 * width)? } else { 0 };
    if symbol != 0 {
        let found = file.symbols().dynamic.get(symbol as usize)?;
        let value = if found.defined {
            Value::Const(found.address.wrapping_add(addend))
        } else {
            Value::Import(symbol)
        };
        return Some((slot, value));
    }
    let relative = match file.arch() {
        Arch::Arm => 23,
        Arch::Aarch64 => 1027,
        Arch::X86 | Arch::X86_64 => 8,
        Arch::Mips => 3,
        _ => return None,
    };
    if kind != relative {
        return None;
    }
    let target = if with_addend { addend } else { file.word_at(slot)? };
    Some((slot, Value::Const(target)))
}
