//! No bytes make the readers panic.

use crate::kit::{built_in_rules, image};
use duecare_inventory::{BuildComponent, Rules, reconcile, take};
use proptest::prelude::*;

/// A path for every reader of packages and manifests.
const PATHS: [&str; 28] = [
    "/control",
    "/.PKGINFO",
    "/var/lib/dpkg/status",
    "/usr/lib/opkg/status",
    "/usr/lib/opkg/info/x.control",
    "/lib/apk/db/installed",
    "/etc/os-release",
    "/etc/openwrt_release",
    "/x.dist-info/METADATA",
    "/x.egg-info/PKG-INFO",
    "/node_modules/x/package.json",
    "/META-INF/MANIFEST.MF",
    "/META-INF/maven/x/pom.properties",
    "/composer/installed.json",
    "/specifications/x-1.gemspec",
    "/x.rockspec",
    "/pkgconfig/x.pc",
    "/perl/META.json",
    "/package-lock.json",
    "/composer.lock",
    "/Pipfile.lock",
    "/poetry.lock",
    "/Cargo.lock",
    "/yarn.lock",
    "/pnpm-lock.yaml",
    "/Gemfile.lock",
    "/go.sum",
    "/requirements.txt",
];

proptest! {
    #![proptest_config(ProptestConfig::with_cases(32))]

    #[test]
    fn any_text_in_any_manifest(
        text in "([A-Za-z@/\"{}\\[\\]:=., ()#'\n-]|Package: |Version: |version|name|P:|V:|_|\u{e9}){0,200}"
    ) {
        for path in PATHS {
            std::hint::black_box(take(&image(&[(path, text.as_bytes())]), built_in_rules()));
        }
    }

    #[test]
    fn any_bytes_in_any_file(bytes in prop::collection::vec(any::<u8>(), 0..400)) {
        let mut elf = b"\x7fELF\x01\x01\x01".to_vec();
        elf.extend_from_slice(&bytes);
        let mut rpm = vec![0xed, 0xab, 0xee, 0xdb];
        rpm.extend_from_slice(&bytes);
        let files: [(&str, &[u8]); 3] =
            [("/lib/libz.so.1", &elf), ("/x", &bytes), ("/x.rpm", &rpm)];
        let seen = take(&image(&files), built_in_rules());
        let bill = BuildComponent {
            name: String::from_utf8_lossy(&bytes).into_owned(),
            ..BuildComponent::default()
        };
        std::hint::black_box(reconcile(&[bill], &seen, built_in_rules()));
    }

    #[test]
    fn any_text_as_a_rule(text in "(\\[component\\]\n|id = \"x\"\n|name = \"x\"\n|\\[\\[match\\]\\]\n|kind = \"string\"\n|[a-z=\"' \n]){0,60}") {
        if let Ok(rules) = Rules::parse(&[("x.toml", &text)]) {
            std::hint::black_box(rules.check());
        }
    }
}
