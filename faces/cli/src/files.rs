//! Reading what a person names.

use crate::exit::{Exit, Failure, OrExit as _, failure};
use bytes::Bytes;
use duecare_firmware::SourceFile;
use duecare_review::{InputFile, Source};
use std::io::Read as _;
use std::path::{Path, PathBuf};

/// Largest file of a source drop that is read, in bytes; generated tables and blobs are larger.
const SOURCE_FILE_BYTES_MAX: u64 = 64 << 20;

/// Files that a source drop may hold.
const SOURCE_FILES_MAX: usize = 500_000;

/// Bytes of a source drop that are kept in memory.
const SOURCE_BYTES_MAX: u64 = 2 << 30;

/// Folders inside folders of a source drop.
const SOURCE_DEPTH_MAX: usize = 64;

/// Reads a whole file of at most `size_max` bytes.
pub(crate) fn read(path: &Path, size_max: u64) -> Result<InputFile, Failure> {
    let doing = || format!("can't read {}", path.display());
    let file = std::fs::File::open(path).or_exit(Exit::NoInput, doing)?;
    let kind = file.metadata().or_exit(Exit::NoInput, doing)?;
    if kind.is_dir() {
        let message = format!("{} is a folder; name a file in it", path.display());
        return Err(failure(Exit::NoInput, message));
    }
    let mut content = Vec::with_capacity(usize::try_from(kind.len().min(size_max)).unwrap_or(0));
    // Pipes and devices have no size, so the limit is on what is read.
    file.take(size_max + 1).read_to_end(&mut content).or_exit(Exit::NoInput, doing)?;
    if content.len() as u64 > size_max {
        let size = duecare_base::text::size(size_max);
        let message = format!(
            "{} is larger than {size} (for images --memory-mib allows more)",
            path.display()
        );
        return Err(failure(Exit::NoInput, message));
    }
    Ok(InputFile { name: name_of(path), content: Bytes::from(content) })
}

/// A path from the command line, or else from an environment variable that is set and not empty.
pub(crate) fn or_environment(asked: Option<&Path>, variable: &str) -> Option<PathBuf> {
    let said = || std::env::var_os(variable).filter(|value| !value.is_empty()).map(PathBuf::from);
    asked.map(Path::to_owned).or_else(said)
}

/// Reads a text file.
pub(crate) fn read_text(path: &Path, size_max: u64) -> Result<(InputFile, String), Failure> {
    let file = read(path, size_max)?;
    let text = String::from_utf8(file.content.to_vec())
        .or_exit(Exit::Data, || format!("{} is not UTF-8 text", path.display()))?;
    Ok((file, text))
}

/// The last component of a path, for people.
pub(crate) fn name_of(path: &Path) -> String {
    let resolved = path.canonicalize().unwrap_or_else(|_| path.to_owned());
    let name = path.file_name().or_else(|| resolved.file_name());
    name.map_or_else(|| path.display().to_string(), |name| name.to_string_lossy().into_owned())
}

/// Reads a source drop: every regular file, links not followed, version-control stores left out
/// of the content but not of the paths.
pub(crate) fn source(folder: &Path) -> Result<Source, Failure> {
    if !folder.is_dir() {
        let message = format!("{} is no folder", folder.display());
        return Err(failure(Exit::NoInput, message));
    }
    let mut walk = Walk { files: Vec::new(), left_out: Vec::new(), bytes: 0 };
    walk.folder(folder, "", 0)?;
    walk.files.sort_by(|a, b| a.path.cmp(&b.path));
    Ok(Source { name: name_of(folder), files: walk.files, left_out: walk.left_out })
}

struct Walk {
    files: Vec<SourceFile>,
    left_out: Vec<String>,
    bytes: u64,
}

impl Walk {
    fn folder(&mut self, folder: &Path, prefix: &str, depth: usize) -> Result<(), Failure> {
        let doing = || format!("can't read the folder {}", folder.display());
        let entries = std::fs::read_dir(folder).or_exit(Exit::NoInput, doing)?;
        for entry in entries {
            let entry = entry.or_exit(Exit::NoInput, doing)?;
            let path = format!("{prefix}/{}", entry.file_name().to_string_lossy());
            let kind = entry.file_type().or_exit(Exit::NoInput, doing)?;
            if kind.is_dir() {
                if depth >= SOURCE_DEPTH_MAX {
                    self.left_out.push(format!("{path}: deeper than {SOURCE_DEPTH_MAX} folders"));
                } else {
                    self.folder(&entry.path(), &path, depth + 1)?;
                }
            } else if kind.is_file() {
                self.file(&entry.path(), path)?;
            }
        }
        Ok(())
    }

    fn file(&mut self, from: &Path, path: String) -> Result<(), Failure> {
        if self.files.len() >= SOURCE_FILES_MAX || self.bytes >= SOURCE_BYTES_MAX {
            let message = "the source is too large: name the folder with your own code".to_owned();
            return Err(failure(Exit::NoInput, message));
        }
        let doing = || format!("can't read {}", from.display());
        let size = from.metadata().or_exit(Exit::NoInput, doing)?.len();
        if size > SOURCE_FILE_BYTES_MAX {
            self.left_out.push(format!("{path}: larger than {SOURCE_FILE_BYTES_MAX} bytes"));
            return Ok(());
        }
        let content = std::fs::read(from).or_exit(Exit::NoInput, doing)?;
        self.bytes += content.len() as u64;
        self.files.push(SourceFile { path, content: Bytes::from(content) });
        Ok(())
    }
}
