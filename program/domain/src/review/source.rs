//! Which languages a source drop is written in, and who looked at each of them.

use super::decide::{Outcome, Reason};
use super::evidence::{AnalyserState, ReviewEvidence};
use super::policy::SourceFloor;

/// Files of one language up to which it may be a mere helper of the build.
const TRIVIAL_FILES_MAX: usize = 2;

/// Bytes of one language up to which it may be a mere helper of the build: a page of text.
const TRIVIAL_BYTES_MAX: u64 = 2048;

/// Share of the drop's code, in percent, below which so little of a language is not asked for.
const TRIVIAL_PERCENT: u64 = 10;

/// An analyser that reads a language, and how it fared.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LanguageAnalyser {
    /// Its name, lower case: `cppcheck`.
    pub name: String,
    /// Its version, where known.
    pub version: Option<String>,
    /// How it fared.
    pub state: AnalyserState,
}

/// One language of a source drop.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LanguageFact {
    /// Its name, for people: `C++`.
    pub language: String,
    /// Files in it.
    pub files: usize,
    /// Their size in bytes.
    pub bytes: u64,
    /// Those of the files that our own rules follow input through.
    pub own_files: usize,
    /// The analysers that read it and are known or were imported, run or not.
    pub analysers: Vec<LanguageAnalyser>,
}

/// How far a language was looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum LanguageState {
    /// An analyser looked at it, and none that reads it failed.
    Analysed,
    /// An analyser looked at it; it, or another that reads the language, failed or was cut short.
    InPart,
    /// No analyser looked at it; our own rules did.
    OwnRules,
    /// Nothing looked at it.
    Unread,
}

impl LanguageState {
    /// Every value.
    pub const ALL: &'static [Self] = &[Self::Analysed, Self::InPart, Self::OwnRules, Self::Unread];

    /// The lower-case name used in reports.
    #[must_use]
    pub fn label(self) -> &'static str {
        match self {
            Self::Analysed => "analysed",
            Self::InPart => "in-part",
            Self::OwnRules => "own-rules",
            Self::Unread => "unread",
        }
    }
}

impl LanguageFact {
    /// How far it was looked at.
    #[must_use]
    pub fn state(&self) -> LanguageState {
        let looked = self.analysers.iter().any(|analyser| analyser.state.looked());
        let fell_short = self.analysers.iter().any(|analyser| analyser.state.fell_short());
        match (looked, fell_short) {
            (true, false) => LanguageState::Analysed,
            (true, true) => LanguageState::InPart,
            (false, _) if self.own_files > 0 => LanguageState::OwnRules,
            (false, _) => LanguageState::Unread,
        }
    }

    /// Whether the drop, with `total_bytes` of code, holds enough of it to ask for an analyser.
    #[must_use]
    pub fn matters(&self, total_bytes: u64) -> bool {
        let share = self.bytes.saturating_mul(100) / total_bytes.max(1);
        self.files > TRIVIAL_FILES_MAX || self.bytes > TRIVIAL_BYTES_MAX || share >= TRIVIAL_PERCENT
    }

    /// Whether too little looked at it. Our own rules are enough where no analyser of the language
    /// is known here, or where the policy says that they are.
    #[must_use]
    pub fn falls_short(&self, own_rules_suffice: bool) -> bool {
        match self.state() {
            LanguageState::Analysed | LanguageState::InPart => false,
            LanguageState::OwnRules => !own_rules_suffice && !self.analysers.is_empty(),
            LanguageState::Unread => true,
        }
    }

