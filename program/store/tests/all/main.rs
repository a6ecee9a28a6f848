//! The store through its own door, on every engine that is there.

#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::print_stdout,
    reason = "helpers of tests fail by panicking, and say what they skip"
)]

mod engines;
mod jobs;
mod log;
mod release;
mod schema;
mod write;
