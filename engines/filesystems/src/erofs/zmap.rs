//! Compressed files: which physical cluster holds which bytes.
//!
//! A file is cut into logical clusters; an index says for each whether an extent begins in it and
//! at which block its compressed data stand. The compact index packs two entries into 8 bytes or
//! sixteen into 32, with one block number for all of them.

use super::{FEATURE_ZERO_PADDING, Image, Inode, algorithm};
use crate::tree::{Content, Trouble};
use duecare_base::{Bin, Short};

const ADVISE_COMPACT_2B: u16 = 1;
const ADVISE_BIG_1: u16 = 2;
const ADVISE_BIG_2: u16 = 4;
const ADVISE_INLINE: u16 = 8;
const ADVISE_INTERLACED: u16 = 0x10;
const ADVISE_FRAGMENT: u16 = 0x20;

/// A number in the index that counts compressed blocks, not a distance.
const BLOCK_COUNT: u32 = 1 << 11;

/// Types of logical clusters.
const PLAIN: u32 = 0;
const NO_HEAD: u32 = 2;
const HEAD_2: u32 = 3;

/// What stands before the index.
#[derive(Debug, Clone, Copy)]
struct MapHeader {
    advise: u16,
    algorithms: u8,
    inline_size: usize,
    fragment_low: u64,
    cluster_bits: u32,
    /// The index's first byte.
    index: usize,
    compact: bool,
    big: bool,
    clusters: usize,
    /// Size of the file, in bytes.
    size: usize,
}

/// An entry of the index.
#[derive(Debug, Clone, Copy, Default)]
struct Cluster {
    kind: u32,
    /// Where in the logical cluster the extent begins.
    offset: usize,
    block: u32,
    /// Compressed blocks of the extent whose head comes just before.
    blocks: Option<usize>,
    /// Where the index goes on behind the pack that this entry is in.
    next_pack: usize,
}

/// An extent: bytes of the file that are compressed together.
#[derive(Debug, Clone, Copy)]
struct Piece {
    begin: usize,
    cluster: Cluster,
    blocks: usize,
}

