//! Verdicts, one row a case.

#![expect(clippy::unwrap_used, reason = "helpers of tests fail by panicking")]

mod languages;

use duecare_base::{Confidence, DifferenceKind, Digest, Severity};
use duecare_domain::review::{
    AnalyserRun, AnalyserState, BaselineFact, BillFact, BillRule, ComponentFact, ComponentMatch,
    Condition, CoverageFact, CoverageFloor, DifferenceFact, EarlierFact, Exception, FindingFact,
    FindingMatch, LanguageAnalyser, LanguageFact, LanguageState, Outcome, Policy, PolicyError,
    RegionFact, ReviewEvidence, Rule, SourceFloor, Verdict, decide,
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
        suppressions_accepted: false,
    })
}

fn coverage_rule() -> Rule {
    rule(
        "coverage",
        Condition::Coverage(CoverageFloor {
            explained_permille_min: 900,
            encrypted_permille_max: 50,
            systemless_formats: vec!["zip".into()],
            unknown_region_bytes_max: 64 << 10,
            unknown_bytes_max: 256 << 10,
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
        earlier: in_baseline.then_some(EarlierFact { severity, confidence: Confidence::High }),
        suppressed: false,
    }
}

fn seen(explained: u32, encrypted: u32, system_found: bool) -> CoverageFact {
    CoverageFact {
        image: "a.bin".into(),
        explained_permille: explained,
        encrypted_permille: encrypted,
        system_found,
        microcontroller: false,
        formats: vec!["squashfs".into()],
        unexplained_bytes: 0,
        unexplained: Vec::new(),
        incomplete: Vec::new(),
        stated: Vec::new(),
    }
}

fn exception(until: &str) -> Exception {
    Exception {
        id: "EX-1".into(),
        check: "service-*".into(),
        path: String::new(),
        fingerprint: String::new(),
        component: String::new(),
        gap: String::new(),
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
        baseline: Some(BaselineFact::default()),
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
fn what_checks_cannot_look_at_is_told_and_no_more() {
    let mut image = seen(950, 0, true);
    image.stated = vec!["flaws in programs: PowerPC".into()];
    let evidence = ReviewEvidence { coverage: vec![image], ..ReviewEvidence::default() };
    let today = "2026-11-22".parse().unwrap();
    let decision = decide(&policy(vec![coverage_rule()]), &evidence, today);
    assert_eq!(decision.verdict, Verdict::Pass);
    assert!(decision.reasons[0].because.iter().any(|line| line.contains("PowerPC")));
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
    let condition = Condition::Analyser(SourceFloor::default());
    let policy = policy(vec![rule("static-analysis", condition)]);
    let with = |state, source_given| ReviewEvidence {
        analysers: vec![AnalyserRun { name: "cppcheck".into(), state, detail: None }],
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
    assert_eq!(verdict(&policy, &with(AnalyserState::Claimed, true)), Verdict::Incomplete);
    assert_eq!(verdict(&policy, &with(AnalyserState::Failed, false)), Verdict::Incomplete);
}

#[test]
fn a_baseline_of_another_product_is_told() {
    let fits = Condition::BaselineFits { overlap_percent_min: 30, required: false };
    let mut policy = policy(vec![rule("baseline", fits)]);
    let with = |compared, shared| ReviewEvidence {
        baseline: Some(BaselineFact {
            subject: "a.bin".into(),
            as_of: "2026-01-01".into(),
            compared,
            shared,
        }),
        ..ReviewEvidence::default()
    };
    let today = "2026-11-22".parse().unwrap();
    let unasked = decide(&policy, &ReviewEvidence::default(), today);
    assert_eq!(unasked.reasons[0].outcome, Outcome::NotAsked);
    assert_eq!(verdict(&policy, &with(100, 30)), Verdict::Pass);
    assert_eq!(verdict(&policy, &with(100, 29)), Verdict::Fail);
    assert_eq!(verdict(&policy, &with(4, 4)), Verdict::Incomplete, "too little to tell");
    assert_eq!(verdict(&policy, &with(0, 0)), Verdict::Incomplete);
    policy.rules[0].warn_only = true;
    let decision = decide(&policy, &with(100, 0), today);
    assert_eq!((decision.verdict, decision.reasons[0].outcome), (Verdict::Pass, Outcome::Warned));
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
    let asked = BillRule { kinds, extra_percent_max: None, required: true };
    let mut policy = policy(vec![rule("bill", Condition::BillAgrees(asked.clone()))]);
    let with = |bill| ReviewEvidence { bill, ..ReviewEvidence::default() };
    let bill = |agreeing, kinds: &[DifferenceKind]| {
        let difference = |kind: &DifferenceKind| DifferenceFact { kind: *kind, text: "x".into() };
        let differences = kinds.iter().map(difference).collect();
        let image_components = 20;
        let bill = BillFact { components: 20, agreeing, image_components, ..BillFact::default() };
        with(Some(BillFact { differences, ..bill }))
    };
    assert_eq!(verdict(&policy, &with(None)), Verdict::Incomplete);
    assert_eq!(verdict(&policy, &bill(20, &[])), Verdict::Pass);
    assert_eq!(verdict(&policy, &bill(19, &[DifferenceKind::Extra])), Verdict::Pass);
    assert_eq!(verdict(&policy, &bill(19, &[DifferenceKind::DifferentVersion])), Verdict::Fail);
    assert_eq!(verdict(&policy, &bill(1, &[])), Verdict::Fail, "the bill of another product");
    let nothing = with(Some(BillFact::default()));
    assert_eq!(verdict(&policy, &nothing), Verdict::Incomplete, "a bill that names nothing");
    let asked = BillRule { extra_percent_max: Some(20), ..asked };
    policy.rules[0].condition = Condition::BillAgrees(asked);
    assert_eq!(verdict(&policy, &bill(20, &[DifferenceKind::Extra; 4])), Verdict::Pass);
    assert_eq!(verdict(&policy, &bill(20, &[DifferenceKind::Extra; 5])), Verdict::Fail);
}

#[test]
fn a_finding_that_got_worse_is_not_known() {
    let earlier = |severity, confidence| ReviewEvidence {
        findings: vec![FindingFact {
            earlier: Some(EarlierFact { severity, confidence }),
            ..finding("service-telnet", Severity::Critical, false)
        }],
        ..ReviewEvidence::default()
    };
    let policy = policy(vec![rule("r", no_finding(&[], Severity::High))]);
    let check = |evidence: &ReviewEvidence, expected| {
        let decision = decide(&policy, evidence, "2026-11-22".parse().unwrap());
        let told = decision.reasons[0].because.iter().any(|line| line.contains("escalated"));
        assert_eq!((decision.verdict, told), (expected, expected == Verdict::Fail));
    };
    check(&earlier(Severity::High, Confidence::Medium), Verdict::Pass);
    check(&earlier(Severity::Low, Confidence::High), Verdict::Fail);
    check(&earlier(Severity::Critical, Confidence::Low), Verdict::Fail);
}

#[test]
fn results_suppressed_in_the_source_count_unless_the_policy_accepts_them() {
    let quiet = FindingFact { suppressed: true, ..finding("semgrep/x", Severity::High, false) };
    let evidence = ReviewEvidence { findings: vec![quiet], ..ReviewEvidence::default() };
    let mut policy = policy(vec![rule("r", no_finding(&[], Severity::High))]);
    assert_eq!(verdict(&policy, &evidence), Verdict::Fail);
    if let Condition::NoFinding(wanted) = &mut policy.rules[0].condition {
        wanted.suppressions_accepted = true;
    }
    assert_eq!(verdict(&policy, &evidence), Verdict::Pass);
}

#[test]
fn unexplained_bytes_are_limited_beside_their_share() {
    let policy = policy(vec![coverage_rule()]);
    let check = |regions: &[u64], expected, told: &str| {
        let mut image = seen(990, 0, true);
        image.unexplained_bytes = regions.iter().sum();
        let fact = |bytes: &u64| RegionFact { place: "a.bin+0x40".into(), bytes: *bytes };
        image.unexplained = regions.iter().map(fact).collect();
        let evidence = ReviewEvidence { coverage: vec![image], ..ReviewEvidence::default() };
        let decision = decide(&policy, &evidence, "2026-11-22".parse().unwrap());
        assert_eq!(decision.verdict, expected, "{regions:?}");
        assert!(decision.reasons[0].because[0].contains(told), "{decision:?}");
    };
    check(&[64 << 10], Verdict::Pass, "seen well enough");
    check(&[(64 << 10) + 1], Verdict::Incomplete, "a.bin+0x40");
    check(&[60 << 10; 5], Verdict::Incomplete, "altogether");
}

#[test]
fn a_gap_and_a_lacking_system_are_accepted_only_by_name() {
    let mut policy = policy(vec![coverage_rule()]);
    let with = |image: CoverageFact| ReviewEvidence { coverage: vec![image], ..Default::default() };
    let mut cut = seen(990, 0, true);
    cut.incomplete = vec!["a.bin/squashfs@0x0: truncated: the end is not there".into()];
    assert_eq!(verdict(&policy, &with(cut.clone())), Verdict::Incomplete);
    let none = Exception { check: String::new(), ..exception("2027-01-01") };
    for (gap, expected) in [
        ("*/squashfs@0x0: truncated: *", Verdict::Pass),
        ("*/cpio@0x0: truncated: *", Verdict::Incomplete),
    ] {
        policy.exceptions = vec![Exception { gap: gap.into(), ..none.clone() }];
        assert_eq!(verdict(&policy, &with(cut.clone())), expected, "{gap}");
    }
    policy.exceptions = vec![Exception { gap: "*a*".into(), ..none }];
    assert_eq!(policy.validate(), Err(PolicyError::TooWide("EX-1".into())));
    policy.exceptions.clear();
    let zip = CoverageFact { formats: vec!["zip".into()], ..seen(990, 0, false) };
    assert_eq!(verdict(&policy, &with(zip.clone())), Verdict::Pass);
    let both = CoverageFact { formats: vec!["squashfs".into(), "zip".into()], ..zip };
    assert_eq!(verdict(&policy, &with(both)), Verdict::Incomplete);
}

#[test]
fn a_policy_cannot_ask_for_less_than_the_floor() {
    for (explained, encrypted, fits) in
        [(750, 250, true), (749, 0, false), (900, 251, false), (0, 1000, false)]
    {
        let mut rule = coverage_rule();
        if let Condition::Coverage(floor) = &mut rule.condition {
            floor.explained_permille_min = explained;
            floor.encrypted_permille_max = encrypted;
        }
        let said = policy(vec![rule]).validate();
        assert_eq!(said.is_ok(), fits, "{explained} {encrypted}");
        assert!(fits || matches!(said, Err(PolicyError::TooLoose { .. })), "{said:?}");
    }
}

#[test]
fn names_that_nothing_can_match_are_told() {
    let mut wanted = FindingMatch {
        checks: Vec::new(),
        except_checks: Vec::new(),
        paths: vec!["etc/*".into()],
        severity_min: Severity::Info,
        confidence_min: Confidence::Low,
        suppressions_accepted: false,
    };
    let said = policy(vec![rule("r", Condition::NoFinding(wanted.clone()))]).validate();
    assert!(matches!(said, Err(PolicyError::Path { .. })), "{said:?}");
    wanted.paths = vec!["/etc/*".into(), "*.conf".into()];
    assert_eq!(policy(vec![rule("r", Condition::NoFinding(wanted))]).validate(), Ok(()));
    let named = |name: &str| {
        let wanted = ComponentMatch {
            name: name.into(),
            versions: String::new(),
            or_unknown_version: false,
            confidence_percent_min: 0,
        };
        let policy = policy(vec![rule("r", Condition::NoComponent(wanted))]);
        let component_names = ["linux-kernel".to_owned()].into();
        let evidence = ReviewEvidence { component_names, ..ReviewEvidence::default() };
        decide(&policy, &evidence, "2026-11-22".parse().unwrap()).reasons[0].outcome
    };
    assert_eq!(named("linux-krnel"), Outcome::Warned);
    assert_eq!(named("linux-k*"), Outcome::Met);
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
