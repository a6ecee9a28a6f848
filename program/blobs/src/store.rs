//! What blobs and public files ask of the place where they are kept, whichever kind it is.

use crate::directory::{self, Directory};
use crate::error::Result;
use crate::key::Key;
use crate::location::{Kind, Location};
use crate::options::Options;
use crate::s3::{self, S3};
use std::io::{self, Read};
use std::time::SystemTime;

/// A directory or a bucket.
#[derive(Clone, Debug)]
pub(crate) enum Store {
    Directory(Directory),
    S3(S3),
}

/// Who may read what is stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Audience {
    /// The owner alone.
    Owner,
    /// Everyone, such as another web server that hands the files out.
    Everyone,
}

/// How an object gets its name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Naming {
    /// Whatever has the name is replaced, at once.
    Replace,
    /// Nothing may have the name.
    New,
}

/// What came of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Named {
    Done,
    /// Something had the name already, and was left.
    Taken,
}

/// What a web server should say about a file. Directories don't keep it.
#[derive(Clone, Debug, Default)]
pub(crate) struct Headers {
    pub(crate) content_type: Option<String>,
    pub(crate) cache_control: Option<&'static str>,
}

impl Headers {
    /// As headers of a request: lower case, in the order of their names.
    pub(crate) fn sorted(&self) -> Vec<(&str, &str)> {
        let cache_control = self.cache_control.map(|value| ("cache-control", value));
        let content_type = self.content_type.as_deref().map(|value| ("content-type", value));
        cache_control.into_iter().chain(content_type).collect()
    }
}

/// What a listing says about an object.
#[derive(Clone, Debug)]
pub(crate) struct Listed {
    /// The key below the store's root.
    pub(crate) key: String,
    pub(crate) size_bytes: u64,
    pub(crate) modified: Option<SystemTime>,
}

pub(crate) type Listing = Box<dyn Iterator<Item = Result<Listed>> + Send>;

/// Bytes on their way into the store, not visible to anyone until `commit`. Dropped before, nothing
/// is left of them.
#[derive(Debug)]
pub(crate) enum Sink {
    Directory(directory::Sink),
    S3(Box<s3::Sink>),
}

/// Bytes on their way out.
#[derive(Debug)]
pub(crate) enum Stream {
    Directory(io::Take<std::fs::File>),
    S3(Box<s3::Stream>),
}

/// A stream and how many bytes the whole object has.
#[derive(Debug)]
pub(crate) struct Opened {
    pub(crate) stream: Stream,
    pub(crate) size_bytes: u64,
}

impl Store {
    pub(crate) fn open(location: &Location, options: &Options, audience: Audience) -> Result<Self> {
        match &location.0 {
            Kind::Directory(path) => Directory::open(path, options, audience).map(Self::Directory),
            Kind::S3(bucket) => S3::open(bucket, options, audience).map(Self::S3),
        }
    }

    /// The store's address, for people.
    pub(crate) fn name(&self) -> &str {
        match self {
            Self::Directory(directory) => directory.name(),
            Self::S3(s3) => s3.name(),
        }
    }

    /// Begins to take bytes in. `key` when it is known already: it saves a local copy on S3.
    pub(crate) fn begin(&self, key: Option<&Key>, headers: Headers) -> Result<Sink> {
        match self {
            Self::Directory(directory) => directory.begin().map(Sink::Directory),
            Self::S3(s3) => Ok(Sink::S3(Box::new(s3.begin(key, headers)))),
        }
    }

    /// Opens an object, from `start` on; nothing when it isn't there.
    pub(crate) fn read(&self, key: &Key, start: u64, end: Option<u64>) -> Result<Option<Opened>> {
        match self {
            Self::Directory(directory) => directory.read(key, start, end),
            Self::S3(s3) => s3.read(key, start, end),
        }
    }

    /// Size in bytes; nothing when it isn't there.
    pub(crate) fn size(&self, key: &Key) -> Result<Option<u64>> {
        match self {
            Self::Directory(directory) => directory.size(key),
            Self::S3(s3) => s3.size(key),
        }
    }

    /// Removes an object durably; false when it wasn't there.
    pub(crate) fn delete(&self, key: &Key) -> Result<bool> {
        match self {
            Self::Directory(directory) => directory.delete(key),
            Self::S3(s3) => s3.delete(key),
        }
    }

    /// All objects whose key begins with `folder` (empty, or ends with a slash). Blobs come in the
    /// order of their digests.
    pub(crate) fn list(&self, folder: &str) -> Listing {
        match self {
            Self::Directory(directory) => Box::new(directory.list(folder)),
            Self::S3(s3) => Box::new(s3.list(folder)),
        }
    }

    /// Makes sure that a name which was found is as durable as one that was given.
    pub(crate) fn settle(&self, key: &Key) -> Result<()> {
        match self {
            Self::Directory(directory) => directory.settle(key),
            Self::S3(_) => Ok(()),
        }
    }
}

impl Sink {
    pub(crate) fn write(&mut self, bytes: &[u8]) -> Result<()> {
        match self {
            Self::Directory(sink) => sink.write(bytes),
            Self::S3(sink) => sink.write(bytes),
        }
    }

    /// Gives the bytes their name, durably.
    pub(crate) fn commit(self, key: &Key, naming: Naming) -> Result<Named> {
        match self {
            Self::Directory(sink) => sink.commit(key, naming),
            Self::S3(sink) => sink.commit(key, naming),
        }
    }
}

impl Read for Stream {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        match self {
            Self::Directory(file) => file.read(buffer),
            Self::S3(stream) => stream.read(buffer),
        }
    }
}
