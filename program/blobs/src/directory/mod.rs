//! A store in a directory.
//!
//! An object is written to a temporary file in `.tmp` of the same directory, made durable, renamed, and
//! the folder that holds the name is made durable. A reader therefore sees the old bytes or the new
//! ones, and a machine that loses power keeps what was answered for.

mod list;
mod temp;

pub(crate) use temp::Sink;

use crate::error::{Doing, Error, Result};
use crate::key::Key;
use crate::options::Options;
use crate::steps::{Step, Steps};
use crate::store::{Audience, Listed, Opened, Stream};
use std::collections::BTreeSet;
use std::fs::{self, DirBuilder, File};
use std::io::{self, Read as _, Seek as _, SeekFrom};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

/// Folder of temporary files below the store's root. No key begins with a dot.
const TEMP: &str = ".tmp";
/// Folders that one process remembers as durable. Blobs have 256 + 65,536; beyond this number a
/// folder is made durable again at each write into it, which costs time, not safety.
const SETTLED_MAX: usize = 100_000;

/// A directory; clones share it.
#[derive(Clone, Debug)]
pub(crate) struct Directory(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    root: PathBuf,
    /// The root as text, for errors.
    name: String,
    audience: Audience,
    steps: Arc<dyn Steps>,
    /// Folders, relative to the root, whose own names this process made durable.
    settled: Mutex<BTreeSet<PathBuf>>,
}

impl Directory {
    pub(crate) fn open(root: &Path, options: &Options, audience: Audience) -> Result<Self> {
        let name = root.display().to_string();
        let doing = Doing { verb: "open", object: "the directory", store: &name };
        // An absolute path, so that a change of the working directory moves nothing.
        let root = std::path::absolute(root).map_err(|error| doing.failed(error))?;
        let directory = Self(Arc::new(Inner {
            root,
            name: name.clone(),
            audience,
            steps: Arc::clone(&options.steps),
            settled: Mutex::default(),
        }));
        directory.make_root().map_err(|error| doing.failed(error))?;
        temp::clean(&directory.temp_folder(), options.stale_age)
            .map_err(|error| Doing { verb: "clean", ..doing }.failed(error))?;
        Ok(directory)
    }

    /// Makes the root and its parents, each durable in the folder above it, and `.tmp`.
    fn make_root(&self) -> io::Result<()> {
        let root = &self.0.root;
        let missing: Vec<&Path> = root.ancestors().take_while(|path| !path.exists()).collect();
        for folder in missing.into_iter().rev() {
            make_folder(folder, self.0.audience)?;
            if let Some(above) = folder.parent() {
                sync_folder(above)?;
            }
        }
        if !root.is_dir() {
            return Err(io::ErrorKind::NotADirectory.into());
        }
        make_folder(&self.temp_folder(), Audience::Owner)
    }

    pub(crate) fn name(&self) -> &str {
        &self.0.name
    }

    fn temp_folder(&self) -> PathBuf {
        self.0.root.join(TEMP)
    }

    fn path(&self, key: &Key) -> PathBuf {
        self.0.root.join(key.as_str())
    }

