//! The descriptions: those that ship are whole, and broken ones are refused with the reason.

use duecare_base::Severity;
use duecare_checks::pack::CheckPack;

const FOLDER: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../packs/checks");

const GOOD: &str = r#"
id = "service-x"
title = "X"
severity = "high"
cwe = [306]
how = "reads"
false_positives = "some"
false_negatives = "some"
fix = "remove it"
references = ["https://example.org/"]
"#;

pub(crate) fn shipped() -> CheckPack {
    let mut files = Vec::new();
    for entry in std::fs::read_dir(FOLDER).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_some_and(|end| end == "toml") {
            let name = path.file_name().unwrap().to_string_lossy().into_owned();
            files.push((name, std::fs::read_to_string(&path).unwrap()));
        }
    }
    let pairs: Vec<_> = files.iter().map(|(name, text)| (name.as_str(), text.as_str())).collect();
    CheckPack::parse(&pairs).unwrap()
}

/// What this crate's checks begin with; others' stand in the same folder, some
/// with `elf` or `source` in the name.
const OURS: [&str; 9] = [
    "service-",
    "backdoor-",
    "boot-",
    "protocol-",
    "tls-",
    "system-",
    "mode-",
    "kernel-",
    "update-",
];

#[test]
fn every_check_is_described_and_every_description_has_its_check() {
    let pack = shipped();
    for id in duecare_checks::ids::ALL {
        assert!(pack.get(id.as_str()).is_some(), "{id} has no description");
    }
    let is_ours = |id: &str| {
        OURS.iter().any(|start| id.starts_with(start))
            && !id.split('-').any(|part| matches!(part, "elf" | "source"))
    };
    for info in pack.iter().filter(|info| is_ours(&info.id)) {
        let known = duecare_checks::ids::ALL.iter().any(|id| id.as_str() == info.id);
        assert!(known, "{} is described and no check reports it", info.id);
    }
}

#[test]
fn a_description_is_read() {
    let pack = CheckPack::parse(&[("a/service-x.toml", GOOD)]).unwrap();
    let info = pack.get("service-x").unwrap();
    assert_eq!((info.severity, info.cwe.as_slice()), (Severity::High, [306].as_slice()));
    assert_eq!(pack.len(), 1);
}

#[test]
fn broken_descriptions_are_refused() {
    let refused = |file: &str, text: &str, reason: &str| {
        let error = CheckPack::parse(&[(file, text)]).unwrap_err();
        assert!(error.to_string().contains(reason), "{error} lacks {reason}");
    };
    refused("other.toml", GOOD, "is not the file's name");
    refused("service-x.toml", &GOOD.replace("[306]", "[]"), "names no weakness");
    refused("service-x.toml", &GOOD.replace("306", "99999"), "no CWE-99999");
    refused("service-x.toml", &GOOD.replace("\"high\"", "\"bad\""), "unknown value");
    refused("service-x.toml", &GOOD.replace("\"reads\"", "\" \""), "how: is empty");
    refused("service-x.toml", &GOOD.replace("https://", "ftp://"), "no https");
    refused("service-x.toml", &GOOD.replace("fix =", "fixx ="), "not a check's description");
    refused("service-x.toml", &"#".repeat(70_000), "70000 bytes");
    let twice = CheckPack::parse(&[("service-x.toml", GOOD), ("b/service-x.toml", GOOD)]);
    assert_eq!(twice.unwrap().len(), 1, "a later description replaces an earlier one");
}
