//! Rules that tell components by what their files hold. Data, no code: see the README beside the
//! rule files for the format.
//!
//! Left out on purpose: reading rule files from disk; the caller hands their text in.

mod check;
mod compile;
mod file;
mod pattern;

pub use check::RuleFault;
pub use file::RulesError;
pub(crate) use pattern::Pattern;

use crate::model::ComponentKind;
use crate::version::Scheme;
use aho_corasick::AhoCorasick;
use regex::bytes::RegexSet;
use std::collections::BTreeMap;

/// The rules, ready for use.
#[derive(Debug, Clone, Default)]
pub struct Rules {
    /// By id.
    pub(crate) rules: Vec<Rule>,
    /// All literals in one automaton; `None` when there is no rule with a literal.
    pub(crate) automaton: Option<AhoCorasick>,
    /// What each literal of the automaton is for.
    pub(crate) targets: Vec<Vec<Target>>,
    /// Package names, lower case, to the rule's index.
    pub(crate) packages: BTreeMap<String, usize>,
    /// Package name patterns: what stands before and after the star, and the rule's index.
    pub(crate) package_patterns: Vec<(String, String, usize)>,
    /// Matches over paths, and over names of shared objects.
    pub(crate) by_path: Named,
    pub(crate) by_soname: Named,
    /// Matches over symbols: names to targets.
    pub(crate) by_symbol: BTreeMap<String, Vec<Target>>,
    /// Stems of shared objects (`libz`) to the rules' indexes.
    pub(crate) sonames: BTreeMap<String, Vec<usize>>,
}

/// Expressions over names, all tried in one pass.
#[derive(Debug, Clone)]
pub(crate) struct Named {
    pub(crate) set: RegexSet,
    pub(crate) targets: Vec<Target>,
}

impl Default for Named {
    fn default() -> Self {
        Self { set: RegexSet::empty(), targets: Vec::new() }
    }
}

impl Named {
    /// The matches whose expressions fit a name.
    pub(crate) fn fitting<'a>(&'a self, name: &str) -> impl Iterator<Item = Target> + 'a {
        let hits: Vec<usize> = self.set.matches(name.as_bytes()).into_iter().collect();
        hits.into_iter().filter_map(|hit| self.targets.get(hit).copied())
    }
}

/// A match of a rule that a literal leads to.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Target {
    pub(crate) rule: usize,
    pub(crate) matcher: usize,
}

/// One component's rule.
#[derive(Debug, Clone)]
pub(crate) struct Rule {
    pub(crate) file: String,
    pub(crate) id: String,
    pub(crate) name: String,
    pub(crate) kind: ComponentKind,
    pub(crate) cpe: Vec<CpeName>,
    pub(crate) purl: String,
    pub(crate) aliases: Vec<String>,
    pub(crate) programs: Vec<String>,
    pub(crate) sonames: Vec<String>,
    pub(crate) license: Option<String>,
    pub(crate) supplier: Option<String>,
    pub(crate) scheme: Scheme,
    pub(crate) reject: Vec<Pattern>,
    pub(crate) replace: Vec<(Pattern, String)>,
    pub(crate) matchers: Vec<Matcher>,
    pub(crate) nots: Vec<Not>,
    pub(crate) tests: Vec<file::TestText>,
}

/// `part:vendor:product` of a CPE name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct CpeName {
    pub(crate) part: char,
    pub(crate) vendor: String,
    pub(crate) product: String,
}

/// How one match looks at a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum MatchKind {
    String,
    Adjacent { within: usize },
    Banner,
    SoName,
    FileName,
    Symbol,
}

/// Which files a match looks at.
#[derive(Debug, Clone)]
pub(crate) enum Scope {
    /// Anything but text.
    Binary,
    Elf,
    Text,
    Any,
    /// Files whose path the expression matches, whatever they are.
    Path(Pattern),
}

/// One `[[match]]`.
#[derive(Debug, Clone)]
pub(crate) struct Matcher {
    pub(crate) kind: MatchKind,
    pub(crate) literal: String,
    pub(crate) regex: Option<Pattern>,
    pub(crate) scope: Scope,
    pub(crate) confidence: u8,
    pub(crate) mention: bool,
    pub(crate) fixed_version: Option<String>,
}

/// One `[[not]]`: a string or a path that makes a match none.
#[derive(Debug, Clone)]
pub(crate) struct Not {
    pub(crate) literal: Option<String>,
    pub(crate) path: Option<Pattern>,
}

impl Rules {
    /// Reads rule files: pairs of file name and text. A later file replaces an earlier rule of the
    /// same id, so that a user's folder overrides what is built in.
    ///
    /// # Errors
    /// Names the file, and the key or expression that is wrong.
    pub fn parse(files: &[(&str, &str)]) -> Result<Self, RulesError> {
        compile::rules(&[], files)
    }

    /// As [`Rules::parse`] with `proven` before `files`: rule files whose expressions are known to
    /// compile, because [`Rules::check`] or [`Rules::parse`] was run on them in a test. That spares
    /// compiling those that no file of an image asks for.
    ///
    /// # Errors
    /// As [`Rules::parse`].
    pub fn parse_proven(
        proven: &[(&str, &str)],
        files: &[(&str, &str)],
    ) -> Result<Self, RulesError> {
        compile::rules(proven, files)
    }

