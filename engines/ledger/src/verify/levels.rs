//! Every level of the tree, from the entries up.

use super::{Fault, Options, Report, files::Found, read_checkpoint};
use crate::{
    checkpoint::SignedCheckpoint,
    content::{CONTENT_BYTES_MAX, Content, ContentError, content_path},
    hash::{HASH_BYTES, Hash},
    leaf::Entry,
    proof::read_hashes,
    source::Source,
    statement::Statement,
    tile::{Kind, TILE_WIDTH, Tile, entries, entries_prefix, hashes},
    tree::{Frontier, Tree, root_of},
    writer::history_path,
};

/// A level above the leaves, as the level below gives it.
#[derive(Default)]
struct Level {
    /// Full tiles that were compared.
    finished: u64,
    /// The next tile's hashes so far, where they are known.
    due: Vec<Option<Hash>>,
}

/// Verifies from the leaves up; holds one tile of each level.
pub(super) struct Levels<'a> {
    source: &'a dyn Source,
    options: &'a Options<'a>,
    size: u64,
    report: &'a mut Report,
    /// From level 1 up.
    levels: Vec<Level>,
    /// By level from 0, the hashes of the rightmost, partial tile; none once they can't be known.
    edge: Option<Vec<Vec<Hash>>>,
    /// The tree so far; none after leaves of which neither entry nor hash is there.
    frontier: Option<Frontier>,
    /// Sizes of the history that are still to come, ascending.
    history: &'a [u64],
    /// Leaves with a content file that are still to come, ascending.
    contents: &'a [u64],
}

impl<'a> Levels<'a> {
    pub(super) fn new(
        source: &'a dyn Source,
        options: &'a Options<'a>,
        head: &SignedCheckpoint,
        found: &'a Found,
        report: &'a mut Report,
    ) -> Self {
        let size = head.checkpoint().size();
        let contents: &[u64] = if options.contents { &found.contents } else { &[] };
        Self {
            source,
            options,
            size,
            report,
            levels: Vec::new(),
            edge: Some(Vec::new()),
            frontier: Some(Frontier::default()),
            history: &found.history,
            contents,
        }
    }

    /// The right edge as stored; none when it stopped, or the root can't be computed.
    pub(super) fn verify(mut self) -> Option<Tree> {
        self.check_history();
        for index in 0..self.size.div_ceil(u64::from(TILE_WIDTH)) {
            if self.report.stopped {
                return None;
            }
            self.leaves(index)?;
        }
        if self.size.is_multiple_of(u64::from(TILE_WIDTH)) {
            self.keep(Vec::new());
        }
        // What is left at each level now is a partial tile, or nothing.
        let mut level = 1;
        while level <= self.levels.len() {
            self.finish(level)?;
            level = level.saturating_add(1);
        }
        for leaf in self.contents.iter().copied() {
            self.report.push(Fault::ContentBeyond { path: content_path(leaf), leaf });
        }
        if self.report.stopped { None } else { Tree::from_edge(self.size, self.edge?) }
    }

    /// One bundle of entries, and the tile of their hashes.
    fn leaves(&mut self, index: u64) -> Option<()> {
        let bundle = Tile::of_tree(Kind::Entries, index, self.size)?;
        let tile = Tile::of_tree(Kind::Hashes(0), index, self.size)?;
        let bytes = self.fetch(bundle);
        let stored = self.fetch_hashes(tile);
        let first = index.checked_mul(u64::from(TILE_WIDTH))?;
        let mut derived = None;
        if let Some((bundle, bytes)) = &bytes {
            match entries_of(*bundle, bytes, tile.width()) {
                Ok(list) => derived = Some(self.entries(first, *bundle, &list, stored.as_ref())),
                Err(error) => self.report.push(Fault::Broken { tile: *bundle, error }),
            }
        }
        // Contents of entries that couldn't be read can't be opened.
        let next = first.saturating_add(u64::from(tile.width()));
        let passed = self.contents.partition_point(|leaf| *leaf < next);
        self.contents = self.contents.get(passed..).unwrap_or_default();
        let chosen = match (stored, derived) {
            (Some((_, stored)), Some(derived)) => Some(self.believed(tile, stored, derived)),
            (stored, derived) => stored.map(|(_, hashes)| hashes).or(derived),
        };
        let root = self.grow(tile, chosen.as_deref());
        if tile.is_full() {
            return self.feed(1, root);
        }
        match chosen {
            Some(hashes) => self.keep(hashes),
            None => self.no_root(tile),
        }
        Some(())
    }

