//! CVSS 3.1 and 4.0: vectors read strictly, scored as FIRST's specifications say.
//!
//! Sources: FIRST, Common Vulnerability Scoring System version 3.1, Specification Document
//! (revision 1), and version 4.0, Specification Document (version 1.2) with the macro vectors'
//! scores of its calculator. Vectors of other versions, 3.0 too, are refused: they score otherwise.

mod metrics;
mod score;
#[cfg(test)]
mod tests;
mod v31;
mod v4;
mod v4_table;
mod vector;

pub use score::{Rating, Score};
pub use v4::V4;
pub use v31::V31;
pub use vector::{Vector, VectorError};
