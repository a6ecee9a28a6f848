//! The tests of this crate, in one binary.

#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "tests and their helpers fail by panicking"
)]

mod cases;
mod hostile;
mod limits;
mod packs;
mod ways;
