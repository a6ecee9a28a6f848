//! Checkpoints: a log's name, size and root, signed (C2SP `tlog-checkpoint`).

use crate::{
    hash::Hash,
    key::Verify,
    note::{Note, NoteError, Signed},
    text::decimal,
    tree::LEAVES_MAX,
};
use std::fmt;

/// Where a log's current checkpoint is, below its prefix.
pub const CHECKPOINT_PATH: &str = "checkpoint";

/// A tree head.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Checkpoint {
    origin: String,
    size: u64,
    root: Hash,
    extensions: Vec<String>,
}

/// What is wrong with a checkpoint.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CheckpointError {
    /// The note around it.
    #[error(transparent)]
    Note(#[from] NoteError),
    /// The log's name.
    #[error("line 1, the origin, is empty or has a line break")]
    Origin,
    /// The number of leaves.
    #[error("line 2, the tree size, is not a decimal number of at most {LEAVES_MAX}")]
    Size,
    /// The root hash.
    #[error("line 3, the root hash, is not 32 bytes in base64")]
    Root,
    /// An empty tree has one root only.
    #[error("the tree is empty, and its root is not that of an empty tree")]
    EmptyRoot,
    /// An extension line is empty.
    #[error("line {0} is empty")]
    Extension(usize),
    /// Text without a newline at its end.
    #[error("a checkpoint's text ends in a newline")]
    End,
    /// Another log's.
    #[error("it is of the log {0:?}")]
    OtherLog(String),
    /// Another size, root or name than was planned.
    #[error("it is not the checkpoint that was planned, for {0} leaves")]
    Unplanned(u64),
}

impl Checkpoint {
    /// A checkpoint without extension lines.
    ///
    /// # Errors
    /// When origin or size can't be, or an empty tree has another root than it must.
    pub fn new(origin: &str, size: u64, root: Hash) -> Result<Self, CheckpointError> {
        if origin.is_empty() || origin.chars().any(|c| c < ' ') {
            return Err(CheckpointError::Origin);
        }
        if size > LEAVES_MAX {
            return Err(CheckpointError::Size);
        }
        if size == 0 && root != Hash::EMPTY_TREE {
            return Err(CheckpointError::EmptyRoot);
        }
        Ok(Self { origin: origin.to_owned(), size, root, extensions: Vec::new() })
    }

    /// Reads the text of a note.
    ///
    /// # Errors
    /// When it has another form.
    pub fn parse(text: &str) -> Result<Self, CheckpointError> {
        let body = text.strip_suffix('\n').ok_or(CheckpointError::End)?;
        let mut lines = body.split('\n');
        let origin = lines.next().unwrap_or_default();
        let size = lines.next().and_then(decimal).ok_or(CheckpointError::Size)?;
        let root = lines.next().and_then(Hash::from_base64).ok_or(CheckpointError::Root)?;
        let mut checkpoint = Self::new(origin, size, root)?;
        for (number, line) in (4..).zip(lines) {
            if line.is_empty() {
                return Err(CheckpointError::Extension(number));
            }
            checkpoint.extensions.push(line.to_owned());
        }
        Ok(checkpoint)
    }

    /// The log's name.
    #[must_use]
    pub fn origin(&self) -> &str {
        &self.origin
    }

    /// Leaves of the tree.
    #[must_use]
    pub const fn size(&self) -> u64 {
        self.size
    }

    /// The tree's root.
    #[must_use]
    pub const fn root(&self) -> &Hash {
        &self.root
    }

    /// Lines after the root. Ours has none: nobody can audit them.
    #[must_use]
    pub fn extensions(&self) -> &[String] {
        &self.extensions
    }
}

impl fmt::Display for Checkpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}\n{}\n{}\n", self.origin, self.size, self.root)?;
        self.extensions.iter().try_for_each(|line| writeln!(f, "{line}"))
    }
}

/// Whom to believe about a log.
#[derive(Clone, Copy)]
pub struct Trust<'a> {
    /// The log's name.
    pub origin: &'a str,
    /// The log's own keys; one of them must have signed.
    pub log: &'a [&'a dyn Verify],
    /// Keys of witnesses.
    pub witnesses: &'a [&'a dyn Verify],
    /// How many different witnesses must have co-signed.
    pub witnesses_min: usize,
}

impl fmt::Debug for Trust<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let ids = |keys: &[&dyn Verify]| keys.iter().map(|k| k.id().clone()).collect::<Vec<_>>();
        f.debug_struct("Trust")
            .field("origin", &self.origin)
            .field("log", &ids(self.log))
            .field("witnesses", &ids(self.witnesses))
            .field("witnesses_min", &self.witnesses_min)
            .finish()
    }
}

/// A checkpoint isn't to be trusted.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TrustError {
    /// Its form, or a wrong signature.
    #[error(transparent)]
    Checkpoint(#[from] CheckpointError),
    /// None of the log's keys signed it.
    #[error("the log's own key didn't sign it")]
    Log,
    /// Too few witnesses.
    #[error("{found} of the trusted witnesses co-signed it, {needed} are needed")]
    Witnesses {
        /// Different witnesses that did.
        found: usize,
        /// How many must.
        needed: usize,
    },
}

/// A checkpoint with the note that it came in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SignedCheckpoint {
    checkpoint: Checkpoint,
    note: Note,
}

impl SignedCheckpoint {
    /// Without signatures.
    ///
    /// # Errors
    /// When the origin can't be in a note.
    pub fn unsigned(checkpoint: Checkpoint) -> Result<Self, NoteError> {
        let note = Note::new(checkpoint.to_string())?;
        Ok(Self { checkpoint, note })
    }

    /// Reads a signed checkpoint; its signatures are not checked here.
    ///
    /// # Errors
    /// When its form is wrong.
    pub fn parse(bytes: &[u8]) -> Result<Self, CheckpointError> {
        let note = Note::parse(bytes)?;
        let checkpoint = Checkpoint::parse(note.text())?;
        Ok(Self { checkpoint, note })
    }

    /// The tree head.
    #[must_use]
    pub const fn checkpoint(&self) -> &Checkpoint {
        &self.checkpoint
    }

    /// The note.
    #[must_use]
    pub const fn note(&self) -> &Note {
        &self.note
    }

    /// The note, to add signatures to.
    pub fn note_mut(&mut self) -> &mut Note {
        &mut self.note
    }

    /// Checks that the log and enough witnesses signed; gives who did.
    ///
    /// # Errors
    /// When a known key's signature is wrong, the log didn't sign, or too few witnesses did.
    pub fn verify(&self, trust: &Trust<'_>) -> Result<Vec<Signed>, TrustError> {
        if self.checkpoint.origin != trust.origin {
            let origin = self.checkpoint.origin.clone();
            return Err(CheckpointError::OtherLog(origin).into());
        }
        let keys: Vec<&dyn Verify> = trust.log.iter().chain(trust.witnesses).copied().collect();
        let signed = self.note.verify(&keys).map_err(CheckpointError::from)?;
        let by = |key: &&&dyn Verify| signed.iter().any(|one| one.key == *key.id());
        if !trust.log.iter().any(|key| by(&key)) {
            return Err(TrustError::Log);
        }
        // Several keys under one name are one witness.
        let mut names: Vec<_> =
            trust.witnesses.iter().filter(by).map(|key| key.id().name.clone()).collect();
        names.sort();
        names.dedup();
        if names.len() < trust.witnesses_min {
            let needed = trust.witnesses_min;
            return Err(TrustError::Witnesses { found: names.len(), needed });
        }
        Ok(signed)
    }
}

impl fmt::Display for SignedCheckpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.note.fmt(f)
    }
}
