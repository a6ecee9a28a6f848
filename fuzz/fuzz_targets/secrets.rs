//! Credentials and keys, under the paths that usually hold them.
#![no_main]

use duecare_secrets::{SecretPack, check};
use libfuzzer_sys::fuzz_target;
use std::sync::LazyLock;

const PATHS: &[&str] = &[
    "/etc/passwd",
    "/etc/shadow",
    "/etc/htpasswd",
    "/etc/config/wireless",
    "/etc/default.xml",
    "/etc/ssl/server.key",
    "/etc/ssl/server.pem",
    "/etc/dropbear/dropbear_rsa_host_key",
    "/root/.ssh/authorized_keys",
    "/root/.bash_history",
    "/www/config.js",
    "/www/index.php",
    "/var/lib/pump.sqlite",
    "/usr/sbin/pumpd",
];

static PACK: LazyLock<SecretPack> = LazyLock::new(|| {
    let files = duecare_fuzz::pack("secrets");
    let files: Vec<(&str, &str)> =
        files.iter().map(|(name, text)| (name.as_str(), text.as_str())).collect();
    SecretPack::parse(&files).expect("the packs in this repository parse")
});

fuzz_target!(|data: &[u8]| {
    let _ = check(&duecare_fuzz::image_with(PATHS, data), &PACK, Some(1_700_000_000));
});
