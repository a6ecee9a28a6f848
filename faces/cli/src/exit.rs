//! Exit codes: a public promise, kept from release to release. Above 64 they follow `sysexits.h`.

use std::fmt;
use std::process::ExitCode;

/// How a command ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Exit {
    /// The policy is met, or the command did what it should.
    Pass = 0,
    /// The policy says no.
    Fail = 1,
    /// Too little was seen to decide.
    Incomplete = 2,
    /// The command line is wrong.
    Usage = 64,
    /// An input file is broken: a policy, a bill, a SARIF file, a baseline, a pack.
    Data = 65,
    /// An input file can't be read.
    NoInput = 66,
    /// Duecare itself is at fault.
    Software = 70,
    /// An output file can't be written.
    CantCreate = 73,
}

impl Exit {
    /// What a process of this program ended with; anything but an exit code of ours is a fault.
    pub(crate) fn of_code(code: u8) -> Self {
        use Exit::{CantCreate, Data, Fail, Incomplete, NoInput, Pass, Software, Usage};
        [Pass, Fail, Incomplete, Usage, Data, NoInput, CantCreate]
            .into_iter()
            .find(|exit| *exit as u8 == code)
            .unwrap_or(Software)
    }
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        // The values are all below 256.
        Self::from(exit as u8)
    }
}

/// Why a command could not do what it should.
#[derive(Debug)]
pub(crate) struct Failure {
    exit: Exit,
    error: anyhow::Error,
}

impl Failure {
    pub(crate) fn exit(&self) -> Exit {
        self.exit
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:#}", self.error)
    }
}

/// Gives an error its exit code and says what was being done.
pub(crate) trait OrExit<T> {
    fn or_exit(self, exit: Exit, doing: impl FnOnce() -> String) -> Result<T, Failure>;
}

impl<T, E: Into<anyhow::Error>> OrExit<T> for Result<T, E> {
    fn or_exit(self, exit: Exit, doing: impl FnOnce() -> String) -> Result<T, Failure> {
        self.map_err(|error| Failure { exit, error: error.into().context(doing()) })
    }
}

/// A failure that has no other error behind it.
pub(crate) fn failure(exit: Exit, message: String) -> Failure {
    Failure { exit, error: anyhow::Error::msg(message) }
}
