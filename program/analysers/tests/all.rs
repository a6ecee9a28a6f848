//! The tests of this crate, in one program.

use duecare_analysers::{AnalyserOutcome, Options, SourceLanguage, import, run_with};
use duecare_domain::review::AnalyserState;
use std::path::{Path, PathBuf};

const NAMES: [&str; 8] = [
    "bandit",
    "cargo-audit",
    "cargo-clippy",
    "clang-tidy",
    "cppcheck",
    "flawfinder",
    "semgrep",
    "shellcheck",
];

fn sample() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/sample")
}

fn names(outcomes: &[AnalyserOutcome]) -> Vec<&str> {
    outcomes.iter().map(|outcome| outcome.name.as_str()).collect()
}

#[test]
fn every_known_analyser_is_in_the_outcome_whatever_is_installed() {
    let outcomes = run_with(&sample(), &Options::default(), &|_| {});
    assert_eq!(names(&outcomes), NAMES);
    let again = run_with(&sample(), &Options::default(), &|_| {});
    assert_eq!(format!("{outcomes:?}"), format!("{again:?}"), "the same source, the same result");
    let temporary = std::env::temp_dir().display().to_string();
    assert!(!format!("{outcomes:?}").contains(&format!("{temporary}/duecare-")));
    let required = std::env::var_os("DUECARE_TEST_ALL").is_some();
    for (name, rule) in [
        ("bandit", "bandit/B602"),
        ("clang-tidy", "clang-tidy/clang-analyzer-unix.Malloc"),
        ("cppcheck", "cppcheck/arrayIndexOutOfBounds"),
        ("flawfinder", "flawfinder/FF1001"),
        ("shellcheck", "shellcheck/SC2086"),
    ] {
        let outcome = outcomes.iter().find(|outcome| outcome.name == name).unwrap();
        if outcome.state == AnalyserState::Missing && !required {
            println!("skipped: {name} is not installed");
            continue;
        }
        assert_eq!(outcome.state, AnalyserState::Ran, "{name}: {:?}", outcome.detail);
        assert!(outcome.version.is_some(), "{name}");
        assert!(!outcome.languages.is_empty(), "{name}");
        let found = outcome.findings.iter().find(|finding| finding.check.as_str() == rule);
        let found = found.unwrap_or_else(|| panic!("{name} says {:#?}", outcome.findings));
        assert!(found.location.path.starts_with('/') && found.location.layer == "source");
        assert!(!format!("{:?}", outcome.findings).contains("not-a-real-one"), "{name}");
    }
}

#[test]
fn an_analyser_without_time_is_no_analyser_that_ran() {
    let options = Options { seconds: 0, ..Options::default() };
    let outcomes = run_with(&sample(), &options, &|_| {});
    assert_eq!(names(&outcomes), NAMES);
    assert!(outcomes.iter().all(|outcome| outcome.state != AnalyserState::Ran), "{outcomes:#?}");
}

#[test]
fn a_source_that_is_not_there_is_a_failure_of_each() {
    let outcomes = run_with(Path::new("/nonexistent/source"), &Options::default(), &|_| {});
    assert_eq!(names(&outcomes), NAMES);
    assert!(outcomes.iter().all(|outcome| outcome.state == AnalyserState::Failed));
}

#[test]
fn imported_results_show_what_they_read() {
    let log = |tool: &str, rest: &str| {
        format!(
            r#"{{"version":"2.1.0","runs":[{{"tool":{{"driver":{{"name":"{tool}"}}}}{rest}}}]}}"#
        )
    };
    let check = |text: String, expected: &[SourceLanguage]| {
        let outcomes = import("x.sarif", text.as_bytes(), &[]).unwrap();
        assert_eq!(outcomes[0].languages, expected, "{text}");
    };
    check(log("ShellCheck", ""), &[SourceLanguage::Shell]);
    check(log("Somebody", ""), &[]);
    let listed = r#","artifacts":[{"location":{"uri":"src/a.go"}},{"location":{"uri":"go.mod"}}]"#;
    check(log("Somebody", listed), &[SourceLanguage::Go]);
    let found = r#","results":[{"message":{"text":"m"},"locations":[{"physicalLocation":{
        "artifactLocation":{"uri":"A.java"}}}]}]"#;
    check(log("Somebody", found), &[SourceLanguage::Java]);
}

#[test]
fn a_log_that_shows_nothing_is_a_mere_claim() {
    use AnalyserState::{Claimed, Failed, Imported};
    let check = |runs: &str, expected: AnalyserState, told: &str| {
        let text = format!(r#"{{"version":"2.1.0","runs":[{runs}]}}"#);
        let outcomes = import("x.sarif", text.as_bytes(), &["/src/a.c"]).unwrap();
        assert_eq!(outcomes[0].state, expected, "{text}");
        let detail = outcomes[0].detail.as_deref().unwrap_or_default();
        assert!(detail.contains(told), "{detail}");
    };
    let run = |driver: &str, rest: &str| {
        format!(r#"{{"tool":{{"driver":{{"name":"cppcheck"{driver}}}}},"results":[]{rest}}}"#)
    };
    check("", Claimed, "no runs in it");
    check(&run(r#","rules":[]"#, ""), Claimed, "neither version nor rules");
    check(&run(r#","version":"2.10""#, ""), Imported, "x.sarif");
    let listed = |path: &str| format!(r#","artifacts":[{{"location":{{"uri":"{path}"}}}}]"#);
    check(&run("", &listed("other/b.c")), Claimed, "no file that it names");
    check(&run("", &listed("file:///build/src/a.c")), Imported, "x.sarif");
    check(&run("", &listed("a.c")), Imported, "x.sarif");
    let failed = r#","invocations":[{"executionSuccessful":false}]"#;
    check(&run(r#","version":"2.10""#, failed), Failed, "did not succeed");
}

#[test]
fn results_suppressed_in_the_source_are_kept_and_marked() {
    let text = r#"{"version":"2.1.0","runs":[{"tool":{"driver":{"name":"t"}},"results":[
        {"message":{"text":"m"},"suppressions":[{"kind":"inSource"}]}]}]}"#;
    let outcomes = import("x.sarif", text.as_bytes(), &[]).unwrap();
    assert_eq!(outcomes[0].findings.len(), 1);
    assert!(outcomes[0].suppressed.contains(&outcomes[0].findings[0].fingerprint()));
}

/// Not a test: shows what is said of a source of the caller's (`DUECARE_SOURCE`).
#[test]
#[ignore = "shows the outcomes for the source that DUECARE_SOURCE names"]
fn show() {
    let source = std::env::var_os("DUECARE_SOURCE").unwrap();
    let outcomes = run_with(Path::new(&source), &Options::from_environment(), &|_| {});
    for outcome in outcomes {
        let count = outcome.findings.len();
        println!("{} {:?} {:?}", outcome.name, outcome.state, outcome.version);
        println!("  {count} findings; {:?}; {:?}", outcome.rules, outcome.detail);
        for finding in outcome.findings.iter().take(5) {
            println!(
                "  {} {} {} {}",
                finding.check, finding.severity, finding.location, finding.key
            );
        }
    }
}
