//! Where logical addresses stand on the device.

use duecare_base::{Bin, Short};
use duecare_filesystems::tree::Trouble;
use std::collections::BTreeMap;

pub(super) const ITEM_CHUNK: u8 = 228;

/// Profiles that spread one chunk's bytes over several stripes: RAID 0, 10, 5, 6.
const STRIPED: u64 = 0x8 | 0x40 | 0x80 | 0x100;

/// Chunks by their logical start.
#[derive(Debug, Default)]
pub(super) struct Chunks {
    chunks: BTreeMap<u64, Chunk>,
}

#[derive(Debug, Clone, Copy)]
struct Chunk {
    len: u64,
    start: u64,
    striped: bool,
}

impl Chunks {
    /// Adds the chunks that the superblock lists, keys and items in a row.
    pub(super) fn add_system(&mut self, array: &[u8]) -> Result<(), Short> {
        let bin = Bin::le(array);
        let mut at = 0;
        while at + 17 <= array.len() {
            let logical = bin.u64(at + 9)?;
            let item = Bin::le(bin.tail(at + 17));
            self.add(logical, &item)?;
            at += 17 + 48 + usize::from(item.u16(44)?) * 32;
        }
        Ok(())
    }

    /// Adds a chunk; of several copies the first is used.
    pub(super) fn add(&mut self, logical: u64, item: &Bin<'_>) -> Result<(), Short> {
        let striped = item.u64(24)? & STRIPED != 0 && item.u16(44)? > 1;
        let chunk = Chunk { len: item.u64(0)?, start: item.u64(56)?, striped };
        self.chunks.insert(logical, chunk);
        Ok(())
    }

    /// Offset of a logical address, and how many bytes follow it in its chunk.
    pub(super) fn place(&self, logical: u64) -> Result<(usize, usize), Trouble> {
        let chunk = self.chunks.range(..=logical).next_back();
        let inside = chunk.and_then(|(first, chunk)| {
            let within = logical - first;
            (within < chunk.len).then_some((chunk, within))
        });
        let Some((chunk, within)) = inside else {
            return Err(Trouble::damaged(0, format!("address {logical:#x} is in no chunk")));
        };
        if chunk.striped {
            return Err(Trouble::unsupported("a striped profile"));
        }
        let at = usize::try_from(chunk.start.saturating_add(within)).unwrap_or(usize::MAX);
        Ok((at, usize::try_from(chunk.len - within).unwrap_or(usize::MAX)))
    }
}
