//! Finds the erase blocks of an image: their size, how many, and what is in each.

use super::header::{self, EC_MAGIC, EraseCounter, NoVolumeId, VolumeId};
use crate::blank_until;
use std::collections::BTreeMap;

/// Smallest erase block, in bytes: that of serial NOR flash.
const BLOCK_BYTES_MIN: usize = 4096;
/// Largest erase block, in bytes.
const BLOCK_BYTES_MAX: usize = 16 * 1024 * 1024;
/// How many distances between headers decide the block size.
const DISTANCES_MAX: usize = 4096;
/// Blocks in a row that are neither erased nor UBI's before the image is taken to have ended.
const FOREIGN_BLOCKS_MAX: usize = 8;

/// What one pass over the image gave.
#[derive(Debug, Default)]
pub(super) struct Blocks {
    pub(super) size: usize,
    /// All blocks up to the end.
    pub(super) count: usize,
    /// Blocks with a logical block in them: place and header.
    pub(super) mapped: Vec<(usize, EraseCounter, VolumeId)>,
    /// Blocks without one.
    pub(super) free: usize,
    /// Count and first place of blocks with a damaged header.
    pub(super) damaged: (usize, usize),
    /// The last block goes on past the image's end.
    pub(super) cut: bool,
}

/// The distance that most headers keep from the next one.
pub(super) fn block_size(bytes: &[u8], first: EraseCounter) -> usize {
    let mut counts: BTreeMap<usize, usize> = BTreeMap::new();
    let mut last = 0;
    let hits = memchr::memmem::find_iter(bytes, EC_MAGIC).skip(1);
    for at in hits.take(DISTANCES_MAX * 4) {
        let like = header::erase_counter(bytes, at).is_some_and(|other| {
            other.vid_offset == first.vid_offset && other.data_offset == first.data_offset
        });
        let distance = at - last;
        if like && distance >= BLOCK_BYTES_MIN && distance > first.data_offset {
            *counts.entry(distance).or_default() += 1;
            last = at;
            if counts.len() > DISTANCES_MAX {
                break;
            }
        }
    }
    // Of equally frequent distances the shortest.
    let best =
        counts.iter().max_by_key(|(distance, count)| (**count, std::cmp::Reverse(**distance)));
    // Blocks between two headers may have lost theirs, so other distances divide it down.
    let size = best.map_or(bytes.len(), |(distance, _)| *distance);
    size.clamp(1, BLOCK_BYTES_MAX)
}

/// Goes over all blocks.
pub(super) fn read(bytes: &[u8], first: EraseCounter) -> Blocks {
    let size = block_size(bytes, first);
    let mut blocks = Blocks { size, ..Blocks::default() };
    let mut foreign = 0;
    for number in 0..bytes.len().div_ceil(size) {
        let at = number * size;
        let whole = bytes.len() - at >= size;
        match header::erase_counter(bytes, at) {
            // Another image: two systems beside one another, as for updates.
            Some(counter) if counter.image_seq != first.image_seq => break,
            Some(counter) => {
                if foreign > 0 {
                    note(&mut blocks, foreign, at - foreign * size);
                    foreign = 0;
                }
                blocks.count = number + 1;
                blocks.cut |= !whole;
                block(bytes, at, counter, &mut blocks);
            }
            None if whole && blank_until(bytes, at) >= at + size => {
                if foreign == 0 {
                    blocks.count = number + 1;
                    blocks.free += 1;
                }
            }
            None => {
                foreign += 1;
                if foreign > FOREIGN_BLOCKS_MAX {
                    break;
                }
            }
        }
    }
    blocks
}

fn note(blocks: &mut Blocks, count: usize, at: usize) {
    if blocks.damaged.0 == 0 {
        blocks.damaged.1 = at;
    }
    blocks.damaged.0 += count;
}

fn block(bytes: &[u8], at: usize, counter: EraseCounter, blocks: &mut Blocks) {
    match header::volume_id(bytes, at + counter.vid_offset) {
        Ok(id) => blocks.mapped.push((at, counter, id)),
        Err(NoVolumeId::Blank) => blocks.free += 1,
        Err(NoVolumeId::Damaged) => note(blocks, 1, at),
    }
}
