//! JFFS2: the log-structured file system of NOR and small NAND flash, both byte orders.
//!
//! Written from the format as Linux (`fs/jffs2`), mtd-utils and OpenWrt produce it. There is no
//! superblock: the file system is the set of its nodes, newest version first. Summary nodes only
//! repeat what the nodes say and are passed over.

mod compress;
mod files;
mod node;
mod scan;

use crate::tree::{self, Entry, Folders};
use duecare_base::{Bin, Endian};
use duecare_unpack::{Bytes, Context, Format, Found, ProblemKind, Signature};
use files::Files;
use scan::Scan;
use std::collections::BTreeSet;

/// JFFS2.
pub(crate) struct Jffs2;

/// Number of the root folder.
const ROOT: u64 = 1;

impl Format for Jffs2 {
    fn name(&self) -> &'static str {
        "jffs2"
    }

    fn signatures(&self) -> &'static [Signature] {
        // Magic and kind of every node that a file system may begin with; the last two of each
        // order are obsolete names and inodes.
        const SIGNATURES: &[Signature] = &[
            Signature::anywhere(b"\x85\x19\x01\xe0"),
            Signature::anywhere(b"\x85\x19\x02\xe0"),
            Signature::anywhere(b"\x85\x19\x08\xe0"),
            Signature::anywhere(b"\x85\x19\x09\xe0"),
            Signature::anywhere(b"\x85\x19\x03\x20"),
            Signature::anywhere(b"\x85\x19\x04\x20"),
            Signature::anywhere(b"\x85\x19\x06\x20"),
            Signature::anywhere(b"\x85\x19\x01\xc0"),
            Signature::anywhere(b"\x85\x19\x02\xc0"),
            Signature::anywhere(b"\x19\x85\xe0\x01"),
            Signature::anywhere(b"\x19\x85\xe0\x02"),
            Signature::anywhere(b"\x19\x85\xe0\x08"),
            Signature::anywhere(b"\x19\x85\xe0\x09"),
            Signature::anywhere(b"\x19\x85\x20\x03"),
            Signature::anywhere(b"\x19\x85\x20\x04"),
            Signature::anywhere(b"\x19\x85\x20\x06"),
            Signature::anywhere(b"\x19\x85\xc0\x01"),
            Signature::anywhere(b"\x19\x85\xc0\x02"),
        ];
        SIGNATURES
    }

    fn read(&self, input: &Bytes, context: &Context<'_>) -> Option<Found> {
        let endian = if input.first() == Some(&0x85) { Endian::Little } else { Endian::Big };
        let reach = input.len().min(u32::MAX as usize);
        let area = input.get(..reach)?;
        let image = Bin::new(area, endian);
        node::header(image, 0)?;
        let scan = scan::scan(area, endian);
        let mut found = Found::new(scan.end);
        if let Err(limit) = context.budget.take_memory(scan.memory) {
            found.problem(ProblemKind::Limit, None, limit);
            return Some(found);
        }
        let mut files = Files {
            input,
            image,
            scan: &scan,
            context,
            xattrs: files::xattrs(image, &scan, context, &mut found),
            compressions: BTreeSet::new(),
            trouble: files::Trouble::default(),
        };
        let mut load = |id: u64, path: &str, found: &mut Found| files.object(id, path, found);
        tree::list(ROOT, &folders(&scan), &mut load, context, &mut found);
        let Files { compressions, trouble, .. } = files;
        facts(&scan, endian, &compressions, &mut found);
        problems(&scan, &trouble, &mut found);
        Some(found)
    }
}

fn folders(scan: &Scan<'_>) -> Folders {
    let mut folders = Folders::new();
    for (parent, names) in &scan.names {
        let live = names.iter().filter(|(_, newest)| newest.inode != 0);
        let entries = live.map(|(name, newest)| Entry {
            name: name.to_vec(),
            id: u64::from(newest.inode),
            // DT_* are the type bits of st_mode, shifted.
            st_type: u32::from(newest.kind) << 12,
        });
        folders.insert(u64::from(*parent), entries.collect());
    }
    folders
}

fn facts(
    scan: &Scan<'_>,
    endian: Endian,
    compressions: &BTreeSet<&'static str>,
    found: &mut Found,
) {
    found.fact("endian", endian.label());
    if let Some(size) = block_size(&scan.cleanmarkers) {
        found.fact("eraseblock", size);
    }
    if !compressions.is_empty() {
        let list: Vec<&str> = compressions.iter().copied().collect();
        found.fact("compression", list.join(", "));
    }
    found.fact("nodes", scan.nodes);
    found.fact("inodes", scan.inodes.len());
    if !scan.cleanmarkers.is_empty() {
        found.fact("cleanmarkers", scan.cleanmarkers.len());
    }
    if scan.summaries > 0 {
        found.fact("summaries", scan.summaries);
    }
    if scan.obsolete > 0 {
        found.fact("obsolete", scan.obsolete);
    }
    if scan.end_mark {
        found.fact("end-mark", "deadc0de");
    }
}

/// What the places of the blocks' first nodes have as their common divisor.
fn block_size(cleanmarkers: &[usize]) -> Option<usize> {
    let first = cleanmarkers.first()?;
    let size = cleanmarkers.iter().map(|at| at - first).fold(0, gcd);
    (size >= 4096).then_some(size)
}

fn gcd(one: usize, other: usize) -> usize {
    let (mut one, mut other) = (one, other);
    while other != 0 {
        (one, other) = (other, one % other);
    }
    one
}

fn problems(scan: &Scan<'_>, trouble: &files::Trouble, found: &mut Found) {
    if let Some(at) = scan.cut_at {
        let message = "the image ends in the middle of a node";
        found.problem(ProblemKind::Truncated, Some(at), message);
    }
    let (nodes, at) = scan.bad_nodes;
    if nodes > 0 {
        let message = format!("{nodes} nodes have wrong checksums and were left out");
        found.problem(ProblemKind::Damaged, Some(at), message);
    }
    let (bytes, at) = scan.foreign;
    if bytes > 0 {
        let message = format!("{bytes} bytes among the nodes are none");
        found.problem(ProblemKind::Damaged, Some(at), message);
    }
    let (nodes, at) = scan.strange_nodes;
    if nodes > 0 {
        let message = format!("{nodes} nodes are of an unknown kind");
        found.problem(ProblemKind::Unsupported, Some(at), message);
    }
    if trouble.pieces > 0 {
        let message = format!(
            "{} pieces of files can't be read, the first of {}",
            trouble.pieces, trouble.first_piece
        );
        found.problem(ProblemKind::Damaged, None, message);
    }
    if trouble.holes > 0 {
        // Linux writes a node for every hole it makes. Other writers may not, so in an image
        // that is whole otherwise a hole is just a hole.
        let kind = if found.problems.is_empty() { ProblemKind::Odd } else { ProblemKind::Damaged };
        let message = format!(
            "{} files have stretches that no node fills, the first is {}",
            trouble.holes, trouble.first_hole
        );
        found.problem(kind, None, message);
    }
}
