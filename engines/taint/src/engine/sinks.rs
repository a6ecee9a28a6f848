//! Places where input does harm, and functions that write into their arguments.

use super::calls::Args;
use super::env::Env;
use super::eval::place;
use super::value::{SourceKind, Value};
use super::{Engine, Hit};
use crate::ir::Kind;
use crate::language::Language;
use crate::words::{Pick, What, Write};

/// Longest skeleton of a command in a key, in characters.
const SKELETON_CHARS_MAX: usize = 100;

impl Engine<'_> {
    /// Reports a call that is a sink when input reaches it.
    pub(super) fn sink(&mut self, args: &Args<'_>, env: &Env) {
        for sink in self.words.sinks_of(&args.name) {
            let value = match sink.pick {
                Pick::Arg(at) => args.at(at),
                Pick::Joined => Value::joined(&args.values, " ", self.level()),
                Pick::Format => self.format_from(args, 0),
                Pick::Only if args.values.len() == 1 => args.at(0),
                Pick::Only => self.shell_list(&args.values),
                Pick::ShellFlag => {
                    let flagged = named_true(args, "shell");
                    if flagged {
                        first_of(&args.at(0), true)
                    } else {
                        self.shell_list(&args.values)
                    }
                }
                Pick::List => self.shell_list(&args.values),
                Pick::PipeOpen => pipe_open(&args.values),
                Pick::Flag(text) => {
                    let has =
                        args.at(0).skeleton().rsplit('/').next().is_some_and(|f| f.contains(text));
                    if has { args.at(1) } else { Value::default() }
                }
                Pick::File(text) => {
                    let has = args
                        .call
                        .args
                        .iter()
                        .any(|arg| arg.as_name().is_some_and(|n| n.contains(text)));
                    if has {
                        Value::joined(&args.values, " ", self.level())
                    } else {
                        Value::default()
                    }
                }
            };
            let name = args.name.trim_start_matches('.').to_owned();
            self.hit(sink.what, args.line, &name, &value);
        }
        self.copy(args, env);
    }

    /// The command in a list such as `["sh", "-c", command]`.
    fn shell_list(&self, values: &[Value]) -> Value {
        let mut flat: Vec<Value> = Vec::new();
        for value in values {
            match &value.list {
                Some(list) => flat.extend(list.iter().map(|(_, value)| value.clone())),
                None => flat.push(value.clone()),
            }
        }
        let shell = flat.iter().take(3).any(|value| {
            value.fixed().is_some_and(|text| {
                matches!(text.rsplit('/').next(), Some("sh" | "bash" | "ash" | "dash" | "cmd"))
            })
        });
        let flag = flat.iter().position(|value| {
            matches!(value.fixed().as_deref(), Some("-c" | "-lc" | "/c" | "-ec"))
        });
        match flag {
            Some(at) if shell => flat.get(at.saturating_add(1)).cloned().unwrap_or_default(),
            _ => Value::default(),
        }
    }

    /// Notes input that reached a sink.
    pub(super) fn hit(&mut self, what: What, line: u32, sink: &str, value: &Value) {
        let Some(input) = value.worst() else { return };
        let level = self.level();
        let target = value.level().unwrap_or(0).min(level);
        // Nothing was added inside the function that holds the sink: it only passes commands on,
        // and the mistake stands where it is called.
        let at = usize::from(target).saturating_add(1);
        let callee = if target < level { self.frames.get(at) } else { None };
        let callee = callee.filter(|frame| frame.call_line > 0);
        let outer = self.frames.get(at.saturating_sub(1)).filter(|_| callee.is_some());
        let here = self.frames.last();
        let function = outer.or(here).map(|frame| frame.function.clone()).unwrap_or_default();
        let hit = Hit {
            what,
            line: callee.map_or(line, |frame| frame.call_line),
            inner_line: callee.map(|_| line),
            function,
            sink: callee.map_or_else(|| sink.to_owned(), |frame| frame.function.clone()),
            skeleton: duecare_base::text::one_line(&value.skeleton(), SKELETON_CHARS_MAX),
            quoting: if what == What::Shell { value.quoting() } else { 0 },
            input: input.clone(),
        };
        if self.hits.len() < super::HITS_MAX.saturating_mul(8) {
            self.hits.push(hit);
        } else {
            self.gaps.insert(super::UNLISTED);
        }
    }

    /// C functions that write into one of their arguments; whether this was one.
    pub(super) fn written(&mut self, args: &Args<'_>, env: &mut Env) -> bool {
        if self.language != Language::C {
            return false;
        }
        if args.name == "va_start" {
            let rest = env.get("...").cloned().unwrap_or_default();
            self.put(args, 0, rest, false, env);
            return true;
        }
        let Some(write) = self.words.write(&args.name) else { return false };
        match write {
            Write::Format { to, format } => {
                let value = self.format_from(args, format);
                self.put(args, to, value, false, env);
            }
            Write::Copy { to, from } => self.put(args, to, args.at(from), false, env),
            Write::Append { to, from } => self.put(args, to, args.at(from), true, env),
            Write::Scan { from, format } => {
                let text = args.at(format).skeleton();
                let kinds = conversions(&text);
                for (index, kind) in kinds.into_iter().enumerate() {
                    let at = format.saturating_add(1).saturating_add(index);
                    let value = match kind {
                        's' | '[' | 'c' => args.at(from).only_input(),
                        _ => Value::number(),
                    };
                    self.put(args, at, value, false, env);
                }
            }
        }
        true
    }

    /// Fills the buffers of a call that reads input.
    pub(super) fn fill(&mut self, args: &Args<'_>, kind: SourceKind, env: &mut Env) {
        if let Some(at) = self.words.fills(&args.name) {
            let label = format!("{}()", args.name);
            if matches!(args.name.as_str(), "scanf" | "fscanf") {
                for index in at..args.values.len() {
                    self.put(args, index, Value::input(kind, label.clone(), args.line), false, env);
                }
                return;
            }
            self.put(args, at, Value::input(kind, label, args.line), false, env);
        }
    }

    fn put(&mut self, args: &Args<'_>, at: usize, value: Value, append: bool, env: &mut Env) {
        if let Some(target) = args.call.args.get(at) {
            self.store(target, value, append, env);
        }
    }

    /// Input copied into an array of fixed size without a bound.
    fn copy(&mut self, args: &Args<'_>, env: &Env) {
        if self.language != Language::C {
            return;
        }
        let Some(target) = args.call.args.first().and_then(place) else { return };
        if env.get(&format!("#array.{target}")).is_none() {
            return;
        }
        let value = match args.name.as_str() {
            "strcpy" | "strcat" | "stpcpy" => args.at(1),
            "sprintf" | "vsprintf" if unbounded(&args.at(1)) => self.format_from(args, 1),
            _ => return,
        };
        // What is read from a terminal or pipe with a bound is no longer than that.
        let bounded = value.worst().is_some_and(|input| {
            let label = input.origin.label.as_str();
            input.origin.kind == SourceKind::Stdin && !matches!(label, "gets()" | "scanf()")
        });
        if !bounded {
            self.hit(What::Copy, args.line, &args.name, &value);
        }
    }
}

