//! An inclusion proof with its checkpoint as one text (C2SP `tlog-proof`).

use crate::{
    base64,
    checkpoint::{CheckpointError, SignedCheckpoint},
    hash::Hash,
    note::NOTE_BYTES_MAX,
    proof::{PROOF_HASHES_MAX, ProofError, verify_inclusion},
    text::decimal,
};
use std::fmt;

/// The first line.
const HEADER: &str = "c2sp.org/tlog-proof@v1";

/// Most bytes of a proof's text: a checkpoint's, and room for the proof before it.
pub const PROOF_BYTES_MAX: usize = NOTE_BYTES_MAX + 100_000;

/// An inclusion proof.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TlogProof {
    /// Bytes that nothing authenticates; we write none.
    pub extra: Option<Vec<u8>>,
    /// The leaf's index, from 0.
    pub index: u64,
    /// From the leaf's sibling up to the root's child.
    pub path: Vec<Hash>,
    /// The tree that the leaf is in.
    pub checkpoint: SignedCheckpoint,
}

/// What is wrong with a proof's text.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TlogProofError {
    /// Not a proof of version 1, or longer than any.
    #[error("a proof begins with the line {HEADER} and has at most {PROOF_BYTES_MAX} bytes")]
    Header,
    /// The line of extra data.
    #[error("the line of extra data is not in base64")]
    Extra,
    /// The line of the index.
    #[error("the line of the index is missing or no decimal number")]
    Index,
    /// A line of the path.
    #[error("hash {0} of the proof is not 32 bytes in base64")]
    Hash(usize),
    /// Too many lines of the path, or no empty line after it.
    #[error("a proof has at most {PROOF_HASHES_MAX} hashes and an empty line after them")]
    Form,
    /// The checkpoint.
    #[error("its checkpoint: {0}")]
    Checkpoint(#[from] CheckpointError),
}

impl TlogProof {
    /// Reads the text.
    ///
    /// # Errors
    /// When it has another form.
    pub fn parse(text: &str) -> Result<Self, TlogProofError> {
        if text.len() > PROOF_BYTES_MAX {
            return Err(TlogProofError::Header);
        }
        let rest = text.strip_prefix(HEADER).and_then(|rest| rest.strip_prefix('\n'));
        let mut rest = rest.ok_or(TlogProofError::Header)?;
        let mut extra = None;
        if let Some(after) = rest.strip_prefix("extra ") {
            let (data, after) = after.split_once('\n').ok_or(TlogProofError::Extra)?;
            extra = Some(base64::decode(data).ok_or(TlogProofError::Extra)?);
            rest = after;
        }
        let (index, after) = rest.split_once('\n').ok_or(TlogProofError::Index)?;
        let index = index.strip_prefix("index ").and_then(decimal).ok_or(TlogProofError::Index)?;
        rest = after;
        let mut path = Vec::new();
        loop {
            let (line, after) = rest.split_once('\n').ok_or(TlogProofError::Form)?;
            rest = after;
            if line.is_empty() {
                break;
            }
            if path.len() >= PROOF_HASHES_MAX {
                return Err(TlogProofError::Form);
            }
            path.push(Hash::from_base64(line).ok_or(TlogProofError::Hash(path.len()))?);
        }
        let checkpoint = SignedCheckpoint::parse(rest.as_bytes())?;
        Ok(Self { extra, index, path, checkpoint })
    }

    /// Checks that `entry` is the leaf. The checkpoint's signatures are not looked at: see
    /// [`SignedCheckpoint::verify`].
    ///
    /// # Errors
    /// When the proof doesn't show it.
    pub fn verify_entry(&self, entry: &[u8]) -> Result<(), ProofError> {
        let tree = self.checkpoint.checkpoint();
        verify_inclusion(&Hash::leaf(entry), self.index, tree.size(), &self.path, tree.root())
    }
}

impl fmt::Display for TlogProof {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{HEADER}")?;
        if let Some(extra) = &self.extra {
            writeln!(f, "extra {}", base64::encode(extra))?;
        }
        writeln!(f, "index {}", self.index)?;
        self.path.iter().try_for_each(|hash| writeln!(f, "{hash}"))?;
        write!(f, "\n{}", self.checkpoint)
    }
}
