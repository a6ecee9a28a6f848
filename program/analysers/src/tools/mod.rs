//! The analysers, one module each, and what they share.

mod bandit;
mod cargo_audit;
mod cargo_clippy;
mod clang_tidy;
mod cppcheck;
mod flawfinder;
mod semgrep;
mod shellcheck;

use crate::process::{Deadline, Output, ProcessError, Session};
use crate::report::Message;
use crate::source::Source;
use crate::{Options, SourceLanguage};
use duecare_base::Finding;
use std::ffi::OsString;
use std::path::{Path, PathBuf};

/// File names given to one child, in bytes: well below what any system allows for arguments.
const BATCH_BYTES_MAX: usize = 64 << 10;

/// File names given to one child: a child that fails takes only its own batch with it.
pub(crate) const BATCH_FILES_MAX: usize = 200;

/// Characters of a tool's complaint that a detail quotes.
const COMPLAINT_CHARS: usize = 160;

/// An analyser that is known.
pub(crate) struct Analyser {
    /// Its name in results.
    pub(crate) name: &'static str,
    /// Its program.
    pub(crate) program: &'static str,
    /// What it reads; for those whose rules decide, what their reports say.
    pub(crate) languages: &'static [SourceLanguage],
    /// How it is asked for its version.
    pub(crate) version: &'static [&'static str],
    /// Runs it.
    pub(crate) run: fn(&Job<'_>) -> Result<Report, Stopped>,
}

/// Every analyser that is known, in the order of the outcomes.
pub(crate) const ALL: [Analyser; 8] = [
    bandit::ANALYSER,
    cargo_audit::ANALYSER,
    cargo_clippy::ANALYSER,
    clang_tidy::ANALYSER,
    cppcheck::ANALYSER,
    flawfinder::ANALYSER,
    semgrep::ANALYSER,
    shellcheck::ANALYSER,
];

/// What one analyser is to do.
pub(crate) struct Job<'a> {
    /// The source.
    pub(crate) source: &'a Source,
    /// The program's place.
    pub(crate) program: PathBuf,
    /// What its children share.
    pub(crate) session: Session,
    /// By when it has to be done.
    pub(crate) deadline: Deadline,
    /// What the caller asked for.
    pub(crate) options: &'a Options,
}

/// What an analyser that ran found.
#[derive(Debug, Default)]
pub(crate) struct Report {
    /// Findings.
    pub(crate) findings: Vec<Finding>,
    /// The rule set.
    pub(crate) rules: String,
    /// What was not looked at, and the like.
    pub(crate) notes: Vec<String>,
    /// Why part of the files was not read, when it is so: the analyser then counts as cut short.
    pub(crate) broken: Option<String>,
    /// What it read, where that is not what [`Analyser::languages`] says.
    pub(crate) languages: Option<Vec<SourceLanguage>>,
}

/// Why an analyser has no report.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Stopped {
    /// There is nothing for it.
    #[error("{0}")]
    NothingToDo(String),
    /// It is not allowed to.
    #[error("{0}")]
    NotAllowed(String),
    /// It can't be used or gave no usable result.
    #[error("{0}")]
    Failed(String),
    /// Its process came to nothing.
    #[error(transparent)]
    Process(#[from] ProcessError),
}

impl Job<'_> {
    /// Runs the program once.
    pub(crate) fn child(&self, arguments: &[OsString]) -> Result<Output, ProcessError> {
        self.session.run(&self.program, arguments, self.deadline)
    }
}

/// Runs a child for each batch of at most `most` files. A batch that fails takes only its own files
/// with it: what is wrong is given back, and the analyser counts as cut short. An
/// error is given when no batch succeeded.
pub(crate) fn each_batch(
    job: &Job<'_>,
    files: &[String],
    most: usize,
    arguments: impl Fn(&[String]) -> Vec<OsString>,
    mut read: impl FnMut(&Output) -> Result<(), Stopped>,
) -> Result<Option<String>, Stopped> {
    let (mut done, mut first) = (0, None);
    for batch in batches(files, most) {
        let result = job.child(&arguments(batch)).map_err(Stopped::from);
        match result.and_then(|output| read(&output)) {
            Ok(()) => done += batch.len(),
            Err(error) => {
                let late = matches!(error, Stopped::Process(ProcessError::TimedOut { .. }));
                first = first.or(Some(error));
                if late {
                    break;
                }
            }
        }
    }
    match first {
        Some(error) if done == 0 => Err(error),
        Some(error) => Ok(Some(format!("{error}; {done} of {} files were read", files.len()))),
        None => Ok(None),
    }
}

/// Files in batches that fit into the arguments of a child.
fn batches(files: &[String], most: usize) -> Vec<&[String]> {
    let mut batches = Vec::new();
    let (mut begin, mut bytes) = (0, 0);
    for (index, file) in files.iter().enumerate() {
        if index > begin && (bytes + file.len() > BATCH_BYTES_MAX || index - begin >= most) {
            batches.extend(files.get(begin..index));
            (begin, bytes) = (index, 0);
        }
        bytes += file.len() + 1;
    }
    batches.extend(files.get(begin..).filter(|rest| !rest.is_empty()));
    batches
}

