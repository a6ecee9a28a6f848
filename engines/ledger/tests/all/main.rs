//! The ledger through its public interface.

#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "helpers of tests fail by panicking"
)]

mod bundles;
mod envelopes;
mod golden;
mod hostile;
mod notes;
mod proofs;
mod sample;
mod tiles;
mod verifying;
mod witnesses;
mod writing;