    /// Of a tile's hashes and those of its entries, the ones that the level above has the root of:
    /// so that one changed byte is one fault. Where nothing is above, the tile's.
    fn believed(&self, tile: Tile, stored: Vec<Hash>, derived: Vec<Hash>) -> Vec<Hash> {
        if stored == derived || !tile.is_full() {
            return stored;
        }
        let width = u64::from(TILE_WIDTH);
        let above = Tile::of_tree(Kind::Hashes(1), tile.index() / width, self.size);
        let above = above.and_then(|above| read_hashes(self.source, above).ok());
        let place = usize::try_from(tile.index() % width).unwrap_or(usize::MAX);
        let root = above.and_then(|hashes| hashes.get(place).copied());
        if root == Some(root_of(derived.iter().copied())) { derived } else { stored }
    }

    /// Keeps the hashes of a level's partial tile.
    fn keep(&mut self, hashes: Vec<Hash>) {
        if let Some(edge) = &mut self.edge {
            edge.push(hashes);
        }
    }

    fn no_root(&mut self, tile: Tile) {
        if self.edge.take().is_some() {
            self.report.push(Fault::NoRoot(tile));
        }
    }

    /// Hashes the entries, compares them with the tile, and opens their contents.
    fn entries(
        &mut self,
        first: u64,
        bundle: Tile,
        list: &[(usize, &[u8])],
        stored: Option<&(Tile, Vec<Hash>)>,
    ) -> Vec<Hash> {
        let mut derived = Vec::with_capacity(list.len());
        for (place, (leaf, (entry_at, entry))) in (first..).zip(list).enumerate() {
            let hash = Hash::leaf(entry);
            derived.push(hash);
            if let Some((tile, hashes)) = stored
                && hashes.get(place).is_some_and(|stored| *stored != hash)
            {
                let hash_at = place.saturating_mul(HASH_BYTES);
                let (tile, entry_at) = (*tile, *entry_at);
                self.report.push(Fault::Leaf { leaf, bundle, entry_at, tile, hash_at });
            }
            self.report.leaves = self.report.leaves.saturating_add(1);
            let parsed = Entry::parse(entry);
            if parsed.is_err() {
                self.report.foreign_entries = self.report.foreign_entries.saturating_add(1);
            }
            if self.contents.first() == Some(&leaf) {
                self.contents = self.contents.get(1..).unwrap_or_default();
                self.content(leaf, parsed.ok());
            }
        }
        derived
    }

    /// Appends leaf hashes to the tree so far, checking the history on the way; the root of a full
    /// tile.
    fn grow(&mut self, tile: Tile, chosen: Option<&[Hash]>) -> Option<Hash> {
        let Some(chosen) = chosen else {
            self.frontier = None;
            self.check_history();
            return None;
        };
        let mut root = None;
        if self.frontier.is_none() && tile.is_full() {
            root = Some(root_of(chosen.iter().copied()));
        }
        for hash in chosen {
            if let Some(frontier) = &mut self.frontier {
                let pushed = frontier.push(*hash, |height, node| {
                    if height == Tile::HEIGHT {
                        root = Some(node);
                    }
                });
                if pushed.is_err() {
                    self.frontier = None;
                }
            }
            self.check_history();
        }
        root
    }

    /// Takes the root of a tile into the level above.
    fn feed(&mut self, level: usize, root: Option<Hash>) -> Option<()> {
        while self.levels.len() < level {
            self.levels.push(Level::default());
        }
        let due = &mut self.levels.get_mut(level.checked_sub(1)?)?.due;
        due.push(root);
        if due.len() == usize::from(TILE_WIDTH) { self.finish(level) } else { Some(()) }
    }

    /// Compares the hashes that are due at a level with the stored tile. Levels are at most 8, so
    /// going up by recursion is bounded.
    fn finish(&mut self, level: usize) -> Option<()> {
        let state = self.levels.get_mut(level.checked_sub(1)?)?;
        let due = std::mem::take(&mut state.due);
        let index = state.finished;
        let kind = Kind::Hashes(u8::try_from(level).ok()?);
        if due.is_empty() {
            self.keep(Vec::new());
            return Some(());
        }
        if due.len() == usize::from(TILE_WIDTH) {
            state.finished = index.saturating_add(1);
        }
        let tile = Tile::new(kind, index, u16::try_from(due.len()).ok()?)?;
        let stored = self.fetch_hashes(tile);
        let chosen = self.compare(tile, &due, stored.as_ref())?;
        let known: Option<Vec<Hash>> = chosen.into_iter().collect();
        if tile.is_full() {
            return self.feed(level.checked_add(1)?, known.map(root_of));
        }
        match known {
            Some(hashes) => self.keep(hashes),
            None => self.no_root(tile),
        }
        Some(())
    }

