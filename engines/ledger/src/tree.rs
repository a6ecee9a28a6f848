//! Appending leaves: a compact range that grows, and the tiles that growth gives.
//!
//! Nothing is hashed twice: a node of height 8, 16, … that comes to be while leaves are pushed is at
//! the same time the next hash of a tile one level up.

use crate::{
    hash::Hash,
    tile::{TILE_WIDTH, Tile},
};

/// Most leaves of a tree: sizes stay within the signed 64-bit numbers of other implementations.
pub const LEAVES_MAX: u64 = (1 << 63) - 1;

/// A tree of more leaves than [`LEAVES_MAX`] was asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a log has at most {LEAVES_MAX} entries")]
pub struct Full;

/// The roots of the full subtrees that a tree of this size is made of, the largest first: one for
/// each 1 in the binary form of the size ("compact range").
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Frontier {
    size: u64,
    peaks: Vec<Hash>,
}

impl Frontier {
    /// From its peaks; `None` when their number doesn't fit the size.
    #[must_use]
    pub fn from_peaks(size: u64, peaks: Vec<Hash>) -> Option<Self> {
        let fits = size <= LEAVES_MAX && peaks.len() == size.count_ones() as usize;
        fits.then_some(Self { size, peaks })
    }

    /// Leaves so far.
    #[must_use]
    pub const fn size(&self) -> u64 {
        self.size
    }

    /// The roots of the full subtrees, the largest first.
    #[must_use]
    pub fn peaks(&self) -> &[Hash] {
        &self.peaks
    }

    /// Appends a leaf hash. `each` sees every node that is now complete, by height: the leaf itself
    /// (0), then its ancestors.
    ///
    /// # Errors
    /// When the tree is full.
    pub fn push(&mut self, leaf: Hash, mut each: impl FnMut(u32, Hash)) -> Result<(), Full> {
        let grown = self.size.checked_add(1).filter(|size| *size <= LEAVES_MAX).ok_or(Full)?;
        let merges = self.size.trailing_ones();
        let mut node = leaf;
        each(0, node);
        for height in 1..=merges {
            // A 1 in the size has a peak, so there is always one to take.
            let Some(left) = self.peaks.pop() else { break };
            node = Hash::node(&left, &node);
            each(height, node);
        }
        self.peaks.push(node);
        self.size = grown;
        Ok(())
    }

    /// The root hash of the tree so far.
    #[must_use]
    pub fn root(&self) -> Hash {
        let mut peaks = self.peaks.iter().rev();
        let Some(last) = peaks.next() else { return Hash::EMPTY_TREE };
        peaks.fold(*last, |right, left| Hash::node(left, &right))
    }
}

/// The root of the perfect or ragged tree over these hashes, as if they were leaf hashes.
#[must_use]
pub fn root_of(hashes: impl IntoIterator<Item = Hash>) -> Hash {
    let mut frontier = Frontier::default();
    for hash in hashes {
        // No collection has 2^63 items.
        if frontier.push(hash, |_, _| {}).is_err() {
            break;
        }
    }
    frontier.root()
}

/// The right edge of a tree: what is needed to append, and no more (at most 8 × 255 hashes).
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Tree {
    frontier: Frontier,
    /// By tile level, the hashes of the rightmost, not yet full tile.
    edge: Vec<Vec<Hash>>,
}

/// A tile with its bytes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TileBytes {
    /// Which.
    pub tile: Tile,
    /// Its hashes, one after the other.
    pub bytes: Vec<u8>,
}

impl Tree {
    /// From the hashes of the partial tile of every level, the lowest first; `None` when their
    /// numbers don't fit the size.
    #[must_use]
    pub fn from_edge(size: u64, edge: Vec<Vec<Hash>>) -> Option<Self> {
        let mut expected = size;
        let mut peaks = Vec::new();
        for hashes in &edge {
            if u64::try_from(hashes.len()).ok()? != expected % u64::from(TILE_WIDTH) {
                return None;
            }
            expected /= u64::from(TILE_WIDTH);
            let mut part = Frontier::default();
            for hash in hashes {
                part.push(*hash, |_, _| {}).ok()?;
            }
            peaks.splice(0..0, part.peaks);
        }
        if expected != 0 {
            return None;
        }
        Some(Self { frontier: Frontier::from_peaks(size, peaks)?, edge })
    }

    /// Leaves so far.
    #[must_use]
    pub const fn size(&self) -> u64 {
        self.frontier.size
    }

    /// The root hash of the tree so far.
    #[must_use]
    pub fn root(&self) -> Hash {
        self.frontier.root()
    }

    /// Appends leaf hashes and gives the tiles that are new: every tile that became full, and the
    /// partial tiles of the new size whose width changed. Lower levels come first, and within a
    /// level lower indices: each tile after those that it summarises.
    ///
    /// # Errors
    /// When the tree would have more than [`LEAVES_MAX`] leaves; the tree is then spoilt.
    pub fn append(
        &mut self,
        leaves: impl IntoIterator<Item = Hash>,
    ) -> Result<Vec<TileBytes>, Full> {
        let before: Vec<usize> = self.edge.iter().map(Vec::len).collect();
        let mut full: Vec<TileBytes> = Vec::new();
        for leaf in leaves {
            let (edge, grown) = (&mut self.edge, self.frontier.size.saturating_add(1));
            self.frontier.push(leaf, |height, hash| {
                if height % Tile::HEIGHT == 0 {
                    full.extend(take_hash(edge, height / Tile::HEIGHT, grown, hash));
                }
            })?;
        }
        for (level, hashes) in self.edge.iter().enumerate() {
            let unchanged = before.get(level) == Some(&hashes.len())
                && !full.iter().any(|tile| tile.tile.level_number() == Some(level));
            if unchanged {
                continue;
            }
            full.extend(
                Tile::partial_at(level, self.frontier.size)
                    .map(|tile| TileBytes { tile, bytes: concatenated(hashes) }),
            );
        }
        full.sort_by_key(|tile| tile.tile);
        Ok(full)
    }
}

/// Puts a hash into the edge; gives the tile that it fills. `size`: leaves including this one.
fn take_hash(edge: &mut Vec<Vec<Hash>>, level: u32, size: u64, hash: Hash) -> Option<TileBytes> {
    let level = usize::try_from(level).ok()?;
    while edge.len() <= level {
        edge.push(Vec::new());
    }
    let hashes = edge.get_mut(level)?;
    hashes.push(hash);
    if hashes.len() < usize::from(TILE_WIDTH) {
        return None;
    }
    let bytes = concatenated(hashes);
    hashes.clear();
    let tile = Tile::last_full_at(level, size)?;
    Some(TileBytes { tile, bytes })
}

fn concatenated(hashes: &[Hash]) -> Vec<u8> {
    hashes.iter().flat_map(|hash| *hash.as_bytes()).collect()
}
