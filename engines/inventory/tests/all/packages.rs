//! Databases of package managers, manifests and lock files.

use crate::kit::{inventory, layers, lines};
use duecare_inventory::take;

fn check(path: &str, content: &[u8], expected: &[&str]) {
    let seen = inventory(&[(path, content)]);
    assert_eq!(lines(&seen), expected, "{path}");
    assert_eq!(seen.problems, [], "{path}");
}

#[test]
fn rpm_databases_of_every_backend() {
    let expected = ["libthing 1.2.3 4.fc40"];
    check("/var/lib/rpm/rpmdb.sqlite", include_bytes!("../data/rpm-sqlite"), &expected);
    check("/usr/lib/sysimage/rpm/Packages.db", include_bytes!("../data/rpm-ndb"), &expected);
    check("/var/lib/rpm/Packages", include_bytes!("../data/rpm-bdb-little-endian"), &expected);
    check("/var/lib/rpm/Packages", include_bytes!("../data/rpm-bdb-big-endian"), &expected);
}

#[test]
fn rpm_packages_keep_epoch_vendor_and_names() {
    let seen = inventory(&[("/var/lib/rpm/Packages.db", include_bytes!("../data/rpm-ndb"))]);
    let thing = &seen.components[0];
    assert_eq!(thing.purl, "pkg:rpm/fedora/libthing@1.2.3-4.fc40?arch=noarch&epoch=2");
    assert_eq!(thing.supplier.as_deref(), Some("Fedora Project"));
    assert_eq!(thing.licences, ["MIT"]);
    assert_eq!(thing.aliases, ["thing-tools"]);
    assert_eq!(thing.evidence.len(), 2);
}

#[test]
fn broken_rpm_databases_say_so() {
    let cut = &include_bytes!("../data/rpm-bdb-little-endian")[..3072];
    let seen = inventory(&[("/var/lib/rpm/Packages", cut)]);
    assert_eq!(seen.problems.len(), 1);
    let seen = inventory(&[("/var/lib/rpm/rpmdb.sqlite", b"nonsense")]);
    assert_eq!(seen.problems[0].1, "not an SQLite file");
}

#[test]
fn databases_never_panic() {
    let samples: [(&str, &[u8]); 4] = [
        ("/var/lib/rpm/rpmdb.sqlite", include_bytes!("../data/rpm-sqlite")),
        ("/var/lib/rpm/Packages.db", include_bytes!("../data/rpm-ndb")),
        ("/var/lib/rpm/Packages", include_bytes!("../data/rpm-bdb-little-endian")),
        ("/var/lib/rpm/Packages", include_bytes!("../data/rpm-bdb-big-endian")),
    ];
    let rules = duecare_inventory::Rules::default();
    for (path, sample) in samples {
        for at in (0..sample.len()).step_by(61) {
            let mut changed = sample.to_vec();
            changed[at] ^= 0xff;
            std::hint::black_box(take(&crate::kit::image(&[(path, &changed)]), &rules));
            std::hint::black_box(take(&crate::kit::image(&[(path, &sample[..at])]), &rules));
        }
    }
}

#[test]
fn opkg_each_package_once_with_its_revision() {
    let status = b"Package: dropbear\nVersion: 2017.75-2\nStatus: install user installed\nArchitecture: mips_24kc\n\n\
Package: kmod-ath9k\nVersion: 4.4.92+2017-01-31-3\nStatus: install user installed\n\n\
Package: kernel\nVersion: 4.4.92-1-45d282495a15974d60f8edb091d0e2a9\nStatus: install user installed\n\n\
Package: libc\nVersion: 1.1.16-1\nStatus: install user installed\n";
    let control = b"Package: dropbear\nVersion: 2017.75-2\nArchitecture: mips_24kc\n";
    let seen = inventory(&[
        ("/usr/lib/opkg/status", status),
        ("/usr/lib/opkg/info/dropbear.control", control),
    ]);
    assert_eq!(
        lines(&seen),
        [
            "dropbear 2017.75 2",
            "linux_kernel 4.4.92 1-45d282495a15974d60f8edb091d0e2a9",
            "musl 1.1.16 1",
        ]
    );
    assert_eq!(seen.components[0].purl, "pkg:opkg/dropbear@2017.75-2?arch=mips_24kc");
    assert!(
        seen.components[0].cpe[0]
            .starts_with("cpe:2.3:a:dropbear_ssh_project:dropbear_ssh:2017.75:")
    );
    // Without a status file the control files are the database.
    check("/usr/lib/ipkg/info/dropbear.control", control, &["dropbear 2017.75 2"]);
}

#[test]
fn dpkg_merges_by_source_and_skips_what_is_removed() {
    let status = b"Package: libssl3\nStatus: install ok installed\nSource: openssl\nVersion: 3.0.15-1~deb12u1\nArchitecture: armhf\n\n\
Package: openssl\nStatus: install ok installed\nVersion: 3.0.15-1~deb12u1\nArchitecture: armhf\n\n\
Package: telnetd\nStatus: deinstall ok config-files\nVersion: 0.17-44\n";
    let os = b"ID=debian\nNAME=\"Debian GNU/Linux\"\nVERSION_ID=\"12\"\n";
    let seen = inventory(&[("/etc/os-release", os), ("/var/lib/dpkg/status", status)]);
    assert_eq!(lines(&seen), ["debian 12 -", "openssl 3.0.15 1~deb12u1"]);
    assert_eq!(seen.components[1].purl, "pkg:deb/debian/openssl@3.0.15-1~deb12u1?arch=armhf");
    check(
        "/var/lib/dpkg/status.d/base",
        b"Package: tzdata\nVersion: 2024a-0+deb12u1\n",
        &["tzdata 2024a 0+deb12u1"],
    );
}

