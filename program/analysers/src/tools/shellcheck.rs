//! shellcheck: scripts of sh, bash, dash and ksh; output `json1` of its manual.
//!
//! Its levels tell how likely a script does something else than was meant. None of them speaks of
//! security, so none ranks above low.

use super::{
    Analyser, BATCH_FILES_MAX, Job, Report, Stopped, complaint, counted, each_batch, with_files,
};
use crate::SourceLanguage;
use crate::report::{self, Message};
use crate::source::Language;
use duecare_base::{Confidence, Severity};
use serde_json::Value;
use std::collections::BTreeSet;

pub(super) const ANALYSER: Analyser = Analyser {
    name: "shellcheck",
    program: "shellcheck",
    languages: &[SourceLanguage::Shell],
    version: &["--version"],
    run,
};

/// The message that says that a script could not be parsed.
const UNPARSED: [u64; 3] = [1072, 1073, 1071];

fn run(job: &Job<'_>) -> Result<Report, Stopped> {
    let files = job.source.files(&[Language::Shell]);
    if files.is_empty() {
        return Err(Stopped::NothingToDo("no shell scripts".to_owned()));
    }
    let fixed = ["--norc", "--color=never", "--format=json1", "--"];
    let mut messages = Vec::new();
    let mut unread = BTreeSet::new();
    let arguments = |batch: &[String]| with_files(&fixed, batch);
    let broken = each_batch(job, &files, BATCH_FILES_MAX, arguments, |output| {
        // 0 and 1: all were read; 2: some could not be; 3 and 4: it was asked wrongly.
        let read = parse(&output.stdout).filter(|_| matches!(output.code, Some(0..=2)));
        let Some(read) = read else { return Err(complaint(job, output)) };
        messages.extend(read.0);
        unread.extend(read.1);
        Ok(())
    })?;
    let mut notes = vec![counted(files.len(), "script")];
    if !unread.is_empty() {
        notes.push(format!("{} could not be parsed", counted(unread.len(), "script")));
    }
    let findings = report::findings("shellcheck", job.source, messages);
    Ok(Report {
        findings,
        rules: "all but the optional ones".to_owned(),
        notes,
        broken,
        languages: None,
    })
}

/// Messages, and scripts that could not be parsed; `None` when this is no whole output.
pub(super) fn parse(bytes: &[u8]) -> Option<(Vec<Message>, Vec<String>)> {
    let json: Value = serde_json::from_slice(bytes).ok()?;
    let (mut messages, mut unread) = (Vec::new(), Vec::new());
    for comment in json.get("comments")?.as_array()? {
        let path = comment.get("file")?.as_str()?.to_owned();
        let code = comment.get("code")?.as_u64()?;
        if UNPARSED.contains(&code) {
            unread.push(path);
            continue;
        }
        let level = comment.get("level").and_then(Value::as_str).unwrap_or_default();
        messages.push(Message {
            rule: format!("SC{code}"),
            severity: if matches!(level, "error" | "warning") {
                Severity::Low
            } else {
                Severity::Info
            },
            confidence: Confidence::Medium,
            path,
            line: comment.get("line").and_then(Value::as_u64).and_then(|n| u32::try_from(n).ok()),
            text: comment.get("message").and_then(Value::as_str).unwrap_or_default().to_owned(),
        });
    }
    Some((messages, unread))
}
