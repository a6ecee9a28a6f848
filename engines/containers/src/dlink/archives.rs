//! D-Link's archives: `DEAFBEAD` (DSL-500G, DSL-504G) and `FPKG`/`CPKG` (DFL firewalls).

use crate::kit::{self, container};
use bytes::Bytes;
use duecare_base::Bin;
use duecare_codecs::Codec;
use duecare_unpack::{Context, Found, Node, NodeKind, NodeMeta, ProblemKind, Signature};

container!(
    /// Folders and gzip files in a row.
    DeafBead,
    "deafbead",
    [
        Signature::anywhere(b"\xde\xaf\xbe\xad\x86"),
        Signature::anywhere(b"\xde\xaf\xbe\xad\x87"),
    ],
    read_deafbead
);

container!(
    /// D-Link firewall package.
    Fpkg,
    "fpkg",
    [
        Signature::anywhere(b"FPKG\x01\x00\x00\x00"),
        Signature::anywhere(b"CPKG\x01\x00\x00\x00"),
    ],
    read_fpkg
);

fn read_deafbead(input: &Bytes, context: &Context<'_>) -> Option<Found> {
    let bin = Bin::le(input);
    let mut found = Found::new(0);
    let mut at = 4;
    while let Ok(tag @ (0x86 | 0x87)) = bin.u8(at) {
        if let Err(limit) = context.budget.take_node() {
            found.problem(ProblemKind::Limit, Some(at), limit);
            break;
        }
        let length = usize::from(bin.u16(at + 1).unwrap_or(0));
        let name = bin.slice(at + 3, length).ok().filter(|name| !name.is_empty());
        let Some(name) = name else {
            found.problem(ProblemKind::Truncated, Some(at), "a name is cut off");
            at = input.len();
            break;
        };
        let path: Vec<u8> = name.iter().map(|b| if *b == b'\\' { b'/' } else { *b }).collect();
        at += 3 + length;
        if tag == 0x86 {
            let meta = NodeMeta { mode: 0o755, ..NodeMeta::default() };
            found.nodes.push(Node::new(&path, NodeKind::Directory, meta));
            continue;
        }
        let size = bin.size32(at).unwrap_or(0);
        let begin = (at + 4).min(input.len());
        let end = begin.saturating_add(size);
        let stored = input.get(begin..end.min(input.len())).unwrap_or_default();
        if end > input.len() {
            found.problem(ProblemKind::Truncated, Some(at), "a file is cut off");
        }
        found.nodes.push(deafbead_file(&path, stored, begin, context, &mut found.problems));
        at = end.min(input.len());
    }
    found.size = at.min(input.len());
    (!found.nodes.is_empty()).then_some(found)
}

fn deafbead_file(
    path: &[u8],
    stored: &[u8],
    at: usize,
    context: &Context<'_>,
    problems: &mut Vec<duecare_unpack::Problem>,
) -> Node {
    let plain = if stored.starts_with(b"\x1f\x8b") {
        let out = duecare_codecs::stream(Codec::Gzip, stored, context.budget.memory_left());
        if let Some(error) = out.error {
            problems.push(duecare_unpack::Problem {
                kind: ProblemKind::Damaged,
                offset: Some(at as u64),
                message: error.to_string(),
            });
        }
        out.bytes
    } else {
        stored.to_vec()
    };
    let kept = context.budget.take_memory(plain.len()).is_ok();
    let content = if kept { Bytes::from(plain) } else { Bytes::new() };
    if !kept {
        problems.push(duecare_unpack::Problem {
            kind: ProblemKind::Limit,
            offset: Some(at as u64),
            message: "a file is larger than the memory left".to_owned(),
        });
    }
    let meta = NodeMeta { mode: 0o644, ..NodeMeta::default() };
    Node::new(path, NodeKind::File(content), meta)
}

fn read_fpkg(input: &Bytes, context: &Context<'_>) -> Option<Found> {
    let bin = Bin::be(input);
    let mut at = bin.size32(8).ok()?;
    if !(12..=4096).contains(&at) {
        return None;
    }
    let mut found = Found::new(0);
    if bin.has(0, b"FPKG") {
        let length = bin.size32(16).ok()?;
        found.fact("model", bin.text(20, length.min(256)).ok()?);
    }
    while let Ok(header) = bin.size32(at) {
        let Ok(kind) = bin.u16(at + 4) else { break };
        if header != 0x1c || !(0x100..=0x103).contains(&kind) {
            break;
        }
        if let Err(limit) = context.budget.take_node() {
            found.problem(ProblemKind::Limit, Some(at), limit);
            break;
        }
        let Ok(size) = bin.size32(at + 8) else { break };
        let Ok(name) = bin.text(at + 12, 16) else { break };
        let begin = at + header;
        let end = begin.saturating_add(size);
        if end > input.len() {
            found.problem(ProblemKind::Truncated, Some(at), format!("{name} is cut off"));
        }
        let content = input.slice(begin.min(input.len())..end.min(input.len()));
        found.nodes.push(kit::file(&name, content));
        at = end;
    }
    found.size = at.min(input.len());
    (!found.nodes.is_empty()).then_some(found)
}
