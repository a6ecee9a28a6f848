//! From rule files to rules that can run.

use super::file::{ComponentText, MatchText, NotText, RuleText, RulesError, VersionText};
use super::{CpeName, MatchKind, Matcher, Named, Not, Pattern, Rule, Rules, Scope, Target};
use crate::model::ComponentKind;
use crate::version::Scheme;
use aho_corasick::{AhoCorasick, AhoCorasickKind, MatchKind as AcMatchKind};
use regex::bytes::RegexSetBuilder;
use std::collections::BTreeMap;

/// Shortest literal that may lead to a string match, in bytes: shorter ones hit everywhere.
const LITERAL_BYTES_MIN: usize = 4;

/// How many strings an adjacent match looks at on each side unless it says otherwise.
const WITHIN_DEFAULT: usize = 10;

/// Compiled size that all expressions over names may have together, in bytes.
const REGEX_SET_BYTES_MAX: usize = 64 << 20;

pub(super) fn rules(proven: &[(&str, &str)], files: &[(&str, &str)]) -> Result<Rules, RulesError> {
    let mut by_id: BTreeMap<String, Rule> = BTreeMap::new();
    let proven = proven.iter().map(|file| (file, true));
    for ((file, text), proven) in proven.chain(files.iter().map(|file| (file, false))) {
        let parsed: RuleText = toml::from_str(text).map_err(|source| RulesError::Toml {
            file: (*file).to_owned(),
            source: Box::new(source),
        })?;
        let rule = Compiler { file, proven }.rule(parsed)?;
        by_id.insert(rule.id.clone(), rule);
    }
    index(by_id.into_values().collect())
}

fn index(rules: Vec<Rule>) -> Result<Rules, RulesError> {
    let mut literals: BTreeMap<&str, Vec<Target>> = BTreeMap::new();
    for (rule, entry) in rules.iter().enumerate() {
        for (matcher, entry) in entry.matchers.iter().enumerate() {
            let by_text = !matches!(entry.kind, MatchKind::SoName | MatchKind::FileName);
            if by_text && entry.kind != MatchKind::Symbol {
                literals.entry(&entry.literal).or_default().push(Target { rule, matcher });
            }
        }
    }
    let automaton = if literals.is_empty() {
        None
    } else {
        let built = AhoCorasick::builder()
            .match_kind(AcMatchKind::Standard)
            .kind(Some(AhoCorasickKind::DFA))
            .build(literals.keys())
            .map_err(|error| RulesError::Automaton(Box::new(error)))?;
        Some(built)
    };
    let targets = literals.into_values().collect();
    let mut out = Rules { automaton, targets, ..Rules::default() };
    for (index, rule) in rules.iter().enumerate() {
        for alias in &rule.aliases {
            match alias.split_once('*') {
                Some((head, tail)) => {
                    out.package_patterns.push((head.to_owned(), tail.to_owned(), index));
                }
                None => {
                    out.packages.entry(alias.clone()).or_insert(index);
                }
            }
        }
        for soname in &rule.sonames {
            out.sonames.entry(soname.clone()).or_default().push(index);
        }
    }
    // A component's own id counts as a package name unless another rule claims it.
    for (index, rule) in rules.iter().enumerate() {
        out.packages.entry(rule.id.clone()).or_insert(index);
    }
    out.by_path = named(&rules, MatchKind::FileName)?;
    out.by_soname = named(&rules, MatchKind::SoName)?;
    for (rule, entry) in rules.iter().enumerate() {
        for (matcher, entry) in entry.matchers.iter().enumerate() {
            if entry.kind == MatchKind::Symbol {
                let targets = out.by_symbol.entry(entry.literal.clone()).or_default();
                targets.push(Target { rule, matcher });
            }
        }
    }
    out.rules = rules;
    Ok(out)
}

