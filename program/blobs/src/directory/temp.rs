//! Temporary files: how bytes get into a directory, and how leftovers get out of it.

use super::{Directory, is_absent, sync_folder};
use crate::error::{Doing, Result};
use crate::key::Key;
use crate::steps::Step;
use crate::store::{Audience, Named, Naming};
use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

/// Bytes that are gathered before they are written to the file.
const BUFFER_BYTES: usize = 256 * 1024;
/// Names that are tried for a new temporary file. Names of this process never meet; on a network
/// file system another machine's process of the same number could have taken some.
const NAMES_MAX: u32 = 1000;

/// Numbers the temporary files of this process.
static NEXT: AtomicU64 = AtomicU64::new(0);

/// Bytes on their way into a directory.
#[derive(Debug)]
pub(crate) struct Sink {
    directory: Directory,
    file: File,
    temp: Temp,
    buffer: Vec<u8>,
}

/// A temporary file's path; the file is removed when this is dropped.
#[derive(Debug)]
struct Temp(Option<PathBuf>);

impl Drop for Temp {
    fn drop(&mut self) {
        if let Some(path) = self.0.take() {
            // When even this fails, the file is cleaned a day later.
            let _ = fs::remove_file(path);
        }
    }
}

impl Sink {
    pub(super) fn begin(directory: &Directory) -> Result<Self> {
        let begin = || -> io::Result<Self> {
            let (file, temp) = directory.0.steps.step(Step::Create, || create(directory))?;
            // While it is locked, no other process takes it for a leftover. A file system that has
            // no locks leaves its age, which is enough unless an upload pauses for a day.
            let _ = file.try_lock();
            Ok(Self { directory: directory.clone(), file, temp, buffer: Vec::new() })
        };
        begin().map_err(|error| {
            Doing { verb: "begin", object: "an upload", store: directory.name() }.failed(error)
        })
    }

    pub(crate) fn write(&mut self, bytes: &[u8]) -> Result<()> {
        let write = || -> io::Result<()> {
            let room = BUFFER_BYTES.saturating_sub(self.buffer.len());
            if bytes.len() < room {
                self.buffer.extend_from_slice(bytes);
                return Ok(());
            }
            self.flush()?;
            self.put(bytes)
        };
        let mut write = write;
        write().map_err(|error| self.failed("write", "an upload", error))
    }

    fn flush(&mut self) -> io::Result<()> {
        let buffer = std::mem::take(&mut self.buffer);
        if !buffer.is_empty() {
            self.put(&buffer)?;
        }
        self.buffer = buffer;
        self.buffer.clear();
        Ok(())
    }

    fn put(&mut self, bytes: &[u8]) -> io::Result<()> {
        let Self { directory, file, .. } = self;
        directory.0.steps.step(Step::Write, || file.write_all(bytes))
    }

    fn failed(&self, verb: &'static str, object: &str, error: io::Error) -> crate::Error {
        Doing { verb, object, store: self.directory.name() }.failed(error)
    }

    pub(crate) fn commit(mut self, key: &Key, naming: Naming) -> Result<Named> {
        self.name_it(key, naming).map_err(|error| self.failed("store", key.as_str(), error))
    }

    fn name_it(&mut self, key: &Key, naming: Naming) -> io::Result<Named> {
        self.flush()?;
        let directory = self.directory.clone();
        let steps = &directory.0.steps;
        steps.step(Step::SyncFile, || self.file.sync_all())?;
        let path = directory.path(key);
        let folder = path.parent().unwrap_or(&directory.0.root);
        let unsettled = directory.make_folders(folder)?;
        let named = match naming {
            Naming::Replace => self.replace(&path),
            Naming::New => self.name_new(&path),
        };
        let named = named.inspect_err(|error| {
            // Somebody removed folders below a running process: the next attempt makes them anew.
            if is_absent(error) {
                directory.forget_folders();
            }
        })?;
        if named == Named::Done {
            directory.sync_folder_of(&path)?;
            directory.settle_folders(unsettled)?;
        }
        Ok(named)
    }

    fn replace(&mut self, path: &Path) -> io::Result<Named> {
        let Self { directory, temp, .. } = self;
        directory.0.steps.step(Step::Rename, || {
            if let Some(from) = &temp.0 {
                fs::rename(from, path)?;
            }
            // From here on nothing of ours is left to remove.
            temp.0 = None;
            Ok(())
        })?;
        Ok(Named::Done)
    }

    /// A second name for the same file, then the first is removed: unlike a rename this can't replace
    /// anything. File systems without hard links get the weaker way.
    fn name_new(&mut self, path: &Path) -> io::Result<Named> {
        let linked = self.directory.0.steps.step(Step::Rename, || match &self.temp.0 {
            Some(from) => fs::hard_link(from, path),
            None => Ok(()),
        });
        match linked {
            Ok(()) => Ok(Named::Done),
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Ok(Named::Taken),
            Err(error) if no_links(&error) => {
                if path.try_exists()? {
                    Ok(Named::Taken)
                } else {
                    self.replace(path)
                }
            }
            Err(error) => Err(error),
        }
    }
}

/// The file system says that it knows no hard links.
fn no_links(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::Unsupported | io::ErrorKind::PermissionDenied)
}

fn create(directory: &Directory) -> io::Result<(File, Temp)> {
    let folder = directory.temp_folder();
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(
        &mut options,
        if directory.0.audience == Audience::Owner { 0o600 } else { 0o644 },
    );
    let process = std::process::id();
    for _ in 0..NAMES_MAX {
        let path = folder.join(format!("{process}-{}", NEXT.fetch_add(1, Ordering::Relaxed)));
        match options.open(&path) {
            Ok(file) => return Ok((file, Temp(Some(path)))),
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
            Err(error) => return Err(error),
        }
    }
    Err(io::ErrorKind::AlreadyExists.into())
}

/// Removes temporary files that nobody has written to for `stale_age` and nobody holds.
///
/// The age is measured with a new file's time, not with this machine's clock: on a network file
/// system the two may differ.
pub(super) fn clean(folder: &Path, stale_age: Duration) -> io::Result<()> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder)? {
        found.push(entry?.path());
    }
    if found.is_empty() {
        return Ok(());
    }
    let name = format!("{}-clock-{}", std::process::id(), NEXT.fetch_add(1, Ordering::Relaxed));
    let clock = Temp(Some(folder.join(name)));
    let now = match &clock.0 {
        Some(path) => {
            OpenOptions::new().write(true).create(true).truncate(true).open(path)?.metadata()?
        }
        None => return Ok(()),
    };
    let now = now.modified()?;
    for path in found {
        // Each may vanish meanwhile: its owner finished, or another process cleans as well.
        let Ok(about) = fs::symlink_metadata(&path) else { continue };
        let age = about.modified().ok().and_then(|modified| now.duration_since(modified).ok());
        if !about.is_file() || age.is_none_or(|age| age < stale_age) || is_held(&path) {
            continue;
        }
        match fs::remove_file(&path) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
            _ => {}
        }
    }
    sync_folder(folder)
}

/// Somebody is writing it.
fn is_held(path: &Path) -> bool {
    match File::open(path).map(|file| file.try_lock()) {
        Ok(Err(TryLockError::WouldBlock)) => true,
        // No locks here, or it is gone: then the age decides.
        Ok(_) | Err(_) => false,
    }
}
