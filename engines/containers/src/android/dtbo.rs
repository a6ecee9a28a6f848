//! Device tree overlays (`dtbo.img`; Android's "DTB/DTBO partition format").

use crate::kit::{self, container};
use bytes::Bytes;
use duecare_base::Bin;
use duecare_unpack::{Context, Found, Signature};

/// Trees in one image.
const ENTRIES_MAX: usize = 1024;

container!(
    /// Table of device trees.
    Dtbo,
    "android-dtbo",
    [Signature::anywhere(b"\xd7\xb7\xab\x1e")],
    read
);

fn read(input: &Bytes, _: &Context<'_>) -> Option<Found> {
    let bin = Bin::be(input);
    let (total, header) = (bin.size32(4).ok()?, bin.size32(8).ok()?);
    let (entry, count) = (bin.size32(12).ok()?, bin.size32(16).ok()?);
    let table = bin.size32(20).ok()?;
    if header < 32 || !(32..=4096).contains(&entry) || count > ENTRIES_MAX || table < header {
        return None;
    }
    let mut found = Found::new(0);
    kit::declared(&mut found, input, total);
    found.fact("entries", count);
    for index in 0..count {
        let at = table.checked_add(entry * index)?;
        let (Ok(size), Ok(offset)) = (bin.size32(at), bin.size32(at + 4)) else { break };
        found.slice(input, &format!("dtb{index}"), offset, size);
    }
    Some(found)
}