impl Image<'_> {
    pub(super) fn compressed(&mut self, inode: &Inode, size: usize, compact: bool) -> Content {
        let start = inode.end.next_multiple_of(8);
        let whole = self.bin.u64(start).unwrap_or(0);
        if whole >> 63 == 1 {
            // The file as a whole lies among the fragments.
            return self.fragment(whole & !(1 << 63), size).into();
        }
        if let Err(limit) = self.budget.take_memory(size) {
            return Trouble::from(limit).into();
        }
        let header = match self.map_header(start, size, compact) {
            Ok(header) => header,
            Err(short) => return Trouble::from(short).into(),
        };
        let (pieces, end) = match self.pieces(&header) {
            Ok(found) => found,
            Err(trouble) => return trouble.into(),
        };
        let mut out = Vec::with_capacity(size);
        let trouble = self.assemble(&header, &pieces, end, size, &mut out).err();
        Content { bytes: out.into(), trouble }
    }

    fn map_header(&self, start: usize, size: usize, compact: bool) -> Result<MapHeader, Short> {
        let advise = self.bin.u16(start + 4)?;
        let cluster_bits = self.sb.block_bits + u32::from(self.bin.u8(start + 7)? & 15);
        Ok(MapHeader {
            advise,
            algorithms: self.bin.u8(start + 6)?,
            inline_size: usize::from(self.bin.u16(start + 2)?),
            fragment_low: u64::from(self.bin.u32(start)?),
            cluster_bits,
            // The full index has eight more bytes, left from an older header.
            index: start + if compact { 8 } else { 16 },
            compact,
            big: advise & (ADVISE_BIG_1 | ADVISE_BIG_2) != 0,
            clusters: (size >> cluster_bits) + usize::from(size & ((1 << cluster_bits) - 1) != 0),
            size,
        })
    }

    /// The file's extents, and where the index ends.
    fn pieces(&self, header: &MapHeader) -> Result<(Vec<Piece>, usize), Trouble> {
        let mut pieces: Vec<Piece> = Vec::new();
        let unit = 1 << (header.cluster_bits - self.sb.block_bits);
        let mut end = header.index;
        for number in 0..header.clusters {
            let cluster = self.cluster(header, number)?;
            end = cluster.next_pack;
            if cluster.kind != NO_HEAD {
                let begin = (number << header.cluster_bits) + cluster.offset;
                // A head at the file's end only marks the end.
                if begin < header.size {
                    pieces.push(Piece { begin, cluster, blocks: unit });
                }
            } else if let (Some(blocks), Some(piece)) = (cluster.blocks, pieces.last_mut()) {
                piece.blocks = blocks;
            }
        }
        Ok((pieces, end))
    }

    fn cluster(&self, header: &MapHeader, number: usize) -> Result<Cluster, Trouble> {
        if !header.compact {
            return Ok(self.full_entry(header, number)?);
        }
        let initial = ((32 - header.index % 32) / 4) & 7;
        let after = header.clusters.saturating_sub(initial);
        let short = if header.advise & ADVISE_COMPACT_2B != 0 && initial < header.clusters {
            after / 16 * 16
        } else {
            0
        };
        let (at, bytes) = if number < initial {
            (header.index + number * 4, 4)
        } else if number - initial < short {
            (header.index + initial * 4 + (number - initial) * 2, 2)
        } else {
            let rest = number - initial - short;
            (header.index + initial * 4 + short * 2 + rest * 4, 4)
        };
        self.compact_entry(header, at, bytes)
    }

    fn full_entry(&self, header: &MapHeader, number: usize) -> Result<Cluster, Short> {
        let at = header.index + number * 8;
        let kind = u32::from(self.bin.u16(at)? & 3);
        let count = u32::from(self.bin.u16(at + 4)?);
        let counts = kind == NO_HEAD && header.big && count & BLOCK_COUNT != 0;
        Ok(Cluster {
            kind,
            offset: usize::from(self.bin.u16(at + 2)?),
            block: self.bin.u32(at + 4)?,
            blocks: counts.then_some((count & !BLOCK_COUNT) as usize),
            next_pack: at + 8,
        })
    }

    fn compact_entry(
        &self,
        header: &MapHeader,
        at: usize,
        entry_bytes: usize,
    ) -> Result<Cluster, Trouble> {
        let entries: i64 = if entry_bytes == 4 { 2 } else { 16 };
        let pack_bytes = entries as usize * entry_bytes;
        let base = at / pack_bytes * pack_bytes;
        let pack = Pack {
            bin: Bin::le(self.bin.slice(base, pack_bytes)?),
            entry_bits: (pack_bytes - 4) * 8 / entries as usize,
            low_bits: header.cluster_bits.max(12),
        };
        let number = ((at - base) / entry_bytes) as i64;
        let (kind, low) = pack.entry(number)?;
        let next_pack = base + pack_bytes;
        if kind == NO_HEAD {
            let blocks =
                (low & BLOCK_COUNT != 0 && header.big).then_some((low & !BLOCK_COUNT) as usize);
            return Ok(Cluster { kind, offset: 0, block: 0, blocks, next_pack });
        }
        let before = pack.blocks_before(number, header.big)?;
        let block = pack.bin.u32(pack_bytes - 4)?.wrapping_add(before);
        Ok(Cluster { kind, offset: low as usize, block, blocks: None, next_pack })
    }

    fn assemble(
        &mut self,
        header: &MapHeader,
        pieces: &[Piece],
        index_end: usize,
        size: usize,
        out: &mut Vec<u8>,
    ) -> Result<(), Trouble> {
        for (number, piece) in pieces.iter().enumerate() {
            if out.len() >= size {
                break;
            }
            let next = pieces.get(number + 1).map(|next| next.begin.min(size));
            let end = next.unwrap_or(size);
            let len = end.checked_sub(piece.begin).filter(|_| piece.begin == out.len());
            let Some(len) = len else {
                return Err(Trouble::damaged(header.index, "extents are not in order"));
            };
            let is_last = next.is_none();
            if is_last && header.advise & ADVISE_FRAGMENT != 0 {
                let high = u64::from(piece.cluster.block) << 32;
                out.extend_from_slice(&self.fragment(high | header.fragment_low, len)?);
                continue;
            }
            let inline = is_last && header.advise & ADVISE_INLINE != 0;
            let (at, stored) = if inline {
                (index_end, header.inline_size)
            } else {
                (self.sb.offset(piece.cluster.block.into()), piece.blocks << self.sb.block_bits)
            };
            let raw = self.bin.slice(at, stored)?;
            self.unpack(header, piece, raw, len, out)
                .map_err(|message| Trouble::damaged(at, message))?;
        }
        if out.len() < size {
            return Err(Trouble::damaged(header.index, "the index ends early"));
        }
        Ok(())
    }

    fn unpack(
        &self,
        header: &MapHeader,
        piece: &Piece,
        raw: &[u8],
        len: usize,
        out: &mut Vec<u8>,
    ) -> Result<(), String> {
        if piece.cluster.kind == PLAIN {
            let turn = if header.advise & ADVISE_INTERLACED != 0 {
                piece.begin & (self.sb.block_size() - 1)
            } else {
                0
            };
            // Interlaced data begin where they would in memory and go on at the block's start.
            let right = raw.get(turn..).unwrap_or_default();
            let right = right.get(..len).unwrap_or(right);
            let left = raw.get(..len - right.len()).ok_or("a stored extent is too long")?;
            out.extend_from_slice(right);
            out.extend_from_slice(left);
            return Ok(());
        }
        let shift = if piece.cluster.kind == HEAD_2 { 4 } else { 0 };
        let method = header.algorithms >> shift & 15;
        let padded = self.sb.features & FEATURE_ZERO_PADDING != 0;
        let bytes = algorithm::decode(method, raw, len, padded)?;
        out.extend_from_slice(&bytes);
        Ok(())
    }
}

