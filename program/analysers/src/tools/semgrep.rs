//! semgrep: patterns over many languages. Its own rules are a download, and a run must not depend
//! on the network, so only rules that lie in the source are used.

use super::{Analyser, Job, Report, Stopped, complaint};
use crate::process::arguments;
use duecare_base::Finding;
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
    let findings: Vec<Finding> =
        results.map(|result| crate::import::finding("semgrep", result)).collect();
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
