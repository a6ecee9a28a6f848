//! Every requirement, one row a case, and what a pass is good for.

use super::*;
use crate::access::{PermissionName, Role};
use crate::catalogue::ArtefactKind;
use crate::finding::{StateName, ssvc};
use crate::id::{Id, Noun};
use crate::text::Why;
use crate::time::Time;
use duecare_base::{Digest, Severity};
use std::collections::{BTreeMap, BTreeSet};

const DAY_MS: u64 = 86_400_000;

pub(crate) fn now() -> Time {
    "2026-11-23T12:00:00Z".parse().unwrap()
}

pub(crate) fn id<N: Noun>(number: u8) -> Id<N> {
    Id::new(Time::MIN, [number; 10])
}

fn days_ago(days: u64) -> Time {
    Time::clamped(now().ms() - i64::try_from(days * DAY_MS).unwrap())
}

fn artefact(kind: ArtefactKind, number: u8) -> ArtefactFact {
    let digest = Digest::of(&[number]);
    ArtefactFact { kind, digest, id: id(number), name: format!("{kind}-{number}") }
}

fn run(kind: RunKind, artefact: u8) -> RunFact {
    RunFact {
        id: id(artefact),
        kind,
        digest: Digest::of(&[artefact]),
        outcome: RunOutcome::Complete,
        broken: Vec::new(),
        evidence: Some(id(artefact)),
    }
}

pub(crate) fn sign_off(person: u8, evidence: &GateEvidence) -> SignOff {
    SignOff {
        person: id(person),
        roles: BTreeSet::from([Role::ReleaseManager]),
        attempt: evidence.attempt,
        subject: subject_of(&evidence.artefacts),
        at: now(),
        evidence: Some(id(person)),
    }
}

fn document(requirement: Requirement) -> DocumentFact {
    DocumentFact {
        artefact: id(30),
        requirement,
        name: "plan.pdf".into(),
        owner: id(8),
        confirmed_at: days_ago(10),
        evidence: Some(id(30)),
    }
}

fn finding(number: u8, severity: Severity) -> FindingFact {
    FindingFact {
        id: id(number),
        title: "telnet runs at boot".into(),
        state: StateName::Triaged,
        severity,
        ssvc: None,
        overdue: false,
    }
}

fn exception(finding: u8) -> Exception {
    Exception {
        id: id(finding),
        finding: id(finding),
        release: None,
        owner: id(8),
        reason: Why::parse("replaced in the next release").unwrap(),
        until: now().day(),
        approved_by: id(9),
        approver_roles: BTreeSet::from([Role::Psirt]),
        approved_at: days_ago(5),
        revoked_at: None,
        evidence: None,
    }
}

pub(crate) fn policy() -> GatePolicy {
    GatePolicy::new(id(1), PolicyParts::initial()).unwrap()
}

/// A submission that lacks nothing.
pub(crate) fn flawless() -> GateEvidence {
    let mut evidence = GateEvidence {
        release: id(1),
        attempt: 2,
        submitter: id(7),
        artefacts: vec![artefact(ArtefactKind::Image, 11), artefact(ArtefactKind::Source, 12)],
        runs: vec![run(RunKind::VulnerabilityTests, 11), run(RunKind::StaticAnalysis, 12)],
        sboms: vec![SbomFact { artefact: id(13), components: 40, fault: None, evidence: None }],
        documents: vec![document(Requirement::SecurityPlan), document(Requirement::ThreatModel)],
        findings: Vec::new(),
        exceptions: Vec::new(),
        sign_offs: Vec::new(),
    };
    evidence.sign_offs = vec![sign_off(9, &evidence)];
    evidence
}

fn outcomes(decision: &GateDecision) -> BTreeMap<Requirement, Outcome> {
    decision.reasons().iter().map(|reason| (reason.requirement, reason.outcome)).collect()
}