/// Entries of a compact index that share a block number.
struct Pack<'a> {
    bin: Bin<'a>,
    entry_bits: usize,
    low_bits: u32,
}

impl Pack<'_> {
    /// Type and low bits of an entry.
    fn entry(&self, number: i64) -> Result<(u32, u32), Short> {
        let bit = usize::try_from(number).unwrap_or(0) * self.entry_bits;
        let mut raw = [0_u8; 4];
        let have = self.bin.tail(bit / 8);
        for (to, from) in raw.iter_mut().zip(have) {
            *to = *from;
        }
        let value = u32::from_le_bytes(raw) >> (bit & 7);
        Ok((value >> self.low_bits & 3, value & ((1 << self.low_bits) - 1)))
    }

    /// How many blocks the extents before this entry take, counted in the pack's own way.
    fn blocks_before(&self, number: i64, big: bool) -> Result<u32, Trouble> {
        let mut at = number;
        let mut blocks = u32::from(!big);
        while at > 0 {
            at -= 1;
            let (kind, low) = self.entry(at)?;
            if !big {
                if kind == NO_HEAD {
                    at -= i64::from(low);
                }
                if at >= 0 {
                    blocks += 1;
                }
            } else if kind != NO_HEAD {
                blocks += 1;
            } else if low & BLOCK_COUNT != 0 {
                at -= 1;
                blocks += low & !BLOCK_COUNT;
            } else if low <= 1 {
                return Err(Trouble::damaged(0, "the compact index is damaged"));
            } else {
                at -= i64::from(low) - 2;
            }
        }
        Ok(blocks)
    }
}
