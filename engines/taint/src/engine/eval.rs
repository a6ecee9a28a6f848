//! The value of an expression.

use super::Engine;
use super::env::Env;
use super::value::{SourceKind, Value};
use crate::ir::{Expr, Kind};
use std::rc::Rc;

/// Most entries of a list that are kept.
const ENTRIES_MAX: usize = 64;

impl Engine<'_> {
    /// The value of an expression, with all its effects.
    pub(super) fn eval(&mut self, expr: &Expr, env: &mut Env) -> Value {
        self.depth = self.depth.saturating_add(1);
        let value = if self.spend() { self.eval_kind(expr, env) } else { Value::blank() };
        self.depth = self.depth.saturating_sub(1);
        value
    }

    fn eval_kind(&mut self, expr: &Expr, env: &mut Env) -> Value {
        match &expr.kind {
            Kind::Text(text) => Value::text(text, self.level()),
            Kind::Number => Value::number(),
            Kind::Nothing => Value::default(),
            Kind::Name(name) => self.lookup(name, expr.line, env),
            Kind::Join(parts) => {
                let values: Vec<Value> = parts.iter().map(|part| self.eval(part, env)).collect();
                Value::joined(&values, "", self.level())
            }
            Kind::Any(parts) => {
                let values: Vec<Value> = parts.iter().map(|part| self.eval(part, env)).collect();
                values.into_iter().reduce(|a, b| a.worse(&b)).unwrap_or_else(Value::blank)
            }
            Kind::List(parts) => self.list(parts, env),
            Kind::Named(_, value) => self.eval(value, env),
            Kind::Index(base, key) => self.index(expr, base, key, env),
            Kind::Call(call) => self.call(expr, call, env),
            Kind::Lambda(index) => Value { lambda: Some(*index), ..Value::blank() },
            Kind::Compare { left, right, .. } => {
                self.eval(left, env);
                self.eval(right, env);
                Value::number()
            }
            Kind::Not(inner) => {
                self.eval(inner, env);
                Value::number()
            }
            Kind::Both(left, right) => {
                self.eval(left, env);
                let mut inside = env.clone();
                self.apply(left, true, &mut inside);
                let value = self.eval(right, &mut inside);
                env.merge(inside);
                value
            }
            Kind::Either(left, right) => {
                let first = self.eval(left, env);
                let mut inside = env.clone();
                self.apply(left, false, &mut inside);
                let second = self.eval(right, &mut inside);
                first.worse(&second)
            }
            Kind::Assign { target, value, append } => {
                let value = self.eval(value, env);
                self.store(target, value, *append, env)
            }
        }
    }

    fn list(&mut self, parts: &[Expr], env: &mut Env) -> Value {
        let mut entries = Vec::new();
        for part in parts {
            let value = self.eval(part, env);
            let name = match &part.kind {
                Kind::Named(name, _) => Some(name.clone()),
                _ => None,
            };
            if entries.len() < ENTRIES_MAX {
                entries.push((name, value));
            }
        }
        let values: Vec<Value> = entries.iter().map(|(_, value)| value.clone()).collect();
        Value { list: Some(Rc::new(entries)), ..Value::joined(&values, " ", self.level()) }
    }

    /// Gives a target its value; what it then holds.
    pub(super) fn store(
        &mut self,
        target: &Expr,
        value: Value,
        append: bool,
        env: &mut Env,
    ) -> Value {
        let value = value.stepped(target.line);
        let Some(place) = place(target) else {
            // An entry whose key is not known: the whole may hold it.
            if let Kind::Index(base, _) = &target.kind
                && let (Some(place), true) = (place(base), value.is_input())
            {
                let whole = self.known(&place, env).unwrap_or_default();
                env.set(&place, whole.worse(&value.only_input()));
            }
            return value;
        };
        if place.starts_with("#stdin") && matches!(value.pieces.as_slice(), []) {
            env.forget(&place);
            return value;
        }
        let value = if append {
            let mut whole = self.known(&place, env).unwrap_or_else(Value::blank);
            whole.push(&value);
            whole.number = false;
            whole
        } else {
            env.forget_parts(&place);
            value
        };
        env.set(&place, value.clone());
        value
    }

    /// What a place holds, without effects.
    pub(super) fn known(&self, place: &str, env: &Env) -> Option<Value> {
        if let Some(value) = env.get(place) {
            return Some(value.clone());
        }
        if let Some((base, key)) = place.strip_suffix(']').and_then(|p| p.rsplit_once('[')) {
            return self.keyed_source(base, key, 0).or_else(|| self.known(base, env));
        }
        let value = self.peek(place, 0, env);
        value.is_input().then_some(value)
    }

    /// The value of a name or path.
    pub(super) fn lookup(&mut self, name: &str, line: u32, env: &Env) -> Value {
        self.peek(name, line, env)
    }

    fn peek(&self, name: &str, line: u32, env: &Env) -> Value {
        if let Some(value) = env.get(name) {
            return value.clone();
        }
        let mut full = name.to_owned();
        for (at, _) in name.rmatch_indices('.') {
            let (Some(base), Some(rest)) = (name.get(..at), name.get(at + 1..)) else { continue };
            let Some(value) = env.get(base) else { continue };
            if let Some(entry) = entry(value, rest) {
                return entry;
            }
            if let Some(path) = &value.path {
                full = format!("{path}.{rest}");
                break;
            }
            if value.is_input() {
                return value.only_input();
            }
            return Value::blank();
        }
        if let Some(kind) = self.words.source_name(&full, self.cgi) {
            return Value::input(kind, full, line);
        }
        let parts = env.parts(&format!("{name}."));
        if let Some(bad) = parts.into_iter().find(|part| part.is_input()) {
            return bad.only_input();
        }
        Value { path: Some(Rc::from(full)), ..Value::blank() }
    }

    /// `base[key]` where that is input by itself.
    pub(super) fn keyed_source(&self, base: &str, key: &str, line: u32) -> Option<Value> {
        let kind = self.words.source_key(base, key)?;
        Some(Value::input(kind, format!("{base}[\"{key}\"]"), line))
    }

    fn index(&mut self, whole: &Expr, base: &Expr, key: &Expr, env: &mut Env) -> Value {
        if let Some(value) = place(whole).and_then(|place| env.get(&place).cloned()) {
            return value;
        }
        let key_value = self.eval(key, env);
        let base_value = self.eval(base, env);
        let fixed = key_value.fixed();
        if let (Some(path), Some(key)) = (&base_value.path, &fixed) {
            if let Some(value) = self.keyed_source(path, key, whole.line) {
                return value;
            }
            let joined = format!("{path}.{key}");
            if let Some(kind) = self.words.source_name(&joined, self.cgi) {
                return Value::input(kind, joined, whole.line);
            }
            return Value { path: Some(Rc::from(joined)), ..Value::blank() };
        }
        if let Some(entry) = fixed.as_deref().and_then(|key| entry(&base_value, key)) {
            return entry;
        }
        if !base_value.is_input() {
            return Value { path: base_value.path, ..Value::blank() };
        }
        let own = base_value.worst().is_some_and(|input| {
            input.steps.is_none() && input.origin.line == whole.line && input.doubt == 0
        });
        match (&fixed, own, base_value.worst()) {
            // The label names the field: `$_GET["host"]`.
            (Some(key), true, Some(input)) if input.origin.kind == SourceKind::Request => {
                let label = format!("{}[\"{key}\"]", input.origin.label);
                Value::input(SourceKind::Request, label, whole.line)
            }
            _ => Value { path: None, ..base_value.only_input() },
        }
    }
}

/// A named entry of a list.
fn entry(value: &Value, key: &str) -> Option<Value> {
    let list = value.list.as_ref()?;
    list.iter().find(|(name, _)| name.as_deref() == Some(key)).map(|(_, value)| value.clone())
}

/// The name under which a target is kept.
pub(super) fn place(expr: &Expr) -> Option<String> {
    match &expr.kind {
        Kind::Name(name) => Some(name.clone()),
        Kind::Index(base, key) => match &key.kind {
            Kind::Text(key) => Some(format!("{}[{key}]", place(base)?)),
            _ => None,
        },
        Kind::Call(call) if call.name == "#unquoted" => place(call.args.first()?),
        Kind::Join(parts) => match parts.as_slice() {
            [only] => place(only),
            _ => None,
        },
        Kind::Assign { target, .. } => place(target),
        _ => None,
    }
}
