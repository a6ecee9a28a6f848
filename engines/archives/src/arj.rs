//! ARJ archives (arj 3.10 technote): stored, methods 1 to 3 (LZH) and 4.
//!
//! Left out on purpose: volumes and garbled (encrypted) files, which are told.

use crate::tree::{Tree, dos_time, slice, text};
use crate::{old, zip};
use bytes::Bytes;
use duecare_base::Bin;
use duecare_codecs::Decoded;
use duecare_unpack::{Context, Format, Found, Node, NodeKind, NodeMeta, ProblemKind, Signature};

pub(crate) struct Arj;

/// Largest basic header, in bytes (technote).
const HEADER_BYTES_MAX: usize = 2600;

impl Format for Arj {
    fn name(&self) -> &'static str {
        "arj"
    }

    fn signatures(&self) -> &'static [Signature] {
        const { &[Signature::anywhere(&[0x60, 0xea])] }
    }

    fn read(&self, input: &Bytes, context: &Context<'_>) -> Option<Found> {
        let main = Header::read(input, 0).filter(|header| header.kind == 2)?;
        let mut tree = Tree::new(context);
        tree.found.fact("name", text(&main.name));
        let mut at = main.end;
        loop {
            if Bin::le(input).has(at, &[0x60, 0xea, 0, 0]) {
                at += 4;
                break;
            }
            let Some(header) = Header::read(input, at) else {
                let message = "the archive ends without its end mark".to_owned();
                tree.problem(ProblemKind::Truncated, at, message);
                break;
            };
            at = header.end.saturating_add(header.packed).min(input.len());
            if !add(input, &header, &mut tree) {
                break;
            }
        }
        tree.found.fact("entries", tree.found.nodes.len());
        Some(tree.finish(at.min(input.len())))
    }
}

struct Header {
    system: u8,
    flags: u8,
    method: u8,
    kind: u8,
    time: u32,
    packed: usize,
    size: usize,
    crc: u32,
    mode: u16,
    name: Vec<u8>,
    /// Where the content begins.
    end: usize,
}

impl Header {
    fn read(input: &[u8], at: usize) -> Option<Self> {
        let bin = Bin::le(input.get(at..)?);
        let size = usize::from(bin.u16(2).ok()?);
        if !bin.has(0, &[0x60, 0xea]) || !(30..=HEADER_BYTES_MAX).contains(&size) {
            return None;
        }
        let basic = bin.slice(4, size).ok()?;
        if bin.u32(4 + size).ok()? != zip::crc32(basic) {
            return None;
        }
        // Extended headers, each with its CRC, until an empty one.
        let mut end = 8 + size;
        loop {
            let extended = usize::from(bin.u16(end).ok()?);
            end += 2;
            if extended == 0 {
                break;
            }
            end += extended + 4;
        }
        let field = Bin::le(basic);
        let first = usize::from(field.u8(0).ok()?);
        let name = field.tail(first).split(|byte| *byte == 0).next()?.to_vec();
        Some(Self {
            system: field.u8(3).ok()?,
            flags: field.u8(4).ok()?,
            method: field.u8(5).ok()?,
            kind: field.u8(6).ok()?,
            time: field.u32(8).ok()?,
            packed: field.size32(12).ok()?,
            size: field.size32(16).ok()?,
            crc: field.u32(20).ok()?,
            mode: field.u16(26).ok()?,
            name,
            end: at + end,
        })
    }
}

fn add(input: &Bytes, header: &Header, tree: &mut Tree<'_>) -> bool {
    // Types: 0 binary, 1 text, 3 directory, 4 volume label, 5 chapter.
    if header.kind > 3 {
        return true;
    }
    let name = text(&header.name).replace('\\', "/");
    // System 2 is Unix: its time and mode are Unix's own.
    let unix = header.system == 2 || header.system == 8;
    let dos = dos_time((header.time >> 16) as u16, (header.time & 0xffff) as u16);
    let meta = NodeMeta {
        mode: if unix { u32::from(header.mode) } else { 0 },
        mtime: if unix { i64::from(header.time) } else { dos },
        ..NodeMeta::default()
    };
    if header.kind == 3 {
        return tree.add(Node::new(name.as_bytes(), NodeKind::Directory, meta));
    }
    let content = content(input, header, &name, tree);
    tree.add(Node::new(name.as_bytes(), NodeKind::File(content), meta))
}

fn content(input: &Bytes, header: &Header, name: &str, tree: &mut Tree<'_>) -> Bytes {
    let at = header.end;
    let packed = slice(input, at, header.packed);
    if packed.len() < header.packed {
        let message = format!("{name}: {} bytes are missing", header.packed - packed.len());
        tree.problem(ProblemKind::Truncated, at, message);
    }
    if header.flags & 1 != 0 {
        tree.problem(ProblemKind::Unsupported, at, format!("{name}: encrypted"));
        return Bytes::new();
    }
    if header.flags & 4 != 0 {
        let message = format!("{name}: goes on in another volume");
        tree.problem(ProblemKind::Unsupported, at, message);
    }
    // A byte of ARJ gives 256 times its size at most; a lie about the size must not cost memory.
    let size = tree.room(header.size as u64).min(packed.len().saturating_mul(4096));
    let decoded: Decoded = match header.method {
        0 => return packed,
        1..=3 => old::lzh("arj", true, &packed, size),
        4 => old::arj_fastest(&packed, size),
        method => {
            let message = format!("{name}: compression method {method}");
            tree.problem(ProblemKind::Unsupported, at, message);
            return Bytes::new();
        }
    };
    let content = tree.keep(name, at, decoded);
    if zip::crc32(&content) != header.crc {
        tree.problem(ProblemKind::Damaged, at, format!("{name}: the CRC-32 is wrong"));
    }
    content
}
