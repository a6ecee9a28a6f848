//! Copies a whole store into another one, and proves that the target then holds the same.

use crate::blobs::Blobs;
use crate::error::{Error, Result};
use crate::public::Public;
use duecare_base::digest::Hasher;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

/// Objects that are worked on at once. Against an object store most of the time is waiting.
const WORKERS: usize = 8;
/// Objects between two reports of progress.
const CHUNK_OBJECTS: usize = 256;

/// What a copy is doing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Phase {
    /// Copying what the target doesn't have.
    Copying,
    /// Reading everything back from the target.
    Verifying,
}

/// How far a copy is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Progress {
    /// What it is doing.
    pub phase: Phase,
    /// Objects done in this phase.
    pub objects: u64,
    /// Their bytes.
    pub bytes: u64,
}

/// What a copy came to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Copied {
    /// Objects that were copied now; the others were there from an earlier copy.
    pub copied: u64,
    /// Objects that the target holds, each read back whole and found right.
    pub verified: u64,
    /// Their bytes.
    pub bytes: u64,
}

/// Copies all blobs that the target doesn't have, then reads all of them back from the target and holds
/// each against its digest. What was interrupted may simply be called again. Blobs that are stored in
/// the source meanwhile may be missed, so nothing should write there.
///
/// # Errors
/// [`Error::Corrupt`] when a blob of the source is broken, [`Error::CopyIncomplete`], and what the
/// stores report.
pub fn copy_all(from: &Blobs, to: &Blobs, progress: &mut dyn FnMut(Progress)) -> Result<Copied> {
    let names = (from.name(), to.name());
    let mut copied = 0;
    each(from.list(), Phase::Copying, progress, |blob| {
        if to.size(&blob.digest)? == Some(blob.size_bytes) {
            return Ok((0, blob.size_bytes));
        }
        let mut reader = from.get(&blob.digest)?;
        to.put_from(&mut reader, u64::MAX, Some(blob.digest))?;
        Ok((1, blob.size_bytes))
    })
    .map(|total| copied = total.counted)?;
    let verified = each(from.list(), Phase::Verifying, progress, |blob| {
        match to.verify(&blob.digest) {
            Ok(size_bytes) => return Ok((1, size_bytes)),
            // It was there before with wrong bytes of the right number, or vanished since.
            Err(Error::Corrupt { .. } | Error::Missing { .. }) => {}
            Err(error) => return Err(error),
        }
        let mut reader = from.get(&blob.digest)?;
        to.put_from(&mut reader, u64::MAX, Some(blob.digest))?;
        Ok((1, to.verify(&blob.digest)?))
    })?;
    finish(names, copied, verified)
}

/// Copies all public files that the target doesn't have with the same bytes, then reads all of them
/// back and compares. The content type is told by the path: `content_type` names it.
///
/// # Errors
/// [`Error::CopyIncomplete`], and what the stores report.
pub fn copy_public(
    from: &Public,
    to: &Public,
    about: &(dyn Fn(&crate::PublicPath) -> (String, bool) + Sync),
    max_bytes: u64,
    progress: &mut dyn FnMut(Progress),
) -> Result<Copied> {
    let names = (from.name(), to.name());
    let bytes_of = |path: &crate::PublicPath| {
        from.get(path, max_bytes)?.ok_or_else(|| Error::Missing {
            object: path.to_string(),
            store: from.name().to_owned(),
        })
    };
    let copied = each(from.list(), Phase::Copying, progress, |file| {
        let bytes = bytes_of(&file.path)?;
        if to.get(&file.path, max_bytes)?.as_deref() == Some(&bytes) {
            return Ok((0, file.size_bytes));
        }
        let (content_type, immutable) = about(&file.path);
        to.put(&file.path, &bytes, &content_type, immutable)?;
        Ok((1, file.size_bytes))
    })?;
    let verified = each(from.list(), Phase::Verifying, progress, |file| {
        let digest = |bytes: &[u8]| {
            let mut hasher = Hasher::default();
            hasher.update(bytes);
            hasher.finish()
        };
        let source = digest(&bytes_of(&file.path)?);
        let same = to.get(&file.path, max_bytes)?.is_some_and(|bytes| digest(&bytes) == source);
        Ok((u64::from(same), file.size_bytes))
    })?;
    finish(names, copied.counted, verified)
}

fn finish(names: (&str, &str), copied: u64, verified: Total) -> Result<Copied> {
    if verified.counted != verified.objects {
        return Err(Error::CopyIncomplete {
            from: names.0.to_owned(),
            to: names.1.to_owned(),
            expected: verified.objects,
            found: verified.counted,
        });
    }
    Ok(Copied { copied, verified: verified.counted, bytes: verified.bytes })
}

/// Sums over all objects of a phase.
#[derive(Clone, Copy, Debug, Default)]
struct Total {
    objects: u64,
    bytes: u64,
    /// Of the objects, those that the work counted.
    counted: u64,
}

/// Does the work for each object, several at once, and ends with the first error. The work gives how
/// much to count and the object's bytes.
fn each<T: Send + Sync>(
    list: impl Iterator<Item = Result<T>>,
    phase: Phase,
    progress: &mut dyn FnMut(Progress),
    work: impl Fn(&T) -> Result<(u64, u64)> + Sync,
) -> Result<Total> {
    let mut total = Total::default();
    let mut list = list.fuse();
    loop {
        let chunk: Vec<T> = list.by_ref().take(CHUNK_OBJECTS).collect::<Result<_>>()?;
        if chunk.is_empty() {
            return Ok(total);
        }
        for (counted, bytes) in parallel(&chunk, &work)? {
            total.objects = total.objects.saturating_add(1);
            total.counted = total.counted.saturating_add(counted);
            total.bytes = total.bytes.saturating_add(bytes);
        }
        progress(Progress { phase, objects: total.objects, bytes: total.bytes });
    }
}

fn parallel<T: Sync>(
    chunk: &[T],
    work: &(impl Fn(&T) -> Result<(u64, u64)> + Sync),
) -> Result<Vec<(u64, u64)>> {
    let next = AtomicUsize::new(0);
    let done = Mutex::new(Ok(Vec::with_capacity(chunk.len())));
    std::thread::scope(|scope| {
        for _ in 0..WORKERS.min(chunk.len()) {
            scope.spawn(|| {
                while let Some(object) = chunk.get(next.fetch_add(1, Ordering::Relaxed)) {
                    let result = work(object);
                    // A worker that panicked ends the scope with its panic; the list stays whole.
                    let mut done = done.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
                    match (result, done.as_mut()) {
                        (Ok(sums), Ok(all)) => all.push(sums),
                        (Err(error), Ok(_)) => *done = Err(error),
                        (_, Err(_)) => {}
                    }
                    if done.is_err() {
                        return;
                    }
                }
            });
        }
    });
    done.into_inner().unwrap_or_else(std::sync::PoisonError::into_inner)
}
