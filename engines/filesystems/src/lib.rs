//! Read-only file systems that firmware is shipped in: SquashFS of every version and maker,
//! cramfs, romfs, EROFS.
//!
//! Left out on purpose: file systems of raw flash (`flash`) and of disks and cards (`disks`). What
//! all readers of file systems share is in [`tree`].

mod cramfs;
pub mod crc32;
mod erofs;
mod romfs;
mod squashfs;
pub mod tree;

use duecare_unpack::Format;

/// The formats of this crate.
#[must_use]
pub fn formats() -> Vec<Box<dyn Format>> {
    vec![
        Box::new(squashfs::SquashFs),
        Box::new(cramfs::CramFs),
        Box::new(romfs::RomFs),
        Box::new(erofs::Erofs),
    ]
}
