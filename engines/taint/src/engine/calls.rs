//! What a call gives, by what its name is known to do.

use super::Engine;
use super::env::Env;
use super::value::{SourceKind, Value};
use crate::ir::{Call, Expr, Kind};
use crate::language::Language;
use crate::words::CHECK_WORDS;
use std::rc::Rc;

/// A call with its name resolved and its arguments computed.
pub(super) struct Args<'e> {
    /// The full path.
    pub(super) name: String,
    /// The call as written.
    pub(super) call: &'e Call,
    /// The line.
    pub(super) line: u32,
    /// What the method is called on.
    pub(super) on: Value,
    /// The arguments.
    pub(super) values: Vec<Value>,
}

impl Args<'_> {
    /// An argument by place.
    pub(super) fn at(&self, index: usize) -> Value {
        self.values.get(index).cloned().unwrap_or_default()
    }

    /// The first argument with input, or the receiver.
    fn input(&self) -> Option<Value> {
        let worst = self.values.iter().find(|value| value.is_input());
        worst.or_else(|| self.on.is_input().then_some(&self.on)).cloned()
    }
}

impl Engine<'_> {
    /// A call.
    pub(super) fn call(&mut self, expr: &Expr, call: &Call, env: &mut Env) -> Value {
        if call.name.starts_with('#') || matches!(call.name.as_str(), "in" | "=~" | "%") {
            return self.special(expr, call, env);
        }
        if self.language == Language::Shell {
            let stdin = env.get("#stdin").cloned();
            return self.shell_command(expr, call, stdin, env);
        }
        let on = match &call.on {
            Some(on) => self.eval(on, env),
            None => Value::default(),
        };
        let (name, on) = self.resolve(call, on, expr.line, env);
        let values: Vec<Value> = call.args.iter().map(|arg| self.eval(arg, env)).collect();
        let args = Args { name, call, line: expr.line, on, values };
        self.run_lambdas(&args, env);
        self.known_call(&args, env)
    }

    /// The full path of what is called, and what it is called on.
    fn resolve(&mut self, call: &Call, on: Value, line: u32, env: &Env) -> (String, Value) {
        if call.on.is_some() {
            let name = match (&on.path, call.name.is_empty()) {
                (Some(path), true) => path.to_string(),
                (Some(path), false) => format!("{path}.{}", call.name),
                (None, _) => format!(".{}", call.name),
            };
            return (name, on);
        }
        let value = match call.name.contains(['.', '$']) || env.get(&call.name).is_some() {
            true => self.lookup(&call.name, line, env),
            false => return (call.name.clone(), on),
        };
        if let Some(path) = &value.path {
            let base = call.name.rsplit_once('.').map(|(base, _)| base);
            let receiver = base.map(|base| self.lookup(base, line, env)).unwrap_or_default();
            return (path.to_string(), receiver);
        }
        if let (Some(text), true) = (value.fixed(), call.name.starts_with('$')) {
            return (text, on);
        }
        if let Some((base, method)) = call.name.rsplit_once('.') {
            let receiver = self.lookup(base, line, env);
            let name =
                if receiver.path.is_some() { call.name.clone() } else { format!(".{method}") };
            return (name, receiver);
        }
        (call.name.clone(), on)
    }

    fn known_call(&mut self, args: &Args<'_>, env: &mut Env) -> Value {
        if let Some(index) = self.local(&args.name) {
            return self.follow(index, args, env);
        }
        // Only standard input holds a request; other files are the program's own.
        let file = matches!(args.name.as_str(), "fgets" | "fread" | "getline")
            && args.call.args.last().and_then(Expr::as_name) != Some("stdin");
        if file {
            return Value::blank();
        }
        if args.name == "filter_var" && super::guard::is_strict_filter(args.call) {
            return args.at(0).cleaned();
        }
        if let Some(kind) = self.words.source_call(&args.name, args.values.first(), self.cgi) {
            self.fill(args, kind, env);
            return Value::input(kind, label(args), args.line);
        }
        self.sink(args, env);
        if self.written(args, env) {
            return args.at(0);
        }
        let words = self.words;
        if words.is_clean(&args.name) {
            return args.input().map_or_else(Value::number, |value| value.cleaned());
        }
        if let Some(format) = words.format(&args.name) {
            return self.format_from(args, format);
        }
        match args.name.as_str() {
            "require" | "__import__" | "importlib.import_module" => {
                let path =
                    args.at(0).fixed().map(|path| Rc::from(path.trim_start_matches("node:")));
                return Value { path, ..Value::blank() };
            }
            "util.promisify" => return args.at(0),
            "implode" | "join" => return join_list(&args.at(1), &args.at(0), self.level()),
            _ => {}
        }
        if args.name.ends_with(".join") {
            let (list, between) = if args.on.list.is_some() || args.on.is_input() {
                (args.on.clone(), args.at(0))
            } else {
                (args.at(0), args.on.clone())
            };
            return join_list(&list, &between, self.level());
        }
        if args.name == ".format" || args.name.ends_with(".format") && args.on.path.is_none() {
            return super::format::braces_or_percent(&args.on, &args.values, self.level());
        }
        let Some(value) = args.input() else {
            return Value::blank();
        };
        if words.passes(&args.name) {
            return Value { path: None, list: None, ..value };
        }
        // Not known: it may do anything, so what comes out is less sure.
        Value { path: None, list: None, ..value.only_input().doubted(is_check(&args.name)) }
    }

    /// Functions given as arguments run with what is known here.
    fn run_lambdas(&mut self, args: &Args<'_>, env: &mut Env) {
        for value in &args.values {
            let handles = self.language == Language::JavaScript && is_server_hook(args);
            let named = value.path.as_deref().filter(|_| handles).and_then(|name| self.local(name));
            let Some(index) = value.lambda.or(named) else { continue };
            if self.running(index) {
                continue;
            }
            if handles {
                self.handle(index, env);
                continue;
            }
            let each = matches!(
                args.name.rsplit('.').next().unwrap_or_default(),
                "forEach" | "map" | "then" | "filter" | "on" | "each"
            );
            let given =
                if each && args.on.is_input() { args.on.only_input() } else { Value::default() };
            let socket =
                args.name.ends_with(".on") && args.at(0).fixed().as_deref() == Some("data");
            let given = match (socket, args.name.contains("req")) {
                (true, true) => {
                    Value::input(SourceKind::Request, "the request's body".into(), args.line)
                }
                (true, false) if !args.name.contains("std") => {
                    Value::input(SourceKind::Socket, "data from a socket".into(), args.line)
                }
                _ => given,
            };
            self.run_with(index, &given, env);
        }
    }

    /// Operators that the common form keeps as calls.
    fn special(&mut self, expr: &Expr, call: &Call, env: &mut Env) -> Value {
        match call.name.as_str() {
            "#if" => return self.either(call, env),
            "#pipe" => return self.pipe(call, env),
            _ => {}
        }
        let values: Vec<Value> = call.args.iter().map(|arg| self.eval(arg, env)).collect();
        match call.name.as_str() {
            "#unquoted" => values.into_iter().next().unwrap_or_default(),
            "#output" => Value::joined(&values, " ", self.level()).stepped(expr.line),
            "#replace" => {
                let mut values = values.into_iter();
                let value = values.next().unwrap_or_default();
                let pattern = values.next().and_then(|p| p.fixed()).unwrap_or_default();
                if super::regex::bad_set(&pattern) { value.cleaned() } else { value }
            }
            "%" => {
                let mut values = values.into_iter();
                let (text, given) =
                    (values.next().unwrap_or_default(), values.next().unwrap_or_default());
                let list: Vec<Value> = match &given.list {
                    Some(list) => list.iter().map(|(_, value)| value.clone()).collect(),
                    None => vec![given],
                };
                super::format::percent(&text, &list, self.level())
            }
            "#command" => {
                self.command_word(expr, &values);
                Value::blank()
            }
            _ => Value::number(),
        }
    }

    /// `test ? a : b`.
    fn either(&mut self, call: &Call, env: &mut Env) -> Value {
        let [test, then, other] = call.args.as_slice() else { return Value::blank() };
        self.eval(test, env);
        let mut yes = env.clone();
        self.apply(test, true, &mut yes);
        let first = self.eval(then, &mut yes);
        let mut no = env.clone();
        self.apply(test, false, &mut no);
        let second = self.eval(other, &mut no);
        first.worse(&second)
    }

    /// The function of this file that a name means.
    pub(super) fn local(&self, name: &str) -> Option<usize> {
        let plain = match name.rsplit_once('.') {
            None => name,
            Some(("self" | "this" | "$this" | "static" | "M" | "_M", plain)) => plain,
            Some(("", _)) | Some(_) => return None,
        };
        self.by_name.get(plain).copied()
    }
}

