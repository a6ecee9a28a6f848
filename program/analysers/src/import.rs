//! Results of another tool, from SARIF.

use crate::{AnalyserOutcome, SourceLanguage, tools};
use duecare_base::{CheckId, Confidence, Finding, Location, Severity};
use duecare_domain::review::AnalyserState;
use duecare_formats::sarif::{self, ImportedResult, ImportedRun, SarifError};
use std::collections::BTreeSet;
use std::fmt::Write as _;

/// Characters of a file's name that stand for a tool's.
const NAME_CHARS_MAX: usize = 100;

/// Tools that match words, not meaning: what they say is a hint.
const LEXICAL: [&str; 3] = ["flawfinder", "rats", "its4"];

/// What semgrep writes in place of a fingerprint or line for those who have no account.
const SEMGREP_WITHHELD: &str = "requires login";

/// How bad a result is.
pub(crate) fn severity(result: &ImportedResult) -> Severity {
    match result.security_severity_tenths {
        Some(90..) => Severity::Critical,
        Some(70..) => Severity::High,
        Some(40..) => Severity::Medium,
        Some(1..) => Severity::Low,
        Some(0) => Severity::Info,
        None => match result.level.as_str() {
            "error" => Severity::High,
            "note" => Severity::Low,
            "none" => Severity::Info,
            _ => Severity::Medium,
        },
    }
}

/// Turns a SARIF log into outcomes, one for each run in it. `file` is its name, for the record;
/// `source` the paths of the source drop, none when none was given.
///
/// # Errors
/// [`SarifError`] when the log is broken.
pub fn import(
    file: &str,
    bytes: &[u8],
    source: &[&str],
) -> Result<Vec<AnalyserOutcome>, SarifError> {
    let runs = sarif::read(bytes)?;
    if runs.is_empty() {
        return Ok(vec![AnalyserOutcome {
            name: duecare_base::text::one_line(file, NAME_CHARS_MAX).to_ascii_lowercase(),
            state: AnalyserState::Claimed,
            version: None,
            rules: None,
            detail: Some("no runs in it".to_owned()),
            languages: Vec::new(),
            findings: Vec::new(),
            suppressed: BTreeSet::new(),
        }]);
    }
    Ok(runs.into_iter().map(|run| outcome(file, run, source)).collect())
}

fn outcome(file: &str, run: ImportedRun, source: &[&str]) -> AnalyserOutcome {
    let name = run.tool.to_ascii_lowercase();
    let (mut findings, mut quiet, mut loud) = (Vec::new(), BTreeSet::new(), BTreeSet::new());
    for result in &run.results {
        let finding = finding(&name, result);
        if result.suppressed { &mut quiet } else { &mut loud }.insert(finding.fingerprint());
        findings.push(finding);
    }
    let count = run.results.iter().filter(|result| result.suppressed).count();
    let mut detail = format!("from {file}");
    if count > 0 {
        let results = if count == 1 { "result" } else { "results" };
        let _ = write!(detail, ", {count} {results} suppressed in the source");
    }
    let read = Read::of(&run, source);
    let state = if !run.succeeded {
        detail.push_str(", the run says that it did not succeed");
        AnalyserState::Failed
    } else if let Some(why) = read.claimed(&run) {
        let _ = write!(detail, ", {why}");
        AnalyserState::Claimed
    } else {
        AnalyserState::Imported
    };
    AnalyserOutcome {
        languages: read.languages(&name),
        name,
        state,
        version: run.version,
        rules: match run.rules {
            0 => None,
            1 => Some("1 rule".to_owned()),
            rules => Some(format!("{rules} rules")),
        },
        detail: Some(detail),
        findings,
        suppressed: quiet.difference(&loud).copied().collect(),
    }
}

/// Which files a run shows that it read.
struct Read<'a> {
    /// Paths that it lists or found something in; of the source drop alone, where one was given.
    shown: Vec<&'a str>,
    /// It lists files, or found something in one.
    lists: bool,
    /// It lists the files that it read, not only those with results.
    artifacts: bool,
}

