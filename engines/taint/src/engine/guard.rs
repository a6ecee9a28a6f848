//! What a test says about the text that it looked at.

use super::Engine;
use super::calls::{is_check, is_number};
use super::env::Env;
use super::eval::place;
use super::regex;
use crate::ir::{Call, Expr, Kind};

/// How well a test holds input off.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Guard {
    /// Only harmless text passes.
    Strict,
    /// Something was looked at; whether well is not known.
    Loose,
}

/// Functions that take a pattern and a text: the places of both.
const MATCHES: &[(&str, usize, usize)] = &[
    ("preg_match", 0, 1),
    ("ereg", 0, 1),
    ("eregi", 0, 1),
    ("mb_ereg", 0, 1),
    ("re.match", 0, 1),
    ("re.fullmatch", 0, 1),
    ("re.search", 0, 1),
    ("string.match", 1, 0),
    ("string.find", 1, 0),
    ("=~", 1, 0),
    ("fnmatch", 0, 1),
    ("regexec", 0, 1),
];
/// Functions that are true for harmless text alone.
const STRICT: &[&str] = &[
    "ctype_digit",
    "ctype_alnum",
    "ctype_xdigit",
    "ctype_alpha",
    "is_numeric",
    "is_int",
    "isdigit",
    "isalnum",
    "isnumeric",
    "isalpha",
    "isdecimal",
    "isIP",
    "isIPv4",
    "isInteger",
    "isFinite",
    "inet_pton",
    "ip4addr",
    "ipaddr",
    "ip6addr",
    "macaddr",
    "uinteger",
];
/// Functions that tell whether a text is in a list.
const MEMBER: &[&str] = &["in", "in_array", "includes", "has", "array_key_exists", "contains"];
/// Functions that are zero when two texts are equal.
const EQUAL: &[&str] =
    &["strcmp", "strcasecmp", "strncmp", "strncasecmp", "memcmp", "strcoll", "wcscmp", "stricmp"];

type Facts = Vec<(String, Guard)>;

