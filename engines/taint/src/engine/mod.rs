//! Follows input through a file in the common form, in the order in which it runs.
//!
//! One engine serves every language; what a name means is in [`crate::words`]. Values are known by
//! their pieces, so that the text of a command, its quoting and what came in stay apart. Functions
//! of the same file are followed into, a few calls deep. Left out on purpose: what other files do,
//! objects and their classes, and threads.

mod calls;
mod env;
mod eval;
mod flow;
mod format;
mod guard;
mod local;
mod regex;
mod shell;
mod sinks;
pub(crate) mod value;

use crate::gap;
use crate::ir::{Function, Program};
use crate::language::Language;
use crate::words::{What, Words};
use duecare_base::Gap;
use env::Env;
use std::collections::{BTreeMap, BTreeSet};
use value::{Input, Value};

/// Values that are computed for one function before the engine goes on to the next.
const WORK_MAX: u32 = 400_000;
/// Values that are computed for one file before the engine stops: about a second.
const WORK_TOTAL_MAX: u32 = 2_000_000;
/// Deepest nesting of values and statements over all calls; keeps the stack small.
const DEPTH_MAX: u32 = 220;
/// How many calls deep functions of the same file are followed.
const CALLS_MAX: u8 = 4;
/// Most findings of one file.
const HITS_MAX: usize = 200;
/// What is left out at a limit on work, depth or names.
const UNFOLLOWED: Gap =
    gap("input was not followed through all of a script or source: it branches too much");
/// What is left out at the limit on findings.
const UNLISTED: Gap =
    gap("a script or source has more than 200 findings, the others are not listed");

/// Input that reached a sink.
#[derive(Debug, Clone)]
pub(crate) struct Hit {
    /// What the sink does with it.
    pub(crate) what: What,
    /// Where the mistake stands.
    pub(crate) line: u32,
    /// Where the sink itself stands, when that is inside a function that was called there.
    pub(crate) inner_line: Option<u32>,
    /// The function it stands in; empty outside functions.
    pub(crate) function: String,
    /// The sink as it is called there.
    pub(crate) sink: String,
    /// The fixed pieces of the command.
    pub(crate) skeleton: String,
    /// How a shell sees the input: 0 bare, 1 in double, 2 in single quotes.
    pub(crate) quoting: u8,
    /// The input.
    pub(crate) input: Input,
}

/// A function that is being followed.
struct Frame {
    function: String,
    index: Option<usize>,
    call_line: u32,
    returns: Option<Value>,
}

/// The state over one file.
pub(crate) struct Engine<'a> {
    program: &'a Program,
    language: Language,
    words: &'static Words,
    /// Whether the file is run by a web server for each request.
    cgi: bool,
    by_name: BTreeMap<&'a str, usize>,
    sourced: BTreeSet<usize>,
    frames: Vec<Frame>,
    work: u32,
    /// Work of the functions before.
    total: u32,
    depth: u32,
    hits: Vec<Hit>,
    gaps: BTreeSet<Gap>,
}

/// What was found out about a file.
pub(crate) struct Traced {
    /// Input that reached a sink, by line.
    pub(crate) hits: Vec<Hit>,
    /// What was not followed.
    pub(crate) gaps: BTreeSet<Gap>,
}

/// Every hit of a file, by line.
pub(crate) fn run(program: &Program, language: Language, cgi: bool) -> Traced {
    let mut by_name = BTreeMap::new();
    for (index, function) in program.functions.iter().enumerate() {
        if !function.name.is_empty() {
            by_name.entry(function.name.as_str()).or_insert(index);
        }
    }
    let top = Frame { function: String::new(), index: None, call_line: 0, returns: None };
    let mut engine = Engine {
        program,
        language,
        words: Words::of(language),
        cgi,
        by_name,
        sourced: BTreeSet::new(),
        frames: vec![top],
        work: 0,
        total: 0,
        depth: 0,
        hits: Vec::new(),
        gaps: BTreeSet::new(),
    };
    engine.sourced = engine.find_sourced();
    let mut env = Env::default();
    engine.body(&program.top, &mut env);
    engine.settle(&env);
    for (index, function) in program.functions.iter().enumerate() {
        engine.alone(index, function, &env);
    }
    engine.finish()
}

impl Engine<'_> {
    /// A function by itself, its parameters unknown.
    fn alone(&mut self, index: usize, function: &Function, globals: &Env) {
        if !self.sourced.contains(&index)
            && !globals.any_input()
            && !takes_input(self.language, function)
        {
            return;
        }
        let mut env = globals.clone();
        for param in &function.params {
            env.forget(param);
        }
        if let Some((name, value)) = handler_input(self.language, function) {
            env.set(&name, value);
        }
        self.total = self.total.saturating_add(self.work);
        self.work = 0;
        if self.total > WORK_TOTAL_MAX {
            self.gaps.insert(UNFOLLOWED);
            return;
        }
        self.frames.clear();
        let name = function.name.clone();
        self.frames.push(Frame { function: name, index: Some(index), call_line: 0, returns: None });
        self.body(&function.body, &mut env);
        self.settle(&env);
    }

    /// Notes whether some names were not kept.
    fn settle(&mut self, env: &Env) {
        if env.is_full() {
            self.gaps.insert(UNFOLLOWED);
        }
    }

    fn level(&self) -> u8 {
        u8::try_from(self.frames.len().saturating_sub(1)).unwrap_or(u8::MAX)
    }

    /// Counts the copy of what is known.
    fn pay(&mut self, env: &Env) {
        let names = u32::try_from(env.size() / 8).unwrap_or(u32::MAX);
        self.work = self.work.saturating_add(names);
    }

    /// Counts one step of work; false when there was enough.
    fn spend(&mut self) -> bool {
        self.work = self.work.saturating_add(1);
        let enough = self.work < WORK_MAX && self.depth < DEPTH_MAX;
        if !enough {
            self.gaps.insert(UNFOLLOWED);
        }
        enough
    }

    /// One hit for each line and kind of sink: the surest.
    fn finish(self) -> Traced {
        let Self { mut hits, mut gaps, .. } = self;
        let rank = |hit: &Hit| {
            let input = &hit.input;
            (hit.line, hit.what, input.doubt, input.origin.kind, hit.quoting, hit.inner_line)
        };
        hits.sort_by(|a, b| rank(a).cmp(&rank(b)).then_with(|| a.skeleton.cmp(&b.skeleton)));
        hits.dedup_by_key(|hit| (hit.line, hit.what));
        if hits.len() > HITS_MAX {
            gaps.insert(UNLISTED);
            hits.truncate(HITS_MAX);
        }
        Traced { hits, gaps }
    }
}

/// Whether a function's parameters are input by its shape alone.
fn takes_input(language: Language, function: &Function) -> bool {
    handler_input(language, function).is_some()
}

/// `main(argc, argv)`, and GoAhead's form handlers, which get path and query as arguments.
fn handler_input(language: Language, function: &Function) -> Option<(String, Value)> {
    if language != Language::C {
        return None;
    }
    let kind = value::SourceKind::Argument;
    match function.params.as_slice() {
        [_, argv, ..] if function.name == "main" && !argv.is_empty() => {
            Some((argv.clone(), Value::input(kind, argv.clone(), 0)))
        }
        [wp, _, query] if wp == "wp" && query == "query" => {
            let kind = value::SourceKind::Request;
            Some((query.clone(), Value::input(kind, query.clone(), 0)))
        }
        _ => None,
    }
}
