//! Witnesses: when to co-sign a log's checkpoint, and the request that asks for it (C2SP
//! `tlog-witness`).
//!
//! Pure: the caller holds what was seen last, and must store what [`cosign`] gives **in the same
//! atomic step** in which it checked that it is still what was seen last; else two requests at once
//! can make a witness go back.

use crate::{
    checkpoint::{CheckpointError, SignedCheckpoint},
    hash::Hash,
    key::{Sign, Verify},
    note::{NOTE_BYTES_MAX, NoteError, Signature},
    proof::{PROOF_HASHES_MAX, verify_consistency},
    text::decimal,
};
use std::fmt;

/// Most bytes of a request.
pub const REQUEST_BYTES_MAX: usize = NOTE_BYTES_MAX + 100_000;

/// The body of `POST <prefix>/add-checkpoint`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AddCheckpoint {
    /// Leaves of the tree that the witness saw last, as the log believes.
    pub old_size: u64,
    /// From that tree to the checkpoint's.
    pub proof: Vec<Hash>,
    /// What to co-sign.
    pub checkpoint: SignedCheckpoint,
}

/// What is wrong with a request's form.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RequestError {
    /// Too long, or not UTF-8.
    #[error("a request is UTF-8 of at most {REQUEST_BYTES_MAX} bytes")]
    Bytes,
    /// The first line.
    #[error("the first line is not `old` and a decimal number")]
    Old,
    /// A line of the proof.
    #[error("hash {0} of the proof is not 32 bytes in base64")]
    Hash(usize),
    /// Too many lines, or no empty line after them.
    #[error("a proof has at most {PROOF_HASHES_MAX} hashes and an empty line after them")]
    Form,
    /// The checkpoint.
    #[error("its checkpoint: {0}")]
    Checkpoint(#[from] CheckpointError),
}

impl AddCheckpoint {
    /// Reads a request's body.
    ///
    /// # Errors
    /// When it has another form.
    pub fn parse(bytes: &[u8]) -> Result<Self, RequestError> {
        if bytes.len() > REQUEST_BYTES_MAX {
            return Err(RequestError::Bytes);
        }
        let text = std::str::from_utf8(bytes).map_err(|_| RequestError::Bytes)?;
        let (old, mut rest) = text.split_once('\n').ok_or(RequestError::Old)?;
        let old_size = old.strip_prefix("old ").and_then(decimal).ok_or(RequestError::Old)?;
        let mut proof = Vec::new();
        loop {
            let (line, after) = rest.split_once('\n').ok_or(RequestError::Form)?;
            rest = after;
            if line.is_empty() {
                break;
            }
            if proof.len() >= PROOF_HASHES_MAX {
                return Err(RequestError::Form);
            }
            proof.push(Hash::from_base64(line).ok_or(RequestError::Hash(proof.len()))?);
        }
        let checkpoint = SignedCheckpoint::parse(rest.as_bytes())?;
        Ok(Self { old_size, proof, checkpoint })
    }
}

impl fmt::Display for AddCheckpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "old {}", self.old_size)?;
        self.proof.iter().try_for_each(|hash| writeln!(f, "{hash}"))?;
        write!(f, "\n{}", self.checkpoint)
    }
}

/// What a witness remembers of a log.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Seen {
    /// Leaves of the last tree that it co-signed.
    pub size: u64,
    /// That tree's root.
    pub root: Hash,
}

impl Seen {
    /// Of a log that was never seen.
    pub const NOTHING: Self = Self { size: 0, root: Hash::EMPTY_TREE };
}

/// Why a witness doesn't co-sign.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// No log of this name is known.
    #[error("the log {0:?} is not known here")]
    UnknownLog(String),
    /// None of the log's keys signed.
    #[error("the log's signature is missing or wrong: {0}")]
    Signature(NoteError),
    /// The old size is above the checkpoint's.
    #[error("the old size is above the checkpoint's")]
    Backwards,
    /// The old size isn't what was co-signed last.
    #[error("the last tree that was co-signed has {0} leaves")]
    Conflict(u64),
    /// The same size with another root: the log shows two trees.
    #[error("a tree of {0} leaves with another root was co-signed: the log has split")]
    Split(u64),
    /// The proof doesn't show that the old tree is a prefix.
    #[error("the consistency proof doesn't hold: {0}")]
    Proof(crate::proof::ProofError),
}

impl Refusal {
    /// The status that the protocol gives.
    #[must_use]
    pub const fn http_status(&self) -> u16 {
        match self {
            Self::UnknownLog(_) => 404,
            Self::Signature(_) => 403,
            Self::Backwards => 400,
            Self::Conflict(_) | Self::Split(_) => 409,
            Self::Proof(_) => 422,
        }
    }

    /// For a conflict, the body that the protocol gives, of type `text/x.tlog.size`.
    #[must_use]
    pub fn size_body(&self) -> Option<String> {
        match self {
            Self::Conflict(size) => Some(format!("{size}\n")),
            _ => None,
        }
    }
}

/// What a witness gives and remembers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cosigned {
    /// The line of the response; shown, it ends in a newline.
    pub signature: Signature,
    /// To be stored before the response is sent.
    pub seen: Seen,
}

/// Decides about a request. `origin` and `log` are the log's name and keys as configured for the
/// name in the checkpoint, `seen` what was stored for it. `time`: seconds since 1970.
///
/// # Errors
/// When the witness must not co-sign.
pub fn cosign(
    request: &AddCheckpoint,
    origin: &str,
    log: &[&dyn Verify],
    seen: Seen,
    signer: &dyn Sign,
    time: u64,
) -> Result<Cosigned, Refusal> {
    let tree = request.checkpoint.checkpoint();
    if tree.origin() != origin {
        return Err(Refusal::UnknownLog(tree.origin().to_owned()));
    }
    request.checkpoint.note().verify(log).map_err(Refusal::Signature)?;
    if request.old_size > tree.size() {
        return Err(Refusal::Backwards);
    }
    if request.old_size != seen.size {
        return Err(Refusal::Conflict(seen.size));
    }
    if seen.size == tree.size() && seen.root != *tree.root() {
        return Err(Refusal::Split(seen.size));
    }
    verify_consistency(seen.size, tree.size(), &request.proof, &seen.root, tree.root())
        .map_err(Refusal::Proof)?;
    let signature = Signature::by(signer, request.checkpoint.note().text(), time);
    Ok(Cosigned { signature, seen: Seen { size: tree.size(), root: *tree.root() } })
}
