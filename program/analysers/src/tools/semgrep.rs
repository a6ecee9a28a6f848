//! semgrep: patterns over many languages. Its own rules are a download, and a run must not depend
//! on the network, so only rules that lie in the source are used.

use super::{Analyser, Job, Report, Stopped, complaint};
use crate::process::arguments;
use crate::report::{self, Message};
use crate::{SourceLanguage, import};
use duecare_base::Confidence;
use duecare_formats::sarif;
use std::io::Read;
use std::path::Path;

/// Files of rules that are looked at for their languages.
const FILES_MAX: usize = 200;

/// Bytes of one file of rules that are looked at.
const FILE_BYTES_MAX: u64 = 1 << 20;

pub(super) const ANALYSER: Analyser =
    Analyser { name: "semgrep", program: "semgrep", languages: &[], version: &["--version"], run };

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
        languages: Some(languages(&job.source.root.join(place))),
    })
}

/// The languages that rules are for: a file of rules, or a folder of such.
fn languages(place: &Path) -> Vec<SourceLanguage> {
    let mut files = vec![place.to_owned()];
    if let Ok(entries) = std::fs::read_dir(place) {
        files = entries.filter_map(|entry| Some(entry.ok()?.path())).take(FILES_MAX).collect();
    }
    let mut languages = Vec::new();
    for file in files {
        let mut bytes = Vec::new();
        let read = std::fs::File::open(file)
            .and_then(|file| file.take(FILE_BYTES_MAX).read_to_end(&mut bytes));
        // A file that can't be read says nothing of languages; semgrep itself says what is wrong.
        if read.is_ok() {
            languages.extend(languages_in(&String::from_utf8_lossy(&bytes)));
        }
    }
    languages.sort_unstable();
    languages.dedup();
    languages
}

/// Values of the keys `languages`, as a list in brackets or one a line.
fn languages_in(rules: &str) -> Vec<SourceLanguage> {
    let mut found = Vec::new();
    let mut in_list = false;
    for line in rules.lines() {
        let line = line.trim().trim_start_matches("- ").trim();
        let values = match line.strip_prefix("languages:") {
            Some(rest) => {
                in_list = rest.trim().is_empty();
                rest
            }
            None if in_list && !line.contains(':') => line,
            None => {
                in_list = false;
                continue;
            }
        };
        let words = values.split([',', '[', ']', ' ', '"', '\'']);
        found.extend(words.filter_map(SourceLanguage::called));
    }
    found
}

#[cfg(test)]
mod tests {
    use super::{SourceLanguage, languages_in};

    #[test]
    fn the_languages_of_rules() {
        let rules = "rules:\n- id: a\n  languages: [c, \"cpp\"]\n  message: php: x\n\
            - languages:\n    - python\n    - js\n  pattern: go\n";
        let expected = [
            SourceLanguage::C,
            SourceLanguage::Cpp,
            SourceLanguage::Python,
            SourceLanguage::JavaScript,
        ];
        assert_eq!(languages_in(rules), expected);
    }
}
