//! Where the arguments of calls come from: input carried through copies and formats, in one
//! function, in the order of its calls, with what is known about the functions that it calls.

use crate::code::{self, Code};
use crate::flow::{Call, Function, Value};
use crate::model::{self, Role, Source};
use crate::program::{Brought, Known};
use std::collections::BTreeMap;

/// Most steps kept between a source and its use.
const STEPS_MAX: usize = 8;
/// How far into a buffer an address still counts as that buffer, in bytes.
const INSIDE_BYTES_MAX: i32 = 64;

/// A value that came from outside.
#[derive(Debug, Clone)]
pub(crate) struct Taint<'a> {
    pub(crate) source: Source,
    /// Call that brought it in; `None` for a parameter.
    pub(crate) origin: Option<usize>,
    /// What the source was asked for (`password`, `QUERY_STRING`).
    pub(crate) label: Option<&'a str>,
    /// Calls that carried it on.
    pub(crate) steps: Vec<usize>,
    /// The last format that it was put into.
    pub(crate) format: Option<&'a str>,
    /// Whether a check or a cleaner saw it.
    pub(crate) guarded: bool,
    /// Whether it went through a function or a variable of which only that much is known.
    pub(crate) indirect: bool,
    /// The parameter that tells the source what is asked for.
    pub(crate) asks: Option<u8>,
}

impl<'a> Taint<'a> {
    pub(crate) fn new(source: Source, origin: Option<usize>, label: Option<&'a str>) -> Self {
        Self {
            source,
            origin,
            label,
            steps: Vec::new(),
            format: None,
            guarded: false,
            indirect: false,
            asks: None,
        }
    }

    /// Handed on by a function or a variable.
    pub(crate) fn brought(brought: &Brought<'a>, origin: Option<usize>) -> Self {
        Self {
            guarded: brought.guarded,
            indirect: brought.indirect,
            asks: brought.asks,
            ..Self::new(brought.source, origin, brought.label)
        }
    }
}

/// A function's calls with what reaches their arguments.
pub(crate) struct Traced<'f, 'a> {
    pub(crate) function: &'f Function<'a>,
    pub(crate) code: &'f Code<'a>,
    pub(crate) program: &'f Known<'a>,
    known: BTreeMap<Value, Taint<'a>>,
    /// Buffers that something else than input was written to; whether over all that was there.
    clean: BTreeMap<Value, bool>,
    /// Input in the buffers that parameters point to.
    pub(crate) filled: BTreeMap<u8, Taint<'a>>,
    /// Numbers that came from outside.
    pub(crate) numbers: BTreeMap<Value, Taint<'a>>,
    /// Per call, the taints of its arguments, where there are any.
    pub(crate) arguments: BTreeMap<(usize, usize), Taint<'a>>,
    /// The function compares characters with those of the shell.
    checks: bool,
}

impl<'f, 'a> Traced<'f, 'a> {
    pub(crate) fn new(
        function: &'f Function<'a>,
        code: &'f Code<'a>,
        program: &'f Known<'a>,
    ) -> Self {
        let mut traced = Self {
            function,
            code,
            program,
            known: BTreeMap::new(),
            clean: BTreeMap::new(),
            filled: BTreeMap::new(),
            numbers: BTreeMap::new(),
            arguments: BTreeMap::new(),
            checks: code::checks_text(function),
        };
        for (index, call) in function.calls.iter().enumerate() {
            traced.one(index, call);
        }
        traced
    }

