//! The decision.

use super::decision::{GateDecision, GateReason, GateVerdict, Link, Outcome};
use super::evidence::{FindingFact, GateEvidence, subject_of};
use super::exceptions::Exception;
use super::policy::{GatePolicy, Requirement};
use super::requirements;
use crate::finding::StateName;
use crate::id::{ExceptionId, FindingId};
use crate::time::Time;
use duecare_base::Digest;
use std::collections::BTreeMap;

/// What the requirements are judged by.
pub(super) struct Case<'a> {
    pub(super) policy: &'a GatePolicy,
    pub(super) evidence: &'a GateEvidence,
    pub(super) subject: Digest,
    pub(super) now: Time,
    /// By finding, the exception that holds for it.
    valid: BTreeMap<FindingId, ExceptionId>,
    /// By finding, why exceptions of it don't hold.
    faults: BTreeMap<FindingId, Vec<String>>,
    findings: BTreeMap<FindingId, &'a FindingFact>,
}

/// Decides whether a release may be published now.
#[must_use]
pub fn decide(policy: &GatePolicy, evidence: &GateEvidence, now: Time) -> GateDecision {
    let case = Case::new(policy, evidence, now);
    let reasons: Vec<GateReason> =
        policy.parts().requirements.keys().map(|requirement| case.judge(*requirement)).collect();
    let mut unmet = reasons.iter().filter(|reason| !reason.outcome.is_met()).peekable();
    let verdict = if unmet.peek().is_none() {
        GateVerdict::Approved
    } else if unmet.all(|reason| reason.requirement == Requirement::SignOff) {
        GateVerdict::Waiting
    } else {
        GateVerdict::Blocked
    };
    GateDecision {
        release: evidence.release,
        attempt: evidence.attempt,
        subject: case.subject,
        policy: policy.id(),
        at: now,
        verdict,
        reasons,
    }
}

impl<'a> Case<'a> {
    fn new(policy: &'a GatePolicy, evidence: &'a GateEvidence, now: Time) -> Self {
        let mut valid = BTreeMap::new();
        let mut faults: BTreeMap<FindingId, Vec<String>> = BTreeMap::new();
        let rule = &policy.parts().exceptions;
        let fault_of = |exception: &Exception| exception.fault(rule, evidence.release, now);
        for exception in &evidence.exceptions {
            match fault_of(exception) {
                None => _ = valid.entry(exception.finding).or_insert(exception.id),
                Some(fault) => faults.entry(exception.finding).or_default().push(fault),
            }
        }
        let findings = evidence.findings.iter().map(|finding| (finding.id, finding)).collect();
        let subject = subject_of(&evidence.artefacts);
        Self { policy, evidence, subject, now, valid, faults, findings }
    }

    fn judge(&self, requirement: Requirement) -> GateReason {
        let mut reason = match requirement {
            Requirement::SecurityPlan | Requirement::ThreatModel => Reason::missing(requirement)
                .saying("nothing of the program meets this yet".to_owned()),
            Requirement::StaticAnalysis | Requirement::VulnerabilityTests => {
                requirements::runs(self, requirement)
            }
            Requirement::Sbom => requirements::sbom(self),
            Requirement::ReviewRules => requirements::review_rules(self),
            Requirement::Findings => requirements::findings(self),
            Requirement::SignOff => requirements::sign_off(self),
        };
        // A document stands in for what is missing, never for what failed.
        if reason.0.outcome == Outcome::Missing && requirement.takes_document() {
            reason = requirements::document(self, requirement, reason);
        }
        reason.0
    }

    /// Whether a finding holds the release up, apart from exceptions.
    pub(super) fn is_over_line(&self, finding: &FindingFact) -> bool {
        let line = self.policy.parts().line;
        // An accepted finding is open as far as the gate goes: its exception must hold here too.
        let open = finding.state.is_open() || finding.state == StateName::Accepted;
        open && (line.severity_min.is_some_and(|min| finding.severity >= min)
            || line.ssvc_min.is_some_and(|min| finding.ssvc.is_some_and(|now| now >= min))
            || line.overdue && finding.overdue)
    }

    pub(super) fn exception_for(&self, finding: FindingId) -> Option<ExceptionId> {
        self.valid.get(&finding).copied()
    }

    pub(super) fn exception_faults(&self, finding: FindingId) -> &[String] {
        self.faults.get(&finding).map(Vec::as_slice).unwrap_or_default()
    }

    pub(super) fn finding(&self, finding: FindingId) -> Option<&'a FindingFact> {
        self.findings.get(&finding).copied()
    }
}

/// A reason in the making.
pub(super) struct Reason(pub(super) GateReason);

impl Reason {
    pub(super) fn new(requirement: Requirement, outcome: Outcome) -> Self {
        Self(GateReason { requirement, outcome, because: Vec::new(), links: Vec::new() })
    }

    pub(super) fn missing(requirement: Requirement) -> Self {
        Self::new(requirement, Outcome::Missing)
    }

    pub(super) fn saying(mut self, text: String) -> Self {
        self.say(text);
        self
    }

    pub(super) fn say(&mut self, text: String) {
        self.0.because.push(text);
    }

    pub(super) fn link(&mut self, link: Link) {
        if !self.0.links.contains(&link) {
            self.0.links.push(link);
        }
    }

    /// Makes the outcome worse, never better.
    pub(super) fn worsen(&mut self, outcome: Outcome) {
        self.0.outcome = self.0.outcome.max(outcome);
    }
}
