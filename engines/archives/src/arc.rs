//! ARC archives of System Enhancement Associates (as arc 5.21 writes and reads them).
//!
//! Left out on purpose: the crunching of 1985 (methods 5 to 7), which nothing writes any more.

use crate::old;
use crate::tree::{Tree, dos_time, slice, text};
use bytes::Bytes;
use duecare_base::Bin;
use duecare_codecs::Decoded;
use duecare_unpack::{Context, Format, Found, Node, NodeKind, NodeMeta, ProblemKind, Signature};

pub(crate) struct Arc;

impl Format for Arc {
    fn name(&self) -> &'static str {
        "arc"
    }

    fn signatures(&self) -> &'static [Signature] {
        const {
            &[
                Signature::start(&[0x1a, 2]),
                Signature::start(&[0x1a, 3]),
                Signature::start(&[0x1a, 4]),
                Signature::start(&[0x1a, 8]),
                Signature::start(&[0x1a, 9]),
            ]
        }
    }

    fn read(&self, input: &Bytes, context: &Context<'_>) -> Option<Found> {
        let mut tree = Tree::new(context);
        let mut at = 0;
        loop {
            if Bin::le(input).has(at, &[0x1a, 0]) {
                at += 2;
                break;
            }
            let Some(header) = Header::read(input, at) else {
                if at == 0 {
                    return None;
                }
                let message = "the archive ends without its end mark".to_owned();
                tree.problem(ProblemKind::Truncated, at, message);
                break;
            };
            let fits = header.data.saturating_add(header.packed) <= input.len();
            let bytes = content(input, &header, &mut tree);
            // Two bytes of magic are no proof: the first entry must be right.
            if at == 0 && (!fits || crc16(&bytes) != header.crc) {
                return None;
            }
            at = header.data.saturating_add(header.packed).min(input.len());
            let meta = NodeMeta { mtime: header.mtime, ..NodeMeta::default() };
            if !tree.add(Node::new(header.name.as_bytes(), NodeKind::File(bytes), meta)) {
                break;
            }
        }
        tree.found.fact("entries", tree.found.nodes.len());
        Some(tree.finish(at))
    }
}

struct Header {
    method: u8,
    name: String,
    packed: usize,
    size: usize,
    mtime: i64,
    crc: u16,
    /// Where the content stands.
    data: usize,
}

impl Header {
    fn read(input: &[u8], at: usize) -> Option<Self> {
        let bin = Bin::le(input.get(at..)?);
        let method = bin.u8(1).ok()?;
        if bin.u8(0).ok()? != 0x1a || !(1..=9).contains(&method) {
            return None;
        }
        let name = bin.slice(2, 13).ok()?.split(|byte| *byte == 0).next()?;
        if name.is_empty() || name.len() > 12 || name.iter().any(|byte| *byte <= b' ') {
            return None;
        }
        let packed = bin.size32(15).ok()?;
        // Method 1 has no second size.
        let size = if method == 1 { packed } else { bin.size32(25).ok()? };
        Some(Self {
            method,
            name: text(name),
            packed,
            size,
            mtime: dos_time(bin.u16(19).ok()?, bin.u16(21).ok()?),
            crc: bin.u16(23).ok()?,
            data: at + if method == 1 { 25 } else { 29 },
        })
    }
}

fn content(input: &Bytes, header: &Header, tree: &mut Tree<'_>) -> Bytes {
    let Header { name, data: at, .. } = header;
    let packed = slice(input, *at, header.packed);
    if packed.len() < header.packed {
        let message = format!("{name}: {} bytes are missing", header.packed - packed.len());
        tree.problem(ProblemKind::Truncated, *at, message);
    }
    let size = tree.room(header.size as u64);
    let plain = |bytes: Vec<u8>| Decoded { bytes, used: packed.len(), error: None };
    let decoded = match header.method {
        1 | 2 => return packed,
        3 => plain(old::unpack_runs(&packed, size)),
        4 => old::unsqueeze(&packed, size),
        8 => {
            // The first byte is the width of the codes; runs were packed before.
            let (bits, rest) = packed.split_first().unwrap_or((&12, &[]));
            let runs = old::arc_lzw(rest, *bits, size.saturating_mul(2).saturating_add(16));
            let bytes = old::unpack_runs(&runs.bytes, size);
            let whole = bytes.len() == size;
            Decoded { bytes, used: packed.len(), error: runs.error.filter(|_| !whole) }
        }
        9 => {
            let mut decoded = old::arc_lzw(&packed, 13, size);
            if decoded.bytes.len() == size {
                decoded.error = None;
            }
            decoded
        }
        method => {
            let message = format!("{name}: compression method {method}");
            tree.problem(ProblemKind::Unsupported, *at, message);
            return Bytes::new();
        }
    };
    let content = tree.keep(name, *at, decoded);
    if crc16(&content) != header.crc {
        tree.problem(ProblemKind::Damaged, *at, format!("{name}: the CRC-16 is wrong"));
    }
    content
}

/// CRC-16 of ARC and zoo: reflected polynomial a001.
pub(crate) fn crc16(bytes: &[u8]) -> u16 {
    bytes.iter().fold(0, |crc, byte| {
        (0..8).fold(
            crc ^ u16::from(*byte),
            |crc, _| {
                if crc & 1 == 1 { crc >> 1 ^ 0xa001 } else { crc >> 1 }
            },
        )
    })
}

#[cfg(test)]
mod tests {
    #[test]
    fn crc_check_value() {
        assert_eq!(super::crc16(b"123456789"), 0xbb3d);
    }
}
