//! Shows the log to the world: tiles, entry bundles and checkpoints as static files.
//!
//! The order of steps is what keeps the promise "never two roots for one size": entries are committed
//! in the database; the tiles that follow from them are written; the checkpoint is signed and kept in
//! the database; only then is it written where others see it. Each step can be done again, and each
//! start does again what a crash has left undone.

use super::Signer;
use duecare_blobs::{Public, PublicPath};
use duecare_ledger::checkpoint::{CHECKPOINT_PATH, CheckpointError, SignedCheckpoint};
use duecare_ledger::hash::Hash;
use duecare_ledger::key::Verify;
use duecare_ledger::note::NoteError;
use duecare_ledger::source::{Source, Unreadable};
use duecare_ledger::writer::{
    Committed, Conflict, Head, Planned, Recovered, Redo, Refusal, Replayed, Rule, Settled, Write,
    Writer, WriterError, recover, settle,
};
use duecare_store::log::checkpoint::{
    checkpoint_keep, checkpoint_newest_published, checkpoint_published,
};
use duecare_store::log::{Notary, log_head, log_leaves};
use duecare_store::{Read, Store, StoreError};

/// Entries that are read and planned at once: bounds memory to some megabytes.
const BATCH_ENTRIES: u32 = 8192;

/// Largest file of a log, in bytes: an entry bundle of 256 entries of 65,537 bytes.
const FILE_BYTES_MAX: u64 = 256 * 65_537;

