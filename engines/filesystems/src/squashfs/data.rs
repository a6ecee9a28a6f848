//! Contents of files: data blocks, holes, and tails that share a fragment block.

use super::Image;
use super::inode::{Inode, Kind};
use super::metadata::Place;
use crate::tree::{Content, Trouble};
use bytes::Bytes;
use duecare_base::Bin;

/// The block is stored as it is, versions 2 to 4.
const STORED: u32 = 1 << 24;

/// The block is stored as it is, version 1, whose block list has 16 bits an entry.
const STORED_1: u16 = 1 << 15;

/// The largest file whose first bytes are kept when the rest is missing, and longest block list
/// read at once is bounded by the metadata reader.
const BLOCK_LIST_MAX: usize = 4 << 20;

/// A file's identity by its bytes: files with equal contents share blocks.
pub(super) type ContentKey = (u64, u64, Option<(u32, usize)>);

/// Size and form of one data block.
#[derive(Debug, Clone, Copy)]
struct BlockSize {
    bytes: usize,
    stored: bool,
}

impl BlockSize {
    fn new(raw: u32) -> Self {
        Self { bytes: (raw & (STORED - 1)) as usize, stored: raw & STORED != 0 }
    }

    fn new_1(raw: u16) -> Self {
        let bytes = match usize::from(raw & (STORED_1 - 1)) {
            0 => usize::from(STORED_1),
            bytes => bytes,
        };
        Self { bytes, stored: raw & STORED_1 != 0 }
    }
}

