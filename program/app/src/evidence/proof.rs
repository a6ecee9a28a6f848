//! A file that proves one entry to a stranger, offline.

use super::publish::Files;
use crate::error::Error;
use duecare_blobs::Public;
use duecare_ledger::bundle::Bundle;
use duecare_ledger::checkpoint::{CHECKPOINT_PATH, SignedCheckpoint};
use duecare_ledger::content::Content;
use duecare_ledger::leaf::{Entry, Salt};
use duecare_ledger::note::NOTE_BYTES_MAX;
use duecare_ledger::proof::Prover;
use duecare_ledger::source::Source as _;
use duecare_ledger::tlog_proof::TlogProof;
use duecare_store::log::log_entry;
use duecare_store::{Store, StoreError};

/// The bundle of an entry under the newest public checkpoint; without content where it was erased.
///
/// # Errors
///
/// [`Error::NotFound`] when there is no such entry, or it is not public yet.
pub fn bundle(store: &Store, public: &Public, index: u64) -> Result<Bundle, Error> {
    let missing = || Error::NotFound { noun: "public entry of the log", name: index.to_string() };
    let kept = store.read(|read| log_entry(read, index))?.ok_or_else(missing)?;
    let files = Files(public);
    let note = files.read(CHECKPOINT_PATH, NOTE_BYTES_MAX).map_err(broken)?.ok_or_else(missing)?;
    let checkpoint = SignedCheckpoint::parse(&note).map_err(broken)?;
    let size = checkpoint.checkpoint().size();
    if index >= size {
        return Err(missing());
    }
    let path = Prover::new(&files, size).inclusion(index).map_err(broken)?;
    let entry = Entry::parse(&kept.leaf).map_err(broken)?;
    let content = kept.content.map(|(salt, envelope)| {
        let salt = Salt::from_slice(&salt).ok_or_else(|| broken("a salt has another length"))?;
        Ok::<_, StoreError>(Content { salt, envelope })
    });
    let proof = TlogProof { extra: None, index, path, checkpoint };
    Ok(Bundle { entry, content: content.transpose()?, proof })
}

fn broken(reason: impl std::fmt::Display) -> StoreError {
    StoreError::Log(reason.to_string())
}
