//! What a system says of itself: the distribution, the kernel's modules folder, the name in a
//! kernel's wrapping, and the compiler that built the programs.

use crate::claim::Claim;
use crate::model::{ComponentKind, Method};
use crate::rules::Rules;
use duecare_base::Location;
use duecare_unpack::Layer;
use std::collections::{BTreeMap, BTreeSet};

/// Files that name the distribution, the most telling first.
const RELEASE_FILES: [&str; 5] = [
    "/etc/os-release",
    "/usr/lib/os-release",
    "/etc/openwrt_release",
    "/etc/device_info",
    "/etc/lsb-release",
];

/// `ID` of `os-release` to name, CPE fields.
const DISTRIBUTIONS: [(&str, &str, &str); 14] = [
    ("openwrt", "OpenWrt", "o:openwrt:openwrt"),
    ("lede", "LEDE", "o:openwrt:lede"),
    ("debian", "Debian GNU/Linux", "o:debian:debian_linux"),
    ("ubuntu", "Ubuntu", "o:canonical:ubuntu_linux"),
    ("alpine", "Alpine Linux", "o:alpinelinux:alpine_linux"),
    ("fedora", "Fedora Linux", "o:fedoraproject:fedora"),
    ("rhel", "Red Hat Enterprise Linux", "o:redhat:enterprise_linux"),
    ("centos", "CentOS", "o:centos:centos"),
    ("opensuse-leap", "openSUSE Leap", "o:opensuse:leap"),
    ("raspbian", "Raspbian", "o:raspbian:raspbian"),
    ("buildroot", "Buildroot", "a:buildroot:buildroot"),
    ("poky", "Poky", "a:yoctoproject:poky"),
    ("dd-wrt", "DD-WRT", "o:dd-wrt:dd-wrt"),
    ("arch", "Arch Linux", "o:archlinux:arch_linux"),
];

/// `KEY=value` lines with shell quoting (os-release(5)).
fn assignments(bytes: &[u8]) -> BTreeMap<String, String> {
    String::from_utf8_lossy(bytes)
        .lines()
        .filter_map(|line| line.trim().split_once('='))
        .filter(|(key, _)| !key.starts_with('#'))
        .map(|(key, value)| {
            (key.trim().to_owned(), value.trim().trim_matches(['"', '\'']).to_owned())
        })
        .collect()
}

/// The distribution of a layer: `ID` in lower case, its version, and the file that says so.
pub(crate) struct Distribution {
    pub(crate) id: String,
    name: String,
    version: Option<String>,
    revision: Option<String>,
    path: String,
    text: String,
}

/// The distribution that a layer's release files name.
pub(crate) fn distribution(layer: &Layer) -> Option<Distribution> {
    RELEASE_FILES.iter().find_map(|path| {
        let node = layer.resolve(path)?;
        let fields = assignments(node.content()?);
        let get = |key: &str| fields.get(key).filter(|value| !value.is_empty()).cloned();
        let name = get("NAME").or_else(|| get("DISTRIB_ID"))?;
        let id = get("ID").unwrap_or_else(|| name.to_lowercase()).to_lowercase();
        let version = get("VERSION_ID").or_else(|| get("DISTRIB_RELEASE"));
        let version = version.filter(|v| v.starts_with(|c: char| c.is_ascii_digit()));
        let text = get("PRETTY_NAME").or_else(|| get("DISTRIB_DESCRIPTION"));
        let text = text.unwrap_or_else(|| name.clone());
        let revision = get("BUILD_ID").or_else(|| get("DISTRIB_REVISION"));
        Some(Distribution { id, name, version, revision, path: (*path).to_owned(), text })
    })
}

impl Distribution {
    /// The claim that the distribution is there.
    pub(crate) fn claim(&self, layer: &Layer) -> Claim {
        let at = layer.location(&self.path);
        let known = DISTRIBUTIONS.iter().find(|(id, _, _)| *id == self.id);
        let name = known.map_or(self.name.as_str(), |(_, name, _)| name);
        let mut claim = Claim::new(&self.id, name, ComponentKind::OperatingSystem, at)
            .with_version(self.version.as_deref())
            .seen(Method::OsRelease, &self.text, 95);
        claim.revision.clone_from(&self.revision);
        claim.cpe.extend(known.map(|(_, _, cpe)| (*cpe).to_owned()));
        claim
    }
}

/// The kernel, by the folder of its modules and by the name that a wrapping gives it.
pub(crate) fn kernel(rules: &Rules, layer: &Layer) -> Vec<Claim> {
    let mut claims = Vec::new();
    let mut folders = BTreeSet::new();
    for node in &layer.nodes {
        let rest = node.path.strip_prefix("/lib/modules/");
        let rest = rest.or_else(|| node.path.strip_prefix("/usr/lib/modules/"));
        if let Some(folder) = rest.and_then(|rest| rest.split('/').next()) {
            folders.insert(folder);
        }
    }
    for folder in folders {
        let at = layer.location(&format!("/lib/modules/{folder}"));
        claims.extend(kernel_claim(rules, folder, at, Method::Kernel, 85));
    }
    for (key, value) in &layer.facts {
        // `MIPS OpenWrt Linux-4.4.92`, `Linux-2.6.31`, `Linux Kernel Image`.
        let Some((_, release)) = value.split_once("Linux-") else { continue };
        if matches!(*key, "name" | "description" | "title") {
            let at = layer.location("");
            claims.extend(kernel_claim(rules, release, at, Method::Kernel, 75));
        }
    }
    claims
}

fn kernel_claim(
    rules: &Rules,
    release: &str,
    at: Location,
    method: Method,
    confidence: u8,
) -> Option<Claim> {
    let end = release.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(release.len());
    let (version, rest) = release.split_at(end);
    let version = version.trim_end_matches('.');
    if version.split('.').filter(|part| !part.is_empty()).count() < 2 {
        return None;
    }
    let mut claim = Claim::for_rule(rules, "linux_kernel", at)
        .with_version(Some(version))
        .seen(method, release, confidence);
    let local = rest.trim_start_matches(['-', '+', '.']);
    claim.revision = (!local.is_empty()).then(|| duecare_base::text::one_line(local, 60));
    Some(claim)
}

/// The compiler that a program's `.comment` names, for example
/// `GCC: (OpenWrt GCC 5.4.0 r3560) 5.4.0` or `clang version 14.0.6`.
pub(crate) fn compiler(rules: &Rules, comment: &str, at: Location) -> Option<Claim> {
    let (id, name, version) = if comment.starts_with("GCC: (") {
        ("gcc", "GNU Compiler Collection", comment.rsplit(')').next()?.trim())
    } else {
        let rest = comment.split("clang version ").nth(1)?;
        ("clang", "Clang", rest)
    };
    let version = version.split_whitespace().next()?;
    if !version.starts_with(|c: char| c.is_ascii_digit()) {
        return None;
    }
    let mut claim = Claim::for_rule(rules, id, at);
    claim.name = name.to_owned();
    claim.kind = ComponentKind::BuildTool;
    Some(claim.with_version(Some(version)).seen(Method::BuildInfo, comment, 90))
}
