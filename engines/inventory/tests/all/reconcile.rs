//! A build's bill of materials against the image.

use crate::kit::{built_in_rules, elf, inventory};
use duecare_inventory::{BuildComponent, DifferenceKind, reconcile};

#[test]
fn missing_extra_and_different_are_told_apart_by_alias() {
    let seen = inventory(&[
        ("/bin/busybox", &elf(&["BusyBox v1.36.1 (2024-01-01) multi-call binary."])),
        ("/usr/sbin/dropbear", &elf(&["SSH-2.0-dropbear_2022.83"])),
        ("/usr/lib/libcrypto.so.3", &elf(&["OpenSSL 3.0.8 7 Feb 2023"])),
    ]);
    let build = |name: &str, version: &str| BuildComponent {
        name: name.to_owned(),
        version: Some(version.to_owned()),
        ..BuildComponent::default()
    };
    let bill =
        [build("busybox", "1.36.1-r4"), build("libssl3", "3.0.13-r1"), build("dnsmasq", "2.90")];
    let told: Vec<(DifferenceKind, String)> = reconcile(&bill, &seen, built_in_rules())
        .into_iter()
        .map(|difference| (difference.kind, difference.name))
        .collect();
    assert_eq!(
        told,
        [
            (DifferenceKind::Missing, "dnsmasq".to_owned()),
            (DifferenceKind::Extra, "Dropbear".to_owned()),
            (DifferenceKind::DifferentVersion, "OpenSSL".to_owned()),
        ]
    );
}
