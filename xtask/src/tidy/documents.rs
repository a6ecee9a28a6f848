//! Documents name files that exist, and tools that xtask has.

use anyhow::{Context as _, Result};
use std::path::Path;

pub(super) fn check(root: &Path, files: &[String]) -> Result<Vec<String>> {
    let mut faults = Vec::new();
    for document in files.iter().filter(|file| file.ends_with(".md")) {
        let text =
            std::fs::read_to_string(root.join(document)).with_context(|| document.clone())?;
        for target in links(&text) {
            let target = target.split('#').next().unwrap_or_default();
            if target.is_empty() || target.contains("://") || target.starts_with("mailto:") {
                continue;
            }
            let folder = root.join(document);
            let folder = folder.parent().context("a document lies in a folder")?;
            if !folder.join(target).exists() {
                faults.push(format!("{document}: links to {target}, which is not there"));
            }
        }
        for path in quoted_paths(&text) {
            if !root.join(path).exists() {
                faults.push(format!("{document}: names `{path}`, which is not there"));
            }
        }
        for tool in xtask_tools(&text) {
            if !crate::USAGE.lines().any(|line| line.trim_start().split(' ').next() == Some(tool)) {
                faults.push(format!("{document}: names `cargo xtask {tool}`, which there is not"));
            }
        }
    }
    Ok(faults)
}

/// Targets of Markdown links.
fn links(text: &str) -> Vec<&str> {
    text.match_indices("](")
        .filter_map(|(at, _)| text.get(at + 2..)?.split(')').next())
        .filter(|target| !target.contains(char::is_whitespace))
        .collect()
}

/// Paths in back quotes that begin with one of the house's own folders.
fn quoted_paths(text: &str) -> Vec<&str> {
    const FOLDERS: [&str; 9] =
        ["engines/", "program/", "faces/", "packs/", "xtask/", "docs/", "demo/", "fuzz/", ".ci/"];
    text.split('`')
        .skip(1)
        .step_by(2)
        // Of a command, its first word.
        .filter_map(|quoted| quoted.split(' ').next())
        .filter(|quoted| FOLDERS.iter().any(|folder| quoted.starts_with(folder)))
        .filter(|quoted| !quoted.contains(['*', '<', '{', '\n', '…']))
        .collect()
}

/// Tools in `cargo xtask TOOL`.
fn xtask_tools(text: &str) -> Vec<&str> {
    const COMMAND: &str = "cargo xtask ";
    text.match_indices(COMMAND)
        .filter_map(|(at, _)| {
            let rest = text.get(at + COMMAND.len()..)?;
            rest.split(|next: char| !next.is_ascii_lowercase()).next()
        })
        .filter(|tool| !tool.is_empty())
        .collect()
}
