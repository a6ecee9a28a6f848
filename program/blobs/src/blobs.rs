//! Blobs: bytes named by their SHA-256 digest.

use crate::error::{Doing, Error, Result};
use crate::key::{BLOBS, Key};
use crate::location::Location;
use crate::options::Options;
use crate::reader::Reader;
use crate::store::{Audience, Opened, Store};
use crate::upload::Upload;
use duecare_base::Digest;
use std::io::Read;
use std::ops::Range;
use std::time::SystemTime;

/// Most bytes that a blob may have: what every kind of store takes, so that blobs can always be moved.
/// S3 takes 10,000 parts of 8 MiB.
pub const BLOB_BYTES_MAX: u64 = 64 * 1024 * 1024 * 1024;
/// Bytes that are read at once when a blob is only checked or passed on.
pub(crate) const PASS_BYTES: usize = 256 * 1024;

/// A store of blobs. Clones share it; any number of threads and processes may use it at once.
#[derive(Clone, Debug)]
pub struct Blobs {
    store: Store,
}

/// What a listing says about a blob.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Blob {
    /// Its name.
    pub digest: Digest,
    /// Its size in bytes.
    pub size_bytes: u64,
    /// When it was last stored, by the store's own clock, where the store says.
    pub modified: Option<SystemTime>,
}

impl Blobs {
    /// Opens the store at an address (see [`Location`]) and removes what died there.
    ///
    /// # Errors
    /// When the address is wrong, or the store can't be reached, read, or cleaned.
    pub fn open(location: &str) -> Result<Self> {
        Self::open_with(location, &Options::default())
    }

    /// Opens the store with options.
    ///
    /// # Errors
    /// As [`Blobs::open`].
    pub fn open_with(location: &str, options: &Options) -> Result<Self> {
        let location = location.parse::<Location>()?;
        Ok(Self { store: Store::open(&location, options, Audience::Owner)? })
    }

    /// The store's address, for people.
    #[must_use]
    pub fn name(&self) -> &str {
        self.store.name()
    }

    /// Begins to take a blob in: at most `limit_bytes`, and with the digest `expected` when it is
    /// known beforehand.
    ///
    /// # Errors
    /// When the store can't take it.
    pub fn begin(&self, limit_bytes: u64, expected: Option<Digest>) -> Result<Upload> {
        Upload::begin(&self.store, limit_bytes.min(BLOB_BYTES_MAX), expected)
    }

    /// Stores bytes that are in memory.
    ///
    /// # Errors
    /// What the store reports.
    pub fn put(&self, bytes: &[u8]) -> Result<Digest> {
        let mut upload = self.begin(BLOB_BYTES_MAX, None)?;
        upload.write(bytes)?;
        Ok(upload.finish()?.0)
    }

    /// Stores all that a reader gives.
    ///
    /// # Errors
    /// [`Error::TooLarge`] over `limit_bytes`, [`Error::NotAsAnnounced`], what the reader and the
    /// store report.
    pub fn put_from(
        &self,
        from: &mut impl Read,
        limit_bytes: u64,
        expected: Option<Digest>,
    ) -> Result<(Digest, u64)> {
        let mut upload = self.begin(limit_bytes, expected)?;
        pass(from, "an upload", self.name(), |bytes| upload.write(bytes))?;
        upload.finish()
    }

    /// Opens a blob. The reader checks it against its digest; see [`Reader`].
    ///
    /// # Errors
    /// [`Error::Missing`], and what the store reports.
    pub fn get(&self, digest: &Digest) -> Result<Reader> {
        let Opened { stream, size_bytes } = self.opened(digest, 0, None)?;
        Ok(Reader::checked(stream, size_bytes, *digest, self.name()))
    }

    /// Opens a part of a blob. A part can't be checked against the digest.
    ///
    /// # Errors
    /// [`Error::Missing`], [`Error::OutOfRange`], and what the store reports.
    pub fn get_range(&self, digest: &Digest, range: Range<u64>) -> Result<Reader> {
        let Opened { stream, size_bytes } = self.opened(digest, range.start, Some(range.end))?;
        Ok(Reader::of_range(stream, size_bytes))
    }

    fn opened(&self, digest: &Digest, start: u64, end: Option<u64>) -> Result<Opened> {
        let key = Key::of_blob(digest);
        self.store.read(&key, start, end)?.ok_or_else(|| self.missing(digest))
    }