/// Whether a format has a `%s` without a bound.
fn unbounded(format: &Value) -> bool {
    format.skeleton().contains("%s")
}

/// The conversions of a `scanf` format that store something.
fn conversions(format: &str) -> Vec<char> {
    let mut out = Vec::new();
    let mut chars = format.chars().peekable();
    while let Some(c) = chars.next() {
        if c != '%' || chars.next_if_eq(&'%').is_some() {
            continue;
        }
        let kept = chars.next_if_eq(&'*').is_none();
        let kind = chars.find(|c| !c.is_ascii_digit() && !matches!(c, 'l' | 'h' | 'm'));
        if let (Some(kind), true) = (kind, kept) {
            out.push(kind);
        }
        if kind == Some('[') {
            chars.next_if_eq(&'^');
            chars.next();
            chars.by_ref().find(|c| *c == ']');
        }
    }
    out
}

/// Whether a call has the option `name` set, as a keyword or in a table.
fn named_true(args: &Args<'_>, name: &str) -> bool {
    let on =
        |value: &Value| value.fixed().is_some_and(|text| text == "true" || text.contains("sh"));
    let keyword =
        args.call.args.iter().zip(&args.values).any(|(arg, value)| {
            matches!(&arg.kind, Kind::Named(key, _) if key == name) && on(value)
        });
    keyword
        || args
            .values
            .iter()
            .filter_map(|value| value.list.as_ref())
            .any(|list| list.iter().any(|(key, value)| key.as_deref() == Some(name) && on(value)))
}

/// With a shell, only the first entry of a list is the command.
fn first_of(value: &Value, shell: bool) -> Value {
    match (&value.list, shell) {
        (Some(list), true) => list.first().map(|(_, value)| value.clone()).unwrap_or_default(),
        _ => value.clone(),
    }
}

/// Perl's `open`: two arguments with the mode inside the name, or a pipe mode and one command.
fn pipe_open(values: &[Value]) -> Value {
    match values {
        [_, command] => {
            let text = command.skeleton();
            let file = text.trim_start().starts_with(['<', '>', '+']);
            let pipe = text.trim_end().ends_with(['|', '…']) || text.trim_start().starts_with('|');
            if pipe && !file { command.clone() } else { Value::default() }
        }
        [_, mode, command] if mode.fixed().is_some_and(|mode| mode.contains('|')) => {
            command.clone()
        }
        _ => Value::default(),
    }
}
