//! Verdicts, one row a case.

#![expect(clippy::unwrap_used, reason = "helpers of tests fail by panicking")]

use duecare_base::{Confidence, Digest, Severity};
use duecare_domain::review::{
    AnalyserRun, AnalyserState, BillFact, ComponentFact, ComponentMatch, Condition, CoverageFact,
    CoverageFloor, DifferenceFact, DifferenceKind, Exception, FindingFact, FindingMatch, Outcome,
    Policy, PolicyError, ReviewEvidence, Rule, Verdict, decide,
};

fn rule(id: &str, condition: Condition) -> Rule {
    Rule { id: id.into(), title: id.into(), condition, warn_only: false, always: false }
}

fn no_finding(checks: &[&str], severity_min: Severity) -> Condition {
    Condition::NoFinding(FindingMatch {
        checks: checks.iter().map(ToString::to_string).collect(),
        except_checks: Vec::new(),
        paths: Vec::new(),
        severity_min,
        confidence_min: Confidence::Medium,
    })
}

fn coverage_rule() -> Rule {
    rule(
        "coverage",
        Condition::Coverage(CoverageFloor {
            explained_permille_min: 900,
            encrypted_permille_max: 50,
            system_required: true,
            complete_layers_required: true,
        }),
    )
}

fn policy(rules: Vec<Rule>) -> Policy {
    Policy { name: "test".into(), rules, exceptions: Vec::new() }
}

fn finding(check: &str, severity: Severity, in_baseline: bool) -> FindingFact {
    FindingFact {
        fingerprint: Digest::of(check.as_bytes()),
        check: check.into(),
        severity,
        confidence: Confidence::High,
        path: "/etc/passwd".into(),
        in_baseline,
    }
}

fn seen(explained: u32, encrypted: u32, system_found: bool) -> CoverageFact {
    CoverageFact {
        image: "a.bin".into(),
        explained_permille: explained,
        encrypted_permille: encrypted,
        system_found,
        microcontroller: false,
        incomplete: Vec::new(),
    }
}

fn exception(until: &str) -> Exception {
    Exception {
        id: "EX-1".into(),
        check: "service-*".into(),
        path: String::new(),
        fingerprint: String::new(),
        component: String::new(),
        owner: "lead".into(),
        reason: "replaced in the next release".into(),
        until: until.parse().unwrap(),
    }
}

fn verdict(policy: &Policy, evidence: &ReviewEvidence) -> Verdict {
    policy.validate().unwrap();
    decide(policy, evidence, "2026-11-22".parse().unwrap()).verdict
}

#[test]
fn findings_break_by_severity_check_and_confidence() {
    let check = |severity, checks: &[&str], expected| {
        let evidence = ReviewEvidence {
            findings: vec![finding("service-telnet", severity, false)],
            ..ReviewEvidence::default()
        };
        let policy = policy(vec![rule("r", no_finding(checks, Severity::High))]);
        assert_eq!(verdict(&policy, &evidence), expected, "{severity} {checks:?}");
    };
    check(Severity::High, &[], Verdict::Fail);
    check(Severity::Medium, &[], Verdict::Pass);
    check(Severity::Critical, &["service-*"], Verdict::Fail);
    check(Severity::Critical, &["key-*"], Verdict::Pass);
}

#[test]
fn the_baseline_spares_old_findings_save_those_that_always_count() {
    let evidence = ReviewEvidence {
        findings: vec![finding("key-signing", Severity::Critical, true)],
        baseline_given: true,
        ..ReviewEvidence::default()
    };
    let spared = policy(vec![rule("r", no_finding(&[], Severity::High))]);
    assert_eq!(verdict(&spared, &evidence), Verdict::Pass);
    let mut always = spared;
    always.rules[0].always = true;
    assert_eq!(verdict(&always, &evidence), Verdict::Fail);
}

#[test]
fn exceptions_hold_through_their_last_day() {
    let evidence = ReviewEvidence {
        findings: vec![finding("service-telnet", Severity::High, false)],
        ..ReviewEvidence::default()
    };
    let mut policy = policy(vec![rule("r", no_finding(&[], Severity::High))]);
    for (until, expected) in [("2026-11-22", Verdict::Pass), ("2026-11-21", Verdict::Fail)] {
        policy.exceptions = vec![exception(until)];
        assert_eq!(verdict(&policy, &evidence), expected, "{until}");
    }
    let decision = decide(&policy, &evidence, "2026-11-22".parse().unwrap());
    assert_eq!(decision.expired, ["EX-1"]);
    policy.exceptions = vec![Exception { check: "key-*".into(), ..exception("2027-01-01") }];
    let decision = decide(&policy, &evidence, "2026-11-22".parse().unwrap());
    assert_eq!(decision.unused, ["EX-1"]);
}

#[test]
fn too_little_seen_is_never_a_pass() {
    let policy = policy(vec![coverage_rule()]);
    let with = |coverage| ReviewEvidence { coverage, ..ReviewEvidence::default() };
    let mut cut = seen(990, 0, true);
    cut.incomplete = vec!["squashfs@0x0 at 0x10: cut off".into()];
    for (coverage, expected) in [
        (vec![], Verdict::Incomplete),
        (vec![seen(950, 0, true)], Verdict::Pass),
        (vec![seen(899, 0, true)], Verdict::Incomplete),
        (vec![seen(950, 51, true)], Verdict::Incomplete),
        (vec![seen(950, 0, false)], Verdict::Incomplete),
        (vec![seen(950, 0, true), cut], Verdict::Incomplete),
    ] {
        assert_eq!(verdict(&policy, &with(coverage.clone())), expected, "{coverage:?}");
    }
}