    fn missing(&self, digest: &Digest) -> Error {
        Error::Missing { object: digest.to_string(), store: self.name().to_owned() }
    }

    /// A whole blob of at most `max_bytes`, checked.
    ///
    /// # Errors
    /// [`Error::Missing`], [`Error::TooLarge`], [`Error::Corrupt`], and what the store reports.
    pub fn read_all(&self, digest: &Digest, max_bytes: u64) -> Result<Vec<u8>> {
        let mut reader = self.get(digest)?;
        read_whole(&mut reader, &digest.to_string(), self.name(), max_bytes)
    }

    /// True when the blob is there. Its bytes are not looked at; see [`Blobs::verify`].
    ///
    /// # Errors
    /// What the store reports.
    pub fn exists(&self, digest: &Digest) -> Result<bool> {
        Ok(self.size(digest)?.is_some())
    }

    /// Size in bytes; nothing when the blob isn't there.
    ///
    /// # Errors
    /// What the store reports.
    pub fn size(&self, digest: &Digest) -> Result<Option<u64>> {
        self.store.size(&Key::of_blob(digest))
    }

    /// All blobs in the order of their digests, as they are met: what is stored or deleted meanwhile
    /// may or may not be among them. Other files in the store are passed over.
    pub fn list(&self) -> impl Iterator<Item = Result<Blob>> + Send + use<> {
        self.store.list(BLOBS).filter_map(|listed| match listed {
            Ok(listed) => Key::blob_digest(&listed.key).map(|digest| {
                Ok(Blob { digest, size_bytes: listed.size_bytes, modified: listed.modified })
            }),
            Err(error) => Some(Err(error)),
        })
    }

    /// Removes a blob for good; false when it wasn't there. Who collects blobs that nothing refers to
    /// must spare those whose `modified` is recent: storing a blob again renews it.
    ///
    /// # Errors
    /// [`Error::VersionsKept`] when the object store keeps the bytes nevertheless, and what the store
    /// reports.
    pub fn delete(&self, digest: &Digest) -> Result<bool> {
        self.store.delete(&Key::of_blob(digest))
    }

    /// Reads a blob and holds it against its digest. Gives its size in bytes.
    ///
    /// # Errors
    /// [`Error::Missing`], [`Error::Corrupt`], and what the store reports.
    pub fn verify(&self, digest: &Digest) -> Result<u64> {
        let mut reader = self.get(digest)?;
        pass(&mut reader, &digest.to_string(), self.name(), |_| Ok(()))
    }
}

/// Reads to the end and hands over piece by piece; gives the number of bytes.
pub(crate) fn pass(
    from: &mut impl Read,
    object: &str,
    store: &str,
    mut to: impl FnMut(&[u8]) -> Result<()>,
) -> Result<u64> {
    let mut buffer = vec![0; PASS_BYTES];
    let mut total: u64 = 0;
    loop {
        match from.read(&mut buffer) {
            Ok(0) => return Ok(total),
            Ok(count) => {
                to(buffer.get(..count).unwrap_or_default())?;
                total = total.saturating_add(u64::try_from(count).unwrap_or(u64::MAX));
            }
            Err(error) if error.kind() == std::io::ErrorKind::Interrupted => {}
            Err(error) => return Err(Doing { verb: "read", object, store }.failed(error)),
        }
    }
}

/// All bytes of a reader, at most `max_bytes`.
pub(crate) fn read_whole(
    reader: &mut Reader,
    object: &str,
    store: &str,
    max_bytes: u64,
) -> Result<Vec<u8>> {
    let too_large = || Error::TooLarge { object: object.to_owned(), limit_bytes: max_bytes };
    let size_bytes = reader.size_bytes();
    if size_bytes > max_bytes {
        return Err(too_large());
    }
    let mut bytes = Vec::with_capacity(usize::try_from(size_bytes).map_err(|_| too_large())?);
    pass(reader, object, store, |piece| {
        // A file that grows while it is read ends at the size it had, so this is a second lock.
        if bytes.len().saturating_add(piece.len()) as u64 > max_bytes {
            return Err(too_large());
        }
        bytes.extend_from_slice(piece);
        Ok(())
    })?;
    Ok(bytes)
}
