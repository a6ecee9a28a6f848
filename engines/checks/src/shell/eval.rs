//! Follows a script's commands from where boot enters it, and records every program it starts.
//!
//! Nothing is run. Where the image decides a condition (a file that it holds, a variable that a
//! script set), one way is followed; where only the device can decide, both are, each with the
//! condition's text. Loops are gone through once, or once for each known word.

use super::expand;
use super::parse::{Command, Simple, parse};
use super::pipe::Pipe;
pub use super::run::{Field, How, Run, Standing, Step};
use super::test::Truth;
use super::uci::Section;
use crate::gaps;
use crate::tree::{Tree, text_of};
use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

/// Commands that one image's scripts may make us look at; large images need a few ten thousand.
const COMMANDS_MAX: u32 = 200_000;

/// Scripts, functions and substitutions inside one another.
const DEPTH_MAX: u32 = 40;

/// Programs started that are kept.
const RUNS_MAX: usize = 20_000;

/// How a list of commands ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Flow {
    Next,
    Break,
    Return(Truth),
    Exit,
}

/// What belongs to one script that is followed.
#[derive(Debug, Clone)]
pub struct Frame {
    /// The file that the current commands stand in.
    pub path: String,
    pub(super) lines: Rc<Vec<String>>,
    pub(super) variables: BTreeMap<String, Field>,
    pub(super) exported: BTreeSet<String>,
    pub(super) functions: BTreeMap<String, Function>,
    pub(super) args: Vec<Field>,
    pub(super) trace: Vec<Step>,
    pub(super) conditions: Vec<String>,
    /// How many conditions held before this script began.
    base: usize,
    /// Everything that it reads in is in the image.
    pub(super) is_whole: bool,
    pub(super) instance: Option<(Vec<Field>, u32)>,
    pub(super) uci: Option<String>,
}

/// A function and the file that it stands in.
#[derive(Debug, Clone)]
pub(super) struct Function {
    body: Rc<Vec<Command>>,
    path: String,
    lines: Rc<Vec<String>>,
}

impl Frame {
    /// A script's frame with its arguments, inside what led to it.
    #[must_use]
    pub fn new(
        path: &str,
        text: &str,
        args: Vec<Field>,
        trace: Vec<Step>,
        conditions: Vec<String>,
    ) -> Self {
        Self {
            path: path.to_owned(),
            lines: Rc::new(text.lines().map(str::to_owned).collect()),
            variables: BTreeMap::new(),
            exported: BTreeSet::new(),
            functions: BTreeMap::new(),
            args,
            trace,
            base: conditions.len(),
            conditions,
            is_whole: true,
            instance: None,
            uci: None,
        }
    }

    /// A parameter's or variable's value.
    #[must_use]
    pub fn variable(&self, name: &str) -> Option<Field> {
        match name {
            "0" => return Some(Field::sure(&self.path)),
            "#" => return Some(Field::sure(&self.args.len().to_string())),
            "@" | "*" => {
                let texts: Vec<&str> = self.args.iter().map(|a| a.text.as_str()).collect();
                let known = self.args.iter().all(|a| a.known);
                let sure = self.args.iter().all(|a| a.sure);
                return Some(Field { text: texts.join(" "), known, sure });
            }
            "?" | "$" | "!" | "-" => return Some(Field::unknown(&format!("${name}"))),
            _ => {}
        }
        if let Ok(number) = name.parse::<usize>() {
            let index = number.checked_sub(1)?;
            return Some(self.args.get(index).cloned().unwrap_or_else(|| Field::sure("")));
        }
        self.variables.get(name).cloned()
    }

    /// Sets a variable; under a condition its value is no longer sure.
    pub(super) fn set(&mut self, name: &str, mut value: Field) {
        if self.conditions.len() > self.base {
            value.sure = self.variables.get(name).is_some_and(|old| *old == value);
        }
        self.variables.insert(name.to_owned(), value);
    }

    /// The step that a line is.
    pub(super) fn step(&self, line: u32) -> Step {
        let index = (line as usize).saturating_sub(1);
        let text = self.lines.get(index).map_or("", |line| line.trim());
        Step { path: self.path.clone(), line, text: text.to_owned() }
    }
}