    pub(crate) fn text(&self, value: Value) -> Option<&'a str> {
        self.code.image.text(value).map(|(_, text)| text)
    }

    /// Every value that input reached, in a fixed order.
    pub(crate) fn known(&self) -> impl Iterator<Item = (&Value, &Taint<'a>)> {
        self.known.iter()
    }

    /// Input at exactly this place.
    pub(crate) fn exactly(&self, value: Value) -> Option<Taint<'a>> {
        self.known.get(&value).cloned()
    }

    pub(crate) fn taint(&self, value: Value) -> Option<Taint<'a>> {
        if let Some(taint) = self.known.get(&value) {
            return Some(taint.clone());
        }
        match value {
            Value::Arg(index) => {
                let filled = self.filled.get(&index).cloned();
                filled.or_else(|| Some(Taint::new(Source::Param(index), None, None)))
            }
            // Behind a prefix that the code skips.
            Value::Sp(at) => {
                let low = Value::Sp(at.saturating_sub(INSIDE_BYTES_MAX));
                let (base, taint) = self.known.range(low..value).next_back()?;
                if self.clean.range(*base..=value).next().is_some() {
                    return None;
                }
                matches!(base, Value::Sp(_)).then(|| taint.clone())
            }
            Value::Global(_) | Value::Const(_) => {
                let brought = self.program.variable(value)?;
                Some(Taint { indirect: true, ..Taint::brought(brought, None) })
            }
            _ => None,
        }
    }

    /// Input behind a fixed beginning that was written without a call
    /// (`memcpy(cmd, "hostname ", 9); strcpy(cmd + 9, input)`).
    fn ahead(&self, buffer: Option<Value>) -> Option<Taint<'a>> {
        const PREFIX_BYTES_MAX: i32 = 32;
        let Some(low @ Value::Sp(at)) = buffer else { return None };
        if self.clean.get(&low) == Some(&true) {
            return None;
        }
        let high = Value::Sp(at.saturating_add(PREFIX_BYTES_MAX));
        self.known.range(low..=high).next().map(|(_, taint)| taint.clone())
    }

    pub(crate) fn put(&mut self, value: Value, taint: Option<Taint<'a>>) {
        if let (Value::Arg(index), Some(taint)) = (value, &taint)
            && !matches!(taint.source, Source::Param(_))
        {
            self.filled.insert(index, taint.clone());
        }
        if matches!(value, Value::Unknown | Value::Import(_) | Value::Arg(_)) {
            return;
        }
        let taint = taint.map(|mut taint| {
            taint.guarded |= self.checks;
            taint
        });
        match taint {
            Some(taint) => {
                self.clean.remove(&value);
                self.known.insert(value, taint);
            }
            None => {
                self.known.remove(&value);
                self.clean.insert(value, false);
            }
        }
    }

    pub(crate) fn carried(mut taint: Taint<'a>, step: usize) -> Taint<'a> {
        if taint.steps.len() < STEPS_MAX {
            taint.steps.push(step);
        }
        taint
    }

    fn source(&self, index: usize, source: Source, label: Option<Value>) -> Taint<'a> {
        let text = label.and_then(|value| self.text(value));
        let mut taint = Taint::new(source, Some(index), text);
        if let Some(Value::Arg(parameter)) = label {
            taint.asks = Some(parameter);
        }
        taint
    }

    fn one(&mut self, index: usize, call: &Call<'a>) {
        for (position, value) in call.args.iter().enumerate() {
            if let Some(taint) = self.taint(*value) {
                self.arguments.insert((index, position), taint);
            }
        }
        if let Some(Role::Shell { command }) = call.role
            && !self.arguments.contains_key(&(index, command))
            && let Some(taint) = self.ahead(call.args.get(command).copied())
        {
            self.arguments.insert((index, command), taint);
        }
        let result = Value::Call(index as u32);
        let arg = |at: usize| call.args.get(at).copied().unwrap_or(Value::Unknown);
        match call.role {
            Some(Role::Gives(source, label)) => self.gives(index, call, source, label),
            Some(Role::Fills { source, into, label }) => {
                if self.is_outside(call, source) {
                    let taint = self.source(index, source, label.map(arg));
                    self.put(arg(into), Some(taint.clone()));
                    self.put(result, (into == 0).then_some(taint));
                }
            }
            Some(Role::Scans { from, format }) => self.scans(index, call, from, format),
            Some(Role::Copies { appends }) => {
                let (to, from) = if call.name == Some("bcopy") { (1, 0) } else { (0, 1) };
                let old = if appends { self.taint(arg(to)) } else { None };
                let new = self.taint(arg(from)).map(|taint| Self::carried(taint, index));
                let taint = strongest(new, old);
                self.put(arg(to), taint.clone());
                self.put(result, taint);
            }
            Some(Role::Formats { into, format }) => {
                let format = format + 2 * usize::from(call.checked && format > 0);
                let taint = self.formatted(index, call, format);
                if let Some(into) = into {
                    let fixed = taint.is_none();
                    self.put(arg(into), taint);
                    if fixed && let Some(whole) = self.clean.get_mut(&arg(into)) {
                        *whole = true;
                    }
                } else {
                    self.put(result, taint);
                }
            }
            Some(Role::Allocates { format }) => self.allocates(index, call, format),
            Some(Role::Passes(from)) => {
                let taint = self.taint(arg(from)).map(|taint| Self::carried(taint, index));
                self.put(result, taint);
            }
            Some(Role::Decodes) => self.decodes(index, call),
            Some(Role::Guards) => self.guards(call),
            Some(Role::Measures(from)) => {
                let number = self.numbers.get(&arg(from)).cloned();
                if let Some(taint) = self.taint(arg(from)).or(number) {
                    self.numbers.insert(result, Self::carried(taint, index));
                }
            }
            Some(Role::Compares(_) | Role::Shell { .. } | Role::Executes) => {}
            None => self.unnamed(index, call),
        }
        if call.role != Some(Role::Guards) && code::is_check(&self.code.image, call) {
            self.guards(call);
        }
    }

    /// What the pointer variable holds afterwards.
    fn allocates(&mut self, index: usize, call: &Call<'a>, format: usize) {
        let taint = self.formatted(index, call, format + usize::from(call.checked));
        match call.args.first() {
            Some(Value::Sp(at)) => self.put(Value::Slot(*at), taint),
            Some(Value::Const(at)) => self.put(Value::Global(*at), taint),
            _ => {}
        }
    }

    fn gives(&mut self, index: usize, call: &Call<'a>, source: Source, label: usize) {
        let named = call.args.get(label).copied();
        let mut taint = self.source(index, source, named);
        if taint.label.is_none() {
            // Vendors' getters take the request first, or the name first.
            taint.label = call.args.iter().take(3).find_map(|value| self.text(*value));
            if taint.label.is_some() {
                taint.asks = None;
            }
        }
        if source == Source::Environment && !taint.label.is_some_and(model::from_request) {
            if taint.label == Some("CONTENT_LENGTH") {
                // Text that the request holds, but only ever digits.
                self.numbers.insert(Value::Call(index as u32), taint);
                return;
            }
            if taint.asks.is_none() {
                return;
            }
        }
        self.put(Value::Call(index as u32), Some(taint));
    }

    /// Files and pipes that the program opened itself are no input from outside.
    fn is_outside(&self, call: &Call<'a>, source: Source) -> bool {
        let handle = match call.name {
            Some("fgets" | "fgets_unlocked") => call.args.get(2),
            Some("fread") => call.args.get(3),
            Some("read" | "recv" | "recvfrom") => call.args.first(),
            _ => return true,
        };
        let opener = |index: u32| self.function.calls.get(index as usize).and_then(|c| c.name);
        match handle.copied().unwrap_or(Value::Unknown) {
            Value::Call(index) => match opener(index) {
                Some(name) => matches!(name, "accept" | "socket" | "fdopen" | "accept4"),
                None => false,
            },
            Value::Const(number) => call.name == Some("read") && number == 0,
            Value::Import(_) => true,
            Value::Global(at) => {
                let stdin = self.code.image.data_name(at);
                stdin.is_some_and(|name| name == "stdin") || call.name == Some("recv")
            }
            Value::Arg(_) | Value::Unknown | Value::Slot(_) | Value::Sp(_) => {
                source == Source::Network && call.name != Some("read")
            }
        }
    }

    fn scans(&mut self, index: usize, call: &Call<'a>, from: Option<usize>, format: usize) {
        let arg = |at: usize| call.args.get(at).copied().unwrap_or(Value::Unknown);
        let taint = match from {
            Some(from) => self.taint(arg(from)).map(|taint| Self::carried(taint, index)),
            None => Some(self.source(index, Source::Terminal, None)),
        };
        let kinds = self.text(arg(format)).map(model::scanned).unwrap_or_default();
        for (offset, kind) in kinds.into_iter().enumerate() {
            if kind.text {
                self.put(arg(format + 1 + offset), taint.clone());
            }
        }
    }

    /// The strongest taint among the arguments of a format's text conversions.
    pub(crate) fn formatted(
        &self,
        index: usize,
        call: &Call<'a>,
        format: usize,
    ) -> Option<Taint<'a>> {
        let text = self.text(*call.args.get(format)?)?;
        let kinds = model::conversions(text);
        let mut best = None;
        for (offset, is_text) in kinds.into_iter().enumerate() {
            let value = call.args.get(format + 1 + offset);
            if is_text && let Some(taint) = value.and_then(|value| self.taint(*value)) {
                best = strongest(Some(taint), best);
            }
        }
        best.map(|taint| {
            let mut taint = Self::carried(taint, index);
            // A command wrapped into a second format keeps the first, unless that adds nothing.
            if taint.format.is_none() || text != "%s" {
                taint.format = Some(text);
            }
            taint
        })
    }

    fn decodes(&mut self, index: usize, call: &Call<'a>) {
        let found = call.args.iter().take(4).find_map(|value| {
            self.taint(*value).filter(|taint| !matches!(taint.source, Source::Param(_)))
        });
        let Some(taint) = found.map(|taint| Self::carried(taint, index)) else { return };
        for value in call.args.iter().take(4) {
            if matches!(value, Value::Sp(_) | Value::Global(_) | Value::Call(_) | Value::Slot(_)) {
                self.put(*value, Some(taint.clone()));
            }
        }
        self.put(Value::Call(index as u32), Some(taint));
    }

    /// Everything from the same source counts as checked.
    pub(crate) fn guards(&mut self, call: &Call<'a>) {
        let origins: Vec<Option<usize>> = call
            .args
            .iter()
            .take(4)
            .filter_map(|value| self.taint(*value))
            .map(|taint| taint.origin)
            .collect();
        for taint in self.known.values_mut().filter(|taint| origins.contains(&taint.origin)) {
            taint.guarded = true;
        }
    }
}

fn strongest<'a>(a: Option<Taint<'a>>, b: Option<Taint<'a>>) -> Option<Taint<'a>> {
    match (a, b) {
        (Some(a), Some(b)) => Some(if rank(a.source) <= rank(b.source) { a } else { b }),
        (a, b) => a.or(b),
    }
}

/// Sources by how directly an attacker holds them, most direct first.
pub(crate) fn rank(source: Source) -> u8 {
    match source {
        Source::Request => 0,
        Source::Environment => 1,
        Source::Network => 2,
        Source::Terminal => 3,
        Source::Field => 4,
        Source::Param(_) => 5,
        Source::Stored => 6,
    }
}
