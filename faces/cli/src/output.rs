//! The only place that writes to the terminal.

use crate::exit::{Exit, Failure, OrExit as _};
use std::fs;
use std::io::{ErrorKind, IsTerminal as _, Write as _};
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

/// Writes files into a folder so that a reader never sees half of one, nor the last of them beside
/// others of an earlier run.
pub(crate) fn write_files(folder: &Path, texts: &[(&str, &String)]) -> Result<(), Failure> {
    let part = |name: &str| folder.join(format!("{name}.part"));
    let write = || {
        for (name, text) in texts {
            fs::write(part(name), text)?;
        }
        // From here on the files are of two runs until the last one is there.
        if let Some((last, _)) = texts.last() {
            match fs::remove_file(folder.join(last)) {
                Err(error) if error.kind() != ErrorKind::NotFound => return Err(error),
                _ => {}
            }
        }
        texts.iter().try_for_each(|(name, _)| fs::rename(part(name), folder.join(name)))
    };
    let written: std::io::Result<()> = write();
    if written.is_err() {
        for (name, _) in texts {
            // What is wrong is said below; a part that can't be removed changes nothing about it.
            let _ = fs::remove_file(part(name));
        }
    }
    written.or_exit(Exit::CantCreate, || format!("can't write into {}", folder.display()))
}
