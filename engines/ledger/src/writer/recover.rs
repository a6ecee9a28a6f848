//! After a start: is what is stored what was committed, and what is still to be written?

use super::{Planned, Writer, WriterError};
use crate::{
    checkpoint::{CHECKPOINT_PATH, CheckpointError, SignedCheckpoint, Trust, TrustError},
    hash::Hash,
    key::Verify,
    note::NOTE_BYTES_MAX,
    source::{Source, Unreadable},
    tile::{self, Kind, TILE_WIDTH, Tile, TileError},
    tree::Tree,
};

/// A tree's size and root.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Head {
    /// Leaves.
    pub size: u64,
    /// Root hash.
    pub root: Hash,
}

/// What the database says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Committed {
    /// The tree of all entries that are committed.
    pub head: Head,
    /// The last checkpoint that is known to be stored: marked after it was.
    pub published: Option<Head>,
}

/// What a start has to do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Recovered {
    /// Nothing: what is committed is stored.
    Ready(Writer),
    /// Entries were committed and their tiles or checkpoint not yet stored.
    Redo(Redo),
}

/// Entries that are committed and not yet in the stored log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Redo {
    writer: Writer,
    head: Head,
}

/// What came of replaying entries.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Replayed {
    /// Write the plan's tiles, then replay the next entries. Don't sign its checkpoint.
    More(Planned, Redo),
    /// Write everything, and go on.
    Done(Planned),
}

/// The server must not run: a person has to look.
#[derive(Debug, thiserror::Error)]
pub enum Refusal {
    /// No checkpoint is stored, and one was.
    #[error("no checkpoint is stored, but one for {0} entries was: the log's files were lost")]
    CheckpointLost(u64),
    /// The stored checkpoint isn't ours or was changed.
    #[error("the stored checkpoint is not to be trusted")]
    Checkpoint(#[source] TrustError),
    /// The database is older than what was published.
    #[error(
        "the stored checkpoint covers {stored} entries and the database has {committed}: \
         the database is older than what was published (restored from a backup?)"
    )]
    DatabaseBehind {
        /// Entries of the stored checkpoint.
        stored: u64,
        /// Entries of the database.
        committed: u64,
    },
    /// The files are older than what was published.
    #[error(
        "the stored checkpoint covers {stored} entries, but one for {published} was stored: \
         the log's files are older than the database (restored from a backup?)"
    )]
    FilesBehind {
        /// Entries of the stored checkpoint.
        stored: u64,
        /// Entries of the checkpoint that the database knows of.
        published: u64,
    },
    /// Two roots for one size.
    #[error("for {size} entries the stored root is {stored} and the database's {committed}")]
    Split {
        /// The size.
        size: u64,
        /// The root in the files.
        stored: Hash,
        /// The root in the database.
        committed: Hash,
    },
    /// A file of the right edge is missing.
    #[error("{0} is missing")]
    Missing(Tile),
    /// A file can't be read.
    #[error("{path} can't be read")]
    Unreadable {
        /// Which.
        path: String,
        /// Why.
        #[source]
        source: Unreadable,
    },
    /// A file of the right edge has the wrong length.
    #[error("{tile} {source}")]
    Broken {
        /// Which.
        tile: Tile,
        /// How.
        source: TileError,
    },
    /// The tiles don't give the checkpoint's root.
    #[error("the tiles give root {found} for {size} entries, the checkpoint has {due}")]
    Tiles {
        /// The size.
        size: u64,
        /// The root that the tiles give.
        found: Hash,
        /// The root of the checkpoint.
        due: Hash,
    },
    /// The last entry bundle and the tile of its hashes disagree.
    #[error("entry {0} does not hash to what its tile has")]
    Entry(u64),
    /// The database's entries don't give its root.
    #[error("the database's entries give root {found} for {size} entries, it has {due}")]
    Entries {
        /// The size.
        size: u64,
        /// The root that the entries give.
        found: Hash,
        /// The root that the database has.
        due: Hash,
    },
    /// More entries than are to be replayed.
    #[error("entries up to {found} were given, and the database has {due}")]
    TooMany {
        /// Entries with those given.
        found: u64,
        /// Entries that there are.
        due: u64,
    },
    /// A batch that can't be appended.
    #[error(transparent)]
    Writer(#[from] WriterError),
}

