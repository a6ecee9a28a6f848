//! Work on a stranger's bytes runs in a child process of its own: this same program, which limits
//! itself (see [`limits`]) before it looks at them. When a limit or a fault ends it, the parent is
//! there to say so in plain words and to answer "incomplete", which is never a pass.
//!
//! [`child`] and [`ended`] are all that a caller needs: `child(["review", "--format", "json", …])`
//! with piped output serves one that is not a person at a terminal. A parent that dies takes its
//! child along, so nothing has to be forwarded. Why it is done so: `docs/adr/0006`.
//!
//! Left out on purpose: name spaces and filters of system calls. On systems other than Linux a
//! command runs in the process that was started.

pub(crate) mod limits;
mod noise;

use std::ffi::OsStr;
use std::io::{self, IsTerminal as _, Read as _, Write as _};
use std::process::{Command, ExitStatus, Stdio};

/// Tells a child that it is one; its value is the parent's process number.
pub(crate) const MARK: &str = "DUECARE_SUPERVISED_BY";

/// Tells a child, whose standard error is a pipe, that a terminal is behind it.
pub(crate) const TERMINAL_MARK: &str = "DUECARE_SUPERVISED_AT_TERMINAL";

/// Bytes of a child's messages that are passed on at once.
const MESSAGE_BYTES: usize = 4096;

/// What ended a child before it was done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Stop {
    /// It gave up: no more memory, or no more stack.
    Aborted,
    /// It had used up its processor time.
    Processor,
    /// It wrote a file that is larger than allowed.
    FileSize,
    /// Killed from outside: by the system because memory ran out, or by a person.
    Killed,
    /// A fault in this program.
    Crashed(i32),
    /// Another signal.
    Signal(i32),
}

/// This program once more, as a limited child that is given `arguments`. The thread that starts it
/// must outlive it: the system ends it with the thread.
///
/// # Errors
/// When the system can't say where this program is.
pub(crate) fn child<S: AsRef<OsStr>>(
    arguments: impl IntoIterator<Item = S>,
) -> io::Result<Command> {
    let mut command = Command::new(std::env::current_exe()?);
    command.args(arguments).env(MARK, std::process::id().to_string());
    // To print where it was takes memory, and where that is what lacks, the standard library waits
    // for itself and never ends.
    command.env("RUST_BACKTRACE", "0");
    Ok(command)
}

/// Runs a child to its end and passes its messages on, without what the language's runtime says of
/// memory that can't be had: [`Stop::explain`] says it in words for people.
///
/// # Errors
/// When the child can't be started or waited for.
pub(crate) fn run(mut command: Command) -> io::Result<ExitStatus> {
    if io::stderr().is_terminal() {
        command.env(TERMINAL_MARK, "1");
    } else {
        command.env_remove(TERMINAL_MARK);
    }
    let mut child = command.stderr(Stdio::piped()).spawn()?;
    if let Some(mut messages) = child.stderr.take() {
        let mut filter = noise::Filter::default();
        let mut buffer = [0; MESSAGE_BYTES];
        loop {
            let passed = match messages.read(&mut buffer) {
                Ok(0) => break,
                Ok(count) => filter.pass(buffer.get(..count).unwrap_or_default()),
                Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                Err(_) => break,
            };
            // Messages are a courtesy; a terminal that is gone must not stop the work.
            let _ = io::stderr().write_all(&passed);
        }
        // As above.
        let _ = io::stderr().write_all(&filter.rest());
    }
    child.wait()
}