/// Whether a call hands requests to the functions that it is given: Node's server, or the routes of
/// Express and its kin.
fn is_server_hook(args: &Args<'_>) -> bool {
    let first = || args.at(0).fixed();
    match args.name.rsplit('.').next().unwrap_or_default() {
        "createServer" => true,
        "on" => first().as_deref() == Some("request"),
        "get" | "post" | "put" | "patch" | "delete" | "all" => {
            first().is_some_and(|path| path.starts_with('/'))
        }
        "use" => args.name.contains('.'),
        _ => false,
    }
}

/// How a source call is shown: with its first fixed argument.
fn label(args: &Args<'_>) -> String {
    let key = args.values.iter().find_map(Value::fixed).filter(|key| key.len() < 60);
    let name = args.name.trim_start_matches('.');
    key.map_or_else(|| format!("{name}()"), |key| format!("{name}(\"{key}\")"))
}

/// Whether a function's name says that it checks or escapes.
pub(super) fn is_check(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    CHECK_WORDS.iter().any(|word| name.contains(word))
}

/// A list as one text.
fn join_list(list: &Value, between: &Value, level: u8) -> Value {
    match &list.list {
        Some(entries) => {
            let values: Vec<Value> = entries.iter().map(|(_, value)| value.clone()).collect();
            Value::joined(&values, &between.fixed().unwrap_or_default(), level)
        }
        None if list.is_input() => list.only_input(),
        None => between.only_input(),
    }
}

/// Whether a value can only be a number.
pub(super) fn is_number(expr: &Expr) -> bool {
    matches!(expr.kind, Kind::Number)
        || matches!(&expr.kind, Kind::Call(call) if call.name == "#number")
}