#[test]
fn a_told_source_decides_what_a_pattern_only_guesses() {
    // By names alone these would be pciutils, PHP and Poppler.
    let status = b"Package: libpciaccess0\nSource: libpciaccess\nVersion: 0.17-2\n\n\
Package: php8.2-redis\nSource: php-redis\nVersion: 5.3.7-2\n\n\
Package: poppler-data\nVersion: 0.4.12-1\n\n\
Package: libgcrypt20\nVersion: 1.10.1-3\n\n\
Package: libnginx-mod-stream\nSource: nginx\nVersion: 1.22.1-9\n";
    check(
        "/var/lib/dpkg/status",
        status,
        &[
            "libgcrypt 1.10.1 3",
            "libpciaccess 0.17 2",
            "nginx 1.22.1 9",
            "php-redis 5.3.7 2",
            "poppler-data 0.4.12 1",
        ],
    );
    // Status files of opkg name no sources.
    let status = b"Package: dnsmasq-full\nVersion: 2.80-16.3\nStatus: install ok installed\n";
    check("/usr/lib/opkg/status", status, &["dnsmasq 2.80 16.3"]);
}

#[test]
fn a_single_package_is_what_its_control_file_says() {
    let control = b"Package: libgizmo2\nSource: gizmo\nVersion: 1:2.5.1-3\nArchitecture: armhf\n";
    let files: [(&str, &[u8]); 1] = [("/control", control)];
    let elf = crate::kit::elf(&["BusyBox v2.5.1 (2014)"]);
    let data: [(&str, &[u8]); 2] =
        [("/usr/lib/libgizmo.so.2.0.0", b"\x7fELF"), ("/bin/busybox", &elf)];
    let mut image = layers(&[&[], &files, &data]);
    image.name = "libgizmo2_2.5.1-3_armhf.deb".to_owned();
    let seen = take(&image, crate::kit::built_in_rules());
    assert_eq!(lines(&seen), ["busybox 2.5.1 3"]);
    assert_eq!(seen.components[0].aliases, ["gizmo", "libgizmo2"]);
    // The same package in a file system says nothing of the other files.
    image.name = "camera.bin".to_owned();
    let seen = take(&image, crate::kit::built_in_rules());
    assert_eq!(lines(&seen), ["busybox 2.5.1 -", "gizmo 2.5.1 3"]);
}

#[test]
fn languages_leave_their_packages_behind() {
    check("/usr/lib/python3/dist-packages/Flask-2.0.dist-info/METADATA",
        b"Metadata-Version: 2.1\nName: Flask\nVersion: 2.0.3\nLicense: BSD-3-Clause\n\nVersion: 9\n", &["pypi:flask 2.0.3 -"]);
    check(
        "/srv/node_modules/@x/y/package.json",
        br#"{"name":"@x/y","version":"1.0.2"}"#,
        &["npm:@x/y 1.0.2 -"],
    );
    check("/srv/package-lock.json",
        br#"{"lockfileVersion":3,"packages":{"":{"name":"app"},"node_modules/a":{"version":"1.2.3"},"node_modules/b":{"version":"2.0.0","dev":true}}}"#,
        &["npm:a 1.2.3 -"]);
    check(
        "/srv/composer.lock",
        br#"{"packages":[{"name":"monolog/monolog","version":"v2.1.0"}]}"#,
        &["composer:monolog/monolog 2.1.0 -"],
    );
    check("/srv/Cargo.lock", b"[[package]]\nname = \"own\"\nversion = \"0.1.0\"\n\n[[package]]\nname = \"serde\"\nversion = \"1.0.1\"\nsource = \"registry+x\"\n", &["cargo:serde 1.0.1 -"]);
    check(
        "/usr/lib/ruby/specifications/rack-2.2.3.gemspec",
        b"Gem::Specification.new\n",
        &["gem:rack 2.2.3 -"],
    );
    check(
        "/usr/lib/luarocks/lpeg-1.0.2-1.rockspec",
        b"package = \"LPeg\"\nversion = \"1.0.2-1\"\n",
        &["luarocks:lpeg 1.0.2 -"],
    );
    check(
        "/app/META-INF/maven/g/a/pom.properties",
        b"groupId=org.g\nartifactId=a\nversion=1.5\n",
        &["maven:org.g/a 1.5 -"],
    );
    check("/app/META-INF/MANIFEST.MF", b"Manifest-Version: 1.0\r\nBundle-SymbolicName: org.long.na\r\n me;singleton:=true\r\nBundle-Version: 3.1\r\n", &["maven:org.long.name 3.1 -"]);
    // A file for compilers says less than the library beside it.
    let library = crate::kit::elf(&[" inflate 1.2.11 Copyright 1995-2017 Mark Adler "]);
    let seen = inventory(&[
        ("/usr/lib/pkgconfig/zlib.pc", b"Name: zlib\nVersion: 24.3\n"),
        ("/usr/lib/libz.so.1.2.8", &library),
    ]);
    assert_eq!(lines(&seen), ["zlib 1.2.11 -"]);
    check("/usr/lib/pkgconfig/zlib.pc", b"Name: zlib\nVersion: 1.2.13\n", &["zlib 1.2.13 -"]);
}
