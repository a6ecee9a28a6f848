//! The packs: samples inside rules, and a document for every check.

use crate::tree::pack;
use std::path::Path;

#[test]
fn token_samples_are_judged_rightly() {
    assert_eq!(pack().failing_samples(), Vec::<String>::new());
}

#[test]
fn every_check_has_its_file() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../packs/checks");
    for id in duecare_secrets::CHECK_IDS {
        let path = folder.join(format!("{id}.toml"));
        let text = std::fs::read_to_string(&path).unwrap_or_else(|e| panic!("{id}: {e}"));
        let table: toml::Table = text.parse().unwrap_or_else(|e| panic!("{id}: {e}"));
        assert_eq!(table["id"].as_str(), Some(*id));
        let severity = table["severity"].as_str().unwrap();
        assert!(severity.parse::<duecare_base::Severity>().is_ok(), "{id}");
        for field in ["title", "how", "false_positives", "false_negatives", "fix"] {
            assert!(table[field].as_str().is_some_and(|t| t.len() > 10), "{id}: {field}");
        }
        assert!(!table["cwe"].as_array().unwrap().is_empty(), "{id}");
        assert!(!table["references"].as_array().unwrap().is_empty(), "{id}");
    }
}

#[test]
fn a_wrong_pack_is_refused() {
    use duecare_secrets::SecretPack;
    for text in [
        "passwords = 1",
        "unknown = []",
        "[[key]]\nname = \"x\"\nspki_sha256 = \"12\"\nsource = \"y\"",
        "[[token]]\nid = \"x\"\ntitle = \"x\"\nliterals = [\"abc\"]\nregex = \"(\"\nseverity = \"high\"",
        "[[token]]\nid = \"x\"\ntitle = \"x\"\nliterals = []\nregex = \"a\"\nseverity = \"high\"",
    ] {
        assert!(SecretPack::parse(&[("x.toml", text)]).is_err(), "{text}");
    }
}
