//! Sparse files in tar: GNU's old way and the three of pax (GNU tar manual, "Storing Sparse Files").

use super::{BLOCK, Entry, Extra, number};
use crate::tree::{Tree, slice};
use bytes::Bytes;
use duecare_base::Bin;
use duecare_unpack::ProblemKind;

/// Pieces of one sparse file.
const PIECES_MAX: usize = 100_000;

/// Offsets and sizes of the pieces that a sparse file has.
pub(super) type Pieces = Vec<(u64, u64)>;

/// The map in the header block and its continuations (GNU before pax), the real size, and how much
/// of the body the continuations take: none, because they stand before the body.
pub(super) fn old_gnu_map(place: &Entry<'_>) -> Option<(Pieces, u64, usize)> {
    let header = Bin::be(place.input.get(place.at.checked_sub(BLOCK)?..place.at)?);
    let mut map = Vec::new();
    pieces(header, 386, 4, &mut map);
    let real = number(header.slice(483, 12).ok()?)?;
    let mut more = header.u8(482).ok()? != 0;
    let mut skip = 0;
    while more && map.len() < PIECES_MAX {
        let block = Bin::be(place.input.get(place.at + skip..)?.get(..BLOCK)?);
        pieces(block, 0, 21, &mut map);
        more = block.u8(504).ok()? != 0;
        skip += BLOCK;
    }
    Some((map, real, skip))
}

fn pieces(block: Bin<'_>, at: usize, count: usize, map: &mut Pieces) {
    for index in 0..count {
        let field = |offset: usize| {
            block.slice(at + index * 24 + offset, 12).ok().and_then(number).unwrap_or(0)
        };
        if field(12) > 0 {
            map.push((field(0), field(12)));
        }
    }
}

/// The maps of pax: in the records (0.0, 0.1) or before the data (1.0).
pub(super) fn pax_map(extra: &Extra, body: &Bytes) -> Option<(Pieces, u64, Bytes)> {
    if extra.text("GNU.sparse.major") == Some("1") {
        let mut at = 0;
        let mut next = || -> Option<u64> {
            let line = body.get(at..)?.split(|byte| *byte == b'\n').next()?;
            at += line.len() + 1;
            std::str::from_utf8(line).ok()?.parse().ok()
        };
        let count = usize::try_from(next()?).ok()?.min(PIECES_MAX);
        let mut map = Vec::new();
        for _ in 0..count {
            map.push((next()?, next()?));
        }
        let data = at.next_multiple_of(BLOCK).min(body.len());
        return Some((map, extra.number("GNU.sparse.realsize")?, body.slice(data..)));
    }
    let list = extra.text("GNU.sparse.map")?;
    let numbers: Vec<u64> =
        list.split(',').take(2 * PIECES_MAX).filter_map(|part| part.parse().ok()).collect();
    let map = numbers.chunks_exact(2).filter_map(|pair| Some((*pair.first()?, *pair.get(1)?)));
    let real = extra.number("GNU.sparse.size").or_else(|| extra.number("GNU.sparse.realsize"))?;
    Some((map.collect(), real, body.clone()))
}

/// The file with its pieces in place, zeros between them.
pub(super) fn fill(
    map: &Pieces,
    real: u64,
    data: &Bytes,
    name: &str,
    at: usize,
    tree: &mut Tree<'_>,
) -> Bytes {
    let size = usize::try_from(real).unwrap_or(usize::MAX);
    if let Err(limit) = tree.context.budget.take_memory(size) {
        tree.problem(ProblemKind::Limit, at, format!("{name}: {limit}"));
        return Bytes::new();
    }
    let mut content = vec![0; size];
    let mut from = 0_usize;
    for (offset, length) in map {
        let length = usize::try_from(*length).unwrap_or(usize::MAX);
        let piece = slice(data, from, length);
        let begin = usize::try_from(*offset).unwrap_or(usize::MAX);
        let target = content.get_mut(begin..begin.saturating_add(piece.len()));
        match target {
            Some(target) if piece.len() == length => target.copy_from_slice(&piece),
            _ => {
                let message = format!("{name}: a piece of the sparse file is missing");
                tree.problem(ProblemKind::Damaged, at, message);
                break;
            }
        }
        from = from.saturating_add(length);
    }
    Bytes::from(content)
}