    /// The hashes of a tile as stored, else as the level below gives them; what differs is a fault.
    fn compare(
        &mut self,
        tile: Tile,
        due: &[Option<Hash>],
        stored: Option<&(Tile, Vec<Hash>)>,
    ) -> Option<Vec<Option<Hash>>> {
        let level = tile.level_number()?;
        let below = Kind::Hashes(u8::try_from(level.checked_sub(1)?).ok()?);
        let shift = u32::try_from(level).ok()?.checked_mul(Tile::HEIGHT)?;
        let mut chosen = Vec::with_capacity(due.len());
        for (place, due) in due.iter().enumerate() {
            let has = stored.and_then(|(_, hashes)| hashes.get(place)).copied();
            if let (Some(due), Some(has), Some((tile, _))) = (*due, has, stored)
                && due != has
            {
                let number = tile.index().checked_mul(u64::from(TILE_WIDTH))?;
                let number = number.checked_add(u64::try_from(place).ok()?)?;
                let first = number.checked_shl(shift)?;
                self.report.push(Fault::Node {
                    tile: *tile,
                    at: place.saturating_mul(HASH_BYTES),
                    below: Tile::new(below, number, TILE_WIDTH)?,
                    first,
                    last: first.saturating_add((1 << shift) - 1),
                });
            }
            chosen.push(has.or(*due));
        }
        Some(chosen)
    }

    /// Checks the history's checkpoints of the size that the tree has now.
    fn check_history(&mut self) {
        loop {
            let size = self.frontier.as_ref().map(Frontier::size);
            let Some(next) = self.history.first().copied().filter(|next| *next <= self.size) else {
                return;
            };
            if size.is_some_and(|size| size < next) || self.report.stopped {
                return;
            }
            self.history = self.history.get(1..).unwrap_or_default();
            let path = history_path(next);
            let Some(frontier) = &self.frontier else {
                self.report.push(Fault::HistoryHole { path });
                continue;
            };
            let found = frontier.root();
            let Some(signed) = read_checkpoint(self.source, &path, self.options, self.report)
            else {
                continue;
            };
            let tree = signed.checkpoint();
            self.report.history = self.report.history.saturating_add(1);
            if tree.size() != next {
                self.report.push(Fault::HistoryName { path, size: tree.size() });
            } else if *tree.root() != found {
                let due = *tree.root();
                self.report.push(Fault::History { path, size: next, found, due });
            }
        }
    }

    /// Opens the content of a leaf.
    fn content(&mut self, leaf: u64, entry: Option<Entry>) {
        let path = content_path(leaf);
        let bytes = match self.source.read(&path, CONTENT_BYTES_MAX) {
            Ok(Some(bytes)) => bytes,
            // It was erased since it was listed.
            Ok(None) => return,
            Err(reason) => return self.report.push(Fault::Unreadable { path, reason }),
        };
        match self.opened(&bytes, entry) {
            Ok(signed) => {
                self.report.contents = self.report.contents.saturating_add(1);
                let signed = u64::from(signed);
                self.report.contents_signed = self.report.contents_signed.saturating_add(signed);
            }
            Err(error) => self.report.push(Fault::Content { path, leaf, error }),
        }
    }

    /// Whether a trusted key signed the content of an entry.
    fn opened(&self, bytes: &[u8], entry: Option<Entry>) -> Result<bool, ContentError> {
        let content = Content::parse(bytes)?;
        let envelope = content.open(entry.ok_or(ContentError::Other)?)?;
        Statement::from_envelope(&envelope)?;
        if self.options.signers.is_empty() {
            return Ok(false);
        }
        envelope.verify(self.options.signers, 1)?;
        Ok(true)
    }

    /// Reads a tile or bundle; where a partial one is gone, the full one that took its place.
    fn fetch(&mut self, tile: Tile) -> Option<(Tile, Vec<u8>)> {
        let full = (!tile.is_full()).then(|| tile.full());
        for candidate in std::iter::once(tile).chain(full) {
            match self.source.read(&candidate.path(), candidate.bytes_max()) {
                Ok(Some(bytes)) => return Some((candidate, bytes)),
                Ok(None) => {}
                Err(reason) => {
                    let path = candidate.path();
                    self.report.push(Fault::Unreadable { path, reason });
                    return None;
                }
            }
        }
        self.report.push(Fault::Missing { path: tile.path() });
        None
    }

    /// The hashes of a tile, as many as the tree has.
    fn fetch_hashes(&mut self, tile: Tile) -> Option<(Tile, Vec<Hash>)> {
        let (found, bytes) = self.fetch(tile)?;
        match hashes(&bytes, found.width()) {
            Ok(mut hashes) => {
                hashes.truncate(usize::from(tile.width()));
                self.report.tiles = self.report.tiles.saturating_add(1);
                Some((found, hashes))
            }
            Err(error) => {
                self.report.push(Fault::Broken { tile: found, error });
                None
            }
        }
    }
}

/// The entries that a tree has of a bundle: all of a bundle of its width, the first of a full one.
fn entries_of(
    bundle: Tile,
    bytes: &[u8],
    width: u16,
) -> Result<Vec<(usize, &[u8])>, crate::tile::TileError> {
    if bundle.width() == width {
        return entries(bytes, width);
    }
    entries_prefix(bytes, width).map(|(list, _)| list)
}
