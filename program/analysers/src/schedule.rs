//! Running the analysers side by side, with a result for each of them.

use crate::process::{Deadline, Session, arguments, find_program};
use crate::source::Source;
use crate::tools::{ALL, Analyser, Job, Stopped};
use crate::{AnalyserOutcome, Options};
use duecare_domain::review::AnalyserState;
use std::collections::BTreeSet;
use std::ffi::OsString;
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, mpsc};
use std::thread;

/// Analysers that run at the same time.
const WORKERS: usize = 2;

/// Time for a tool to say its version, in seconds.
const VERSION_SECONDS: u64 = 60;

/// Attempts to make a folder of our own.
const SCRATCH_TRIES: u32 = 100;

/// Runs every analyser that is installed.
pub(crate) fn run(root: &Path, options: &Options, progress: &dyn Fn(&str)) -> Vec<AnalyserOutcome> {
    let source = match Source::open(root) {
        Ok(source) => source,
        Err(error) => {
            let text = format!("the source can't be listed: {error}");
            return ALL.iter().map(|known| failed(known, text.clone())).collect();
        }
    };
    let next = AtomicUsize::new(0);
    let done: Mutex<Vec<(usize, AnalyserOutcome)>> = Mutex::new(Vec::new());
    let (sender, lines) = mpsc::channel::<String>();
    thread::scope(|scope| {
        for _ in 0..WORKERS {
            let (sender, source, next, done) = (sender.clone(), &source, &next, &done);
            scope.spawn(move || {
                loop {
                    let index = next.fetch_add(1, Ordering::Relaxed);
                    let Some(analyser) = ALL.get(index) else { return };
                    // The listener lives as long as this scope.
                    let _ = sender.send(format!("running {}", analyser.name));
                    let outcome = outcome(analyser, source, options);
                    if let Ok(mut list) = done.lock() {
                        list.push((index, outcome));
                    }
                }
            });
        }
        drop(sender);
        lines.iter().for_each(|line| progress(&line));
    });
    let mut list = done.into_inner().unwrap_or_default();
    list.sort_by_key(|(index, _)| *index);
    list.into_iter().map(|(_, outcome)| outcome).collect()
}

fn failed(analyser: &Analyser, text: String) -> AnalyserOutcome {
    AnalyserOutcome {
        name: analyser.name.to_owned(),
        state: AnalyserState::Failed,
        version: None,
        rules: None,
        detail: Some(text),
        languages: analyser.languages.to_vec(),
        findings: Vec::new(),
        suppressed: BTreeSet::new(),
    }
}

fn outcome(analyser: &Analyser, source: &Source, options: &Options) -> AnalyserOutcome {
    let Some(program) = find_program(analyser.program) else {
        return AnalyserOutcome {
            state: AnalyserState::Missing,
            ..failed(analyser, format!("{} is not in PATH", analyser.program))
        };
    };
    let scratch = match Scratch::make(analyser.name) {
        Ok(scratch) => scratch,
        Err(error) => return failed(analyser, format!("no folder to work in: {error}")),
    };
    let session = Session {
        source: source.root.clone(),
        scratch: scratch.0.clone(),
        variables: variables(&scratch.0),
    };
    let version = version(analyser, &session, &program);
    let deadline = Deadline::after(options.seconds);
    let job = Job { source, program, session, deadline, options };
    let mut outcome = match (analyser.run)(&job) {
        Ok(report) => {
            let cut = report.broken.is_some() || !source.left_out.is_empty();
            let mut notes: Vec<String> = report.broken.into_iter().chain(report.notes).collect();
            notes.extend(source.left_out.iter().cloned());
            AnalyserOutcome {
                state: if cut { AnalyserState::Cut } else { AnalyserState::Ran },
                rules: Some(report.rules),
                languages: report.languages.unwrap_or_else(|| analyser.languages.to_vec()),
                findings: report.findings,
                ..failed(analyser, notes.join(", "))
            }
        }
        Err(Stopped::NothingToDo(text)) => {
            AnalyserOutcome { state: AnalyserState::NothingToDo, ..failed(analyser, text) }
        }
        Err(Stopped::NotAllowed(text)) => {
            AnalyserOutcome { state: AnalyserState::NotStarted, ..failed(analyser, text) }
        }
        Err(other) => failed(analyser, other.to_string()),
    };
    outcome.version = version;
    outcome
}

