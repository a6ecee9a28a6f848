//! cargo audit: locked Rust dependencies against the RustSec advisories. Its database is a
//! download; the copy that is already on the machine is used as it is.

use super::{Analyser, Job, Report, Stopped, complaint, counted};
use crate::process::arguments;
use crate::report::{self, Message};
use crate::source::Language;
use duecare_base::{Confidence, Severity};
use serde_json::Value;

pub(super) const ANALYSER: Analyser = Analyser {
    name: "cargo-audit",
    program: "cargo-audit",
    languages: &[],
    version: &["--version"],
    run,
};

fn run(job: &Job<'_>) -> Result<Report, Stopped> {
    let locks = job.source.files(&[Language::CargoLock]);
    if locks.is_empty() {
        return Err(Stopped::NothingToDo("no Cargo.lock".to_owned()));
    }
    let mut messages = Vec::new();
    let mut advisories = None;
    for lock in &locks {
        let list = ["audit", "--no-fetch", "--stale", "--json", "--file", lock];
        let output = job.child(&arguments(&list))?;
        let Some((read, count)) = parse(&output.stdout, lock) else {
            return Err(complaint(job, &output));
        };
        messages.extend(read);
        advisories = count.or(advisories);
    }
    let known =
        advisories.map_or("RustSec advisories".to_owned(), |n| format!("{n} RustSec advisories"));
    Ok(Report {
        findings: report::findings("cargo-audit", job.source, messages),
        rules: known,
        notes: vec![counted(locks.len(), "lock file")],
        broken: None,
        languages: None,
    })
}

/// Messages and how many advisories the database has; `None` when this is no whole output.
pub(super) fn parse(bytes: &[u8], lock: &str) -> Option<(Vec<Message>, Option<u64>)> {
    let json: Value = serde_json::from_slice(bytes).ok()?;
    let count = json.pointer("/database/advisory-count").and_then(Value::as_u64);
    let listed = json.pointer("/vulnerabilities/list")?.as_array()?;
    let mut messages: Vec<Message> = listed
        .iter()
        .filter_map(|entry| message(entry, lock, Severity::High, Confidence::High))
        .collect();
    let warnings = json.get("warnings").and_then(Value::as_object).into_iter().flatten();
    for entry in warnings.filter_map(|(_, list)| list.as_array()).flatten() {
        messages.extend(message(entry, lock, Severity::Low, Confidence::High));
    }
    Some((messages, count))
}

fn message(
    entry: &Value,
    lock: &str,
    severity: Severity,
    confidence: Confidence,
) -> Option<Message> {
    let text = |pointer: &str| entry.pointer(pointer).and_then(Value::as_str);
    let package = text("/package/name")?;
    // A yanked version has no advisory.
    let rule = text("/advisory/id").or_else(|| text("/kind"))?;
    let title = text("/advisory/title").unwrap_or("this version was withdrawn by its makers");
    Some(Message {
        rule: rule.to_owned(),
        severity,
        confidence,
        path: lock.to_owned(),
        line: None,
        text: format!("{package}: {title}"),
    })
}
