//! apk's database of installed packages (`lib/apk/db/installed`, version 2 of its format) and the
//! `.PKGINFO` inside a package (also pacman's), as written by apk-tools and abuild.

use crate::claim::Package;

pub(super) fn installed(bytes: &[u8], distribution: Option<&str>) -> Vec<Package> {
    let text = String::from_utf8_lossy(bytes);
    let mut packages = Vec::new();
    let mut package = Package::default();
    let mut folder = String::new();
    for line in text.lines().chain([""]) {
        let Some((key, value)) = line.split_once(':') else {
            if !package.name.is_empty() && packages.len() < super::PACKAGES_MAX {
                package.ecosystem = "apk";
                package.namespace = Some(distribution.unwrap_or("alpine").to_owned());
                packages.push(package);
            }
            package = Package::default();
            continue;
        };
        match key {
            "P" => value.clone_into(&mut package.name),
            "V" => value.clone_into(&mut package.version),
            "A" => package.architecture = Some(value.to_owned()),
            "L" => package.licences = vec![value.to_owned()],
            // OpenWrt's origin is a path: `package/network/services/dnsmasq`.
            "o" => package.source = value.rsplit('/').next().map(ToOwned::to_owned),
            "m" => package.supplier = maintainer(value),
            "F" => value.clone_into(&mut folder),
            "R" => package.files.push(format!("/{folder}/{value}")),
            "g" => package.cpe.extend(cpe_tag(value)),
            _ => {}
        }
    }
    packages
}

pub(super) fn pkginfo(bytes: &[u8]) -> Vec<Package> {
    let text = String::from_utf8_lossy(bytes);
    let mut package = Package { ecosystem: "apk", ..Package::default() };
    package.namespace = Some("alpine".to_owned());
    for line in text.lines() {
        let Some((key, value)) = line.split_once('=') else { continue };
        let value = value.trim();
        match key.trim() {
            "pkgname" => value.clone_into(&mut package.name),
            "pkgver" => value.clone_into(&mut package.version),
            "arch" => package.architecture = Some(value.to_owned()),
            "license" => package.licences.push(value.to_owned()),
            "origin" | "pkgbase" => {
                package.source = value.rsplit('/').next().map(ToOwned::to_owned);
            }
            "maintainer" | "packager" => package.supplier = maintainer(value),
            // pacman alone writes this key.
            "xdata" | "builddate" if key.trim() == "xdata" => {
                package.ecosystem = "alpm";
                package.namespace = Some("arch".to_owned());
            }
            _ => {}
        }
    }
    if package.name.is_empty() { Vec::new() } else { vec![package] }
}

fn maintainer(value: &str) -> Option<String> {
    let name = value.split('<').next().unwrap_or_default().trim();
    (!name.is_empty()).then(|| name.to_owned())
}

/// OpenWrt's tags: `openwrt:cpe=cpe:/a:busybox:busybox`.
fn cpe_tag(value: &str) -> Vec<String> {
    let tags = value.split_whitespace();
    tags.filter_map(|tag| tag.split_once("cpe=")).map(|(_, cpe)| cpe.to_owned()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn installed_packages_with_their_files() {
        let text = "C:Q1x=\nP:busybox\nV:1.36.1-r2\nA:armhf\nL:GPL-2.0-only\no:busybox\nF:bin\nR:busybox\n\nP:musl\nV:1.2.4-r1\n\n";
        let seen = installed(text.as_bytes(), None);
        assert_eq!(seen.len(), 2);
        assert_eq!(seen[0].purl(), "pkg:apk/alpine/busybox@1.36.1-r2?arch=armhf");
        assert_eq!(seen[0].files, ["/bin/busybox"]);
        assert_eq!(pkginfo(b"pkgname = zlib\npkgver = 1.3-r0\n")[0].name, "zlib");
    }
}
