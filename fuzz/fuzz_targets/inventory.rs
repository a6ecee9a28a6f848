//! Package databases, lock files and programs, under the paths that the inventory knows.
#![no_main]

use duecare_inventory::{Rules, take};
use libfuzzer_sys::fuzz_target;
use std::sync::LazyLock;

const PATHS: &[&str] = &[
    "/usr/lib/opkg/status",
    "/usr/lib/opkg/info/pump.control",
    "/var/lib/dpkg/status",
    "/lib/apk/db/installed",
    "/var/lib/rpm/Packages",
    "/var/lib/rpm/Packages.db",
    "/var/lib/rpm/rpmdb.sqlite",
    "/www/package-lock.json",
    "/www/node_modules/pump/package.json",
    "/www/yarn.lock",
    "/www/vendor/composer/installed.json",
    "/www/composer.lock",
    "/usr/lib/python3/site-packages/pump-1.0.dist-info/METADATA",
    "/srv/Cargo.lock",
    "/srv/go.sum",
    "/srv/Gemfile.lock",
    "/srv/META-INF/MANIFEST.MF",
    "/usr/lib/pkgconfig/pump.pc",
    "/etc/os-release",
    "/lib/modules/4.4.60/kernel/pump.ko",
    "/usr/sbin/pumpd",
];

static RULES: LazyLock<Rules> = LazyLock::new(|| {
    let files = duecare_fuzz::pack("components");
    let files: Vec<(&str, &str)> =
        files.iter().map(|(name, text)| (name.as_str(), text.as_str())).collect();
    Rules::parse(&files).expect("the packs in this repository parse")
});

fuzz_target!(|data: &[u8]| {
    let _ = take(&duecare_fuzz::image_with(PATHS, data), &RULES);
});
