//! The manufacturer's rules, by area: what there is, and what follows from it.
//!
//! Pure: no I/O, no clock, no async, no serde. Time and outside facts are parameters.

pub mod review;
