//! Functions of the same file: followed into with the values they are called with.

use super::calls::Args;
use super::env::Env;
use super::value::Value;
use super::{CALLS_MAX, Engine, Frame};
use crate::ir::{Body, Expr, Kind, Stmt, StmtKind};
use crate::language::Language;
use std::collections::{BTreeMap, BTreeSet};

impl Engine<'_> {
    /// Whether a function is being followed already.
    pub(super) fn running(&self, index: usize) -> bool {
        self.frames.iter().any(|frame| frame.index == Some(index))
            || self.frames.len() > usize::from(CALLS_MAX)
    }

    /// Follows a function with its arguments; its result.
    pub(super) fn follow(&mut self, index: usize, args: &Args<'_>, env: &mut Env) -> Value {
        let program = self.program;
        let Some(function) = program.functions.get(index) else { return Value::blank() };
        let given = args.values.iter().any(Value::is_input);
        if self.running(index) {
            let worst = args.values.iter().find(|value| value.is_input());
            return worst.map_or_else(Value::blank, |value| value.only_input().doubted(false));
        }
        if !given && !self.sourced.contains(&index) {
            return Value::blank();
        }
        let shell = self.language == Language::Shell;
        self.pay(env);
        let before = env.clone();
        let mut inside = env.clone();
        // A method's first parameter is the object where the language writes it down.
        let object = args.name.contains('.')
            && matches!(function.params.first().map(String::as_str), Some("self" | "cls"));
        for (at, param) in function.params.iter().skip(usize::from(object)).enumerate() {
            inside.forget(param);
            let Some(value) = args.values.get(at) else { continue };
            inside.set(param, value.stepped(args.line));
        }
        if function.variadic {
            let from = if shell { 0 } else { function.params.len() };
            let rest = args.values.get(from..).unwrap_or_default();
            let all = Value::joined(rest, " ", self.level());
            let entries = rest.iter().map(|value| (None, value.clone())).collect();
            let all = Value { list: Some(std::rc::Rc::new(entries)), ..all.stepped(args.line) };
            for name in ["...", "@", "*"] {
                inside.set(name, all.clone());
            }
        }
        let frame = Frame {
            function: function.name.clone(),
            index: Some(index),
            call_line: args.line,
            returns: None,
        };
        self.frames.push(frame);
        self.body(&function.body, &mut inside);
        self.settle(&inside);
        let returns = self.frames.pop().and_then(|frame| frame.returns);
        if shell {
            *env = inside;
            for param in &function.params {
                env.forget(param);
                if let Some(value) = before.get(param) {
                    env.set(param, value.clone());
                }
            }
        } else {
            write_back(&function.params, args, &inside, env);
        }
        returns.map_or_else(Value::blank, |value| value.stepped(args.line))
    }

    /// Runs a function that a server calls with a request and a response, whatever it calls them.
    pub(super) fn handle(&mut self, index: usize, env: &mut Env) {
        let program = self.program;
        let Some(function) = program.functions.get(index) else { return };
        let mut inside = env.clone();
        for param in &function.params {
            inside.forget(param);
        }
        // With four parameters the first is an error.
        if let [request, _] | [request, _, _] = function.params.as_slice()
            && !matches!(request.as_str(), "err" | "error" | "e" | "ctx" | "request")
        {
            inside.set(request, Value { path: Some("req".into()), ..Value::blank() });
        }
        self.inside(index, inside, env);
    }

    /// Runs an anonymous function whose parameters all hold `given`.
    pub(super) fn run_with(&mut self, index: usize, given: &Value, env: &mut Env) {
        let program = self.program;
        let Some(function) = program.functions.get(index) else { return };
        let mut inside = env.clone();
        for param in &function.params {
            inside.forget(param);
            if given.is_input() {
                inside.set(param, given.clone());
            }
        }
        self.inside(index, inside, env);
    }

    /// Runs the body of an anonymous function with what it knows.
    fn inside(&mut self, index: usize, mut inside: Env, env: &mut Env) {
        let program = self.program;
        let Some(function) = program.functions.get(index) else { return };
        // It stands where it is written, so it is no deeper call.
        let outer = self.frames.last().map(|f| f.function.clone()).unwrap_or_default();
        let frame = Frame { function: outer, index: Some(index), call_line: 0, returns: None };
        self.frames.push(frame);
        self.body(&function.body, &mut inside);
        self.frames.pop();
        env.merge(inside);
    }

    /// The functions in which input enters, also through others of the file.
    pub(super) fn find_sourced(&self) -> BTreeSet<usize> {
        let mut names: BTreeMap<usize, BTreeSet<&str>> = BTreeMap::new();
        let mut found = BTreeSet::new();
        for (index, function) in self.program.functions.iter().enumerate() {
            let mut seen = BTreeSet::new();
            mentions(&function.body, &mut seen);
            if seen.iter().any(|name| self.words.may_source(name)) {
                found.insert(index);
            }
            names.insert(index, seen);
        }
        for _ in 0..CALLS_MAX {
            let more: Vec<usize> = names
                .iter()
                .filter(|(index, seen)| {
                    !found.contains(*index)
                        && seen.iter().any(|name| {
                            self.local(name).is_some_and(|called| found.contains(&called))
                        })
                })
                .map(|(index, _)| *index)
                .collect();
            if more.is_empty() {
                break;
            }
            found.extend(more);
        }
        found
    }
}

/// C fills buffers of its caller: what a parameter points to is seen outside.
fn write_back(params: &[String], args: &Args<'_>, inside: &Env, env: &mut Env) {
    for (at, param) in params.iter().enumerate() {
        let Some(Expr { kind: Kind::Name(name), .. }) = args.call.args.get(at) else { continue };
        let was = args.values.get(at).is_some_and(Value::is_input);
        if let (Some(value), false) = (inside.get(param), was)
            && value.is_input()
            && value.inputs().all(|i| i.origin.line != args.line)
        {
            env.set(name, value.stepped(args.line));
        }
    }
}

/// Every name that a body mentions; nested deeper than the reader went is impossible.
fn mentions<'p>(body: &'p Body, seen: &mut BTreeSet<&'p str>) {
    let mut stmts: Vec<&'p Stmt> = body.iter().collect();
    let mut exprs: Vec<&'p Expr> = Vec::new();
    while let Some(stmt) = stmts.pop() {
        match &stmt.kind {
            StmtKind::Do(value) | StmtKind::Return(Some(value)) => exprs.push(value),
            StmtKind::Return(None) | StmtKind::Leave => {}
            StmtKind::If { test, then, other } => {
                exprs.push(test);
                stmts.extend(then.iter().chain(other));
            }
            StmtKind::Loop { test, body } => {
                exprs.extend(test);
                stmts.extend(body);
            }
        }
    }
    while let Some(expr) = exprs.pop() {
        match &expr.kind {
            Kind::Name(name) => {
                seen.insert(name);
            }
            Kind::Call(call) => {
                seen.insert(&call.name);
                exprs.extend(call.args.iter().chain(&call.on));
            }
            Kind::Join(list) | Kind::Any(list) | Kind::List(list) => exprs.extend(list),
            Kind::Named(_, inner) | Kind::Not(inner) => exprs.push(inner),
            Kind::Index(a, b) | Kind::Both(a, b) | Kind::Either(a, b) => exprs.extend([&**a, &**b]),
            Kind::Compare { left, right, .. } => exprs.extend([&**left, &**right]),
            Kind::Assign { target, value, .. } => exprs.extend([&**target, &**value]),
            Kind::Text(_) | Kind::Number | Kind::Nothing | Kind::Lambda(_) => {}
        }
    }
}
