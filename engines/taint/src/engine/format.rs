//! Format strings: which argument goes where, and as what.

use super::Engine;
use super::calls::Args;
use super::value::{Piece, Value};

impl Engine<'_> {
    /// The text that a format function makes of its arguments from `at` on.
    pub(super) fn format_from(&self, args: &Args<'_>, at: usize) -> Value {
        let rest = args.values.get(at.saturating_add(1)..).unwrap_or_default();
        // `vsnprintf(buffer, size, format, list)`: the list holds what the function was given.
        let passed = rest.first().and_then(|value| value.list.clone()).filter(|_| rest.len() == 1);
        let given: Vec<Value> = match passed {
            Some(list) => list.iter().map(|(_, value)| value.clone()).collect(),
            None => rest.to_vec(),
        };
        percent(&args.at(at), &given, self.level())
    }
}

/// `%` directives replaced by the values: numbers become blanks. A format that is input itself, or
/// not known, gives everything in a row.
pub(super) fn percent(format: &Value, given: &[Value], level: u8) -> Value {
    let Some(_) = format.fixed() else {
        let mut all = format.clone();
        if format.pieces.iter().any(|piece| matches!(piece, Piece::Text(..))) {
            all = Value::default();
            let mut given = given.iter();
            for piece in &format.pieces {
                match piece {
                    Piece::Text(text, at) => put(text, *at, &mut given, &mut all),
                    other => all.pieces.push(other.clone()),
                }
            }
            return all;
        }
        for value in given {
            all.push(&Value::text(" ", level));
            all.push(value);
        }
        all.list = None;
        return all;
    };
    let mut all = Value::default();
    let mut given = given.iter();
    for piece in &format.pieces {
        if let Piece::Text(text, at) = piece {
            put(text, *at, &mut given, &mut all);
        }
    }
    all
}

fn put<'v>(text: &str, level: u8, given: &mut impl Iterator<Item = &'v Value>, all: &mut Value) {
    let mut plain = String::new();
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        if c != '%' {
            plain.push(c);
            continue;
        }
        if chars.next_if_eq(&'%').is_some() {
            plain.push('%');
            continue;
        }
        let mut stars = 0_usize;
        let mut end = None;
        while let Some(next) = chars.next() {
            match next {
                '*' => stars = stars.saturating_add(1),
                '-'
                | '+'
                | ' '
                | '#'
                | '.'
                | '0'..='9'
                | 'l'
                | 'h'
                | 'z'
                | 'j'
                | 't'
                | 'L'
                | '$' => {}
                '(' => {
                    for inner in chars.by_ref() {
                        if inner == ')' {
                            break;
                        }
                    }
                }
                other => {
                    end = Some(other);
                    break;
                }
            }
        }
        for _ in 0..stars {
            given.next();
        }
        if !plain.is_empty() {
            all.push(&Value::text(&plain, level));
            plain.clear();
        }
        match end {
            Some('s' | 'r' | 'S' | 'q' | '@' | 'v') => match given.next() {
                Some(value) => all.push(value),
                None => all.push(&Value::blank()),
            },
            _ => {
                given.next();
                all.push(&Value::blank());
            }
        }
    }
    if !plain.is_empty() {
        all.push(&Value::text(&plain, level));
    }
}

/// `"…{}…".format(…)` in Python, `("…%s…"):format(…)` in Lua.
pub(super) fn braces_or_percent(format: &Value, given: &[Value], level: u8) -> Value {
    let Some(text) = format.fixed() else {
        return percent(format, given, level);
    };
    if !text.contains('{') {
        return percent(format, given, level);
    }
    let mut all = Value::default();
    let mut next = 0_usize;
    let mut rest = text.as_str();
    while let Some((before, after)) = rest.split_once('{') {
        all.push(&Value::text(before, level));
        if let Some(more) = after.strip_prefix('{') {
            all.push(&Value::text("{", level));
            rest = more;
            continue;
        }
        let Some((field, after)) = after.split_once('}') else {
            rest = "";
            break;
        };
        rest = after;
        let (name, spec) = field.split_once([':', '!']).unwrap_or((field, ""));
        let number = spec.ends_with(['d', 'x', 'f', 'b', 'o', 'e']);
        let value = match name.parse::<usize>() {
            Ok(index) => given.get(index),
            Err(_) if name.is_empty() => {
                next = next.saturating_add(1);
                given.get(next.saturating_sub(1))
            }
            // A name: the keyword's value is among the arguments; the worst of them stands for it.
            Err(_) => given.iter().find(|value| value.is_input()).or_else(|| given.first()),
        };
        match value {
            Some(value) if !number => all.push(value),
            _ => all.push(&Value::blank()),
        }
    }
    all.push(&Value::text(rest, level));
    all
}
