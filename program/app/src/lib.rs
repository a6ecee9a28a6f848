//! Use cases: take what a person gives, let the engines work, let the domain decide, hand back the
//! result and its evidence.

pub mod review;
