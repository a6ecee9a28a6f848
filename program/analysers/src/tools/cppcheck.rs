//! cppcheck: C and C++, by data flow; the manual of cppcheck 2.10, "XML output".
//!
//! Suppressions in the source are not honoured: a gate's exceptions are kept outside of it.

use super::{
    Analyser, BATCH_FILES_MAX, Job, Report, Stopped, complaint, counted, each_batch, with_files,
};
use crate::SourceLanguage;
use crate::report::{self, Message};
use crate::source::Language;
use duecare_base::{Confidence, Severity};
use roxmltree::{Document, Node, ParsingOptions};
use std::collections::BTreeSet;

/// Elements read from one output.
const NODES_MAX: u32 = 4_000_000;

/// What is asked of it.
const ENABLED: &str = "warning,portability,performance";

pub(super) const ANALYSER: Analyser = Analyser {
    name: "cppcheck",
    program: "cppcheck",
    languages: &[SourceLanguage::C, SourceLanguage::Cpp],
    version: &["--version"],
    run,
};

/// Messages about the run, not about the code.
const ABOUT_THE_RUN: [&str; 9] = [
    "syntaxError",
    "unknownMacro",
    "preprocessorErrorDirective",
    "internalAstError",
    "internalError",
    "cppcheckError",
    "missingInclude",
    "missingIncludeSystem",
    "noValidConfiguration",
];

/// Errors that cost resources, not safety.
const LEAKS: [&str; 4] = ["memleak", "memleakOnRealloc", "resourceLeak", "leakReturnValNotUsed"];

fn run(job: &Job<'_>) -> Result<Report, Stopped> {
    let files = job.source.files(&[Language::C, Language::Cpp]);
    if files.is_empty() {
        return Err(Stopped::NothingToDo("no C or C++ files".to_owned()));
    }
    let enabled = format!("--enable={ENABLED}");
    let fixed =
        ["--quiet", "--xml", "--xml-version=2", "--library=posix", "-j", "1", enabled.as_str()];
    let mut messages = Vec::new();
    let mut unread = BTreeSet::new();
    let arguments = |batch: &[String]| with_files(&fixed, batch);
    let broken = each_batch(job, &files, BATCH_FILES_MAX, arguments, |output| {
        let text = String::from_utf8_lossy(&output.stderr);
        let Some(read) = parse(&text) else { return Err(complaint(job, output)) };
        messages.extend(read.0);
        unread.extend(read.1);
        Ok(())
    })?;
    let mut report = Report {
        findings: report::findings("cppcheck", job.source, messages),
        rules: ENABLED.to_owned(),
        notes: vec![counted(files.len(), "file")],
        broken,
        languages: None,
    };
    if !unread.is_empty() {
        report.notes.push(format!("{} not read in full", counted(unread.len(), "file")));
    }
    Ok(report)
}

/// Messages, and files that could not be read in full; `None` when this is no whole output.
pub(super) fn parse(text: &str) -> Option<(Vec<Message>, Vec<String>)> {
    let begin = text.find("<?xml")?;
    let options = ParsingOptions { nodes_limit: NODES_MAX, ..ParsingOptions::default() };
    let document = Document::parse_with_options(text.get(begin..)?.trim_end(), options).ok()?;
    let root = document.root_element();
    if !root.has_tag_name("results") {
        return None;
    }
    let (mut messages, mut unread) = (Vec::new(), Vec::new());
    for error in root.descendants().filter(|node| node.has_tag_name("error")) {
        let id = error.attribute("id").unwrap_or_default();
        let place = error.children().find(|node| node.has_tag_name("location"));
        let path = place.and_then(|node| node.attribute("file")).unwrap_or_default();
        if ABOUT_THE_RUN.contains(&id) {
            let file = error.attribute("file0").unwrap_or(path);
            unread.push(file.to_owned());
        } else if !path.is_empty() {
            messages.push(message(error, id, path, place));
        }
    }
    Some((messages, unread))
}

fn message(error: Node<'_, '_>, id: &str, path: &str, place: Option<Node<'_, '_>>) -> Message {
    let line = place.and_then(|node| node.attribute("line")?.parse().ok());
    let severity = match error.attribute("severity").unwrap_or_default() {
        "error" if LEAKS.contains(&id) => Severity::Medium,
        "error" => Severity::High,
        "warning" => Severity::Low,
        _ => Severity::Info,
    };
    let unsure = error.attribute("inconclusive") == Some("true");
    Message {
        rule: id.to_owned(),
        severity,
        confidence: if unsure { Confidence::Low } else { Confidence::Medium },
        path: path.to_owned(),
        line: line.filter(|line| *line > 0),
        text: error.attribute("msg").unwrap_or(id).to_owned(),
    }
}
