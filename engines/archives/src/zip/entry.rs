//! One entry of a zip file: its content, mode, owner and time.

use super::crypto;
use super::directory::Record;
use crate::tree::{Tree, dos_time, slice, text};
use bytes::Bytes;
use duecare_base::Bin;
use duecare_codecs::{Codec, CodecError, Decoded, LzmaProps};
use duecare_unpack::{Node, NodeKind, NodeMeta, ProblemKind};
use std::io::Read as _;

/// Longest target of a symbolic link, in bytes.
const LINK_BYTES_MAX: usize = 4096;

/// The entry of a record. Always gives a node; what is wrong becomes a problem.
pub(super) fn read(input: &Bytes, record: &Record, tree: &mut Tree<'_>) -> Node {
    let shown = name(record);
    let meta = meta(record);
    let st_mode = st_mode(record);
    let folder = shown.ends_with('/')
        || st_mode & 0o170_000 == 0o040_000
        || (record.system == 0 && record.attributes & 0x10 != 0 && record.size == 0);
    if folder {
        return Node::new(shown.as_bytes(), NodeKind::Directory, meta);
    }
    let content = content(input, record, &shown, tree);
    let kind = match st_mode & 0o170_000 {
        0o120_000 if content.len() <= LINK_BYTES_MAX => {
            NodeKind::Symlink(String::from_utf8_lossy(&content).into_owned())
        }
        _ => NodeKind::File(content),
    };
    Node::new(shown.as_bytes(), kind, meta)
}

fn name(record: &Record) -> String {
    let name = text(&record.name);
    // Writers on Windows put backslashes in spite of APPNOTE 4.4.17.
    if record.system == 0 || record.system == 10 || record.system == 11 {
        name.replace('\\', "/")
    } else {
        name
    }
}

/// Unix mode with its type, where the writer's system is Unix (3) or macOS (19).
fn st_mode(record: &Record) -> u32 {
    match record.system {
        3 | 19 => record.attributes >> 16,
        _ => 0,
    }
}

fn meta(record: &Record) -> NodeMeta {
    let mut meta = NodeMeta {
        mode: st_mode(record),
        mtime: dos_time(record.date, record.time),
        ..NodeMeta::default()
    };
    // Info-ZIP's time and owner (extrafld.txt).
    if let Some(field) = record.extra_field(0x5455) {
        let bin = Bin::le(field);
        if bin.u8(0).is_ok_and(|flags| flags & 1 != 0) {
            meta.mtime = bin.u32(1).map_or(meta.mtime, |time| i64::from(time.cast_signed()));
        }
    }
    if let Some(field) = record.extra_field(0x7875) {
        let mut at = 1;
        let mut next = || -> Option<u32> {
            let size = usize::from(*field.get(at)?);
            let bytes = field.get(at + 1..at + 1 + size)?;
            at += 1 + size;
            bytes.iter().rev().try_fold(0_u32, |value, byte| {
                value.checked_mul(256).map(|value| value | u32::from(*byte))
            })
        };
        meta.uid = next().unwrap_or(0);
        meta.gid = next().unwrap_or(0);
    }
    meta
}

fn content(input: &Bytes, record: &Record, shown: &str, tree: &mut Tree<'_>) -> Bytes {
    let bin = Bin::le(input);
    let at = record.local;
    let sizes = (bin.u16(at.saturating_add(26)), bin.u16(at.saturating_add(28)));
    let (true, (Ok(name), Ok(extra))) = (bin.has(at, super::LOCAL), sizes) else {
        let message = format!("{shown}: its local header is missing");
        tree.problem(ProblemKind::Damaged, at, message);
        return Bytes::new();
    };
    let data = at + 30 + usize::from(name) + usize::from(extra);
    let size = usize::try_from(record.packed).unwrap_or(usize::MAX);
    let mut packed = slice(input, data, size);
    if packed.len() < size {
        let message = format!("{shown}: {} bytes are missing", size - packed.len());
        tree.problem(ProblemKind::Truncated, at, message);
    }
    let mut method = record.method;
    if record.encrypted() {
        let Some(opened) = crypto::open(&packed, record) else {
            let message = format!("{shown}: encrypted");
            tree.problem(ProblemKind::Unsupported, at, message);
            let part = shown.rsplit('/').next().unwrap_or_default().to_owned();
            tree.found.encrypted(input, &part, data, packed.len());
            return Bytes::new();
        };
        if let Err(limit) = tree.context.budget.take_memory(opened.packed.len()) {
            tree.problem(ProblemKind::Limit, at, format!("{shown}: {limit}"));
            return Bytes::new();
        }
        let told = tree.found.facts.iter().any(|(key, _)| *key == "password");
        if !told {
            tree.found.fact("password", format!("\"{}\", which is public", opened.password));
        }
        method = opened.method;
        packed = Bytes::from(opened.packed);
    }
    let content = match method {
        0 => packed,
        _ => match decode(&packed, method, record, tree.room(record.size)) {
            Some(decoded) => tree.keep(shown, at, decoded),
            None => {
                let message = format!("{shown}: compression method {method}");
                tree.problem(ProblemKind::Unsupported, at, message);
                return Bytes::new();
            }
        },
    };
    // AE-2 has no CRC but a code of its own, which was right.
    let checked = record.method == 99 && record.crc == 0;
    if !checked && content.len() as u64 == record.size && crc32(&content) != record.crc {
        tree.problem(ProblemKind::Damaged, at, format!("{shown}: the CRC-32 is wrong"));
    }
    content
}

pub(crate) fn crc32(bytes: &[u8]) -> u32 {
    let mut crc = flate2::Crc::new();
    crc.update(bytes);
    crc.sum()
}

/// Decodes by method (APPNOTE 4.4.5); `None` for those that can't be read.
fn decode(packed: &[u8], method: u16, record: &Record, size_max: usize) -> Option<Decoded> {
    let codec = match method {
        8 => Codec::Deflate,
        9 => return Some(deflate64(packed, size_max)),
        12 => Codec::Bzip2,
        14 => return lzma(packed, record, size_max),
        20 | 93 => Codec::Zstd,
        95 => Codec::Xz,
        _ => return None,
    };
    Some(duecare_codecs::streams(codec, packed, size_max))
}

fn deflate64(packed: &[u8], size_max: usize) -> Decoded {
    let mut bytes = Vec::new();
    let reader = deflate64::Deflate64Decoder::new(packed);
    let result = reader.take(size_max as u64).read_to_end(&mut bytes);
    let error = result
        .err()
        .map(|error| CodecError::Damaged { codec: "deflate64", detail: error.to_string() });
    Decoded { bytes, used: packed.len(), error }
}

/// LZMA with the header of APPNOTE 5.8.8: version, size of the properties, properties.
fn lzma(packed: &[u8], record: &Record, size_max: usize) -> Option<Decoded> {
    let bin = Bin::le(packed);
    let props_size = usize::from(bin.u16(2).ok()?);
    let coded = u32::from(bin.u8(4).ok()?);
    let dict_size = bin.u32(5).ok()?;
    let props = LzmaProps { lc: coded % 9, lp: coded / 9 % 5, pb: coded / 45, dict_size };
    // Bit 1 of the flags: an end marker ends it.
    let size = (record.flags & 2 == 0).then_some(record.size);
    Some(duecare_codecs::lzma_raw(bin.tail(4 + props_size), props, size, size_max))
}
