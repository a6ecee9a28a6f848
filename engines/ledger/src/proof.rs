//! Inclusion and consistency proofs: RFC 9162, sections 2.1.3 and 2.1.4 (the same as RFC 6962,
//! section 2.1, with the verification spelled out).

use crate::{
    hash::Hash,
    source::{Source, Unreadable},
    tile::{Kind, TILE_BYTES_MAX, TILE_WIDTH, Tile, TileError, hashes},
    tree::root_of,
};
use std::collections::BTreeMap;

/// Most hashes of a proof that is read: C2SP tlog-witness allows no more, and a proof over 2^62
/// leaves needs no more.
pub const PROOF_HASHES_MAX: usize = 63;

/// A proof that doesn't show what it should.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ProofError {
    /// The leaf would be outside of the tree.
    #[error("leaf {index} is not in a tree of {size} leaves")]
    Outside {
        /// The leaf's index.
        index: u64,
        /// Leaves of the tree.
        size: u64,
    },
    /// The older tree would be the larger one.
    #[error("a tree of {old} leaves can't grow to one of {new}")]
    Shrunk {
        /// Leaves of the older tree.
        old: u64,
        /// Leaves of the newer tree.
        new: u64,
    },
    /// Too many or too few hashes for these sizes.
    #[error("the proof has {0} hashes, which is not what these sizes need")]
    Length(usize),
    /// The hashes lead to another root than the (newer) tree's.
    #[error("the proof leads to root {0}, which is not the tree's")]
    Root(Hash),
    /// The hashes lead to another root than the older tree's.
    #[error("the proof leads to root {0} for the older tree, which is not its root")]
    OldRoot(Hash),
}

/// Checks that `leaf` is leaf number `index` of the tree with `size` leaves and this root.
///
/// # Errors
/// When the proof doesn't show it.
pub fn verify_inclusion(
    leaf: &Hash,
    index: u64,
    size: u64,
    proof: &[Hash],
    root: &Hash,
) -> Result<(), ProofError> {
    let found = root_by_inclusion(leaf, index, size, proof)?;
    if found == *root { Ok(()) } else { Err(ProofError::Root(found)) }
}

/// The root to which an inclusion proof leads (RFC 9162, 2.1.3.2).
///
/// # Errors
/// When the proof hasn't the length that index and size need.
pub fn root_by_inclusion(
    leaf: &Hash,
    index: u64,
    size: u64,
    proof: &[Hash],
) -> Result<Hash, ProofError> {
    if index >= size {
        return Err(ProofError::Outside { index, size });
    }
    let mut node = index;
    let mut last = size.saturating_sub(1);
    let mut hash = *leaf;
    for sibling in proof {
        if last == 0 {
            return Err(ProofError::Length(proof.len()));
        }
        if node & 1 == 1 || node == last {
            hash = Hash::node(sibling, &hash);
            // A right edge without sibling: go up to where there is one.
            while node & 1 == 0 && node != 0 {
                node >>= 1;
                last >>= 1;
            }
        } else {
            hash = Hash::node(&hash, sibling);
        }
        node >>= 1;
        last >>= 1;
    }
    if last == 0 { Ok(hash) } else { Err(ProofError::Length(proof.len())) }
}

