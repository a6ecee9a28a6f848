//! Tiles and entry bundles: their names and contents (C2SP `tlog-tiles`).
//!
//! A tile is up to 256 hashes of one level of the tree; an entry bundle is the up to 256 entries
//! whose hashes a tile of level 0 has. Both are named alike.

use crate::{hash::HASH_BYTES, hash::Hash, leaf::ENTRY_BYTES_MAX, text::decimal};
use std::fmt;

/// Hashes of a full tile, entries of a full bundle.
pub const TILE_WIDTH: u16 = 256;

/// Most bytes of a tile.
pub const TILE_BYTES_MAX: usize = TILE_WIDTH as usize * HASH_BYTES;

/// Most bytes of an entry bundle: what a 16-bit length can say, 256 times.
pub const BUNDLE_BYTES_MAX: usize = TILE_WIDTH as usize * (2 + ENTRY_BYTES_MAX);

/// Highest level that the format has.
const LEVEL_MAX: u8 = 63;

/// Longest path that is looked at, in bytes; the longest that exists is shorter.
const PATH_BYTES_MAX: usize = 64;

/// What a tile is a tile of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Kind {
    /// Entries: `tile/entries/…`.
    Entries,
    /// Hashes of subtrees of 256^level leaves: `tile/<level>/…`.
    Hashes(u8),
}

/// The name of a tile or an entry bundle. Ordered so that each comes after those it summarises.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Tile {
    kind: Kind,
    index: u64,
    width: u16,
}

impl Tile {
    /// Levels of the tree that a tile spans.
    pub const HEIGHT: u32 = 8;

    /// A tile; `None` when there can be none such: level at most 63, width 1 to 256.
    #[must_use]
    pub fn new(kind: Kind, index: u64, width: u16) -> Option<Self> {
        let level_fits = matches!(kind, Kind::Entries | Kind::Hashes(0..=LEVEL_MAX));
        (level_fits && (1..=TILE_WIDTH).contains(&width)).then_some(Self { kind, index, width })
    }

    /// The tile of this kind and index in a tree of `size` leaves: full, partial, or `None`.
    #[must_use]
    pub fn of_tree(kind: Kind, index: u64, size: u64) -> Option<Self> {
        let level = match kind {
            Kind::Entries => 0,
            Kind::Hashes(level) => u32::from(level),
        };
        let hashes = size.checked_shr(level.checked_mul(Self::HEIGHT)?).unwrap_or(0);
        let start = index.checked_mul(u64::from(TILE_WIDTH))?;
        let width = hashes.checked_sub(start)?.min(u64::from(TILE_WIDTH));
        Self::new(kind, index, u16::try_from(width).ok()?)
    }

    /// The partial tile of a level in a tree of `size` leaves, if there is one.
    #[must_use]
    pub fn partial_at(level: usize, size: u64) -> Option<Self> {
        let kind = Kind::Hashes(u8::try_from(level).ok()?);
        let hashes = hashes_at(level, size)?;
        Self::of_tree(kind, hashes / u64::from(TILE_WIDTH), size)
    }

    /// The last full tile of a level in a tree of `size` leaves, if there is one.
    #[must_use]
    pub fn last_full_at(level: usize, size: u64) -> Option<Self> {
        let kind = Kind::Hashes(u8::try_from(level).ok()?);
        let tiles = hashes_at(level, size)? / u64::from(TILE_WIDTH);
        Self::new(kind, tiles.checked_sub(1)?, TILE_WIDTH)
    }

    /// What it is a tile of.
    #[must_use]
    pub const fn kind(self) -> Kind {
        self.kind
    }

    /// The number of its level; `None` for entries.
    #[must_use]
    pub fn level_number(self) -> Option<usize> {
        match self.kind {
            Kind::Entries => None,
            Kind::Hashes(level) => Some(usize::from(level)),
        }
    }

    /// Its place within the level.
    #[must_use]
    pub const fn index(self) -> u64 {
        self.index
    }

    /// How many hashes or entries it has.
    #[must_use]
    pub const fn width(self) -> u16 {
        self.width
    }

    /// The full tile at its place.
    #[must_use]
    pub const fn full(self) -> Self {
        Self { kind: self.kind, index: self.index, width: TILE_WIDTH }
    }

    /// Whether it has 256.
    #[must_use]
    pub const fn is_full(self) -> bool {
        self.width == TILE_WIDTH
    }

    /// Its path below the log's prefix.
    #[must_use]
    pub fn path(self) -> String {
        self.to_string()
    }

    /// The folder of the partial tiles at its place: they may go once the full tile is there.
    #[must_use]
    pub fn partials_folder(self) -> String {
        format!("{}.p", self.full())
    }

    /// Reads a path. Only the one spelling that [`Self::path`] gives is accepted.
    #[must_use]
    pub fn parse(path: &str) -> Option<Self> {
        if path.len() > PATH_BYTES_MAX {
            return None;
        }
        let rest = path.strip_prefix("tile/")?;
        let (kind, rest) = rest.split_once('/')?;
        let kind = match kind {
            "entries" => Kind::Entries,
            level => Kind::Hashes(u8::try_from(decimal(level)?).ok()?),
        };
        let (index, width) = match rest.split_once(".p/") {
            Some((index, width)) => (index, u16::try_from(decimal(width)?).ok()?),
            None => (rest, TILE_WIDTH),
        };
        let tile = Self::new(kind, parse_index(index)?, width)?;
        (tile.path() == path).then_some(tile)
    }

