//! The house's own tools. `cargo xtask tidy` is also a test, so that nobody forgets it.

pub mod bench;
pub mod dist;
pub mod image;
pub mod tidy;
pub mod tools;

use anyhow::{Context as _, Result};
use std::path::{Path, PathBuf};

/// The repository's root.
pub(crate) fn root() -> Result<PathBuf> {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    Ok(here.parent().context("xtask lies in the repository")?.to_owned())
}