/// Compares what was committed with what is stored.
///
/// What a crash leaves is explained and redone: tiles without checkpoint, a checkpoint that wasn't
/// marked, entries without tiles. Anything else is refused. It reads the checkpoint and the right
/// edge, at most 10 files; [`crate::verify`] reads everything.
///
/// # Errors
/// When the server must not run.
pub fn recover(
    origin: &str,
    keys: &[&dyn Verify],
    committed: &Committed,
    source: &dyn Source,
) -> Result<Recovered, Refusal> {
    let unreadable = |source| Refusal::Unreadable { path: CHECKPOINT_PATH.to_owned(), source };
    let stored = source.read(CHECKPOINT_PATH, NOTE_BYTES_MAX).map_err(unreadable)?;
    let no_checkpoint = |reason: CheckpointError| Refusal::Checkpoint(reason.into());
    let stored = match stored {
        None => match committed.published {
            Some(published) => return Err(Refusal::CheckpointLost(published.size)),
            None => return redo(Writer::empty(origin).map_err(no_checkpoint)?, committed, true),
        },
        Some(bytes) => SignedCheckpoint::parse(&bytes).map_err(no_checkpoint)?,
    };
    let trust = Trust { origin, log: keys, witnesses: &[], witnesses_min: 0 };
    stored.verify(&trust).map_err(Refusal::Checkpoint)?;
    let tree = stored.checkpoint();
    let (size, root) = (tree.size(), *tree.root());
    if size > committed.head.size {
        let committed = committed.head.size;
        return Err(Refusal::DatabaseBehind { stored: size, committed });
    }
    let published = committed.published.map(|head| head.size).filter(|at| *at > size);
    if let Some(published) = published {
        return Err(Refusal::FilesBehind { stored: size, published });
    }
    for known in [Some(committed.head), committed.published].into_iter().flatten() {
        if known.size == size && known.root != root {
            return Err(Refusal::Split { size, stored: root, committed: known.root });
        }
    }
    redo(load(origin, Head { size, root }, source)?, committed, false)
}

fn redo(writer: Writer, committed: &Committed, unpublished: bool) -> Result<Recovered, Refusal> {
    if writer.size() == committed.head.size && !unpublished {
        return Ok(Recovered::Ready(writer));
    }
    Ok(Recovered::Redo(Redo { writer, head: committed.head }))
}

/// The state at a size from the files of the right edge.
fn load(origin: &str, head: Head, source: &dyn Source) -> Result<Writer, Refusal> {
    let mut edge = Vec::new();
    let mut rest = head.size;
    while rest > 0 {
        edge.push(match Tile::partial_at(edge.len(), head.size) {
            None => Vec::new(),
            Some(tile) => tile::hashes(&read(source, tile)?, tile.width())
                .map_err(|source| Refusal::Broken { tile, source })?,
        });
        rest /= u64::from(TILE_WIDTH);
    }
    let mut bundle = Vec::new();
    let index = head.size / u64::from(TILE_WIDTH);
    if let Some(tile) = Tile::of_tree(Kind::Entries, index, head.size) {
        bundle = read(source, tile)?;
        let entries = tile::entries(&bundle, tile.width())
            .map_err(|source| Refusal::Broken { tile, source })?;
        let hashes = edge.first().into_iter().flatten();
        let wrong = entries.iter().zip(hashes).position(|((_, e), h)| Hash::leaf(e) != *h);
        if let Some(place) = wrong {
            let place = u64::try_from(place).unwrap_or(u64::MAX);
            let first = index.saturating_mul(u64::from(TILE_WIDTH));
            return Err(Refusal::Entry(first.saturating_add(place)));
        }
    }
    let tree = Tree::from_edge(head.size, edge).unwrap_or_default();
    let found = tree.root();
    if found != head.root || tree.size() != head.size {
        return Err(Refusal::Tiles { size: head.size, found, due: head.root });
    }
    Ok(Writer { origin: origin.to_owned(), tree, bundle })
}

fn read(source: &dyn Source, tile: Tile) -> Result<Vec<u8>, Refusal> {
    let read = source.read(&tile.path(), tile.bytes_max());
    let read = read.map_err(|source| Refusal::Unreadable { path: tile.path(), source })?;
    read.ok_or(Refusal::Missing(tile))
}

impl Redo {
    /// Writes the whole log again from the database: what an operator asks for after files were
    /// lost. [`super::settle`] still stops on any file that says something else.
    ///
    /// # Errors
    /// When the name can't be an origin.
    pub fn from_scratch(origin: &str, committed: &Committed) -> Result<Self, CheckpointError> {
        Ok(Self { writer: Writer::empty(origin)?, head: committed.head })
    }

    /// The index of the first entry to replay.
    #[must_use]
    pub const fn from(&self) -> u64 {
        self.writer.size()
    }

    /// The index after the last entry to replay.
    #[must_use]
    pub const fn to(&self) -> u64 {
        self.head.size
    }

    /// Replays the next entries: all of them, or a part (at most [`super::BATCH_ENTRIES_MAX`]).
    ///
    /// # Errors
    /// When there are too many, or all of them don't give the database's root.
    pub fn replay<E: AsRef<[u8]>>(self, entries: &[E]) -> Result<Replayed, Refusal> {
        let planned = self.writer.append(entries)?;
        let found = planned.next.size();
        if found > self.head.size {
            return Err(Refusal::TooMany { found, due: self.head.size });
        }
        if found < self.head.size {
            let writer = planned.next.clone();
            return Ok(Replayed::More(planned, Self { writer, head: self.head }));
        }
        let root = *planned.checkpoint.root();
        if root != self.head.root {
            let due = self.head.root;
            return Err(Refusal::Entries { size: found, found: root, due });
        }
        Ok(Replayed::Done(planned))
    }
}
