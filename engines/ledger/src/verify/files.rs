//! Which files there are beside those that the checkpoint needs, and whether they fit.

use super::{Fault, Options, Report, read_checkpoint};
use crate::{
    checkpoint::CHECKPOINT_PATH,
    content::{CONTENT_FOLDER, parse_content_path},
    source::Source,
    tile::Tile,
    writer::{HISTORY_FOLDER, history_path, parse_history_path},
};

/// What listing the source gave.
#[derive(Debug, Default)]
pub(super) struct Found {
    /// Sizes of the checkpoints in the history, ascending.
    pub(super) history: Vec<u64>,
    /// Leaves that have a content file, ascending.
    pub(super) contents: Vec<u64>,
    /// Partial tiles of earlier sizes.
    earlier: Vec<Tile>,
}

pub(super) fn list(source: &dyn Source, size: u64, report: &mut Report) -> Found {
    let mut found = Found::default();
    let mut strays = Vec::new();
    let (mut unpublished, mut other) = (0_u64, 0_u64);
    let listed = source.list(&mut |path| match path.split('/').next().unwrap_or_default() {
        "tile" => match Tile::parse(path) {
            None => strays.push(path.to_owned()),
            Some(tile) => match Tile::of_tree(tile.kind(), tile.index(), size) {
                Some(due) if due == tile => {}
                Some(due) if tile.width() < due.width() => found.earlier.push(tile),
                _ => unpublished = unpublished.saturating_add(1),
            },
        },
        HISTORY_FOLDER => match parse_history_path(path) {
            Some(size) => found.history.push(size),
            None => strays.push(path.to_owned()),
        },
        CONTENT_FOLDER => match parse_content_path(path) {
            Some(leaf) => found.contents.push(leaf),
            None => strays.push(path.to_owned()),
        },
        _ if path == CHECKPOINT_PATH => {}
        _ => other = other.saturating_add(1),
    });
    report.unpublished = unpublished;
    report.other_files = other;
    strays.sort();
    strays.into_iter().for_each(|path| report.push(Fault::Stray { path }));
    match listed {
        Ok(listed) => report.listed = listed,
        Err(reason) => report.push(Fault::Listing(reason)),
    }
    found.history.sort_unstable();
    found.contents.sort_unstable();
    found.earlier.sort_unstable();
    found
}

/// Partial tiles of earlier sizes begin the tiles that came after them. Those are compared with
/// the leaves elsewhere, so nothing else is to be known of the earlier ones.
pub(super) fn verify_extra(source: &dyn Source, found: &Found, size: u64, report: &mut Report) {
    let mut later: Option<(Tile, Vec<u8>)> = None;
    for tile in &found.earlier {
        if report.stopped {
            return;
        }
        let Some(due) = Tile::of_tree(tile.kind(), tile.index(), size) else { continue };
        if later.as_ref().is_none_or(|(known, _)| *known != due) {
            later = read_either(source, due).map(|bytes| (due, bytes));
        }
        // That it is missing was reported when the levels were compared.
        let Some((_, later)) = &later else { continue };
        let path = tile.path();
        match source.read(&path, tile.bytes_max()) {
            Err(reason) => report.push(Fault::Unreadable { path, reason }),
            Ok(None) => report.push(Fault::Missing { path }),
            Ok(Some(bytes)) => {
                if let Some(at) = first_difference(&bytes, later) {
                    report.push(Fault::Earlier { path, later: due, at });
                } else if let Err(error) = right_length(*tile, &bytes) {
                    report.push(Fault::Broken { tile: *tile, error });
                } else {
                    report.earlier_tiles = report.earlier_tiles.saturating_add(1);
                }
            }
        }
    }
}

/// The tile as the tree has it, or the full one at its place.
fn read_either(source: &dyn Source, tile: Tile) -> Option<Vec<u8>> {
    let read = |tile: Tile| source.read(&tile.path(), tile.bytes_max()).ok().flatten();
    read(tile).or_else(|| read(tile.full()))
}

/// The first byte that isn't the same in `later`; bytes beyond its end are such.
fn first_difference(bytes: &[u8], later: &[u8]) -> Option<usize> {
    let same = bytes.iter().zip(later).take_while(|(left, right)| left == right).count();
    (same < bytes.len()).then_some(same)
}

fn right_length(tile: Tile, bytes: &[u8]) -> Result<(), crate::tile::TileError> {
    match tile.level_number() {
        Some(_) => crate::tile::hashes(bytes, tile.width()).map(|_| ()),
        None => crate::tile::entries(bytes, tile.width()).map(|_| ()),
    }
}

/// A checkpoint in the history that is newer than the checkpoint: the log grew meanwhile, or it was
/// put back.
pub(super) fn verify_newer(
    source: &dyn Source,
    found: &Found,
    size: u64,
    options: &Options<'_>,
    report: &mut Report,
) {
    let Some(newest) = found.history.last().filter(|newest| **newest > size) else { return };
    let mut again = Report::new(options.faults_max.max(1));
    let head = read_checkpoint(source, CHECKPOINT_PATH, options, &mut again);
    let grew =
        again.faults.is_empty() && head.is_some_and(|head| head.checkpoint().size() >= *newest);
    if !grew {
        report.push(Fault::RolledBack { size, path: history_path(*newest) });
    }
}
