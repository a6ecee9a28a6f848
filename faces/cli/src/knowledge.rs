//! Built-in packs with a user's own over them.

use crate::exit::{Exit, Failure, OrExit as _, failure};
use crate::files;
use duecare_firmware::{Knowledge, PackFiles};
use std::path::{Path, PathBuf};

/// Folders of packs.
const KINDS: [&str; 3] = ["components", "checks", "secrets"];

/// Largest pack file, in bytes.
const PACK_BYTES_MAX: u64 = 1 << 20;

/// Parses the built-in packs and those of `folder`, or of `duecare/packs` in the user's
/// configuration folder (XDG Base Directory) when it is there.
pub(crate) fn load(folder: Option<&Path>) -> Result<Knowledge, Failure> {
    parse(folder, duecare_packs::COMPONENTS)
}

/// The same for those who ask for descriptions of checks alone; the user's own packs are read
/// nevertheless, and refused where they are wrong.
pub(crate) fn load_checks(folder: Option<&Path>) -> Result<Knowledge, Failure> {
    parse(folder, &[])
}

/// Name and text of files.
type BuiltIn = [(&'static str, &'static str)];

fn parse(folder: Option<&Path>, components: &BuiltIn) -> Result<Knowledge, Failure> {
    let asked = files::or_environment(folder, "DUECARE_PACKS");
    if let Some(asked) = &asked
        && !KINDS.iter().any(|kind| asked.join(kind).is_dir())
    {
        let kinds = KINDS.join("/, ");
        let message = format!("{} holds no packs: none of {kinds}/ is in it", files::shown(asked));
        return Err(failure(Exit::NoInput, message));
    }
    let mut texts: Vec<(&str, String, String)> = Vec::new();
    if let Some(own) = asked.or_else(config_folder) {
        for kind in KINDS {
            for (name, text) in pack_files(&own.join(kind))? {
                texts.push((kind, name, text));
            }
        }
    }
    let own = |kind: &str| -> Vec<(&str, &str)> {
        let own = texts.iter().filter(|(of, _, _)| *of == kind);
        own.map(|(_, name, text)| (name.as_str(), text.as_str())).collect()
    };
    let files = PackFiles {
        components: components.to_vec(),
        own_components: own("components"),
        checks: [duecare_packs::CHECKS, &own("checks")].concat(),
        secrets: [duecare_packs::SECRETS, &own("secrets")].concat(),
    };
    Knowledge::parse(&files).or_exit(Exit::Data, || "a pack can't be used".to_owned())
}

fn config_folder() -> Option<PathBuf> {
    let base = std::env::var_os("XDG_CONFIG_HOME")
        .map(PathBuf::from)
        .filter(|path| path.is_absolute())
        .or_else(|| std::env::var_os("HOME").map(|home| PathBuf::from(home).join(".config")))?;
    Some(base.join("duecare").join("packs")).filter(|path| path.is_dir())
}

fn pack_files(folder: &Path) -> Result<Vec<(String, String)>, Failure> {
    if !folder.is_dir() {
        return Ok(Vec::new());
    }
    let doing = || format!("can't read the packs in {}", files::shown(folder));
    let mut paths: Vec<PathBuf> = Vec::new();
    for entry in std::fs::read_dir(folder).or_exit(Exit::NoInput, doing)? {
        let path = entry.or_exit(Exit::NoInput, doing)?.path();
        if path.extension().is_some_and(|extension| extension == "toml") {
            paths.push(path);
        }
    }
    paths.sort();
    paths
        .iter()
        .map(|path| Ok((files::name_of(path), files::read_text(path, PACK_BYTES_MAX)?.1)))
        .collect()
}
