//! Entries of a file system or archive, kept as data.

use bytes::Bytes;

/// Longest path that is kept, in bytes; longer ones are cut and marked.
const PATH_BYTES_MAX: usize = 4096;

/// Mode, owner and time of an entry.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct NodeMeta {
    /// Permission bits with SUID, SGID and sticky: `0o7777` at most.
    pub mode: u32,
    /// Owner's number.
    pub uid: u32,
    /// Group's number.
    pub gid: u32,
    /// Modification time in seconds since 1970-01-01 UTC; 0 when the format has none.
    pub mtime: i64,
}

/// What an entry is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum NodeKind {
    /// A regular file with its content (empty for a file whose content could not be read;
    /// the layer then has a problem that names it).
    File(Bytes),
    /// A directory.
    Directory,
    /// A symbolic link and where it points, as written.
    Symlink(String),
    /// A hard link to another path of the same layer.
    HardLink(String),
    /// A character device.
    CharDevice {
        /// Major number.
        major: u32,
        /// Minor number.
        minor: u32,
    },
    /// A block device.
    BlockDevice {
        /// Major number.
        major: u32,
        /// Minor number.
        minor: u32,
    },
    /// A named pipe.
    Fifo,
    /// A socket.
    Socket,
}

/// An entry of a file system or archive.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Node {
    /// Path from the layer's root: begins with `/`, no `.` or `..` components, no doubled slashes.
    pub path: String,
    /// What it is.
    pub kind: NodeKind,
    /// Mode, owner, time.
    pub meta: NodeMeta,
    /// Extended attributes, where the format has them: name and value.
    pub xattrs: Vec<(String, Vec<u8>)>,
    /// The name tried to leave its folder (`..`, absolute inside an archive) or was cut.
    pub unsafe_name: bool,
}

impl Node {
    /// An entry; `raw_path` is as the format wrote it, with or without a leading slash.
    #[must_use]
    pub fn new(raw_path: &[u8], kind: NodeKind, meta: NodeMeta) -> Self {
        let (path, unsafe_name) = clean_path(raw_path);
        let meta = NodeMeta { mode: meta.mode & 0o7777, ..meta };
        Self { path, kind, meta, xattrs: Vec::new(), unsafe_name }
    }

    /// An entry whose type is in the upper bits of a Unix `st_mode` (`S_IFMT`).
    ///
    /// `content` is the file's bytes or the link's target; `device` is `(major, minor)`.
    /// A mode without a type bit is taken for a regular file.
    #[must_use]
    pub fn from_st_mode(
        raw_path: &[u8],
        st_mode: u32,
        meta: NodeMeta,
        content: Bytes,
        device: (u32, u32),
    ) -> Self {
        let (major, minor) = device;
        let kind = match st_mode & 0o170_000 {
            0o040_000 => NodeKind::Directory,
            0o120_000 => NodeKind::Symlink(String::from_utf8_lossy(&content).into_owned()),
            0o020_000 => NodeKind::CharDevice { major, minor },
            0o060_000 => NodeKind::BlockDevice { major, minor },
            0o010_000 => NodeKind::Fifo,
            0o140_000 => NodeKind::Socket,
            _ => NodeKind::File(content),
        };
        Self::new(raw_path, kind, NodeMeta { mode: st_mode, ..meta })
    }

    /// The file's bytes; `None` for anything but a regular file.
    #[must_use]
    pub fn content(&self) -> Option<&Bytes> {
        match &self.kind {
            NodeKind::File(content) => Some(content),
            _ => None,
        }
    }

    /// The last component of the path.
    #[must_use]
    pub fn file_name(&self) -> &str {
        self.path.rsplit('/').next().unwrap_or_default()
    }
}

/// A path that stays in its folder, and whether the written one did not.
#[must_use]
pub fn clean_path(raw: &[u8]) -> (String, bool) {
    let text = String::from_utf8_lossy(raw);
    let mut escapes = false;
    let mut parts: Vec<&str> = Vec::new();
    for part in text.split('/') {
        match part {
            "" | "." => {}
            ".." => {
                escapes = true;
                parts.pop();
            }
            other => parts.push(other),
        }
    }
    let mut path = format!("/{}", parts.join("/").replace(|c: char| c.is_control(), "\u{fffd}"));
    if path.len() > PATH_BYTES_MAX {
        let cut = (0..=PATH_BYTES_MAX).rev().find(|at| path.is_char_boundary(*at));
        path.truncate(cut.unwrap_or(0));
        escapes = true;
    }
    (path, escapes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_stay_inside() {
        let check = |raw: &str, path: &str, escapes: bool| {
            assert_eq!(clean_path(raw.as_bytes()), (path.to_owned(), escapes), "{raw}");
        };
        check("etc/passwd", "/etc/passwd", false);
        check("./a//b/./c", "/a/b/c", false);
        check("../../etc/passwd", "/etc/passwd", true);
        check("a/../../b", "/b", true);
        check("", "/", false);
        assert!(clean_path(&vec![b'a'; 9000]).1);
    }
}
