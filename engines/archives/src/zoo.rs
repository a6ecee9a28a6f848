//! zoo archives (as zoo 2.1 writes them): stored, LZW and LZH.

use crate::arc::crc16;
use crate::old;
use crate::tree::{Tree, dos_time, slice, text};
use bytes::Bytes;
use duecare_base::{Bin, Short};
use duecare_unpack::{Context, Format, Found, Node, NodeKind, NodeMeta, ProblemKind, Signature};

pub(crate) struct Zoo;

/// Marks the archive at its 20th byte, and each entry.
const TAG: &[u8] = &[0xdc, 0xa7, 0xc4, 0xfd];

/// Entries of one archive; the budget stops most before.
const ENTRIES_MAX: usize = 1_000_000;

impl Format for Zoo {
    fn name(&self) -> &'static str {
        "zoo"
    }

    fn signatures(&self) -> &'static [Signature] {
        const { &[Signature::anywhere(TAG).with_offset(20)] }
    }

    fn read(&self, input: &Bytes, context: &Context<'_>) -> Option<Found> {
        let bin = Bin::le(input);
        let mut at = bin.size32(24).ok()?;
        // The second number is minus the first, as a check.
        if bin.u32(28).ok()? != bin.u32(24).ok()?.wrapping_neg() || at < 34 {
            return None;
        }
        let mut tree = Tree::new(context);
        let mut end = at;
        for _ in 0..ENTRIES_MAX {
            let entry = match Entry::read(bin, at) {
                Ok(Some(entry)) => entry,
                _ => {
                    let message = "the list of entries breaks off".to_owned();
                    tree.problem(ProblemKind::Truncated, at, message);
                    break;
                }
            };
            end = end.max(at + 56).max(entry.data.saturating_add(entry.packed));
            // The last header is empty; each must stand behind the one before.
            if entry.next <= at {
                break;
            }
            at = entry.next;
            if !entry.deleted && !add(input, &entry, &mut tree) {
                break;
            }
        }
        tree.found.fact("entries", tree.found.nodes.len());
        Some(tree.finish(end.min(input.len())))
    }
}

struct Entry {
    method: u8,
    next: usize,
    data: usize,
    size: usize,
    packed: usize,
    crc: u16,
    mtime: i64,
    deleted: bool,
    name: String,
}

impl Entry {
    fn read(bin: Bin<'_>, at: usize) -> Result<Option<Self>, Short> {
        if !bin.has(at, TAG) {
            return Ok(None);
        }
        let field = |offset: usize| at.saturating_add(offset);
        let short = bin.text(field(38), 13)?;
        let mut name = short;
        // Type 2 has a longer name and a folder behind the fixed part.
        if bin.u8(field(4))? == 2 && bin.u16(field(51))? > 0 {
            let (long_size, folder_size) =
                (usize::from(bin.u8(field(56))?), usize::from(bin.u8(field(57))?));
            let long = until_nul(bin.slice(field(58), long_size)?);
            let folder = until_nul(bin.slice(field(58) + long_size, folder_size)?);
            if !long.is_empty() {
                name = text(long);
            }
            if !folder.is_empty() {
                name = format!("{}/{name}", text(folder).trim_end_matches('/'));
            }
        }
        Ok(Some(Self {
            method: bin.u8(field(5))?,
            next: bin.size32(field(6))?,
            data: bin.size32(field(10))?,
            mtime: dos_time(bin.u16(field(14))?, bin.u16(field(16))?),
            crc: bin.u16(field(18))?,
            size: bin.size32(field(20))?,
            packed: bin.size32(field(24))?,
            deleted: bin.u8(field(30))? != 0,
            name,
        }))
    }
}

fn until_nul(bytes: &[u8]) -> &[u8] {
    bytes.split(|byte| *byte == 0).next().unwrap_or_default()
}

fn add(input: &Bytes, entry: &Entry, tree: &mut Tree<'_>) -> bool {
    let Entry { name, data: at, .. } = entry;
    let packed = slice(input, *at, entry.packed);
    if packed.len() < entry.packed {
        let message = format!("{name}: {} bytes are missing", entry.packed - packed.len());
        tree.problem(ProblemKind::Truncated, *at, message);
    }
    // A byte gives a few thousand at most; a lie about the size must not cost memory.
    let size = tree.room(entry.size as u64).min(packed.len().saturating_mul(4096));
    let content = match entry.method {
        0 => packed,
        1 => tree.keep(name, *at, old::zoo_lzw(&packed, size)),
        2 => tree.keep(name, *at, old::lzh("zoo", false, &packed, size)),
        method => {
            let message = format!("{name}: compression method {method}");
            tree.problem(ProblemKind::Unsupported, *at, message);
            Bytes::new()
        }
    };
    if !content.is_empty() && crc16(&content) != entry.crc {
        tree.problem(ProblemKind::Damaged, *at, format!("{name}: the CRC-16 is wrong"));
    }
    let meta = NodeMeta { mtime: entry.mtime, ..NodeMeta::default() };
    tree.add(Node::new(name.as_bytes(), NodeKind::File(content), meta))
}
