//! Walks a directory in the order of names, one folder in memory per level.

use super::is_absent;
use crate::error::{Doing, Result};
use crate::store::Listed;
use std::fs;
use std::io;
use std::path::PathBuf;

/// Levels of folders below the store's root. Blobs have 3; a public path of 700 bytes could have 350,
/// which nothing needs.
const DEPTH_MAX: usize = 64;

/// Entries of one folder that are still to be looked at, last name first.
type Level = Vec<(String, bool)>;

pub(super) struct Walk {
    root: PathBuf,
    store: String,
    /// The folder that is being read, relative to the root: empty, or ends with a slash.
    prefix: String,
    levels: Vec<Level>,
    /// The folder to begin with, until it was read.
    begin: bool,
}

impl Walk {
    pub(super) fn new(root: PathBuf, folder: &str, store: String) -> Self {
        Self { root, store, prefix: folder.to_owned(), levels: Vec::new(), begin: true }
    }

    fn step(&mut self) -> io::Result<Option<Listed>> {
        if std::mem::take(&mut self.begin) {
            let level = self.read()?;
            self.levels.push(level);
        }
        while let Some(level) = self.levels.last_mut() {
            let Some((name, is_folder)) = level.pop() else {
                self.levels.pop();
                self.leave();
                continue;
            };
            if is_folder {
                if self.levels.len() >= DEPTH_MAX {
                    return Err(io::Error::other("folders are nested too deeply"));
                }
                self.prefix.push_str(&name);
                self.prefix.push('/');
                let level = self.read()?;
                self.levels.push(level);
                continue;
            }
            let key = format!("{}{name}", self.prefix);
            match fs::symlink_metadata(self.root.join(&key)) {
                Ok(about) => {
                    let modified = about.modified().ok();
                    return Ok(Some(Listed { key, size_bytes: about.len(), modified }));
                }
                // Deleted since its folder was read.
                Err(error) if is_absent(&error) => {}
                Err(error) => return Err(error),
            }
        }
        Ok(None)
    }

    /// Takes the last folder off the prefix.
    fn leave(&mut self) {
        let above = self.prefix.trim_end_matches('/').rfind('/').map_or(0, |at| at + 1);
        self.prefix.truncate(above);
    }

    /// Files and folders of the current folder. Hidden ones, links and what is neither are no objects.
    fn read(&self) -> io::Result<Level> {
        let mut level = Level::new();
        let entries = match fs::read_dir(self.root.join(&self.prefix)) {
            Ok(entries) => entries,
            Err(error) if is_absent(&error) => return Ok(level),
            Err(error) => return Err(error),
        };
        for entry in entries {
            let entry = entry?;
            let kind = entry.file_type()?;
            if let Ok(name) = entry.file_name().into_string()
                && !name.starts_with('.')
                && (kind.is_file() || kind.is_dir())
            {
                level.push((name, kind.is_dir()));
            }
        }
        // In the order of whole keys, as an object store lists them: a folder counts with its slash.
        let order = |(name, is_folder): &(String, bool)| {
            if *is_folder { format!("{name}/") } else { name.clone() }
        };
        level.sort_by_cached_key(|entry| std::cmp::Reverse(order(entry)));
        Ok(level)
    }
}

impl Iterator for Walk {
    type Item = Result<Listed>;

    fn next(&mut self) -> Option<Self::Item> {
        match self.step() {
            Ok(listed) => listed.map(Ok),
            Err(error) => {
                // An error ends the walk; half a list must not look like a whole one.
                self.levels.clear();
                let (object, store) = (self.prefix.as_str(), self.store.as_str());
                Some(Err(Doing { verb: "list", object, store }.failed(error)))
            }
        }
    }
}
