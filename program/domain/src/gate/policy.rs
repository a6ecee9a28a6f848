//! What a maker asks of a release before it ships.

use crate::access::{PermissionName, Role, rule};
use crate::finding::ssvc;
use crate::id::PolicyId;
use crate::labels::labels;
use duecare_base::Severity;
use std::collections::{BTreeMap, BTreeSet};

/// Longest age that a policy may allow a document, in days: two years, the interval of assessments.
pub const DOCUMENT_DAYS_MAX: u32 = 731;

/// Longest time that a policy may allow an exception, in days.
pub const EXCEPTION_DAYS_MAX: u32 = 366;

/// Most sign-offs that a policy may ask for: more is a slip of the finger.
pub const SIGN_OFFS_MAX: u32 = 10;

labels! {
    /// What can be asked of a release.
    Requirement, "requirement" {
        /// The security plan: each function, and how it affects security.
        SecurityPlan = "security_plan",
        /// A threat model.
        ThreatModel = "threat_model",
        /// Static analysis of this source.
        StaticAnalysis = "static_analysis",
        /// Vulnerability tests of these images.
        VulnerabilityTests = "vulnerability_tests",
        /// A bill of materials.
        Sbom = "sbom",
        /// The rules of the review's own policy.
        ReviewRules = "review_rules",
        /// No open finding over the line without an exception.
        Findings = "findings",
        /// Sign-off by others than the submitter.
        SignOff = "sign_off",
    }
}

impl Requirement {
    /// What is asked, for people.
    #[must_use]
    pub const fn title(self) -> &'static str {
        match self {
            Self::SecurityPlan => "there is a security plan",
            Self::ThreatModel => "there is a threat model",
            Self::StaticAnalysis => "this source was analysed",
            Self::VulnerabilityTests => "these images were tested for vulnerabilities",
            Self::Sbom => "there is a bill of materials",
            Self::ReviewRules => "the rules of the review are met",
            Self::Findings => "no open finding is over the line",
            Self::SignOff => "somebody other than the submitter has signed off",
        }
    }

    /// Whether a document can stand in for it: never for what is about findings and people.
    #[must_use]
    pub const fn takes_document(self) -> bool {
        !matches!(self, Self::ReviewRules | Self::Findings | Self::SignOff)
    }
}

/// Documents that stand in for what no module does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DocumentRule {
    /// How old one may be, in days.
    pub age_days_max: u32,
}

/// Which findings hold a release up: those that reach any of these.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FindingLine {
    /// This severity and above.
    pub severity_min: Option<Severity>,
    /// This decision of SSVC and above.
    pub ssvc_min: Option<ssvc::Decision>,
    /// Those that are late, however small.
    pub overdue: bool,
}

/// Who may except a finding, and for how long.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExceptionRule {
    /// Roles of which the approver must hold one; no exception counts when empty.
    pub approvers: BTreeSet<Role>,
    /// Longest time from approval to end, in days.
    pub days_max: u32,
}

/// Who must sign off.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SignOffRule {
    /// How many people; never the submitter, never one twice.
    pub count: u32,
    /// Roles of which each must hold one.
    pub roles: BTreeSet<Role>,
}

/// The parts of a policy, before they are checked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PolicyParts {
    /// What is asked, and for which of it a document does.
    pub requirements: BTreeMap<Requirement, Option<DocumentRule>>,
    /// Which findings hold a release up.
    pub line: FindingLine,
    /// Who may except a finding.
    pub exceptions: ExceptionRule,
    /// Who must sign off.
    pub sign_offs: SignOffRule,
}

/// A checked version of a policy.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GatePolicy {
    id: PolicyId,
    parts: PolicyParts,
}

