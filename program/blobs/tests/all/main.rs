//! Everything through the crate's boundary, in a directory and in a bucket.

mod blobs;
mod copy;
mod faults;
mod leftovers;
mod locations;
mod place;
mod public;
mod server;
mod wire;
