//! What the house rules ask of the tree and no compiler checks.

mod documents;
mod floors;
mod folders;
mod fuzzing;
mod length;
mod words;

use anyhow::{Context as _, Result};
use std::path::Path;
use std::process::Command;

/// Everything that is wrong, one line each.
///
/// # Errors
/// When the tree can't be read.
pub fn run() -> Result<Vec<String>> {
    let root = crate::root()?;
    let files = tracked(&root)?;
    let mut faults = length::check(&root, &files)?;
    faults.extend(documents::check(&root, &files)?);
    faults.extend(folders::check(&root, &files)?);
    faults.extend(fuzzing::check(&root, &files)?);
    faults.extend(words::check(&root, &files)?);
    faults.extend(floors::check(&root)?);
    Ok(faults)
}

/// Files of the repository as paths relative to its root: those that git knows, or everything
/// outside build folders where there is no git.
fn tracked(root: &Path) -> Result<Vec<String>> {
    let out = Command::new("git")
        .arg("-C")
        .arg(root)
        .args(["ls-files", "-co", "--exclude-standard"])
        .output();
    if let Ok(out) = out
        && out.status.success()
    {
        let text = String::from_utf8(out.stdout).context("file names are UTF-8")?;
        return Ok(text.lines().map(str::to_owned).filter(|f| root.join(f).is_file()).collect());
    }
    let mut files = Vec::new();
    walk(root, "", &mut files)?;
    files.sort();
    Ok(files)
}

fn walk(folder: &Path, prefix: &str, files: &mut Vec<String>) -> Result<()> {
    for entry in std::fs::read_dir(folder)? {
        let entry = entry?;
        let name = entry.file_name().to_string_lossy().into_owned();
        let path = format!("{prefix}{name}");
        if entry.file_type()?.is_dir() {
            if !matches!(name.as_str(), "target" | ".git" | "duecare-demo") {
                walk(&entry.path(), &format!("{path}/"), files)?;
            }
        } else {
            files.push(path);
        }
    }
    Ok(())
}