impl Image<'_> {
    /// The target of a symbolic link.
    pub(super) fn link(&mut self, place: Place, inode: &Inode, size: usize) -> Content {
        let whole = self.metadata.exact(place, inode.tail + size.min(65_536), &mut self.decoder);
        whole.map(|bytes| bytes.slice(inode.tail.min(bytes.len())..)).into()
    }

    /// The bytes of a file.
    pub(super) fn file(&mut self, place: Place, inode: &Inode) -> Content {
        let Kind::File { start, size, fragment, blocks } = inode.kind else {
            return Content::default();
        };
        if size == 0 {
            return Content::default();
        }
        let key = (start, size, fragment);
        if let Some(bytes) = self.contents.get(&key) {
            return bytes.clone().into();
        }
        let content = self.read_file(place, inode, (start, size, blocks), fragment);
        if content.trouble.is_none() && blocks > 0 {
            self.contents.insert(key, content.bytes.clone());
        }
        content
    }

    fn read_file(
        &mut self,
        place: Place,
        inode: &Inode,
        (start, size, blocks): (u64, u64, usize),
        fragment: Option<(u32, usize)>,
    ) -> Content {
        let tail = (size % self.sb.block_size as u64) as usize;
        if blocks == 0 {
            return self.fragment(fragment, tail).into();
        }
        let sizes = match self.block_sizes(place, inode, blocks) {
            Ok(sizes) => sizes,
            Err(trouble) => return trouble.into(),
        };
        let Some(size) = usize::try_from(size).ok() else {
            return Trouble::unsupported("the file is larger than memory can be").into();
        };
        if blocks == 1 && fragment.is_none() {
            let at = usize::try_from(start).unwrap_or(usize::MAX);
            return sizes
                .first()
                .map_or(Ok(Bytes::new()), |block| self.block(at, *block, size))
                .into();
        }
        if let Err(limit) = self.budget.take_memory(size) {
            return Trouble::from(limit).into();
        }
        let mut out = Vec::with_capacity(size);
        let mut at = usize::try_from(start).unwrap_or(usize::MAX);
        for block in sizes {
            let wanted = self.sb.block_size.min(size - out.len());
            if let Err(trouble) = self.append(at, block, wanted, &mut out) {
                return Content { bytes: out.into(), trouble: Some(trouble) };
            }
            at = at.saturating_add(block.bytes);
        }
        let mut trouble = None;
        if fragment.is_some() && out.len() < size {
            match self.fragment(fragment, tail) {
                Ok(bytes) => out.extend_from_slice(&bytes),
                Err(missing) => trouble = Some(missing),
            }
        }
        Content { bytes: out.into(), trouble }
    }

    fn block_sizes(
        &mut self,
        place: Place,
        inode: &Inode,
        blocks: usize,
    ) -> Result<Vec<BlockSize>, Trouble> {
        if blocks > BLOCK_LIST_MAX {
            return Err(Trouble::damaged(0, format!("a file of {blocks} blocks")));
        }
        let entry_bytes = if self.sb.major == 1 { 2 } else { 4 };
        let len = inode.tail + blocks * entry_bytes;
        let bytes = self.metadata.exact(place, len, &mut self.decoder)?;
        let bin = Bin::new(&bytes, self.sb.endian);
        let mut sizes = Vec::with_capacity(blocks);
        for index in 0..blocks {
            let at = inode.tail + index * entry_bytes;
            sizes.push(if entry_bytes == 2 {
                BlockSize::new_1(bin.u16(at)?)
            } else {
                BlockSize::new(bin.u32(at)?)
            });
        }
        Ok(sizes)
    }

    /// Appends a block of `wanted` bytes to a file; memory is taken by the caller.
    fn append(
        &mut self,
        at: usize,
        block: BlockSize,
        wanted: usize,
        out: &mut Vec<u8>,
    ) -> Result<(), Trouble> {
        if block.bytes == 0 {
            out.resize(out.len() + wanted, 0);
            return Ok(());
        }
        let raw = self.raw(at, block.bytes)?;
        if block.stored {
            out.extend_from_slice(raw.get(..wanted).unwrap_or(&raw));
            return Ok(());
        }
        let decoded = self.decode(at, &raw, wanted, true)?;
        if decoded.len() != wanted {
            let message = format!("a data block has {} bytes, not {wanted}", decoded.len());
            return Err(Trouble::damaged(at, message));
        }
        out.extend_from_slice(&decoded);
        Ok(())
    }

    /// One block as it is, without a copy where it is stored.
    fn block(&mut self, at: usize, block: BlockSize, size: usize) -> Result<Bytes, Trouble> {
        if block.bytes == 0 {
            self.budget.take_memory(size)?;
            return Ok(Bytes::from(vec![0; size]));
        }
        let raw = self.raw(at, block.bytes)?;
        let bytes = if block.stored {
            raw
        } else {
            self.budget.take_memory(size)?;
            Bytes::from(self.decode(at, &raw, size, true)?)
        };
        if bytes.len() < size {
            let message = format!("a data block has {} bytes, not {size}", bytes.len());
            return Err(Trouble::damaged(at, message));
        }
        Ok(bytes.slice(..size))
    }

    fn raw(&self, at: usize, len: usize) -> Result<Bytes, Trouble> {
        Bin::le(self.input).slice(at, len)?;
        Ok(self.input.slice(at..at + len))
    }

    fn decode(
        &mut self,
        at: usize,
        raw: &[u8],
        size_max: usize,
        exact: bool,
    ) -> Result<Vec<u8>, Trouble> {
        let decoded = self.decoder.decode(raw, size_max, exact);
        decoded.map_err(|error| Trouble::damaged(at, format!("data block: {error}")))
    }

    /// The tail of a file: `len` bytes of a fragment block.
    fn fragment(&mut self, fragment: Option<(u32, usize)>, len: usize) -> Result<Bytes, Trouble> {
        let Some((index, offset)) = fragment else { return Ok(Bytes::new()) };
        let block = self.fragment_block(index)?;
        let end = offset.checked_add(len).filter(|end| *end <= block.len());
        let Some(end) = end else {
            let message = format!("fragment {index} has {} bytes, too few", block.len());
            return Err(Trouble {
                kind: duecare_unpack::ProblemKind::Damaged,
                offset: None,
                message,
            });
        };
        Ok(block.slice(offset..end))
    }

    fn fragment_block(&mut self, index: u32) -> Result<Bytes, Trouble> {
        if let Some(known) = self.fragments.get(&index) {
            return known.clone();
        }
        let block = self.read_fragment_block(index);
        self.fragments.insert(index, block.clone());
        block
    }

    fn read_fragment_block(&mut self, index: u32) -> Result<Bytes, Trouble> {
        let table = self.sb.fragment_table.filter(|_| index < self.sb.fragments);
        let Some(table) = table else {
            let message = format!("fragment {index} of {}", self.sb.fragments);
            return Err(Trouble::damaged(0, message));
        };
        let (pointer_bytes, entry_bytes) = if self.sb.major == 2 { (4, 8) } else { (8, 16) };
        let entry = self.metadata.table_entry(
            table,
            pointer_bytes,
            entry_bytes,
            index as usize,
            &mut self.decoder,
        )?;
        let bin = Bin::new(&entry, self.sb.endian);
        let (at, size) = if pointer_bytes == 4 {
            (bin.size32(0)?, bin.u32(4)?)
        } else {
            (bin.size64(0)?, bin.u32(8)?)
        };
        let block = BlockSize::new(size);
        let raw = self.raw(at, block.bytes)?;
        if block.stored {
            return Ok(raw);
        }
        let decoded = self.decode(at, &raw, self.sb.block_size, false)?;
        self.budget.take_memory(decoded.len())?;
        Ok(Bytes::from(decoded))
    }
}
