//! One binary for all tests of the inventory.

#![expect(clippy::unwrap_used, clippy::panic, reason = "helpers of tests fail by panicking")]

mod components;
mod hostile;
mod kit;
mod packages;
mod reconcile;
mod rules;
