//! One binary for all tests of the inventory.

mod rules;
