//! Every folder in `tests/cases` is an image (`root`) or a source drop (`source`) with what must be
//! found in it. `DUECARE_BLESS=1` writes the expected files anew.

use crate::tree::{NOW, files, image, pack, show};
use std::path::Path;

#[test]
fn every_case_as_expected() {
    let pack = pack();
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cases");
    let mut cases: Vec<_> = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.is_dir())
        .collect();
    cases.sort();
    assert!(!cases.is_empty());
    let mut wrong = Vec::new();
    for case in cases {
        let source = case.join("source");
        let findings = if source.is_dir() {
            duecare_secrets::check_source(&mut files(&source).into_iter(), &pack, Some(NOW))
                .findings
        } else {
            let image = image("case.bin", &files(&case.join("root")));
            let findings = duecare_secrets::check(&image, &pack, Some(NOW)).findings;
            assert_eq!(
                findings,
                duecare_secrets::check(&image, &pack, Some(NOW)).findings,
                "same again"
            );
            findings
        };
        let seen = show(&findings);
        let traps = case.to_string_lossy().ends_with("-traps");
        assert!(!traps || seen.is_empty(), "{}: {seen}", case.display());
        let expected_path = case.join("expected.txt");
        if std::env::var_os("DUECARE_BLESS").is_some() {
            std::fs::write(&expected_path, &seen).unwrap();
        }
        let expected = std::fs::read_to_string(&expected_path).unwrap_or_default();
        if seen != expected {
            wrong.push(format!("== {}\n-- expected\n{expected}\n-- seen\n{seen}", case.display()));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn secrets_never_come_out() {
    // Every secret planted in the cases is in this list; none may stand in any output.
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cases");
    let planted = std::fs::read_to_string(folder.join("secrets.txt")).unwrap();
    let planted: Vec<&str> = planted.lines().filter(|line| !line.is_empty()).collect();
    assert!(planted.len() > 20);
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path().join("expected.txt");
        let Ok(text) = std::fs::read_to_string(&path) else { continue };
        for secret in &planted {
            assert!(!text.contains(secret), "{} shows {secret}", path.display());
        }
    }
}

#[test]
fn the_same_key_in_two_images() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cases");
    let keys = files(&folder.join("keys/root"));
    let accounts = files(&folder.join("accounts/root"));
    let both: Vec<_> = keys.iter().chain(&accounts).cloned().collect();
    let (one, two, three) =
        (image("one.bin", &both), image("two.bin", &keys), image("three.bin", &[]));
    assert!(duecare_secrets::keys_across(&[&one, &three], &pack()).is_empty());
    let shared = duecare_secrets::keys_across(&[&one, &two, &three], &pack());
    assert!(shared.len() >= 5, "{}", show(&shared));
    assert!(shared.iter().all(|finding| finding.check.as_str() == "key-shared"));
    let again = duecare_secrets::keys_across(&[&one, &one], &pack());
    assert!(again.len() > shared.len(), "hashes are compared as well");
}

#[test]
fn an_opened_archive_is_not_read_as_text() {
    use duecare_unpack::{Blob, BlobSource, LayerId, Region, RegionKind};
    let text = "a=1\0b=2\0c=3\0d=4\0admin_password=Op3nedPw9\0".repeat(8);
    let mut image = image("case.bin", &[("/layer.tar".to_owned(), text.clone().into_bytes())]);
    assert!(!duecare_secrets::check(&image, &pack(), None).findings.is_empty());
    let size = text.len() as u64;
    let kind = RegionKind::Layer(LayerId(1));
    let blob = Blob {
        name: "/layer.tar".to_owned(),
        source: BlobSource::File(0),
        content: duecare_unpack::Bytes::from(text.into_bytes()),
        regions: vec![Region { offset: 0, size, kind, entropy: 0 }],
    };
    image.layers[1].blobs.push(blob);
    assert!(duecare_secrets::check(&image, &pack(), None).findings.is_empty());
}

/// Programs carry published keys to test themselves; the same key as a file is as bad as any.
#[test]
fn a_test_key_of_a_program() {
    let known = format!(
        "[[key]]\nname = \"the test key of x\"\nspki_sha256 = \"{}\"\nsource = \"x\"\npart_of_program = true\n",
        "36fc9b24a6b4c4586f86d1be080e48c644abc6250c4b335d964f6ef33cabe1f4"
    );
    let pack = duecare_secrets::SecretPack::parse(&[("known-keys.toml", known.as_str())]).unwrap();
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cases");
    let key = std::fs::read(folder.join("test-certificates/root/etc/ssl/cam.key")).unwrap();
    let program = [b"\x7fELF\0".as_slice(), &key, b"\0"].concat();
    let found = |path: &str, bytes: &[u8]| {
        let image = image("one.bin", &[(path.to_owned(), bytes.to_vec())]);
        let again = duecare_secrets::keys_across(&[&image, &image], &pack).len();
        (duecare_secrets::check(&image, &pack, None).findings, again)
    };
    let (inside, shared) = found("/usr/bin/x", &program);
    assert_eq!((inside.len(), shared), (1, 0), "{}", show(&inside));
    assert_eq!(inside[0].severity, duecare_base::Severity::Info);
    let (beside, shared) = found("/etc/ssl/cam.key", &key);
    assert_eq!((beside.len(), shared), (2, 1), "{}", show(&beside));
    assert!(beside.iter().any(|finding| finding.check.as_str() == "key-known"));
}