/// Where rustup and cargo keep what they need, as their home is not ours; where cargo builds; and
/// that nobody is to ask the network anything.
fn variables(scratch: &Path) -> Vec<(&'static str, OsString)> {
    let home = std::env::var_os("HOME").map(PathBuf::from).unwrap_or_default();
    let place = |name: &str, folder: &str| {
        std::env::var_os(name).unwrap_or_else(|| home.join(folder).into_os_string())
    };
    vec![
        ("CARGO_HOME", place("CARGO_HOME", ".cargo")),
        ("RUSTUP_HOME", place("RUSTUP_HOME", ".rustup")),
        ("CARGO_TARGET_DIR", scratch.join("target").into_os_string()),
        ("CARGO_NET_OFFLINE", "true".into()),
        // A tool chain that the source asks for is not downloaded.
        ("RUSTUP_AUTO_INSTALL", "0".into()),
        ("SEMGREP_ENABLE_VERSION_CHECK", "0".into()),
        ("SEMGREP_SEND_METRICS", "off".into()),
    ]
}

fn version(analyser: &Analyser, session: &Session, program: &Path) -> Option<String> {
    // Asked from the scratch folder: nothing of the source has a say in it.
    let session = Session {
        source: session.scratch.clone(),
        scratch: session.scratch.clone(),
        variables: session.variables.clone(),
    };
    let deadline = Deadline::after(VERSION_SECONDS);
    let output = session.run(program, &arguments(analyser.version), deadline).ok()?;
    version_in(&String::from_utf8_lossy(&output.stdout))
        .or_else(|| version_in(&String::from_utf8_lossy(&output.stderr)))
}

/// The first word that is numbers joined by dots.
pub(crate) fn version_in(text: &str) -> Option<String> {
    text.split_whitespace()
        .map(|word| word.trim_start_matches(['v', '(']).trim_end_matches([',', ')']))
        .find(|word| word.contains('.') && word.starts_with(|first: char| first.is_ascii_digit()))
        .map(|word| duecare_base::text::one_line(word, 40))
}

/// A folder of our own that goes when it is dropped.
struct Scratch(PathBuf);

impl Scratch {
    fn make(name: &str) -> std::io::Result<Self> {
        let process = std::process::id();
        let mut last = None;
        for attempt in 0..SCRATCH_TRIES {
            let path = std::env::temp_dir().join(format!("duecare-{name}-{process}-{attempt}"));
            // Fails when anything of that name is there, a link included.
            match std::fs::DirBuilder::new().mode(0o700).create(&path) {
                Ok(()) => return Ok(Self(path)),
                Err(error) => last = Some(error),
            }
        }
        Err(last.unwrap_or_else(|| std::io::Error::other("no attempt was made")))
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        // What is left behind is in the system's folder for such things, which is cleaned anyway.
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

#[cfg(test)]
mod tests {
    use super::version_in;

    #[test]
    fn versions_are_found_in_what_tools_say() {
        let check = |said: &str, expected: Option<&str>| {
            assert_eq!(version_in(said).as_deref(), expected, "{said}");
        };
        check("Cppcheck 2.10\n", Some("2.10"));
        check("2.0.19\n", Some("2.0.19"));
        check("ShellCheck - shell script analysis tool\nversion: 0.9.0\n", Some("0.9.0"));
        check("Debian LLVM version 14.0.6\n  Optimized build.\n", Some("14.0.6"));
        check("clippy 0.1.95 (abc 2026-01-01)", Some("0.1.95"));
        check("bandit 1.7.9\n  python version = 3.11.2", Some("1.7.9"));
        check("no number", None);
    }
}
