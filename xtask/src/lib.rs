//! The house's own tools. `cargo xtask tidy` is also a test, so that nobody forgets it.

pub mod tidy;
