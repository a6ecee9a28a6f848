//! Which of the planted image's products a tool names: each tool's list against Debian's packages.

use super::super::image;
use anyhow::{Context as _, Result};
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

/// Debian's packages in the image, with the names under which tools know what is in them.
const PRODUCTS: &[(&str, &[&str])] = &[
    ("busybox", &["busybox"]),
    ("curl", &["curl", "libcurl"]),
    ("dnsmasq-base", &["dnsmasq"]),
    ("dropbear-bin", &["dropbear", "dropbear_ssh", "dropbear-ssh"]),
    ("hostapd", &["hostapd"]),
    ("iproute2", &["iproute2"]),
    ("iptables", &["iptables"]),
    ("libargon2-1", &["argon2", "libargon2"]),
    ("libbsd0", &["libbsd"]),
    ("libc6", &["glibc"]),
    ("libcrypt1", &["libxcrypt"]),
    ("libdbus-1-3", &["dbus", "d-bus", "libdbus"]),
    ("libedit2", &["libedit"]),
    ("libgcc-s1", &["gcc", "libgcc"]),
    ("libgmp10", &["gmp", "libgmp"]),
    ("liblzma5", &["xz", "xz-utils", "liblzma"]),
    ("libmd0", &["libmd"]),
    ("libmnl0", &["libmnl"]),
    ("libncurses6", &["ncurses"]),
    ("libnettle8", &["nettle"]),
    ("libnftnl11", &["libnftnl"]),
    ("libnl-3-200", &["libnl"]),
    ("libpcre2-8-0", &["pcre2"]),
    ("libsodium23", &["libsodium"]),
    ("libsqlite3-0", &["sqlite", "sqlite3"]),
    ("libssl3", &["openssl"]),
    ("libtomcrypt1", &["libtomcrypt"]),
    ("libtommath1", &["libtommath"]),
    ("libxml2", &["libxml2"]),
    ("lighttpd", &["lighttpd"]),
    ("linux-image", &["linux", "linux_kernel", "linux-kernel"]),
    ("mosquitto", &["mosquitto"]),
    ("php8.2-cli", &["php", "php-cli"]),
    ("ppp", &["ppp", "pppd", "point-to-point_protocol"]),
    ("wpasupplicant", &["wpa_supplicant", "wpasupplicant"]),
    ("zlib1g", &["zlib"]),
];

/// The products of the image with their upstream versions.
pub(super) struct Products(BTreeMap<&'static str, String>);

/// How much of the list a tool said.
pub(super) struct Named {
    all: usize,
    named: usize,
    right: usize,
    other: usize,
}

impl Products {
    /// Reads the versions off the packages' file names.
    ///
    /// # Errors
    /// When the packages are not there.
    pub(super) fn read() -> Result<Self> {
        let folder = image::folder()?.join("debs");
        let mut versions = BTreeMap::new();
        for entry in std::fs::read_dir(&folder).with_context(|| folder.display().to_string())? {
            let name = entry?.file_name().to_string_lossy().into_owned();
            let mut parts = name.split('_');
            let (Some(package), Some(version)) = (parts.next(), parts.next()) else { continue };
            for (wanted, _) in PRODUCTS {
                let kernel = *wanted == "linux-image" && package.starts_with("linux-image-");
                if package == *wanted || kernel {
                    versions.insert(*wanted, upstream(version));
                }
            }
        }
        Ok(Self(versions))
    }

    /// Compares what a tool said, as names and versions.
    pub(super) fn compare(&self, said: &[(String, String)]) -> Named {
        let mut known = BTreeSet::new();
        let (mut named, mut right) = (0, 0);
        for (package, names) in PRODUCTS {
            let Some(version) = self.0.get(package) else { continue };
            let mut seen = false;
            let mut same = false;
            for (name, of) in said {
                let name = name.to_lowercase();
                if names.contains(&name.as_str()) {
                    known.insert(name);
                    seen = true;
                    same |= of == version;
                }
            }
            named += usize::from(seen);
            right += usize::from(same);
        }
        let others = said.iter().map(|(name, _)| name.to_lowercase());
        let others: BTreeSet<String> = others.filter(|name| !known.contains(name)).collect();
        Named { all: self.0.len(), named, right, other: others.len() }
    }
}

impl fmt::Display for Named {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { all, named, right, other } = self;
        write!(f, "{named} of {all} products, {right} with their version; {other} other names")
    }
}

/// The maker's version in a Debian version: no epoch, no revision, no mark of what was left out.
fn upstream(version: &str) -> String {
    let version = version.split_once("%3a").map_or(version, |(_, rest)| rest);
    let version = version.rsplit_once('-').map_or(version, |(head, _)| head);
    // A date as the maker's version sorts below any number.
    let version = version.strip_prefix("0~").unwrap_or(version);
    let end = version.find(['+', '~']).unwrap_or(version.len());
    let version = version.get(..end).unwrap_or(version);
    version.strip_suffix(".dfsg").unwrap_or(version).to_owned()
}
