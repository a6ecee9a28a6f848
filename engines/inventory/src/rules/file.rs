//! A rule file as it is written. Unknown keys are errors, so that a slip can't disable a rule.

use serde::Deserialize;

/// A rule file that can't be used.
#[derive(Debug, thiserror::Error)]
pub enum RulesError {
    /// Not TOML, an unknown or missing key, a wrong type.
    #[error("rule file {file} can't be read")]
    Toml {
        /// The file.
        file: String,
        /// What and where.
        #[source]
        source: Box<toml::de::Error>,
    },
    /// A key's value makes no sense.
    #[error("rule file {file}: {key} {why}")]
    Value {
        /// The file.
        file: String,
        /// The key, for example `match 2 regex`.
        key: String,
        /// What is wrong with it.
        why: String,
    },
    /// An expression can't be compiled.
    #[error("rule file {file}: {key} is no valid expression")]
    Regex {
        /// The file.
        file: String,
        /// The key.
        key: String,
        /// Why.
        #[source]
        source: Box<regex::Error>,
    },
    /// The automaton over all literals could not be built.
    #[error("the rules' literals are too many for one automaton")]
    Automaton(#[source] Box<aho_corasick::BuildError>),
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RuleText {
    pub(super) component: ComponentText,
    #[serde(default)]
    pub(super) version: VersionText,
    #[serde(default, rename = "match")]
    pub(super) matches: Vec<MatchText>,
    #[serde(default, rename = "not")]
    pub(super) nots: Vec<NotText>,
    #[serde(default, rename = "test")]
    pub(super) tests: Vec<TestText>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ComponentText {
    pub(super) id: String,
    pub(super) name: String,
    #[serde(default)]
    pub(super) kind: Option<String>,
    #[serde(default)]
    pub(super) cpe: Vec<String>,
    #[serde(default)]
    pub(super) purl: Option<String>,
    #[serde(default)]
    pub(super) aliases: Vec<String>,
    #[serde(default)]
    pub(super) programs: Vec<String>,
    #[serde(default)]
    pub(super) sonames: Vec<String>,
    #[serde(default)]
    pub(super) license: Option<String>,
    #[serde(default)]
    pub(super) supplier: Option<String>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct VersionText {
    #[serde(default)]
    pub(super) scheme: Option<String>,
    #[serde(default)]
    pub(super) reject: Vec<String>,
    #[serde(default)]
    pub(super) replace: Vec<(String, String)>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct MatchText {
    pub(super) kind: String,
    #[serde(default)]
    pub(super) literal: Option<String>,
    #[serde(default)]
    pub(super) regex: Option<String>,
    #[serde(default)]
    pub(super) scope: Option<String>,
    #[serde(default)]
    pub(super) confidence: Option<u8>,
    #[serde(default)]
    pub(super) within: Option<usize>,
    #[serde(default)]
    pub(super) mention: bool,
    #[serde(default)]
    pub(super) version: Option<String>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct NotText {
    #[serde(default)]
    pub(super) literal: Option<String>,
    #[serde(default)]
    pub(super) path: Option<String>,
}

/// A test inside a rule.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct TestText {
    /// The strings of the file, one a line.
    #[serde(default)]
    pub(crate) text: String,
    /// Path of the file.
    #[serde(default)]
    pub(crate) path: Option<String>,
    /// What the file is: `elf` or `text`. By default what the rule's first match looks at.
    #[serde(default, rename = "as")]
    pub(crate) kind: Option<String>,
    /// Names of the shared objects that the file needs.
    #[serde(default)]
    pub(crate) needed: Vec<String>,
    /// Symbols that the file defines.
    #[serde(default)]
    pub(crate) symbols: Vec<String>,
    /// A package name that must lead to this rule (with `absent`: must not).
    #[serde(default)]
    pub(crate) package: Option<String>,
    /// The version that must come out. Without it, and with neither `absent` nor `mention`, the
    /// component must be seen in an unknown version.
    #[serde(default)]
    pub(crate) version: Option<String>,
    /// The component must not be seen.
    #[serde(default)]
    pub(crate) absent: bool,
    /// It must be a mention only.
    #[serde(default)]
    pub(crate) mention: bool,
}
