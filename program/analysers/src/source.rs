//! The files of a source drop, by what they are written in.

use crate::languages::{self, FIRST_LINE_BYTES, Named, SourceLanguage};
use std::io::Read;
use std::path::{Path, PathBuf};

/// Files looked at; a drop with more is told as incomplete.
const FILES_MAX: usize = 400_000;

/// Folders in folders that are followed.
const DEPTH_MAX: usize = 64;

/// Largest file that is given to an analyser, in bytes: what is larger is generated data.
const FILE_BYTES_MAX: u64 = 8 << 20;

/// Folders of version control, which hold no source of their own.
const SKIPPED: [&str; 5] = [".git", ".hg", ".svn", ".bzr", "CVS"];

/// What a file is, as analysers ask for it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Language {
    C,
    Cpp,
    Header,
    Shell,
    Python,
    CargoManifest,
    CargoLock,
    Other,
}

/// A source drop: its root and its files.
#[derive(Debug)]
pub(crate) struct Source {
    /// The root, canonical.
    pub(crate) root: PathBuf,
    files: Vec<(String, Language)>,
    /// What was not looked at, for people.
    pub(crate) left_out: Vec<String>,
}

impl Source {
    /// Lists the regular files below `root`, sorted by path; symbolic links are not followed.
    pub(crate) fn open(root: &Path) -> std::io::Result<Self> {
        let root = root.canonicalize()?;
        let mut source = Self { root: root.clone(), files: Vec::new(), left_out: Vec::new() };
        let mut walk = Walk::default();
        walk.folder(&root, "", 0, &mut source.files);
        source.files.sort();
        source.left_out = walk.left_out();
        Ok(source)
    }

    /// Paths of the files in any of these languages, each beginning with `./`, which keeps a name
    /// that begins with a hyphen from being read as an option.
    pub(crate) fn files(&self, languages: &[Language]) -> Vec<String> {
        let wanted = self.files.iter().filter(|(_, language)| languages.contains(language));
        wanted.map(|(path, _)| format!("./{path}")).collect()
    }

    /// Folders that hold headers, at most `most` of them, the shallowest first.
    pub(crate) fn header_folders(&self, most: usize) -> Vec<String> {
        let mut folders: Vec<String> = self
            .files(&[Language::Header])
            .iter()
            .filter_map(|path| path.rsplit_once('/').map(|(folder, _)| folder.to_owned()))
            .collect();
        folders.push(".".to_owned());
        folders.sort_by_key(|folder| (folder.matches('/').count(), folder.clone()));
        folders.dedup();
        folders.truncate(most);
        folders
    }

    /// Whether there is a regular file or folder (no link) of this name in the root.
    pub(crate) fn has(&self, name: &str) -> bool {
        let meta = self.root.join(name).symlink_metadata();
        meta.is_ok_and(|meta| meta.is_file() || meta.is_dir())
    }

    /// A file's text, lossy; empty when it can't be read or is no file of the drop.
    pub(crate) fn text(&self, path: &str) -> String {
        let path = path.trim_start_matches('/');
        if self.files.binary_search_by(|(known, _)| known.as_str().cmp(path)).is_err() {
            return String::new();
        }
        // The file was there a moment ago; if it is not, the finding goes without a quotation.
        let bytes = std::fs::read(self.root.join(path)).unwrap_or_default();
        String::from_utf8_lossy(&bytes).into_owned()
    }

    /// Whether a file is UTF-8, as some analysers ask.
    pub(crate) fn is_utf8(&self, path: &str) -> bool {
        std::fs::read(self.root.join(path)).is_ok_and(|bytes| std::str::from_utf8(&bytes).is_ok())
    }
}

#[derive(Default)]
struct Walk {
    seen: usize,
    too_many: bool,
    too_deep: usize,
    too_large: usize,
    unreadable: usize,
    not_text: usize,
}

impl Walk {
    fn folder(
        &mut self,
        folder: &Path,
        prefix: &str,
        depth: usize,
        files: &mut Vec<(String, Language)>,
    ) {
        if depth > DEPTH_MAX {
            self.too_deep += 1;
            return;
        }
        let Ok(entries) = std::fs::read_dir(folder) else {
            self.unreadable += 1;
            return;
        };
        for entry in entries {
            let Ok((entry, kind)) = entry.and_then(|entry| {
                let kind = entry.file_type()?;
                Ok((entry, kind))
            }) else {
                self.unreadable += 1;
                continue;
            };
            self.seen += 1;
            if self.seen > FILES_MAX {
                self.too_many = true;
                return;
            }
            let name = entry.file_name();
            let Some(name) = name.to_str().filter(|name| !name.contains(['\n', '\r'])) else {
                self.not_text += 1;
                continue;
            };
            let path = if prefix.is_empty() { name.to_owned() } else { format!("{prefix}/{name}") };
            if kind.is_dir() && !SKIPPED.contains(&name) {
                self.folder(&entry.path(), &path, depth + 1, files);
            } else if kind.is_file() {
                self.file(&entry.path(), path, files);
            }
        }
    }

    fn file(&mut self, at: &Path, path: String, files: &mut Vec<(String, Language)>) {
        let language = language_of(&path, at);
        if language == Language::Other {
            return;
        }
        match at.symlink_metadata() {
            Ok(meta) if meta.len() > FILE_BYTES_MAX => self.too_large += 1,
            Ok(_) => files.push((path, language)),
            Err(_) => self.unreadable += 1,
        }
    }

    fn left_out(&self) -> Vec<String> {
        let mut texts = Vec::new();
        if self.too_many {
            texts.push(format!("only the first {FILES_MAX} entries of the source were listed"));
        }
        for (count, what) in [
            (self.too_deep, "folders nested too deep"),
            (self.too_large, "files too large"),
            (self.unreadable, "entries unreadable"),
            (self.not_text, "names that are no text"),
        ] {
            if count > 0 {
                texts.push(format!("{count} {what}"));
            }
        }
        texts
    }
}

fn language_of(path: &str, at: &Path) -> Language {
    let name = path.rsplit('/').next().unwrap_or_default();
    match name {
        "Cargo.toml" => return Language::CargoManifest,
        "Cargo.lock" => return Language::CargoLock,
        _ => {}
    }
    let of = |language| match language {
        SourceLanguage::C => Language::C,
        SourceLanguage::Cpp => Language::Cpp,
        SourceLanguage::Shell => Language::Shell,
        SourceLanguage::Python => Language::Python,
        _ => Language::Other,
    };
    match languages::named(path) {
        Named::Language(language) => of(language),
        Named::Header => Language::Header,
        Named::Bare => languages::by_first_line(&head(at)).map_or(Language::Other, of),
        Named::Other => Language::Other,
    }
}

/// The first bytes of a file; none when it can't be read, which is told when it is to be read.
fn head(at: &Path) -> Vec<u8> {
    let mut first = Vec::new();
    let read = std::fs::File::open(at)
        .and_then(|file| file.take(FIRST_LINE_BYTES as u64).read_to_end(&mut first));
    if read.is_ok() { first } else { Vec::new() }
}