#[test]
fn a_broken_rule_outweighs_missing_coverage() {
    let evidence = ReviewEvidence {
        findings: vec![finding("key-private", Severity::High, false)],
        ..ReviewEvidence::default()
    };
    let rules = vec![coverage_rule(), rule("r", no_finding(&[], Severity::High))];
    assert_eq!(verdict(&policy(rules), &evidence), Verdict::Fail);
}

#[test]
fn source_that_nothing_looked_at_is_incomplete() {
    let condition = Condition::Analyser { any_of: vec![], even_without_source: false };
    let policy = policy(vec![rule("static-analysis", condition)]);
    let with = |state, source_given| ReviewEvidence {
        analysers: vec![AnalyserRun { name: "cppcheck".into(), state }],
        source_given,
        ..ReviewEvidence::default()
    };
    assert_eq!(verdict(&policy, &with(AnalyserState::Missing, false)), Verdict::Pass);
    let today = "2026-11-22".parse().unwrap();
    let unasked = decide(&policy, &with(AnalyserState::Missing, false), today);
    assert_eq!(unasked.reasons[0].outcome, Outcome::NotAsked);
    assert_eq!(verdict(&policy, &with(AnalyserState::Missing, true)), Verdict::Incomplete);
    assert_eq!(verdict(&policy, &with(AnalyserState::Failed, true)), Verdict::Incomplete);
    assert_eq!(verdict(&policy, &with(AnalyserState::Imported, true)), Verdict::Pass);
}

#[test]
fn components_by_version() {
    let with = |version: Option<&str>, unknown| {
        let wanted = ComponentMatch {
            name: "dnsmasq".into(),
            versions: "<2.83".into(),
            or_unknown_version: unknown,
            confidence_percent_min: 50,
        };
        let evidence = ReviewEvidence {
            components: vec![ComponentFact {
                names: vec!["dnsmasq".into()],
                version: version.map(str::to_owned),
                confidence_percent: 90,
            }],
            ..ReviewEvidence::default()
        };
        verdict(&policy(vec![rule("r", Condition::NoComponent(wanted))]), &evidence)
    };
    assert_eq!(with(Some("2.80"), false), Verdict::Fail);
    assert_eq!(with(Some("2.83"), false), Verdict::Pass);
    assert_eq!(with(None, false), Verdict::Pass);
    assert_eq!(with(None, true), Verdict::Fail);
}

#[test]
fn a_bill_that_differs() {
    let kinds = vec![DifferenceKind::DifferentVersion];
    let policy = policy(vec![rule("bill", Condition::BillAgrees { kinds, required: true })]);
    let with = |bill| ReviewEvidence { bill, ..ReviewEvidence::default() };
    let bill = |agreeing, kinds: &[DifferenceKind]| {
        let difference = |kind: &DifferenceKind| DifferenceFact { kind: *kind, text: "x".into() };
        let differences = kinds.iter().map(difference).collect();
        with(Some(BillFact { components: 20, agreeing, differences }))
    };
    assert_eq!(verdict(&policy, &with(None)), Verdict::Incomplete);
    assert_eq!(verdict(&policy, &bill(20, &[])), Verdict::Pass);
    assert_eq!(verdict(&policy, &bill(19, &[DifferenceKind::Extra])), Verdict::Pass);
    assert_eq!(verdict(&policy, &bill(19, &[DifferenceKind::DifferentVersion])), Verdict::Fail);
    assert_eq!(verdict(&policy, &bill(1, &[])), Verdict::Fail, "the bill of another product");
}

#[test]
fn warnings_do_not_change_the_verdict() {
    let mut warn = rule("r", no_finding(&[], Severity::High));
    warn.warn_only = true;
    let evidence = ReviewEvidence {
        findings: vec![finding("key-private", Severity::High, false)],
        ..ReviewEvidence::default()
    };
    let decision = decide(&policy(vec![warn]), &evidence, "2026-01-01".parse().unwrap());
    assert_eq!((decision.verdict, decision.reasons[0].outcome), (Verdict::Pass, Outcome::Warned));
    let mut unseen = coverage_rule();
    unseen.warn_only = true;
    let refused = policy(vec![unseen]).validate();
    assert_eq!(refused, Err(PolicyError::WarnOnlyCoverage("coverage".into())));
}

#[test]
fn policies_that_make_no_sense_are_refused() {
    assert_eq!(policy(vec![]).validate(), Err(PolicyError::NoRules));
    let twice = policy(vec![coverage_rule(), coverage_rule()]);
    assert_eq!(twice.validate(), Err(PolicyError::Duplicate("coverage".into())));
    let mut wide = policy(vec![coverage_rule()]);
    wide.exceptions = vec![Exception { check: "*".into(), ..exception("2027-01-01") }];
    assert_eq!(wide.validate(), Err(PolicyError::TooWide("EX-1".into())));
    wide.exceptions = vec![Exception { check: "*-*".into(), ..exception("2027-01-01") }];
    assert_eq!(wide.validate(), Err(PolicyError::TooWide("EX-1".into())));
    wide.exceptions = vec![Exception { fingerprint: "1".into(), ..exception("2027-01-01") }];
    assert_eq!(wide.validate(), Err(PolicyError::ShortFingerprint("EX-1".into())));
    wide.exceptions = vec![Exception { owner: " ".into(), ..exception("2027-01-01") }];
    assert!(matches!(wide.validate(), Err(PolicyError::Empty { field: "owner", .. })));
}
