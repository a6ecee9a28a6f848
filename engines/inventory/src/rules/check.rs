//! Runs the tests inside rules, and looks for slips that make a rule weak.

use super::file::TestText;
use super::{MatchKind, Rule, Rules, Scope};
use crate::matcher::{self, FileSort, Role, Sight, Subject};
use std::collections::BTreeSet;
use std::fmt;

/// Literals shorter than this hit too often to be worth a look, in bytes.
const LITERAL_BYTES_GOOD: usize = 5;

/// Something wrong with a rule.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct RuleFault {
    /// The rule's file.
    pub file: String,
    /// The rule's id.
    pub id: String,
    /// What is wrong and how to mend it.
    pub message: String,
}

impl fmt::Display for RuleFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.file, self.message)
    }
}

pub(super) fn check(rules: &Rules) -> Vec<RuleFault> {
    let mut faults = Vec::new();
    for (index, rule) in rules.rules.iter().enumerate() {
        let mut messages = Vec::new();
        shape(rules, index, rule, &mut messages);
        tests(rules, index, rule, &mut messages);
        faults.extend(messages.into_iter().map(|message| RuleFault {
            file: rule.file.clone(),
            id: rule.id.clone(),
            message,
        }));
    }
    faults
}

fn shape(rules: &Rules, index: usize, rule: &Rule, messages: &mut Vec<String>) {
    let stem = rule.file.rsplit('/').next().unwrap_or_default().trim_end_matches(".toml");
    if stem != rule.id {
        messages.push(format!("the file must be named {}.toml, as its id", rule.id));
    }
    if rule.matchers.is_empty() && rule.sonames.is_empty() && rule.aliases.is_empty() {
        messages.push("nothing leads to this rule: no match, no soname, no alias".to_owned());
    }
    for (at, matcher) in rule.matchers.iter().enumerate() {
        let by_text = matches!(
            matcher.kind,
            MatchKind::String | MatchKind::Adjacent { .. } | MatchKind::Banner
        );
        if by_text && matcher.literal.len() < LITERAL_BYTES_GOOD {
            let literal = &matcher.literal;
            messages.push(format!("match {}: literal \"{literal}\" is too short", at + 1));
        }
        let anchored = matcher.regex.as_ref().is_none_or(|r| r.as_str().starts_with('^'));
        if matches!(matcher.kind, MatchKind::Adjacent { .. }) && !anchored {
            messages.push(format!("match {}: an adjacent regex begins with ^", at + 1));
        }
    }
    for alias in &rule.aliases {
        if let Some(other) = rules.packages.get(alias).filter(|other| **other != index) {
            let other = rules.rules.get(*other).map_or("", |rule| rule.id.as_str());
            messages.push(format!("alias \"{alias}\" already belongs to {other}"));
        }
    }
}

fn tests(rules: &Rules, index: usize, rule: &Rule, messages: &mut Vec<String>) {
    let mut used = BTreeSet::new();
    for (at, test) in rule.tests.iter().enumerate() {
        let name = format!("test {}", at + 1);
        if let Some(package) = &test.package {
            if (rules.rule_of_package(package) == Some(index)) == test.absent {
                messages.push(format!("{name}: package \"{package}\" leads elsewhere"));
            }
            if test.text.is_empty() && test.path.is_none() {
                continue;
            }
        }
        let seen = run(rules, index, rule, test, &test.text);
        used.extend(seen.iter().filter_map(|sight| sight.matcher));
        if let Some(fault) = verdict(test, &seen) {
            messages.push(format!("{name}: {fault}"));
            continue;
        }
        if let Some(fault) = cut_short(rules, index, rule, test) {
            messages.push(format!("{name}: {fault}"));
        }
    }
    for (at, matcher) in rule.matchers.iter().enumerate() {
        if !used.contains(&at) && matcher.kind != MatchKind::Symbol {
            messages.push(format!("match {}: no test reaches it", at + 1));
        }
    }
    if rule.tests.is_empty() {
        messages.push("has no test".to_owned());
    }
}

fn verdict(test: &TestText, seen: &[Sight]) -> Option<String> {
    let owned: Vec<&Sight> = seen.iter().filter(|s| s.role != Role::Mention).collect();
    if test.absent {
        return (!seen.is_empty()).then(|| "is seen, must not be".to_owned());
    }
    if test.mention {
        let only = owned.is_empty() && !seen.is_empty();
        return (!only).then(|| "must be a mention and nothing else".to_owned());
    }
    if owned.is_empty() {
        return Some("is not seen".to_owned());
    }
    let versions: BTreeSet<&str> = owned.iter().filter_map(|s| s.version.as_deref()).collect();
    let expected: BTreeSet<&str> = test.version.as_deref().into_iter().collect();
    (versions != expected).then(|| format!("gives version {versions:?}, expected {expected:?}"))
}

/// A version must be taken whole: with more digits behind it the rule must see those too, or nothing.
fn cut_short(rules: &Rules, index: usize, rule: &Rule, test: &TestText) -> Option<String> {
    let version = test.version.as_deref()?;
    if !version.ends_with(|c: char| c.is_ascii_digit()) || !test.text.contains(version) {
        return None;
    }
    let last = version.rsplit('.').next().unwrap_or_default();
    let plain = last.chars().all(|c| c.is_ascii_digit());
    let more: &[&str] = if plain { &["7", ".7"] } else { &["7"] };
    more.iter().find_map(|more| {
        let text = test.text.replace(version, &format!("{version}{more}"));
        let mut test = test.clone();
        test.path = test.path.map(|path| path.replace(version, &format!("{version}{more}")));
        let seen = run(rules, index, rule, &test, &text);
        let cut = seen.iter().any(|s| s.version.as_deref() == Some(version));
        cut.then(|| format!("cuts \"{version}{more}\" down to \"{version}\""))
    })
}

fn run(rules: &Rules, index: usize, rule: &Rule, test: &TestText, text: &str) -> Vec<Sight> {
    let sort = match test.kind.as_deref() {
        Some("text") => FileSort::Text,
        Some("binary") => FileSort::Binary,
        Some(_) => FileSort::Elf,
        None => match rule.matchers.first().map(|matcher| &matcher.scope) {
            Some(Scope::Text | Scope::Path(_)) => FileSort::Text,
            _ => FileSort::Elf,
        },
    };
    let bytes = match sort {
        FileSort::Text => text.as_bytes().to_vec(),
        _ => text.replace('\n', "\0").into_bytes(),
    };
    let own = rule.programs.first().map(|name| format!("/usr/sbin/{name}"));
    let library = rule.sonames.first().map(|stem| format!("/usr/lib/{stem}.so"));
    let path = test.path.clone().or(own).or(library).unwrap_or_else(|| "/usr/lib/file".to_owned());
    let mut symbols = test.symbols.clone();
    symbols.sort();
    let needed = test.needed.clone();
    let subject = Subject { path: &path, bytes: &bytes, sort, soname: None, needed, symbols };
    let mut seen = matcher::sights(rules, &subject);
    seen.retain(|sight| sight.rule == index);
    seen
}
