//! The house's own tools. `cargo xtask tidy` is also a test, so that nobody forgets it.

pub mod bench;
pub mod dist;
pub mod image;
pub mod tidy;
pub mod tools;

use anyhow::{Context as _, Result};
use std::path::{Path, PathBuf};

/// The tools and their options.
pub const USAGE: &str = "usage: cargo xtask TOOL

  tidy                            check what the house rules ask of the tree
  image                           make a router's image with planted flaws, review it, and say
                                  which were found
  dist                            build the one static binary
  bench [--peers] [--image FILE] [--duecare BUILD]
                                  measure a review of that image (or of FILE), and other tools";

/// The repository's root.
pub(crate) fn root() -> Result<PathBuf> {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    Ok(here.parent().context("xtask lies in the repository")?.to_owned())
}
