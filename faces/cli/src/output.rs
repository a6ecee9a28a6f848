//! The only place that writes to the terminal.

use crate::exit::{Exit, Failure, OrExit as _};
use std::io::{IsTerminal as _, Write as _};
use std::path::Path;

/// Prints a result. A reader that went away (`| head`) is no error.
pub(crate) fn print(text: &str) -> Result<(), Failure> {
    let mut out = std::io::stdout().lock();
    match out.write_all(text.as_bytes()).and_then(|()| out.flush()) {
        Err(error) if error.kind() == std::io::ErrorKind::BrokenPipe => Ok(()),
        other => other.or_exit(Exit::CantCreate, || "can't write to standard output".to_owned()),
    }
}

/// Says what went wrong.
pub(crate) fn complain(message: &str) {
    // Nothing sensible is left to do when standard error is gone.
    let _ = writeln!(std::io::stderr(), "duecare: {message}");
}

/// Whether text for people may have colours: a terminal, and `NO_COLOR` not set (no-color.org).
pub(crate) fn colour() -> bool {
    let asked_not_to = std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
    std::io::stdout().is_terminal() && !asked_not_to
}

/// Writes a file through a new one beside it, so that a reader never sees half of it.
pub(crate) fn write_file(path: &Path, text: &str) -> Result<(), Failure> {
    let doing = || format!("can't write {}", path.display());
    let mut name = path.file_name().unwrap_or_default().to_os_string();
    name.push(".part");
    let part = path.with_file_name(name);
    let written = std::fs::write(&part, text).and_then(|()| std::fs::rename(&part, path));
    if written.is_err() {
        // What is wrong is said below; a part that can't even be removed changes nothing about it.
        let _ = std::fs::remove_file(&part);
    }
    written.or_exit(Exit::CantCreate, doing)
}
