//! Where a log's files come from: a directory, a web server, memory. The caller does the I/O.

use std::collections::BTreeMap;

/// A file that is there but couldn't be read, with the reason for a person.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct Unreadable(pub String);

/// Files by their path below the log's prefix, such as `tile/0/x001/234`.
///
/// The paths asked for are made by this crate alone: they never begin with `/` and have no `..`.
pub trait Source {
    /// The file's bytes; `None` when there is no such file.
    ///
    /// # Errors
    /// When it is there but can't be read, or has more than `bytes_max` bytes.
    fn read(&self, path: &str, bytes_max: usize) -> Result<Option<Vec<u8>>, Unreadable>;

    /// Calls `each` with every file's path, in any order; `false` when the source can't list.
    ///
    /// # Errors
    /// When listing breaks off.
    fn list(&self, each: &mut dyn FnMut(&str)) -> Result<bool, Unreadable> {
        let _ = each;
        Ok(false)
    }
}

/// Files in memory, for tests and small logs.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct MemorySource(pub BTreeMap<String, Vec<u8>>);

impl Source for MemorySource {
    fn read(&self, path: &str, bytes_max: usize) -> Result<Option<Vec<u8>>, Unreadable> {
        let Some(bytes) = self.0.get(path) else { return Ok(None) };
        if bytes.len() > bytes_max {
            return Err(Unreadable(too_long(bytes_max)));
        }
        Ok(Some(bytes.clone()))
    }

    fn list(&self, each: &mut dyn FnMut(&str)) -> Result<bool, Unreadable> {
        self.0.keys().for_each(|path| each(path));
        Ok(true)
    }
}

/// What to say of a file with more bytes than it may have.
#[must_use]
pub fn too_long(bytes_max: usize) -> String {
    format!("has more than {bytes_max} bytes")
}
