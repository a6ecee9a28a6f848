//! Giving bytes out.

use crate::error::Error;
use crate::store::Stream;
use duecare_base::Digest;
use duecare_base::digest::Hasher;
use std::io::{self, Read};

/// The bytes of a blob. A whole blob is checked while it is read: when its bytes are not those that
/// its digest names, the read that would say "end" fails with [`Error::Corrupt`] instead. What was
/// read must not be trusted before the end has come.
#[derive(Debug)]
pub struct Reader {
    stream: Stream,
    size_bytes: u64,
    check: Option<Check>,
}

#[derive(Debug)]
struct Check {
    expected: Digest,
    hasher: Hasher,
    store: String,
}

impl Reader {
    /// Checks the bytes as they pass.
    pub(crate) fn checked(stream: Stream, size_bytes: u64, expected: Digest, store: &str) -> Self {
        let check = Check { expected, hasher: Hasher::default(), store: store.to_owned() };
        Self { stream, size_bytes, check: Some(check) }
    }

    /// Can't check: the digest is that of the whole.
    pub(crate) fn of_range(stream: Stream, size_bytes: u64) -> Self {
        Self { stream, size_bytes, check: None }
    }

    /// Bytes of the whole blob, also when only a part of it is read.
    #[must_use]
    pub fn size_bytes(&self) -> u64 {
        self.size_bytes
    }
}

impl Read for Reader {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if buffer.is_empty() {
            return Ok(0);
        }
        let count = self.stream.read(buffer)?;
        let Some(check) = &mut self.check else { return Ok(count) };
        if let Some(bytes) = buffer.get(..count).filter(|bytes| !bytes.is_empty()) {
            check.hasher.update(bytes);
            return Ok(count);
        }
        let found = check.hasher.clone().finish();
        if found != check.expected {
            let (object, store) = (check.expected, check.store.clone());
            return Err(Error::Corrupt { object, found, store }.into());
        }
        Ok(0)
    }
}