/// How a child ended: with its own exit code, or stopped before that.
///
/// # Errors
/// What stopped it.
#[cfg(unix)]
pub(crate) fn ended(status: ExitStatus) -> Result<u8, Stop> {
    use rustix::process::Signal;
    use std::os::unix::process::ExitStatusExt as _;
    let Some(signal) = status.signal() else {
        // An exit code is one byte on Unix.
        return u8::try_from(status.code().unwrap_or_default()).map_err(|_| Stop::Signal(0));
    };
    let is = |known: Signal| known.as_raw() == signal;
    Err(if is(Signal::ABORT) {
        Stop::Aborted
    } else if is(Signal::XCPU) {
        Stop::Processor
    } else if is(Signal::XFSZ) {
        Stop::FileSize
    } else if is(Signal::KILL) {
        Stop::Killed
    } else if [Signal::SEGV, Signal::BUS, Signal::ILL, Signal::FPE].into_iter().any(is) {
        Stop::Crashed(signal)
    } else {
        Stop::Signal(signal)
    })
}

#[cfg(not(unix))]
pub(crate) fn ended(status: ExitStatus) -> Result<u8, Stop> {
    let code = status.code().unwrap_or_default();
    u8::try_from(code).map_err(|_| Stop::Signal(code))
}

impl Stop {
    /// What happened, what it means and what to do, for people.
    ///
    /// `outside_mib` is the memory that a limit from outside leaves this program, in MiB.
    pub(crate) fn explain(self, memory_mib: u64, outside_mib: Option<u64>) -> String {
        let (what, remedy) = match (self, outside_mib) {
            (Self::Aborted, Some(outside)) => (
                format!(
                    "it ran out of memory or of stack; a limit from outside (ulimit) leaves it \
                     {outside} MiB"
                ),
                "raise or remove that limit: duecare limits itself (--memory-mib)",
            ),
            (stop, _) => stop.explain_own(memory_mib),
        };
        format!(
            "the review was stopped: {what}\n  The review is incomplete; this is never a pass.\n  \
             What to do: {remedy}."
        )
    }

    fn explain_own(self, memory_mib: u64) -> (String, &'static str) {
        match self {
            Self::Aborted => (
                format!("it ran out of memory (--memory-mib is {memory_mib}) or of stack"),
                "raise --memory-mib, or a limit that was set from outside (a cgroup); if that does \
                 not help, it is a bug: please report it",
            ),
            Self::Processor => (
                "it used up the processor time that an input of this size may take".to_owned(),
                "raise --cpu-seconds; if the input is an ordinary one, please report it",
            ),
            Self::FileSize => (
                "it wanted to write a file larger than the memory that it may use".to_owned(),
                "raise --memory-mib, or write standard output to a new file",
            ),
            Self::Killed => (
                "it was killed from outside: by a person, or by the system for want of memory"
                    .to_owned(),
                "lower --memory-mib, or give the machine more memory",
            ),
            Self::Crashed(signal) => (
                format!("it crashed (signal {signal})"),
                "this is a bug in duecare: please report it, with the input if you may",
            ),
            Self::Signal(signal) => (format!("signal {signal} ended it"), "run it again"),
        }
    }
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;
    use std::os::unix::process::ExitStatusExt as _;

    #[test]
    fn ends_are_told_apart() {
        let raw = |raw| ended(ExitStatus::from_raw(raw));
        assert_eq!(raw(0), Ok(0));
        assert_eq!(raw(70 << 8), Ok(70));
        assert_eq!(raw(6), Err(Stop::Aborted));
        assert_eq!(raw(9), Err(Stop::Killed));
        assert_eq!(raw(11), Err(Stop::Crashed(11)));
        assert_eq!(raw(15), Err(Stop::Signal(15)));
    }

    #[test]
    fn every_stop_says_that_it_is_no_pass_and_what_to_do() {
        use Stop::{Aborted, Crashed, FileSize, Killed, Processor, Signal};
        for stop in [Aborted, Processor, FileSize, Killed, Crashed(11), Signal(15)] {
            for text in [stop.explain(1024, None), stop.explain(1024, Some(48))] {
                assert!(text.contains("incomplete; this is never a pass"), "{text}");
                assert!(text.contains("What to do: "), "{text}");
            }
        }
    }
}
