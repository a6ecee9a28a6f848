//! Taking bytes in.

use crate::error::{Error, Result};
use crate::key::Key;
use crate::store::{Headers, Naming, Sink, Store};
use duecare_base::Digest;
use duecare_base::digest::Hasher;

/// What an upload is called while it has no digest.
const NAMELESS: &str = "the upload";

/// A blob on its way in. Nobody sees any of it until [`Upload::finish`] has answered; dropped before
/// that, nothing is left of it.
#[derive(Debug)]
#[must_use = "an upload that is dropped stores nothing"]
pub struct Upload {
    /// Nothing after a failure.
    sink: Option<Sink>,
    hasher: Hasher,
    size_bytes: u64,
    limit_bytes: u64,
    expected: Option<Digest>,
}

impl Upload {
    pub(crate) fn begin(store: &Store, limit_bytes: u64, expected: Option<Digest>) -> Result<Self> {
        let key = expected.as_ref().map(Key::of_blob);
        let sink = Some(store.begin(key.as_ref(), Headers::default())?);
        Ok(Self { sink, hasher: Hasher::default(), size_bytes: 0, limit_bytes, expected })
    }

    fn object(&self) -> String {
        self.expected.map_or(NAMELESS.to_owned(), |digest| digest.to_string())
    }

    /// Bytes taken so far.
    #[must_use]
    pub fn size_bytes(&self) -> u64 {
        self.size_bytes
    }

    /// Takes the next bytes.
    ///
    /// # Errors
    /// [`Error::TooLarge`] before anything beyond the limit is stored, [`Error::Full`], and what the
    /// store reports. After an error the upload is over and what it had stored is gone.
    pub fn write(&mut self, bytes: &[u8]) -> Result<()> {
        // Taken out, so that an error on any way out of here drops it.
        let Some(mut sink) = self.sink.take() else {
            return Err(Error::Failed { object: self.object() });
        };
        let size_bytes =
            u64::try_from(bytes.len()).ok().and_then(|n| n.checked_add(self.size_bytes));
        let Some(size_bytes) = size_bytes.filter(|size| *size <= self.limit_bytes) else {
            return Err(Error::TooLarge { object: self.object(), limit_bytes: self.limit_bytes });
        };
        sink.write(bytes)?;
        self.hasher.update(bytes);
        self.size_bytes = size_bytes;
        self.sink = Some(sink);
        Ok(())
    }

    /// Stores the blob under its digest, durably. A blob that is there already is replaced by the
    /// same bytes, so what was corrupt is whole again.
    ///
    /// # Errors
    /// [`Error::NotAsAnnounced`] when the digest is not the expected one, [`Error::Full`], and what
    /// the store reports. Nothing of the upload is left then.
    pub fn finish(mut self) -> Result<(Digest, u64)> {
        let Some(sink) = self.sink.take() else {
            return Err(Error::Failed { object: self.object() });
        };
        let found = self.hasher.clone().finish();
        if let Some(expected) = self.expected.filter(|expected| *expected != found) {
            return Err(Error::NotAsAnnounced { expected, found });
        }
        sink.commit(&Key::of_blob(&found), Naming::Replace)?;
        Ok((found, self.size_bytes))
    }
}
