//! HP printers: `BDL` bundles and the `IPKG` packages inside.

use crate::kit::{self, container};
use bytes::Bytes;
use duecare_base::Bin;
use duecare_unpack::{Context, Found, ProblemKind, Signature};

/// Entries in one table.
const ENTRIES_MAX: usize = 4096;

/// Size of an entry of an IPKG table, in bytes.
const IPKG_ENTRY: usize = 276;

container!(
    /// HP bundle.
    Bdl,
    "hp-bdl",
    [Signature::anywhere(b"ibdl\x01\x00\x01\x00")],
    read_bdl
);

container!(
    /// HP package.
    Ipkg,
    "hp-ipkg",
    [Signature::anywhere(b"ipkg\x01\x00\x03\x00")],
    read_ipkg
);

fn read_bdl(input: &Bytes, _: &Context<'_>) -> Option<Found> {
    let bin = Bin::le(input);
    let (table, count) = (bin.size32(8).ok()?, bin.size32(16).ok()?);
    if table == 0 || count == 0 || count > ENTRIES_MAX {
        return None;
    }
    let mut found = Found::new(0);
    for (key, at) in
        [("release", 32), ("brand", 288), ("device", 544), ("version", 809), ("revision", 1065)]
    {
        found.fact(key, bin.text(at, 256).ok()?);
    }
    let mut end = 0;
    for index in 0..count {
        let at = table.saturating_add(16 * index);
        let Ok((offset, size)) = bin.size64(at).and_then(|o| Ok((o, bin.size64(at + 8)?))) else {
            found.problem(ProblemKind::Truncated, Some(input.len()), "the table is cut off");
            break;
        };
        found.slice(input, &format!("ipkg{index:03}"), offset, size);
        end = end.max(offset.saturating_add(size)).max(at + 16);
    }
    found.size = end.min(input.len());
    Some(found)
}

fn read_ipkg(input: &Bytes, context: &Context<'_>) -> Option<Found> {
    let bin = Bin::le(input);
    let (table, count) = (bin.size32(8).ok()?, bin.size32(16).ok()?);
    if table == 0 || count == 0 || count > ENTRIES_MAX {
        return None;
    }
    let mut found = Found::new(0);
    for (key, at) in [("version", 32), ("product", 288), ("name", 544), ("signature", 800)] {
        found.fact(key, bin.text(at, 256).unwrap_or_default());
    }
    let mut end = 0;
    for index in 0..count {
        let at = table.saturating_add(IPKG_ENTRY * index);
        let place = bin.size64(at + 256).and_then(|o| Ok((o, bin.size64(at + 264)?)));
        let (Ok((offset, size)), Ok(name)) = (place, bin.text(at, 256)) else {
            found.problem(ProblemKind::Truncated, Some(input.len()), "the table is cut off");
            break;
        };
        if let Err(limit) = context.budget.take_node() {
            found.problem(ProblemKind::Limit, Some(at), limit);
            break;
        }
        let stop = offset.saturating_add(size);
        if stop > input.len() {
            found.problem(ProblemKind::Truncated, Some(at), format!("{name} is cut off"));
        }
        let content = input.slice(offset.min(input.len())..stop.min(input.len()));
        if let Ok(crc) = bin.u32(at + 272)
            && content.len() == size
            && kit::crc32(&content) != crc
        {
            let message = format!("the crc of {name} does not match");
            found.problem(ProblemKind::Odd, Some(at), message);
        }
        found.nodes.push(kit::file(&name, content));
        end = end.max(stop).max(at + IPKG_ENTRY);
    }
    found.size = end.min(input.len());
    Some(found)
}
