//! 7z (7zFormat.txt of the LZMA SDK), also encrypted with a password that is public.

use crate::tree::{Tree, windows_time};
use crate::zip::PASSWORDS;
use bytes::Bytes;
use duecare_base::Bin;
use duecare_unpack::{Context, Format, Found, Node, NodeKind, NodeMeta, ProblemKind, Signature};
use sevenz_rust2::{ArchiveEntry, ArchiveReader, Error, Password};
use std::io::{Cursor, Read};

pub(crate) struct SevenZ;

/// Memory for one dictionary or model, in bytes. Half of what is left is the most that it gets.
const MEMORY_BYTES_MAX: usize = 512 << 20;

/// What making a key from a password counts as, in bytes of work.
const KEY_WORK_BYTES: usize = 256 << 20;

/// Size of the signature header.
const HEADER: usize = 32;

impl Format for SevenZ {
    fn name(&self) -> &'static str {
        "7z"
    }

    fn signatures(&self) -> &'static [Signature] {
        const { &[Signature::anywhere(&[0x37, 0x7a, 0xbc, 0xaf, 0x27, 0x1c])] }
    }

    fn read(&self, input: &Bytes, context: &Context<'_>) -> Option<Found> {
        let bin = Bin::le(input);
        let start = bin.slice(12, 20).ok()?;
        if bin.u32(8).ok()? != crate::zip::crc32(start) {
            return None;
        }
        let (offset, length) = (bin.size64(12).ok()?, bin.size64(20).ok()?);
        let size = HEADER.checked_add(offset)?.checked_add(length)?;
        let mut tree = Tree::new(context);
        if size > input.len() {
            // The directory stands at the end.
            let message =
                format!("{} bytes are missing, the directory among them", size - input.len());
            tree.problem(ProblemKind::Truncated, input.len(), message);
            return Some(tree.finish(input.len()));
        }
        let archive = input.slice(..size);
        // Only the directory and what an attempt gives is kept; the last one tells what is wrong.
        let mut entries = Vec::new();
        let mut outcome = Ok(());
        for password in PASSWORDS {
            // A key takes up to 2^24 rounds of SHA-256: counted, so that many archives end.
            let locked = !password.is_empty();
            if locked && context.budget.take_work(KEY_WORK_BYTES).is_err() {
                break;
            }
            entries.clear();
            outcome = extract(&archive, password, context, &mut entries);
            match &outcome {
                Ok(()) => {
                    if !password.is_empty() {
                        tree.found.fact("password", format!("\"{password}\", which is public"));
                    }
                    break;
                }
                Err(error) if wants_password(error) => {}
                Err(_) => break,
            }
        }
        if let Err(error) = outcome {
            if wants_password(&error) {
                entries.clear();
                tree.found.fact("encrypted", "yes");
                tree.problem(ProblemKind::Unsupported, 0, "encrypted".to_owned());
                tree.found.encrypted(&archive, "content", HEADER, offset);
            } else {
                tree.problem(kind_of(&error), HEADER, message(&error));
            }
        }
        tree.found.fact("entries", entries.len());
        for (entry, content) in entries {
            if !add(&entry, content, &mut tree) {
                break;
            }
        }
        Some(tree.finish(size))
    }
}

fn wants_password(error: &Error) -> bool {
    matches!(
        error,
        Error::PasswordRequired | Error::MaybeBadPassword(_) | Error::ChecksumVerificationFailed
    )
}

fn message(error: &Error) -> String {
    match error {
        Error::MaxMemLimited { max_kb, actaul_kb } => {
            format!("unpacking takes {actaul_kb} KiB of memory, more than {max_kb} KiB")
        }
        other => other.to_string(),
    }
}

fn kind_of(error: &Error) -> ProblemKind {
    match error {
        Error::MaxMemLimited { .. } => ProblemKind::Limit,
        Error::UnsupportedCompressionMethod(_) => ProblemKind::Unsupported,
        _ => ProblemKind::Damaged,
    }
}

/// Reads every entry until the first that fails.
fn extract(
    archive: &Bytes,
    password: &str,
    context: &Context<'_>,
    entries: &mut Vec<(ArchiveEntry, Vec<u8>)>,
) -> Result<(), Error> {
    let password = if password.is_empty() { Password::empty() } else { Password::new(password) };
    let source = Cursor::new(archive.as_ref());
    let memory = MEMORY_BYTES_MAX.min(context.budget.memory_left() / 2);
    let too_much = |bytes: u64| Error::MaxMemLimited {
        max_kb: context.budget.memory_left() / 1024,
        actaul_kb: usize::try_from(bytes / 1024).unwrap_or(usize::MAX),
    };
    // What the decoder may take is set aside for as long as it runs.
    let _loan = context.budget.lend_memory(memory).map_err(|_| too_much(memory as u64))?;
    let mut reader = ArchiveReader::new_with_memory_limit(source, password, memory / 1024)?;
    reader.set_thread_count(1);
    let mut left = context.budget.memory_left() as u64;
    reader.for_each_entries(|entry, content| {
        let mut bytes = Vec::new();
        content.take(left.saturating_add(1)).read_to_end(&mut bytes)?;
        let size = bytes.len() as u64;
        entries.push((entry.clone(), bytes));
        left = left.checked_sub(size).ok_or_else(|| too_much(size))?;
        Ok(true)
    })
}

fn add(entry: &ArchiveEntry, content: Vec<u8>, tree: &mut Tree<'_>) -> bool {
    // p7zip puts the Unix mode into the upper half and says so with a bit.
    let attributes = entry.windows_attributes;
    let st_mode = if attributes & 0x8000 != 0 { attributes >> 16 } else { 0 };
    let mtime = match entry.has_last_modified_date {
        true => windows_time(u64::from(entry.last_modified_date)),
        false => 0,
    };
    let meta = NodeMeta { mode: st_mode, mtime, ..NodeMeta::default() };
    let name = entry.name.replace('\\', "/");
    if entry.is_directory {
        return tree.add(Node::new(name.as_bytes(), NodeKind::Directory, meta));
    }
    if let Err(limit) = tree.context.budget.take_memory(content.len()) {
        tree.problem(ProblemKind::Limit, 0, format!("{name}: {limit}"));
        return false;
    }
    tree.add(Node::from_st_mode(name.as_bytes(), st_mode, meta, Bytes::from(content), (0, 0)))
}