impl<'a> Read<'a> {
    fn of(run: &'a ImportedRun, source: &[&str]) -> Self {
        let whole: BTreeSet<&str> =
            source.iter().map(|path| path.trim_start_matches('/')).collect();
        let ends: BTreeSet<&str> = whole.iter().flat_map(|path| ends(path)).collect();
        let is_in = |path: &str| {
            let path = path.trim_start_matches('/');
            ends.contains(path) || self::ends(path).any(|end| whole.contains(end))
        };
        let listed = run.results.iter().map(|result| &result.path).chain(&run.files);
        let listed: Vec<&str> =
            listed.map(String::as_str).filter(|path| !path.is_empty()).collect();
        let lists = !listed.is_empty();
        let shown = listed.into_iter().filter(|path| source.is_empty() || is_in(path));
        Self { shown: shown.collect(), lists, artifacts: !run.files.is_empty() }
    }

    /// Why the run does not count as one that read the source; `None` when it does.
    fn claimed(&self, run: &ImportedRun) -> Option<&'static str> {
        if run.version.is_none() && run.rules == 0 && !self.lists {
            return Some("it tells neither version nor rules nor files");
        }
        (self.lists && self.shown.is_empty()).then_some("no file that it names is in the source")
    }

    /// What it is shown to have read: a tool that is known here reads what it is made for, unless
    /// it lists its files; of others the files that they list or found something in tell. One that
    /// shows nothing counts for none.
    fn languages(&self, tool: &str) -> Vec<SourceLanguage> {
        let by_file = || self.shown.iter().filter_map(|path| SourceLanguage::of(path, b""));
        let known = tools::ALL.iter().find(|known| known.name == tool);
        let known = known.map(|known| known.languages).unwrap_or_default();
        let mut languages: Vec<SourceLanguage> = if known.is_empty() {
            by_file().collect()
        } else if self.artifacts {
            // A header says nothing of which of the two languages was read.
            let headers = self.shown.iter().any(|path| SourceLanguage::is_header(path));
            let shown: BTreeSet<SourceLanguage> = by_file().collect();
            let is_c = |language| matches!(language, SourceLanguage::C | SourceLanguage::Cpp);
            let read = |one: &&SourceLanguage| shown.contains(*one) || (headers && is_c(**one));
            known.iter().filter(read).copied().collect()
        } else {
            known.to_vec()
        };
        languages.sort_unstable();
        languages.dedup();
        languages
    }
}

/// A path, and what is left of it below each of its folders: a log names files from the place where
/// the tool ran, which may lie above or below the root of the source drop.
fn ends(path: &str) -> impl Iterator<Item = &str> {
    let below = path.match_indices('/').filter_map(|(at, _)| path.get(at + 1..));
    std::iter::once(path).chain(below)
}

fn finding(tool: &str, result: &ImportedResult) -> Finding {
    let severity = severity(result);
    let confidence = if LEXICAL.contains(&tool) { Confidence::Low } else { Confidence::Medium };
    let path = format!("/{}", result.path.trim_start_matches('/'));
    let location = Location {
        layer: "source".to_owned(),
        path: if result.path.is_empty() { String::new() } else { path },
        line: result.line,
        ..Location::default()
    };
    let rule = if result.rule.is_empty() { "result" } else { &result.rule };
    let check = CheckId::from_outside(&format!("{tool}/{rule}"));
    let told = |text: &Option<String>| text.clone().filter(|text| text != SEMGREP_WITHHELD);
    let snippet = told(&result.snippet);
    let key = told(&result.fingerprint)
        .unwrap_or_else(|| identity(snippet.as_deref().unwrap_or(&result.message)));
    let finding = Finding::new(check, severity, confidence, location, key, result.message.clone());
    match &snippet {
        Some(text) => finding.with_snippet(text),
        None => finding,
    }
}

/// What tells this result from others of its rule in its file: the code it quotes, or else its
/// message without the numbers in it.
fn identity(text: &str) -> String {
    let words: Vec<&str> = text.split_whitespace().collect();
    words.join(" ").chars().filter(|character| !character.is_ascii_digit()).collect()
}