    /// Runs the tests inside the rules and looks for slips that make a rule weak. Empty is good.
    #[must_use]
    pub fn check(&self) -> Vec<RuleFault> {
        check::check(self)
    }

    /// How many rules there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.rules.len()
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.rules.is_empty()
    }

    /// The ids, sorted.
    pub fn ids(&self) -> impl Iterator<Item = &str> {
        self.rules.iter().map(|rule| rule.id.as_str())
    }

    /// Every name that stands for a component by itself: ids, names and packages.
    pub fn component_names(&self) -> impl Iterator<Item = &str> {
        let own = self.rules.iter().flat_map(|rule| {
            let aliases = rule.aliases.iter().map(String::as_str);
            [rule.id.as_str(), rule.name.as_str()].into_iter().chain(aliases)
        });
        own.filter(|name| !name.contains('*'))
    }

    /// The id that a package name stands for.
    #[must_use]
    pub fn id_of_package(&self, package: &str) -> Option<&str> {
        let index = self.rule_of_package(package)?;
        self.rules.get(index).map(|rule| rule.id.as_str())
    }

    /// The rule that a package name leads to: exact names first, then the longest pattern;
    /// `lua5.1`, `proftpd-dfsg` lead where `lua` and `proftpd` do.
    pub(crate) fn rule_of_package(&self, package: &str) -> Option<usize> {
        let package = package.to_lowercase();
        let bare = bare_name(&package);
        let by_bare = || (bare != package).then(|| self.lookup(bare)).flatten();
        self.lookup(&package).or_else(by_bare)
    }

    /// The rule that the whole name of a package leads to, with or without the version in it.
    pub(crate) fn rule_of_exact_package(&self, package: &str) -> Option<usize> {
        let package = package.to_lowercase();
        let exact = self.packages.get(&package);
        exact.or_else(|| self.packages.get(bare_name(&package))).copied()
    }

    /// The rule of a package that is built from the source of its own name: a pattern fits it only
    /// by the numbers in the name. `libgcrypt20` is libgcrypt, `poppler-data` is not Poppler.
    pub(crate) fn rule_of_own_source(&self, package: &str) -> Option<usize> {
        let lower = package.to_lowercase();
        let numbers = |text: &str| text.chars().all(|c| c.is_ascii_digit() || ".-".contains(c));
        self.rule_of_exact_package(&lower)
            .or_else(|| self.lookup_where(&lower, numbers))
            .or_else(|| self.lookup_where(bare_name(&lower), numbers))
    }

    fn lookup(&self, package: &str) -> Option<usize> {
        let exact = self.packages.get(package).copied();
        exact.or_else(|| self.lookup_where(package, |_| true))
    }

    /// The longest pattern that fits, with what stands for its `*` accepted by `fits`.
    fn lookup_where(&self, package: &str, fits: impl Fn(&str) -> bool) -> Option<usize> {
        self.package_patterns
            .iter()
            .filter(|(head, tail, _)| {
                let rest = package.strip_prefix(head.as_str());
                rest.and_then(|rest| rest.strip_suffix(tail.as_str())).is_some_and(&fits)
            })
            .max_by_key(|(head, tail, _)| head.len() + tail.len())
            .map(|(_, _, index)| *index)
    }

    /// Whether some rule asks for symbols.
    pub(crate) fn wants_symbols(&self) -> bool {
        !self.by_symbol.is_empty()
    }

    pub(crate) fn rule_index(&self, id: &str) -> Option<usize> {
        self.rules.binary_search_by(|rule| rule.id.as_str().cmp(id)).ok()
    }
}

/// A package's name without what distributions add: a dotted version at the end (several can be
/// installed beside one another), and the mark of a repacked source.
pub(crate) fn bare_name(package: &str) -> &str {
    let package = package.strip_suffix("-dfsg").unwrap_or(package);
    let stem = package.trim_end_matches(|c: char| c.is_ascii_digit() || c == '.');
    let tail = package.get(stem.len()..).unwrap_or_default();
    let stem = stem.trim_end_matches('-');
    if tail.contains('.') && !tail.starts_with('.') && !stem.is_empty() { stem } else { package }
}

impl Rule {
    /// The version as the component's own project writes it; `None` when it is rejected.
    pub(crate) fn version(&self, raw: &str) -> Option<String> {
        let mut version = raw.trim().to_owned();
        for (pattern, with) in &self.replace {
            version = pattern.replace_all(&version, with);
        }
        let rejected = self.reject.iter().any(|regex| regex.is_match(version.as_bytes()));
        (!version.is_empty() && !rejected).then_some(version)
    }
}

#[cfg(test)]
mod tests {
    use super::bare_name;

    #[test]
    fn names_lose_what_distributions_add() {
        assert_eq!(bare_name("lua5.1"), "lua");
        assert_eq!(bare_name("linux-6.1"), "linux");
        assert_eq!(bare_name("proftpd-dfsg"), "proftpd");
        assert_eq!(bare_name("pcre3"), "pcre3");
        assert_eq!(bare_name("libx11-6"), "libx11-6");
    }
}