/// Checks that the tree with `old_size` leaves and `old_root` is a prefix of the tree with
/// `new_size` and `new_root` (RFC 9162, 2.1.4.2). Equal sizes and an old size of 0 need an empty proof.
///
/// # Errors
/// When the proof doesn't show it.
pub fn verify_consistency(
    old_size: u64,
    new_size: u64,
    proof: &[Hash],
    old_root: &Hash,
    new_root: &Hash,
) -> Result<(), ProofError> {
    if old_size > new_size {
        return Err(ProofError::Shrunk { old: old_size, new: new_size });
    }
    if old_size == new_size || old_size == 0 {
        if !proof.is_empty() {
            return Err(ProofError::Length(proof.len()));
        }
        let due = if old_size == 0 { &Hash::EMPTY_TREE } else { new_root };
        return if old_root == due { Ok(()) } else { Err(ProofError::OldRoot(*due)) };
    }
    let mut node = old_size.saturating_sub(1);
    let mut last = new_size.saturating_sub(1);
    while node & 1 == 1 {
        node >>= 1;
        last >>= 1;
    }
    let mut hashes = proof.iter();
    // When the older tree is a full subtree of the newer one, its root is known and not sent.
    let first = if node == 0 { Some(old_root) } else { hashes.next() };
    let first = *first.ok_or(ProofError::Length(proof.len()))?;
    let (mut old, mut new) = (first, first);
    for sibling in hashes {
        if last == 0 {
            return Err(ProofError::Length(proof.len()));
        }
        if node & 1 == 1 || node == last {
            old = Hash::node(sibling, &old);
            new = Hash::node(sibling, &new);
            while node & 1 == 0 && node != 0 {
                node >>= 1;
                last >>= 1;
            }
        } else {
            new = Hash::node(&new, sibling);
        }
        node >>= 1;
        last >>= 1;
    }
    if last != 0 {
        return Err(ProofError::Length(proof.len()));
    }
    if old != *old_root {
        return Err(ProofError::OldRoot(old));
    }
    if new == *new_root { Ok(()) } else { Err(ProofError::Root(new)) }
}

/// A proof can't be made.
#[derive(Debug, thiserror::Error)]
pub enum ProveError {
    /// There is nothing to prove.
    #[error(transparent)]
    Impossible(#[from] ProofError),
    /// A tile is not there.
    #[error("{0} is missing")]
    Missing(Tile),
    /// A tile can't be read.
    #[error("{tile} can't be read")]
    Unreadable {
        /// Which.
        tile: Tile,
        /// Why.
        #[source]
        source: Unreadable,
    },
    /// A tile has the wrong length.
    #[error("{tile} {source}")]
    Broken {
        /// Which.
        tile: Tile,
        /// How.
        source: TileError,
    },
}

/// Makes proofs from the tiles of a log. It believes the tiles: check the proof against a
/// checkpoint's root before you hand it on.
pub struct Prover<'a> {
    source: &'a dyn Source,
    size: u64,
    /// Tiles that were read, so that one proof reads each tile once.
    cache: BTreeMap<Tile, Vec<Hash>>,
}

impl std::fmt::Debug for Prover<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Prover").field("size", &self.size).finish_non_exhaustive()
    }
}

/// Tiles that a prover keeps at most: 4 MB. Two proofs need at most 32.
const CACHE_TILES_MAX: usize = 512;

impl<'a> Prover<'a> {
    /// For the tree of the first `size` leaves, of which there must be a checkpoint.
    #[must_use]
    pub fn new(source: &'a dyn Source, size: u64) -> Self {
        Self { source, size, cache: BTreeMap::new() }
    }

    /// The root of the tree.
    ///
    /// # Errors
    /// When a tile is missing or broken.
    pub fn root(&mut self) -> Result<Hash, ProveError> {
        self.subtree(0, self.size)
    }

    /// The audit path of leaf `index`, from its sibling up to the root's child.
    ///
    /// # Errors
    /// When the leaf isn't in the tree, or a tile is missing or broken.
    pub fn inclusion(&mut self, index: u64) -> Result<Vec<Hash>, ProveError> {
        if index >= self.size {
            return Err(ProofError::Outside { index, size: self.size }.into());
        }
        let (mut start, mut end) = (0_u64, self.size);
        let mut path = Vec::new();
        while end - start > 1 {
            let middle = start.saturating_add(largest_power_below(end - start));
            if index < middle {
                path.push(self.subtree(middle, end)?);
                end = middle;
            } else {
                path.push(self.subtree(start, middle)?);
                start = middle;
            }
        }
        path.reverse();
        Ok(path)
    }

