//! What can go wrong, said so that a person knows what failed, to which object, and what to do.

use crate::s3::Answer;
use duecare_base::Digest;
use std::fmt;
use std::io;

/// What this crate's functions give.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// Why stored bytes could not be written, read, moved or removed. Never holds a secret.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The address of a store can't be understood.
    #[error("`{location}` can't be used as a store: {why}")]
    Location {
        /// The address as given, without its query.
        location: String,
        /// What is wrong with it and what would be right.
        why: String,
    },
    /// There are no usable credentials for an S3 store.
    #[error("no credentials for the S3 store: {why}")]
    Credentials {
        /// Where they were looked for.
        why: String,
    },
    /// A path of a public file breaks the rules.
    #[error("`{path}` can't be the path of a public file: {why}")]
    Path {
        /// The path as given, cut short.
        path: String,
        /// The rule.
        why: &'static str,
    },
    /// The object is not in the store.
    #[error("{object} is not in {store}")]
    Missing {
        /// Digest or path.
        object: String,
        /// The store's address.
        store: String,
    },
    /// The stored bytes are not those that were stored.
    #[error(
        "{object} in {store} is corrupt: its bytes have the digest {found}; restore it from a backup"
    )]
    Corrupt {
        /// The digest that the bytes should have.
        object: Digest,
        /// The digest that they have.
        found: Digest,
        /// The store's address.
        store: String,
    },
    /// The bytes that were sent are not those that were announced. Nothing was stored.
    #[error("the bytes have the digest {found}, but {expected} was announced; send them again")]
    NotAsAnnounced {
        /// The announced digest.
        expected: Digest,
        /// The digest of what came.
        found: Digest,
    },
    /// More bytes than allowed. Nothing was stored.
    #[error("{object} has more than the allowed {limit_bytes} bytes")]
    TooLarge {
        /// Which bytes.
        object: String,
        /// The limit in bytes.
        limit_bytes: u64,
    },
    /// A range reaches past the end.
    #[error("bytes {start} to {end} of {object} were asked for, but it has {size_bytes}")]
    OutOfRange {
        /// Which bytes.
        object: String,
        /// First byte asked for.
        start: u64,
        /// One past the last byte asked for.
        end: u64,
        /// Size of the object in bytes.
        size_bytes: u64,
    },
    /// A public file that never changes is there with other bytes. It was left as it is.
    #[error("{path} in {store} never changes, but is there with other bytes; it was left as it is")]
    ImmutableDiffers {
        /// Path of the file.
        path: String,
        /// The store's address.
        store: String,
    },
    /// The disk, the quota or the object store is full. Nothing that was stored before is lost.
    #[error("no space is left in {store} for {object}; make room, then try again")]
    Full {
        /// Which bytes.
        object: String,
        /// The store's address.
        store: String,
        /// The system's word for it.
        #[source]
        source: Cause,
    },
    /// The file system refused.
    #[error("could not {doing} {object} in {store}")]
    Io {
        /// What was being done, as a verb.
        doing: &'static str,
        /// To what.
        object: String,
        /// The store's address.
        store: String,
        /// The system's error.
        #[source]
        source: io::Error,
    },
    /// The object store answered, and the answer was no.
    #[error("could not {doing} {object} in {store}: {}", answer.advice())]
    Refused {
        /// What was being done, as a verb.
        doing: &'static str,
        /// To what.
        object: String,
        /// The store's address.
        store: String,
        /// Its answer.
        #[source]
        answer: Answer,
    },
    /// The object store did not answer, however often it was asked.
    #[error("could not {doing} {object}: {store} did not answer in {attempts} attempts")]
    Unreachable {
        /// What was being done, as a verb.
        doing: &'static str,
        /// To what.
        object: String,
        /// The store's address.
        store: String,
        /// How often it was tried.
        attempts: u32,
        /// What the last attempt came to.
        #[source]
        source: Cause,
    },
    /// The object was deleted, but its bytes stay: the bucket keeps old versions.
    #[error(
        "{object} was deleted in {store}, but its bytes are kept: the bucket keeps old versions; \
         remove them by a life-cycle rule or turn versioning off"
    )]
    VersionsKept {
        /// Digest or path.
        object: String,
        /// The store's address.
        store: String,
    },
    /// An upload was used again after it had failed.
    #[error("this upload of {object} has failed before; begin another one")]
    Failed {
        /// Which bytes.
        object: String,
    },
    /// After a copy the target does not hold what the source holds.
    #[error("after copying, {to} holds {found} of the {expected} objects in {from}; copy again")]
    CopyIncomplete {
        /// The source's address.
        from: String,
        /// The target's address.
        to: String,
        /// Objects of the source.
        expected: u64,
        /// Of those, how many the target holds whole.
        found: u64,
    },
}

impl Error {
    /// True when there is no space left: writing must stop until a person made room.
    #[must_use]
    pub fn is_full(&self) -> bool {
        matches!(self, Self::Full { .. })
    }

    /// True when the object is not in the store.
    #[must_use]
    pub fn is_missing(&self) -> bool {
        matches!(self, Self::Missing { .. })
    }

    /// The error inside an [`io::Error`] that a reader of this crate gave.
    ///
    /// # Errors
    /// The error itself when it came from elsewhere.
    pub fn from_read(error: io::Error) -> Result<Self, io::Error> {
        error.downcast::<Self>()
    }
}

/// For readers: the whole error travels inside, [`Error::from_read`] takes it out again.
impl From<Error> for io::Error {
    fn from(error: Error) -> Self {
        let kind = match &error {
            Error::Io { source, .. } => source.kind(),
            Error::Missing { .. } => io::ErrorKind::NotFound,
            Error::Corrupt { .. } | Error::NotAsAnnounced { .. } => io::ErrorKind::InvalidData,
            Error::Full { .. } => io::ErrorKind::StorageFull,
            _ => io::ErrorKind::Other,
        };
        Self::new(kind, error)
    }
}

/// What lies below an error, as text that was cleared of addresses with signatures in them.
#[derive(Debug)]
pub struct Cause(pub(crate) String);

impl fmt::Display for Cause {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for Cause {}

/// Says what was being done to what, so that an error of the system can be told.
#[derive(Clone, Copy)]
pub(crate) struct Doing<'a> {
    pub(crate) verb: &'static str,
    pub(crate) object: &'a str,
    pub(crate) store: &'a str,
}

impl Doing<'_> {
    pub(crate) fn failed(self, source: io::Error) -> Error {
        let (object, store) = (self.object.to_owned(), self.store.to_owned());
        if matches!(source.kind(), io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded) {
            return Error::Full { object, store, source: Cause(source.to_string()) };
        }
        match source.downcast::<Error>() {
            Ok(own) => own,
            Err(source) => Error::Io { doing: self.verb, object, store, source },
        }
    }
}
