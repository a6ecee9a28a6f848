//! `cargo xtask image`: a router's image of real programs with planted flaws, and what a review
//! finds of them.
//!
//! The image is Debian's user land for 32-bit ARM as a maker would ship it, laid out like a
//! consumer router's: TRX (kernel and SquashFS) and a JFFS2 partition behind it. Nothing of it is
//! kept in the repository; packages come by name from the machine's own apt sources.

mod assemble;
mod debian;
mod made;
mod plants;
mod plants_config;
mod plants_secret;
mod table;
mod trx;

use crate::tools;
use anyhow::{Context as _, Result};
use std::path::{Path, PathBuf};
use std::process::Command;

/// Where everything that is made lies: below the build folder, cached between runs.
pub fn folder() -> Result<PathBuf> {
    let folder = crate::root()?.join("target").join("bench");
    std::fs::create_dir_all(&folder).with_context(|| folder.display().to_string())?;
    Ok(folder)
}

/// Makes the planted image unless it is there already, and gives its path.
///
/// # Errors
/// When a tool is missing or a package can't be had.
pub fn planted() -> Result<PathBuf> {
    let folder = folder()?;
    let image = folder.join("router.bin");
    let stamp = folder.join("router.stamp");
    let wanted = plants::fingerprint();
    if image.is_file() && std::fs::read_to_string(&stamp).is_ok_and(|had| had == wanted) {
        return Ok(image);
    }
    tools::require(&[
        ("apt-get", "apt"),
        ("dpkg-deb", "dpkg"),
        ("mksquashfs", "squashfs-tools"),
        ("mkfs.jffs2", "mtd-utils"),
        ("mkimage", "u-boot-tools"),
        ("openssl", "openssl"),
        ("sqlite3", "sqlite3"),
    ])?;
    assemble::image(&folder, &image)?;
    std::fs::write(&stamp, wanted)?;
    Ok(image)
}

/// The root file system that went into the image, unpacked.
///
/// # Errors
/// When the image can't be made.
pub fn root_file_system() -> Result<PathBuf> {
    planted()?;
    Ok(folder()?.join("root"))
}

/// Reviews the planted image and says what was found and what was not.
///
/// # Errors
/// When the image can't be made or `duecare` can't be run.
pub fn run() -> Result<String> {
    let image = planted()?;
    let duecare = tools::built("duecare-cli", "duecare")?;
    let report = review(&duecare, &image)?;
    Ok(table::render(&plants::all(), &report))
}

fn review(duecare: &Path, image: &Path) -> Result<serde_json::Value> {
    let out = Command::new(duecare)
        .args(["review", "--no-analysers", "--quiet", "--format", "json"])
        .arg(image)
        .env("XDG_CONFIG_HOME", folder()?)
        .env_remove("DUECARE_POLICY")
        .env_remove("DUECARE_PACKS")
        .output()
        .context("duecare review")?;
    serde_json::from_slice(&out.stdout)
        .with_context(|| format!("duecare review: {}", String::from_utf8_lossy(&out.stderr)))
}
