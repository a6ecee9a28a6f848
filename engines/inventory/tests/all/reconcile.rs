//! A build's bill of materials against the image.

use crate::kit::{built_in_rules, elf, inventory};
use duecare_base::DifferenceKind;
use duecare_inventory::{BuildComponent, reconcile};

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
        .differences
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

#[test]
fn packages_of_kernel_modules_do_not_say_the_kernels_version() {
    let banner = elf(&["Linux version 6.6.21-yocto-standard (oe-user@oe-host) (gcc) #1 SMP"]);
    let seen = inventory(&[("/boot/vmlinux", &banner)]);
    let build = |name: &str, version: &str, cpe: &[&str]| BuildComponent {
        name: name.to_owned(),
        version: Some(version.to_owned()),
        cpe: cpe.iter().map(ToString::to_string).collect(),
        ..BuildComponent::default()
    };
    let module = build("kernel-module-wireguard", "1.0.20220627", &[]);
    assert_eq!(reconcile(std::slice::from_ref(&module), &seen, built_in_rules()).differences, []);
    let image = build("kernel-image-6.6.21-yocto-standard", "6.6.21+git", &[]);
    assert_eq!(reconcile(&[image, module.clone()], &seen, built_in_rules()).differences, []);
    let other = build("linux-yocto", "6.1.90+git", &["cpe:2.3:*:*:linux_kernel:6.1.90:*:*"]);
    let told = reconcile(&[module, other], &seen, built_in_rules()).differences;
    assert_eq!((told.len(), told[0].kind), (1, DifferenceKind::DifferentVersion));
    assert_eq!(told[0].in_bill, ["6.1.90+git"]);
    let kmod = build("kmod", "31", &["cpe:2.3:*:*:kmod:31:*:*:*:*:*:*:*"]);
    let told = reconcile(&[kmod], &seen, built_in_rules()).differences;
    let named: Vec<&str> = told.iter().map(|one| one.name.as_str()).collect();
    assert_eq!(named, ["kmod", "Linux kernel"], "kmod is no kernel");
}

#[test]
fn every_entry_of_the_bill_counts_by_itself() {
    let seen = inventory(&[
        ("/bin/busybox", &elf(&["BusyBox v1.25.1 (2017-01-01) multi-call binary."])),
        ("/usr/sbin/dropbear", &elf(&["SSH-2.0-dropbear_2022.83"])),
    ]);
    let build = |(name, version): &(&str, &str)| BuildComponent {
        name: (*name).to_owned(),
        version: Some((*version).to_owned()).filter(|version| !version.is_empty()),
        ..BuildComponent::default()
    };
    let check = |bill: &[(&str, &str)], agreeing, unversioned, expected: &[DifferenceKind]| {
        let bill: Vec<BuildComponent> = bill.iter().map(build).collect();
        let told = reconcile(&bill, &seen, built_in_rules());
        assert_eq!((told.agreeing, told.unversioned), (agreeing, unversioned), "{told:?}");
        let kinds: Vec<DifferenceKind> = told.differences.iter().map(|one| one.kind).collect();
        assert_eq!(kinds, expected, "{told:?}");
    };
    use DifferenceKind::{DifferentVersion, Extra, Missing};
    let openssl = ["libcrypto3", "libssl3", "openssl", "openssl-conf"].map(|name| (name, "3.4.2"));
    check(&openssl, 0, 0, &[Missing, Missing, Missing, Missing, Extra, Extra]);
    let two = [("busybox", "1.25.1"), ("busybox-syslog", "9.9"), ("dropbear", "2022.83")];
    check(&two, 2, 0, &[DifferentVersion]);
    let same_name = [("busybox", "1.25.1"), ("busybox", "9.9"), ("dropbear", "")];
    check(&same_name, 1, 1, &[Missing]);
    let all = [("busybox", "1.25.1-r2"), ("busybox-syslog", "1.25.1"), ("dropbear", "2022.83")];
    check(&all, 3, 0, &[]);
}
