//! The pure core of a log's writer: what to write, in which order, and how to go on after a crash.
//!
//! # Never two roots for one size
//!
//! 1. **One order of entries.** Indices are given out by one durable commit: the database's. The
//!    root of a size follows from the entries alone, so whoever computes it gets the same.
//! 2. **Commit first.** A checkpoint is signed only for entries that are durably committed. What a
//!    crash can lose was in no checkpoint.
//! 3. **Tiles before checkpoint.** [`Planned::writes`] gives the order: entry bundles, tiles from
//!    the lowest level up, the checkpoint's place in the history, the checkpoint. Each write is
//!    durable before the next class begins.
//! 4. **Written once.** Everything but the checkpoint is created, never changed: [`settle`] lets
//!    the same bytes pass and stops on others. The history has one file for each size, so a second
//!    root for a size has no place to go; and the checkpoint only moves forward.
//! 5. **Handed out last.** No checkpoint or proof leaves the server before it is in the history.
//! 6. **Start with a check.** [`recover`] compares what was committed with what is stored, and
//!    refuses what a crash can't explain.
//!
//! Each file must be written atomically (a temporary file, synced and renamed; or one PUT).

mod recover;

pub use recover::{Committed, Head, Recovered, Redo, Refusal, Replayed, recover};

use crate::{
    checkpoint::{CHECKPOINT_PATH, Checkpoint, CheckpointError, SignedCheckpoint},
    hash::Hash,
    tile::{Kind, TILE_WIDTH, Tile, index_path, parse_index, push_entry},
    tree::{Full, Tree},
};

/// Most entries of one batch, so that a plan stays within some hundred megabytes.
pub const BATCH_ENTRIES_MAX: usize = 1 << 20;

/// Where each checkpoint that was ever published stays, below the log's prefix.
pub const HISTORY_FOLDER: &str = "checkpoints";

/// Where the checkpoint of this size stays: `checkpoints/x001/x234/067` for 1234067 leaves.
#[must_use]
pub fn history_path(size: u64) -> String {
    format!("{HISTORY_FOLDER}/{}", index_path(size))
}

/// The size whose checkpoint has this path.
#[must_use]
pub fn parse_history_path(path: &str) -> Option<u64> {
    parse_index(path.strip_prefix(HISTORY_FOLDER)?.strip_prefix('/')?)
}

/// A batch can't be appended.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum WriterError {
    /// Too many entries at once.
    #[error("a batch has at most {BATCH_ENTRIES_MAX} entries, not {0}")]
    Batch(usize),
    /// An entry that has no place in a bundle.
    #[error("entry {place} of the batch has {bytes} bytes, and an entry has at most 65,535")]
    Entry {
        /// Its place in the batch.
        place: usize,
        /// Its length.
        bytes: usize,
    },
    /// The log is full.
    #[error(transparent)]
    Full(#[from] Full),
    /// Origin and root don't make a checkpoint.
    #[error(transparent)]
    Checkpoint(#[from] CheckpointError),
}

/// A log's state at one size: its right edge.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Writer {
    origin: String,
    tree: Tree,
    /// The bytes of the last, not yet full entry bundle.
    bundle: Vec<u8>,
}

/// A file to write.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Write {
    /// Below the log's prefix.
    pub path: String,
    /// The whole file.
    pub bytes: Vec<u8>,
    /// How it may meet a file that is there: see [`settle`].
    pub rule: Rule,
}

/// What a file may do to one that is there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Rule {
    /// Tiles and entry bundles: created once, the same bytes for ever.
    Create,
    /// A checkpoint in the history: created once, the same text for ever.
    CreateCheckpoint,
    /// The checkpoint: replaced by a larger one.
    Advance,
}

/// What a batch does to the log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Planned {
    /// The state after it. Use it once the batch is committed.
    pub next: Writer,
    /// Entry bundles and tiles to write, in this order.
    pub tiles: Vec<Write>,
    /// The tree head to sign once the batch is committed.
    pub checkpoint: Checkpoint,
    /// Folders of partial tiles that may go once the new checkpoint is stored.
    pub superseded: Vec<String>,
}

impl Writer {
    /// An empty log of this name.
    ///
    /// # Errors
    /// When the name can't be an origin.
    pub fn empty(origin: &str) -> Result<Self, CheckpointError> {
        Checkpoint::new(origin, 0, Hash::EMPTY_TREE)?;
        Ok(Self { origin: origin.to_owned(), tree: Tree::default(), bundle: Vec::new() })
    }

    /// Entries so far.
    #[must_use]
    pub const fn size(&self) -> u64 {
        self.tree.size()
    }

    /// The root so far.
    #[must_use]
    pub fn root(&self) -> Hash {
        self.tree.root()
    }

    /// The tree head of this state.
    ///
    /// # Errors
    /// Never for a state that was made by this crate.
    pub fn checkpoint(&self) -> Result<Checkpoint, CheckpointError> {
        Checkpoint::new(&self.origin, self.size(), self.root())
    }

