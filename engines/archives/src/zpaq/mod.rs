//! ZPAQ archives, levels 1 and 2: streaming (a segment is a file or its continuation) and journaling
//! (transactions whose files are lists of fragments).
//!
//! Source: "The ZPAQ Open Standard Format for Highly Compressed Data", level 2, with its reference
//! decoder, which is in the public domain. Only the last version of a file in a journal is given.
//! Left out: encrypted archives, whose first bytes are salt.

mod block;
mod machine;
mod model;
mod states;
mod tables;

use crate::tree::{Tree, days, text};
use block::Segment;
use duecare_base::Bin;
use duecare_unpack::{
    Bytes, Context, Format, Found, Node, NodeKind, NodeMeta, ProblemKind, Signature,
};
use std::collections::BTreeMap;

/// Why a block could not be unpacked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Fault {
    /// The input ends.
    #[error("the data ends early")]
    Cut,
    /// The coding contradicts itself.
    #[error("the coded data is damaged")]
    Damaged,
    /// A program does what it can't.
    #[error("a program in the archive is not valid")]
    Program,
    /// The content is not what it was.
    #[error("a checksum is wrong")]
    Checksum,
    /// A limit of the budget.
    #[error("unpacking would take too much memory or work")]
    Limit,
}

impl Fault {
    fn kind(self) -> ProblemKind {
        match self {
            Self::Cut => ProblemKind::Truncated,
            Self::Limit => ProblemKind::Limit,
            Self::Damaged | Self::Program | Self::Checksum => ProblemKind::Damaged,
        }
    }
}

/// ZPAQ.
pub(crate) struct Zpaq;

impl Format for Zpaq {
    fn name(&self) -> &'static str {
        "zpaq"
    }

    fn signatures(&self) -> &'static [Signature] {
        const {
            &[
                Signature::anywhere(b"7kSt\xa01\x83\xd3\x8c\xb2(\xb0\xd3zPQ"),
                Signature::start(b"zPQ\x01\x01"),
                Signature::start(b"zPQ\x02\x01"),
            ]
        }
    }

    fn read(&self, input: &Bytes, context: &Context<'_>) -> Option<Found> {
        let mut archive = Archive { tree: Tree::new(context), open: None, journal: None };
        let mut at = 0;
        while let Some((segments, end)) = block::read(input, at, context.budget) {
            for segment in segments {
                archive.segment(segment, at);
            }
            match end {
                Ok(end) if end > at => at = end,
                Ok(_) => break,
                Err(fault) => {
                    let message = format!("a block: {fault}");
                    archive.tree.problem(fault.kind(), at, message);
                    // The next block can be found again by its locator.
                    let next = find(input, at + 1);
                    at = next.unwrap_or(input.len());
                }
            }
        }
        if at == 0 {
            return None;
        }
        archive.close();
        archive.restore();
        archive.tree.found.fact("entries", archive.tree.found.nodes.len());
        Some(archive.tree.finish(at))
    }
}

fn find(input: &Bytes, from: usize) -> Option<usize> {
    let rest = input.get(from..)?;
    let size = block::LOCATOR.len();
    rest.windows(size).position(|window| window == block::LOCATOR).map(|place| from + place)
}

/// A file of a journal: what it was last said to be.
struct Version {
    mtime: i64,
    attributes: Vec<u8>,
    fragments: Vec<u32>,
}

/// What the blocks of a journal said so far.
#[derive(Default)]
struct Journal {
    /// Data by the number of their first fragment.
    data: BTreeMap<u32, Bytes>,
    /// Sizes of fragments by the number of the first.
    sizes: BTreeMap<u32, Vec<u32>>,
    files: BTreeMap<Vec<u8>, Version>,
}

struct Archive<'a> {
    tree: Tree<'a>,
    /// The file of a streaming archive that the next unnamed segment continues.
    open: Option<(Vec<u8>, Vec<u8>)>,
    journal: Option<Journal>,
}

