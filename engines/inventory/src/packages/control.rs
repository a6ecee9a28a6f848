//! Paragraphs of `Key: value` lines: dpkg's and opkg's status files and control files
//! (Debian Policy 5.1; opkg and ipkg write the same).

use crate::claim::Package;
use std::collections::BTreeMap;

/// The packages of a status or control file. `single`: one paragraph that needs no `Status`.
pub(super) fn read(
    bytes: &[u8],
    ecosystem: &'static str,
    distribution: Option<&str>,
    single: bool,
) -> Vec<Package> {
    let text = String::from_utf8_lossy(bytes);
    paragraphs(&text)
        .into_iter()
        .take(super::PACKAGES_MAX)
        .filter(|fields| single || is_installed(fields))
        .filter_map(|fields| package(&fields, ecosystem, distribution))
        .collect()
}

/// Whether a lone control file is opkg's or dpkg's: opkg's names architectures as OpenWrt,
/// OpenEmbedded and Entware do, and its own fields.
pub(super) fn ecosystem_of_package(bytes: &[u8]) -> &'static str {
    /// `dpkg-architecture -L`, the Linux ones.
    const DEBIAN: [&str; 24] = [
        "all", "alpha", "amd64", "arc", "arm", "arm64", "armel", "armhf", "hppa", "i386", "ia64",
        "loong64", "m68k", "mips", "mips64", "mips64el", "mipsel", "powerpc", "ppc64", "ppc64el",
        "riscv64", "s390x", "sh4", "x32",
    ];
    let text = String::from_utf8_lossy(bytes);
    let paragraphs = paragraphs(&text);
    let Some(fields) = paragraphs.first() else { return "deb" };
    let own = ["SourceName", "SourceDateEpoch", "ABIVersion", "License", "LicenseFiles", "OE"];
    let architecture = fields.get("Architecture").map(String::as_str).unwrap_or_default();
    if own.iter().any(|key| fields.contains_key(*key)) || !DEBIAN.contains(&architecture) {
        "opkg"
    } else {
        "deb"
    }
}

fn paragraphs(text: &str) -> Vec<BTreeMap<String, String>> {
    let mut all = Vec::new();
    let mut fields: BTreeMap<String, String> = BTreeMap::new();
    let mut last = String::new();
    for line in text.lines() {
        if line.trim().is_empty() {
            if !fields.is_empty() {
                all.push(std::mem::take(&mut fields));
            }
        } else if line.starts_with([' ', '\t']) {
            // Only the first line of a folded field is of use here, save file lists.
            if last == "Conffiles" {
                continue;
            }
            if let Some(value) = fields.get_mut(&last).filter(|value| value.is_empty()) {
                line.trim().clone_into(value);
            }
        } else if let Some((key, value)) = line.split_once(':') {
            last = key.trim().to_owned();
            fields.insert(last.clone(), value.trim().to_owned());
        }
    }
    if !fields.is_empty() {
        all.push(fields);
    }
    all
}

/// `Status: install ok installed`; half-installed and removed packages (only their configuration
/// is left) are not there. Files in `status.d` (distroless images) carry no status.
fn is_installed(fields: &BTreeMap<String, String>) -> bool {
    fields.get("Status").is_none_or(|status| {
        status.split_whitespace().last().is_some_and(|state| {
            matches!(state, "installed" | "unpacked" | "half-configured" | "triggers-pending")
                || state == "triggers-awaited"
        })
    })
}

fn package(
    fields: &BTreeMap<String, String>,
    ecosystem: &'static str,
    distribution: Option<&str>,
) -> Option<Package> {
    let get = |key: &str| fields.get(key).map(String::as_str).filter(|value| !value.is_empty());
    let name = get("Package")?.to_owned();
    let mut version = get("Version").unwrap_or_default().to_owned();
    // `Source: openssl (1.1.1n-0+deb11u5)`; OpenWrt: a path, or `feeds/packages/net/curl`.
    let mut source = get("SourceName").map(ToOwned::to_owned);
    if let Some(raw) = get("Source").filter(|_| source.is_none()) {
        let (head, rest) = raw.split_once(' ').unwrap_or((raw, ""));
        // An URL (OpenEmbedded lists what it fetched) names no package.
        if !head.contains("://") {
            let last = head.rsplit('/').next().unwrap_or_default();
            // OpenEmbedded names the recipe: `busybox_1.36.1.bb`.
            let recipe = last.strip_suffix(".bb").and_then(|recipe| recipe.split('_').next());
            source = Some(recipe.unwrap_or(last).to_owned());
        }
        let own = rest.trim().trim_start_matches('(').trim_end_matches(')');
        // A binary-only rebuild or another numbering: the source's version is upstream's.
        if !own.is_empty() && ecosystem == "deb" && !head.contains('/') {
            own.clone_into(&mut version);
        }
    }
    let source = source.or_else(|| get("OE").map(ToOwned::to_owned));
    let namespace = match ecosystem {
        "deb" => Some(distribution.unwrap_or("debian").to_owned()),
        _ => distribution.map(ToOwned::to_owned),
    };
    let supplier = get("Maintainer")
        .map(|text| text.split('<').next().unwrap_or_default().trim().trim_matches('"').to_owned());
    Some(Package {
        ecosystem,
        namespace,
        name,
        source,
        version,
        upstream: None,
        architecture: get("Architecture").map(ToOwned::to_owned),
        supplier: supplier.filter(|text| !text.is_empty()),
        licences: get("License").map(ToOwned::to_owned).into_iter().collect(),
        cpe: get("CPE-ID").map(ToOwned::to_owned).into_iter().collect(),
        files: Vec::new(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn status_files_name_what_is_installed() {
        let status = "Package: dropbear\nVersion: 2017.75-1\nDepends: libc\nStatus: install user installed\nArchitecture: mips_24kc\n\nPackage: gone\nVersion: 1\nStatus: deinstall ok config-files\n";
        let seen = read(status.as_bytes(), "opkg", None, false);
        assert_eq!(seen.len(), 1);
        assert_eq!(seen[0].purl(), "pkg:opkg/dropbear@2017.75-1?arch=mips_24kc");
        let control = "Package: libssl3\nSource: openssl (3.0.15-1)\nVersion: 3.0.15-1+b1\nArchitecture: armhf\n";
        let seen = read(control.as_bytes(), "deb", None, true);
        assert_eq!(seen[0].source.as_deref(), Some("openssl"));
        assert_eq!(seen[0].version, "3.0.15-1");
        assert_eq!(ecosystem_of_package(control.as_bytes()), "deb");
        assert_eq!(ecosystem_of_package(b"Package: a\nArchitecture: mips_24kc\n"), "opkg");
    }
}
