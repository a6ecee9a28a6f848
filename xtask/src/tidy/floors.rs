//! Arrows point down only: faces → program → engines. Asserted from `cargo metadata`.

use anyhow::{Context as _, Result};
use serde_json::Value;
use std::collections::BTreeMap;
use std::path::Path;
use std::process::Command;

/// Most packages that the server's binary may bring in, ours included.
const SERVER_PACKAGES_MAX: usize = 350;

pub(super) fn check(root: &Path) -> Result<Vec<String>> {
    let out = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()))
        .current_dir(root)
        .args(["metadata", "--format-version", "1", "--locked", "--filter-platform"])
        .arg("x86_64-unknown-linux-gnu")
        .output()
        .context("cargo metadata")?;
    anyhow::ensure!(out.status.success(), "{}", String::from_utf8_lossy(&out.stderr));
    let metadata: Value = serde_json::from_slice(&out.stdout)?;
    let packages = metadata.get("packages").and_then(Value::as_array).context("packages")?;
    let floors: BTreeMap<&str, usize> = packages
        .iter()
        .filter_map(|package| Some((name(package)?, floor(root, package)?)))
        .collect();
    let mut faults = Vec::new();
    for package in packages {
        let Some((of, own)) = name(package).and_then(|n| Some((n, *floors.get(n)?))) else {
            continue;
        };
        let dependencies = package.get("dependencies").and_then(Value::as_array);
        for dependency in dependencies.into_iter().flatten() {
            let on = name(dependency).unwrap_or_default();
            if dependency.get("kind").and_then(Value::as_str) == Some("dev") {
                continue;
            }
            if floors.get(on).is_some_and(|floor| *floor > own) {
                faults.push(format!("{of} uses {on}, which is on a floor above it"));
            }
        }
    }
    faults.extend(package_count(&metadata)?);
    Ok(faults)
}

fn name(value: &Value) -> Option<&str> {
    value.get("name").and_then(Value::as_str)
}

/// 0 engines, 1 program, 2 faces and tools; packs are data that faces hand down.
fn floor(root: &Path, package: &Value) -> Option<usize> {
    if !package.get("source")?.is_null() {
        return None;
    }
    let manifest = package.get("manifest_path").and_then(Value::as_str)?;
    let relative = Path::new(manifest).strip_prefix(root).ok()?;
    let top = relative.components().next()?.as_os_str().to_str()?;
    match top {
        "engines" => Some(0),
        "program" => Some(1),
        "packs" => Some(2),
        "faces" | "xtask" => Some(2),
        _ => None,
    }
}

/// Packages that `duecare` is built from, by walking the resolved graph.
fn package_count(metadata: &Value) -> Result<Option<String>> {
    let nodes = metadata.pointer("/resolve/nodes").and_then(Value::as_array).context("nodes")?;
    let mut edges: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    let mut root = None;
    for node in nodes {
        let id = node.get("id").and_then(Value::as_str).context("id")?;
        if id.contains("duecare-cli") {
            root = Some(id);
        }
        let targets = node.get("deps").and_then(Value::as_array).into_iter().flatten();
        let used = targets.filter(|dep| {
            let kinds = dep.get("dep_kinds").and_then(Value::as_array).into_iter().flatten();
            let mut kinds = kinds.filter_map(|kind| kind.get("kind"));
            kinds.any(|kind| kind.as_str() != Some("dev"))
        });
        edges.insert(id, used.filter_map(|dep| dep.get("pkg").and_then(Value::as_str)).collect());
    }
    let mut seen = vec![root.context("duecare-cli is in the graph")?];
    let mut next = 0;
    while let Some(id) = seen.get(next).copied() {
        for target in edges.get(id).into_iter().flatten() {
            if !seen.contains(target) {
                seen.push(target);
            }
        }
        next += 1;
    }
    let count = seen.len();
    Ok((count > SERVER_PACKAGES_MAX)
        .then(|| format!("duecare is built from {count} packages, at most {SERVER_PACKAGES_MAX}")))
}
