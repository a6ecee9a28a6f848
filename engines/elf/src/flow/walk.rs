//! Reading functions: from their start to where no jump leads on.

use super::image::{Callee, Image};
use super::scan::{Site, Sites};
use super::value::{State, Step, Value};
use super::{ARGS, Isa};
use crate::gaps;
use crate::model::Role;
use duecare_base::Endian;
use std::collections::{BTreeMap, BTreeSet};

/// Most instructions read per function; what follows is read as another, and less is known there.
const FUNCTION_STEPS_MAX: usize = 30_000;
/// Most instructions read per file, so that no file takes more than a second.
pub(crate) const FILE_STEPS_MAX: usize = 12_000_000;
/// Most places at once that forward jumps lead to.
const PENDING_MAX: usize = 400;
/// Most different results and stores kept per function.
const FACTS_MAX: usize = 64;
/// Most calls kept per function.
const CALLS_MAX: usize = 4_000;
/// Farthest that a function's start is looked for before a call, in bytes.
const REACH_BYTES_MAX: u64 = 128 * 1024;

/// The name of a comparison that the compiler wrote out in the code.
pub(crate) const INLINE: &str = "inlined comparison";

/// One call with what is known about its arguments.
#[derive(Debug, Clone)]
pub(crate) struct Call<'a> {
    /// Address of the instruction.
    pub(crate) at: u64,
    /// Plain name of what is called, where it has one.
    pub(crate) name: Option<&'a str>,
    /// What that does, where it is known.
    pub(crate) role: Option<Role>,
    /// Whether it is the checked twin (`__sprintf_chk`), which has more arguments.
    pub(crate) checked: bool,
    /// What is called.
    pub(crate) target: Value,
    /// Its first arguments.
    pub(crate) args: [Value; ARGS],
}

/// A function's calls in address order. [`Value::Call`] counts in this list.
#[derive(Debug)]
pub(crate) struct Function<'a> {
    pub(crate) start: u64,
    /// Behind its last instruction.
    pub(crate) end: u64,
    pub(crate) name: Option<&'a str>,
    pub(crate) calls: Vec<Call<'a>>,
    /// What it may give back.
    pub(crate) results: Vec<Value>,
    /// What it stores to variables at fixed addresses.
    pub(crate) stores: Vec<(u64, Value)>,
    /// Results of calls that it compares with something, sorted.
    pub(crate) measured: BTreeSet<Value>,
    /// Characters that it compares something with.
    pub(crate) characters: BTreeSet<u8>,
}

impl Function<'_> {
    /// The name that reports show.
    pub(crate) fn label(&self) -> String {
        self.name.map_or_else(|| format!("fn_{:#x}", self.start), str::to_owned)
    }
}

/// Reads every function that has one of the wanted call sites.
pub(crate) fn functions<'a>(
    image: &Image<'a>,
    sites: &Sites,
    budget: &mut usize,
    wanted: impl Fn(&Site) -> bool,
) -> Vec<Function<'a>> {
    let mut found = Vec::new();
    let mut done = 0_u64;
    for site in sites.calls.iter().filter(|site| wanted(site)) {
        if site.at < done {
            continue;
        }
        let before = sites.starts.partition_point(|start| *start <= site.at);
        let told = before.checked_sub(1).and_then(|index| sites.starts.get(index)).copied();
        let near = told.filter(|start| site.at.saturating_sub(*start) <= REACH_BYTES_MAX);
        let fallback = (site.at.saturating_sub(0x1000) & !3).max(site.at & !0xffff);
        let mut start = near.unwrap_or(fallback).max(done);
        let end = sites.starts.get(before).copied().unwrap_or(u64::MAX);
        while start <= site.at && *budget > 0 {
            let mut walk = Walk::new(image, site.isa, start, end);
            let next = walk.run(budget);
            if walk.cut {
                image.file.miss(gaps::FUNCTION);
            }
            if !walk.calls.is_empty() {
                found.push(walk.function(next));
            }
            done = next.max(start.saturating_add(site.isa.align()));
            start = done;
        }
        if *budget == 0 {
            image.file.miss(gaps::FILE);
            break;
        }
    }
    found
}

/// Reads the function that begins at an address.
pub(crate) fn one<'a>(
    image: &Image<'a>,
    sites: &Sites,
    isa: Isa,
    start: u64,
    budget: &mut usize,
) -> Function<'a> {
    let after = sites.starts.partition_point(|other| *other <= start);
    let end = sites.starts.get(after).copied().unwrap_or(u64::MAX);
    let mut walk = Walk::new(image, isa, start, end);
    let next = walk.run(budget);
    walk.function(next)
}

struct Walk<'i, 'a> {
    image: &'i Image<'a>,
    isa: Isa,
    start: u64,
    end: u64,
    pending: BTreeMap<u64, State>,
    calls: Vec<Call<'a>>,
    results: Vec<Value>,
    stores: Vec<(u64, Value)>,
    measured: BTreeSet<Value>,
    characters: BTreeSet<u8>,
    /// Calls were left out.
    cut: bool,
}