/// Follows scripts in one tree and collects what they start.
pub struct Machine<'t, 'a> {
    tree: &'t Tree<'a>,
    runs: Vec<Run>,
    /// What the next runs are started by.
    pub how: How,
    /// What stands beside the command in a pipe.
    pub(super) pipe: Pipe,
    /// Files put elsewhere, by where they are now.
    pub(super) copies: BTreeMap<String, String>,
    commands_left: u32,
    depth: u32,
    /// A call was too deep, or a loop too long.
    cut: bool,
    /// Scripts followed, with their arguments; the value is whether no condition held.
    done: BTreeMap<(String, Vec<String>), bool>,
    uci: RefCell<BTreeMap<String, Option<Rc<Vec<Section>>>>>,
}

impl<'t, 'a> Machine<'t, 'a> {
    /// A machine for a tree.
    #[must_use]
    pub fn new(tree: &'t Tree<'a>) -> Self {
        Self {
            tree,
            runs: Vec::new(),
            how: How::Boot,
            pipe: Pipe::default(),
            copies: BTreeMap::new(),
            commands_left: COMMANDS_MAX,
            cut: false,
            depth: 0,
            done: BTreeMap::new(),
            uci: RefCell::new(BTreeMap::new()),
        }
    }

    /// What was started so far.
    #[must_use]
    pub fn runs(&self) -> &[Run] {
        &self.runs
    }

    /// What was started.
    #[must_use]
    pub fn into_runs(self) -> Vec<Run> {
        self.runs
    }

    /// Whether the limit on work stopped it before the end.
    #[must_use]
    pub fn is_exhausted(&self) -> bool {
        self.cut || self.commands_left == 0 || self.runs.len() >= RUNS_MAX
    }

    /// The scripts that were followed.
    #[must_use]
    pub fn scripts(&self) -> BTreeSet<String> {
        self.done.keys().map(|(path, _)| path.clone()).collect()
    }

    /// Whether a script was followed, whatever its arguments.
    #[must_use]
    pub fn followed(&self, path: &str) -> bool {
        let real = self.tree.find(path).map_or(path, |node| node.path.as_str());
        self.done.keys().any(|(done, _)| done == real)
    }

    pub(crate) fn tree(&self) -> &'t Tree<'a> {
        self.tree
    }

    pub(super) fn glob(&self, pattern: &str) -> Vec<String> {
        if pattern.starts_with('/') { self.tree.glob(pattern) } else { Vec::new() }
    }

    pub(super) fn enter(&mut self) -> bool {
        let may = self.depth < DEPTH_MAX && self.commands_left > 0;
        if may {
            self.depth += 1;
            self.commands_left -= 1;
        } else {
            self.cut = true;
        }
        may
    }

    /// The commands of a text in a file; notes when they are not all.
    pub(super) fn parse(&self, text: &str, line: u32, path: &str) -> Vec<Command> {
        let (commands, whole) = parse(text, line);
        if !whole {
            self.tree.miss(gaps::SCRIPT, path);
        }
        commands
    }

    /// Notes that a loop was not followed in full.
    pub(super) fn cut_loop(&mut self) {
        self.cut = true;
    }

    pub(super) fn leave(&mut self) {
        self.depth = self.depth.saturating_sub(1);
    }

    /// The sections of an OpenWrt settings file.
    pub(super) fn uci_sections(&self, package: &str) -> Option<Rc<Vec<Section>>> {
        let mut cache = self.uci.borrow_mut();
        if let Some(found) = cache.get(package) {
            return found.clone();
        }
        let parsed = self
            .tree
            .text(&format!("/etc/config/{package}"))
            .map(|(_, text)| Rc::new(super::uci::parse(&text)));
        cache.insert(package.to_owned(), parsed.clone());
        parsed
    }

