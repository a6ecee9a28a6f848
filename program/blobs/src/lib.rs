//! Where bytes are kept: blobs, named by their digest, and public static files, named by a path, in a
//! directory or in any S3-compatible object store.
//!
//! A store is named by an address: a path, `file:///path`, or
//! `s3://bucket/prefix?endpoint=https://…&region=…`; see [`Location`]. Both kinds hold to the same
//! promises, and the same tests run against both:
//!
//! - **All or nothing.** An object is there whole or not at all, whatever fails or dies in between.
//!   What `finish` and `put` have answered is durable.
//! - **What comes out is what went in.** Bytes are hashed as they come and as they go.
//! - **Bounded.** Bytes stream through buffers of a named size; an upload that grows past its limit is
//!   refused before more is stored.
//! - **No secrets shown.** Credentials come from the environment or a file, are in no address, and
//!   appear in no error and no `Debug`. (The HTTP client logs full addresses, with their signature,
//!   at its level `trace` alone: a logger must not let that level of `ureq` through.)
//!
//! Left out on purpose: what the bytes mean, who may see them, and which are still needed; that is for
//! `program/review` and the database. Reads no clock of its own; requests to S3 carry the time of the
//! machine, as their signature demands.

mod blobs;
mod copy;
mod directory;
mod error;
mod key;
mod location;
mod options;
mod public;
mod reader;
mod s3;
mod steps;
mod store;
mod upload;

pub use blobs::{BLOB_BYTES_MAX, Blob, Blobs};
pub use copy::{Copied, Phase, Progress, copy_all, copy_public};
pub use error::{Cause, Error, Result};
pub use key::PublicPath;
pub use location::Location;
pub use options::{Options, Retry};
pub use public::{Public, PublicFile};
pub use reader::Reader;
pub use s3::Answer;
pub use steps::{Step, Steps, Undisturbed, When};
pub use upload::Upload;
