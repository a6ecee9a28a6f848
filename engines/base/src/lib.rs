//! What every floor may use: digests, checked reading of outside bytes, findings and what was not
//! looked at, masking.
//!
//! Left out on purpose: anything about formats, products or people. No I/O, no clock.

pub mod bin;
pub mod difference;
pub mod digest;
pub mod finding;
pub mod mask;
pub mod outside;
pub mod text;
pub mod unseen;

pub use bin::{Bin, Endian, Short};
pub use difference::DifferenceKind;
pub use digest::Digest;
pub use finding::{CheckId, Confidence, Finding, Location, Severity};
pub use outside::{Clock, Entropy};
pub use unseen::{Checked, Gap, NotSeen};
