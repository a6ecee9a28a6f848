//! Files that an installed package carries about itself.

use super::{package, python_name};
use crate::claim::Package;
use serde_json::Value;
use std::collections::BTreeMap;

type Found = Vec<(Package, Option<u32>)>;

/// `METADATA` and `PKG-INFO` (Python's core metadata): a head like a mail's.
pub(super) fn python(text: &str) -> Found {
    let head = text.split("\n\n").next().unwrap_or_default();
    let get = |key: &str| {
        head.lines().find_map(|line| line.strip_prefix(key)?.strip_prefix(':')).map(str::trim)
    };
    let (Some(name), Some(version)) = (get("Name"), get("Version")) else { return Vec::new() };
    let mut found = package("pypi", &python_name(name), version);
    let licence = get("License-Expression").or_else(|| get("License"));
    found.licences.extend(licence.filter(|l| !l.is_empty() && *l != "UNKNOWN").map(str::to_owned));
    vec![(found, None)]
}

/// `package.json` of a package inside `node_modules`; elsewhere it is a program's own wish list.
pub(super) fn npm(path: &str, text: &str) -> Found {
    let Some((_, inside)) = path.rsplit_once("/node_modules/") else { return Vec::new() };
    let parts = inside.split('/').count();
    if parts != 2 && !(parts == 3 && inside.starts_with('@')) {
        return Vec::new();
    }
    let Ok(json) = serde_json::from_str::<Value>(text) else { return Vec::new() };
    let get = |key: &str| json.get(key).and_then(Value::as_str);
    let (Some(name), Some(version)) = (get("name"), get("version")) else { return Vec::new() };
    let mut found = package("npm", name, version);
    found.licences.extend(get("license").map(str::to_owned));
    vec![(found, None)]
}

/// `installed.json` of Composer 1 (a list) and 2 (a list under `packages`).
pub(super) fn composer(text: &str) -> Found {
    let Ok(json) = serde_json::from_str::<Value>(text) else { return Vec::new() };
    let list = json.get("packages").unwrap_or(&json).as_array();
    composer_packages(list.map_or(&[][..], Vec::as_slice))
}

pub(super) fn composer_packages(list: &[Value]) -> Found {
    list.iter()
        .filter_map(|entry| {
            let name = entry.get("name")?.as_str()?;
            let version = entry.get("version")?.as_str()?.trim_start_matches('v');
            let mut found = package("composer", name, version);
            let licences = entry.get("license").and_then(Value::as_array);
            let licences = licences.into_iter().flatten().filter_map(Value::as_str);
            found.licences.extend(licences.map(str::to_owned));
            Some((found, None))
        })
        .collect()
}

/// `name-1.2.3.gemspec` or `name-1.2.3-platform.gemspec`, as RubyGems names the files.
pub(super) fn gem(file: &str) -> Found {
    let stem = file.trim_end_matches(".gemspec");
    let cut = stem.match_indices('-').map(|(at, _)| at).find(|at| {
        stem.get(at + 1..).is_some_and(|rest| rest.starts_with(|c: char| c.is_ascii_digit()))
    });
    let Some((name, version)) = cut.and_then(|at| Some((stem.get(..at)?, stem.get(at + 1..)?)))
    else {
        return Vec::new();
    };
    let version = version.split('-').next().unwrap_or_default();
    vec![(package("gem", name, version), None)]
}

/// LuaRocks: `package = "name"`, `version = "1.2-1"` (the rock's own revision behind the hyphen).
pub(super) fn rock(text: &str) -> Found {
    let get = |key: &str| {
        text.lines().find_map(|line| {
            let (name, value) = line.split_once('=')?;
            (name.trim() == key).then(|| value.trim().trim_matches(['"', '\'']).to_owned())
        })
    };
    let (Some(name), Some(version)) = (get("package"), get("version")) else { return Vec::new() };
    let version = version.rsplit_once('-').map_or(version.as_str(), |(version, _)| version);
    vec![(package("luarocks", &name, version), None)]
}

/// `Implementation-Title`, `Bundle-SymbolicName` and their versions in a jar's manifest; lines that
/// begin with a blank go on the one before (JAR File Specification).
pub(super) fn jar(text: &str) -> Found {
    let text = text.replace("\r\n", "\n").replace("\n ", "");
    let main = text.split("\n\n").next().unwrap_or_default();
    let fields: BTreeMap<&str, &str> = main.lines().filter_map(|l| l.split_once(": ")).collect();
    let get = |key: &str| fields.get(key).map(|value| value.trim()).filter(|v| !v.is_empty());
    let bundle = get("Bundle-SymbolicName").map(|name| name.split(';').next().unwrap_or(name));
    let name = bundle.or_else(|| get("Implementation-Title"));
    let version = get("Bundle-Version").or_else(|| get("Implementation-Version"));
    match (name, version) {
        // A title in words names no artifact.
        (Some(name), Some(version)) if !name.contains([' ', '$']) && !version.contains('$') => {
            vec![(package("maven", name, version), None)]
        }
        _ => Vec::new(),
    }
}

pub(super) fn maven(text: &str) -> Found {
    let fields: BTreeMap<&str, &str> = text.lines().filter_map(|l| l.split_once('=')).collect();
    let get = |key: &str| fields.get(key).map(|value| value.trim());
    match (get("groupId"), get("artifactId"), get("version")) {
        (Some(group), Some(name), Some(version)) => {
            vec![(package("maven", &format!("{group}/{name}"), version), None)]
        }
        _ => Vec::new(),
    }
}

/// pkg-config's `name.pc`: the file's name is what others ask for.
pub(super) fn pkg_config(file: &str, text: &str) -> Found {
    let version = text.lines().find_map(|line| line.strip_prefix("Version:")).map(str::trim);
    let version = version.filter(|version| !version.is_empty() && !version.contains('$'));
    let Some(version) = version else { return Vec::new() };
    let name = file.trim_end_matches(".pc");
    let found = Package { ecosystem: "generic", ..package("generic", name, version) };
    vec![(Package { upstream: Some(version.to_owned()), ..found }, None)]
}

/// `META.json` of a CPAN distribution.
pub(super) fn perl(text: &str) -> Found {
    let Ok(json) = serde_json::from_str::<Value>(text) else { return Vec::new() };
    let get = |key: &str| json.get(key).and_then(Value::as_str);
    match (get("name"), get("version")) {
        (Some(name), Some(version)) => {
            vec![(package("cpan", name, version.trim_start_matches('v')), None)]
        }
        _ => Vec::new(),
    }
}
