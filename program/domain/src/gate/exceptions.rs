//! Findings that are accepted for a while: part of the decision, never a way around it.

use super::policy::ExceptionRule;
use crate::access::Role;
use crate::id::{EvidenceId, ExceptionId, FindingId, PersonId, ReleaseId};
use crate::text::{Why, listed};
use crate::time::{Day, Time};
use std::collections::BTreeSet;

/// A finding that is accepted for a while.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Exception {
    /// Which.
    pub id: ExceptionId,
    /// Of this finding.
    pub finding: FindingId,
    /// In this release alone; in all of the product when `None`.
    pub release: Option<ReleaseId>,
    /// Who answers for it.
    pub owner: PersonId,
    /// Why.
    pub reason: Why,
    /// The last day on which it holds.
    pub until: Day,
    /// Who approved it.
    pub approved_by: PersonId,
    /// The roles that the approver held then.
    pub approver_roles: BTreeSet<Role>,
    /// When it was approved.
    pub approved_at: Time,
    /// When it was revoked.
    pub revoked_at: Option<Time>,
    /// The entry in the log.
    pub evidence: Option<EvidenceId>,
}

/// What somebody asks to have accepted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExceptionRequest {
    /// Which finding.
    pub finding: FindingId,
    /// In this release alone; in all of the product when `None`.
    pub release: Option<ReleaseId>,
    /// Who answers for it.
    pub owner: PersonId,
    /// Why.
    pub reason: Why,
    /// The last day on which it is to hold.
    pub until: Day,
}

/// Why an exception can't be granted.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ExceptionError {
    /// The last day is over already.
    #[error("{0} is over; choose a later day")]
    Past(Day),
    /// The last day is too far away.
    #[error("the policy allows exceptions for {days_max} days, until {last} at most")]
    TooLong {
        /// How many days the policy allows.
        days_max: u32,
        /// The last day that would do.
        last: Day,
    },
    /// Not by this person.
    #[error("the policy lets nobody with your roles approve exceptions")]
    Role,
}

impl Exception {
    /// Grants an exception, so that the gate will take it under the same rule.
    ///
    /// # Errors
    /// [`ExceptionError`] when the gate would not take it.
    pub fn grant(
        id: ExceptionId,
        request: ExceptionRequest,
        rule: &ExceptionRule,
        (approved_by, approver_roles): (PersonId, BTreeSet<Role>),
        now: Time,
    ) -> Result<Self, ExceptionError> {
        let ExceptionRequest { finding, release, owner, reason, until } = request;
        let last = now.day().plus_days(rule.days_max);
        if until < now.day() {
            return Err(ExceptionError::Past(until));
        }
        if until > last {
            return Err(ExceptionError::TooLong { days_max: rule.days_max, last });
        }
        if approver_roles.is_disjoint(&rule.approvers) {
            return Err(ExceptionError::Role);
        }
        Ok(Self {
            id,
            finding,
            release,
            owner,
            reason,
            until,
            approved_by,
            approver_roles,
            approved_at: now,
            revoked_at: None,
            evidence: None,
        })
    }

    /// Why it does not hold for this release now; `None` when it does.
    pub(super) fn fault(
        &self,
        rule: &ExceptionRule,
        release: ReleaseId,
        now: Time,
    ) -> Option<String> {
        let id = self.id;
        let longest = self.approved_at.day().plus_days(rule.days_max);
        if self.release.is_some_and(|only| only != release) {
            Some(format!("exception {id} is for another release"))
        } else if self.revoked_at.is_some_and(|revoked| revoked <= now) {
            Some(format!("exception {id} was revoked"))
        } else if self.approved_at > now {
            Some(format!("exception {id} is not approved yet"))
        } else if now.day() > self.until {
            Some(format!("exception {id} expired on {}", self.until))
        } else if self.approver_roles.is_disjoint(&rule.approvers) {
            let roles: Vec<Role> = rule.approvers.iter().copied().collect();
            Some(if roles.is_empty() {
                format!("exception {id}: the policy takes no exceptions")
            } else {
                format!("exception {id} was not approved by {}", listed(&roles))
            })
        } else if self.until > longest {
            let max = rule.days_max;
            Some(format!("exception {id} is for longer than the {max} days of the policy"))
        } else {
            None
        }
    }
}
