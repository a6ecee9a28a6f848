//! `cargo xtask dist`: the one static binary, for machines of the same architecture.
//!
//! The C library is linked in too, so the file runs on any Linux. A target has to be named for
//! that, because build scripts and macros of the build itself must stay dynamic.

use anyhow::{Context as _, Result, ensure};
use std::path::PathBuf;
use std::process::Command;

/// Builds it and gives its path.
///
/// # Errors
/// When cargo can't be started or fails.
pub fn run() -> Result<PathBuf> {
    let root = crate::root()?;
    let target = format!("{}-unknown-linux-gnu", std::env::consts::ARCH);
    let status = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()))
        .current_dir(&root)
        .args(["build", "--release", "--locked", "--package", "duecare-cli", "--target", &target])
        .env("RUSTFLAGS", "-C target-feature=+crt-static")
        .status()
        .context("cargo could not be started")?;
    ensure!(status.success(), "cargo build failed");
    let folder = std::env::var_os("CARGO_TARGET_DIR").map_or(root.join("target"), PathBuf::from);
    Ok(folder.join(target).join("release").join("duecare"))
}
