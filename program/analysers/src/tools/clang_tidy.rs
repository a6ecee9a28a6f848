//! clang-tidy: C and C++, by clang's syntax tree and its path-sensitive analyser.
//!
//! With a `compile_commands.json` each file is read as it is built; without one it is read with
//! every folder that holds headers, and a file whose headers are not there is counted. The
//! source's own `.clang-tidy` is not honoured: it may turn checks off.

use super::{Analyser, Job, Report, Stopped, complaint, counted, each_batch, with_files};
use crate::SourceLanguage;
use crate::report::{self, Message};
use crate::source::Language;
use duecare_base::{Confidence, Severity};
use std::collections::BTreeSet;
use std::ffi::OsString;

pub(super) const ANALYSER: Analyser = Analyser {
    name: "clang-tidy",
    program: "clang-tidy",
    languages: &[SourceLanguage::C, SourceLanguage::Cpp],
    version: &["--version"],
    run,
};

/// Checks that run. Those that are taken away again are about style, or say the same twice.
const CHECKS: &str = "-*,clang-analyzer-security*,clang-analyzer-core*,clang-analyzer-unix*,\
    clang-analyzer-cplusplus*,bugprone-*,cert-*,-bugprone-easily-swappable-parameters,\
    -bugprone-reserved-identifier,-cert-dcl37-c,-cert-dcl51-cpp,-bugprone-narrowing-conversions,-bugprone-macro-parentheses,\
    -clang-analyzer-security.insecureAPI.DeprecatedOrUnsafeBufferHandling";

/// What people are told of [`CHECKS`].
const RULES: &str = "clang-analyzer-{core,security,unix,cplusplus}, bugprone, cert";

/// Files given to one child: it takes seconds for each, and what is done is kept at a time-out.
const BATCH_MAX: usize = 20;

/// Folders of headers given to a file.
const INCLUDES_MAX: usize = 64;

/// Where a compilation database may lie.
const DATABASES: [&str; 3] =
    ["compile_commands.json", "build/compile_commands.json", "out/compile_commands.json"];

/// Checks whose messages are about memory that is used wrongly.
const MEMORY: [&str; 7] = [
    "clang-analyzer-core.uninitialized",
    "clang-analyzer-core.NullDereference",
    "clang-analyzer-core.StackAddressEscape",
    "clang-analyzer-unix.Malloc",
    "clang-analyzer-unix.cstring",
    "clang-analyzer-cplusplus.NewDelete",
    "clang-analyzer-security.ArrayBound",
];

fn run(job: &Job<'_>) -> Result<Report, Stopped> {
    let groups = [(Language::C, "-std=gnu11"), (Language::Cpp, "-std=gnu++17")];
    let count: usize = groups.iter().map(|(kind, _)| job.source.files(&[*kind]).len()).sum();
    if count == 0 {
        return Err(Stopped::NothingToDo("no C or C++ files".to_owned()));
    }
    let database = DATABASES.iter().find(|name| job.source.has(name));
    let (mut messages, mut unread, mut broken) = (Vec::new(), BTreeSet::new(), None);
    for (language, standard) in groups {
        let files = job.source.files(&[language]);
        if files.is_empty() {
            continue;
        }
        let arguments = |batch: &[String]| command(job, database.copied(), standard, batch);
        let result = each_batch(job, &files, BATCH_MAX, arguments, |output| {
            // It ends with 1 also when a header is missing; a signal is a crash.
            if !matches!(output.code, Some(0 | 1)) {
                return Err(complaint(job, output));
            }
            let read = parse(&String::from_utf8_lossy(&output.stdout));
            if read.messages.is_empty() && read.unread.is_empty() && output.code == Some(1) {
                return Err(complaint(job, output));
            }
            messages.extend(read.messages);
            unread.extend(read.unread);
            Ok(())
        });
        match result {
            Ok(part) => broken = broken.or(part),
            // What was found in the files of the other language is not thrown away for it.
            Err(error) if !messages.is_empty() => broken = broken.or(Some(error.to_string())),
            Err(error) => return Err(error),
        }
    }
    if unread.len() >= count && messages.is_empty() {
        let text = "no file could be read in full: headers or the compilation database are missing";
        return Err(Stopped::Failed(text.to_owned()));
    }
    let mut notes = vec![counted(count, "file")];
    notes.push(match database {
        Some(name) => format!("built as {name} says"),
        None => "no compilation database".to_owned(),
    });
    if !unread.is_empty() {
        notes.push(format!("{} not read in full", counted(unread.len(), "file")));
    }
    let findings = report::findings("clang-tidy", job.source, messages);
    Ok(Report { findings, rules: RULES.to_owned(), notes, broken, languages: None })
}

fn command(
    job: &Job<'_>,
    database: Option<&str>,
    standard: &str,
    files: &[String],
) -> Vec<OsString> {
    let checks = format!("--checks={CHECKS}");
    let mut list = with_files(&["--quiet", "--config={}", &checks], &[]);
    if let Some(name) = database {
        let folder = name.rsplit_once('/').map_or(".", |(folder, _)| folder);
        list.push("-p".into());
        list.push(format!("./{folder}").into());
    }
    list.extend(files.iter().map(OsString::from));
    if database.is_none() {
        list.push("--".into());
        list.push(standard.into());
        let folders = job.source.header_folders(INCLUDES_MAX);
        list.extend(folders.iter().map(|folder| format!("-I{folder}").into()));
    }
    list
}

/// What clang-tidy wrote.
#[derive(Debug, Default)]
pub(super) struct Read {
    /// Messages.
    pub(super) messages: Vec<Message>,
    /// Files that could not be read in full.
    pub(super) unread: Vec<String>,
}

/// Reads lines such as `path:12:5: warning: text [check,alias]`.
pub(super) fn parse(text: &str) -> Read {
    let mut read = Read::default();
    for line in text.lines() {
        let Some((head, level, rest)) = split(line) else { continue };
        let mut place = head.rsplitn(3, ':');
        let (Some(_column), Some(row), Some(path)) = (place.next(), place.next(), place.next())
        else {
            continue;
        };
        let Some((said, checks)) =
            rest.trim_end().strip_suffix(']').and_then(|r| r.rsplit_once('['))
        else {
            continue;
        };
        let rule = checks.split(',').next().unwrap_or_default().trim();
        if rule.starts_with("clang-diagnostic") {
            if level == "error" {
                read.unread.push(path.to_owned());
            }
            continue;
        }
        let (severity, confidence) = rank(rule);
        read.messages.push(Message {
            rule: rule.to_owned(),
            severity,
            confidence,
            path: path.to_owned(),
            line: row.parse().ok(),
            text: said.trim().to_owned(),
        });
    }
    read
}

fn split(line: &str) -> Option<(&str, &'static str, &str)> {
    ["warning", "error"].into_iter().find_map(|level| {
        let (head, rest) = line.split_once(&format!(": {level}: "))?;
        Some((head, level, rest))
    })
}

fn rank(rule: &str) -> (Severity, Confidence) {
    if MEMORY.iter().any(|prefix| rule.starts_with(prefix)) {
        return (Severity::High, Confidence::Medium);
    }
    if rule.starts_with("clang-analyzer-") {
        return (Severity::Medium, Confidence::Medium);
    }
    match rule {
        "cert-env33-c" | "cert-msc50-cpp" | "cert-msc30-c" => (Severity::Low, Confidence::Low),
        // Results of `printf` and the like that nobody looks at.
        "cert-err33-c" => (Severity::Info, Confidence::Medium),
        _ => (Severity::Low, Confidence::Medium),
    }
}
