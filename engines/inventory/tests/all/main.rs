//! One binary for all tests of the inventory.

mod components;
mod kit;
mod packages;
mod reconcile;
mod rules;
