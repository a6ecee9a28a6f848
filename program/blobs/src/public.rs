//! Public static files: log tiles, checkpoints, update metadata. Named by a path, handed out as they
//! are by any web server.

use crate::blobs::{pass, read_whole};
use crate::error::{Error, Result};
use crate::key::PublicPath;
use crate::location::Location;
use crate::options::Options;
use crate::reader::Reader;
use crate::store::{Audience, Headers, Named, Naming, Store};

/// A file that never changes may be kept by everyone for a year (RFC 8246).
const CACHE_IMMUTABLE: &str = "public, max-age=31536000, immutable";
/// One that changes may be kept, but must be asked for again each time.
const CACHE_MUTABLE: &str = "no-cache";

/// A store of public files. Clones share it; any number of threads and processes may use it at once.
#[derive(Clone, Debug)]
pub struct Public {
    store: Store,
}

/// What a listing says about a public file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PublicFile {
    /// Its path.
    pub path: PublicPath,
    /// Its size in bytes.
    pub size_bytes: u64,
}

impl Public {
    /// Opens the store at an address (see [`Location`]) and removes what died there. In a directory
    /// the files are readable for everyone who can reach it, so that a web server may serve them.
    ///
    /// # Errors
    /// When the address is wrong, or the store can't be reached, read, or cleaned.
    pub fn open(location: &str) -> Result<Self> {
        Self::open_with(location, &Options::default())
    }

    /// Opens the store with options.
    ///
    /// # Errors
    /// As [`Public::open`].
    pub fn open_with(location: &str, options: &Options) -> Result<Self> {
        let location = location.parse::<Location>()?;
        Ok(Self { store: Store::open(&location, options, Audience::Everyone)? })
    }

    /// The store's address, for people.
    #[must_use]
    pub fn name(&self) -> &str {
        self.store.name()
    }

    /// Stores a file, durably and at once: a reader sees the old bytes or the new ones. An immutable
    /// file that is there with the same bytes is left; with others it is an error and left as well.
    /// `content_type` and how long others may keep the file are told to an object store; a directory
    /// doesn't keep them.
    ///
    /// # Errors
    /// [`Error::ImmutableDiffers`], [`Error::Full`], and what the store reports.
    pub fn put(
        &self,
        path: &PublicPath,
        bytes: &[u8],
        content_type: &str,
        immutable: bool,
    ) -> Result<()> {
        if immutable && self.holds(path, bytes)? {
            return self.store.settle(&path.0);
        }
        let cache = if immutable { CACHE_IMMUTABLE } else { CACHE_MUTABLE };
        let headers =
            Headers { content_type: Some(content_type.to_owned()), cache_control: Some(cache) };
        let naming = if immutable { Naming::New } else { Naming::Replace };
        let mut sink = self.store.begin(Some(&path.0), headers)?;
        sink.write(bytes)?;
        match sink.commit(&path.0, naming)? {
            Named::Done => Ok(()),
            // Another process was faster, with what must be the same bytes.
            Named::Taken if self.holds(path, bytes)? => self.store.settle(&path.0),
            Named::Taken => Err(self.differs(path)),
        }
    }

    /// True when the file is there with these bytes, false when it isn't there.
    fn holds(&self, path: &PublicPath, bytes: &[u8]) -> Result<bool> {
        let Some(mut reader) = self.read(path)? else { return Ok(false) };
        if u64::try_from(bytes.len()) != Ok(reader.size_bytes()) {
            return Err(self.differs(path));
        }
        let mut rest = bytes;
        pass(&mut reader, path.as_str(), self.name(), |piece| {
            rest = rest.strip_prefix(piece).ok_or_else(|| self.differs(path))?;
            Ok(())
        })?;
        if rest.is_empty() { Ok(true) } else { Err(self.differs(path)) }
    }

    fn differs(&self, path: &PublicPath) -> Error {
        Error::ImmutableDiffers { path: path.to_string(), store: self.name().to_owned() }
    }

    /// Opens a file; nothing when it isn't there.
    ///
    /// # Errors
    /// What the store reports.
    pub fn read(&self, path: &PublicPath) -> Result<Option<Reader>> {
        let opened = self.store.read(&path.0, 0, None)?;
        Ok(opened.map(|opened| Reader::of_range(opened.stream, opened.size_bytes)))
    }

    /// A whole file of at most `max_bytes`; nothing when it isn't there.
    ///
    /// # Errors
    /// [`Error::TooLarge`], and what the store reports.
    pub fn get(&self, path: &PublicPath, max_bytes: u64) -> Result<Option<Vec<u8>>> {
        let Some(mut reader) = self.read(path)? else { return Ok(None) };
        read_whole(&mut reader, path.as_str(), self.name(), max_bytes).map(Some)
    }

    /// Removes a file for good; false when it wasn't there.
    ///
    /// # Errors
    /// [`Error::VersionsKept`], and what the store reports.
    pub fn delete(&self, path: &PublicPath) -> Result<bool> {
        self.store.delete(&path.0)
    }

    /// All files, as they are met, in the order of their paths. What has no path of ours (see
    /// [`PublicPath`]) is passed over.
    pub fn list(&self) -> impl Iterator<Item = Result<PublicFile>> + Send + use<> {
        self.store.list("").filter_map(|listed| match listed {
            Ok(listed) => {
                let path = listed.key.parse::<PublicPath>().ok()?;
                Some(Ok(PublicFile { path, size_bytes: listed.size_bytes }))
            }
            Err(error) => Some(Err(error)),
        })
    }
}
