//! What a verification found.

use crate::{
    checkpoint::TrustError,
    content::ContentError,
    hash::Hash,
    note::Signed,
    source::Unreadable,
    tile::{Tile, TileError},
};
use std::fmt;

/// One thing that is wrong, and where. Leaves are counted from 0, bytes from the file's start.
#[derive(Debug, thiserror::Error)]
pub enum Fault {
    /// A checkpoint that isn't to be trusted.
    #[error("{path}: {error}")]
    Checkpoint {
        /// Which file.
        path: String,
        /// Why not.
        error: TrustError,
    },
    /// A file that must be there.
    #[error("{path}: missing")]
    Missing {
        /// Which.
        path: String,
    },
    /// A file that can't be read.
    #[error("{path}: can't be read: {reason}")]
    Unreadable {
        /// Which.
        path: String,
        /// Why.
        reason: Unreadable,
    },
    /// A tile or bundle that is too short, too long, or cut within an entry.
    #[error("{tile}: {error}")]
    Broken {
        /// Which.
        tile: Tile,
        /// How.
        error: TileError,
    },
    /// An entry and its hash disagree: one of the two was changed.
    #[error(
        "leaf {leaf}: the entry at byte {entry_at} of {bundle} does not hash to what {tile} has at byte {hash_at}"
    )]
    Leaf {
        /// Which leaf.
        leaf: u64,
        /// The file of the entry.
        bundle: Tile,
        /// Where its length prefix is.
        entry_at: usize,
        /// The file of the hash.
        tile: Tile,
        /// Where it is.
        hash_at: usize,
    },
    /// A hash and the tile below it disagree: one of the two was changed.
    #[error(
        "{tile}: the hash at byte {at}, over leaves {first} to {last}, is not the root of {below}"
    )]
    Node {
        /// The file of the hash.
        tile: Tile,
        /// Where it is.
        at: usize,
        /// The tile whose root it must be.
        below: Tile,
        /// The first leaf under it.
        first: u64,
        /// The last leaf under it.
        last: u64,
    },
    /// The tiles give another root than the checkpoint has.
    #[error(
        "checkpoint: its root for {size} leaves is {due}, and the tiles give {found}: leaves were changed, added, taken out or moved"
    )]
    Root {
        /// The size.
        size: u64,
        /// The root that the tiles give.
        found: Hash,
        /// The root of the checkpoint.
        due: Hash,
    },
    /// Tiles are missing in such a way that the root can't be computed.
    #[error(
        "checkpoint: its root can't be recomputed, because {0} and what lies below are missing"
    )]
    NoRoot(Tile),
    /// A checkpoint of the history has another root than the leaves give.
    #[error(
        "{path}: its root for {size} leaves is {due}, and the leaves of today give {found}: history was rewritten"
    )]
    History {
        /// Which file.
        path: String,
        /// Its size.
        size: u64,
        /// The root that the leaves give.
        found: Hash,
        /// Its root.
        due: Hash,
    },
    /// A file of the history is named for another size than it has.
    #[error("{path}: is a checkpoint for {size} leaves, and its name says otherwise")]
    HistoryName {
        /// Which file.
        path: String,
        /// The size in it.
        size: u64,
    },
    /// A hole before it keeps a checkpoint of the history from being checked.
    #[error("{path}: can't be checked, because leaves before it are missing")]
    HistoryHole {
        /// Which file.
        path: String,
    },
    /// The checkpoint is older than one in the history.
    #[error(
        "checkpoint: is for {size} leaves, older than {path}: the writer didn't finish, or somebody put an older one back"
    )]
    RolledBack {
        /// The checkpoint's size.
        size: u64,
        /// The newer one.
        path: String,
    },
    /// A partial tile of an earlier size that the later tile doesn't begin with.
    #[error("{path}: differs at byte {at} from {later}, which it must begin")]
    Earlier {
        /// Which file.
        path: String,
        /// The tile that came after it.
        later: Tile,
        /// The first byte that differs.
        at: usize,
    },
    /// A file where only tiles, checkpoints or contents are.
    #[error("{path}: is none of the log's files")]
    Stray {
        /// Which file.
        path: String,
    },
    /// An entry's content.
    #[error("{path}, leaf {leaf}: {error}")]
    Content {
        /// Which file.
        path: String,
        /// Which leaf.
        leaf: u64,
        /// What is wrong.
        error: ContentError,
    },
    /// A content file for a leaf that isn't there.
    #[error("{path}: there is no leaf {leaf}")]
    ContentBeyond {
        /// Which file.
        path: String,
        /// Which leaf.
        leaf: u64,
    },
    /// The files can't be listed to the end.
    #[error("listing the files broke off: {0}")]
    Listing(Unreadable),
}

