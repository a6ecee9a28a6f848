//! Lock files in JSON and TOML.

use super::installed::composer_packages;
use super::{package, python_name};
use crate::claim::Package;
use serde_json::Value;

type Found = Vec<(Package, Option<u32>)>;

/// How deep version 1 of npm's lock file nests.
const NPM_DEPTH_MAX: usize = 64;

/// `package-lock.json`: versions 2 and 3 list paths under `packages`, version 1 nests `dependencies`.
pub(super) fn npm(text: &str) -> Found {
    let Ok(json) = serde_json::from_str::<Value>(text) else { return Vec::new() };
    let mut found = Vec::new();
    if let Some(packages) = json.get("packages").and_then(Value::as_object) {
        for (path, entry) in packages {
            let Some((_, name)) = path.rsplit_once("node_modules/") else { continue };
            let name = entry.get("name").and_then(Value::as_str).unwrap_or(name);
            add_npm(name, entry, &mut found);
        }
    } else if let Some(dependencies) = json.get("dependencies") {
        npm_tree(dependencies, 0, &mut found);
    }
    found
}

fn npm_tree(dependencies: &Value, depth: usize, found: &mut Found) {
    let Some(entries) = dependencies.as_object().filter(|_| depth < NPM_DEPTH_MAX) else { return };
    for (name, entry) in entries {
        add_npm(name, entry, found);
        if let Some(inner) = entry.get("dependencies") {
            npm_tree(inner, depth + 1, found);
        }
    }
}

fn add_npm(name: &str, entry: &Value, found: &mut Found) {
    let flag = |key: &str| entry.get(key).and_then(Value::as_bool).unwrap_or(false);
    if flag("dev") || flag("link") {
        return;
    }
    if let Some(version) = entry.get("version").and_then(Value::as_str) {
        let mut found_one = package("npm", name, version);
        let licence = entry.get("license").and_then(Value::as_str);
        found_one.licences.extend(licence.map(str::to_owned));
        found.push((found_one, None));
    }
}

pub(super) fn composer(text: &str) -> Found {
    let Ok(json) = serde_json::from_str::<Value>(text) else { return Vec::new() };
    json.get("packages").and_then(Value::as_array).map_or_else(Vec::new, |l| composer_packages(l))
}

/// `Pipfile.lock`: `default` is what runs, `develop` is not.
pub(super) fn pipfile(text: &str) -> Found {
    let Ok(json) = serde_json::from_str::<Value>(text) else { return Vec::new() };
    let entries = json.get("default").and_then(Value::as_object).into_iter().flatten();
    entries
        .filter_map(|(name, entry)| {
            let version = entry.get("version")?.as_str()?.strip_prefix("==")?;
            Some((package("pypi", &python_name(name), version), None))
        })
        .collect()
}

/// `[[package]]` tables with `name` and `version`: Cargo, Poetry, uv. A package without a source is
/// the program itself in Cargo's and uv's files.
pub(super) fn toml_packages(text: &str, ecosystem: &'static str) -> Found {
    let Ok(table) = text.parse::<toml::Table>() else { return Vec::new() };
    let list = table.get("package").and_then(toml::Value::as_array);
    list.into_iter()
        .flatten()
        .filter_map(|entry| {
            let name = entry.get("name")?.as_str()?;
            let version = entry.get("version")?.as_str()?;
            if ecosystem == "cargo" && entry.get("source").is_none() {
                return None;
            }
            if entry.get("category").and_then(toml::Value::as_str) == Some("dev") {
                return None;
            }
            let name = if ecosystem == "pypi" { python_name(name) } else { name.to_owned() };
            Some((package(ecosystem, &name, version), None))
        })
        .collect()
}