/// Spoils a flawless submission and says what the requirement and the verdict come to.
fn check(
    name: &str,
    requirement: Requirement,
    expected: Outcome,
    spoil: impl FnOnce(&mut GateEvidence),
) -> GateReason {
    let mut evidence = flawless();
    spoil(&mut evidence);
    let decision = decide(&policy(), &evidence, now());
    let found = outcomes(&decision);
    assert_eq!(found[&requirement], expected, "{name}: {:#?}", decision.reasons());
    let verdict = match (expected.is_met(), requirement) {
        (true, _) => GateVerdict::Approved,
        (false, Requirement::SignOff) => GateVerdict::Waiting,
        (false, _) => GateVerdict::Blocked,
    };
    let others = found.iter().all(|(one, outcome)| *one == requirement || outcome.is_met());
    assert!(!others || decision.verdict() == verdict, "{name}");
    assert_eq!(decision.pass().is_ok(), decision.verdict() == GateVerdict::Approved, "{name}");
    decision.reasons().iter().find(|one| one.requirement == requirement).unwrap().clone()
}

#[test]
fn a_flawless_submission_passes_with_a_reason_for_everything() {
    let decision = decide(&policy(), &flawless(), now());
    assert_eq!(decision.verdict(), GateVerdict::Approved, "{:#?}", decision.reasons());
    let found = outcomes(&decision);
    assert_eq!(found.len(), Requirement::ALL.len());
    for (requirement, outcome) in found {
        let by_document =
            matches!(requirement, Requirement::SecurityPlan | Requirement::ThreatModel);
        assert_eq!(outcome, if by_document { Outcome::Document } else { Outcome::Met });
    }
    for reason in decision.reasons() {
        assert!(!reason.because.is_empty() && reason.because.iter().all(|text| !text.is_empty()));
        let bare = matches!(reason.requirement, Requirement::Findings);
        assert!(bare || !reason.links.is_empty(), "{reason:?}");
    }
}

#[test]
fn documents() {
    use Outcome::{Document, Missing};
    let plan = Requirement::SecurityPlan;
    let aged = |days| move |e: &mut GateEvidence| e.documents[0].confirmed_at = days_ago(days);
    let reason = check("fresh", plan, Document, |_| ());
    assert!(reason.links.contains(&Link::Person(id(8))), "its owner is named");
    check("none", plan, Missing, |e| _ = e.documents.remove(0));
    check("a year old", plan, Document, aged(366));
    let old = check("older", plan, Missing, aged(367));
    assert!(
        old.because.iter().any(|text| text.contains("last confirmed on 2025-11-21")),
        "{old:?}"
    );
    check("from the future", plan, Missing, |e| {
        e.documents[0].confirmed_at = now().plus_ms(1);
    });
    let refused = check("none allowed", Requirement::StaticAnalysis, Missing, |e| {
        e.runs.retain(|run| run.kind != RunKind::StaticAnalysis);
        e.documents.push(document(Requirement::StaticAnalysis));
    });
    assert!(refused.because.iter().any(|text| text == "the policy takes no document for this"));
}

#[test]
fn a_document_stands_in_for_what_is_missing_never_for_what_failed() {
    let mut parts = PolicyParts::initial();
    let rule = Some(DocumentRule { age_days_max: 30 });
    parts.requirements.insert(Requirement::VulnerabilityTests, rule);
    let policy = GatePolicy::new(id(1), parts).unwrap();
    let mut evidence = flawless();
    evidence.documents.push(document(Requirement::VulnerabilityTests));
    let outcome = |evidence: &GateEvidence| {
        outcomes(&decide(&policy, evidence, now()))[&Requirement::VulnerabilityTests]
    };
    assert_eq!(outcome(&evidence), Outcome::Met);
    evidence.runs[0].outcome = RunOutcome::Failed { why: "out of memory".into() };
    assert_eq!(outcome(&evidence), Outcome::Failed);
    evidence.runs.remove(0);
    assert_eq!(outcome(&evidence), Outcome::Document);
}

