//! Other programs that the tools here start: found, required and run with clear words.

use anyhow::{Context as _, Result, bail, ensure};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// Where a program is on the `PATH`, `sbin` folders included.
#[must_use]
pub fn find(program: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    std::env::split_paths(&path)
        .chain(["/usr/sbin", "/sbin"].map(PathBuf::from))
        .map(|folder| folder.join(program))
        .find(|file| file.is_file())
}

/// Says which Debian packages are missing.
///
/// # Errors
/// When any is.
pub fn require(programs: &[(&str, &str)]) -> Result<()> {
    let missing: Vec<&str> = programs
        .iter()
        .filter(|(program, _)| find(program).is_none())
        .map(|(_, package)| *package)
        .collect();
    ensure!(missing.is_empty(), "missing programs; as root: apt-get install {}", missing.join(" "));
    Ok(())
}

/// Runs a program to its end and gives its standard output.
///
/// # Errors
/// When it can't be started or fails, with what it said.
pub fn run(program: &str, folder: &Path, arguments: &[&str]) -> Result<String> {
    let found = find(program).with_context(|| format!("{program} is not installed"))?;
    run_path(&found, folder, arguments)
}

/// The same for a program of which the path is known.
///
/// # Errors
/// When it can't be started or fails, with what it said.
pub fn run_path(program: &Path, folder: &Path, arguments: &[&str]) -> Result<String> {
    let out = Command::new(program)
        .args(arguments)
        .current_dir(folder)
        .env("LC_ALL", "C")
        .stdin(Stdio::null())
        .output()
        .with_context(|| format!("can't start {}", program.display()))?;
    if !out.status.success() {
        let said = String::from_utf8_lossy(&out.stderr);
        bail!("{} {}: {}\n{said}", program.display(), arguments.join(" "), out.status);
    }
    Ok(String::from_utf8_lossy(&out.stdout).into_owned())
}

/// Builds a package of ours for release and gives the path of its program.
///
/// # Errors
/// When it doesn't build.
pub fn built(package: &str, program: &str) -> Result<PathBuf> {
    let root = crate::root()?;
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let status = Command::new(cargo)
        .current_dir(&root)
        .args(["build", "--release", "--quiet", "--package", package])
        .status()
        .context("cargo build")?;
    ensure!(status.success(), "{package} doesn't build");
    let target = std::env::var_os("CARGO_TARGET_DIR").map(PathBuf::from);
    Ok(target.unwrap_or_else(|| root.join("target")).join("release").join(program))
}