    fn doing<'a>(&'a self, verb: &'static str, key: &'a Key) -> Doing<'a> {
        Doing { verb, object: key.as_str(), store: self.name() }
    }

    pub(crate) fn begin(&self) -> Result<Sink> {
        Sink::begin(self)
    }

    pub(crate) fn read(&self, key: &Key, start: u64, end: Option<u64>) -> Result<Option<Opened>> {
        let open = || -> io::Result<Option<(File, u64)>> {
            let mut file = match File::open(self.path(key)) {
                Ok(file) => file,
                Err(error) if is_absent(&error) => return Ok(None),
                Err(error) => return Err(error),
            };
            let about = file.metadata()?;
            if !about.is_file() {
                return Ok(None);
            }
            // A start beyond the end is refused below; the system has words of its own for it.
            if start > 0 && start <= about.len() {
                file.seek(SeekFrom::Start(start))?;
            }
            Ok(Some((file, about.len())))
        };
        let opened = open().map_err(|error| self.doing("read", key).failed(error))?;
        opened
            .map(|(file, size_bytes)| {
                if start > size_bytes || end.is_some_and(|end| end > size_bytes || end < start) {
                    let end = end.unwrap_or(size_bytes);
                    let object = key.to_string();
                    return Err(Error::OutOfRange { object, start, end, size_bytes });
                }
                // As many bytes as the file had when it was opened.
                let take = end.unwrap_or(size_bytes).saturating_sub(start);
                Ok(Opened { stream: Stream::Directory(file.take(take)), size_bytes })
            })
            .transpose()
    }

    pub(crate) fn size(&self, key: &Key) -> Result<Option<u64>> {
        match fs::metadata(self.path(key)) {
            Ok(about) => Ok(about.is_file().then_some(about.len())),
            Err(error) if is_absent(&error) => Ok(None),
            Err(error) => Err(self.doing("look at", key).failed(error)),
        }
    }

    pub(crate) fn delete(&self, key: &Key) -> Result<bool> {
        let path = self.path(key);
        let delete = || -> io::Result<bool> {
            match self.0.steps.step(Step::Remove, || fs::remove_file(&path)) {
                Ok(()) => {}
                Err(error) if is_absent(&error) => return Ok(false),
                Err(error) => return Err(error),
            }
            // Otherwise what was erased could come back with the next loss of power.
            self.sync_folder_of(&path)?;
            Ok(true)
        };
        delete().map_err(|error| self.doing("delete", key).failed(error))
    }

    pub(crate) fn list(&self, folder: &str) -> impl Iterator<Item = Result<Listed>> + Send + use<> {
        list::Walk::new(self.0.root.clone(), folder, self.0.name.clone())
    }

    /// Makes the name of an object durable that another process may have given and not yet settled.
    pub(crate) fn settle(&self, key: &Key) -> Result<()> {
        let path = self.path(key);
        let settle = || {
            let unsettled = self.make_folders(path.parent().unwrap_or(&self.0.root))?;
            self.sync_folder_of(&path)?;
            self.settle_folders(unsettled)
        };
        settle().map_err(|error| self.doing("store", key).failed(error))
    }

    /// Makes the folders between the root and an object. Gives those whose names may not be durable
    /// yet, outermost first.
    fn make_folders(&self, folder: &Path) -> io::Result<Vec<PathBuf>> {
        let below = folder.strip_prefix(&self.0.root).unwrap_or(Path::new(""));
        if self.is_settled(below) {
            return Ok(Vec::new());
        }
        let mut relative = PathBuf::new();
        let mut unsettled = Vec::new();
        for name in below.components() {
            relative.push(name);
            if !self.is_settled(&relative) {
                // Also when it is there: who made it may have died before it was durable.
                make_folder(&self.0.root.join(&relative), self.0.audience)?;
                unsettled.push(relative.clone());
            }
        }
        Ok(unsettled)
    }

    /// Makes folders durable. After the object has its name, and innermost first, because the first
    /// of these waits for the disk and a journal then has the others already.
    fn settle_folders(&self, unsettled: Vec<PathBuf>) -> io::Result<()> {
        for relative in unsettled.into_iter().rev() {
            self.sync_folder_of(&self.0.root.join(&relative))?;
            let mut settled = self.settled();
            if settled.len() < SETTLED_MAX {
                settled.insert(relative);
            }
        }
        Ok(())
    }

    fn forget_folders(&self) {
        self.settled().clear();
    }

    fn settled(&self) -> std::sync::MutexGuard<'_, BTreeSet<PathBuf>> {
        // A set of folders is right after every single insertion, so a panic elsewhere spoils nothing.
        self.0.settled.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn is_settled(&self, relative: &Path) -> bool {
        relative.as_os_str().is_empty() || self.settled().contains(relative)
    }

    fn sync_folder_of(&self, path: &Path) -> io::Result<()> {
        let folder = path.parent().unwrap_or(&self.0.root);
        self.0.steps.step(Step::SyncFolder, || sync_folder(folder))
    }
}

/// Nothing has this name: no such file, or a folder of the way is a file.
fn is_absent(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory)
}

/// Makes one folder; one that is there is left as it is, whoever made it.
fn make_folder(path: &Path, audience: Audience) -> io::Result<()> {
    let mut builder = DirBuilder::new();
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(
        &mut builder,
        if audience == Audience::Owner { 0o700 } else { 0o755 },
    );
    match builder.create(path) {
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists && path.is_dir() => Ok(()),
        done => done,
    }
}

fn sync_folder(path: &Path) -> io::Result<()> {
    File::open(path)?.sync_all()
}
