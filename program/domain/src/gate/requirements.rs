//! One function for each requirement.

use super::decide::{Case, Reason};
use super::decision::{Link, Outcome};
use super::evidence::{ArtefactFact, BrokenRule, RunFact, RunKind, RunOutcome};
use super::policy::Requirement;
use crate::access::Role;
use crate::catalogue::ArtefactKind;
use crate::finding::StateName;
use crate::id::{EvidenceId, FindingId};
use crate::text::listed;
use std::collections::BTreeSet;

/// Findings that a reason names one by one; the rest is counted, so that a page stays readable.
const NAMED_MAX: usize = 20;

/// Static analysis of every source, tests of every image and app.
pub(super) fn runs(case: &Case<'_>, requirement: Requirement) -> Reason {
    let (kind, what) = match requirement {
        Requirement::StaticAnalysis => (RunKind::StaticAnalysis, "source archive"),
        _ => (RunKind::VulnerabilityTests, "image"),
    };
    let asked = |artefact: &&ArtefactFact| match kind {
        RunKind::StaticAnalysis => artefact.kind == ArtefactKind::Source,
        RunKind::VulnerabilityTests => {
            matches!(artefact.kind, ArtefactKind::Image | ArtefactKind::App)
        }
    };
    let artefacts: Vec<&ArtefactFact> = case.evidence.artefacts.iter().filter(asked).collect();
    let main = |artefact: &&ArtefactFact| artefact.kind != ArtefactKind::App;
    let mut reason = Reason::new(requirement, Outcome::Met);
    if !artefacts.iter().any(main) {
        reason.worsen(Outcome::Missing);
        reason.say(format!("the submission holds no {what}"));
    }
    for artefact in artefacts {
        let run = latest(&case.evidence.runs, kind, artefact);
        judge_run(&mut reason, artefact, run);
    }
    reason
}

fn latest<'a>(runs: &'a [RunFact], kind: RunKind, artefact: &ArtefactFact) -> Option<&'a RunFact> {
    runs.iter().rev().find(|run| run.kind == kind && run.digest == artefact.digest)
}

fn judge_run(reason: &mut Reason, artefact: &ArtefactFact, run: Option<&RunFact>) {
    let name = &artefact.name;
    reason.link(Link::Artefact(artefact.id));
    let Some(run) = run else {
        reason.worsen(Outcome::Missing);
        reason.say(format!("{name}: no run looked at these bytes"));
        return;
    };
    reason.link(Link::Run(run.id));
    prove(reason, run.evidence);
    match &run.outcome {
        RunOutcome::Complete => reason.say(format!("{name}: looked at in {}", run.id)),
        RunOutcome::Running => {
            reason.worsen(Outcome::Failed);
            reason.say(format!("{name}: {} has not ended", run.id));
        }
        RunOutcome::Failed { why } => {
            reason.worsen(Outcome::Failed);
            reason.say(format!("{name}: {} failed: {why}", run.id));
        }
        RunOutcome::Incomplete { why } => {
            reason.worsen(Outcome::Failed);
            reason.say(format!("{name}: {} saw too little: {why}", run.id));
        }
    }
}

/// A bill of materials that can be used.
pub(super) fn sbom(case: &Case<'_>) -> Reason {
    let mut reason = Reason::missing(Requirement::Sbom);
    let mut met = false;
    for sbom in &case.evidence.sboms {
        reason.link(Link::Artefact(sbom.artefact));
        prove(&mut reason, sbom.evidence);
        if let Some(fault) = &sbom.fault {
            reason.worsen(Outcome::Failed);
            reason.say(format!("{} can't be used: {fault}", sbom.artefact));
        } else if sbom.components == 0 {
            reason.worsen(Outcome::Failed);
            reason.say(format!("{} names no component", sbom.artefact));
        } else {
            met = true;
            reason.say(format!("{} names {} components", sbom.artefact, sbom.components));
        }
    }
    if reason.0.because.is_empty() {
        reason.say("the submission holds no bill of materials".to_owned());
    }
    if met && reason.0.outcome == Outcome::Missing {
        reason.0.outcome = Outcome::Met;
    }
    reason
}

/// The rules of the review's own policy, with exceptions for the findings that break them.
pub(super) fn review_rules(case: &Case<'_>) -> Reason {
    let mut reason = Reason::new(Requirement::ReviewRules, Outcome::Met);
    let mut judged = 0_usize;
    for artefact in case.evidence.artefacts.iter().filter(|one| one.kind.is_subject()) {
        for kind in RunKind::ALL {
            let Some(run) = latest(&case.evidence.runs, *kind, artefact) else { continue };
            judged += 1;
            reason.link(Link::Run(run.id));
            prove(&mut reason, run.evidence);
            run.broken.iter().for_each(|rule| judge_rule(case, &mut reason, artefact, rule));
        }
    }
    if judged == 0 {
        reason.worsen(Outcome::Missing);
        reason.say("no run has judged anything of this submission".to_owned());
    } else if reason.0.because.is_empty() {
        reason.say("no rule is broken".to_owned());
    }
    reason
}