    /// Most bytes that its file may have.
    #[must_use]
    pub const fn bytes_max(self) -> usize {
        match self.kind {
            Kind::Entries => BUNDLE_BYTES_MAX,
            Kind::Hashes(_) => TILE_BYTES_MAX,
        }
    }
}

/// Hashes of a level in a tree of `size` leaves.
fn hashes_at(level: usize, size: u64) -> Option<u64> {
    let shift = u32::try_from(level).ok()?.checked_mul(Tile::HEIGHT)?;
    Some(size.checked_shr(shift).unwrap_or(0))
}

impl fmt::Display for Tile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.kind {
            Kind::Entries => f.write_str("tile/entries/")?,
            Kind::Hashes(level) => write!(f, "tile/{level}/")?,
        }
        f.write_str(&index_path(self.index))?;
        if self.is_full() { Ok(()) } else { write!(f, ".p/{}", self.width) }
    }
}

/// A number as path elements of three digits: 1234067 is `x001/x234/067`.
#[must_use]
pub fn index_path(index: u64) -> String {
    let mut path = format!("{:03}", index % 1000);
    let mut rest = index / 1000;
    while rest > 0 {
        path = format!("x{:03}/{path}", rest % 1000);
        rest /= 1000;
    }
    path
}

/// Reads what [`index_path`] writes; other spellings are refused.
#[must_use]
pub fn parse_index(path: &str) -> Option<u64> {
    if path.len() > PATH_BYTES_MAX {
        return None;
    }
    let mut index = 0_u64;
    for element in path.split('/') {
        let digits = element.strip_prefix('x').unwrap_or(element);
        if digits.len() != 3 || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
            return None;
        }
        index = index.checked_mul(1000)?.checked_add(digits.parse().ok()?)?;
    }
    (index_path(index) == path).then_some(index)
}

/// What is wrong with the bytes of a tile or an entry bundle.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum TileError {
    /// Too short or too long for its width.
    #[error("has {actual} bytes, where {expected} are due")]
    Length {
        /// Bytes that it has.
        actual: usize,
        /// Bytes that it must have.
        expected: usize,
    },
    /// An entry bundle ends within an entry, or before one.
    #[error("ends at byte {at}, within entry {entry} of {width}")]
    Short {
        /// Where the bytes end.
        at: usize,
        /// The entry's place in the bundle.
        entry: u16,
        /// Entries that it must have.
        width: u16,
    },
    /// An entry bundle goes on after its last entry.
    #[error("goes on at byte {at}, after its {width} entries")]
    Long {
        /// The first byte that shouldn't be.
        at: usize,
        /// Entries that it must have.
        width: u16,
    },
}

/// The hashes in a tile's bytes, of which there must be `width`.
///
/// # Errors
/// When the length isn't 32 bytes for each.
pub fn hashes(bytes: &[u8], width: u16) -> Result<Vec<Hash>, TileError> {
    let expected = usize::from(width).saturating_mul(HASH_BYTES);
    if bytes.len() != expected {
        return Err(TileError::Length { actual: bytes.len(), expected });
    }
    Ok(bytes.chunks_exact(HASH_BYTES).filter_map(Hash::from_slice).collect())
}

/// The entries in a bundle's bytes, of which there must be `width`, each with the place of its
/// length prefix.
///
/// # Errors
/// When the bytes end early or go on.
pub fn entries(bytes: &[u8], width: u16) -> Result<Vec<(usize, &[u8])>, TileError> {
    let (found, end) = entries_prefix(bytes, width)?;
    if end != bytes.len() {
        return Err(TileError::Long { at: end, width });
    }
    Ok(found)
}

/// Entries of a bundle, each with the place of its length prefix, and where the last of them ends.
pub type Prefix<'a> = (Vec<(usize, &'a [u8])>, usize);

/// The first `width` entries of a bundle that may have more.
///
/// # Errors
/// When the bytes end early.
pub fn entries_prefix(bytes: &[u8], width: u16) -> Result<Prefix<'_>, TileError> {
    let mut found = Vec::with_capacity(usize::from(width));
    let mut at = 0_usize;
    for entry in 0..width {
        let taken = bytes.get(at..).and_then(|rest| {
            let (length, rest) = rest.split_first_chunk::<2>()?;
            rest.get(..usize::from(u16::from_be_bytes(*length)))
        });
        let Some(taken) = taken else {
            return Err(TileError::Short { at: bytes.len(), entry, width });
        };
        found.push((at, taken));
        at = at.saturating_add(2).saturating_add(taken.len());
    }
    Ok((found, at))
}

/// Appends an entry to a bundle's bytes; `None` when it has more than 65,535 bytes.
#[must_use]
pub fn push_entry(bundle: &mut Vec<u8>, entry: &[u8]) -> Option<()> {
    let length = u16::try_from(entry.len()).ok()?;
    bundle.extend(length.to_be_bytes());
    bundle.extend(entry);
    Some(())
}
