//! Runs the rules over one file: one pass of the automaton over its raw bytes, then expressions
//! on the strings around the hits only.
//!
//! **Owner or mention.** A component's text counts as the component itself when it stands in one
//! of its own files (by file name or shared-object name), or in a file that does not load the
//! component's shared object: then it is a static copy. In a file that does load it, the text is
//! what the file was compiled against or speaks of: a mention, which makes no component.

use crate::model::Method;
use crate::rules::{MatchKind, Matcher, Rule, Rules, Scope, Target};
use crate::strings;
use std::collections::BTreeMap;
use std::ops::Range;

/// Strings that one match looks at in one file; a literal that hits more often says nothing.
const STRINGS_PER_MATCH_MAX: usize = 256;

/// The same for matches that look at neighbours: each look is dear.
const ADJACENT_PER_MATCH_MAX: usize = 4;

/// Longest string that is taken for a version when a whole file is looked through, in bytes.
const VERSION_BYTES_MAX: usize = 64;

/// How far into a text file a banner may stand, in bytes.
const BANNER_BYTES_MAX: usize = 4096;

/// Longest snippet that evidence carries, in characters.
const SNIPPET_CHARS_MAX: usize = 160;

/// What a file is, as far as rules tell files apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum FileSort {
    Elf,
    Text,
    Binary,
}

/// A file to match.
#[derive(Debug, Clone)]
pub(crate) struct Subject<'a> {
    /// Path in its layer; empty for bytes that are no file.
    pub(crate) path: &'a str,
    pub(crate) bytes: &'a [u8],
    pub(crate) sort: FileSort,
    /// Name of the shared object, by its own account.
    pub(crate) soname: Option<String>,
    /// Shared objects that it loads.
    pub(crate) needed: Vec<String>,
    /// Symbols that it defines for others, sorted.
    pub(crate) symbols: Vec<String>,
}

/// Whose the text is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Role {
    /// The file is the component's own.
    Owner,
    /// The file holds a copy of the component.
    Copy,
    /// The file speaks of the component.
    Mention,
}

/// A sight of a component in a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Sight {
    pub(crate) rule: usize,
    pub(crate) matcher: Option<usize>,
    pub(crate) version: Option<String>,
    /// What a vendor or packager added to the version.
    pub(crate) revision: Option<String>,
    pub(crate) method: Method,
    pub(crate) text: String,
    pub(crate) offset: Option<usize>,
    pub(crate) confidence: u8,
    pub(crate) role: Role,
}

impl Sight {
    fn by_name(rule: usize, method: Method, name: &str, confidence: u8) -> Self {
        Self {
            rule,
            matcher: None,
            version: None,
            revision: None,
            method,
            text: name.to_owned(),
            offset: None,
            confidence,
            role: Role::Owner,
        }
    }
}

/// Everything that the rules see in a file, in the order of rules and matches.
pub(crate) fn sights(rules: &Rules, subject: &Subject<'_>) -> Vec<Sight> {
    let mut found = Vec::new();
    by_name(rules, subject, &mut found);
    by_text(rules, subject, &mut found);
    found.sort_by_key(|sight| (sight.rule, sight.matcher, sight.offset));
    // The same version by the same match once a file.
    found.dedup_by(|b, a| {
        (a.rule, a.matcher, &a.version, a.role) == (b.rule, b.matcher, &b.version, b.role)
    });
    found
}

fn by_text(rules: &Rules, subject: &Subject<'_>, found: &mut Vec<Sight>) {
    let Some(automaton) = &rules.automaton else { return };
    // Per match: where the last string ended, and how many there were.
    let mut done: BTreeMap<(usize, usize), (usize, usize)> = BTreeMap::new();
    for hit in automaton.find_overlapping_iter(subject.bytes) {
        let targets = rules.targets.get(hit.pattern().as_usize()).map_or(&[][..], Vec::as_slice);
        for Target { rule: index, matcher: number } in targets {
            let Some(rule) = rules.rules.get(*index) else { continue };
            let Some(matcher) = rule.matchers.get(*number) else { continue };
            if !in_scope(&matcher.scope, subject) {
                continue;
            }
            let (end, count) = done.entry((*index, *number)).or_default();
            let most = match matcher.kind {
                MatchKind::Adjacent { within: 0 } => 1,
                MatchKind::Adjacent { .. } => ADJACENT_PER_MATCH_MAX,
                _ => STRINGS_PER_MATCH_MAX,
            };
            if hit.start() < *end || *count >= most {
                continue;
            }
            let text = subject.sort == FileSort::Text;
            let string = strings::around(subject.bytes, hit.range(), text);
            (*end, *count) = (string.end.max(hit.end()), *count + 1);
            let place = Place { index: *index, number: *number, rule, matcher, subject };
            place.look(string, found);
        }
    }
}