    /// What appending these entries, in this order, does. Nothing changes yet.
    ///
    /// # Errors
    /// When the batch or an entry is too large, or the log is full.
    pub fn append<E: AsRef<[u8]>>(&self, entries: &[E]) -> Result<Planned, WriterError> {
        if entries.len() > BATCH_ENTRIES_MAX {
            return Err(WriterError::Batch(entries.len()));
        }
        let mut next = self.clone();
        let mut tiles = next.append_bundles(entries)?;
        let leaves = entries.iter().map(|entry| Hash::leaf(entry.as_ref()));
        let hashes = next.tree.append(leaves)?;
        let superseded = superseded(&tiles, &hashes.iter().map(|t| t.tile).collect::<Vec<_>>());
        tiles.extend(hashes.into_iter().map(|tile| (tile.tile, tile.bytes)));
        let write =
            |(tile, bytes): (Tile, Vec<u8>)| Write { path: tile.path(), bytes, rule: Rule::Create };
        let tiles = tiles.into_iter().map(write).collect();
        Ok(Planned { checkpoint: next.checkpoint()?, next, tiles, superseded })
    }

    /// The entry bundles that are new: full ones, and the last, partial one.
    fn append_bundles<E: AsRef<[u8]>>(
        &mut self,
        entries: &[E],
    ) -> Result<Vec<(Tile, Vec<u8>)>, WriterError> {
        let mut bundles = Vec::new();
        let mut size = self.size();
        for (place, entry) in entries.iter().enumerate() {
            let entry = entry.as_ref();
            push_entry(&mut self.bundle, entry)
                .ok_or(WriterError::Entry { place, bytes: entry.len() })?;
            size = size.checked_add(1).ok_or(Full)?;
            if size.is_multiple_of(u64::from(TILE_WIDTH)) {
                let index = (size / u64::from(TILE_WIDTH)).saturating_sub(1);
                let tile = Tile::of_tree(Kind::Entries, index, size);
                bundles.extend(tile.map(|tile| (tile, std::mem::take(&mut self.bundle))));
            }
        }
        let partial = Tile::of_tree(Kind::Entries, size / u64::from(TILE_WIDTH), size);
        if let (Some(tile), false) = (partial, entries.is_empty()) {
            bundles.push((tile, self.bundle.clone()));
        }
        Ok(bundles)
    }
}

/// The folders of partial tiles whose full tile is new.
fn superseded(bundles: &[(Tile, Vec<u8>)], hashes: &[Tile]) -> Vec<String> {
    let tiles = bundles.iter().map(|(tile, _)| tile).chain(hashes);
    tiles.filter(|tile| tile.is_full()).map(|tile| tile.partials_folder()).collect()
}

impl Planned {
    /// Everything to write, in order. `signed` is [`Planned::checkpoint`], signed.
    ///
    /// # Errors
    /// When `signed` is another checkpoint.
    pub fn writes(&self, signed: &SignedCheckpoint) -> Result<Vec<Write>, CheckpointError> {
        if *signed.checkpoint() != self.checkpoint {
            return Err(CheckpointError::Unplanned(self.checkpoint.size()));
        }
        let bytes = signed.to_string().into_bytes();
        let path = history_path(self.checkpoint.size());
        let mut writes = self.tiles.clone();
        writes.push(Write { path, bytes: bytes.clone(), rule: Rule::CreateCheckpoint });
        writes.push(Write { path: CHECKPOINT_PATH.to_owned(), bytes, rule: Rule::Advance });
        Ok(writes)
    }
}

/// What to do with a write.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Settled {
    /// Write it.
    Write,
    /// It is there already, or a later one is.
    Keep,
}

/// A write would break the log: stop, and let a person look.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Conflict {
    /// A tile or bundle is there with other bytes.
    #[error("{path} is there already and differs from byte {at} on")]
    Differs {
        /// Which file.
        path: String,
        /// The first byte that differs.
        at: usize,
    },
    /// A checkpoint for this size is there with another text.
    #[error("{path} is there already: another checkpoint for {size} leaves, with root {root}")]
    TwoRoots {
        /// Which file.
        path: String,
        /// The size.
        size: u64,
        /// The root that is stored.
        root: Hash,
    },
    /// What is there is no checkpoint.
    #[error("{path} is there already, and is no checkpoint: {reason}")]
    NoCheckpoint {
        /// Which file.
        path: String,
        /// Why not.
        reason: CheckpointError,
    },
}

/// Decides about a write, given the file that is there now.
///
/// # Errors
/// When the file that is there says something else.
pub fn settle(write: &Write, existing: Option<&[u8]>) -> Result<Settled, Conflict> {
    let Some(existing) = existing else { return Ok(Settled::Write) };
    if existing == write.bytes {
        return Ok(Settled::Keep);
    }
    if write.rule == Rule::Create {
        let same = existing.iter().zip(&write.bytes).take_while(|(left, right)| left == right);
        return Err(Conflict::Differs { path: write.path.clone(), at: same.count() });
    }
    let parse = |bytes: &[u8]| {
        SignedCheckpoint::parse(bytes)
            .map_err(|reason| Conflict::NoCheckpoint { path: write.path.clone(), reason })
    };
    let (stored, new) = (parse(existing)?, parse(&write.bytes)?);
    let (stored, new) = (stored.checkpoint(), new.checkpoint());
    if stored == new {
        // The same tree head: other cosignatures. The history keeps the first, the head takes them.
        let keep = write.rule == Rule::CreateCheckpoint;
        return Ok(if keep { Settled::Keep } else { Settled::Write });
    }
    let same_log = stored.origin() == new.origin();
    if write.rule == Rule::Advance && same_log && stored.size() != new.size() {
        let forward = stored.size() < new.size();
        return Ok(if forward { Settled::Write } else { Settled::Keep });
    }
    Err(Conflict::TwoRoots { path: write.path.clone(), size: stored.size(), root: *stored.root() })
}