#[test]
fn runs_are_over_these_bytes() {
    use Outcome::{Failed, Met, Missing};
    let tests = Requirement::VulnerabilityTests;
    check("no image", tests, Missing, |e| _ = e.artefacts.remove(0));
    check("other bytes", tests, Missing, |e| e.runs[0].digest = Digest::of(b"other"));
    check("of another kind", tests, Missing, |e| e.runs[0].kind = RunKind::StaticAnalysis);
    check("a second image that nobody tested", tests, Missing, |e| {
        e.artefacts.push(artefact(ArtefactKind::Image, 14));
        e.sign_offs = vec![sign_off(9, e)];
    });
    check("an app that nobody tested", tests, Missing, |e| {
        e.artefacts.push(artefact(ArtefactKind::App, 14));
    });
    for (name, outcome) in [
        ("running", RunOutcome::Running),
        ("failed", RunOutcome::Failed { why: "x".into() }),
        ("incomplete", RunOutcome::Incomplete { why: "x".into() }),
    ] {
        check(name, tests, Failed, |e| e.runs[0].outcome = outcome);
    }
    let failed = RunFact {
        outcome: RunOutcome::Failed { why: "x".into() },
        ..run(RunKind::VulnerabilityTests, 11)
    };
    let early = failed.clone();
    check("failed first", tests, Met, |e| e.runs.insert(0, early));
    check("failed later", tests, Failed, |e| e.runs.push(failed));
    check("no source", Requirement::StaticAnalysis, Missing, |e| _ = e.artefacts.remove(1));
}

#[test]
fn bills_of_materials() {
    let sbom = Requirement::Sbom;
    check("none", sbom, Outcome::Missing, |e| e.sboms.clear());
    check("empty", sbom, Outcome::Failed, |e| e.sboms[0].components = 0);
    check("broken", sbom, Outcome::Failed, |e| e.sboms[0].fault = Some("not JSON".into()));
    check("one broken of two", sbom, Outcome::Failed, |e| {
        let fault = Some("not JSON".into());
        e.sboms.push(SbomFact { artefact: id(14), components: 0, fault, evidence: None });
    });
}

#[test]
fn rules_of_the_review() {
    let rules = Requirement::ReviewRules;
    let broken = |findings: &[u8]| {
        let findings = findings.iter().map(|number| id(*number)).collect();
        vec![BrokenRule { rule: "no-telnet".into(), because: "1 finding".into(), findings }]
    };
    check("no run", rules, Outcome::Missing, |e| e.runs.clear());
    check("broken by no finding", rules, Outcome::Failed, |e| e.runs[0].broken = broken(&[]));
    check("broken by a finding", rules, Outcome::Failed, |e| e.runs[0].broken = broken(&[21]));
    check("broken on other bytes", rules, Outcome::Met, |e| {
        let mut old = run(RunKind::VulnerabilityTests, 99);
        old.broken = broken(&[]);
        e.runs.push(old);
    });
    check("excepted", rules, Outcome::Excepted, |e| {
        e.runs[0].broken = broken(&[21]);
        e.findings = vec![finding(21, Severity::High)];
        e.exceptions = vec![exception(21)];
    });
    check("one of two excepted", rules, Outcome::Failed, |e| {
        e.runs[0].broken = broken(&[21, 22]);
        e.findings = vec![finding(21, Severity::Low), finding(22, Severity::Low)];
        e.exceptions = vec![exception(21)];
    });
    for (state, expected) in [
        (StateName::FalsePositive, Outcome::Excepted),
        (StateName::NotAffected, Outcome::Excepted),
        (StateName::Fixed, Outcome::Failed),
        (StateName::Accepted, Outcome::Failed),
        (StateName::Triaged, Outcome::Failed),
    ] {
        check(state.label(), rules, expected, |e| {
            e.runs[0].broken = broken(&[21]);
            e.findings = vec![FindingFact { state, ..finding(21, Severity::Low) }];
        });
    }
}

#[test]
fn findings_over_the_line() {
    use Outcome::{Failed, Met};
    let with = |fact: FindingFact| move |e: &mut GateEvidence| e.findings = vec![fact];
    let line = Requirement::Findings;
    check("high", line, Failed, with(finding(21, Severity::High)));
    check("medium", line, Met, with(finding(21, Severity::Medium)));
    let late = FindingFact { overdue: true, ..finding(21, Severity::Low) };
    check("late", line, Failed, with(late));
    for decision in ssvc::Decision::ALL {
        let expected = if *decision >= ssvc::Decision::Attend { Failed } else { Met };
        let urgent = FindingFact { ssvc: Some(*decision), ..finding(21, Severity::Low) };
        check(decision.label(), line, expected, with(urgent));
    }
    for state in StateName::ALL {
        let open = state.is_open() || *state == StateName::Accepted;
        let fact = FindingFact { state: *state, ..finding(21, Severity::Critical) };
        check(state.label(), line, if open { Failed } else { Met }, with(fact));
    }
    let many = check("many", line, Failed, |e| {
        e.findings = (0..200).map(|number| finding(number, Severity::High)).collect();
    });
    assert!(many.because.len() == 22 && many.links.len() == 20, "a page stays readable");
    assert_eq!(many.because[20], "and 180 more");
}

