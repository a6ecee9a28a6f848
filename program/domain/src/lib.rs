//! The manufacturer's rules, by area: what there is, and what follows from it.
//!
//! Pure: no I/O, no clock, no async, no serde. Time and outside facts are parameters.

pub mod access;
pub mod catalogue;
pub mod finding;
pub mod gate;
pub mod id;
pub mod job;
mod labels;
pub mod release;
pub mod review;
pub mod text;
pub mod time;

pub use labels::UnknownLabel;