impl<'i, 'a> Walk<'i, 'a> {
    fn new(image: &'i Image<'a>, isa: Isa, start: u64, end: u64) -> Self {
        let mut start = start;
        // Padding between functions belongs to neither.
        while start < end && is_padding(image, isa, start) {
            start = start.saturating_add(isa.align());
        }
        Self {
            image,
            isa,
            start,
            end,
            pending: BTreeMap::new(),
            calls: Vec::new(),
            results: Vec::new(),
            stores: Vec::new(),
            measured: BTreeSet::new(),
            characters: BTreeSet::new(),
            cut: false,
        }
    }

    fn function(self, end: u64) -> Function<'a> {
        Function {
            start: self.start,
            end,
            name: self.image.name_at(self.start),
            calls: self.calls,
            results: self.results,
            stores: self.stores,
            measured: self.measured,
            characters: self.characters,
        }
    }

    /// What is known where control leaves the function for good.
    fn leave(&mut self, result: Value, state: &State) {
        if !self.results.contains(&result) && self.results.len() < FACTS_MAX {
            self.results.push(result);
        }
        for stored in state.stored() {
            if !self.stores.contains(stored) && self.stores.len() < FACTS_MAX {
                self.stores.push(*stored);
            }
        }
    }

    /// Reads to the function's end; gives the address behind it.
    fn run(&mut self, budget: &mut usize) -> u64 {
        let mut state = State::new(self.isa.mask());
        self.isa.enter(self.image, self.start, &mut state);
        let mut live = true;
        let mut at = self.start;
        let mut steps = FUNCTION_STEPS_MAX.min(*budget);
        while at < self.end {
            if steps == 0 {
                break;
            }
            steps -= 1;
            while let Some(entry) = self.pending.first_entry().filter(|e| *e.key() < at) {
                entry.remove();
            }
            if let Some(arrived) = self.pending.remove(&at) {
                if live {
                    state.meet(&arrived);
                } else {
                    state = arrived;
                }
                live = true;
            }
            if !live {
                // Code behind a jump that only later code reaches, if the function goes on at all.
                let Some((_, next)) = self.pending.first_key_value() else { break };
                state = next.clone();
                state.clobber(self.isa.volatile().iter().copied());
            }
            *budget = budget.saturating_sub(1);
            self.isa.repair(self.image, &mut state);
            let Some(done) = self.isa.step(self.image, at, &mut state) else {
                at = at.saturating_add(self.isa.align());
                live = false;
                continue;
            };
            if let Some((memory, number)) = state.compared.take() {
                self.inline(at, memory, number);
            }
            self.measured.extend(state.measured.take());
            self.characters.extend(state.character.take());
            live = self.follow(at, done.step, &mut state);
            at = at.saturating_add(done.len.max(1));
        }
        at
    }

    /// Acts on where control goes; tells whether the next instruction is reached.
    fn follow(&mut self, at: u64, step: Step, state: &mut State) -> bool {
        match step {
            Step::Next => true,
            Step::Return | Step::MayReturn => {
                self.leave(state.get(self.isa.result()), state);
                step == Step::MayReturn
            }
            Step::Branch(to) => {
                self.arrive(at, to, state);
                true
            }
            Step::Compare(a, b) => {
                self.push(Call {
                    at,
                    name: Some("repz cmpsb"),
                    role: Some(Role::Compares(None)),
                    checked: false,
                    target: Value::Unknown,
                    args: two(a, b),
                });
                true
            }
            Step::Call(target) => {
                self.call(at, target, state);
                !self.calls.last().is_some_and(|c| c.name.is_some_and(never_returns))
            }
            Step::Jump(Value::Const(to)) => {
                let inside = to > self.start && to < self.end;
                if inside && to > at && to.saturating_sub(at) < REACH_BYTES_MAX && !self.named(to) {
                    self.arrive(at, to, state);
                } else if !inside || self.named(to) {
                    // A branch stays in the instruction set.
                    let to = to | u64::from(self.isa == Isa::Thumb);
                    self.call(at, Value::Const(to), state);
                    self.leave(state.get(self.isa.result()), state);
                }
                false
            }
            Step::Jump(Value::Import(index)) => {
                self.call(at, Value::Import(index), state);
                self.leave(state.get(self.isa.result()), state);
                false
            }
            // A jump table: its targets follow.
            Step::Jump(_) => true,
        }
    }

    /// Whether another function, or a linker's stub, begins there.
    fn named(&self, to: u64) -> bool {
        self.image.name_at(to).is_some()
    }

    fn arrive(&mut self, at: u64, to: u64, state: &State) {
        if to <= at || to >= self.end || to.saturating_sub(at) > REACH_BYTES_MAX {
            return;
        }
        if let Some(there) = self.pending.get_mut(&to) {
            there.meet(state);
        } else if self.pending.len() < PENDING_MAX {
            self.pending.insert(to, state.clone());
        }
    }

    fn push(&mut self, call: Call<'a>) {
        if self.calls.len() < CALLS_MAX {
            self.calls.push(call);
        } else {
            self.cut = true;
        }
    }

    /// A comparison of memory with a number that is text, or that goes on with one.
    fn inline(&mut self, at: u64, memory: Value, number: u64) {
        let (low, high) = (number & 0xffff_ffff, number >> 32);
        if high == 0 {
            return self.inline_piece(at, memory, number);
        }
        let big = self.image.file.endian() == Endian::Big;
        let next = match memory {
            Value::Slot(place) => Value::Slot(place.saturating_add(4)),
            Value::Global(place) => Value::Global(place.wrapping_add(4)),
            other => other,
        };
        let (first, second) = if big { (high, low) } else { (low, high) };
        self.inline_piece(at, memory, first);
        self.inline_piece(at, next, second);
    }

    fn inline_piece(&mut self, at: u64, memory: Value, number: u64) {
        let is_text = |number: u64| {
            number >> 24 != 0
                && u32::try_from(number)
                    .is_ok_and(|n| n.to_le_bytes().iter().all(|b| b.is_ascii_graphic()))
        };
        let follows = || {
            self.calls.iter().rev().take(12).any(|call| {
                call.name == Some(INLINE)
                    && call
                        .args
                        .first()
                        .and_then(|before| distance(*before, buffer(memory)))
                        .is_some_and(|d| d == 4 || d == 8)
            })
        };
        if is_text(number) || (number <= 0xffff && follows()) {
            let args = two(buffer(memory), Value::Const(number));
            self.push(Call {
                at,
                name: Some(INLINE),
                role: None,
                checked: false,
                target: Value::Unknown,
                args,
            });
        }
    }

    /// Puts the texts of an argument vector in the frame where those of a list would stand.
    fn vector(&self, state: &State, args: &mut [Value; ARGS]) {
        let Some(vector @ Value::Sp(_)) = args.get(1).copied() else { return };
        let width = i64::from(self.image.file.bits() / 8);
        for (index, arg) in args.iter_mut().skip(1).enumerate() {
            *arg = state.load(self.image, vector.plus(width * index as i64, state.mask));
        }
    }

    fn call(&mut self, at: u64, target: Value, state: &mut State) {
        let mut args = [Value::Unknown; ARGS];
        for (index, arg) in args.iter_mut().enumerate() {
            *arg = self.isa.argument(self.image, state, index);
        }
        let Callee { name, role, checked } = self.image.callee(self.isa, target);
        let local = name.is_none() && matches!(target, Value::Const(_));
        if local {
            for (register, index) in self.isa.own_registers() {
                if let Some(arg) = args.get_mut(usize::from(*index)) {
                    *arg = state.handed(*register);
                }
            }
        }
        if name.is_some_and(|name| name.starts_with("execv")) {
            self.vector(state, &mut args);
        }
        let index = self.calls.len() as u32;
        self.push(Call { at, name, role, checked, target, args });
        for arg in args {
            state.forget(arg);
        }
        let volatile = self.isa.volatile().iter().copied();
        if local {
            state.age(volatile);
            // The second half of a wide result.
            state.set(self.isa.second_result(), Value::Unknown);
        } else {
            state.clobber(volatile);
        }
        state.set(self.isa.result(), Value::Call(index));
    }
}