    /// The whole of it in one line: `C: 34 files, cppcheck 2.10 + flawfinder 2.0 ran`.
    #[must_use]
    pub fn summary(&self) -> String {
        let in_state = |state: AnalyserState, verb: &str| {
            let of_it = self.analysers.iter().filter(|analyser| analyser.state == state);
            let names: Vec<String> = of_it
                .map(|analyser| match &analyser.version {
                    Some(version) => format!("{} {version}", analyser.name),
                    None => analyser.name.clone(),
                })
                .collect();
            (!names.is_empty()).then(|| format!("{} {verb}", names.join(" + ")))
        };
        let looked =
            [in_state(AnalyserState::Ran, "ran"), in_state(AnalyserState::Imported, "imported")];
        let broken = [
            in_state(AnalyserState::Claimed, "claimed only"),
            in_state(AnalyserState::Cut, "cut short"),
            in_state(AnalyserState::Failed, "failed"),
        ];
        let idle = [
            in_state(AnalyserState::Missing, "not installed"),
            in_state(AnalyserState::NotStarted, "not started"),
            in_state(AnalyserState::NothingToDo, "had nothing to do"),
        ];
        let mut parts: Vec<String> = looked.into_iter().flatten().collect();
        match self.state() {
            LanguageState::OwnRules if self.own_files < self.files => {
                parts.push(format!("no analyser but our own rules, on {} of them", self.own_files));
            }
            LanguageState::OwnRules => parts.push("no analyser but our own rules".to_owned()),
            LanguageState::Unread => parts.push("nothing looked at it".to_owned()),
            LanguageState::Analysed | LanguageState::InPart => {}
        }
        parts.extend(broken.into_iter().flatten());
        if !self.analysers.iter().any(|analyser| analyser.state.looked()) {
            parts.extend(idle.into_iter().flatten());
        }
        let files = if self.files == 1 { "file" } else { "files" };
        format!("{}: {} {files}, {}", self.language, self.files, parts.join("; "))
    }
}

/// A policy's rule about source.
pub(super) fn judge(floor: &SourceFloor, evidence: &ReviewEvidence, reason: &mut Reason) {
    if !evidence.source_given && !floor.even_without_source {
        if !evidence.analysers.iter().any(|run| run.state.looked()) {
            reason.outcome = Outcome::NotAsked;
        }
        let imported = if reason.outcome == Outcome::Met { ", results were imported" } else { "" };
        reason.because.push(format!("no source was given{imported}"));
        short_runs(floor, evidence, reason);
        return;
    }
    short_runs(floor, evidence, reason);
    let counted = |name: &String| floor.any_of.is_empty() || floor.any_of.contains(name);
    let looked: Vec<&str> = evidence
        .analysers
        .iter()
        .filter(|run| counted(&run.name) && run.state.looked())
        .map(|run| run.name.as_str())
        .collect();
    // Languages tell more than any analyser's name, save where they are not asked for.
    let by_name =
        !floor.any_of.is_empty() || !floor.every_language || evidence.languages.is_empty();
    if by_name && looked.is_empty() {
        reason.outcome = Outcome::Incomplete;
        let any = || "any analyser".to_owned();
        let wanted = if floor.any_of.is_empty() { any() } else { floor.any_of.join(", ") };
        reason.because.push(format!("none of these looked at the source: {wanted}"));
    } else if by_name {
        reason.because.push(format!("{} looked at the source", looked.join(", ")));
    }
    judge_languages(floor, &evidence.languages, reason);
}

/// Those that were started and did not get to the end, with what they say of it.
fn short_runs(floor: &SourceFloor, evidence: &ReviewEvidence, reason: &mut Reason) {
    for run in evidence.analysers.iter().filter(|run| run.state.fell_short()) {
        if !floor.failures_allowed {
            reason.outcome = Outcome::Incomplete;
        }
        let detail = run.detail.as_ref().map_or(String::new(), |detail| format!(" ({detail})"));
        reason.because.push(format!("{}: {}{detail}", run.name, run.state.label()));
    }
}

fn judge_languages(floor: &SourceFloor, languages: &[LanguageFact], reason: &mut Reason) {
    let total = languages.iter().map(|language| language.bytes).fold(0, u64::saturating_add);
    for language in languages {
        let mut line = language.summary();
        if !language.matters(total) {
            line.push_str(" (too little of it to ask for more)");
        } else if floor.every_language && language.falls_short(floor.own_rules_suffice) {
            reason.outcome = Outcome::Incomplete;
        }
        reason.because.push(line);
    }
}