    /// The proof that the tree of the first `old_size` leaves is a prefix of this one.
    ///
    /// # Errors
    /// When the old tree is larger, or a tile is missing or broken.
    pub fn consistency(&mut self, old_size: u64) -> Result<Vec<Hash>, ProveError> {
        if old_size > self.size {
            return Err(ProofError::Shrunk { old: old_size, new: self.size }.into());
        }
        let mut path = Vec::new();
        if old_size == 0 || old_size == self.size {
            return Ok(path);
        }
        let (mut start, mut end) = (0_u64, self.size);
        // RFC 6962, 2.1.2: whether the old tree so far is one that the verifier knows the root of.
        let mut known = true;
        while old_size != end {
            let middle = start.saturating_add(largest_power_below(end - start));
            if old_size <= middle {
                path.push(self.subtree(middle, end)?);
                end = middle;
            } else {
                path.push(self.subtree(start, middle)?);
                start = middle;
                known = false;
            }
        }
        if !known {
            path.push(self.subtree(start, end)?);
        }
        path.reverse();
        Ok(path)
    }

    /// The root over the leaves from `start` to `end`, where `start` is where a subtree begins.
    fn subtree(&mut self, start: u64, end: u64) -> Result<Hash, ProveError> {
        let mut at = start;
        let mut peaks = Vec::new();
        while at < end {
            let height = (end - at).ilog2().min(at.trailing_zeros().min(63));
            peaks.push(self.node(height, at >> height)?);
            at = at.saturating_add(1 << height);
        }
        let mut peaks = peaks.iter().rev();
        let Some(last) = peaks.next() else { return Ok(Hash::EMPTY_TREE) };
        Ok(peaks.fold(*last, |right, left| Hash::node(left, &right)))
    }

    /// The root of the full subtree of this height and index.
    fn node(&mut self, height: u32, index: u64) -> Result<Hash, ProveError> {
        let level = height / Tile::HEIGHT;
        let within = height % Tile::HEIGHT;
        let first = index << within;
        let width = u64::from(TILE_WIDTH);
        let kind = Kind::Hashes(u8::try_from(level).unwrap_or(u8::MAX));
        let outside = ProofError::Outside { index: first, size: self.size };
        let tile = Tile::of_tree(kind, first / width, self.size).ok_or(outside)?;
        let hashes = self.tile(tile)?;
        let start = usize::try_from(first % width).unwrap_or(usize::MAX);
        let end = start.saturating_add(1 << within);
        Ok(root_of(hashes.get(start..end).ok_or(outside)?.iter().copied()))
    }

    fn tile(&mut self, tile: Tile) -> Result<&[Hash], ProveError> {
        if !self.cache.contains_key(&tile) {
            if self.cache.len() >= CACHE_TILES_MAX {
                self.cache.clear();
            }
            let read = read_hashes(self.source, tile)?;
            self.cache.insert(tile, read);
        }
        Ok(self.cache.get(&tile).map(Vec::as_slice).unwrap_or_default())
    }
}

/// Reads a tile; where a partial tile is gone, the full tile that took its place.
///
/// # Errors
/// When neither is there, or what is there has the wrong length.
pub fn read_hashes(source: &dyn Source, tile: Tile) -> Result<Vec<Hash>, ProveError> {
    let mut candidates = vec![tile];
    if !tile.is_full() {
        candidates.push(tile.full());
    }
    for candidate in candidates {
        let read = source.read(&candidate.path(), TILE_BYTES_MAX);
        let read = read.map_err(|source| ProveError::Unreadable { tile: candidate, source })?;
        if let Some(bytes) = read {
            let mut all = hashes(&bytes, candidate.width())
                .map_err(|source| ProveError::Broken { tile: candidate, source })?;
            all.truncate(usize::from(tile.width()));
            return Ok(all);
        }
    }
    Err(ProveError::Missing(tile))
}

/// The largest power of two that is smaller than `leaves`, which is at least 2.
fn largest_power_below(leaves: u64) -> u64 {
    1 << leaves.saturating_sub(1).max(1).ilog2()
}
