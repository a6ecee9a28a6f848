//! A log that is kept as files: what was written once must verify for ever, and be written the
//! same. `LEDGER_BLESS=1` writes the files again after a deliberate change of format.

use crate::sample;
use duecare_ledger::{
    MemorySource,
    bundle::Bundle,
    verify::{Options, verify_log},
};
use std::{collections::BTreeMap, path::Path};

/// Around a tile's edge, so that there is a level 1.
const SIZES: [u64; 4] = [1, 6, 256, 259];

fn folder() -> std::path::PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden")
}

fn read(folder: &Path, prefix: &str, files: &mut BTreeMap<String, Vec<u8>>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let entry = entry.unwrap();
        let name = format!("{prefix}{}", entry.file_name().to_str().unwrap());
        if entry.file_type().unwrap().is_dir() {
            read(&entry.path(), &format!("{name}/"), files);
        } else {
            files.insert(name, std::fs::read(entry.path()).unwrap());
        }
    }
}

/// The sample without most contents, with two bundles and the keys.
fn expected() -> BTreeMap<String, Vec<u8>> {
    let (mut files, entries) = sample::log(&SIZES);
    let bundle = |index| sample::bundle(&files, &entries, index).to_json().unwrap().into_bytes();
    let (opened, erased) = (bundle(257), bundle(9));
    files.0.retain(|path, _| !path.starts_with("content/") || path.ends_with("7.json"));
    files.0.retain(|path, _| !path.starts_with("content/1"));
    let keys = sample::keys();
    let keys = format!(
        "{}\n{}\n{}\n",
        keys.log.verifier(),
        keys.witness.verifier(),
        keys.author.verifier()
    );
    let mut all: BTreeMap<String, Vec<u8>> =
        files.0.into_iter().map(|(path, bytes)| (format!("log/{path}"), bytes)).collect();
    all.insert("bundle-257.json".into(), opened);
    all.insert("bundle-9-erased.json".into(), erased);
    all.insert("keys.txt".into(), keys.into_bytes());
    all
}

#[test]
fn the_bytes_of_old() {
    let expected = expected();
    if std::env::var_os("LEDGER_BLESS").is_some() {
        for (path, bytes) in &expected {
            let path = folder().join(path);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, bytes).unwrap();
        }
    }
    let mut found = BTreeMap::new();
    read(&folder(), "", &mut found);
    let names = |files: &BTreeMap<String, Vec<u8>>| files.keys().cloned().collect::<Vec<_>>();
    assert_eq!(names(&found), names(&expected));
    for (path, bytes) in &expected {
        assert!(found[path] == *bytes, "{path} is written otherwise than it was");
    }
}

#[test]
fn the_log_of_old_verifies() {
    let mut found = BTreeMap::new();
    read(&folder().join("log"), "", &mut found);
    sample::trusting(|trust, keys| {
        let signers: &[&dyn duecare_ledger::dsse::VerifyEnvelope] = &[keys.author.verifier()];
        let report = verify_log(&MemorySource(found), &Options { signers, ..Options::new(*trust) });
        assert!(report.is_sound(), "{report}");
        assert_eq!((report.size, report.history), (259, 4));
        assert!(report.contents_signed > 5);
        for (name, opened) in [("bundle-257.json", true), ("bundle-9-erased.json", false)] {
            let bundle = Bundle::parse(&std::fs::read(folder().join(name)).unwrap()).unwrap();
            assert_eq!(bundle.verify(trust, signers, 1).unwrap().said.is_some(), opened);
        }
    });
}