#[test]
fn exceptions_are_part_of_the_decision() {
    use Outcome::{Excepted, Failed};
    type Change = fn(&mut Exception);
    let cases: [(&str, Outcome, Change); 10] = [
        ("", Excepted, |_| ()),
        ("expired on 2026-11-22", Failed, |e| e.until = days_ago(1).day()),
        ("was revoked", Failed, |e| e.revoked_at = Some(now())),
        ("", Excepted, |e| e.revoked_at = Some(now().plus_ms(1))),
        ("not approved yet", Failed, |e| e.approved_at = now().plus_ms(1)),
        ("was not approved by security_lead and psirt", Failed, |e| {
            e.approver_roles = BTreeSet::from([Role::Engineer]);
        }),
        ("longer than the 90 days", Failed, |e| e.until = now().day().plus_days(86)),
        ("", Excepted, |e| e.until = now().day().plus_days(85)),
        ("is for another release", Failed, |e| e.release = Some(id(2))),
        ("", Excepted, |e| e.release = Some(id(1))),
    ];
    for (said, expected, change) in cases {
        let reason = check(said, Requirement::Findings, expected, |e| {
            let mut exception = exception(21);
            change(&mut exception);
            e.findings = vec![finding(21, Severity::Critical)];
            e.exceptions = vec![exception];
        });
        assert!(reason.because[0].contains(said), "{said}: {reason:?}");
        let named = reason.links.contains(&Link::Exception(id(21)));
        assert_eq!(named, expected == Excepted, "{reason:?}");
    }
    check("of another finding", Requirement::Findings, Failed, |e| {
        e.findings = vec![finding(21, Severity::Critical)];
        e.exceptions = vec![exception(22)];
    });
    check("one expired, one valid", Requirement::Findings, Excepted, |e| {
        e.findings = vec![finding(21, Severity::Critical)];
        let old = Exception { id: id(40), until: days_ago(2).day(), ..exception(21) };
        e.exceptions = vec![old, exception(21)];
    });
}

#[test]
fn what_is_granted_is_taken() {
    let rule = PolicyParts::initial().exceptions;
    let grant = |until, role| {
        let Exception { finding, release, owner, reason, .. } = exception(21);
        let request = ExceptionRequest { finding, release, owner, reason, until };
        Exception::grant(id(21), request, &rule, (id(9), BTreeSet::from([role])), now())
    };
    let today = now().day();
    for until in [today, today.plus_days(90)] {
        let granted = grant(until, Role::SecurityLead).unwrap();
        check("granted", Requirement::Findings, Outcome::Excepted, |e| {
            e.findings = vec![finding(21, Severity::Critical)];
            e.exceptions = vec![granted];
        });
    }
    let yesterday = days_ago(1).day();
    assert_eq!(grant(yesterday, Role::Psirt), Err(ExceptionError::Past(yesterday)));
    let long = ExceptionError::TooLong { days_max: 90, last: today.plus_days(90) };
    assert_eq!(grant(today.plus_days(91), Role::Psirt), Err(long));
    assert_eq!(grant(today, Role::Engineer), Err(ExceptionError::Role));
}

