//! UBIFS: the file system of large NAND flash, in a UBI volume or as a bare image of one.
//!
//! Written from the format as Linux (`fs/ubifs`) and `mkfs.ubifs` produce it. What counts is what
//! the index of the last commit leads to, with the journal on top. When the index is broken, all
//! nodes are taken by their age instead; then files deleted long ago may come back.

mod files;
mod live;
mod node;

use crate::tree::{self, Entry, Folders};
use duecare_unpack::{Bytes, Context, Format, Found, ProblemKind, Signature};
use files::Files;
use live::Live;
use node::Superblock;
use std::collections::BTreeSet;

/// UBIFS.
pub(crate) struct Ubifs;

/// Number of the root folder.
const ROOT: u64 = 1;

/// What one node takes while an image is read, in bytes: maps and their keys.
const NODE_MEMORY_BYTES: usize = 64;

impl Format for Ubifs {
    fn name(&self) -> &'static str {
        "ubifs"
    }

    fn signatures(&self) -> &'static [Signature] {
        const SIGNATURES: &[Signature] = &[Signature::anywhere(&node::MAGIC)];
        SIGNATURES
    }

    fn read(&self, input: &Bytes, context: &Context<'_>) -> Option<Found> {
        let superblock = node::superblock(input)?;
        // A volume may end before its last blocks, when those were never written.
        let size = superblock.leb_count.saturating_mul(superblock.leb_size).min(input.len());
        let bytes = input.get(..size)?;
        let live = live::live(bytes, &superblock, context.budget);
        let mut found = Found::new(size);
        if let Err(limit) = context.budget.take_memory(live.nodes * NODE_MEMORY_BYTES) {
            found.problem(ProblemKind::Limit, None, limit);
            return Some(found);
        }
        let mut files = Files {
            bytes,
            live: &live,
            context,
            compressions: BTreeSet::new(),
            trouble: files::Trouble::default(),
        };
        let mut load = |id: u64, path: &str, found: &mut Found| files.object(id, path, found);
        tree::list(ROOT, &folders(bytes, &live), &mut load, context, &mut found);
        let Files { compressions, trouble, .. } = files;
        facts(&superblock, &live, &compressions, &mut found);
        problems(&superblock, &live, &trouble, &mut found);
        Some(found)
    }
}

fn folders(bytes: &[u8], live: &Live<'_>) -> Folders {
    let mut folders = Folders::new();
    for (parent, names) in &live.names {
        let encrypted = files::is_encrypted(bytes, live, *parent);
        let entries = names.iter().map(|(name, entry)| Entry {
            name: if encrypted { encrypted_name(name) } else { name.to_vec() },
            id: u64::from(entry.inode),
            st_type: match entry.kind {
                1 => 0o040_000,
                2 => 0o120_000,
                3 => 0o060_000,
                4 => 0o020_000,
                5 => 0o010_000,
                6 => 0o140_000,
                _ => 0o100_000,
            },
        });
        folders.insert(u64::from(*parent), entries.collect());
    }
    folders
}

/// A name for an encrypted name, the same for the same.
fn encrypted_name(name: &[u8]) -> Vec<u8> {
    let hex: String = name.iter().map(|byte| format!("{byte:02x}")).collect();
    format!("encrypted-{hex}").into_bytes()
}

fn facts(
    superblock: &Superblock,
    live: &Live<'_>,
    compressions: &BTreeSet<&'static str>,
    found: &mut Found,
) {
    found.fact("version", superblock.version);
    let list: Vec<&str> = compressions.iter().copied().collect();
    let default = node::compression(superblock.compression).unwrap_or("unknown");
    found.fact("compression", if list.is_empty() { default.to_owned() } else { list.join(", ") });
    found.fact("leb-size", superblock.leb_size);
    found.fact("lebs", superblock.leb_count);
    found.fact("page-size", superblock.min_io);
    found.fact("uuid", &superblock.uuid);
    if superblock.flags & node::FLAG_ENCRYPTION != 0 {
        found.fact("encryption", "fscrypt");
    }
    if superblock.flags & node::FLAG_AUTHENTICATION != 0 {
        found.fact("authenticated", "yes");
    }
    found.fact("nodes", live.nodes);
    found.fact("inodes", live.inodes.len());
    if live.journal > 0 {
        found.fact("journal-nodes", live.journal);
    }
}

fn problems(superblock: &Superblock, live: &Live<'_>, trouble: &files::Trouble, found: &mut Found) {
    if !superblock.sound {
        found.problem(ProblemKind::Odd, Some(0), "the superblock has a wrong checksum");
    }
    if let Some(reason) = &live.index_error {
        let message = format!("{reason}; all nodes were looked at instead of the index");
        found.problem(ProblemKind::Damaged, None, message);
    }
    if let Some(limit) = live.stopped {
        found.problem(ProblemKind::Limit, None, limit);
    }
    let (count, at) = live.bad_leaves;
    if count > 0 {
        let kind = if live.past_end { ProblemKind::Truncated } else { ProblemKind::Damaged };
        let message = format!("{count} nodes of the index can't be read");
        found.problem(kind, Some(at), message);
    }
    if trouble.encrypted > 0 {
        let message = format!(
            "{} files are encrypted, the first is {}",
            trouble.encrypted, trouble.first_encrypted
        );
        found.problem(ProblemKind::Unsupported, None, message);
    }
    if trouble.blocks > 0 {
        let message = format!(
            "{} blocks of files can't be read, the first of {}",
            trouble.blocks, trouble.first_block
        );
        found.problem(ProblemKind::Damaged, None, message);
    }
}