struct Place<'a> {
    index: usize,
    number: usize,
    rule: &'a Rule,
    matcher: &'a Matcher,
    subject: &'a Subject<'a>,
}

impl Place<'_> {
    fn look(&self, string: Range<usize>, found: &mut Vec<Sight>) {
        if excluded(self.rule, self.subject, self.slice(&string)) {
            return;
        }
        match self.matcher.kind {
            MatchKind::Adjacent { within } => {
                let text = self.subject.sort == FileSort::Text;
                let near = if within == 0 {
                    strings::all(self.subject.bytes, string.start, VERSION_BYTES_MAX)
                } else {
                    strings::neighbours(self.subject.bytes, &string, within, text)
                };
                // The nearest that fits wins.
                if let Some(sight) = near.into_iter().find_map(|range| self.read(range)) {
                    found.push(sight);
                }
            }
            MatchKind::Banner if string.start > BANNER_BYTES_MAX => {}
            _ => found.extend(self.read(string)),
        }
    }

    fn slice(&self, range: &Range<usize>) -> &[u8] {
        self.subject.bytes.get(range.clone()).unwrap_or_default()
    }

    /// What the expression makes of a string.
    fn read(&self, range: Range<usize>) -> Option<Sight> {
        let string = self.slice(&range);
        let mut version = self.matcher.fixed_version.clone();
        let mut revision = None;
        if let Some(regex) = &self.matcher.regex {
            let captures = regex.captures(string)?;
            if let Some(raw) = captures.name("version") {
                version = Some(self.rule.version(&String::from_utf8_lossy(raw.as_bytes()))?);
            }
            revision = captures.name("revision").and_then(|raw| {
                let text = String::from_utf8_lossy(raw.as_bytes());
                let text = text.trim_start_matches(['-', '+', '.', '~', '_']);
                (!text.is_empty()).then(|| text.to_owned())
            });
        }
        let method = match self.matcher.kind {
            MatchKind::Adjacent { .. } => Method::Adjacent,
            MatchKind::Banner => Method::Banner,
            _ => Method::Text,
        };
        let text = String::from_utf8_lossy(string);
        Some(Sight {
            rule: self.index,
            matcher: Some(self.number),
            version,
            revision,
            method,
            text: duecare_base::text::one_line(&text, SNIPPET_CHARS_MAX),
            offset: Some(range.start),
            confidence: self.matcher.confidence,
            role: role(self.rule, self.matcher, self.subject),
        })
    }
}

fn by_name(rules: &Rules, subject: &Subject<'_>, found: &mut Vec<Sight>) {
    if subject.path.is_empty() {
        return;
    }
    let so = so_name(subject);
    let owners = rules.sonames.get(so_stem(so)).map_or(&[][..], Vec::as_slice);
    for index in owners.iter().copied() {
        let Some(rule) = rules.rules.get(index) else { continue };
        if !excluded(rule, subject, b"") {
            found.push(Sight::by_name(index, Method::SoName, so, 55));
        }
    }
    let mut targets: BTreeMap<(usize, usize), &str> = BTreeMap::new();
    for target in rules.by_path.fitting(subject.path) {
        targets.insert((target.rule, target.matcher), subject.path);
    }
    if !so.is_empty() {
        // The file's name carries more digits than the shared object's own.
        for name in [so, file_name(subject.path)] {
            for target in rules.by_soname.fitting(name) {
                targets.insert((target.rule, target.matcher), name);
            }
        }
    }
    for symbol in subject.symbols.iter().filter(|_| rules.wants_symbols()) {
        for target in rules.by_symbol.get(symbol).into_iter().flatten() {
            targets.insert((target.rule, target.matcher), symbol);
        }
    }
    for ((index, number), name) in targets {
        let Some(rule) = rules.rules.get(index) else { continue };
        let Some(matcher) = rule.matchers.get(number) else { continue };
        if !excluded(rule, subject, name.as_bytes()) && in_scope(&matcher.scope, subject) {
            found.extend(named(rule, matcher, name).map(|(method, version)| Sight {
                matcher: Some(number),
                version,
                role: if matcher.mention { Role::Mention } else { Role::Owner },
                ..Sight::by_name(index, method, name, matcher.confidence)
            }));
        }
    }
}

