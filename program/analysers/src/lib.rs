//! Analysers of source that other people make: those that are installed are run as child
//! processes with limits, and results of any that ran elsewhere come in as SARIF.
//!
//! Every known analyser is in the outcome, run or not, because "no tool ran" must not look like
//! "no flaw".
//!
//! Left out on purpose: installing analysers, and judging what they say.

mod import;
mod languages;
mod process;
mod report;
mod schedule;
mod source;
mod tools;

pub use import::import;
pub use languages::SourceLanguage;

use duecare_base::{Digest, Finding};
use duecare_domain::review::AnalyserState;
use std::collections::BTreeSet;

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
    /// The languages that it reads; for imported results, those that they show it to have read.
    pub languages: Vec<SourceLanguage>,
    /// What it found; check ids are `tool/rule`.
    pub findings: Vec<Finding>,
    /// Fingerprints of those that the tool was told in the source to keep quiet about.
    pub suppressed: BTreeSet<Digest>,
}

/// The analysers that are known and read a language, by name.
pub fn known_for(language: SourceLanguage) -> impl Iterator<Item = &'static str> {
    let known = tools::ALL.iter().filter(move |known| known.languages.contains(&language));
    known.map(|known| known.name)
}

/// Every analyser that is known, by name.
pub fn known() -> impl Iterator<Item = &'static str> {
    tools::ALL.iter().map(|known| known.name)
}

/// How analysers are run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Options {
    /// Wall time that each analyser may take, in seconds.
    pub seconds: u64,
    /// Whether analysers that build the source, and so run programs in it, may do so.
    pub run_builds: bool,
}

/// Wall time that each analyser may take unless told otherwise, in seconds.
pub const SECONDS_DEFAULT: u64 = 600;

impl Default for Options {
    fn default() -> Self {
        Self { seconds: SECONDS_DEFAULT, run_builds: false }
    }
}

impl Options {
    /// What the environment asks for: `DUECARE_ANALYSER_SECONDS` (a number above 0) and
    /// `DUECARE_RUN_BUILDS` (`1`); anything else counts as not said.
    #[must_use]
    pub fn from_environment() -> Self {
        let text = |name: &str| std::env::var(name).unwrap_or_default();
        let seconds = text("DUECARE_ANALYSER_SECONDS").parse().ok().filter(|number| *number > 0);
        Self {
            seconds: seconds.unwrap_or(SECONDS_DEFAULT),
            run_builds: text("DUECARE_RUN_BUILDS") == "1",
        }
    }
}

/// How many messages a recorded output of the analyser of this name holds; `None` when it is no
/// whole output, or the analyser's output is SARIF ([`import`]). Nothing is run: it is the readers'
/// way in for fuzzing.
#[must_use]
pub fn messages_in(analyser: &str, output: &[u8]) -> Option<usize> {
    tools::read(analyser, output).map(|(messages, _)| messages.len())
}

/// Runs every analyser that is installed over the source below a folder, as the environment asks
/// ([`Options::from_environment`]). One outcome for each known analyser, in a fixed order;
/// nothing is written into the source. `progress` gets a line for each analyser that begins.
#[must_use]
pub fn run(source: &std::path::Path, progress: &dyn Fn(&str)) -> Vec<AnalyserOutcome> {
    run_with(source, &Options::from_environment(), progress)
}

/// As [`run`], with options of the caller's.
#[must_use]
pub fn run_with(
    source: &std::path::Path,
    options: &Options,
    progress: &dyn Fn(&str),
) -> Vec<AnalyserOutcome> {
    schedule::run(source, options, progress)
}
