//! Results of another tool, from SARIF.

use crate::{AnalyserOutcome, SourceLanguage, tools};
use duecare_base::{CheckId, Confidence, Finding, Location, Severity};
use duecare_domain::review::AnalyserState;
use duecare_formats::sarif::{self, ImportedResult, ImportedRun, SarifError};

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

/// Turns a SARIF log into outcomes, one for each run in it. `file` is its name, for the record.
///
/// # Errors
/// [`SarifError`] when the log is broken.
pub fn import(file: &str, bytes: &[u8]) -> Result<Vec<AnalyserOutcome>, SarifError> {
    let runs = sarif::read(bytes)?;
    Ok(runs.into_iter().map(|run| outcome(file, run)).collect())
}

fn outcome(file: &str, run: ImportedRun) -> AnalyserOutcome {
    let name = run.tool.to_ascii_lowercase();
    let findings: Vec<Finding> =
        run.results.iter().filter(|r| !r.suppressed).map(|r| finding(&name, r)).collect();
    let suppressed = run.results.len() - findings.len();
    let mut detail = format!("from {file}");
    if suppressed > 0 {
        detail.push_str(&format!(", {suppressed} suppressed results left out"));
    }
    if !run.succeeded {
        detail.push_str(", the run says that it did not succeed");
    }
    let languages = languages(&name, &run);
    AnalyserOutcome {
        name,
        languages,
        state: if run.succeeded { AnalyserState::Imported } else { AnalyserState::Failed },
        version: run.version,
        rules: (run.rules > 0).then(|| format!("{} rules", run.rules)),
        detail: Some(detail),
        findings,
    }
}

/// What a run shows that it read: a tool that is known here reads what it is made for; of others
/// the files that they list or found something in tell. One that shows nothing counts for none.
fn languages(tool: &str, run: &ImportedRun) -> Vec<SourceLanguage> {
    let known = tools::ALL.iter().find(|known| known.name == tool);
    let mut languages = known.map(|known| known.languages.to_vec()).unwrap_or_default();
    if languages.is_empty() {
        let results = run.results.iter().map(|result| &result.path);
        languages =
            results.chain(&run.files).filter_map(|path| SourceLanguage::of(path, b"")).collect();
    }
    languages.sort_unstable();
    languages.dedup();
    languages
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