/// What was verified, and what is wrong.
#[derive(Debug, Default)]
pub struct Report {
    /// The log's name, once its checkpoint was read.
    pub origin: Option<String>,
    /// Leaves of the checkpoint.
    pub size: u64,
    /// Root of the checkpoint.
    pub root: Option<Hash>,
    /// Who signed the checkpoint; empty when it isn't to be trusted.
    pub signed: Vec<Signed>,
    /// Leaves whose entry was hashed.
    pub leaves: u64,
    /// Entries that are not of this program's form; their hashes are checked like all.
    pub foreign_entries: u64,
    /// Tiles of hashes that were compared.
    pub tiles: u64,
    /// Checkpoints of the history that were compared with the leaves.
    pub history: u64,
    /// Contents that their leaves commit to.
    pub contents: u64,
    /// Of those, the ones whose envelope a trusted key signed.
    pub contents_signed: u64,
    /// Partial tiles of earlier sizes that were compared.
    pub earlier_tiles: u64,
    /// Tiles beyond the checkpoint: written, and not yet (or never) published.
    pub unpublished: u64,
    /// Files beside the log's own.
    pub other_files: u64,
    /// Whether the source could say which files there are. If not, nothing is known of history,
    /// contents and files too many.
    pub listed: bool,
    /// What is wrong, in the order in which it was found; at most as many as asked for.
    pub faults: Vec<Fault>,
    /// Whether it stopped because there were too many faults.
    pub stopped: bool,
    faults_max: usize,
}

impl Report {
    pub(super) fn new(faults_max: usize) -> Self {
        Self { faults_max, ..Self::default() }
    }

    pub(super) fn push(&mut self, fault: Fault) {
        if self.faults.len() < self.faults_max {
            self.faults.push(fault);
        }
        self.stopped |= self.faults.len() >= self.faults_max;
    }

    /// Whether the log is what its checkpoint says, and whoever must sign it did.
    #[must_use]
    pub fn is_sound(&self) -> bool {
        self.faults.is_empty() && !self.signed.is_empty()
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let (Some(origin), Some(root)) = (&self.origin, &self.root) {
            writeln!(f, "log {origin}: {} entries, root {root}", self.size)?;
        }
        for one in &self.signed {
            match one.time {
                Some(time) => {
                    writeln!(f, "  co-signed by {} at {time} (seconds since 1970)", one.key)?
                }
                None => writeln!(f, "  signed by {}", one.key)?,
            }
        }
        write!(f, "  compared: {} entries, {} tiles", self.leaves, self.tiles)?;
        if self.listed {
            write!(f, ", {} earlier checkpoints", self.history)?;
            write!(f, ", {} contents ({} signed)", self.contents, self.contents_signed)?;
        } else {
            write!(f, "; earlier checkpoints and contents can't be listed here")?;
        }
        writeln!(f)?;
        if self.unpublished > 0 {
            writeln!(f, "  {} files beyond the checkpoint, not yet published", self.unpublished)?;
        }
        for fault in &self.faults {
            writeln!(f, "  wrong: {fault}")?;
        }
        if self.stopped {
            writeln!(f, "  stopped after {} faults: there may be more", self.faults.len())?;
        }
        writeln!(f, "{}", if self.is_sound() { "the log is sound" } else { "the log is NOT sound" })
    }
}
