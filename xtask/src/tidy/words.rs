//! The tree speaks of the product alone: no paths of somebody's machine, no numbers of somebody's
//! tracker, no names of the tools that somebody wrote it with.

use anyhow::{Context as _, Result};
use std::path::Path;

/// Words that have no business here, in pieces so that this file is free of them.
const WORDS: &[(&str, &str)] = &[
    ("/work/", "main"),
    ("/work/", "shared"),
    ("shared/", "data"),
    ("shared/", "facts"),
    ("/tmp/", "w-"),
    ("clau", "de"),
    ("anthro", "pic"),
    ("chat", "gpt"),
    ("co", "pilot"),
];

/// What people write. Test cases are made by other programs, packs know the world's names.
const WRITTEN: [&str; 6] = [".rs", ".md", ".py", ".sh", "Cargo.toml", ".html"];

pub(super) fn check(root: &Path, files: &[String]) -> Result<Vec<String>> {
    let words: Vec<String> = WORDS.iter().map(|(head, tail)| format!("{head}{tail}")).collect();
    let mut faults = Vec::new();
    for file in files {
        let script = file.starts_with(".ci/") && !file.ends_with(".txt");
        let written = WRITTEN.iter().any(|end| file.ends_with(end)) || script;
        if !written || file.contains("/cases") || file.starts_with("packs/") {
            continue;
        }
        let bytes = std::fs::read(root.join(file)).with_context(|| file.clone())?;
        let text = String::from_utf8_lossy(&bytes).to_lowercase();
        for (number, line) in (1..).zip(text.lines()) {
            for word in words.iter().filter(|word| line.contains(word.as_str())) {
                faults.push(format!("{file}:{number}: says \"{word}\""));
            }
            if names_an_issue(line) {
                faults.push(format!("{file}:{number}: names an issue by its number"));
            }
        }
    }
    Ok(faults)
}

/// The word and a number, with or without a hash: it means nothing without a tracker.
fn names_an_issue(line: &str) -> bool {
    line.match_indices("issue ").any(|(at, found)| {
        let rest = line.get(at + found.len()..).unwrap_or_default();
        rest.strip_prefix('#').unwrap_or(rest).starts_with(|first: char| first.is_ascii_digit())
    })
}
