//! The mark behind OpenWrt's root file system: `de ad c0 de`, "make a JFFS2 here".

use crate::kit::container;
use bytes::Bytes;
use duecare_unpack::{Context, Found, Signature};

container!(
    /// End of file system mark.
    Mark,
    "openwrt-eof-mark",
    [Signature::anywhere(b"\xde\xad\xc0\xde")],
    read
);

fn read(input: &Bytes, _: &Context<'_>) -> Option<Found> {
    // Erased flash, or nothing, follows the mark.
    let tail = input.get(4..)?;
    let erased = tail.iter().take(64).all(|byte| *byte == 0xff);
    if !erased {
        return None;
    }
    let mut found = Found::new(4);
    found.fact("meaning", "the device makes a writable file system here");
    Some(found)
}