fn judge_rule(case: &Case<'_>, reason: &mut Reason, artefact: &ArtefactFact, rule: &BrokenRule) {
    let because = &rule.because;
    let unexcepted = rule.findings.iter().find(|finding| !case.is_settled(**finding));
    match unexcepted {
        None if !rule.findings.is_empty() => {
            reason.worsen(Outcome::Excepted);
            let count = rule.findings.len();
            reason.say(format!(
                "{}: {}: {because}; all {count} findings are excepted or judged",
                artefact.name, rule.rule
            ));
        }
        _ => {
            reason.worsen(Outcome::Failed);
            reason.say(format!("{}: {}: {because}", artefact.name, rule.rule));
        }
    }
    for finding in rule.findings.iter().take(NAMED_MAX) {
        reason.link(Link::Finding(*finding));
    }
}

/// No open finding over the line without an exception.
pub(super) fn findings(case: &Case<'_>) -> Reason {
    let mut reason = Reason::new(Requirement::Findings, Outcome::Met);
    let (mut over, mut excepted) = (0_usize, 0_usize);
    for finding in case.evidence.findings.iter().filter(|one| case.is_over_line(one)) {
        if let Some(exception) = case.exception_for(finding.id) {
            excepted += 1;
            reason.link(Link::Exception(exception));
            continue;
        }
        over += 1;
        if over > NAMED_MAX {
            continue;
        }
        reason.link(Link::Finding(finding.id));
        let late = if finding.overdue { ", late" } else { "" };
        let ssvc = finding.ssvc.map(|decision| format!(", {decision}")).unwrap_or_default();
        let mut text =
            format!("{}: {} ({}{ssvc}{late})", finding.id, finding.title, finding.severity);
        for fault in case.exception_faults(finding.id) {
            text.push_str("; ");
            text.push_str(fault);
        }
        reason.say(text);
    }
    if over > NAMED_MAX {
        reason.say(format!("and {} more", over - NAMED_MAX));
    }
    if over > 0 {
        reason.worsen(Outcome::Failed);
    } else if excepted > 0 {
        reason.worsen(Outcome::Excepted);
    }
    let count = case.evidence.findings.len();
    reason.say(format!(
        "of {count} findings in this release {over} hold it up and {excepted} are excepted"
    ));
    reason
}

impl Case<'_> {
    /// Whether a finding that breaks a rule of the review breaks nothing any more: it is excepted,
    /// or a person has judged that it is not there or does no harm. A finding that was said to be
    /// fixed and is seen all the same is not settled.
    fn is_settled(&self, finding: FindingId) -> bool {
        let judged = self.finding(finding).is_some_and(|fact| {
            matches!(fact.state, StateName::NotAffected | StateName::FalsePositive)
        });
        judged || self.exception_for(finding).is_some()
    }
}

/// Sign-offs over this submission, by the right people.
pub(super) fn sign_off(case: &Case<'_>) -> Reason {
    let rule = &case.policy.parts().sign_offs;
    let mut reason = Reason::missing(Requirement::SignOff);
    let mut counted = BTreeSet::new();
    for sign_off in &case.evidence.sign_offs {
        let who = sign_off.person;
        let fault = if sign_off.attempt != case.evidence.attempt || sign_off.subject != case.subject
        {
            Some("signed off another submission")
        } else if sign_off.at > case.now {
            Some("signed off in the future")
        } else if who == case.evidence.submitter {
            Some("submitted the release, and can't sign it off")
        } else if sign_off.roles.is_disjoint(&rule.roles) {
            Some("held none of the roles that may sign off")
        } else if !counted.insert(who) {
            Some("counts once")
        } else {
            None
        };
        if let Some(fault) = fault {
            reason.say(format!("{who} {fault}"));
            continue;
        }
        reason.link(Link::Person(who));
        prove(&mut reason, sign_off.evidence);
        reason.say(format!("{who} signed off at {}", sign_off.at));
    }
    let count = u32::try_from(counted.len()).unwrap_or(u32::MAX);
    if count >= rule.count {
        reason.0.outcome = Outcome::Met;
    } else {
        let roles: Vec<Role> = rule.roles.iter().copied().collect();
        reason.say(format!(
            "{count} of {} sign-offs are there; who may sign off: {}",
            rule.count,
            listed(&roles)
        ));
    }
    reason
}

/// A document in place of what is missing.
pub(super) fn document(case: &Case<'_>, requirement: Requirement, mut missing: Reason) -> Reason {
    let given: Vec<_> = case
        .evidence
        .documents
        .iter()
        .filter(|document| document.requirement == requirement)
        .collect();
    let Some(rule) = case.policy.parts().requirements.get(&requirement).copied().flatten() else {
        if !given.is_empty() {
            missing.say("the policy takes no document for this".to_owned());
        }
        return missing;
    };
    if given.is_empty() {
        missing.say("a document would do".to_owned());
    }
    for document in given {
        let (name, confirmed) = (&document.name, document.confirmed_at.day());
        let last = confirmed.plus_days(rule.age_days_max);
        if document.confirmed_at > case.now {
            missing.say(format!("{name} was confirmed in the future"));
        } else if case.now.day() > last {
            missing.say(format!("{name} was last confirmed on {confirmed}, and held until {last}"));
        } else {
            let mut reason = Reason::new(requirement, Outcome::Document);
            reason.link(Link::Artefact(document.artefact));
            reason.link(Link::Person(document.owner));
            prove(&mut reason, document.evidence);
            let owner = document.owner;
            return reason.saying(format!(
                "{name}, a document that {owner} answers for, confirmed on {confirmed}"
            ));
        }
        missing.link(Link::Artefact(document.artefact));
    }
    missing
}

fn prove(reason: &mut Reason, evidence: Option<EvidenceId>) {
    if let Some(evidence) = evidence {
        reason.link(Link::Evidence(evidence));
    }
}
