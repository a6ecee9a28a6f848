//! Everything through the crate's boundary, in a directory and in a bucket.

#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::print_stderr,
    reason = "a test ends with the first fault"
)]

mod blobs;
mod copy;
mod faults;
mod leftovers;
mod locations;
mod place;
mod public;
mod server;
mod wire;
