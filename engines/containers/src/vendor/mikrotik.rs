//! MikroTik's packages (`.npk`): typed blocks, one of them a SquashFS or a zlib stream of files.

use crate::kit::{self, container};
use bytes::Bytes;
use duecare_base::Bin;
use duecare_codecs::Codec;
use duecare_unpack::{Context, Found, Node, NodeMeta, ProblemKind, Signature};

/// Blocks in one package.
const BLOCKS_MAX: usize = 1024;

/// Size of a file's header in a zlib stream of files, in bytes.
const FILE_HEADER: usize = 30;

container!(
    /// MikroTik package.
    Npk,
    "npk",
    [Signature::anywhere(b"\x1e\xf1\xd0\xba")],
    read
);

fn read(input: &Bytes, context: &Context<'_>) -> Option<Found> {
    let bin = Bin::le(input);
    let size = bin.size32(4).ok()?;
    if size < 12 {
        return None;
    }
    let mut found = Found::new(0);
    kit::declared(&mut found, input, size.checked_add(8)?);
    let mut at = 8;
    let mut signed = false;
    for _ in 0..BLOCKS_MAX {
        let (Ok(kind), Ok(length)) = (bin.u16(at), bin.size32(at + 2)) else { break };
        let body = at + 6;
        if body.saturating_add(length) > size + 8 || kind > 64 {
            found.problem(ProblemKind::Damaged, Some(at), "a block is larger than the package");
            break;
        }
        signed |= kind == 9;
        block(input, kind, (body, length), context, &mut found);
        at = body + length;
        if at >= found.size {
            break;
        }
    }
    if at == 8 {
        return None;
    }
    found.fact("signed", if signed { "yes" } else { "no" });
    Some(found)
}

fn block(
    input: &Bytes,
    kind: u16,
    (at, length): (usize, usize),
    context: &Context<'_>,
    found: &mut Found,
) {
    let bin = Bin::le(input);
    match kind {
        1 | 18 => {
            found.fact("name", bin.text(at, 16.min(length)).unwrap_or_default());
            if let Ok([patch, _, minor, major]) = bin.array::<4>(at + 16) {
                found.fact("version", format!("{major}.{minor}.{patch}"));
            }
        }
        2 => found.fact("description", bin.text(at, length).unwrap_or_default()),
        16 => found.fact("architecture", bin.text(at, length).unwrap_or_default()),
        24 => found.fact("channel", bin.text(at, length).unwrap_or_default()),
        4 => files(input, (at, length), context, found),
        7 | 8 => {
            let end = at.saturating_add(length).min(input.len());
            let name = if kind == 7 { "/.npk/on-install" } else { "/.npk/on-uninstall" };
            found.nodes.push(kit::file(name, input.slice(at.min(end)..end)));
        }
        21 => found.slice(input, "squashfs", at, length),
        22 => {}
        _ if length > 256 => found.slice(input, &format!("block{kind}"), at, length),
        _ => {}
    }
}

fn files(input: &Bytes, (at, length): (usize, usize), context: &Context<'_>, found: &mut Found) {
    let packed = input.get(at..at.saturating_add(length).min(input.len())).unwrap_or_default();
    let out = duecare_codecs::stream(Codec::Zlib, packed, context.budget.memory_left());
    if let Some(error) = out.error {
        found.problem(ProblemKind::Damaged, Some(at), error);
    }
    if let Err(limit) = context.budget.take_memory(out.bytes.len()) {
        return found.problem(ProblemKind::Limit, Some(at), limit);
    }
    let plain = Bytes::from(out.bytes);
    let bin = Bin::le(&plain);
    let mut next = 0;
    while next + FILE_HEADER <= plain.len() {
        let (Ok(mode), Ok(mtime)) = (bin.u16(next), bin.u32(next + 8)) else { break };
        let (Ok(size), Ok(name)) = (bin.size32(next + 24), bin.u16(next + 28)) else { break };
        let path_at = next + FILE_HEADER;
        let body = path_at + usize::from(name);
        let (Ok(path), Some(end)) = (bin.slice(path_at, name.into()), body.checked_add(size))
        else {
            break;
        };
        if end > plain.len() {
            return found.problem(ProblemKind::Damaged, Some(at), "a file is cut off");
        }
        if let Err(limit) = context.budget.take_node() {
            return found.problem(ProblemKind::Limit, Some(at), limit);
        }
        let meta = NodeMeta { mtime: i64::from(mtime), ..NodeMeta::default() };
        let content = plain.slice(body..end);
        found.nodes.push(Node::from_st_mode(path, u32::from(mode), meta, content, (0, 0)));
        next = end;
    }
}
