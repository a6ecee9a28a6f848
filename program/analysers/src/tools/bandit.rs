//! bandit: Python, by its syntax tree; output `json` of its manual.

use super::{
    Analyser, BATCH_FILES_MAX, Job, Report, Stopped, complaint, counted, each_batch, with_files,
};
use crate::SourceLanguage;
use crate::report::{self, Message};
use crate::source::Language;
use duecare_base::{Confidence, Severity};
use serde_json::Value;

pub(super) const ANALYSER: Analyser = Analyser {
    name: "bandit",
    program: "bandit",
    languages: &[SourceLanguage::Python],
    version: &["--version"],
    run,
};

fn run(job: &Job<'_>) -> Result<Report, Stopped> {
    let files = job.source.files(&[Language::Python]);
    if files.is_empty() {
        return Err(Stopped::NothingToDo("no Python files".to_owned()));
    }
    let fixed = ["--quiet", "--format", "json", "--ignore-nosec", "--"];
    let (mut messages, mut unread) = (Vec::new(), 0);
    let arguments = |batch: &[String]| with_files(&fixed, batch);
    let broken = each_batch(job, &files, BATCH_FILES_MAX, arguments, |output| {
        let Some(read) = parse(&output.stdout) else { return Err(complaint(job, output)) };
        messages.extend(read.0);
        unread += read.1;
        Ok(())
    })?;
    let mut notes = vec![counted(files.len(), "file")];
    if unread > 0 {
        notes.push(format!("{} could not be parsed", counted(unread, "file")));
    }
    let findings = report::findings("bandit", job.source, messages);
    Ok(Report { findings, rules: "all built-in tests".to_owned(), notes, broken, languages: None })
}

/// Messages, and how many files could not be parsed; `None` when this is no whole output.
pub(super) fn parse(bytes: &[u8]) -> Option<(Vec<Message>, usize)> {
    let json: Value = serde_json::from_slice(bytes).ok()?;
    let unread = json.get("errors").and_then(Value::as_array).map_or(0, Vec::len);
    let mut messages = Vec::new();
    for result in json.get("results")?.as_array()? {
        let text = |name: &str| result.get(name).and_then(Value::as_str).unwrap_or_default();
        let line = result.get("line_number").and_then(Value::as_u64);
        messages.push(Message {
            rule: text("test_id").to_owned(),
            severity: match text("issue_severity") {
                "HIGH" => Severity::High,
                "MEDIUM" => Severity::Medium,
                _ => Severity::Low,
            },
            confidence: match text("issue_confidence") {
                "HIGH" => Confidence::High,
                "MEDIUM" => Confidence::Medium,
                _ => Confidence::Low,
            },
            path: text("filename").to_owned(),
            line: line.and_then(|n| u32::try_from(n).ok()),
            text: text("issue_text").to_owned(),
        });
    }
    Some((messages, unread))
}
