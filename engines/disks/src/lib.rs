//! File systems and partition tables of disks, cards and USB sticks.

use duecare_unpack::Format;

/// The formats of this crate.
#[must_use]
pub fn formats() -> Vec<Box<dyn Format>> {
    vec![]
}
