//! Every fuzz target is built, described, and there.

use anyhow::{Context as _, Result};
use std::path::Path;

pub(super) fn check(root: &Path, files: &[String]) -> Result<Vec<String>> {
    let read =
        |name: &str| std::fs::read_to_string(root.join(name)).with_context(|| name.to_owned());
    let manifest = read("fuzz/Cargo.toml")?;
    let described = read("fuzz/README.md")?;
    let mut faults = Vec::new();
    for file in files {
        let Some(target) = file.strip_prefix("fuzz/fuzz_targets/") else { continue };
        let Some(name) = target.strip_suffix(".rs") else { continue };
        if !manifest.contains(&format!("path = \"fuzz_targets/{target}\"")) {
            faults.push(format!("{file}: is no target of fuzz/Cargo.toml, so nobody runs it"));
        }
        if !described.contains(&format!("`{name}`")) {
            faults.push(format!("{file}: fuzz/README.md doesn't say what {name} reads"));
        }
    }
    Ok(faults)
}