#[test]
fn sign_offs() {
    use Outcome::{Met, Missing};
    let line = Requirement::SignOff;
    type Change = fn(&mut SignOff);
    let cases: [(&str, Change); 5] = [
        ("submitted the release", |s| s.person = id(7)),
        ("signed off another submission", |s| s.attempt = 1),
        ("signed off another submission", |s| s.subject = Digest::of(b"other")),
        ("held none of the roles", |s| s.roles = BTreeSet::from([Role::Engineer])),
        ("in the future", |s| s.at = now().plus_ms(1)),
    ];
    for (said, change) in cases {
        let reason = check(said, line, Missing, |e| change(&mut e.sign_offs[0]));
        assert!(reason.because[0].contains(said), "{reason:?}");
    }
    check("nobody", line, Missing, |e| e.sign_offs.clear());
    check("also the submitter", line, Met, |e| e.sign_offs.insert(0, sign_off(7, e)));
    check("files were replaced", line, Missing, |e| {
        e.artefacts[0].digest = Digest::of(b"new");
    });
    let mut parts = PolicyParts::initial();
    parts.sign_offs.count = 2;
    let two = GatePolicy::new(id(1), parts).unwrap();
    let mut evidence = flawless();
    let verdict = |evidence: &GateEvidence| decide(&two, evidence, now()).verdict();
    evidence.sign_offs.push(sign_off(9, &evidence));
    assert_eq!(verdict(&evidence), GateVerdict::Waiting, "one person twice");
    let decision = decide(&two, &evidence, now());
    let said: Vec<&String> = decision.reasons().iter().flat_map(|one| &one.because).collect();
    assert!(said.iter().any(|text| text.ends_with("counts once")), "{said:?}");
    evidence.sign_offs.push(sign_off(10, &evidence));
    assert_eq!(verdict(&evidence), GateVerdict::Approved);
}

#[test]
fn what_is_missing_beside_a_sign_off_blocks() {
    let mut evidence = flawless();
    evidence.sign_offs.clear();
    evidence.sboms.clear();
    assert_eq!(decide(&policy(), &evidence, now()).verdict(), GateVerdict::Blocked);
}

#[test]
fn the_subject_is_what_is_reviewed() {
    let (image, source) = (artefact(ArtefactKind::Image, 1), artefact(ArtefactKind::Source, 2));
    let both = subject_of(&[image.clone(), source.clone()]);
    assert_eq!(both, subject_of(&[source.clone(), image.clone(), image.clone()]));
    assert_ne!(both, subject_of(std::slice::from_ref(&image)));
    let report = artefact(ArtefactKind::Report, 3);
    assert_eq!(both, subject_of(&[image.clone(), source.clone(), report]));
    let swapped = ArtefactFact { kind: ArtefactKind::Source, ..image };
    let other = ArtefactFact { kind: ArtefactKind::Image, ..source };
    assert_ne!(both, subject_of(&[swapped, other]));
}

#[test]
fn policies_that_make_no_sense() {
    type Change = fn(&mut PolicyParts);
    let no_entitlement = |role, permission| PolicyError::NotEntitled { role, permission };
    let cases: [(PolicyError, Change); 10] = [
        (PolicyError::Nothing, |p| p.requirements.clear()),
        (PolicyError::NoLine, |p| {
            p.line = FindingLine { severity_min: None, ssvc_min: None, overdue: false };
        }),
        (PolicyError::NoDocument(Requirement::SignOff), |p| {
            let rule = Some(DocumentRule { age_days_max: 1 });
            p.requirements.insert(Requirement::SignOff, rule);
        }),
        (PolicyError::Days { what: "a document's age", max: DOCUMENT_DAYS_MAX }, |p| {
            let rule = Some(DocumentRule { age_days_max: 9999 });
            p.requirements.insert(Requirement::Sbom, rule);
        }),
        (PolicyError::Days { what: "an exception", max: EXCEPTION_DAYS_MAX }, |p| {
            p.exceptions.days_max = 0;
        }),
        (PolicyError::SignOffs, |p| p.sign_offs.count = 0),
        (PolicyError::SignOffs, |p| p.sign_offs.count = 11),
        (PolicyError::NoSigner, |p| p.sign_offs.roles.clear()),
        (no_entitlement(Role::Engineer, PermissionName::GrantException), |p| {
            p.exceptions.approvers.insert(Role::Engineer);
        }),
        (no_entitlement(Role::Assessor, PermissionName::SignOffRelease), |p| {
            p.sign_offs.roles.insert(Role::Assessor);
        }),
    ];
    for (expected, change) in cases {
        let mut parts = PolicyParts::initial();
        change(&mut parts);
        assert_eq!(GatePolicy::new(id(1), parts), Err(expected));
    }
}
