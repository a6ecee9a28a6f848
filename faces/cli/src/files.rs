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

/// Reads a whole file of at most `size_max` bytes; `-` is standard input.
pub(crate) fn read(path: &Path, size_max: u64) -> Result<InputFile, Failure> {
    if is_stdin(path) {
        return whole(path, std::io::stdin().lock(), Vec::new(), size_max);
    }
    let doing = || format!("can't read {}", shown(path));
    let file = std::fs::File::open(path).or_exit(Exit::NoInput, doing)?;
    let kind = file.metadata().or_exit(Exit::NoInput, doing)?;
    if kind.is_dir() {
        let message = format!("{} is a folder; name a file in it", shown(path));
        return Err(failure(Exit::NoInput, message));
    }
    let content = Vec::with_capacity(usize::try_from(kind.len().min(size_max)).unwrap_or(0));
    whole(path, file, content, size_max)
}

/// What comes out of a file. Pipes and devices have no size, so the limit is on what is read.
fn whole(
    path: &Path,
    from: impl std::io::Read,
    mut content: Vec<u8>,
    size_max: u64,
) -> Result<InputFile, Failure> {
    let doing = || format!("can't read {}", shown(path));
    from.take(size_max + 1).read_to_end(&mut content).or_exit(Exit::NoInput, doing)?;
    if content.len() as u64 > size_max {
        let size = duecare_base::text::size(size_max);
        let message =
            format!("{} is larger than {size} (for images --memory-mib allows more)", shown(path));
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
        .or_exit(Exit::Data, || format!("{} is not UTF-8 text", shown(path)))?;
    Ok((file, text))
}

/// The last component of a path, for people; `stdin` and `pipe-63` for what has no name.
pub(crate) fn name_of(path: &Path) -> String {
    if is_stdin(path) || path == Path::new("/dev/stdin") {
        return "stdin".to_owned();
    }
    if let Some(number) = path.to_str().and_then(|path| path.strip_prefix("/dev/fd/")) {
        return plain(&format!("pipe-{number}"));
    }
    let resolved = path.canonicalize().unwrap_or_else(|_| path.to_owned());
    let name = path.file_name().or_else(|| resolved.file_name());
    name.map_or_else(|| shown(path), |name| plain(&name.to_string_lossy()))
}

/// `-` stands for standard input.
pub(crate) fn is_stdin(path: &Path) -> bool {
    path == Path::new("-")
}

/// A path for a message: one line, and nothing that a terminal obeys.
pub(crate) fn shown(path: &Path) -> String {
    plain(&path.to_string_lossy())
}

/// Text without control characters, which are replaced as in the names of files in an image.
pub(crate) fn plain(text: &str) -> String {
    text.replace(char::is_control, "\u{fffd}")
}

/// Reads a source drop: every regular file, links not followed, version-control stores left out
/// of the content but not of the paths.
pub(crate) fn source(folder: &Path) -> Result<Source, Failure> {
    if !folder.is_dir() {
        let message = format!("{} is no folder", shown(folder));
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
        let doing = || format!("can't read the folder {}", shown(folder));
        let entries = std::fs::read_dir(folder).or_exit(Exit::NoInput, doing)?;
        for entry in entries {
            let entry = entry.or_exit(Exit::NoInput, doing)?;
            let path = format!("{prefix}/{}", plain(&entry.file_name().to_string_lossy()));
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
        let doing = || format!("can't read {}", shown(from));
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