/// What is wrong with a policy.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum PolicyError {
    /// Everything would pass.
    #[error("the policy asks for nothing, so every release would pass")]
    Nothing,
    /// Findings are asked for and no line is drawn.
    #[error("the policy asks about findings and doesn't say which hold a release up")]
    NoLine,
    /// Something no document can stand in for.
    #[error("no document can stand in for {0}")]
    NoDocument(Requirement),
    /// Too long a time, or none.
    #[error("{what} must be 1 to {max} days")]
    Days {
        /// Of what.
        what: &'static str,
        /// The longest time.
        max: u32,
    },
    /// Too many sign-offs, or none.
    #[error("sign-off must be asked of 1 to {SIGN_OFFS_MAX} people")]
    SignOffs,
    /// Nobody could sign off.
    #[error("no role may sign off")]
    NoSigner,
    /// Somebody would count who can't do it.
    #[error("{role} may not do this ({permission}), so the policy can't count on it")]
    NotEntitled {
        /// The role.
        role: Role,
        /// What the role lacks.
        permission: PermissionName,
    },
}

impl GatePolicy {
    /// A policy from its parts.
    ///
    /// # Errors
    /// [`PolicyError`] with the first fault.
    pub fn new(id: PolicyId, parts: PolicyParts) -> Result<Self, PolicyError> {
        if parts.requirements.is_empty() {
            return Err(PolicyError::Nothing);
        }
        for (requirement, document) in &parts.requirements {
            let Some(document) = document else { continue };
            if !requirement.takes_document() {
                return Err(PolicyError::NoDocument(*requirement));
            }
            days("a document's age", document.age_days_max, DOCUMENT_DAYS_MAX)?;
        }
        let line = parts.line;
        let drawn = line.severity_min.is_some() || line.ssvc_min.is_some() || line.overdue;
        if parts.requirements.contains_key(&Requirement::Findings) && !drawn {
            return Err(PolicyError::NoLine);
        }
        if !parts.exceptions.approvers.is_empty() {
            days("an exception", parts.exceptions.days_max, EXCEPTION_DAYS_MAX)?;
        }
        if parts.requirements.contains_key(&Requirement::SignOff) {
            if !(1..=SIGN_OFFS_MAX).contains(&parts.sign_offs.count) {
                return Err(PolicyError::SignOffs);
            }
            if parts.sign_offs.roles.is_empty() {
                return Err(PolicyError::NoSigner);
            }
        }
        entitled(&parts.exceptions.approvers, PermissionName::GrantException)?;
        entitled(&parts.sign_offs.roles, PermissionName::SignOffRelease)?;
        Ok(Self { id, parts })
    }

    /// Which version this is.
    #[must_use]
    pub fn id(&self) -> PolicyId {
        self.id
    }

    /// Its parts.
    #[must_use]
    pub fn parts(&self) -> &PolicyParts {
        &self.parts
    }
}

impl PolicyParts {
    /// What an installation begins with: all requirements; documents for plan and model, a year
    /// old at most; findings of severity high, or to be attended to, or late; exceptions for 90
    /// days by the security lead or PSIRT; one sign-off.
    #[must_use]
    pub fn initial() -> Self {
        let year = Some(DocumentRule { age_days_max: 366 });
        let document = |requirement: &Requirement| match requirement {
            Requirement::SecurityPlan | Requirement::ThreatModel => (*requirement, year),
            _ => (*requirement, None),
        };
        Self {
            requirements: Requirement::ALL.iter().map(document).collect(),
            line: FindingLine {
                severity_min: Some(Severity::High),
                ssvc_min: Some(ssvc::Decision::Attend),
                overdue: true,
            },
            exceptions: ExceptionRule {
                approvers: BTreeSet::from([Role::SecurityLead, Role::Psirt]),
                days_max: 90,
            },
            sign_offs: SignOffRule {
                count: 1,
                roles: BTreeSet::from([Role::SecurityLead, Role::ReleaseManager]),
            },
        }
    }
}

fn entitled(roles: &BTreeSet<Role>, permission: PermissionName) -> Result<(), PolicyError> {
    match roles.iter().find(|role| !rule(permission).allows(**role)) {
        Some(role) => Err(PolicyError::NotEntitled { role: *role, permission }),
        None => Ok(()),
    }
}

fn days(what: &'static str, days: u32, max: u32) -> Result<(), PolicyError> {
    if (1..=max).contains(&days) { Ok(()) } else { Err(PolicyError::Days { what, max }) }
}
