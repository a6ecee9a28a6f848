//! Verifying a whole log: every leaf hashed, every tile at every level compared, every checkpoint
//! in the history recomputed, and what exactly is wrong where.
//!
//! Each stored level is compared with what the level below gives, so a changed byte is reported
//! where it is and not once more at every level above. That is as strong as one recomputation from
//! the leaves: when every entry hashes to its tile's hash, every hash of a tile to the root of the
//! tile below, and the right edge to the checkpoint's root, then the leaves hash to that root.
//!
//! Left out on purpose: whether others see the same log. Witnesses' cosignatures say that; how many
//! there must be is in [`Trust`].

mod files;
mod levels;
mod report;

pub use report::{Fault, Report};

use crate::{
    checkpoint::{CHECKPOINT_PATH, CheckpointError, SignedCheckpoint, Trust, TrustError},
    dsse::VerifyEnvelope,
    note::NOTE_BYTES_MAX,
    source::Source,
};

/// Faults after which a verification stops, unless told otherwise: more would say nothing new.
pub const FAULTS_MAX: usize = 1000;

/// What to verify, and whom to believe.
#[derive(Clone, Copy)]
pub struct Options<'a> {
    /// The log's name and keys, and the witnesses.
    pub trust: Trust<'a>,
    /// Keys that may sign envelopes. When empty, envelopes' signatures aren't checked, and the
    /// report says so.
    pub signers: &'a [&'a dyn VerifyEnvelope],
    /// Whether to open the content files that are there.
    pub contents: bool,
    /// Stop after so many faults.
    pub faults_max: usize,
}

impl<'a> Options<'a> {
    /// Everything that is there.
    #[must_use]
    pub const fn new(trust: Trust<'a>) -> Self {
        Self { trust, signers: &[], contents: true, faults_max: FAULTS_MAX }
    }
}

impl std::fmt::Debug for Options<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Options")
            .field("trust", &self.trust)
            .field("signers", &self.signers.len())
            .field("contents", &self.contents)
            .field("faults_max", &self.faults_max)
            .finish()
    }
}

/// Verifies the log in `source`.
#[must_use]
pub fn verify_log(source: &dyn Source, options: &Options<'_>) -> Report {
    let mut report = Report::new(options.faults_max.max(1));
    let Some(head) = read_checkpoint(source, CHECKPOINT_PATH, options, &mut report) else {
        return report;
    };
    let tree = head.checkpoint();
    report.origin = Some(tree.origin().to_owned());
    report.size = tree.size();
    report.root = Some(*tree.root());
    let found = files::list(source, tree.size(), &mut report);
    let edge = levels::Levels::new(source, options, &head, &found, &mut report).verify();
    if let Some(edge) = edge {
        let root = edge.root();
        if root != *tree.root() {
            report.push(Fault::Root { size: tree.size(), found: root, due: *tree.root() });
        }
    }
    if !report.stopped {
        files::verify_extra(source, &found, tree.size(), &mut report);
        files::verify_newer(source, &found, tree.size(), options, &mut report);
    }
    report
}

/// Reads a checkpoint; one that isn't to be trusted is a fault, and verified on as what it says.
fn read_checkpoint(
    source: &dyn Source,
    path: &str,
    options: &Options<'_>,
    report: &mut Report,
) -> Option<SignedCheckpoint> {
    let bytes = match source.read(path, NOTE_BYTES_MAX) {
        Ok(Some(bytes)) => bytes,
        Ok(None) => {
            report.push(Fault::Missing { path: path.to_owned() });
            return None;
        }
        Err(reason) => {
            report.push(Fault::Unreadable { path: path.to_owned(), reason });
            return None;
        }
    };
    let fault = |error: TrustError| Fault::Checkpoint { path: path.to_owned(), error };
    let signed = match SignedCheckpoint::parse(&bytes) {
        Ok(signed) => signed,
        Err(error) => {
            report.push(fault(error.into()));
            return None;
        }
    };
    let of_head = path == CHECKPOINT_PATH;
    // The history keeps checkpoints as they were made, before witnesses saw them.
    let witnesses_min = if of_head { options.trust.witnesses_min } else { 0 };
    match signed.verify(&Trust { witnesses_min, ..options.trust }) {
        Ok(keys) if of_head => report.signed = keys,
        Ok(_) => {}
        Err(error @ TrustError::Checkpoint(CheckpointError::OtherLog(_))) => {
            report.push(fault(error));
            return None;
        }
        Err(error) => report.push(fault(error)),
    }
    Some(signed)
}
