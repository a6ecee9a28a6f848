//! Child processes with limits: an analyser reads a stranger's source, so it may hang, grow or
//! flood, and what it started must end with it.
//!
//! No shell; a cleared environment; no input; its own process group, killed as a whole; a wall-time
//! limit; limits on memory, core files and output. Left out on purpose: name spaces and system call
//! filters, which are the worker's part.

use rustix::process::{Pid, Resource, Rlimit, Signal, WaitId, WaitIdOptions};
use std::ffi::{OsStr, OsString};
use std::io::Read;
use std::os::unix::fs::PermissionsExt;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc;
use std::thread;
use std::time::{Duration, Instant};

/// Address space of a child, in bytes: analysers of large sources need some GiB, and some reserve
/// more than they use.
const MEMORY_BYTES_MAX: u64 = 12 << 30;

/// Largest file that a child may write (its own caches), in bytes.
const WRITE_BYTES_MAX: u64 = 2 << 30;

/// Output that is kept of each stream, in bytes; a child that says more is stopped, because half
/// of a result would look like a whole one.
const OUTPUT_BYTES_MAX: usize = 128 << 20;

/// How much less urgent than other processes a child is.
const NICENESS: i32 = 10;

/// What a child left behind.
#[derive(Debug)]
pub(crate) struct Output {
    /// Exit code; `None` when a signal ended it.
    pub(crate) code: Option<i32>,
    /// Standard output.
    pub(crate) stdout: Vec<u8>,
    /// Standard error.
    pub(crate) stderr: Vec<u8>,
}

