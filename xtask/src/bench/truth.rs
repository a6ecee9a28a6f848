//! What an unpacker should have found: the files that went into the planted image.

use anyhow::{Context as _, Result};
use duecare_base::Digest;
use std::collections::BTreeMap;
use std::fmt;
use std::path::Path;

/// Contents of files with their sizes in bytes and how many files have them; empty files say
/// nothing and are left out.
type Contents = BTreeMap<Digest, (u64, u64)>;

/// The files that went in.
pub(super) struct Truth(Contents);

/// How much of the truth a tool wrote.
pub(super) struct Unpacked {
    files: (u64, u64),
    bytes: (u64, u64),
    other: u64,
}

impl Truth {
    /// Reads the trees that the image was made from.
    ///
    /// # Errors
    /// When a tree can't be read.
    pub(super) fn of(trees: &[&Path]) -> Result<Self> {
        let mut contents = Contents::new();
        for tree in trees {
            read(tree, &mut contents)?;
        }
        Ok(Self(contents))
    }

    /// Compares what a tool wrote, by content: names and folders are each tool's own.
    ///
    /// # Errors
    /// When a file can't be read.
    pub(super) fn compare(&self, written: &Path) -> Result<Unpacked> {
        let mut found = Contents::new();
        read(written, &mut found)?;
        let mut out = Unpacked { files: (0, 0), bytes: (0, 0), other: 0 };
        for (content, (size, count)) in &self.0 {
            out.files.1 += count;
            out.bytes.1 += size * count;
            if found.contains_key(content) {
                out.files.0 += count;
                out.bytes.0 += size * count;
            }
        }
        let others = found.iter().filter(|(content, _)| !self.0.contains_key(*content));
        out.other = others.map(|(_, (_, count))| count).sum();
        Ok(out)
    }
}

impl fmt::Display for Unpacked {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{} of {} files, {:.1} of {:.1} MB; {} other files",
            self.files.0,
            self.files.1,
            self.bytes.0 as f64 / 1e6,
            self.bytes.1 as f64 / 1e6,
            self.other
        )
    }
}

/// Regular files below a folder, at any depth; links are not followed.
fn read(folder: &Path, into: &mut Contents) -> Result<()> {
    let mut waiting = vec![folder.to_owned()];
    while let Some(next) = waiting.pop() {
        // Some tools make folders that not even they may read.
        let Ok(entries) = std::fs::read_dir(&next) else { continue };
        for entry in entries {
            let path = entry?.path();
            let kind = path.symlink_metadata()?.file_type();
            if kind.is_dir() {
                waiting.push(path);
            } else if kind.is_file() {
                let bytes = std::fs::read(&path).with_context(|| path.display().to_string())?;
                if !bytes.is_empty() {
                    let had = into.entry(Digest::of(&bytes)).or_insert((bytes.len() as u64, 0));
                    had.1 += 1;
                }
            }
        }
    }
    Ok(())
}
