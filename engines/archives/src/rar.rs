//! RAR 1.5 to 7 (technotes of RAR 4 and 5), also encrypted with a password that is public.
//!
//! Left out on purpose: volumes, which need files beside this one.

use crate::tree::{Tree, dos_time};
use crate::zip::PASSWORDS;
use bytes::Bytes;
use duecare_base::Bin;
use duecare_unpack::{Context, Format, Found, Node, NodeKind, NodeMeta, ProblemKind, Signature};
use rars::{ArchiveMember, ArchiveMemberDetail, ArchiveReadOptions, ExtractionDecision};
use std::cell::RefCell;
use std::rc::Rc;

pub(crate) struct Rar;

const RAR4: &[u8] = b"Rar!\x1a\x07\0";
const RAR5: &[u8] = b"Rar!\x1a\x07\x01\0";

/// Headers of one archive.
const HEADERS_MAX: u64 = 1_000_000;

/// What making a key from a password counts as, in bytes of work.
const KEY_WORK_BYTES: usize = 256 << 20;

/// Largest dictionary, in bytes. Half of what is left is the most that it gets.
const DICTIONARY_BYTES_MAX: u64 = 1 << 30;

/// What a decoder of the older versions takes at most, in bytes: its window and model.
const OLD_BYTES: usize = 8 << 20;

impl Format for Rar {
    fn name(&self) -> &'static str {
        "rar"
    }

    fn signatures(&self) -> &'static [Signature] {
        const { &[Signature::anywhere(RAR4), Signature::anywhere(RAR5)] }
    }

    fn read(&self, input: &Bytes, context: &Context<'_>) -> Option<Found> {
        let five = input.starts_with(RAR5);
        let size = if five { end5(input) } else { end4(input) };
        let archive = input.slice(..size.min(input.len()));
        let mut tree = Tree::new(context);
        tree.found.fact("version", if five { "5" } else { "4 or older" });
        let dictionary = DICTIONARY_BYTES_MAX.min(context.budget.memory_left() as u64 / 2);
        let lent = if five { dictionary as usize } else { OLD_BYTES };
        // What the decoder may take is set aside for as long as it runs.
        let loan = context.budget.lend_memory(lent);
        if let Err(limit) = &loan {
            tree.problem(ProblemKind::Limit, 0, limit.to_string());
            return Some(tree.finish(archive.len()));
        }
        let left = context.budget.memory_left() as u64;
        let mut outcome = Err(String::new());
        let mut entries = Vec::new();
        for password in PASSWORDS {
            // A key takes up to 2^24 rounds of SHA-256: counted, so that many archives end.
            let locked = !password.is_empty();
            if locked && context.budget.take_work(KEY_WORK_BYTES).is_err() {
                break;
            }
            let options = options(password, left, dictionary);
            entries = Vec::new();
            outcome = extract(&archive, options, &mut entries);
            let locked = entries.iter().any(|entry: &Entry| entry.member.meta.is_encrypted);
            let hidden = entries.is_empty() && outcome.is_err();
            match (&outcome, password) {
                (Ok(()), "") => break,
                (Ok(()), password) => {
                    tree.found.fact("password", format!("\"{password}\", which is public"));
                    break;
                }
                (Err(_), _) if locked || hidden => {}
                (Err(_), _) => break,
            }
        }
        drop(loan);
        if entries.is_empty() && outcome.is_err() && archive.len() < 32 {
            return None;
        }
        if let Err(error) = outcome {
            let locked = entries.iter().any(|entry| entry.member.meta.is_encrypted);
            let limited = ["limit", "exceed"].iter().any(|word| error.contains(word));
            let kind = match (locked, limited) {
                (_, true) => ProblemKind::Limit,
                (true, _) => ProblemKind::Unsupported,
                _ => ProblemKind::Damaged,
            };
            tree.problem(kind, 0, error);
            if locked {
                tree.found.fact("encrypted", "yes");
            }
        }
        tree.found.fact("entries", entries.len());
        for entry in entries {
            if !add(entry, &mut tree) {
                break;
            }
        }
        Some(tree.finish(archive.len()))
    }
}

fn options(password: &str, left: u64, dictionary: u64) -> ArchiveReadOptions<'_> {
    let password = Some(password.as_bytes()).filter(|password| !password.is_empty());
    ArchiveReadOptions::with_optional_password(password)
        .with_max_header_count(HEADERS_MAX)
        .with_max_member_output_bytes(left)
        .with_max_total_output_bytes(left)
        .with_rar50_dictionary_size_limit(dictionary)
}

/// A member and what could be unpacked of it.
struct Entry {
    member: ArchiveMember,
    content: Rc<RefCell<Vec<u8>>>,
}

struct Sink(Rc<RefCell<Vec<u8>>>);