fn two(a: Value, b: Value) -> [Value; ARGS] {
    let mut args = [Value::Unknown; ARGS];
    for (slot, value) in args.iter_mut().zip([a, b]) {
        *slot = value;
    }
    args
}

/// The buffer that a part of memory belongs to.
fn buffer(memory: Value) -> Value {
    match memory {
        Value::Slot(at) => Value::Sp(at),
        Value::Global(at) => Value::Const(at),
        other => other,
    }
}

/// How far one place is behind another, in bytes.
pub(crate) fn distance(from: Value, to: Value) -> Option<u64> {
    match (from, to) {
        (Value::Sp(from), Value::Sp(to)) => u64::try_from(i64::from(to) - i64::from(from)).ok(),
        (Value::Const(from), Value::Const(to)) => to.checked_sub(from),
        _ => None,
    }
}

fn never_returns(name: &str) -> bool {
    matches!(
        name,
        "exit" | "_exit" | "abort" | "stack_chk_fail" | "assert_fail" | "pthread_exit" | "longjmp"
    )
}

fn is_padding(image: &Image<'_>, isa: Isa, at: u64) -> bool {
    match isa {
        Isa::X86 | Isa::X86_64 => {
            image.code(at).is_some_and(|c| matches!(c.first(), Some(0x90 | 0xcc | 0)))
        }
        Isa::Mips32 | Isa::Mips64 | Isa::Arm => image.word32(at) == Some(0),
        Isa::Thumb => matches!(image.code16(at), Some(0 | 0xbf00)),
        Isa::Aarch64 => matches!(image.word32(at), Some(0 | 0xd503_201f)),
    }
}
