//! The gate's decision, and the pass that comes from one.

use super::policy::Requirement;
use crate::id::{
    ArtefactId, EvidenceId, ExceptionId, FindingId, PersonId, PolicyId, ReleaseId, RunId,
};
use crate::labels::labels;
use crate::time::Time;
use duecare_base::Digest;

/// For how long a pass is good, in milliseconds: five minutes, enough to publish after deciding
/// and short enough that an exception which runs out in between holds nothing open.
pub const PASS_MS_MAX: u64 = 300_000;

labels! {
    /// Whether a release may be published.
    GateVerdict, "verdict" {
        /// Every requirement is met.
        Approved = "approved",
        /// Only sign-offs are missing.
        Waiting = "waiting",
        /// A requirement is not met.
        Blocked = "blocked",
    }
}

labels! {
    /// How one requirement came out.
    Outcome, "outcome" {
        /// Met.
        Met = "met",
        /// Met by a document that a person answers for.
        Document = "document",
        /// Met, since what breaks it is excepted.
        Excepted = "excepted",
        /// There is nothing that meets it.
        Missing = "missing",
        /// There is something, and it says no.
        Failed = "failed",
    }
}

impl Outcome {
    /// Whether the requirement lets the release pass.
    #[must_use]
    pub const fn is_met(self) -> bool {
        matches!(self, Self::Met | Self::Document | Self::Excepted)
    }
}

/// What a reason points to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Link {
    /// An entry of the log.
    Evidence(EvidenceId),
    /// A run of a review.
    Run(RunId),
    /// A file.
    Artefact(ArtefactId),
    /// A finding.
    Finding(FindingId),
    /// An exception.
    Exception(ExceptionId),
    /// A person.
    Person(PersonId),
}

/// Why one requirement came out as it did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GateReason {
    /// The requirement.
    pub requirement: Requirement,
    /// How it came out.
    pub outcome: Outcome,
    /// Why, one sentence each, for people.
    pub because: Vec<String>,
    /// What proves it, or breaks it.
    pub links: Vec<Link>,
}

/// The gate's decision. Only [`decide`](super::decide) makes one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GateDecision {
    pub(super) release: ReleaseId,
    pub(super) attempt: u32,
    pub(super) subject: Digest,
    pub(super) policy: PolicyId,
    pub(super) at: Time,
    pub(super) verdict: GateVerdict,
    pub(super) reasons: Vec<GateReason>,
}

/// Leave to publish one submission of one release, for [`PASS_MS_MAX`] from the decision. It can't
/// be copied, kept in a database or made by hand:
///
/// ```compile_fail
/// fn copy(pass: duecare_domain::gate::GatePass) -> [duecare_domain::gate::GatePass; 2] {
///     [pass.clone(), pass]
/// }
/// ```
/// ```compile_fail
/// fn change(pass: &mut duecare_domain::gate::GatePass) {
///     pass.attempt = 2;
/// }
/// ```
#[derive(Debug)]
pub struct GatePass {
    release: ReleaseId,
    attempt: u32,
    subject: Digest,
    policy: PolicyId,
    decided_at: Time,
}

/// The decision approves nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the gate does not let this release pass: it is {0}")]
pub struct NotApproved(pub GateVerdict);

impl GateDecision {
    /// About which release.
    #[must_use]
    pub fn release(&self) -> ReleaseId {
        self.release
    }

    /// About which submission.
    #[must_use]
    pub fn attempt(&self) -> u32 {
        self.attempt
    }

    /// About which files: see [`subject_of`](super::subject_of).
    #[must_use]
    pub fn subject(&self) -> Digest {
        self.subject
    }

    /// By which version of the policy.
    #[must_use]
    pub fn policy(&self) -> PolicyId {
        self.policy
    }

    /// When.
    #[must_use]
    pub fn at(&self) -> Time {
        self.at
    }

    /// Whether the release may be published.
    #[must_use]
    pub fn verdict(&self) -> GateVerdict {
        self.verdict
    }

    /// One for each requirement of the policy, in their order.
    #[must_use]
    pub fn reasons(&self) -> &[GateReason] {
        &self.reasons
    }

    /// The pass, when the decision approves.
    ///
    /// # Errors
    /// [`NotApproved`] when it does not.
    pub fn pass(&self) -> Result<GatePass, NotApproved> {
        if self.verdict != GateVerdict::Approved {
            return Err(NotApproved(self.verdict));
        }
        Ok(GatePass {
            release: self.release,
            attempt: self.attempt,
            subject: self.subject,
            policy: self.policy,
            decided_at: self.at,
        })
    }
}

impl GatePass {
    /// For which release.
    #[must_use]
    pub fn release(&self) -> ReleaseId {
        self.release
    }

    /// For which submission.
    #[must_use]
    pub fn attempt(&self) -> u32 {
        self.attempt
    }

    /// For which files.
    #[must_use]
    pub fn subject(&self) -> Digest {
        self.subject
    }

    /// By which version of the policy.
    #[must_use]
    pub fn policy(&self) -> PolicyId {
        self.policy
    }

    /// Whether it is good at this time.
    #[must_use]
    pub fn is_fresh(&self, now: Time) -> bool {
        self.decided_at <= now && now.ms_since(self.decided_at) <= PASS_MS_MAX
    }
}
