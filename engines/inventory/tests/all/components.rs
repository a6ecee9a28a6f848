//! What files show: owners, copies and mentions, and how evidence is merged.

use crate::kit::{elf, inventory, layers, lines};
use duecare_inventory::{ComponentKind, Method, take};
use duecare_unpack::{Blob, BlobSource, Bytes, LayerId, Origin, Region, RegionKind};

#[test]
fn several_sights_are_one_component_and_versions_are_two() {
    let busybox = elf(&["BusyBox v1.19.4 (2014-01-01) multi-call binary."]);
    let other = elf(&["BusyBox v1.22.1 (2015-01-01) multi-call binary."]);
    let seen = inventory(&[
        ("/bin/busybox", &busybox),
        ("/sbin/busybox", &busybox),
        ("/rescue/busybox", &other),
    ]);
    assert_eq!(lines(&seen), ["busybox 1.19.4 -", "busybox 1.22.1 -"]);
    let evidence = &seen.components[0].evidence;
    assert_eq!(evidence.iter().filter(|e| e.method == Method::Text).count(), 2);
    assert_eq!(evidence[0].method, Method::Text);
    assert!(seen.components[0].evidence[0].location.offset.is_some());
}

#[test]
fn a_copy_names_the_file_that_holds_it() {
    let program = elf(&[" inflate 1.1.4 Copyright 1995-2002 Mark Adler "]);
    let seen = inventory(&[("/usr/sbin/httpd", &program)]);
    assert_eq!(lines(&seen), ["zlib 1.1.4 -"]);
    assert_eq!(seen.components[0].contained_in[0].path, "/usr/sbin/httpd");
    let library = elf(&[" inflate 1.1.4 Copyright 1995-2002 Mark Adler "]);
    let seen = inventory(&[("/usr/lib/libz.so.1.1.4", &library)]);
    assert!(seen.components[0].contained_in.is_empty());
}

#[test]
fn a_package_outranks_its_own_files_and_the_difference_is_kept() {
    let status = b"Package: dnsmasq\nVersion: 2.80-16.3\nStatus: install ok installed\n";
    let program = elf(&["dnsmasq-2.79"]);
    let copy = elf(&[" inflate 1.1.4 Copyright 1995-2002 Mark Adler "]);
    let seen = inventory(&[
        ("/usr/lib/opkg/status", status),
        ("/usr/sbin/dnsmasq", &program),
        ("/usr/sbin/httpd", &copy),
    ]);
    assert_eq!(lines(&seen), ["dnsmasq 2.80 16.3", "zlib 1.1.4 -"]);
    let differing = seen.components[0].evidence.iter().filter_map(|e| e.other_version.as_deref());
    assert_eq!(differing.collect::<Vec<_>>(), ["2.79"]);
}

#[test]
fn a_second_root_file_system_keeps_its_own_versions() {
    let status = b"Package: dnsmasq\nVersion: 2.80-1\nStatus: install ok installed\n";
    let program = elf(&["dnsmasq-2.40"]);
    let first: [(&str, &[u8]); 1] = [("/usr/lib/opkg/status", status)];
    let second: [(&str, &[u8]); 1] = [("/usr/sbin/dnsmasq", &program)];
    let seen = take(&layers(&[&first, &second]), crate::kit::built_in_rules());
    assert_eq!(lines(&seen), ["dnsmasq 2.40 -", "dnsmasq 2.80 1"]);
}

#[test]
fn the_kernel_is_one_component() {
    let seen = inventory(&[
        ("/lib/modules/3.10.14+/ath.ko", &elf(&["vermagic=3.10.14+ mod_unload MIPS32_R2 32BIT "])),
        ("/boot/vmlinux", &elf(&["Linux version 3.10.14+ (root@host) (gcc version 4.6.3) #1"])),
        ("/boot/config", b"#\n# Linux/mips 3.10.14 Kernel Configuration\n#\n"),
    ]);
    assert_eq!(lines(&seen), ["linux_kernel 3.10.14 -"]);
    let kernel = &seen.components[0];
    assert_eq!(kernel.kind, ComponentKind::OperatingSystem);
    assert_eq!(kernel.cpe, ["cpe:2.3:o:linux:linux_kernel:3.10.14:*:*:*:*:*:*:*"]);
    assert_eq!(kernel.evidence.len(), 4);
    assert!(kernel.evidence.iter().any(|e| e.location.line == Some(2)));
}

#[test]
fn bytes_between_parts_are_looked_at() {
    let mut image = layers(&[&[], &[]]);
    let mut content = vec![0_u8; 300];
    content.extend_from_slice(b"\0Linux version 4.4.92 (b@h) (gcc version 5.4.0) #0\0");
    let part = content.len();
    content.resize(part + 100, 1);
    let layer = &mut image.layers[1];
    layer.content = Bytes::from(content);
    layer.blobs.push(Blob {
        name: "initramfs".to_owned(),
        source: BlobSource::Part { origin: Origin::Slice { offset: part }, encrypted: false },
        content: layer.content.slice(part..),
        regions: Vec::new(),
    });
    let seen = take(&image, crate::kit::built_in_rules());
    assert_eq!(lines(&seen), ["linux_kernel 4.4.92 -"]);
    assert_eq!(seen.components[0].evidence[0].location.offset, Some(301));
}

#[test]
fn a_compressed_file_goes_by_its_name_without_the_ending() {
    let mut image = layers(&[&[("/www/jquery.js.gz", b"\x1f\x8b compressed")], &[]]);
    let script =
        Bytes::from_static(b"/*! jQuery v1.12.4 | (c) jQuery Foundation */\n!function(){}");
    let region = |kind, size| Region { offset: 0, size, kind, entropy: 0 };
    image.layers[0].blobs.push(Blob {
        name: "/www/jquery.js.gz".to_owned(),
        source: BlobSource::File(0),
        content: Bytes::from_static(b"\x1f\x8b compressed"),
        regions: vec![region(RegionKind::Layer(LayerId(1)), 13)],
    });
    let origin = Origin::Decoded { offset: 0, size: 13 };
    image.layers[1].blobs.push(Blob {
        name: "decoded".to_owned(),
        source: BlobSource::Part { origin, encrypted: false },
        regions: vec![region(RegionKind::Known("text"), script.len() as u64)],
        content: script,
    });
    let seen = take(&image, crate::kit::built_in_rules());
    assert_eq!(lines(&seen), ["jquery 1.12.4 -"]);
}

#[test]
fn an_unknown_version_is_a_result() {
    let seen = inventory(&[("/usr/sbin/uhttpd", &elf(&[]))]);
    assert_eq!(lines(&seen), ["uhttpd ? -"]);
    assert_eq!(seen.components[0].cpe, ["cpe:2.3:a:openwrt:uhttpd:*:*:*:*:*:*:*:*"]);
}

#[test]
fn the_same_image_gives_the_same_inventory() {
    let files: Vec<(String, Vec<u8>)> = (0..200)
        .map(|n| (format!("/bin/b{n}"), elf(&[&format!("BusyBox v1.{n}.0 (2014)")])))
        .collect();
    let files: Vec<(&str, &[u8])> = files.iter().map(|(p, c)| (p.as_str(), &c[..])).collect();
    assert_eq!(inventory(&files), inventory(&files));
}
