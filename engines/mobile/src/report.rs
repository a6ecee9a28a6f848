//! The checks' names, and how findings are made.

use crate::gaps;
use duecare_base::{CheckId, Checked, Confidence, Finding, Gap, Location, NotSeen, Severity, mask};
use std::collections::BTreeMap;

macro_rules! checks {
    ($($name:ident = $id:literal),+ $(,)?) => {
        $(pub(crate) const $name: &str = $id;)+
        /// Every check of this crate; each has its file in `packs/checks`.
        pub const CHECK_IDS: &[&str] = &[$($id),+];
    };
}

checks! {
    STORED = "credential-app-stored-readable",
    LITERAL = "credential-app-literal",
    LOGGED = "app-credential-logged",
    DEBUGGABLE = "app-debuggable",
    BACKUP = "app-backup-allowed",
    CLEARTEXT = "app-cleartext-traffic",
    EXPORTED = "app-exported-component",
    TRUST_ALL = "app-trust-all-certificates",
    WEBVIEW = "app-webview-risky",
    WEAK_CRYPTO = "app-weak-crypto",
    WORLD_FILE = "app-world-readable-file",
    OLD_TARGET = "app-old-target",
    TEST_KEY = "app-test-key-signed",
    UNREADABLE = "app-unreadable",
}

/// Findings of one check; more of the same sort tell nobody anything new.
const FINDINGS_MAX: usize = 500;

/// Where findings of one app are gathered: each once, the worse one kept.
#[derive(Debug)]
pub(crate) struct Reporter {
    layer: String,
    found: BTreeMap<(&'static str, String, String), Finding>,
    not_seen: NotSeen,
}

/// What a finding says, beside its place.
pub(crate) struct Said<'a> {
    pub(crate) severity: Severity,
    pub(crate) confidence: Confidence,
    pub(crate) key: &'a str,
    pub(crate) message: &'a str,
    pub(crate) snippet: &'a str,
}

impl Reporter {
    pub(crate) fn new(layer: &str) -> Self {
        Self { layer: layer.to_owned(), found: BTreeMap::new(), not_seen: NotSeen::default() }
    }

    /// Notes that something of a file was not looked at.
    pub(crate) fn miss(&mut self, gap: Gap, path: &str) {
        self.not_seen.add(gap, Location::file(&self.layer, path));
    }

    /// A finding in a file, or at a symbol of it.
    pub(crate) fn add(
        &mut self,
        check: &'static str,
        path: &str,
        symbol: Option<&str>,
        said: &Said<'_>,
    ) {
        self.add_with(check, path, symbol, said, &[]);
    }

    /// A finding with further steps of its proof in the same file.
    pub(crate) fn add_with(
        &mut self,
        check: &'static str,
        path: &str,
        symbol: Option<&str>,
        said: &Said<'_>,
        steps: &[String],
    ) {
        let place = (check, path.to_owned(), said.key.to_owned());
        let rank = |finding: &Finding| (finding.severity, finding.confidence);
        if self.found.get(&place).is_some_and(|old| rank(old) >= (said.severity, said.confidence)) {
            return;
        }
        let location =
            Location { symbol: symbol.map(str::to_owned), ..Location::file(&self.layer, path) };
        let mut finding = Finding::new(
            CheckId::new(check),
            said.severity,
            said.confidence,
            location.clone(),
            said.key,
            said.message,
        )
        .with_snippet(said.snippet);
        for step in steps {
            finding = finding.with_evidence(location.clone(), step);
        }
        let count = self.found.keys().filter(|(known, _, _)| *known == check).count();
        if count < FINDINGS_MAX {
            self.found.insert(place, finding);
        } else {
            self.miss(gaps::FINDINGS, path);
        }
    }

    /// All findings, in a fixed order, and what was left out.
    pub(crate) fn finish(self) -> Checked {
        Checked { findings: self.found.into_values().collect(), not_seen: self.not_seen }
    }
}

/// A literal as reports show it.
pub(crate) fn shown(literal: &str) -> String {
    format!("\"{}\"", mask::secret(literal))
}

/// A method for people and for keys: `com.example.Login.save`.
pub(crate) fn method_name(class: &str, method: &str) -> String {
    format!("{}.{method}", class_name(class))
}

/// A class for people: `com.example.Login`.
pub(crate) fn class_name(class: &str) -> String {
    class.trim_start_matches('L').trim_end_matches(';').replace('/', ".")
}
