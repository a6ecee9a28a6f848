//! Names of objects inside a store: always made by us or checked, so that no name leaves its folder.

use crate::error::{Error, Result};
use duecare_base::Digest;
use std::fmt;
use std::str::FromStr;

/// Most bytes in a key: what S3 takes, less room for the prefix of the store.
const KEY_BYTES_MAX: usize = 700;
/// Most bytes between two slashes: what file systems take in a name.
const SEGMENT_BYTES_MAX: usize = 255;
/// Most bytes of a refused path that are shown.
const SHOWN_CHARS_MAX: usize = 100;
/// Where blobs lie; the folder says how they are named, so another hash could stand beside it.
pub(crate) const BLOBS: &str = "sha256/";

/// The name of an object: segments of plain characters between slashes.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Key(String);

impl Key {
    /// `sha256/ab/cd/abcd…`: two levels of folders keep each one small.
    pub(crate) fn of_blob(digest: &Digest) -> Self {
        let hex = digest.to_string();
        let (first, second) = (hex.get(..2).unwrap_or_default(), hex.get(2..4).unwrap_or_default());
        Self(format!("{BLOBS}{first}/{second}/{hex}"))
    }

    /// The digest that a key under [`BLOBS`] names; nothing for a key of any other shape.
    pub(crate) fn blob_digest(text: &str) -> Option<Digest> {
        let digest = text.rsplit('/').next()?.parse::<Digest>().ok()?;
        (Self::of_blob(&digest).0 == text).then_some(digest)
    }

    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// The path of a public file, such as `tile/0/x001/234` or `checkpoint`.
///
/// Segments of `A-Z a-z 0-9 . _ -` between single slashes; none is empty or begins with a dot, so a
/// path can't be absolute, climb, or meet a hidden or temporary file.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct PublicPath(pub(crate) Key);

impl PublicPath {
    /// The path as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        self.0.as_str()
    }
}

impl fmt::Display for PublicPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl FromStr for PublicPath {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        match fault(text) {
            None => Ok(Self(Key(text.to_owned()))),
            Some(why) => {
                let path = text.chars().take(SHOWN_CHARS_MAX).flat_map(char::escape_default);
                Err(Error::Path { path: path.collect(), why })
            }
        }
    }
}

/// The rule that a path breaks.
pub(crate) fn fault(path: &str) -> Option<&'static str> {
    if path.len() > KEY_BYTES_MAX {
        return Some("it is longer than 700 bytes");
    }
    path.split('/').find_map(|segment| {
        if segment.is_empty() {
            return Some("it must not be empty, absolute, or have two slashes in a row");
        }
        if segment.starts_with('.') {
            return Some("no part of it may begin with a dot");
        }
        if segment.len() > SEGMENT_BYTES_MAX {
            return Some("a part of it is longer than 255 bytes");
        }
        let plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'_' | b'-');
        (!segment.bytes().all(plain))
            .then_some("it may only have letters, digits, dots, dashes and underscores")
    })
}
