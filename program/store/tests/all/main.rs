//! The store through its own door, on every engine that is there.

mod engines;
mod jobs;
mod log;
mod schema;
mod write;