impl Engine<'_> {
    /// The places that a test says something about when it comes out as `truth`.
    pub(super) fn facts(&self, test: &Expr, truth: bool, env: &Env) -> Facts {
        match &test.kind {
            Kind::Not(inner) => self.facts(inner, !truth, env),
            Kind::Both(a, b) if truth => both(self.facts(a, true, env), self.facts(b, true, env)),
            Kind::Either(a, b) if !truth => {
                both(self.facts(a, false, env), self.facts(b, false, env))
            }
            // One of several equalities holds: `x == "a" || x == "b"`.
            Kind::Either(a, b) => shared(&self.facts(a, true, env), &self.facts(b, true, env)),
            Kind::Both(a, b) => shared(&self.facts(a, false, env), &self.facts(b, false, env)),
            Kind::Compare { equal, left, right } => {
                self.compared(*equal == truth, left, right, env)
            }
            Kind::Call(call) => self.call_facts(call, truth, env),
            Kind::Assign { value, .. } => self.facts(value, truth, env),
            Kind::Any(parts) => match parts.as_slice() {
                [only] => self.facts(only, truth, env),
                _ => Facts::new(),
            },
            _ => Facts::new(),
        }
    }

    fn compared(&self, same: bool, left: &Expr, right: &Expr, env: &Env) -> Facts {
        for (one, other) in [(left, right), (right, left)] {
            if let Kind::Call(call) = &one.kind
                && (is_number(other) || matches!(other.kind, Kind::Nothing))
            {
                // Zero, nil, false: the function said no; for the family of strcmp, equal.
                return self.call_facts(call, !same, env);
            }
            let fixed = matches!(other.kind, Kind::Text(_)) || is_number(other);
            if let (Some(place), true, true) = (place(one), same, fixed) {
                return vec![(place, Guard::Strict)];
            }
        }
        Facts::new()
    }

    fn call_facts(&self, call: &Call, truth: bool, env: &Env) -> Facts {
        let method = call.name.rsplit('.').next().unwrap_or_default();
        if EQUAL.contains(&method) {
            let places: Vec<String> = call.args.iter().filter_map(place).collect();
            let fixed = call.args.iter().any(|arg| matches!(arg.kind, Kind::Text(_)));
            let whole = !method.contains("strn");
            if truth || !fixed || !whole {
                return Facts::new();
            }
            return places.into_iter().map(|place| (place, Guard::Strict)).collect();
        }
        if let Some(facts) = self.pattern_facts(call, truth, env) {
            return facts;
        }
        let receiver = receiver(call);
        let places: Vec<String> = call.args.iter().filter_map(place).collect();
        if MEMBER.contains(&method) {
            let subject = call.args.first().and_then(place);
            let subject = subject.filter(|_| truth);
            return subject.into_iter().map(|place| (place, Guard::Strict)).collect();
        }
        if STRICT.contains(&method) {
            let all = places.into_iter().chain(receiver);
            return if truth {
                all.map(|place| (place, Guard::Strict)).collect()
            } else {
                Facts::new()
            };
        }
        if call.name == "filter_var" {
            let strict = is_strict_filter(call);
            let guard = if strict && truth { Guard::Strict } else { Guard::Loose };
            return places.into_iter().take(1).map(|place| (place, guard)).collect();
        }
        if is_check(&call.name) || call.name == "#number" {
            let mut facts: Facts = Facts::new();
            for arg in &call.args {
                match &arg.kind {
                    Kind::Call(inner) => facts.extend(self.call_facts(inner, truth, env)),
                    _ if call.name == "#number" => {}
                    _ => facts.extend(place(arg).map(|place| (place, Guard::Loose))),
                }
            }
            facts.extend(
                receiver.filter(|_| call.name != "#number").map(|place| (place, Guard::Loose)),
            );
            return facts;
        }
        Facts::new()
    }

    /// A match against a pattern.
    fn pattern_facts(&self, call: &Call, truth: bool, env: &Env) -> Option<Facts> {
        let method = call.name.rsplit('.').next().unwrap_or_default();
        if call.name == "#case" {
            return Some(case_facts(call, truth));
        }
        if call.name == "#grep" {
            return Some(grep_facts(call, truth));
        }
        let known = MATCHES.iter().find(|(name, ..)| *name == call.name);
        let (pattern, subject) = if let Some((_, pattern, subject)) = known {
            (self.pattern(call.args.get(*pattern)?, env), call.args.get(*subject).and_then(place))
        } else if matches!(method, "match" | "find" | "search") && call.args.len() <= 2 {
            let on = receiver(call);
            // `pattern.match(text)` or `text.match(pattern)`: what holds input is the text.
            let first = call.args.first()?;
            match (place(first), self.pattern(first, env)) {
                (_, Some(pattern)) => (Some(pattern), on),
                (Some(text), None) => (on.and_then(|on| self.fixed(&on, env)), Some(text)),
                (None, None) => return None,
            }
        } else if method == "test" {
            let on = call.on.as_ref().and_then(|on| self.pattern(on, env));
            let on = on.or_else(|| receiver(call).and_then(|on| self.fixed(&on, env)));
            (on, call.args.first().and_then(place))
        } else {
            return None;
        };
        let subject = subject?;
        let Some(pattern) = pattern else { return Some(vec![(subject, Guard::Loose)]) };
        let (start, whole) =
            (method == "match" && call.name.starts_with("re."), method == "fullmatch");
        let guard = match truth {
            true if regex::strict(&pattern, start, whole) => Guard::Strict,
            false if regex::bad_set(&pattern) => Guard::Strict,
            // The text that a pattern for good text refused is worse than before, not better.
            false if regex::strict(&pattern, start, whole) => return Some(Facts::new()),
            _ => Guard::Loose,
        };
        Some(vec![(subject, guard)])
    }

    fn pattern(&self, expr: &Expr, env: &Env) -> Option<String> {
        match &expr.kind {
            Kind::Text(text) => Some(text.clone()),
            Kind::Name(name) => self.fixed(name, env),
            Kind::Call(call) if call.name.ends_with("compile") => {
                self.pattern(call.args.first()?, env)
            }
            _ => None,
        }
    }

    fn fixed(&self, name: &str, env: &Env) -> Option<String> {
        env.get(name).and_then(super::value::Value::fixed)
    }
}

