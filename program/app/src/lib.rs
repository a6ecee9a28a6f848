//! Use cases: take what a person gives, let the engines work, let the domain decide, hand back the
//! result and its evidence.
//!
//! A use case that changes something reads as a list: authorise (the permit in its signature), load,
//! decide, and write the change with its evidence in one transaction.

pub mod catalogue;
mod context;
mod error;
pub mod evidence;

pub use context::Context;
pub use error::{CODES, Error};
