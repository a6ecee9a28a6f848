//! Folders that people must find their way in: decisions have numbers of their own, test cases say
//! where they are from, packs hold only what the code uses.

use anyhow::{Context as _, Result};
use std::collections::BTreeMap;
use std::path::Path;

/// Folders below a crate's `tests` that hold cases.
const CASES: [&str; 4] = ["cases", "cases-packed", "packed", "locked"];

pub(super) fn check(root: &Path, files: &[String]) -> Result<Vec<String>> {
    let mut faults = decisions(root, files)?;
    faults.extend(cases(files));
    faults.extend(checks(root, files)?);
    faults.extend(features(root, files)?);
    Ok(faults)
}

/// Numbers of decisions are unique, and the same in the file's name and its title.
fn decisions(root: &Path, files: &[String]) -> Result<Vec<String>> {
    let mut faults = Vec::new();
    let mut seen: BTreeMap<u32, &String> = BTreeMap::new();
    for file in files {
        let Some(name) = file.strip_prefix("docs/adr/") else { continue };
        let Some(number) = name.get(..4).and_then(|digits| digits.parse::<u32>().ok()) else {
            faults.push(format!("{file}: begins with no number"));
            continue;
        };
        let text = std::fs::read_to_string(root.join(file)).with_context(|| file.clone())?;
        if !text.starts_with(&format!("# ADR {number}: ")) {
            faults.push(format!("{file}: its title does not begin with \"ADR {number}: \""));
        }
        if let Some(other) = seen.insert(number, file) {
            faults.push(format!("{file}: has the number of {other}"));
        }
    }
    Ok(faults)
}

/// Next to cases is a README, which says how they were made.
fn cases(files: &[String]) -> Vec<String> {
    let mut described: BTreeMap<&str, bool> = BTreeMap::new();
    for file in files {
        let Some((package, inside)) = file.split_once("/tests/") else { continue };
        let Some((folder, rest)) = inside.split_once('/') else { continue };
        if CASES.contains(&folder) {
            *described.entry(package).or_default() |= rest == "README.md";
        }
    }
    let without = described.into_iter().filter(|(_, described)| !described);
    without
        .map(|(package, _)| format!("{package}/tests: no README.md says how its cases were made"))
        .collect()
}

/// Every check that is described is named by code that could report it.
fn checks(root: &Path, files: &[String]) -> Result<Vec<String>> {
    let mut code = String::new();
    let is_code = |file: &&String| {
        file.ends_with(".rs") && !file.contains("/tests/") && !file.starts_with("xtask/")
    };
    for file in files.iter().filter(is_code) {
        code += &std::fs::read_to_string(root.join(file)).with_context(|| file.clone())?;
    }
    let described = files.iter().filter_map(|file| {
        let id = file.strip_prefix("packs/checks/")?.strip_suffix(".toml")?;
        Some((file, id))
    });
    Ok(described
        .filter(|(_, id)| !code.contains(&format!("\"{id}\"")))
        .map(|(file, _)| format!("{file}: describes a check that no code names"))
        .collect())
}

/// A comment above every feature of a crate says what it brings.
fn features(root: &Path, files: &[String]) -> Result<Vec<String>> {
    let mut faults = Vec::new();
    for file in files.iter().filter(|file| file.ends_with("Cargo.toml")) {
        let text = std::fs::read_to_string(root.join(file)).with_context(|| file.clone())?;
        let mut above = "";
        let features = text.lines().skip_while(|line| *line != "[features]").skip(1);
        for line in features.take_while(|line| !line.starts_with('[')) {
            let name = line.split_once(" = ").map(|(name, _)| name);
            if let Some(name) = name.filter(|name| *name != "default")
                && !above.starts_with('#')
            {
                faults.push(format!("{file}: no comment says what the feature {name} brings"));
            }
            above = line;
        }
    }
    Ok(faults)
}
