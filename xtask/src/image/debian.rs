//! Packages of another architecture, by name, through an apt state folder of our own: no root, and
//! the machine's own package lists stay as they are.

use crate::tools;
use anyhow::{Context as _, Result};
use std::path::{Path, PathBuf};

/// The user land, all from Debian 12: what a small router runs.
const PACKAGES: &[&str] = &[
    "busybox",
    "udhcpd",
    "dropbear-bin",
    "openssl",
    "libssl3",
    "lighttpd",
    "dnsmasq-base",
    "hostapd",
    "wpasupplicant",
    "php8.2-cli",
    "iptables",
    "iproute2",
    "curl",
    "ppp",
    "miniupnpd",
    "mosquitto",
    "nettle-bin",
    "libc6",
    "libcrypt1",
    "libgcc-s1",
    "libstdc++6",
    "zlib1g",
    "liblzma5",
    "libpcre2-8-0",
    "libxml2",
    "libnl-3-200",
    "libnl-genl-3-200",
    "libnl-route-3-200",
    "libxtables12",
    "libip4tc2",
    "libmnl0",
    "libnftnl11",
    "libcurl4",
    "libsqlite3-0",
    "libtomcrypt1",
    "libtommath1",
    "libgmp10",
    "libsodium23",
    "libargon2-1",
    "libedit2",
    "libncurses6",
    "libtinfo6",
    "libbsd0",
    "libmd0",
    "libdbus-1-3",
    "libnettle8",
    "libhogweed6",
];

/// The package whose newest dependency holds the kernel.
const KERNEL: &str = "linux-image-armmp";

/// What a maker leaves out to save flash.
const UNWANTED: &[&str] = &[
    "usr/share/doc",
    "usr/share/man",
    "usr/share/locale",
    "usr/share/lintian",
    "usr/share/bug",
    "usr/share/bash-completion",
    "usr/share/zsh",
    "usr/share/info",
    "usr/share/doc-base",
    "usr/share/perl5",
    "usr/share/perl",
    "usr/share/mime",
    "usr/share/snmp",
];

/// Unpacks the user land into `root` and gives the path of the kernel (a zImage).
pub(super) fn unpack(folder: &Path, root: &Path) -> Result<PathBuf> {
    let debs = folder.join("debs");
    if !debs.join("complete").is_file() {
        fetch(folder, &debs)?;
    }
    let kernel = folder.join("kernel");
    for deb in packages(&debs)? {
        let name = deb.file_name().context("a package has a name")?.to_string_lossy().into_owned();
        let to = if name.starts_with("linux-image") { kernel.as_path() } else { root };
        if to == kernel && kernel.join("boot").is_dir() {
            continue;
        }
        let (deb, to) = (deb.to_string_lossy(), to.to_string_lossy());
        tools::run("dpkg-deb", folder, &["--extract", &deb, &to])?;
    }
    for unwanted in UNWANTED {
        let path = root.join(unwanted);
        if path.is_dir() {
            std::fs::remove_dir_all(path)?;
        }
    }
    let boot = kernel.join("boot");
    let mut files = std::fs::read_dir(&boot)?.filter_map(|entry| Some(entry.ok()?.path()));
    files
        .find(|path| path.file_name().is_some_and(|n| n.to_string_lossy().starts_with("vmlinuz")))
        .context("the kernel's package holds no vmlinuz")
}

fn packages(debs: &Path) -> Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(debs)? {
        let path = entry?.path();
        if path.extension().is_some_and(|extension| extension == "deb") {
            found.push(path);
        }
    }
    found.sort();
    Ok(found)
}

fn fetch(folder: &Path, debs: &Path) -> Result<()> {
    let apt = folder.join("apt");
    for part in ["state/lists/partial", "cache/archives/partial"] {
        std::fs::create_dir_all(apt.join(part))?;
    }
    std::fs::create_dir_all(debs)?;
    std::fs::write(apt.join("status"), "")?;
    let options: Vec<String> = [
        format!("Dir::State={}", apt.join("state").display()),
        format!("Dir::State::status={}", apt.join("status").display()),
        format!("Dir::Cache={}", apt.join("cache").display()),
        "APT::Architecture=armhf".to_owned(),
        "APT::Architectures::=armhf".to_owned(),
        "APT::Sandbox::User=root".to_owned(),
        // A machine whose clock is a little behind is no attack.
        "Acquire::Max-FutureTime=172800".to_owned(),
    ]
    .into_iter()
    .flat_map(|option| ["-o".to_owned(), option])
    .collect();
    let apt = |program: &str, arguments: &[&str]| {
        let all: Vec<&str> =
            options.iter().map(String::as_str).chain(arguments.iter().copied()).collect();
        tools::run(program, debs, &all)
    };
    apt("apt-get", &["update", "--quiet"])?;
    let depends = apt("apt-cache", &["depends", KERNEL])?;
    let kernel = depends
        .lines()
        .filter_map(|line| line.trim().strip_prefix("Depends: "))
        .find(|name| name.starts_with("linux-image-"))
        .with_context(|| format!("{KERNEL} depends on no kernel"))?;
    let wanted: Vec<&str> =
        ["download", kernel].into_iter().chain(PACKAGES.iter().copied()).collect();
    apt("apt-get", &wanted)?;
    std::fs::write(debs.join("complete"), "")?;
    Ok(())
}
