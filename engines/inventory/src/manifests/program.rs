//! Packages that a program's own build data names: Go modules, crates (cargo auditable), and the
//! note of a distribution's packager.

use super::package;
use crate::claim::Package;
use duecare_elf::ElfFile;
use serde_json::Value;

/// Largest list of crates when unpacked, in bytes; real ones have some ten thousand.
const AUDIT_BYTES_MAX: usize = 8 << 20;

/// The modules and crates that were built into the program.
pub(crate) fn packages(elf: &ElfFile<'_>) -> Vec<Package> {
    let mut packages = Vec::new();
    if let Some(info) = elf.go_build_info() {
        let go = info.go_version.trim_start_matches("go");
        let version = go.split_whitespace().next().unwrap_or_default();
        let mut library = package("golang", "stdlib", version);
        library.cpe.push("cpe:/a:golang:go".to_owned());
        packages.push(library);
        // A working copy has no version that means anything.
        let main = info.main.into_iter().filter(|module| module.version.starts_with('v'));
        let modules = main.chain(info.deps).take(super::PACKAGES_MAX);
        packages.extend(modules.map(|module| package("golang", module.path, module.version)));
    }
    if let Some(raw) = elf.rust_audit() {
        packages.extend(crates(raw));
    }
    packages
}

/// `{"packages":[{"name":…,"version":…,"kind":"build"?,"root":true?}]}`, zlib-compressed.
fn crates(raw: &[u8]) -> Vec<Package> {
    let limit = AUDIT_BYTES_MAX;
    let Ok(text) = miniz_oxide::inflate::decompress_to_vec_zlib_with_limit(raw, limit) else {
        return Vec::new();
    };
    let Ok(json) = serde_json::from_slice::<Value>(&text) else { return Vec::new() };
    let list = json.get("packages").and_then(Value::as_array);
    list.into_iter()
        .flatten()
        .filter(|entry| entry.get("kind").and_then(Value::as_str) != Some("build"))
        .filter_map(|entry| {
            let (name, version) = (entry.get("name")?.as_str()?, entry.get("version")?.as_str()?);
            Some(package("cargo", name, version))
        })
        .take(super::PACKAGES_MAX)
        .collect()
}

/// The packager's note (systemd's "Package Metadata for Executable Files"):
/// `{"type":"deb","os":"debian","name":"fsverity-utils","version":"1.3-1","architecture":"arm64"}`.
pub(crate) fn package_note(text: &str) -> Option<Package> {
    let json = serde_json::from_str::<Value>(text).ok()?;
    let get = |key: &str| json.get(key).and_then(Value::as_str);
    let ecosystem = match get("type")? {
        "deb" => "deb",
        "rpm" => "rpm",
        "apk" => "apk",
        _ => return None,
    };
    Some(Package {
        ecosystem,
        namespace: get("os").map(ToOwned::to_owned),
        name: get("name")?.to_owned(),
        version: get("version")?.to_owned(),
        architecture: get("architecture").map(ToOwned::to_owned),
        ..Package::default()
    })
}