/// How a match by name sees a name, and the version in it; `None` when the version is rejected.
fn named(rule: &Rule, matcher: &Matcher, name: &str) -> Option<(Method, Option<String>)> {
    let method = match matcher.kind {
        MatchKind::Symbol => return Some((Method::Symbol, matcher.fixed_version.clone())),
        MatchKind::SoName => Method::SoName,
        _ => Method::FileName,
    };
    let captures = matcher.regex.as_ref()?.captures(name.as_bytes())?;
    let version = match captures.name("version") {
        Some(raw) => Some(rule.version(&String::from_utf8_lossy(raw.as_bytes()))?),
        None => matcher.fixed_version.clone(),
    };
    Some((method, version))
}

fn in_scope(scope: &Scope, subject: &Subject<'_>) -> bool {
    match scope {
        Scope::Binary => subject.sort != FileSort::Text,
        Scope::Elf => subject.sort == FileSort::Elf,
        Scope::Text => subject.sort == FileSort::Text,
        Scope::Any => true,
        Scope::Path(regex) => regex.is_match(subject.path.as_bytes()),
    }
}

fn excluded(rule: &Rule, subject: &Subject<'_>, string: &[u8]) -> bool {
    rule.nots.iter().any(|not| {
        let quoted = not
            .literal
            .as_ref()
            .is_some_and(|literal| memchr::memmem::find(string, literal.as_bytes()).is_some());
        let placed = not.path.as_ref().is_some_and(|regex| regex.is_match(subject.path.as_bytes()));
        quoted || placed
    })
}

fn role(rule: &Rule, matcher: &Matcher, subject: &Subject<'_>) -> Role {
    if matcher.mention {
        return Role::Mention;
    }
    let own_program = rule.programs.iter().any(|name| name == file_name(subject.path));
    if own_program || owns_soname(rule, subject) || subject.sort != FileSort::Elf {
        return Role::Owner;
    }
    let loads =
        subject.needed.iter().any(|name| rule.sonames.iter().any(|stem| stem == so_stem(name)));
    if loads {
        return Role::Mention;
    }
    // A rule that names no files of its own can't tell copies from the thing itself.
    if rule.programs.is_empty() && rule.sonames.is_empty() { Role::Owner } else { Role::Copy }
}

fn owns_soname(rule: &Rule, subject: &Subject<'_>) -> bool {
    let stem = so_stem(so_name(subject));
    !stem.is_empty() && rule.sonames.iter().any(|name| name == stem)
}

/// The shared object's own name, or its file's name when that looks like one.
fn so_name<'a>(subject: &'a Subject<'_>) -> &'a str {
    if subject.sort != FileSort::Elf {
        return "";
    }
    let file = file_name(subject.path);
    match &subject.soname {
        Some(name) => name,
        None if file.ends_with(".so") || file.contains(".so.") => file,
        None => "",
    }
}

/// `libz` of `libz.so.1.2.11`, of `libz-1.2.11.so`; the name itself where it is no library's.
pub(crate) fn so_stem(name: &str) -> &str {
    let Some(at) = name.find(".so") else { return "" };
    let stem = name.get(..at).unwrap_or_default();
    let cut = stem.match_indices('-').find(|(at, _)| {
        stem.get(at + 1..).is_some_and(|rest| {
            rest.starts_with(|c: char| c.is_ascii_digit())
                && rest.chars().all(|c| c.is_ascii_alphanumeric() || c == '.' || c == '_')
        })
    });
    cut.map_or(stem, |(at, _)| stem.get(..at).unwrap_or_default())
}

fn file_name(path: &str) -> &str {
    path.rsplit('/').next().unwrap_or_default()
}
