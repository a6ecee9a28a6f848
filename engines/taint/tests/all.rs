//! Every case folder, and hostile bytes for each language.

#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a helper of tests fails by panicking"
)]

use duecare_base::Location;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};

fn folders() -> Vec<PathBuf> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cases");
    let mut all: Vec<PathBuf> = std::fs::read_dir(root)
        .unwrap()
        .map(|e| e.unwrap().path())
        .filter(|p| p.is_dir())
        .collect();
    all.sort();
    all
}

fn input(case: &Path) -> PathBuf {
    let mut files = std::fs::read_dir(case).unwrap().map(|e| e.unwrap().path());
    files.find(|p| p.file_name().unwrap().to_string_lossy().starts_with("input")).unwrap()
}

/// The path at which a case's file stands in its image.
fn image_path(case: &Path, file: &Path) -> String {
    let folder = case.file_name().unwrap().to_string_lossy().into_owned();
    let folder = if folder.contains("example") { "examples" } else { "www" };
    format!("/{folder}/{}", file.file_name().unwrap().to_string_lossy())
}

/// Whatever it finds, it comes back.
fn survives(path: &str, bytes: &[u8]) {
    let found = duecare_taint::check(path, bytes, &Location::file("input", path)).findings;
    assert!(found.iter().all(|finding| !finding.key.is_empty()));
}

fn listing(case: &Path) -> String {
    let file = input(case);
    let bytes = std::fs::read(&file).unwrap();
    let path = image_path(case, &file);
    let mut out = String::new();
    for finding in duecare_taint::check(&path, &bytes, &Location::file("input", &path)).findings {
        let line = finding.location.line.unwrap_or(0);
        writeln!(
            out,
            "{} {} {} {line} {}",
            finding.severity, finding.confidence, finding.check, finding.key
        )
        .unwrap();
        assert_eq!(finding.evidence[0].location, finding.location);
    }
    out
}

#[test]
fn every_case_is_as_expected() {
    let mut wrong = String::new();
    for case in folders() {
        let seen = listing(&case);
        let expected = case.join("expected.txt");
        if std::env::var_os("DUECARE_BLESS").is_some() {
            std::fs::write(&expected, &seen).unwrap();
        }
        let wanted = std::fs::read_to_string(&expected).unwrap_or_default();
        if seen != wanted {
            write!(wrong, "== {}\n-- expected\n{wanted}-- seen\n{seen}", case.display()).unwrap();
        }
    }
    assert!(wrong.is_empty(), "{wrong}");
}

#[test]
fn the_proof_leads_from_the_sink_to_the_source() {
    let text = b"<?php\n$h = $_GET['host'];\n$c = \"ping \" . $h;\n$n = 1;\nsystem($c);\n";
    let at = Location::file("image", "/www/a.php");
    let found = duecare_taint::check("/www/a.php", text, &at).findings;
    let lines: Vec<u32> = found[0].evidence.iter().filter_map(|e| e.location.line).collect();
    assert_eq!(lines, [5, 3, 2]);
    assert_eq!(found[0].message, "input from $_GET[\"host\"] reaches a shell through system");
}

#[test]
fn cut_cases_never_panic() {
    for case in folders() {
        let file = input(&case);
        let bytes = std::fs::read(&file).unwrap();
        let path = image_path(&case, &file);
        let step = (bytes.len() / 24).max(1);
        for cut in (0..bytes.len()).step_by(step) {
            survives(&path, &bytes[..cut]);
            survives(&path, &bytes[cut..]);
        }
    }
}

#[test]
fn deep_nesting_is_survived() {
    let starts = [
        ("php", "<?php system($_GET['a']); "),
        ("py", "os.system(request)\n"),
        ("c", "system getenv "),
        ("js", "child_process req. "),
        ("lua", "os.execute formvalue "),
        ("sh", "eval QUERY_STRING "),
        ("pl", "system param "),
    ];
    for (end, start) in starts {
        for piece in ["(", "[", "{", "if (x) ", "a.b(", "$(", "\"${", "!", "x . "] {
            let text = format!("{start}{}", piece.repeat(4_000));
            let path = format!("/www/a.{end}");
            survives(&path, text.as_bytes());
        }
    }
}

