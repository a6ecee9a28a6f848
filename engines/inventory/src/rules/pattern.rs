//! Expressions of rules, compiled when they are first needed: an image meets the literals of a few
//! rules in a hundred, and all of them compiled are as large as its content.

use regex::bytes::{Captures, Regex, RegexBuilder};
use std::sync::OnceLock;

/// Compiled size that one expression may have, in bytes: a rule is data from a user.
const REGEX_BYTES_MAX: usize = 1 << 20;

/// What an expression may keep of the states that it met, in bytes for each thread. It looks at
/// single strings, so that there are few.
const STATES_BYTES_MAX: usize = 64 << 10;

/// An expression over bytes.
#[derive(Debug, Clone)]
pub(crate) struct Pattern {
    text: String,
    compiled: OnceLock<Option<Regex>>,
}

impl Pattern {
    /// An expression that is proven to compile, or will be by [`Pattern::prove`].
    pub(super) fn new(text: &str) -> Self {
        Self { text: text.to_owned(), compiled: OnceLock::new() }
    }

    /// Compiles it to see whether that goes, and keeps nothing of it.
    ///
    /// # Errors
    /// What is wrong with it.
    pub(super) fn prove(&self) -> Result<(), regex::Error> {
        compile(&self.text).map(drop)
    }

    /// As it was written.
    pub(crate) fn as_str(&self) -> &str {
        &self.text
    }

    pub(crate) fn is_match(&self, bytes: &[u8]) -> bool {
        self.regex().is_some_and(|regex| regex.is_match(bytes))
    }

    pub(crate) fn captures<'h>(&self, bytes: &'h [u8]) -> Option<Captures<'h>> {
        self.regex()?.captures(bytes)
    }

    /// The text with every match replaced.
    pub(super) fn replace_all(&self, text: &str, with: &str) -> String {
        let Some(regex) = self.regex() else { return text.to_owned() };
        let replaced = regex.replace_all(text.as_bytes(), with.as_bytes());
        String::from_utf8_lossy(&replaced).into_owned()
    }

    /// `None` can't be: it was proven, here or by the tests of what is built in.
    fn regex(&self) -> Option<&Regex> {
        self.compiled.get_or_init(|| compile(&self.text).ok()).as_ref()
    }
}

fn compile(text: &str) -> Result<Regex, regex::Error> {
    RegexBuilder::new(text)
        .unicode(false)
        .size_limit(REGEX_BYTES_MAX)
        .dfa_size_limit(STATES_BYTES_MAX)
        .build()
}