/// Fixed arguments, then files.
pub(crate) fn with_files(fixed: &[&str], files: &[String]) -> Vec<OsString> {
    fixed.iter().map(OsString::from).chain(files.iter().map(OsString::from)).collect()
}

/// Reads what the analyser of this name wrote: its messages, and what else its output tells (files
/// that it could not read, or how many advisories it knows). `None` when this is no whole output.
/// Semgrep has no reader here: it writes SARIF, which is imported.
pub(crate) fn read(tool: &str, bytes: &[u8]) -> Option<(Vec<Message>, Vec<String>)> {
    let text = String::from_utf8_lossy(bytes);
    match tool {
        "bandit" => bandit::parse(bytes).map(|(messages, n)| (messages, vec![n.to_string()])),
        "cargo-audit" => {
            let (messages, known) = cargo_audit::parse(bytes, "./Cargo.lock")?;
            Some((messages, known.map(|n| n.to_string()).into_iter().collect()))
        }
        "cargo-clippy" => Some((cargo_clippy::parse(&text), Vec::new())),
        "clang-tidy" => {
            let read = clang_tidy::parse(&text);
            Some((read.messages, read.unread))
        }
        "cppcheck" => cppcheck::parse(&text),
        "flawfinder" => flawfinder::parse(bytes).map(|messages| (messages, Vec::new())),
        "shellcheck" => shellcheck::parse(bytes),
        _ => None,
    }
}

/// A failure with what the tool itself said, free of the names of our own folders.
pub(crate) fn complaint(job: &Job<'_>, output: &Output) -> Stopped {
    let code = output.code.map_or_else(|| "by a signal".to_owned(), |c| format!("with code {c}"));
    let text = String::from_utf8_lossy(&output.stderr);
    let line = text.lines().map(str::trim).rfind(|line| !line.is_empty()).unwrap_or_default();
    let shown = without_folders(&job.session, &job.source.root, line);
    let said = if shown.is_empty() { String::new() } else { format!(": {shown}") };
    Stopped::Failed(format!("ended {code}{said}"))
}

fn without_folders(session: &Session, root: &Path, line: &str) -> String {
    let line = line
        .replace(&session.scratch.display().to_string(), "SCRATCH")
        .replace(&root.display().to_string(), "SOURCE");
    duecare_base::text::one_line(&line, COMPLAINT_CHARS)
}

/// A count with its noun.
pub(crate) fn counted(count: usize, noun: &str) -> String {
    if count == 1 { format!("1 {noun}") } else { format!("{count} {noun}s") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn batches_hold_every_file_once() {
        let files: Vec<String> =
            (0..1000).map(|n| format!("./{}/{n}.c", "d".repeat(300))).collect();
        let parts = batches(&files, BATCH_FILES_MAX);
        assert!(parts.iter().all(|part| part.iter().map(String::len).sum::<usize>() < 70_000));
        assert_eq!(parts.concat(), files);
        assert!(batches(&[], 1).is_empty());
    }

    /// What a tool's parser makes of a recorded output, for people.
    fn shown(tool: &str, bytes: &[u8]) -> String {
        let (messages, rest) = read(tool, bytes).unwrap();
        let lines = messages.iter().map(|m| {
            let line = m.line.map_or("-".to_owned(), |line| line.to_string());
            format!("{} {} {} {}:{line} {}\n", m.rule, m.severity, m.confidence, m.path, m.text)
        });
        lines.chain(std::iter::once(format!("rest: {}\n", rest.join(" ")))).collect()
    }

    #[test]
    fn recorded_outputs_are_read() {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cases");
        let mut cases: Vec<PathBuf> =
            std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
        cases.retain(|path| path.is_dir());
        cases.sort();
        assert!(cases.len() >= 7);
        for case in cases {
            let name = case.file_name().unwrap().to_string_lossy().into_owned();
            let tool = ALL.iter().find(|tool| name.starts_with(tool.name)).unwrap().name;
            let seen = shown(tool, &std::fs::read(case.join("output.txt")).unwrap());
            let expected = case.join("expected.txt");
            if std::env::var_os("DUECARE_BLESS").is_some() {
                std::fs::write(&expected, &seen).unwrap();
            }
            assert_eq!(seen, std::fs::read_to_string(expected).unwrap_or_default(), "{name}");
        }
    }

    #[test]
    fn cut_outputs_are_no_results() {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cases");
        for tool in ["bandit", "cargo-audit", "cppcheck", "flawfinder", "shellcheck"] {
            let case = format!("{tool}-sample");
            let parses = |bytes: &[u8]| read(tool, bytes).is_some();
            let bytes = std::fs::read(folder.join(&case).join("output.txt")).unwrap();
            assert!(parses(&bytes), "{case}");
            assert!(!parses(bytes.get(..bytes.len() * 2 / 3).unwrap()), "{case}");
            assert!(!parses(b""), "{case}");
        }
    }
}
