//! Knowledge as data: passwords that are tried, default pairs, token patterns, published keys.

use crate::marks::{FIXED, MarkKind};
use aho_corasick::{AhoCorasick, MatchKind};
use duecare_base::{Digest, Severity};
use regex::bytes::Regex;
use serde::Deserialize;
use std::collections::{BTreeMap, BTreeSet};

/// A pack could not be read.
#[derive(Debug, thiserror::Error)]
pub enum PackError {
    /// A file is no TOML or does not have the expected shape.
    #[error("reading the secrets pack {file}")]
    Toml {
        /// The file's name.
        file: String,
        /// What the parser says.
        #[source]
        source: Box<toml::de::Error>,
    },
    /// A token rule is wrong.
    #[error("token rule \"{id}\" in the secrets pack {file}: {what}")]
    Token {
        /// The file's name.
        file: String,
        /// The rule.
        id: String,
        /// What is wrong with it.
        what: String,
    },
    /// A fingerprint is not 64 hexadecimal digits.
    #[error("fingerprint of \"{name}\" in the secrets pack {file} is not 64 hexadecimal digits")]
    Fingerprint {
        /// The file's name.
        file: String,
        /// The key's name.
        name: String,
    },
    /// The literals could not be compiled into one automaton.
    #[error("compiling the literals of the secrets pack")]
    Automaton(#[from] aho_corasick::BuildError),
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    #[serde(default)]
    passwords: Vec<String>,
    #[serde(default)]
    pairs: Vec<(String, String)>,
    #[serde(default)]
    token: Vec<TokenFile>,
    #[serde(default)]
    key: Vec<KeyFile>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct TokenFile {
    id: String,
    title: String,
    literals: Vec<String>,
    regex: String,
    severity: String,
    #[serde(default)]
    entropy_min: f64,
    #[serde(default)]
    nearby: Vec<String>,
    #[serde(default)]
    hits: Vec<String>,
    #[serde(default)]
    traps: Vec<String>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct KeyFile {
    name: String,
    spki_sha256: String,
    #[serde(rename = "source")]
    _source: String,
    #[serde(default)]
    part_of_program: bool,
}

/// How a token of some service looks.
#[derive(Debug)]
pub(crate) struct TokenRule {
    pub(crate) id: String,
    pub(crate) title: String,
    pub(crate) severity: Severity,
    /// The whole pattern; group `secret`, or all of it, is the secret.
    pub(crate) regex: Regex,
    /// Bits per character that the secret must have at least.
    pub(crate) entropy_min: f64,
    /// Words of which one must stand nearby, lower case; empty: none needed.
    pub(crate) nearby: Vec<String>,
    /// Texts that must match, and texts that must not.
    pub(crate) hits: Vec<String>,
    pub(crate) traps: Vec<String>,
}

/// The knowledge that the checks of this crate use.
#[derive(Debug)]
pub struct SecretPack {
    pub(crate) passwords: Vec<String>,
    pub(crate) pairs: BTreeSet<(String, String)>,
    pub(crate) tokens: Vec<TokenRule>,
    pub(crate) keys: BTreeMap<Digest, String>,
    /// Those of `keys` that programs carry to test themselves.
    pub(crate) program_keys: BTreeSet<Digest>,
    pub(crate) marks: Option<AhoCorasick>,
    pub(crate) mark_kinds: Vec<MarkKind>,
}

/// What separates the pieces of a sample token in a pack, so that the pack itself holds no string
/// that another scanner takes for a token.
const PIECES: &str = "~~";

impl SecretPack {
    /// Reads the files of a pack: name and text of each. Later files add to earlier ones; a later
    /// token rule with the same id replaces the earlier.
    ///
    /// # Errors
    /// When a file is no TOML of the expected shape, or a rule in it is wrong.
    pub fn parse(files: &[(&str, &str)]) -> Result<Self, PackError> {
        let mut pack = Self {
            passwords: Vec::new(),
            pairs: BTreeSet::new(),
            tokens: Vec::new(),
            keys: BTreeMap::new(),
            program_keys: BTreeSet::new(),
            marks: None,
            mark_kinds: Vec::new(),
        };
        let mut literals: BTreeMap<String, Vec<String>> = BTreeMap::new();
        for (name, text) in files {
            let file: File = toml::from_str(text).map_err(|source| PackError::Toml {
                file: (*name).to_owned(),
                source: Box::new(source),
            })?;
            for password in file.passwords {
                if !pack.passwords.contains(&password) {
                    pack.passwords.push(password);
                }
            }
            pack.pairs.extend(file.pairs);
            for token in file.token {
                literals.insert(token.id.clone(), token.literals.clone());
                let rule = token_rule(name, token)?;
                pack.tokens.retain(|old| old.id != rule.id);
                pack.tokens.push(rule);
            }
            for key in file.key {
                let digest = key.spki_sha256.parse().map_err(|_| PackError::Fingerprint {
                    file: (*name).to_owned(),
                    name: key.name.clone(),
                })?;
                if key.part_of_program {
                    pack.program_keys.insert(digest);
                }
                pack.keys.insert(digest, key.name);
            }
        }
        pack.compile(&literals)?;
        Ok(pack)
    }

    fn compile(&mut self, literals: &BTreeMap<String, Vec<String>>) -> Result<(), PackError> {
        let mut patterns: Vec<Vec<u8>> = Vec::new();
        for (bytes, kind) in FIXED {
            patterns.push(bytes.to_vec());
            self.mark_kinds.push(kind);
        }
        for (index, rule) in self.tokens.iter().enumerate() {
            for literal in literals.get(&rule.id).into_iter().flatten() {
                patterns.push(literal.as_bytes().to_vec());
                self.mark_kinds.push(MarkKind::Token(index));
            }
        }
        let automaton =
            AhoCorasick::builder().match_kind(MatchKind::LeftmostFirst).build(patterns)?;
        self.marks = Some(automaton);
        Ok(())
    }

    /// Whether user and password are a pair that manuals print.
    pub(crate) fn is_default_pair(&self, user: &str, password: &str) -> bool {
        self.pairs.contains(&(user.to_ascii_lowercase(), password.to_owned()))
    }

    /// What is known of a published key.
    pub(crate) fn known_key(&self, identity: &Digest) -> Option<&str> {
        self.keys.get(identity).map(String::as_str)
    }

    /// What is known of a published key that a program carries to test itself.
    pub(crate) fn program_key(&self, identity: &Digest) -> Option<&str> {
        self.known_key(identity).filter(|_| self.program_keys.contains(identity))
    }

    /// Runs the samples inside the token rules and says which are judged wrongly.
    #[must_use]
    pub fn failing_samples(&self) -> Vec<String> {
        let mut wrong = Vec::new();
        for rule in &self.tokens {
            for (samples, expected) in [(&rule.hits, true), (&rule.traps, false)] {
                for sample in samples {
                    let text = sample.replace(PIECES, "");
                    let item = crate::item::Item::new("source", "/sample", text.as_bytes(), None);
                    let mut out = crate::item::Outcome::default();
                    let marks = crate::marks::marks(&item, self, &mut out);
                    let seen = crate::tokens::find(&item, &marks, self, &mut out);
                    let hit = seen.iter().any(|finding| finding.key.starts_with(&rule.id));
                    if hit != expected {
                        wrong.push(format!("{}: {sample}", rule.id));
                    }
                }
            }
            if rule.hits.is_empty() {
                wrong.push(format!("{}: has no sample", rule.id));
            }
        }
        wrong
    }
}

fn token_rule(file: &str, token: TokenFile) -> Result<TokenRule, PackError> {
    let wrong =
        |what: String| PackError::Token { file: file.to_owned(), id: token.id.clone(), what };
    if token.literals.is_empty() || token.literals.iter().any(|literal| literal.len() < 3) {
        return Err(wrong("needs literals of three bytes at least".to_owned()));
    }
    let severity = token.severity.parse().map_err(|e| wrong(format!("severity: {e}")))?;
    let regex = Regex::new(&token.regex).map_err(|e| wrong(format!("regex: {e}")))?;
    Ok(TokenRule {
        id: token.id,
        title: token.title,
        severity,
        regex,
        entropy_min: token.entropy_min,
        nearby: token.nearby,
        hits: token.hits,
        traps: token.traps,
    })
}