impl Archive<'_> {
    fn segment(&mut self, segment: Segment, at: usize) {
        if let Some((kind, number)) = journal_name(&segment.name, &segment.comment) {
            self.journal_block(kind, number, segment, at);
            return;
        }
        if !segment.name.is_empty() {
            self.close();
            self.open = Some((segment.name, Vec::new()));
        }
        if let Some((_, bytes)) = &mut self.open {
            bytes.extend_from_slice(&segment.bytes);
        }
    }

    /// Adds the file of a streaming archive that no more segments continue.
    fn close(&mut self) {
        if let Some((name, bytes)) = self.open.take() {
            let content = self.keep(&name, bytes);
            let kind = NodeKind::File(content);
            self.tree.add(Node::new(&name, kind, NodeMeta { mode: 0o644, ..NodeMeta::default() }));
        }
    }

    fn keep(&mut self, name: &[u8], bytes: Vec<u8>) -> Bytes {
        if let Err(limit) = self.tree.context.budget.take_memory(bytes.len()) {
            self.tree.problem(ProblemKind::Limit, 0, format!("{}: {limit}", text(name)));
            return Bytes::new();
        }
        bytes.into()
    }

    fn journal_block(&mut self, kind: u8, number: u32, segment: Segment, at: usize) {
        let bytes = match kind {
            b'd' => self.keep(&segment.name, segment.bytes),
            _ => segment.bytes.into(),
        };
        let journal = self.journal.get_or_insert_default();
        match kind {
            b'd' => {
                journal.data.insert(number, bytes);
            }
            b'h' => {
                // The packed size of the data block, then a SHA-1 sum and a size for each fragment.
                let sizes = bytes.get(4..).unwrap_or_default().chunks_exact(24);
                let sizes = sizes.filter_map(|entry| Bin::le(entry).u32(20).ok()).collect();
                journal.sizes.insert(number, sizes);
            }
            b'i' if journal.index(&bytes).is_none() => {
                let message = "a list of files is damaged".to_owned();
                self.tree.problem(ProblemKind::Damaged, at, message);
            }
            // A transaction's header has only its size.
            _ => {}
        }
    }

    /// Puts the files of a journal together.
    fn restore(&mut self) {
        let Some(journal) = self.journal.take() else { return };
        let mut fragments: BTreeMap<u32, Bytes> = BTreeMap::new();
        for (first, sizes) in &journal.sizes {
            let Some(data) = journal.data.get(first) else { continue };
            let mut at = 0_usize;
            for (number, size) in (*first..).zip(sizes) {
                let end = at.saturating_add(*size as usize);
                if end > data.len() {
                    break;
                }
                fragments.insert(number, data.slice(at..end));
                at = end;
            }
        }
        for (name, version) in journal.files {
            let (mode, is_folder) = mode(&version.attributes, &name);
            let meta = NodeMeta { mode, mtime: version.mtime, ..NodeMeta::default() };
            let kind = if is_folder {
                NodeKind::Directory
            } else {
                NodeKind::File(self.joined(&name, &version.fragments, &fragments))
            };
            if !self.tree.add(Node::new(&name, kind, meta)) {
                break;
            }
        }
    }

    fn joined(&mut self, name: &[u8], list: &[u32], fragments: &BTreeMap<u32, Bytes>) -> Bytes {
        let pieces: Vec<&Bytes> = list.iter().map_while(|number| fragments.get(number)).collect();
        if pieces.len() < list.len() {
            let message = format!("{}: a fragment is missing", text(name));
            self.tree.problem(ProblemKind::Damaged, 0, message);
        }
        if let [piece] = pieces.as_slice() {
            return (*piece).clone();
        }
        let size = pieces.iter().fold(0_usize, |sum, piece| sum.saturating_add(piece.len()));
        if size > self.tree.context.budget.memory_left() {
            let message = format!("{}: {size} bytes are too many", text(name));
            self.tree.problem(ProblemKind::Limit, 0, message);
            return Bytes::new();
        }
        let mut bytes = Vec::with_capacity(size);
        pieces.iter().for_each(|piece| bytes.extend_from_slice(piece));
        self.keep(name, bytes)
    }
}

impl Journal {
    /// Entries: date (0: deleted), name, attributes, numbers of fragments.
    fn index(&mut self, bytes: &[u8]) -> Option<()> {
        let bin = Bin::le(bytes);
        let mut at = 0;
        while at < bytes.len() {
            let date = bin.u64(at).ok()?;
            at += 8;
            let size = bin.tail(at).iter().position(|byte| *byte == 0)?;
            let name = bin.slice(at, size).ok()?.to_vec();
            at += size + 1;
            if date == 0 {
                self.files.remove(&name);
                continue;
            }
            let size = bin.size32(at).ok()?;
            let attributes = bin.slice(at + 4, size).ok()?.to_vec();
            at += 4 + size;
            let count = bin.size32(at).ok()?;
            let list = bin.slice(at + 4, count.checked_mul(4)?).ok()?;
            at += 4 + list.len();
            let fragments = list.chunks_exact(4).filter_map(|number| Bin::le(number).u32(0).ok());
            let version =
                Version { mtime: seconds(date), attributes, fragments: fragments.collect() };
            self.files.insert(name, version);
        }
        Some(())
    }
}

/// Kind and number of a journal's block, as its name says: `jDC`, 14 digits of the date, a letter,
/// ten digits.
fn journal_name(name: &[u8], comment: &[u8]) -> Option<(u8, u32)> {
    let digits = name.strip_prefix(b"jDC")?;
    if digits.len() != 25 || !comment.ends_with(b"jDC\x01") {
        return None;
    }
    let number = std::str::from_utf8(digits.get(15..)?).ok()?.parse().ok()?;
    digits.get(14).filter(|kind| b"cdhi".contains(kind)).map(|kind| (*kind, number))
}

/// Seconds since 1970 of a date as a number, `20260102030405`.
fn seconds(date: u64) -> i64 {
    let date = i64::try_from(date).unwrap_or(0);
    let part = |unit: i64, of: i64| date / unit % of;
    let (hour, minute, second) = (part(10_000, 100), part(100, 100), part(1, 100));
    let (month, day) = (part(100_000_000, 100), part(1_000_000, 100));
    if !(1..=12).contains(&month) {
        return 0;
    }
    let year = part(10_000_000_000, 10_000);
    days(year, month, day) * 86_400 + hour * 3600 + minute * 60 + second
}

/// Permissions, and whether it is a folder: Unix wrote `u` and its mode, Windows `w` and its flags.
fn mode(attributes: &[u8], name: &[u8]) -> (u32, bool) {
    let value = Bin::le(attributes).u32(1).or_else(|_| Bin::le(attributes).u16(1).map(u32::from));
    let ends = name.ends_with(b"/");
    match (attributes.first(), value) {
        (Some(b'u'), Ok(mode)) => (mode & 0o7777, mode & 0o170_000 == 0o040_000 || ends),
        (Some(b'w'), Ok(flags)) if flags & 16 != 0 || ends => (0o755, true),
        _ if ends => (0o755, true),
        _ => (0o644, false),
    }
}
