//! Each folder holds sources, what compilers made of them, and what must be said about that.

use duecare_base::Location;
use duecare_elf::{ElfFile, FileFacts, check, hardening};
use std::fmt::Write as _;
use std::path::{Path, PathBuf};

pub(crate) fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cases")
}

/// The compiled files of every case.
pub(crate) fn binaries() -> Vec<PathBuf> {
    let mut found = Vec::new();
    for case in std::fs::read_dir(folder()).unwrap() {
        let case = case.unwrap().path();
        if case.is_dir() {
            found.extend(std::fs::read_dir(case).unwrap().map(|file| file.unwrap().path()));
        }
    }
    found.retain(|path| std::fs::read(path).unwrap().starts_with(b"\x7fELF"));
    found.sort();
    assert!(!found.is_empty());
    found
}

fn describe(name: &str, bytes: &[u8]) -> String {
    let file = ElfFile::parse(bytes).unwrap();
    let mut out = format!("== {name}\n");
    let bits = file.bits();
    writeln!(out, "{} {bits} {} {}", file.arch(), file.endian().label(), file.kind().label())
        .unwrap();
    writeln!(out, "soname {:?} needed {:?} rpath {:?}", file.soname(), file.needed(), file.rpath())
        .unwrap();
    writeln!(out, "loader {:?} build-id {:?}", file.interpreter(), file.build_id()).unwrap();
    if let Some(note) = file.package_note() {
        writeln!(out, "package {note}").unwrap();
    }
    for (key, value) in file.modinfo() {
        writeln!(out, "modinfo {key} = {value}").unwrap();
    }
    let names: Vec<_> = file.imported().map(|s| s.name).collect();
    writeln!(out, "imports {}", names.join(" ")).unwrap();
    writeln!(out, "{:?}", hardening(&file)).unwrap();
    let path = format!("/bin/{name}");
    let facts = FileFacts { setuid: false, path: &path };
    for finding in check(bytes, &Location::file("", &path), &facts).findings {
        let (severity, confidence) = (finding.severity, finding.confidence);
        writeln!(out, "{} {severity}/{confidence}: {}", finding.check, finding.message).unwrap();
        writeln!(out, "    key {}", finding.key).unwrap();
        for step in finding.evidence {
            writeln!(out, "    {} | {}", step.location, step.text).unwrap();
        }
    }
    out
}

#[test]
fn every_case_says_what_is_expected() {
    let mut seen = std::collections::BTreeMap::<PathBuf, String>::new();
    for path in binaries() {
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        let text = describe(&name, &std::fs::read(&path).unwrap());
        seen.entry(path.parent().unwrap().to_owned()).or_default().push_str(&text);
    }
    for (case, text) in seen {
        let expected = case.join("expected.txt");
        if std::env::var_os("DUECARE_BLESS").is_some() {
            std::fs::write(&expected, &text).unwrap();
        }
        let expected = std::fs::read_to_string(&expected).unwrap_or_default();
        assert_eq!(text, expected, "{}", case.display());
    }
}

/// How many findings about code each program of a case must have.
fn count(case: &str, ids: &[&str], expected: impl Fn(&str) -> usize) {
    for path in binaries().iter().filter(|p| p.parent().unwrap().ends_with(case)) {
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        let bytes = std::fs::read(path).unwrap();
        let found = check(&bytes, &Location::file("", "/x"), &FileFacts::default()).findings;
        let found = found.iter().filter(|f| ids.contains(&f.check.as_str())).count();
        assert_eq!(found, expected(&name), "{case}/{name}");
    }
}

#[test]
fn planted_credentials_are_found_on_every_processor() {
    count("guest-login", &["credential-elf-literal"], |_| 1);
    count("cgi-program", &["credential-elf-literal"], |_| 2);
    count("vendor-functions", &["credential-elf-literal"], |_| 1);
}

#[test]
fn planted_injections_are_found_on_every_processor() {
    count("cgi-program", &["injection-elf-command"], |_| 2);
    // Five planted, two weak.
    count("vendor-functions", &["injection-elf-command"], |_| 7);
}

#[test]
fn input_is_followed_through_own_helpers() {
    // An argument vector that is built with vector instructions stays unseen.
    let missed = |name: &str| usize::from(name == "x64-o2");
    count("own-helpers", &["injection-elf-command"], |name| 5 - missed(name));
    count("own-helpers", &["memory-elf-unbounded-copy"], |_| 2);
    count("own-helpers", &["backdoor-elf-command"], |_| 1);
}

#[test]
fn functions_are_known_by_name_or_by_use() {
    let form = |name: &str| name.starts_with("form-");
    let injections = |name: &str| if form(name) { 1 } else { 5 };
    count("vendor-names", &["injection-elf-command"], injections);
    let copies = |name: &str| if form(name) { 0 } else { 2 };
    count("vendor-names", &["memory-elf-unbounded-copy"], copies);
}

#[test]
fn logins_beside_plain_comparisons_are_found() {
    // Two pairs, a digest, the first account of the table; then the table itself.
    count("more-logins", &["credential-elf-literal"], |_| 4);
    count("more-logins", &["credential-elf-embedded"], |_| 2);
}

#[test]
fn near_misses_are_not_reported() {
    let ids = [
        "credential-elf-literal",
        "credential-elf-embedded",
        "injection-elf-command",
        "memory-elf-unbounded-copy",
        "backdoor-elf-command",
    ];
    count("own-helpers-checked", &ids, |_| 0);
    count("near-misses", &["credential-elf-literal", "injection-elf-command"], |_| 0);
}

#[test]
fn a_file_without_section_headers_tells_the_same() {
    for path in binaries() {
        let whole = std::fs::read(&path).unwrap();
        let mut cut = whole.clone();
        let wide = cut[4] == 2;
        // e_shoff, then e_shentsize, e_shnum and e_shstrndx.
        let (offset, counts) =
            if wide { (0x28..0x30, 0x3a..0x40) } else { (0x20..0x24, 0x2e..0x34) };
        cut[offset].fill(0);
        cut[counts].fill(0);
        let (whole, cut) = (ElfFile::parse(&whole).unwrap(), ElfFile::parse(&cut).unwrap());
        if whole.segments().is_empty() {
            continue;
        }
        assert_eq!(whole.needed(), cut.needed());
        assert_eq!(whole.soname(), cut.soname());
        let names =
            |file: &ElfFile<'_>| file.imported().map(|s| s.name.to_owned()).collect::<Vec<_>>();
        assert_eq!(names(&whole), names(&cut), "{}", path.display());
        assert_eq!(whole.build_id(), cut.build_id());
        assert_eq!(whole.package_note(), cut.package_note());
        assert!(whole.strings(6).eq(cut.strings(6)));
    }
}
