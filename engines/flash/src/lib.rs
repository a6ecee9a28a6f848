//! File systems and volumes of raw flash: JFFS2, UBI, UBIFS, YAFFS, and NAND dumps with spare areas.
//!
//! All of it is written from the formats, reads damaged images as far as they go, and never holds
//! more than the budget. Left out on purpose: writing, wear figures, bad-block tables of drivers.

mod crc;
mod device;
mod end_mark;
mod gaps;
mod jffs2;
mod nand;
mod tree;
mod ubi;
mod ubifs;
mod yaffs;

use duecare_unpack::Format;

/// The formats of this crate, in the order in which they are to be tried at one place.
#[must_use]
pub fn formats() -> Vec<Box<dyn Format>> {
    vec![
        Box::new(nand::NandStart),
        Box::new(ubi::Ubi),
        Box::new(ubifs::Ubifs),
        Box::new(jffs2::Jffs2),
        Box::new(end_mark::EndMark),
        Box::new(yaffs::Yaffs),
        Box::new(yaffs::YaffsDump),
        Box::new(nand::NandDump),
    ]
}

/// Where a run of erased flash (all ones) that begins at `at` ends; `at` itself when there is none.
fn blank_until(bytes: &[u8], at: usize) -> usize {
    let rest = bytes.get(at..).unwrap_or_default();
    at + rest.iter().position(|byte| *byte != 0xff).unwrap_or(rest.len())
}
