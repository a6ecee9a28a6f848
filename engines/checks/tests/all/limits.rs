//! What is left out at a limit is said.

use crate::cases::image;
use duecare_base::unseen::Effect;
use duecare_unpack::{Bytes, Node, NodeKind, NodeMeta};

/// What was left out of an image with this file.
fn left_out(path: &str, content: &[u8]) -> Vec<String> {
    let meta = NodeMeta { mode: 0o755, ..NodeMeta::default() };
    let file = |path: &str, content: &[u8]| {
        Node::new(path.as_bytes(), NodeKind::File(Bytes::copy_from_slice(content)), meta)
    };
    let nodes = vec![
        file("bin/busybox", b"\x7fELF"),
        Node::new(b"sbin/init", NodeKind::Symlink("../bin/busybox".into()), meta),
        file("etc/inittab", b"::sysinit:/etc/init.d/rcS\n"),
        file(path, content),
    ];
    let checked = duecare_checks::check(&image(nodes));
    let gaps = checked.not_seen.iter().map(|(gap, _)| {
        assert_eq!(gap.effect, Effect::Incomplete);
        gap.reason.to_owned()
    });
    gaps.collect()
}

fn is_incomplete(path: &str, content: impl AsRef<[u8]>, word: &str) {
    let found = left_out(path, content.as_ref());
    assert!(found.iter().any(|reason| reason.contains(word)), "{path}, {word}: {found:?}");
}

#[test]
fn a_small_image_is_read_in_full() {
    let script = "#!/bin/sh\nfor f in a b; do echo $f; done\ntelnetd &\n";
    assert_eq!(left_out("etc/init.d/rcS", script.as_bytes()), Vec::<String>::new());
}

#[test]
fn texts_and_tables() {
    is_incomplete("etc/big.conf", vec![b'\n'; (16 << 20) + 1], "16 MiB");
    is_incomplete("etc/crontabs/root", "# x\n".repeat(20_001), "list");
    is_incomplete("etc/config/firewall", "# x\n".repeat(20_001), "list");
    let config = format!(
        "# Linux/arm 5.10 Kernel Configuration\n# CONFIG_MODULES is not set\n{}",
        "# x\n".repeat(600_000)
    );
    is_incomplete("boot/config", config, "kernel configuration");
}

#[test]
fn scripts() {
    let script = |text: &str| format!("#!/bin/sh\n{text}\n");
    is_incomplete("etc/init.d/rcS", script(&"( ".repeat(60)), "shell script");
    is_incomplete("etc/init.d/rcS", script(&"a\n".repeat(110_000)), "shell script");
    is_incomplete("etc/init.d/rcS", script("f() { f; }\nf"), "at boot");
    let words: String = (0..300).map(|n| format!(" {n}")).collect();
    is_incomplete("etc/init.d/rcS", script(&format!("for a in{words}; do b; done")), "at boot");
    let curl = "curl -k https://host.test/a\n".repeat(60);
    is_incomplete("usr/bin/fetch", script(&curl), "findings");
}

#[test]
fn programs_and_boot_loaders() {
    let commands: String = (0..50).map(|n| format!("telnetd -l /bin/sh{n}\0")).collect();
    is_incomplete("usr/bin/rc", format!("\x7fELF\0{commands}"), "inside a program");
    let addresses = "http://host.test/\0".repeat(5_001);
    is_incomplete("usr/bin/web", format!("\x7fELF\0{addresses}"), "addresses");
    let environments: String =
        (0..20).map(|n| format!("U-Boot\0\0bootcmd=run {n}\0bootdelay=1\0\0")).collect();
    is_incomplete("boot/u-boot.bin", environments, "boot loader");
}
