//! semgrep: patterns over many languages. Its own rules are a download, and a run must not depend
//! on the network, so only rules that lie in the source are used.

use super::{Analyser, Job, Report, Stopped, complaint};
use crate::import;
use crate::process::arguments;
use crate::report::{self, Message};
use duecare_base::Confidence;
use duecare_formats::sarif;

pub(super) const ANALYSER: Analyser =
    Analyser { name: "semgrep", program: "semgrep", version: &["--version"], run };

/// Where rules of the source lie.
const PLACES: [&str; 3] = [".semgrep.yml", ".semgrep.yaml", ".semgrep"];

fn run(job: &Job<'_>) -> Result<Report, Stopped> {
    let Some(place) = PLACES.iter().find(|place| job.source.has(place)) else {
        let text =
            "the source holds no rules (.semgrep.yml or .semgrep), and its own are a download";
        return Err(Stopped::NothingToDo(text.to_owned()));
    };
    let config = format!("./{place}");
    let list = [
        "scan",
        "--sarif",
        "--quiet",
        "--metrics=off",
        "--disable-version-check",
        "--disable-nosem",
        "--no-git-ignore",
        "--jobs=1",
        "--config",
        &config,
        ".",
    ];
    let output = job.child(&arguments(&list))?;
    let runs = sarif::read(&output.stdout).map_err(|_| complaint(job, &output))?;
    if !matches!(output.code, Some(0 | 1)) || runs.is_empty() {
        return Err(complaint(job, &output));
    }
    let results = runs.iter().flat_map(|run| &run.results);
    let messages = results
        .map(|result| Message {
            rule: result.rule.clone(),
            severity: import::severity(result),
            confidence: Confidence::Medium,
            path: result.path.clone(),
            line: result.line,
            text: result.message.clone(),
        })
        .collect();
    let findings = report::findings("semgrep", job.source, messages);
    // Not for us to turn off: its switch for that is marked as experimental.
    let notes = "without what semgrep ignores by default or by .semgrepignore".to_owned();
    let rules: usize = runs.iter().map(|run| run.rules).sum();
    Ok(Report {
        findings,
        rules: format!("{rules} rules of {place}"),
        notes: vec![notes],
        broken: None,
    })
}
