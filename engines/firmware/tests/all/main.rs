//! An image as a whole: what several images or file systems have in common, how findings are
//! merged and masked, and that the number of threads changes nothing.

#![expect(clippy::unwrap_used, reason = "helpers of tests fail by panicking")]

mod images;
mod kit;
mod merged;
mod threads;