/// Why a child has no result.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ProcessError {
    /// It could not be started.
    #[error("can't be started")]
    Start(#[source] std::io::Error),
    /// It could not be waited for.
    #[error("can't be waited for")]
    Wait(#[source] std::io::Error),
    /// Its output could not be read.
    #[error("its output can't be read")]
    Read(#[source] std::io::Error),
    /// It ran longer than allowed.
    #[error("stopped at the time limit of {seconds} s")]
    TimedOut {
        /// The limit of the whole analyser, in seconds.
        seconds: u64,
    },
    /// It said more than allowed.
    #[error("stopped because it wrote more than {} MiB", OUTPUT_BYTES_MAX >> 20)]
    TooMuchOutput,
}

/// A point in time by which an analyser has to be done.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Deadline {
    end: Instant,
    seconds: u64,
}

impl Deadline {
    /// From now on.
    #[expect(clippy::disallowed_methods, reason = "a time limit on a child; never in a result")]
    pub(crate) fn after(seconds: u64) -> Self {
        // A limit beyond what the clock can hold is no limit at all, as far as anybody can tell.
        let now = Instant::now();
        let end = now.checked_add(Duration::from_secs(seconds)).unwrap_or(now);
        Self { end, seconds }
    }

    #[expect(clippy::disallowed_methods, reason = "a time limit on a child; never in a result")]
    fn left(self) -> Duration {
        self.end.saturating_duration_since(Instant::now())
    }
}

/// What every child of a run shares.
#[derive(Debug)]
pub(crate) struct Session {
    /// The source; the children's working folder.
    pub(crate) source: PathBuf,
    /// A folder of our own, also their home.
    pub(crate) scratch: PathBuf,
    /// Further environment.
    pub(crate) variables: Vec<(&'static str, OsString)>,
}

impl Session {
    /// Runs a program to its end and keeps what it said.
    pub(crate) fn run(
        &self,
        program: &Path,
        arguments: &[OsString],
        deadline: Deadline,
    ) -> Result<Output, ProcessError> {
        let timed_out = || ProcessError::TimedOut { seconds: deadline.seconds };
        if deadline.left().is_zero() {
            return Err(timed_out());
        }
        let mut child = self.command(program, arguments).spawn().map_err(ProcessError::Start)?;
        limit(&child);
        let collected = collect(&mut child, deadline);
        // The leader is not reaped yet, so its number, which is the group's, can't be another's.
        kill_group(&child);
        let status = child.wait().map_err(ProcessError::Wait)?;
        match collected {
            Collected::Streams(stdout, stderr) => {
                Ok(Output { code: status.code(), stdout, stderr })
            }
            Collected::TimedOut => Err(timed_out()),
            Collected::TooMuch => Err(ProcessError::TooMuchOutput),
            Collected::Broken(error) => Err(ProcessError::Read(error)),
        }
    }

    fn command(&self, program: &Path, arguments: &[OsString]) -> Command {
        let mut command = Command::new(program);
        command
            .args(arguments)
            .current_dir(&self.source)
            .env_clear()
            .env("PATH", std::env::join_paths(search_folders()).unwrap_or_default())
            .env("HOME", &self.scratch)
            .env("TMPDIR", &self.scratch)
            .env("LANG", "C")
            // Python: text is UTF-8 also in the C locale, no byte code beside the source, and the
            // same order of sets in every run.
            .env("PYTHONUTF8", "1")
            .env("PYTHONDONTWRITEBYTECODE", "1")
            .env("PYTHONHASHSEED", "0")
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .process_group(0);
        for (name, value) in &self.variables {
            command.env(name, value);
        }
        command
    }
}

enum Collected {
    Streams(Vec<u8>, Vec<u8>),
    TimedOut,
    TooMuch,
    Broken(std::io::Error),
}

enum Event {
    Stream(usize, std::io::Result<Vec<u8>>),
    Exited,
}

/// Reads both streams to their end and waits for the child to exit, without reaping it.
fn collect(child: &mut Child, deadline: Deadline) -> Collected {
    let (sender, events) = mpsc::channel();
    let streams: [Option<Box<dyn Read + Send>>; 2] = [
        child.stdout.take().map(|stream| Box::new(stream) as Box<dyn Read + Send>),
        child.stderr.take().map(|stream| Box::new(stream) as Box<dyn Read + Send>),
    ];
    for (index, stream) in streams.into_iter().enumerate() {
        let sender = sender.clone();
        thread::spawn(move || {
            let mut bytes = Vec::new();
            let limit = OUTPUT_BYTES_MAX as u64 + 1;
            let read = stream.map_or(Ok(0), |stream| stream.take(limit).read_to_end(&mut bytes));
            // Nobody listens any more after a time-out: nothing is lost then.
            let _ = sender.send(Event::Stream(index, read.map(|_| bytes)));
        });
    }
    if let Some(pid) = pid_of(child) {
        thread::spawn(move || {
            // An error means that there is no such child: then it has exited, too.
            let _ = rustix::process::waitid(
                WaitId::Pid(pid),
                WaitIdOptions::EXITED | WaitIdOptions::NOWAIT,
            );
            // As above.
            let _ = sender.send(Event::Exited);
        });
    }
    let mut kept: [Option<Vec<u8>>; 2] = [None, None];
    let mut exited = false;
    while !exited || kept.iter().any(Option::is_none) {
        match events.recv_timeout(deadline.left()) {
            Ok(Event::Exited) => exited = true,
            Ok(Event::Stream(_, Ok(bytes))) if bytes.len() > OUTPUT_BYTES_MAX => {
                return Collected::TooMuch;
            }
            Ok(Event::Stream(index, Ok(bytes))) => {
                if let Some(place) = kept.get_mut(index) {
                    *place = Some(bytes);
                }
            }
            Ok(Event::Stream(_, Err(error))) => return Collected::Broken(error),
            Err(_) => return Collected::TimedOut,
        }
    }
    let [stdout, stderr] = kept;
    Collected::Streams(stdout.unwrap_or_default(), stderr.unwrap_or_default())
}

fn pid_of(child: &Child) -> Option<Pid> {
    i32::try_from(child.id()).ok().and_then(Pid::from_raw)
}

fn kill_group(child: &Child) {
    if let Some(pid) = pid_of(child) {
        // An error means that nobody of the group is left, which is what is wanted.
        let _ = rustix::process::kill_process_group(pid, Signal::KILL);
    }
}

/// Limits a child that was just started. What it has started by then is not limited; a child that
/// has already ended needs no limit, which is why errors say nothing.
fn limit(child: &Child) {
    let Some(pid) = pid_of(child) else { return };
    // As said above.
    let _ = rustix::process::setpriority_process(Some(pid), NICENESS);
    #[cfg(target_os = "linux")]
    for (resource, most) in
        [(Resource::As, MEMORY_BYTES_MAX), (Resource::Fsize, WRITE_BYTES_MAX), (Resource::Core, 0)]
    {
        let bound = Rlimit { current: Some(most), maximum: Some(most) };
        // As said above.
        let _ = rustix::process::prlimit(Some(pid), resource, bound);
    }
}

/// The folders of `PATH` that are absolute: a relative one would be looked up in the source.
fn search_folders() -> Vec<PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    std::env::split_paths(&path).filter(|folder| folder.is_absolute()).collect()
}

/// Where an installed program is.
pub(crate) fn find_program(name: &str) -> Option<PathBuf> {
    search_folders().into_iter().map(|folder| folder.join(name)).find(|path| {
        path.metadata().is_ok_and(|meta| meta.is_file() && meta.permissions().mode() & 0o111 != 0)
    })
}

/// Arguments from texts.
pub(crate) fn arguments<S: AsRef<OsStr>>(texts: &[S]) -> Vec<OsString> {
    texts.iter().map(|text| text.as_ref().to_owned()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn session() -> Session {
        let folder = std::env::temp_dir();
        Session { source: folder.clone(), scratch: folder, variables: Vec::new() }
    }

    /// Not a test by itself: what the tests below start.
    #[test]
    #[ignore = "started by the tests of the process runner"]
    fn helper() {
        match std::env::var("DUECARE_HELPER").unwrap_or_default().as_str() {
            "flood" => loop {
                println!("{}", "x".repeat(1 << 20));
            },
            "hang" => loop {
                thread::park();
            },
            "environment" => {
                let names: Vec<String> = std::env::vars().map(|(name, _)| name).collect();
                println!("names: {}", names.join(" "));
                std::process::exit(3);
            }
            _ => {}
        }
    }

    fn run_helper(what: &str, seconds: u64) -> Result<Output, ProcessError> {
        let mut session = session();
        session.variables.push(("DUECARE_HELPER", what.into()));
        let program = std::env::current_exe().unwrap();
        let list = ["--ignored", "--exact", "process::tests::helper", "--nocapture"];
        session.run(&program, &arguments(&list), Deadline::after(seconds))
    }

    #[test]
    fn a_child_sees_a_cleared_environment_and_its_exit_code_is_kept() {
        let output = run_helper("environment", 60).unwrap();
        let text = String::from_utf8(output.stdout).unwrap();
        assert_eq!(output.code, Some(3));
        assert!(text.contains("HOME") && text.contains("LANG"), "{text}");
        assert!(!text.contains("CARGO"), "{text}");
    }

    #[test]
    fn a_child_that_hangs_is_stopped() {
        let error = run_helper("hang", 2).unwrap_err();
        assert!(matches!(error, ProcessError::TimedOut { seconds: 2 }), "{error}");
    }

    #[test]
    fn a_child_that_floods_is_stopped() {
        let error = run_helper("flood", 120).unwrap_err();
        assert!(matches!(error, ProcessError::TooMuchOutput), "{error}");
    }

    #[test]
    fn a_program_that_is_not_there_is_an_error() {
        let error = session().run(Path::new("/nonexistent/tool"), &[], Deadline::after(5));
        assert!(matches!(error, Err(ProcessError::Start(_))));
        assert!(find_program("no-such-analyser-anywhere").is_none());
    }
}
