//! The only place that writes to the terminal.

use crate::exit::{Exit, Failure, OrExit as _};
use crate::files;
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

/// Says what went wrong. A message may have lines; what else a terminal obeys is replaced.
pub(crate) fn complain(message: &str) {
    let message: Vec<String> = message.lines().map(files::plain).collect();
    let message = message.join("\n");
    // Nothing sensible is left to do when standard error is gone.
    let _ = writeln!(std::io::stderr(), "duecare: {message}");
}

/// Whether text for people may have colours: a terminal, and `NO_COLOR` not set (no-color.org).
pub(crate) fn colour() -> bool {
    std::io::stdout().is_terminal() && may_paint()
}

/// Whether terminals may be sent escape sequences at all.
pub(crate) fn may_paint() -> bool {
    std::env::var_os("NO_COLOR").is_none_or(|value| value.is_empty())
}

/// Whether a folder can be made, or written into where it is there. Nothing is changed.
pub(crate) fn can_be_made(folder: &Path) -> Result<(), Failure> {
    let doing = || format!("can't write into {}", files::shown(folder));
    let absolute = std::path::absolute(folder).or_exit(Exit::CantCreate, doing)?;
    let Some(lowest) = absolute.ancestors().find(|above| above.symlink_metadata().is_ok()) else {
        return Ok(());
    };
    if !lowest.is_dir() {
        let error = std::io::Error::from(ErrorKind::NotADirectory);
        return Err(error).or_exit(Exit::CantCreate, doing);
    }
    #[cfg(unix)]
    {
        use rustix::fs::{Access, access};
        access(lowest, Access::WRITE_OK | Access::EXEC_OK).or_exit(Exit::CantCreate, doing)?;
    }
    Ok(())
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
    written.or_exit(Exit::CantCreate, || format!("can't write into {}", files::shown(folder)))
}
