//! flawfinder: C and C++, by words; its output is SARIF.
//!
//! It knows names of functions, not what is done with them, so whatever it says is a hint.

use super::{
    Analyser, BATCH_FILES_MAX, Job, Report, Stopped, complaint, counted, each_batch, with_files,
};
use crate::SourceLanguage;
use crate::report::{self, Message};
use crate::source::Language;
use duecare_base::{Confidence, Severity};
use duecare_formats::sarif;

pub(super) const ANALYSER: Analyser = Analyser {
    name: "flawfinder",
    program: "flawfinder",
    languages: &[SourceLanguage::C, SourceLanguage::Cpp],
    version: &["--version"],
    run,
};

fn run(job: &Job<'_>) -> Result<Report, Stopped> {
    let all = job.source.files(&[Language::C, Language::Cpp, Language::Header]);
    if all.is_empty() {
        return Err(Stopped::NothingToDo("no C or C++ files".to_owned()));
    }
    // It gives up as a whole on a file that is no UTF-8.
    let files: Vec<String> = all.iter().filter(|file| job.source.is_utf8(file)).cloned().collect();
    if files.is_empty() {
        return Err(Stopped::Failed("no file is UTF-8, which it asks for".to_owned()));
    }
    let mut messages = Vec::new();
    let arguments = |batch: &[String]| with_files(&["--sarif", "--minlevel=3", "--"], batch);
    let broken = each_batch(job, &files, BATCH_FILES_MAX, arguments, |output| {
        let Some(read) = parse(&output.stdout) else { return Err(complaint(job, output)) };
        messages.extend(read);
        Ok(())
    })?;
    let mut notes = vec![counted(files.len(), "file")];
    if files.len() < all.len() {
        let count = counted(all.len() - files.len(), "file");
        notes.push(format!("{count} left out, not UTF-8"));
    }
    let findings = report::findings("flawfinder", job.source, messages);
    Ok(Report {
        findings,
        rules: "risk level 3 and above".to_owned(),
        notes,
        broken,
        languages: None,
    })
}

/// Messages; `None` when this is no whole output.
pub(super) fn parse(bytes: &[u8]) -> Option<Vec<Message>> {
    let runs = sarif::read(bytes).ok()?;
    let results = runs.into_iter().flat_map(|run| run.results);
    Some(
        results
            // Version 2.0.19 writes the lower risk levels in spite of `--minlevel`: as notes.
            .filter(|result| matches!(result.level.as_str(), "error" | "warning"))
            .map(|result| Message {
                severity: match result.level.as_str() {
                    "error" => Severity::Medium,
                    _ => Severity::Low,
                },
                confidence: Confidence::Low,
                path: result.path,
                line: result.line,
                text: result.message,
                rule: result.rule,
            })
            .collect(),
    )
}
