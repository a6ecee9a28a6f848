//! Analysers of source that other people make: those that are installed are run as child
//! processes with limits, and results of any that ran elsewhere come in as SARIF.
//!
//! Every known analyser is in the outcome, run or not, because "no tool ran" must not look like
//! "no flaw".
//!
//! Left out on purpose: installing analysers, and judging what they say.

mod import;

pub use import::import;

use duecare_base::Finding;
use duecare_domain::review::AnalyserState;

/// How an analyser of source fared, with what it found.
#[derive(Debug, Clone)]
pub struct AnalyserOutcome {
    /// Name, lower case.
    pub name: String,
    /// How it fared.
    pub state: AnalyserState,
    /// Version, where known.
    pub version: Option<String>,
    /// The rule set it ran with.
    pub rules: Option<String>,
    /// Why it is in this state.
    pub detail: Option<String>,
    /// What it found; check ids are `tool/rule`.
    pub findings: Vec<Finding>,
}

/// Placeholder.
#[must_use]
pub fn run(_source: &std::path::Path, _progress: &dyn Fn(&str)) -> Vec<AnalyserOutcome> {
    Vec::new()
}
