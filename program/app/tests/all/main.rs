//! Use cases through their own door: a database, blobs and public files in a folder of the test.

#![expect(clippy::unwrap_used, reason = "helpers of tests fail by panicking")]

mod catalogue;
mod evidence;
mod world;
