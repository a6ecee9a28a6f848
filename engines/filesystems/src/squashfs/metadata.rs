//! Metadata blocks: 8 KiB of inodes, folders or tables each, read once and kept.

use super::compress::Decoder;
use crate::tree::Trouble;
use bytes::Bytes;
use duecare_base::{Bin, Endian};
use duecare_unpack::Budget;
use std::collections::BTreeMap;

/// Size of a full metadata block, decoded, in bytes.
pub(super) const METADATA_BYTES: usize = 8192;

/// A metadata block that is stored as it is.
const STORED: u16 = 0x8000;

/// Longest structure that spans metadata blocks: an inode of a 4 GiB file in blocks of 4 KiB.
const SPAN_BYTES_MAX: usize = 8 << 20;

/// Where a metadata block's bytes stand, and whether they are compressed.
#[derive(Debug, Clone, Copy)]
pub(super) struct Stored {
    begin: usize,
    pub(super) size: usize,
    pub(super) compressed: bool,
}

impl Stored {
    /// Reads the header of the block at `at`.
    pub(super) fn at(
        input: &[u8],
        at: usize,
        endian: Endian,
        check_byte: bool,
    ) -> Result<Self, Trouble> {
        let header = Bin::new(input, endian).u16(at)?;
        // A size of zero stands for the full 32 KiB that the field can't hold.
        let size = match usize::from(header & !STORED) {
            0 => usize::from(STORED),
            size => size,
        };
        let begin = at + 2 + usize::from(check_byte);
        Ok(Self { begin, size, compressed: header & STORED == 0 })
    }

    pub(super) fn bytes<'a>(&self, input: &'a [u8]) -> Result<&'a [u8], Trouble> {
        Ok(Bin::le(input).slice(self.begin, self.size)?)
    }

    fn end(&self) -> usize {
        self.begin.saturating_add(self.size)
    }
}

/// A place in the metadata: start of a block in the layer, offset in the decoded block.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Place {
    pub(super) block: u64,
    pub(super) offset: usize,
}

/// Reader of metadata blocks.
pub(super) struct Metadata<'a> {
    input: &'a Bytes,
    endian: Endian,
    check_byte: bool,
    budget: &'a Budget,
    /// Decoded blocks and where the next one begins, by where they begin.
    blocks: BTreeMap<u64, (Bytes, u64)>,
}

impl<'a> Metadata<'a> {
    pub(super) fn new(
        input: &'a Bytes,
        endian: Endian,
        check_byte: bool,
        budget: &'a Budget,
    ) -> Self {
        Self { input, endian, check_byte, budget, blocks: BTreeMap::new() }
    }

    /// The decoded block that begins at `start`, and where the next one begins.
    fn block(&mut self, start: u64, decoder: &mut Decoder) -> Result<(Bytes, u64), Trouble> {
        if let Some(known) = self.blocks.get(&start) {
            return Ok(known.clone());
        }
        let at = usize::try_from(start).unwrap_or(usize::MAX);
        if at >= self.input.len() {
            return Err(Trouble::truncated(at, "metadata lies past the end of the image"));
        }
        let stored = Stored::at(self.input, at, self.endian, self.check_byte)?;
        let raw = stored.bytes(self.input)?;
        let block = if stored.compressed {
            let decoded = decoder
                .decode(raw, METADATA_BYTES, false)
                .map_err(|error| Trouble::damaged(at, format!("metadata block: {error}")))?;
            self.budget.take_memory(decoded.len())?;
            Bytes::from(decoded)
        } else {
            self.input.slice(stored.begin..stored.end().min(stored.begin + METADATA_BYTES))
        };
        let known = (block, stored.end() as u64);
        self.blocks.insert(start, known.clone());
        Ok(known)
    }

    /// Up to `len` bytes from `place`, which may go on in the blocks that follow; fewer where they
    /// end. The second value is why.
    pub(super) fn read(
        &mut self,
        place: Place,
        len: usize,
        decoder: &mut Decoder,
    ) -> (Bytes, Option<Trouble>) {
        let len = len.min(SPAN_BYTES_MAX);
        let (mut start, mut offset) = (place.block, place.offset);
        let mut out = Vec::new();
        while out.len() < len {
            let (block, next) = match self.block(start, decoder) {
                Ok(known) => known,
                Err(trouble) => return (out.into(), Some(trouble)),
            };
            let wanted = len - out.len();
            if out.is_empty() && offset + wanted <= block.len() {
                return (block.slice(offset..offset + wanted), None);
            }
            let rest = block.get(offset..).unwrap_or_default();
            out.extend_from_slice(rest.get(..wanted).unwrap_or(rest));
            if let Err(limit) = self.budget.take_work(rest.len() + 1) {
                return (out.into(), Some(limit.into()));
            }
            if out.len() < len && block.len() < METADATA_BYTES {
                let at = usize::try_from(start).unwrap_or(usize::MAX);
                let trouble = Trouble::damaged(at, "a structure runs past the last metadata block");
                return (out.into(), Some(trouble));
            }
            (start, offset) = (next, 0);
        }
        (out.into(), None)
    }

    /// Just `len` bytes from `place`.
    pub(super) fn exact(
        &mut self,
        place: Place,
        len: usize,
        decoder: &mut Decoder,
    ) -> Result<Bytes, Trouble> {
        match self.read(place, len, decoder) {
            (bytes, None) if bytes.len() == len => Ok(bytes),
            (_, Some(trouble)) => Err(trouble),
            (_, None) => Err(Trouble::damaged(place.offset, "a structure is too large")),
        }
    }

    /// Entry `index` of a table whose metadata blocks are listed, one `pointer_bytes` each, from
    /// `table`; entries have `entry_bytes` each.
    pub(super) fn table_entry(
        &mut self,
        table: usize,
        pointer_bytes: usize,
        entry_bytes: usize,
        index: usize,
        decoder: &mut Decoder,
    ) -> Result<Bytes, Trouble> {
        let at = index.saturating_mul(entry_bytes);
        let pointer = (at / METADATA_BYTES).saturating_mul(pointer_bytes).saturating_add(table);
        let bin = Bin::new(self.input, self.endian);
        let block =
            if pointer_bytes == 4 { u64::from(bin.u32(pointer)?) } else { bin.u64(pointer)? };
        self.exact(Place { block, offset: at % METADATA_BYTES }, entry_bytes, decoder)
    }
}
