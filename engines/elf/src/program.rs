//! What the functions of one file do for each other: which give back or fill in input, and which
//! variables carry it.
//!
//! Functions that bring input in are read first, then those that call them, and so on for a few
//! rounds. Each is read once; what it passes on is kept as a summary that its callers apply.

use crate::code::Code;
use crate::flow::{Function, Value};
use crate::gaps;
use crate::model::{Role, Source};
use crate::trace::{Taint, Traced};
use std::collections::{BTreeMap, BTreeSet};

/// Longest chain of functions that hand input on.
const ROUNDS_MAX: usize = 4;
/// Most functions summarised per round.
const SUMMARIES_MAX: usize = 1_500;

/// Input that a function hands on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Brought<'a> {
    pub(crate) source: Source,
    /// What the source was asked for.
    pub(crate) label: Option<&'a str>,
    /// The parameter that says what the source is asked for.
    pub(crate) asks: Option<u8>,
    pub(crate) guarded: bool,
    pub(crate) indirect: bool,
}

impl<'a> Brought<'a> {
    fn of(taint: &Taint<'a>) -> Option<Self> {
        let handed = !matches!(taint.source, Source::Param(_) | Source::Field);
        handed.then_some(Self {
            source: taint.source,
            label: taint.label,
            asks: taint.asks,
            guarded: taint.guarded,
            indirect: taint.indirect,
        })
    }
}

/// What a function does with input.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Summary<'a> {
    pub(crate) returns: Option<Brought<'a>>,
    /// Parameters that point to buffers which it fills.
    pub(crate) fills: BTreeMap<u8, Brought<'a>>,
    /// Parameters that it compares with each other as text.
    pub(crate) compares: Option<(usize, usize)>,
}

/// What is known about the file's functions and variables.
#[derive(Debug, Default)]
pub(crate) struct Known<'a> {
    summaries: BTreeMap<u64, Summary<'a>>,
    variables: BTreeMap<Value, Brought<'a>>,
}

impl<'a> Known<'a> {
    /// What the function at this address does; on ARM without the Thumb bit.
    pub(crate) fn summary(&self, at: u64) -> Option<&Summary<'a>> {
        self.summaries.get(&at)
    }

    pub(crate) fn variable(&self, value: Value) -> Option<&Brought<'a>> {
        self.variables.get(&value)
    }
}

/// The functions that matter to the checks.
pub(crate) struct Program<'c, 'a> {
    pub(crate) code: &'c Code<'a>,
    /// In address order.
    pub(crate) functions: Vec<Function<'a>>,
    pub(crate) known: Known<'a>,
}

impl<'c, 'a> Program<'c, 'a> {
    pub(crate) fn read(code: &'c Code<'a>) -> Self {
        let mut program = Self { code, functions: code.functions(), known: Known::default() };
        program.known.summaries = getters(code, &program.functions);
        let mut fresh: BTreeSet<u64> = program.known.summaries.keys().copied().collect();
        program.read_callers(&fresh);
        for round in 0..ROUNDS_MAX {
            fresh = program.round(round == 0, &fresh);
            if fresh.is_empty() {
                break;
            }
            program.read_callers(&fresh);
        }
        program
    }

    /// Reads the functions that call one of these, where they weren't read yet.
    pub(crate) fn read_callers(&mut self, of: &BTreeSet<u64>) {
        let more = self.code.callers(of, &self.functions);
        self.functions.extend(more);
        self.functions.sort_by_key(|function| function.start);
        self.functions.dedup_by_key(|function| function.start);
    }

