//! Hostile scripts and settings: no panic, an end in reasonable time.

use crate::cases::image;
use duecare_unpack::{Bytes, Node, NodeKind, NodeMeta};
use proptest::prelude::*;

fn check(files: &[(&str, String)]) -> usize {
    let meta = NodeMeta { mode: 0o755, ..NodeMeta::default() };
    let mut nodes: Vec<Node> = files
        .iter()
        .map(|(path, text)| {
            Node::new(path.as_bytes(), NodeKind::File(Bytes::from(text.clone())), meta)
        })
        .collect();
    nodes.push(Node::new(b"bin/busybox", NodeKind::File(Bytes::from_static(b"\x7fELF")), meta));
    nodes.push(Node::new(b"sbin/init", NodeKind::Symlink("../bin/busybox".into()), meta));
    nodes.push(Node::new(b"loop", NodeKind::Symlink("loop/loop".into()), meta));
    duecare_checks::check(&image(nodes)).findings.len()
}

#[test]
fn bombs_end() {
    let script = |text: &str| check(&[("etc/init.d/rcS", format!("#!/bin/sh\n{text}"))]);
    script("/etc/init.d/rcS\n. /etc/init.d/rcS\nf() { f; f; }\nf\n");
    script(&"a=$a$a$a$a\n".repeat(500));
    script(&"for i in 1 2 3 4 5 6 7 8 9; do ".repeat(60));
    script(&"$(".repeat(5000));
    script(&"${a:-".repeat(5000));
    script(&"if true; then ".repeat(5000));
    script(&"( ".repeat(5000));
    script(&"case x in x) ".repeat(3000));
    script(&"! ".repeat(5000));
    script("a='eval \"$a\"'; eval \"$a\"\n");
    script("cat <<EOF\nnever ends\n");
    script("ls /loop/*/*/*/*\n. /loop\n");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]
    #[test]
    fn no_bytes_make_it_panic(text in "[a-z0-9 \\n;|&<>(){}$'\"`\\\\*?\\[\\]=#!/:.-]{0,400}") {
        for path in ["etc/init.d/rcS", "etc/inittab", "etc/inetd.conf", "etc/config/firewall",
            "etc/snmpd.conf", "etc/samba/smb.conf", "etc/mdev.conf", "etc/crontabs/root",
            "etc/systemd/system/a.service", "uboot-env", "etc/hostapd.conf"] {
            check(&[(path, text.clone())]);
        }
    }

    #[test]
    fn patterns_never_panic(pattern in "[a\\[\\]!*?\\\\-]{0,12}", text in "[ab]{0,12}") {
        prop_assert!(!duecare_checks::tree::matches(&pattern, &text) || !pattern.is_empty() || text.is_empty());
    }
}