    pub(super) fn uci_get(&self, path: &str) -> Option<String> {
        let mut parts = path.splitn(3, '.');
        let (package, section, option) = (parts.next()?, parts.next()?, parts.next()?);
        let sections = self.uci_sections(package)?;
        let found = if let Some((kind, index)) =
            section.strip_prefix('@').and_then(|s| s.split_once('['))
        {
            let index: usize = index.trim_end_matches(']').parse().ok()?;
            sections.iter().filter(|s| s.kind == kind).nth(index)
        } else {
            sections.iter().find(|s| s.name == section)
        };
        found?.get(option)
    }

    /// Follows the file that a path leads to, if it is a shell script. Says whether it is one.
    pub fn script(
        &mut self,
        path: &str,
        args: Vec<Field>,
        trace: &[Step],
        conditions: &[String],
    ) -> bool {
        self.script_with(path, args, trace, conditions, None)
    }

    pub(super) fn script_with(
        &mut self,
        path: &str,
        args: Vec<Field>,
        trace: &[Step],
        conditions: &[String],
        parent: Option<&Frame>,
    ) -> bool {
        let Some(node) = self.tree.find(path) else { return false };
        let Some(text) = text_of(node).filter(|text| is_shell(text)) else { return false };
        let key = (node.path.clone(), args.iter().map(|arg| arg.text.clone()).collect());
        // Followed before: again only if now, unlike then, no condition holds.
        match self.done.get(&key) {
            Some(true) => return true,
            Some(false) if !conditions.is_empty() => return true,
            _ => {}
        }
        if !self.enter() {
            return true;
        }
        self.done.insert(key, conditions.is_empty());
        let action = args.first().map(|arg| arg.text.clone()).unwrap_or_default();
        let mut frame = Frame::new(&node.path, &text, args, trace.to_vec(), conditions.to_vec());
        if let Some(parent) = parent {
            for name in &parent.exported {
                if let Some(value) = parent.variables.get(name) {
                    frame.variables.insert(name.clone(), value.clone());
                    frame.exported.insert(name.clone());
                }
            }
        }
        let commands = self.parse(&text, 1, &node.path);
        self.list(&commands, &mut frame);
        if text.lines().next().is_some_and(|line| line.contains("rc.common")) {
            self.openwrt_action(&mut frame, &action);
        }
        self.flush_instance(&mut frame);
        self.leave();
        true
    }

    /// Follows one line of commands at a line of a file that is no script itself.
    pub fn line(&mut self, frame: &mut Frame, line: u32, text: &str) {
        self.text(text, frame, line);
        self.flush_instance(frame);
    }

    /// Follows commands given as text, as `sh -c` would.
    pub(super) fn text(&mut self, text: &str, frame: &mut Frame, line: u32) -> (Flow, Truth) {
        if !self.enter() {
            return (Flow::Next, Truth::Unknown);
        }
        let commands = self.parse(text, line, &frame.path);
        let out = self.list(&commands, frame);
        self.leave();
        out
    }

    pub(super) fn list(&mut self, commands: &[Command], frame: &mut Frame) -> (Flow, Truth) {
        let mut truth = Truth::Yes;
        for command in commands {
            if self.commands_left == 0 {
                break;
            }
            let (flow, now) = self.command(command, frame);
            truth = now;
            if flow != Flow::Next {
                return (flow, truth);
            }
        }
        (Flow::Next, truth)
    }

    pub(super) fn command(&mut self, command: &Command, frame: &mut Frame) -> (Flow, Truth) {
        self.commands_left = self.commands_left.saturating_sub(1);
        match command {
            Command::Simple(simple) => self.simple(simple, frame),
            Command::Pipe(parts) => self.pipeline(parts, frame),
            Command::Not(inner) => {
                let (flow, truth) = self.command(inner, frame);
                (flow, truth.negated())
            }
            Command::AndOr(first, rest) => self.and_or(first, rest, frame),
            Command::If(arms, other) => self.if_command(arms, other, frame),
            Command::Loop(condition, body) => self.loop_command(condition, body, frame),
            Command::For(name, words, body) => {
                self.for_command(name, words.as_deref(), body, frame)
            }
            Command::Case(subject, arms) => {
                let subject_value = expand::single(self, frame, subject);
                self.case_command(&subject.raw, &subject_value, arms, frame)
            }
            Command::Function(name, body) => {
                let function = Function {
                    body: Rc::clone(body),
                    path: frame.path.clone(),
                    lines: Rc::clone(&frame.lines),
                };
                frame.functions.insert(name.clone(), function);
                (Flow::Next, Truth::Yes)
            }
            Command::Group(body) => self.list(body, frame),
        }
    }