proptest::proptest! {
    #![proptest_config(proptest::prelude::ProptestConfig::with_cases(48))]
    #[test]
    fn no_bytes_panic(bytes in proptest::collection::vec(proptest::prelude::any::<u8>(), 0..400)) {
        let starts = [("php", "<?php system($_GET['a']); "), ("py", "os.system(request)\n"),
            ("c", "int f(){system(getenv(\"QUERY_STRING\"));}\n"), ("js", "child_process req.\n"),
            ("lua", "os.execute(http.formvalue())\n"), ("sh", "eval $QUERY_STRING\n"), ("pl", "system(param());\n")];
        for (end, start) in starts {
            let mut text = start.as_bytes().to_vec();
            text.extend_from_slice(&bytes);
            let path = format!("/www/a.{end}");
            survives(&path, &text);
        }
    }
}

fn check(path: &str, bytes: &[u8]) -> duecare_base::Checked {
    duecare_taint::check(path, bytes, &Location::file("input", path))
}

/// Whether something of a file was left out, and said so.
fn is_incomplete(path: &str, text: &str) -> bool {
    let checked = check(path, text.as_bytes());
    checked.not_seen.iter().any(|(gap, places)| {
        gap.effect == duecare_base::unseen::Effect::Incomplete && places.first[0].path == path
    })
}

#[test]
fn what_is_not_read_is_said() {
    let flaw = "<?php system($_GET['a']);\n";
    assert!(!is_incomplete("/www/a.php", flaw));
    let long = format!("{flaw}{}", "// filler\n".repeat(110_000));
    assert!(is_incomplete("/www/a.php", &long), "larger than the limit");
    // Nothing in it can reach a shell, so nothing is left out.
    assert!(!is_incomplete("/www/data.php", &"// filler\n".repeat(110_000)));

    let nested = format!("{flaw}$a = {}1{};", "(".repeat(200), ")".repeat(200));
    assert!(is_incomplete("/www/a.php", &nested), "nested deeper than the reader goes");
    let nested = format!("system($ENV{{A}}); $a = {}1{};", "(".repeat(200), ")".repeat(200));
    assert!(is_incomplete("/www/a.pl", &nested), "nested deeper than Perl's reader goes");

    let many = "system($_GET['a']);\n".repeat(201);
    assert!(is_incomplete("/www/a.php", &format!("<?php {many}")), "more findings than listed");

    let names: String = (0..2100).map(|n| format!("$v{n} = $_GET['a'];\n")).collect();
    assert!(is_incomplete("/www/a.php", &format!("<?php {names} system($v1);")), "too many names");

    let arms = "} else if ($a) { $b = 1;\n".repeat(200);
    assert!(is_incomplete("/www/a.php", &format!("{flaw} if ($a) {{ {arms} }}")), "too many arms");
}

#[test]
fn the_last_arm_of_a_long_dispatcher_is_read() {
    for (path, head, arm, tail) in [
        (
            "/src/a.c",
            "int main(int argc, char **argv) { char *q = getenv(\"QUERY_STRING\");\n",
            "if (!strcmp(q, \"x\")) { puts(\"y\"); } else\n",
            "{ system(q); } }\n",
        ),
        (
            "/www/a.pl",
            "my $q = $ENV{QUERY_STRING}; if ($q eq 'a') { $b = 1; }\n",
            "elsif ($q eq 'x') { $b = 1; }\n",
            "else { system($q); }\n",
        ),
    ] {
        let text = format!("{head}{}{tail}", arm.repeat(120));
        let checked = check(path, text.as_bytes());
        assert!(checked.not_seen.is_empty(), "{path}: {:?}", checked.not_seen);
        assert!(
            checked.findings.iter().any(|f| f.check.as_str().starts_with("injection")),
            "{path}"
        );
    }
}

#[test]
fn minified_code_of_a_server_is_read() {
    let filler = "var a=1;".repeat(200);
    let text = format!(
        "{filler}const c=require('child_process');app.get('/',(req,res)=>{{c.exec('ping '+req.query.h)}})"
    );
    assert!(!check("/srv/app.js", text.as_bytes()).findings.is_empty());
}

#[test]
fn endless_chains_come_back() {
    for (path, head, arm) in [
        ("/www/a.py", "import os,sys\nif sys.argv:\n os.system(sys.argv[1])\n", "elif a:\n b\n"),
        ("/www/a.php", "<?php system($_GET['a']); if (1) {}", "elseif ($a) {}\n"),
        ("/www/a.pl", "system($ENV{A}); if (1) {}", "elsif ($a) {}\n"),
        ("/www/a.sh", "#!/bin/sh\neval $QUERY_STRING\nif a; then b\n", "elif a; then b\n"),
    ] {
        survives(path, format!("{head}{}", arm.repeat(20_000)).as_bytes());
    }
}
