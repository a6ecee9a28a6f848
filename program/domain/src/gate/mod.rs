//! The gate: whether a release may be published, and why.
//!
//! [`decide`] compares a policy with what there is about one submission of a release and gives a
//! reason for each requirement, with links to what proves it. A [`GatePass`] comes from a decision
//! that approves, and from nothing else; [`crate::release::publish`] takes one.

mod decide;
mod decision;
mod evidence;
mod exceptions;
mod policy;
mod requirements;
#[cfg(test)]
pub(crate) mod tests;

pub use decide::decide;
pub use decision::{
    GateDecision, GatePass, GateReason, GateVerdict, Link, NotApproved, Outcome, PASS_MS_MAX,
};
pub use evidence::{
    ArtefactFact, BrokenRule, DocumentFact, FindingFact, GateEvidence, RunFact, RunKind,
    RunOutcome, SbomFact, SignOff, subject_of,
};
pub use exceptions::{Exception, ExceptionError, ExceptionRequest};
pub use policy::{
    DOCUMENT_DAYS_MAX, DocumentRule, EXCEPTION_DAYS_MAX, ExceptionRule, FindingLine, GatePolicy,
    PolicyError, PolicyParts, Requirement, SIGN_OFFS_MAX, SignOffRule,
};