    /// A function with what reaches its calls.
    pub(crate) fn trace<'f>(&'f self, function: &'f Function<'a>) -> Traced<'f, 'a> {
        Traced::new(function, self.code, &self.known)
    }

    /// Summarises the functions that bring input in, or that call those just summarised; gives the
    /// addresses of those about which something new was learnt.
    fn round(&mut self, first: bool, fresh: &BTreeSet<u64>) -> BTreeSet<u64> {
        let thumb = self.code.image.thumb_bit();
        let mut learnt = Vec::new();
        for function in &self.functions {
            let concerned = function.calls.iter().any(|call| match call.target {
                _ if first && call.role.is_some_and(brings) => true,
                _ if first && wrapped(function).is_some() => true,
                Value::Const(at) => fresh.contains(&(at & !thumb)),
                _ => false,
            });
            if concerned && learnt.len() >= SUMMARIES_MAX {
                self.code.image.file.miss(gaps::SUMMARIES);
                break;
            }
            if concerned {
                let traced = self.trace(function);
                learnt.push((function.start, summary(&traced), variables(&traced)));
            }
        }
        let mut changed = BTreeSet::new();
        for (start, summary, variables) in learnt {
            for (value, brought) in variables {
                self.known.variables.entry(value).or_insert(brought);
            }
            let empty = summary == Summary::default();
            let known = self.known.summaries.get(&start);
            // How it is called said more than how it is made.
            let called = known.is_some_and(|known| known.returns.is_some());
            if !empty && !called && known != Some(&summary) {
                self.known.summaries.insert(start, summary);
                changed.insert(start);
            }
        }
        changed
    }
}

fn brings(role: Role) -> bool {
    matches!(role, Role::Gives(..) | Role::Fills { .. } | Role::Scans { .. })
}

/// Functions of a web server that give back form fields, where nothing but the way they are called
/// shows that: with the request, a field's name and what to take when it was not sent.
fn getters<'a>(code: &Code<'a>, functions: &[Function<'a>]) -> BTreeMap<u64, Summary<'a>> {
    const FIELDS_MIN: usize = 5;
    if !code.serves_forms() {
        return BTreeMap::new();
    }
    let thumb = code.image.thumb_bit();
    let mut asked: BTreeMap<u64, BTreeSet<&str>> = BTreeMap::new();
    for call in functions.iter().flat_map(|function| &function.calls) {
        let (None, Value::Const(target), [Value::Arg(_), name, otherwise, ..]) =
            (call.name, call.target, call.args)
        else {
            continue;
        };
        let Some((_, name)) = code.image.text(name) else { continue };
        if is_field_name(name) && code.image.is_text(otherwise) {
            asked.entry(target & !thumb).or_default().insert(name);
        }
    }
    let brought = Brought {
        source: Source::Request,
        label: None,
        asks: Some(1),
        guarded: false,
        indirect: true,
    };
    asked.retain(|_, names| names.len() >= FIELDS_MIN);
    asked
        .into_keys()
        .map(|at| (at, Summary { returns: Some(brought.clone()), ..Summary::default() }))
        .collect()
}

fn is_field_name(text: &str) -> bool {
    (2..=40).contains(&text.len())
        && text.bytes().all(|b| b.is_ascii_alphanumeric() || b"_-.".contains(&b))
}

/// The parameters that a function does little with beside comparing them.
fn wrapped(function: &Function<'_>) -> Option<(usize, usize)> {
    const CALLS_MAX: usize = 3;
    if function.calls.len() > CALLS_MAX {
        return None;
    }
    function.calls.iter().find_map(|call| match (call.role, call.args) {
        (Some(Role::Compares(_)), [Value::Arg(a), Value::Arg(b), ..]) if a != b => {
            Some((a.into(), b.into()))
        }
        _ => None,
    })
}

fn summary<'a>(traced: &Traced<'_, 'a>) -> Summary<'a> {
    let results = traced.function.results.iter();
    let returns = results.filter_map(|value| Brought::of(&traced.taint(*value)?)).next();
    let fills = traced
        .filled
        .iter()
        .filter_map(|(parameter, taint)| Some((*parameter, Brought::of(taint)?)))
        .collect();
    Summary { returns, fills, compares: wrapped(traced.function) }
}

/// Variables at fixed addresses that hold or point to input when the function is done.
fn variables<'a>(traced: &Traced<'_, 'a>) -> Vec<(Value, Brought<'a>)> {
    let image = &traced.code.image;
    let stored = traced.function.stores.iter().filter_map(|(at, value)| {
        let brought = Brought::of(&traced.taint(*value)?)?;
        image.is_variable(*at).then_some((Value::Global(*at), brought))
    });
    let written = traced.known().filter_map(|(value, taint)| {
        let Value::Const(at) = value else { return None };
        Some((*value, Brought::of(taint).filter(|_| image.is_variable(*at))?))
    });
    let outside =
        |brought: &Brought<'_>| brought.source != Source::Stored && brought.asks.is_none();
    stored.chain(written).filter(|(_, brought)| outside(brought)).collect()
}