impl std::io::Write for Sink {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.borrow_mut().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

fn extract(
    archive: &[u8],
    options: ArchiveReadOptions<'_>,
    entries: &mut Vec<Entry>,
) -> Result<(), String> {
    let archive =
        rars::ArchiveReader::read_with_options(archive, options).map_err(|e| e.to_string())?;
    let outcome = archive.extract_with_control(options, |member| {
        let content = Rc::new(RefCell::new(Vec::new()));
        entries.push(Entry { member: member.clone(), content: Rc::clone(&content) });
        Ok(match member.meta.is_directory || member.meta.is_redirection {
            true => ExtractionDecision::Skip,
            false => ExtractionDecision::Extract(Box::new(Sink(content))),
        })
    });
    outcome.map(|_| ()).map_err(|error| error.to_string())
}

fn add(entry: Entry, tree: &mut Tree<'_>) -> bool {
    let Entry { member, content } = entry;
    let meta = &member.meta;
    let name = member.decoded_name(None).map(|name| name.into_owned());
    let name = name.unwrap_or_else(|_| meta.name.clone());
    let name = String::from_utf8_lossy(&name).replace('\\', "/");
    let five = matches!(member.detail, ArchiveMemberDetail::Rar50Plus { .. });
    // The system: RAR 5 has 1 for Unix, older ones 3.
    let unix = meta.host_os == Some(if five { 1 } else { 3 });
    let st_mode = if unix { meta.file_attr as u32 } else { 0 };
    let mtime = match meta.file_time {
        Some(time) if five => i64::from(time),
        Some(time) => dos_time((time >> 16) as u16, (time & 0xffff) as u16),
        None => 0,
    };
    let node_meta = NodeMeta { mode: st_mode, mtime, ..NodeMeta::default() };
    if meta.is_directory {
        return tree.add(Node::new(name.as_bytes(), NodeKind::Directory, node_meta));
    }
    if let ArchiveMemberDetail::Rar50Plus { redirection: Some(link), .. } = &member.detail {
        let target = String::from_utf8_lossy(&link.target_name).into_owned();
        // Types 1 to 3 are symbolic links, 4 is a hard link, 5 a copy.
        let kind = match link.redirection_type {
            4 | 5 => NodeKind::HardLink(duecare_unpack::node::clean_path(target.as_bytes()).0),
            _ => NodeKind::Symlink(target),
        };
        return tree.add(Node::new(name.as_bytes(), kind, node_meta));
    }
    let content = content.take();
    if let Err(limit) = tree.context.budget.take_memory(content.len()) {
        tree.problem(ProblemKind::Limit, 0, format!("{name}: {limit}"));
        return false;
    }
    let content = Bytes::from(content);
    tree.add(Node::from_st_mode(name.as_bytes(), st_mode, node_meta, content, (0, 0)))
}

/// Where an archive of RAR 1.5 to 4 ends: behind its end block, or the last block that is one.
fn end4(input: &[u8]) -> usize {
    let bin = Bin::le(input);
    let mut at = RAR4.len();
    while let (Ok(kind), Ok(flags), Ok(size)) = (bin.u8(at + 2), bin.u16(at + 3), bin.u16(at + 5)) {
        if !(0x72..=0x7b).contains(&kind) || size < 7 {
            break;
        }
        let long = flags & 0x8000 != 0 || kind == 0x74;
        let data = if long { bin.size32(at + 7).unwrap_or(0) } else { 0 };
        at = at.saturating_add(usize::from(size)).saturating_add(data);
        if kind == 0x7b {
            return at;
        }
    }
    // An encrypted directory can't be walked.
    if at <= RAR4.len() + 13 { input.len() } else { at }
}

/// As [`end4`], for RAR 5: blocks of CRC, size and variable numbers.
fn end5(input: &[u8]) -> usize {
    let mut at = RAR5.len();
    loop {
        let begin = at;
        at += 4;
        let Some(size) = vint(input, &mut at) else { return input.len() };
        let body = at;
        let (Some(kind), Some(flags)) = (vint(input, &mut at), vint(input, &mut at)) else {
            return input.len();
        };
        // The size of the extra area: what it counts lies within the header.
        if flags & 1 != 0 && vint(input, &mut at).is_none() {
            return input.len();
        }
        let data = if flags & 2 != 0 { vint(input, &mut at).unwrap_or(0) } else { 0 };
        if !(1..=5).contains(&kind) || size == 0 {
            return begin;
        }
        // What follows an encryption header can't be walked.
        if kind == 4 {
            return input.len();
        }
        at = body.saturating_add(size).saturating_add(data);
        if kind == 5 {
            return at;
        }
    }
}

fn vint(input: &[u8], at: &mut usize) -> Option<usize> {
    let mut value = 0_u64;
    for shift in 0..9 {
        let byte = *input.get(*at)?;
        *at += 1;
        value |= u64::from(byte & 0x7f) << (7 * shift);
        if byte & 0x80 == 0 {
            return usize::try_from(value).ok();
        }
    }
    None
}
