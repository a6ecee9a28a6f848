//! Apps and what is found in them. Each case is a folder with `input.apk` and `expected.txt`, which
//! `DUECARE_BLESS=1` writes anew.

use duecare_base::Finding;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};

pub(crate) fn folders() -> Vec<PathBuf> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cases");
    let entries = std::fs::read_dir(root).unwrap();
    let mut all: Vec<PathBuf> = entries.map(|entry| entry.unwrap().path()).collect();
    all.retain(|path| path.is_dir());
    all.sort();
    all
}

pub(crate) fn check(bytes: Vec<u8>) -> Vec<Finding> {
    let formats = duecare_archives::formats();
    duecare_mobile::check(&duecare_testkit::run("input.apk", bytes, &formats)).findings
}

fn shown(findings: &[Finding]) -> String {
    let mut out = String::new();
    for finding in findings {
        writeln!(out, "{} {} {}", finding.check, finding.severity, finding.confidence).unwrap();
        writeln!(out, "  {}", finding.location).unwrap();
        writeln!(out, "  key: {}", finding.key).unwrap();
        writeln!(out, "  {}", finding.message).unwrap();
        for step in &finding.evidence {
            writeln!(out, "  > {}", step.text).unwrap();
        }
    }
    out
}

#[test]
fn apps_have_the_findings_that_they_should() {
    let all = folders();
    assert!(all.len() >= 2);
    for case in all {
        let seen = shown(&check(std::fs::read(case.join("input.apk")).unwrap()));
        let expected = case.join("expected.txt");
        if std::env::var_os("DUECARE_BLESS").is_some() {
            std::fs::write(&expected, &seen).unwrap();
        }
        let wanted = std::fs::read_to_string(expected).unwrap_or_default();
        assert_eq!(seen, wanted, "{}", case.display());
    }
}

#[test]
fn no_secret_is_readable_in_what_is_found() {
    for case in folders() {
        let seen = shown(&check(std::fs::read(case.join("input.apk")).unwrap()));
        for secret in ["f4ct0ry!", "0123456789abcdef", "sample-pass1"] {
            assert!(!seen.contains(secret), "{secret} in {}", case.display());
        }
    }
}

/// Not a test: shows what is found in an app of the caller's (`DUECARE_APP`).
#[test]
#[ignore = "shows the findings of the app that DUECARE_APP names"]
fn show() {
    let path = std::env::var_os("DUECARE_APP").unwrap();
    println!("{}", shown(&check(std::fs::read(path).unwrap())));
}
