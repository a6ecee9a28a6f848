//! Bytes on their way into a bucket.

use super::S3;
use super::client::Request;
use super::parts::{PART_BYTES, Parts, content_md5};
use crate::error::{Doing, Error, Result};
use crate::key::Key;
use crate::steps::Step;
use crate::store::{Headers, Named, Naming};
use std::fs::{File, OpenOptions};
use std::io::{self, Read as _, Seek as _, Write as _};
use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};

/// Names that are tried for a spool file; it has its name only for a moment.
const NAMES_MAX: u32 = 1000;

/// Numbers the spool files of this process.
static NEXT: AtomicU64 = AtomicU64::new(0);

/// Bytes on their way into a bucket: first in memory, beyond one part in an upload of parts, or in a
/// file while the key is not known.
#[derive(Debug)]
pub(crate) struct Sink {
    s3: S3,
    key: Option<Key>,
    headers: Headers,
    buffer: Vec<u8>,
    parts: Option<Parts>,
    spool: Option<File>,
}

impl Sink {
    pub(super) fn begin(s3: &S3, key: Option<&Key>, headers: Headers) -> Self {
        let (s3, key) = (s3.clone(), key.cloned());
        Self { s3, key, headers, buffer: Vec::new(), parts: None, spool: None }
    }

    pub(crate) fn write(&mut self, bytes: &[u8]) -> Result<()> {
        let mut rest = bytes;
        while !rest.is_empty() {
            if self.buffer.len() >= PART_BYTES {
                self.drain()?;
            }
            let room = PART_BYTES.saturating_sub(self.buffer.len());
            let (now, later) = rest.split_at_checked(room).unwrap_or((rest, &[]));
            self.buffer.extend_from_slice(now);
            rest = later;
        }
        Ok(())
    }

    /// Takes a full buffer away; only called when more bytes follow.
    fn drain(&mut self) -> Result<()> {
        match &self.key {
            Some(key) => {
                let parts = match &mut self.parts {
                    Some(parts) => parts,
                    empty => empty.insert(Parts::begin(&self.s3, key, &self.headers)?),
                };
                parts.add(&self.buffer)?;
            }
            None => self.spool_buffer().map_err(|error| self.spool_failed(error))?,
        }
        self.buffer.clear();
        Ok(())
    }

    fn spool_failed(&self, error: io::Error) -> Error {
        // The local folder is what has no room then, not the bucket.
        let store = self.s3.0.spool.display().to_string();
        Doing { verb: "write", object: "an upload", store: &store }.failed(error)
    }

    fn spool_buffer(&mut self) -> io::Result<()> {
        let steps = self.s3.0.client.steps();
        let spool = match &mut self.spool {
            Some(spool) => spool,
            empty => empty.insert(steps.step(Step::Create, || nameless(&self.s3.0.spool))?),
        };
        steps.step(Step::Write, || spool.write_all(&self.buffer))
    }

    pub(crate) fn commit(mut self, key: &Key, naming: Naming) -> Result<Named> {
        if self.spool.is_some() {
            return self.commit_spool(key, naming);
        }
        let Some(mut parts) = self.parts.take() else { return self.put(key, naming) };
        if !self.buffer.is_empty() {
            parts.add(&self.buffer)?;
        }
        parts.complete(naming)
    }

    /// All in one request.
    fn put(&self, key: &Key, naming: Naming) -> Result<Named> {
        let full = self.s3.full_key(key);
        let md5 = content_md5(&self.buffer);
        let mut headers = self.headers.sorted();
        headers.push(("content-md5", &md5));
        if naming == Naming::New {
            headers.push(("if-none-match", "*"));
        }
        headers.sort_unstable();
        let request = Request::put(&full, &[], &self.buffer).with_headers(&headers);
        match self.s3.0.client.send(&request, self.s3.doing("store", key.as_str())) {
            Ok(_) => Ok(Named::Done),
            Err(Error::Refused { answer, .. }) if answer.status == 412 => Ok(Named::Taken),
            // A store without conditional writes. Who asks for a new name has looked before.
            Err(Error::Refused { answer, .. }) if answer.status == 501 && naming == Naming::New => {
                self.put(key, Naming::Replace)
            }
            Err(error) => Err(error),
        }
    }

    /// Sends what was spooled, part by part; the key is known now.
    fn commit_spool(mut self, key: &Key, naming: Naming) -> Result<Named> {
        self.spool_buffer().map_err(|error| self.spool_failed(error))?;
        let mut parts = Parts::begin(&self.s3, key, &self.headers)?;
        self.rewind().map_err(|error| self.spool_failed(error))?;
        loop {
            self.read_back().map_err(|error| self.spool_failed(error))?;
            if self.buffer.is_empty() {
                return parts.complete(naming);
            }
            parts.add(&self.buffer)?;
        }
    }

    fn rewind(&mut self) -> io::Result<()> {
        self.spool.as_mut().map_or(Ok(()), |spool| spool.rewind())
    }

    /// The next part of the spool file into the buffer.
    fn read_back(&mut self) -> io::Result<()> {
        self.buffer.clear();
        if let Some(spool) = &mut self.spool {
            spool.take(PART_BYTES as u64).read_to_end(&mut self.buffer)?;
        }
        Ok(())
    }
}

/// A file that has no name any more, so that nothing is left of it whatever happens.
fn nameless(folder: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.read(true).write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let process = std::process::id();
    for _ in 0..NAMES_MAX {
        let number = NEXT.fetch_add(1, Ordering::Relaxed);
        let path = folder.join(format!("duecare-upload-{process}-{number}"));
        match options.open(&path) {
            Ok(file) => {
                std::fs::remove_file(&path)?;
                return Ok(file);
            }
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
            Err(error) => return Err(error),
        }
    }
    Err(io::ErrorKind::AlreadyExists.into())
}
