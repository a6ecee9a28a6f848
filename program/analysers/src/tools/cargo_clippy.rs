//! cargo clippy: Rust. To lint a package, cargo builds what it depends on, which runs build
//! scripts and procedural macros of the source: programs of strangers. It is therefore off
//! unless asked for ([`crate::Options::run_builds`]), and then runs without network, with its
//! output in a folder of ours.

use super::{Analyser, Job, Report, Stopped, complaint, counted};
use crate::SourceLanguage;
use crate::process::{arguments, find_program};
use crate::report::{self, Message};
use crate::source::Language;
use duecare_base::{Confidence, Severity};
use serde_json::Value;

pub(super) const ANALYSER: Analyser = Analyser {
    name: "cargo-clippy",
    program: "cargo-clippy",
    languages: &[SourceLanguage::Rust],
    version: &["--version"],
    run,
};

fn run(job: &Job<'_>) -> Result<Report, Stopped> {
    let manifests = job.source.files(&[Language::CargoManifest]);
    if manifests.is_empty() {
        return Err(Stopped::NothingToDo("no Cargo.toml".to_owned()));
    }
    if !job.options.run_builds {
        let text = "it runs build scripts of the source; set DUECARE_RUN_BUILDS=1 to allow that";
        return Err(Stopped::NotAllowed(text.to_owned()));
    }
    let Some(cargo) = find_program("cargo") else {
        return Err(Stopped::Failed("cargo itself is not installed".to_owned()));
    };
    let roots = roots(&manifests);
    let mut messages = Vec::new();
    for manifest in &roots {
        let list = [
            "clippy",
            "--quiet",
            "--offline",
            "--frozen",
            "--workspace",
            "--message-format=json",
            "--manifest-path",
            manifest,
        ];
        let output = job.session.run(&cargo, &arguments(&list), job.deadline)?;
        let read = parse(&String::from_utf8_lossy(&output.stdout));
        if output.code != Some(0) && read.is_empty() {
            return Err(complaint(job, &output));
        }
        let folder = manifest.strip_suffix("Cargo.toml").unwrap_or_default();
        messages.extend(read.into_iter().map(|message| {
            let absolute = message.path.starts_with('/');
            let path = if absolute { message.path } else { format!("{folder}{}", message.path) };
            Message { path, ..message }
        }));
    }
    Ok(Report {
        findings: report::findings("cargo-clippy", job.source, messages),
        rules: "the default lints".to_owned(),
        notes: vec![counted(roots.len(), "workspace")],
        broken: None,
        languages: None,
    })
}

/// Manifests that lie below no other: cargo finds the members of a workspace by itself.
fn roots(manifests: &[String]) -> Vec<String> {
    let mut sorted: Vec<&String> = manifests.iter().collect();
    sorted.sort_by_key(|path| (path.matches('/').count(), path.as_str()));
    let mut roots: Vec<String> = Vec::new();
    for path in sorted {
        let below = |root: &String| {
            root.strip_suffix("Cargo.toml").is_some_and(|folder| path.starts_with(folder))
        };
        if !roots.iter().any(below) {
            roots.push(path.clone());
        }
    }
    roots
}

/// Messages of the compiler, one JSON object a line.
pub(super) fn parse(text: &str) -> Vec<Message> {
    text.lines()
        .filter_map(|line| serde_json::from_str::<Value>(line).ok())
        .filter(|value| value.get("reason").and_then(Value::as_str) == Some("compiler-message"))
        .filter_map(|value| message(value.get("message")?))
        .collect()
}

fn message(value: &Value) -> Option<Message> {
    let level = value.get("level")?.as_str()?;
    let rule = value.get("code")?.get("code")?.as_str()?;
    let spans = value.get("spans")?.as_array()?;
    let span = spans.iter().find(|span| span.get("is_primary") == Some(&Value::Bool(true)))?;
    Some(Message {
        rule: rule.replace("::", "-"),
        severity: if level == "error" { Severity::Medium } else { Severity::Info },
        confidence: Confidence::Medium,
        path: span.get("file_name")?.as_str()?.to_owned(),
        line: span.get("line_start").and_then(Value::as_u64).and_then(|n| u32::try_from(n).ok()),
        text: value.get("message")?.as_str()?.to_owned(),
    })
}
