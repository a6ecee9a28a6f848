//! LHA/LZH archives, header levels 0 to 3 (as written by LHa for UNIX 1.14i).

use crate::tree::{Tree, dos_time, text};
use bytes::Bytes;
use delharc::{LhaDecodeReader, LhaHeader, TimestampResult};
use duecare_base::Bin;
use duecare_unpack::{Context, Format, Found, Node, NodeKind, NodeMeta, ProblemKind, Signature};
use std::io::{Cursor, Read};

pub(crate) struct Lha;

/// Entries of one archive; the budget stops most before.
const ENTRIES_MAX: usize = 1_000_000;

const SIGNATURES: &[Signature] = &[
    Signature::anywhere(b"-lh").with_offset(2),
    Signature::anywhere(b"-lz").with_offset(2),
    Signature::anywhere(b"-pm").with_offset(2),
];

impl Format for Lha {
    fn name(&self) -> &'static str {
        "lha"
    }

    fn signatures(&self) -> &'static [Signature] {
        SIGNATURES
    }

    fn read(&self, input: &Bytes, context: &Context<'_>) -> Option<Found> {
        let mut tree = Tree::new(context);
        let mut at = 0;
        for index in 0..ENTRIES_MAX {
            if !sane(input.get(at..).unwrap_or_default()) {
                break;
            }
            let mut cursor = Cursor::new(input.slice(at..));
            let header = match LhaHeader::read(&mut cursor) {
                Ok(Some(header)) => header,
                Ok(None) => break,
                Err(_) if index == 0 => return None,
                Err(error) => {
                    tree.problem(ProblemKind::Damaged, at, error.to_string());
                    break;
                }
            };
            let begin = at;
            let header_size = usize::try_from(cursor.position()).unwrap_or(usize::MAX);
            let packed = usize::try_from(header.compressed_size).unwrap_or(usize::MAX);
            at = at.saturating_add(header_size).saturating_add(packed);
            if at > input.len() {
                let message = format!("{} bytes are missing", at - input.len());
                tree.problem(ProblemKind::Truncated, begin, message);
                at = input.len();
            }
            if !add(input.slice(begin..at), &header, begin, &mut tree) {
                break;
            }
        }
        if tree.found.nodes.is_empty() {
            return None;
        }
        // A zero ends the archive.
        at += usize::from(input.get(at) == Some(&0));
        tree.found.fact("entries", tree.found.nodes.len());
        Some(tree.finish(at.min(input.len())))
    }
}

/// The method's name ends with a dash, the level is known, and at levels 0 and 1 the sum is right.
fn sane(input: &[u8]) -> bool {
    let bin = Bin::le(input);
    let level = bin.u8(20).unwrap_or(u8::MAX);
    if !bin.has(6, b"-") || level > 3 {
        return false;
    }
    if level > 1 {
        return true;
    }
    let size = usize::from(bin.u8(0).unwrap_or(0));
    let header = bin.slice(2, size).unwrap_or_default();
    let sum = header.iter().fold(0_u8, |sum, byte| sum.wrapping_add(*byte));
    !header.is_empty() && bin.u8(1) == Ok(sum)
}

fn add(entry: Bytes, header: &LhaHeader, at: usize, tree: &mut Tree<'_>) -> bool {
    let name = name(header);
    let meta = meta(header);
    if header.is_directory() {
        // A symbolic link is written as a directory: `name|target`.
        let kind = match name.split_once('|') {
            Some((_, target)) => NodeKind::Symlink(target.to_owned()),
            None => NodeKind::Directory,
        };
        let path = name.split('|').next().unwrap_or_default();
        return tree.add(Node::new(path.as_bytes(), kind, meta));
    }
    let mut bytes = Vec::new();
    let room = tree.room(header.original_size) as u64;
    match LhaDecodeReader::new(Cursor::new(entry)) {
        Ok(mut reader) => {
            let result = reader.by_ref().take(room).read_to_end(&mut bytes);
            if let Err(error) = result {
                let kind = match reader.is_decoder_supported() {
                    true => ProblemKind::Damaged,
                    false => ProblemKind::Unsupported,
                };
                tree.problem(kind, at, format!("{name}: {error}"));
            } else if room == header.original_size && !reader.crc_is_ok() {
                tree.problem(ProblemKind::Damaged, at, format!("{name}: the CRC is wrong"));
            } else if room < header.original_size {
                tree.problem(ProblemKind::Limit, at, format!("{name}: larger than may be kept"));
            }
        }
        Err(error) => {
            let message = format!("{name}: {error}");
            tree.problem(ProblemKind::Damaged, at, message);
        }
    }
    if let Err(limit) = tree.context.budget.take_memory(bytes.len()) {
        tree.problem(ProblemKind::Limit, at, format!("{name}: {limit}"));
        return false;
    }
    tree.add(Node::new(name.as_bytes(), NodeKind::File(Bytes::from(bytes)), meta))
}

/// Folder and name: in the header, or in its extensions 1 and 2, whose separator is `ff`.
fn name(header: &LhaHeader) -> String {
    let mut file = header.filename.to_vec();
    let mut folder = Vec::new();
    for extra in header.iter_extra() {
        match extra.split_first() {
            Some((1, name)) => file = name.to_vec(),
            Some((2, name)) => folder = name.to_vec(),
            _ => {}
        }
    }
    let slashes = |bytes: &mut Vec<u8>| {
        for byte in bytes.iter_mut().filter(|byte| matches!(**byte, 0xff | b'\\')) {
            *byte = b'/';
        }
    };
    slashes(&mut file);
    slashes(&mut folder);
    if !folder.is_empty() && !folder.ends_with(b"/") {
        folder.push(b'/');
    }
    folder.extend_from_slice(&file);
    text(folder.split(|byte| *byte == 0).next().unwrap_or_default())
}

fn meta(header: &LhaHeader) -> NodeMeta {
    let (uid, gid) = header.parse_unix_uid_gid().unwrap_or((0, 0));
    let mode =
        header.parse_unix_permissions().map_or(0, |permissions| u32::from(permissions.bits()));
    let mtime = match header.parse_last_modified() {
        TimestampResult::Utc(time) => time.timestamp(),
        _ if header.level < 2 => {
            dos_time((header.last_modified >> 16) as u16, (header.last_modified & 0xffff) as u16)
        }
        _ => i64::from(header.last_modified),
    };
    NodeMeta { mode, uid: u32::from(uid), gid: u32::from(gid), mtime }
}