/// All expressions of a kind in one set.
fn named(rules: &[Rule], kind: MatchKind) -> Result<Named, RulesError> {
    let mut patterns = Vec::new();
    let mut targets = Vec::new();
    for (rule, entry) in rules.iter().enumerate() {
        for (matcher, entry) in entry.matchers.iter().enumerate() {
            if let Some(regex) = entry.regex.as_ref().filter(|_| entry.kind == kind) {
                patterns.push(regex.as_str());
                targets.push(Target { rule, matcher });
            }
        }
    }
    let set = RegexSetBuilder::new(patterns)
        .unicode(false)
        .size_limit(REGEX_SET_BYTES_MAX)
        .build()
        .map_err(|source| RulesError::Regex {
            file: "all".to_owned(),
            key: "the regexes over names together".to_owned(),
            source: Box::new(source),
        })?;
    Ok(Named { set, targets })
}

struct Compiler<'a> {
    file: &'a str,
    /// Whether every expression is known to compile.
    proven: bool,
}

impl Compiler<'_> {
    fn wrong(&self, key: &str, why: impl Into<String>) -> RulesError {
        RulesError::Value { file: self.file.to_owned(), key: key.to_owned(), why: why.into() }
    }

    fn regex(&self, key: &str, text: &str) -> Result<Pattern, RulesError> {
        let pattern = Pattern::new(text);
        if !self.proven {
            pattern.prove().map_err(|source| RulesError::Regex {
                file: self.file.to_owned(),
                key: key.to_owned(),
                source: Box::new(source),
            })?;
        }
        Ok(pattern)
    }

    fn rule(&self, text: RuleText) -> Result<Rule, RulesError> {
        let ComponentText { id, name, kind, cpe, purl, aliases, programs, sonames, .. } =
            text.component;
        let id_ok = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || "_-.+".contains(c);
        if id.is_empty() || !id.chars().all(id_ok) {
            return Err(self.wrong("component.id", "must be lower-case letters, digits, _ - . +"));
        }
        let kind = match kind.as_deref() {
            None => ComponentKind::Application,
            Some(label) => ComponentKind::ALL
                .into_iter()
                .find(|kind| kind.label() == label)
                .ok_or_else(|| self.wrong("component.kind", format!("\"{label}\" is unknown")))?,
        };
        let cpe = cpe.iter().map(|text| self.cpe(text)).collect::<Result<_, _>>()?;
        let purl = purl.unwrap_or_else(|| format!("pkg:generic/{id}"));
        if !purl.starts_with("pkg:") || purl.contains('@') || purl.contains('{') {
            return Err(self.wrong("component.purl", "must be pkg:type/name without a version"));
        }
        let VersionText { scheme, reject, replace } = text.version;
        let scheme = match scheme.as_deref() {
            None => Scheme::Loose,
            Some(label) => Scheme::from_label(label)
                .ok_or_else(|| self.wrong("version.scheme", format!("\"{label}\" is unknown")))?,
        };
        let reject =
            reject.iter().map(|r| self.regex("version.reject", r)).collect::<Result<_, _>>()?;
        let replace = replace
            .into_iter()
            .map(|(from, to)| Ok((self.regex("version.replace", &from)?, to)))
            .collect::<Result<_, RulesError>>()?;
        let matchers = text
            .matches
            .into_iter()
            .enumerate()
            .map(|(at, text)| self.matcher(&format!("match {}", at + 1), text))
            .collect::<Result<_, _>>()?;
        let nots = text.nots.into_iter().map(|n| self.not(n)).collect::<Result<_, _>>()?;
        Ok(Rule {
            file: self.file.to_owned(),
            id,
            name,
            kind,
            cpe,
            purl,
            aliases: aliases.iter().map(|alias| alias.to_lowercase()).collect(),
            programs,
            sonames,
            license: text.component.license,
            supplier: text.component.supplier,
            scheme,
            reject,
            replace,
            matchers,
            nots,
            tests: text.tests,
        })
    }

    fn cpe(&self, text: &str) -> Result<CpeName, RulesError> {
        let parts: Vec<&str> = text.split(':').collect();
        let (part, vendor, product) = match parts.as_slice() {
            [vendor, product] => ('a', *vendor, *product),
            ["a", vendor, product] => ('a', *vendor, *product),
            ["o", vendor, product] => ('o', *vendor, *product),
            ["h", vendor, product] => ('h', *vendor, *product),
            _ => ('a', "", ""),
        };
        if vendor.is_empty() || product.is_empty() {
            return Err(self.wrong("component.cpe", format!("\"{text}\" is not vendor:product")));
        }
        Ok(CpeName { part, vendor: vendor.to_owned(), product: product.to_owned() })
    }

    fn matcher(&self, key: &str, text: MatchText) -> Result<Matcher, RulesError> {
        let within = text.within.unwrap_or(WITHIN_DEFAULT);
        let kind = match text.kind.as_str() {
            "string" => MatchKind::String,
            "adjacent" => MatchKind::Adjacent { within },
            "banner" => MatchKind::Banner,
            "soname" => MatchKind::SoName,
            "filename" => MatchKind::FileName,
            "symbol" => MatchKind::Symbol,
            other => return Err(self.wrong(key, format!("kind \"{other}\" is unknown"))),
        };
        let literal = text.literal.unwrap_or_default();
        let by_name = matches!(kind, MatchKind::SoName | MatchKind::FileName);
        if !by_name && literal.len() < LITERAL_BYTES_MIN {
            let why = format!("literal needs {LITERAL_BYTES_MIN} characters or more");
            return Err(self.wrong(key, why));
        }
        if by_name && !literal.is_empty() {
            return Err(self.wrong(key, "takes a regex over the name, no literal"));
        }
        let needs_regex = by_name || matches!(kind, MatchKind::Adjacent { .. });
        if needs_regex && text.regex.is_none() {
            return Err(self.wrong(key, "needs a regex"));
        }
        if text.within.is_some() && !matches!(kind, MatchKind::Adjacent { .. }) {
            return Err(self.wrong(key, "within belongs to kind adjacent"));
        }
        let regex = text.regex.map(|r| self.regex(&format!("{key} regex"), &r)).transpose()?;
        let confidence = text.confidence.unwrap_or(match kind {
            MatchKind::String | MatchKind::Banner => 90,
            MatchKind::Adjacent { .. } => 80,
            MatchKind::Symbol => 60,
            MatchKind::SoName => 55,
            MatchKind::FileName => 40,
        });
        if confidence == 0 || confidence > 100 {
            return Err(self.wrong(key, "confidence is a percentage from 1 to 100"));
        }
        Ok(Matcher {
            kind,
            literal,
            regex,
            scope: self.scope(key, kind, text.scope.as_deref())?,
            confidence,
            mention: text.mention,
            fixed_version: text.version,
        })
    }

    fn scope(&self, key: &str, kind: MatchKind, text: Option<&str>) -> Result<Scope, RulesError> {
        Ok(match text {
            None if kind == MatchKind::Banner => Scope::Text,
            None if kind == MatchKind::FileName => Scope::Any,
            None | Some("binary") => Scope::Binary,
            Some("elf") => Scope::Elf,
            Some("text") => Scope::Text,
            Some("any") => Scope::Any,
            Some(glob) if glob.contains(['*', '/', '.']) => {
                Scope::Path(self.regex(&format!("{key} scope"), &glob_regex(glob))?)
            }
            Some(other) => return Err(self.wrong(key, format!("scope \"{other}\" is unknown"))),
        })
    }

    fn not(&self, text: NotText) -> Result<Not, RulesError> {
        if text.literal.is_none() && text.path.is_none() {
            return Err(self.wrong("not", "needs a literal or a path"));
        }
        let path = text.path.map(|p| self.regex("not path", &glob_regex(&p))).transpose()?;
        Ok(Not { literal: text.literal, path })
    }
}

/// A path glob as an expression: `*` and `?` stay inside a name, `**` does not. A glob without a
/// slash is about the file's name alone.
fn glob_regex(glob: &str) -> String {
    let mut out = String::from(if glob.contains('/') { "^" } else { "(^|/)" });
    let mut chars = glob.chars().peekable();
    while let Some(c) = chars.next() {
        match c {
            '*' if chars.peek() == Some(&'*') => {
                chars.next();
                out.push_str(".*");
            }
            '*' => out.push_str("[^/]*"),
            '?' => out.push_str("[^/]"),
            other => out.push_str(&regex::escape(&other.to_string())),
        }
    }
    out.push('$');
    out
}
