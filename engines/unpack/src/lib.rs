//! Unpacks an image into a tree of layers, in memory, whatever the image says.
//!
//! A **layer** is a stretch of bytes that a [`Format`] recognised. It holds **blobs** (nested
//! stretches of bytes, cut out or decoded, searched for further layers) and **nodes** (entries of a
//! file system or archive, with mode, owner, times, links and devices kept as data). What no format
//! explains stays as a region with its offset, size and entropy, and counts against the coverage.
//!
//! Left out on purpose: the formats themselves (`codecs`, `archives`, `filesystems`, `containers`),
//! and any writing to a file system.

pub mod budget;
pub mod coverage;
mod encoded;
pub mod entropy;
pub mod format;
mod gap;
pub mod layer;
mod leaf;
pub mod listing;
pub mod node;
pub mod scan;
pub mod sniff;

pub use budget::{Budget, LimitReached, Limits, Loan};
pub use bytes::Bytes;
pub use coverage::{Coverage, System};
pub use format::{Context, Format, Found, Origin, Part, Signature, Where};
pub use layer::{Blob, BlobSource, Layer, LayerId, Problem, ProblemKind, Region, RegionKind};
pub use layer::{FileRef, Unpacked};
pub use node::{Node, NodeKind, NodeMeta};
pub use scan::unpack;
pub use sniff::Sniffed;