    /// Calls a function of the script, if there is one of that name.
    pub(super) fn call(
        &mut self,
        name: &str,
        args: Vec<Field>,
        line: u32,
        frame: &mut Frame,
    ) -> Option<(Flow, Truth)> {
        let function = frame.functions.get(name)?.clone();
        if !self.enter() {
            return Some((Flow::Next, Truth::Unknown));
        }
        let held = frame.conditions.len();
        let mut step = frame.step(line);
        if line == 0 {
            step.text = format!("rc.common calls {name}");
        }
        frame.trace.push(step);
        let old_args = std::mem::replace(&mut frame.args, args);
        let old_path = std::mem::replace(&mut frame.path, function.path);
        let old_lines = std::mem::replace(&mut frame.lines, function.lines);
        let (flow, truth) = self.list(&function.body, frame);
        frame.args = old_args;
        frame.path = old_path;
        frame.lines = old_lines;
        frame.trace.pop();
        let guarded = frame.conditions.len() > held;
        frame.conditions.truncate(held);
        self.leave();
        let truth = match flow {
            Flow::Return(_) if guarded => Truth::Unknown,
            Flow::Return(truth) => truth,
            _ if guarded => Truth::Unknown,
            _ => truth,
        };
        Some((if flow == Flow::Exit { Flow::Exit } else { Flow::Next }, truth))
    }

    fn simple(&mut self, simple: &Simple, frame: &mut Frame) -> (Flow, Truth) {
        for (name, word) in &simple.assigns {
            let value = expand::single(self, frame, word);
            frame.set(name, value);
        }
        let mut argv = Vec::new();
        for word in &simple.words {
            argv.extend(expand::fields(self, frame, word));
        }
        if argv.is_empty() {
            return (Flow::Next, Truth::Assumed);
        }
        let redirections = simple
            .redirections
            .iter()
            .map(|(op, word)| (*op, expand::single(self, frame, word).text))
            .collect();
        self.start(argv, redirections, simple.line, frame)
    }

    /// Records a program that a line starts.
    pub(super) fn record(
        &mut self,
        argv: Vec<Field>,
        redirections: Vec<(&'static str, String)>,
        line: u32,
        frame: &Frame,
        applet_of: Option<String>,
    ) {
        if self.runs.len() >= RUNS_MAX {
            return;
        }
        self.note_copy(&argv);
        let mut steps = frame.trace.clone();
        steps.push(frame.step(line));
        let mut redirections = redirections;
        if let Some(before) = &self.pipe.before {
            redirections.push(("|", before.clone()));
        }
        if let Some(after) = &self.pipe.after {
            redirections.push(("|>", after.clone()));
        }
        let real = argv.first().and_then(|field| self.real(&field.text));
        self.runs.push(Run {
            real,
            standing: Standing::Image,
            argv,
            conditions: frame.conditions.clone(),
            steps,
            redirections,
            how: self.how,
            applet_of,
        });
    }
}

/// Whether a text is a script for a Bourne-like shell.
#[must_use]
pub fn is_shell(text: &str) -> bool {
    let Some(first) = text.lines().next() else { return false };
    match first.strip_prefix("#!") {
        Some(rest) => {
            let mut words = rest.split_whitespace();
            let mut name = words.next().unwrap_or_default().rsplit('/').next().unwrap_or_default();
            if matches!(name, "env" | "busybox") {
                name = words.next().unwrap_or_default();
            }
            matches!(name, "sh" | "ash" | "bash" | "dash" | "hush" | "msh" | "ksh" | "openrc-run")
                || rest.contains("rc.common")
                || rest.contains("with-contenv")
                || rest.contains("runscript")
        }
        None => !text.starts_with('<') && !text.starts_with("\u{7f}ELF"),
    }
}