/// Why the log could not be shown.
#[derive(Debug, thiserror::Error)]
pub enum PublishError {
    /// What is public and what is committed contradict each other.
    #[error("the published log and the database don't belong together")]
    Refused(#[from] Refusal),
    /// A public file says something else.
    #[error("the published log was changed by somebody else")]
    Conflict(#[from] Conflict),
    /// The public files can't be read or written.
    #[error("the published log can't be reached")]
    Files(#[from] duecare_blobs::Error),
    /// The database can't be read or written.
    #[error("the evidence log can't be read")]
    Store(#[from] StoreError),
    /// The checkpoint can't be made.
    #[error("the checkpoint can't be made")]
    Checkpoint(#[from] CheckpointError),
    /// The checkpoint can't be signed.
    #[error("the checkpoint can't be signed")]
    Note(#[from] NoteError),
    /// The entries can't be laid out.
    #[error("the entries can't be laid out")]
    Writer(#[from] WriterError),
}

/// Public files as the ledger reads them.
pub struct Files<'a>(pub &'a Public);

impl Source for Files<'_> {
    fn read(&self, path: &str, bytes_max: usize) -> Result<Option<Vec<u8>>, Unreadable> {
        let path: PublicPath = path.parse().map_err(unreadable)?;
        let bytes_max = u64::try_from(bytes_max).unwrap_or(u64::MAX);
        self.0.get(&path, bytes_max).map_err(unreadable)
    }

    fn list(&self, each: &mut dyn FnMut(&str)) -> Result<bool, Unreadable> {
        for file in self.0.list() {
            each(file.map_err(unreadable)?.path.as_str());
        }
        Ok(true)
    }
}

fn unreadable(error: duecare_blobs::Error) -> Unreadable {
    Unreadable(error.to_string())
}

/// Publishes what is committed.
pub struct Publisher {
    store: Store,
    public: Public,
    signer: Signer,
    /// What is public: the state after the last checkpoint that was written.
    state: Writer,
}

impl Publisher {
    /// Compares what is public with what is committed, and does again what a crash has left undone.
    ///
    /// # Errors
    ///
    /// [`PublishError::Refused`] when they contradict each other: the server must not run.
    pub fn open(store: Store, public: Public, signer: Signer) -> Result<Self, PublishError> {
        let committed = store.read(committed)?;
        let verifier = signer.verifier();
        let keys: [&dyn Verify; 1] = [&verifier];
        let recovered = recover(signer.origin(), &keys, &committed, &Files(&public))?;
        let state = match recovered {
            Recovered::Ready(state) => {
                let publisher = Self { store, public, signer, state };
                publisher.mark(committed.head.size)?;
                return Ok(publisher);
            }
            Recovered::Redo(redo) => redo,
        };
        let mut publisher =
            Self { store, public, signer: signer.clone(), state: Writer::empty(signer.origin())? };
        publisher.redo(state)?;
        Ok(publisher)
    }

    /// How many entries are public.
    #[must_use]
    pub fn size(&self) -> u64 {
        self.state.size()
    }

    /// Publishes what was committed since the last time; gives the number of public entries.
    ///
    /// # Errors
    ///
    /// When files or database can't be reached; the next call goes on. [`PublishError::Conflict`]
    /// needs a person.
    pub fn step(&mut self) -> Result<u64, PublishError> {
        let head = self.store.read(log_head)?;
        while self.state.size() < head.size {
            let left = head.size - self.state.size();
            let count = u32::try_from(left).unwrap_or(BATCH_ENTRIES).min(BATCH_ENTRIES);
            let from = self.state.size();
            let leaves = self.store.read(|read| log_leaves(read, from, count))?;
            if leaves.is_empty() {
                return Err(StoreError::Log("entries are missing before its end".into()).into());
            }
            let planned = self.state.append(&leaves)?;
            self.publish(planned)?;
        }
        Ok(self.state.size())
    }

    fn redo(&mut self, mut redo: Redo) -> Result<(), PublishError> {
        loop {
            let from = redo.from();
            let count = u32::try_from(redo.to() - from).unwrap_or(BATCH_ENTRIES).min(BATCH_ENTRIES);
            let leaves = self.store.read(|read| log_leaves(read, from, count))?;
            match redo.replay(&leaves)? {
                Replayed::Done(planned) => return self.publish(planned),
                Replayed::More(planned, rest) => {
                    self.put_all(&planned.tiles)?;
                    redo = rest;
                }
            }
        }
    }

    fn publish(&mut self, planned: Planned) -> Result<(), PublishError> {
        self.put_all(&planned.tiles)?;
        let mut signed = SignedCheckpoint::unsigned(planned.checkpoint.clone())?;
        // Ed25519 over the note alone: the same text every time, so the time doesn't matter.
        signed.note_mut().sign(self.signer.key(), 0)?;
        let (size, root) = (planned.checkpoint.size(), planned.checkpoint.root().to_string());
        let note = signed.to_string();
        self.store.upkeep(move |upkeep| checkpoint_keep(upkeep, size, &root, &note))?;
        // The tiles are there by now; settling them again finds them.
        let writes = planned.writes(&signed)?;
        self.put_all(writes.get(planned.tiles.len()..).unwrap_or_default())?;
        self.mark(size)?;
        self.state = planned.next;
        Ok(())
    }

    fn mark(&self, size: u64) -> Result<(), StoreError> {
        self.store.upkeep(move |upkeep| checkpoint_published(upkeep, size))
    }

    fn put_all(&self, writes: &[Write]) -> Result<(), PublishError> {
        for write in writes {
            let path: PublicPath = write.path.parse()?;
            let existing = self.public.get(&path, FILE_BYTES_MAX)?;
            if settle(write, existing.as_deref())? == Settled::Write {
                let content_type = match write.rule {
                    Rule::Create => "application/octet-stream",
                    Rule::CreateCheckpoint | Rule::Advance => "text/plain; charset=utf-8",
                };
                let immutable = write.path != CHECKPOINT_PATH;
                self.public.put(&path, &write.bytes, content_type, immutable)?;
            }
        }
        Ok(())
    }
}

fn committed(read: &mut Read<'_>) -> Result<Committed, StoreError> {
    let head = log_head(read)?;
    let newest = checkpoint_newest_published(read)?;
    let published = newest.and_then(|signed| {
        Some(Head { size: signed.size, root: Hash::from_base64(&signed.root)? })
    });
    Ok(Committed { head: Head { size: head.size, root: head.root }, published })
}
