//! Microsoft cabinets ([MS-CAB]): stored, MSZIP and LZX. Quantum is told as not supported.

use crate::tree::Tree;
use bytes::Bytes;
use duecare_base::Bin;
use duecare_unpack::{Context, Format, Found, Node, NodeKind, NodeMeta, ProblemKind, Signature};
use std::io::{Cursor, Read};

pub(crate) struct Cab;

/// Bytes that may be decoded for one cabinet: each file is reached from the start of its folder.
const DECODED_BYTES_MAX: u64 = 4 << 30;

impl Format for Cab {
    fn name(&self) -> &'static str {
        "cab"
    }

    fn signatures(&self) -> &'static [Signature] {
        const { &[Signature::anywhere(b"MSCF\0\0\0\0")] }
    }

    fn read(&self, input: &Bytes, context: &Context<'_>) -> Option<Found> {
        let bin = Bin::le(input);
        let size = bin.size32(8).ok()?;
        let (minor, major) = (bin.u8(24).ok()?, bin.u8(25).ok()?);
        if major != 1 || minor > 5 || size < 36 {
            return None;
        }
        let mut tree = Tree::new(context);
        if size > input.len() {
            let message = format!("{} bytes are missing", size - input.len());
            tree.problem(ProblemKind::Truncated, input.len(), message);
        }
        let end = size.min(input.len());
        match cab::Cabinet::new(Cursor::new(input.slice(..end))) {
            Ok(cabinet) => files(cabinet, &mut tree),
            Err(error) => tree.problem(ProblemKind::Damaged, 0, error.to_string()),
        }
        Some(tree.finish(end))
    }
}

fn files(mut cabinet: cab::Cabinet<Cursor<Bytes>>, tree: &mut Tree<'_>) {
    let mut list = Vec::new();
    for folder in cabinet.folder_entries() {
        let kind = format!("{:?}", folder.compression_type());
        let mut before = 0_u64;
        for file in folder.file_entries() {
            let size = u64::from(file.uncompressed_size());
            let mtime = file.datetime().map_or(0, |time| time.assume_utc().unix_timestamp());
            list.push((file.name().to_owned(), mtime, size, before, kind.clone()));
            before = before.saturating_add(size);
        }
    }
    tree.found.fact("entries", list.len());
    let mut work = DECODED_BYTES_MAX;
    for (name, mtime, size, before, kind) in list {
        let shown = name.replace('\\', "/");
        let meta = NodeMeta { mtime, ..NodeMeta::default() };
        let cost = before.saturating_add(size);
        let allowed = tree.context.budget.take_work(usize::try_from(cost).unwrap_or(usize::MAX));
        let content = match work.checked_sub(cost).filter(|_| allowed.is_ok()) {
            Some(left) => {
                work = left;
                content(&mut cabinet, &name, size, &kind, tree)
            }
            None => {
                let message = format!("{shown}: too much work in one cabinet");
                tree.problem(ProblemKind::Limit, 0, message);
                Bytes::new()
            }
        };
        if !tree.add(Node::new(shown.as_bytes(), NodeKind::File(content), meta)) {
            return;
        }
    }
}

fn content(
    cabinet: &mut cab::Cabinet<Cursor<Bytes>>,
    name: &str,
    size: u64,
    kind: &str,
    tree: &mut Tree<'_>,
) -> Bytes {
    let mut bytes = Vec::new();
    let room = tree.room(size) as u64;
    let result = cabinet
        .read_file(name)
        .and_then(|reader| reader.take(room).read_to_end(&mut bytes).map(|_| ()));
    if let Err(error) = result {
        let unsupported = kind.starts_with("Quantum");
        let sort = if unsupported { ProblemKind::Unsupported } else { ProblemKind::Damaged };
        tree.problem(sort, 0, format!("{name} ({kind}): {error}"));
    } else if (bytes.len() as u64) < size {
        let sort = if room < size { ProblemKind::Limit } else { ProblemKind::Truncated };
        tree.problem(sort, 0, format!("{name}: {} of {size} bytes", bytes.len()));
    }
    if let Err(limit) = tree.context.budget.take_memory(bytes.len()) {
        tree.problem(ProblemKind::Limit, 0, format!("{name}: {limit}"));
        return Bytes::new();
    }
    Bytes::from(bytes)
}
