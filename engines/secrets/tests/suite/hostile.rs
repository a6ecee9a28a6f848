//! Damaged and hostile files: nothing may panic or run away.

use crate::tree::{files, image, pack};
use proptest::prelude::*;
use std::path::Path;

#[test]
fn cut_and_changed_cases() {
    let pack = pack();
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cases");
    for entry in std::fs::read_dir(folder).unwrap() {
        let root = entry.unwrap().path().join("root");
        if !root.is_dir() {
            continue;
        }
        let whole = files(&root);
        for round in 1..6_usize {
            let damaged: Vec<(String, Vec<u8>)> = whole
                .iter()
                .map(|(path, bytes)| {
                    let mut bytes = bytes.clone();
                    if round % 2 == 0 {
                        bytes.truncate(bytes.len() * round / 6);
                    } else {
                        let step = bytes.len() / 7 + 1;
                        for at in (round..bytes.len()).step_by(step) {
                            bytes[at] = bytes[at].wrapping_mul(31).wrapping_add(round as u8);
                        }
                    }
                    (path.clone(), bytes)
                })
                .collect();
            let _ = duecare_secrets::check(&image("hostile.bin", &damaged), &pack, None);
        }
    }
}

#[test]
fn one_endless_line() {
    let pack = pack();
    let text = "password=\"".repeat(40_000);
    let minified = "a.password=b.password;if(c.password!=d)".repeat(20_000);
    let files = vec![
        ("/a.js".to_owned(), text.clone().into_bytes()),
        ("/b.conf".to_owned(), text.into_bytes()),
        ("/c.js".to_owned(), minified.into_bytes()),
        ("/d.sh".to_owned(), "telnetd -u a:$x; x=$x\n".repeat(2_000).into_bytes()),
    ];
    let _ = duecare_secrets::check(&image("long.bin", &files), &pack, None);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn any_text_in_any_file(text in "[\\x20-\\x7e\\n]{0,400}", extension in "(js|php|sh|conf|xml|json|html|lua|py)") {
        let files = vec![
            (format!("/www/a.{extension}"), format!("password {text} pass=\"{text}\"").into_bytes()),
            ("/etc/shadow".to_owned(), text.clone().into_bytes()),
        ];
        let _ = duecare_secrets::check(&image("any.bin", &files), shared_pack(), None);
    }

    #[test]
    fn any_bytes_behind_a_magic(bytes in prop::collection::vec(any::<u8>(), 0..300), head in 0_usize..7) {
        let heads: [&[u8]; 7] = [
            b"SQLite format 3\0\x10\0\x01\x01\0", b"0\x82\x01\x02", b"\0\0\0\x07ssh-rsa",
            b"-----BEGIN RSA PRIVATE KEY-----\n", b"\xfe\xed\xfe\xed\0\0\0\x02\0\0\0\x01\0\0\0\x01",
            b"0\x82\x01\0\x02\x01\0\x02\x82\x01\x01\0", b"untrusted comment: x\n",
        ];
        let content = [heads[head], &bytes].concat();
        let files = vec![("/etc/x.der".to_owned(), content)];
        let _ = duecare_secrets::check(&image("any.bin", &files), shared_pack(), Some(0));
    }
}

/// Compiled once: compiling takes longer than a case.
fn shared_pack() -> &'static duecare_secrets::SecretPack {
    static PACK: std::sync::OnceLock<duecare_secrets::SecretPack> = std::sync::OnceLock::new();
    PACK.get_or_init(pack)
}