/// Whether PHP's `filter_var` lets only addresses or numbers through.
pub(super) fn is_strict_filter(call: &Call) -> bool {
    call.args.get(1).and_then(Expr::as_name).is_some_and(|name| {
        ["_IP", "_INT", "_FLOAT", "_BOOLEAN", "_MAC"].iter().any(|end| name.ends_with(end))
    })
}

/// What a method is called on, when that is a place.
fn receiver(call: &Call) -> Option<String> {
    match &call.on {
        Some(on) => place(on),
        None => call.name.rsplit_once('.').map(|(base, _)| base.to_owned()),
    }
}

fn both(mut a: Facts, b: Facts) -> Facts {
    a.extend(b);
    a
}

fn shared(a: &Facts, b: &Facts) -> Facts {
    let in_both = a.iter().filter(|(place, _)| b.iter().any(|(other, _)| other == place));
    in_both
        .map(|(place, guard)| {
            let weak = b.iter().any(|(other, g)| other == place && *g == Guard::Loose);
            (place.clone(), if weak { Guard::Loose } else { *guard })
        })
        .collect()
}

/// The arms of a shell's `case`.
fn case_facts(call: &Call, truth: bool) -> Facts {
    let Some(place) = call.args.first().and_then(place) else { return Facts::new() };
    let patterns: Vec<&str> = call.args.iter().skip(1).filter_map(Expr::as_text).collect();
    let plain = |text: &&str| !text.contains(['*', '?', '[', '$']);
    if truth && !patterns.is_empty() && patterns.iter().all(plain) {
        return vec![(place, Guard::Strict)];
    }
    if !truth && patterns.iter().any(|text| regex::bad_set(text)) {
        return vec![(place, Guard::Strict)];
    }
    let refuses = patterns.iter().any(|text| text.contains('[') || text.contains([';', '|', '`']));
    if !truth && refuses { vec![(place, Guard::Loose)] } else { Facts::new() }
}

/// `… | grep -q pattern`.
fn grep_facts(call: &Call, truth: bool) -> Facts {
    let mut subjects = Vec::new();
    let mut next: Vec<&Expr> = call.args.first().into_iter().collect();
    while let Some(expr) = next.pop() {
        if let Some(place) = place(expr) {
            subjects.push(place);
        } else if let Kind::Call(inner) = &expr.kind {
            next.extend(&inner.args);
        } else if let Kind::Join(parts) = &expr.kind {
            next.extend(parts);
        }
    }
    let words: Vec<&str> = call.args.iter().skip(1).filter_map(Expr::as_text).collect();
    let inverse =
        words.iter().any(|w| w.starts_with('-') && !w.starts_with("--") && w.contains('v'));
    let whole = words.iter().any(|w| w.starts_with('-') && !w.starts_with("--") && w.contains('x'));
    let Some(pattern) = words.iter().rev().find(|w| !w.starts_with('-')) else {
        return Facts::new();
    };
    let matched = truth != inverse;
    let guard = match matched {
        true if regex::strict(pattern, false, whole) => Guard::Strict,
        false if regex::bad_set(pattern) => Guard::Strict,
        false if regex::strict(pattern, false, whole) => return Facts::new(),
        _ => Guard::Loose,
    };
    subjects.into_iter().map(|place| (place, guard)).collect()
}
