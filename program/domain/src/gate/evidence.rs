//! What there is about one submission of a release, as far as the gate asks for it.

use super::exceptions::Exception;
use super::policy::Requirement;
use crate::access::Role;
use crate::catalogue::ArtefactKind;
use crate::finding::{StateName, ssvc};
use crate::id::{ArtefactId, EvidenceId, FindingId, PersonId, ReleaseId, RunId};
use crate::labels::labels;
use crate::time::Time;
use duecare_base::{Digest, Severity};
use std::collections::BTreeSet;

/// A file of the submission.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct ArtefactFact {
    /// What it is.
    pub kind: ArtefactKind,
    /// What its bytes are.
    pub digest: Digest,
    /// Which.
    pub id: ArtefactId,
    /// Its name, for people.
    pub name: String,
}

/// One digest over all files that are reviewed and approved together: kind and digest of each
/// subject, sorted, so that neither order nor name nor upload count.
#[must_use]
pub fn subject_of(artefacts: &[ArtefactFact]) -> Digest {
    let subjects: BTreeSet<(&str, &[u8; 32])> = artefacts
        .iter()
        .filter(|artefact| artefact.kind.is_subject())
        .map(|artefact| (artefact.kind.label(), artefact.digest.as_bytes()))
        .collect();
    let mut fields: Vec<&[u8]> = vec![b"duecare-subject-v1"];
    for (kind, digest) in subjects {
        fields.extend([kind.as_bytes(), digest.as_slice()]);
    }
    Digest::of_fields(&fields)
}

labels! {
    /// What a run of a review does.
    RunKind, "kind of run" {
        /// Analyses source.
        StaticAnalysis = "static_analysis",
        /// Tests an image.
        VulnerabilityTests = "vulnerability_tests",
    }
}

/// How a run came out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RunOutcome {
    /// It has not ended.
    Running,
    /// It ended without a result.
    Failed {
        /// Why.
        why: String,
    },
    /// It saw too little to say anything.
    Incomplete {
        /// What it did not see.
        why: String,
    },
    /// It saw what there was to see.
    Complete,
}

/// A rule of the review's policy that is broken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BrokenRule {
    /// Its name.
    pub rule: String,
    /// Why, for people.
    pub because: String,
    /// The findings that break it; empty when something else does, which no exception reaches.
    pub findings: BTreeSet<FindingId>,
}

/// A run of a review over one file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RunFact {
    /// Which.
    pub id: RunId,
    /// What it does.
    pub kind: RunKind,
    /// What was looked at.
    pub digest: Digest,
    /// How it came out.
    pub outcome: RunOutcome,
    /// The rules that are broken.
    pub broken: Vec<BrokenRule>,
    /// The entry in the log.
    pub evidence: Option<EvidenceId>,
}

/// A bill of materials.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SbomFact {
    /// The file that holds it.
    pub artefact: ArtefactId,
    /// How many components it names.
    pub components: u64,
    /// Why it can't be used, if it can't.
    pub fault: Option<String>,
    /// The entry in the log.
    pub evidence: Option<EvidenceId>,
}

/// A document that somebody answers for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DocumentFact {
    /// The file.
    pub artefact: ArtefactId,
    /// What it stands in for.
    pub requirement: Requirement,
    /// Its name, for people.
    pub name: String,
    /// Who answers for it.
    pub owner: PersonId,
    /// When its owner last confirmed it: its upload, unless it was confirmed later.
    pub confirmed_at: Time,
    /// The entry in the log.
    pub evidence: Option<EvidenceId>,
}

/// A finding that is in this release.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FindingFact {
    /// Which.
    pub id: FindingId,
    /// What it is, for people.
    pub title: String,
    /// Its state now.
    pub state: StateName,
    /// How bad it is.
    pub severity: Severity,
    /// How urgent it is, where somebody said.
    pub ssvc: Option<ssvc::Decision>,
    /// Whether it is late.
    pub overdue: bool,
}

/// Somebody has signed off.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SignOff {
    /// Who.
    pub person: PersonId,
    /// The roles that the person held then.
    pub roles: BTreeSet<Role>,
    /// Which submission.
    pub attempt: u32,
    /// Over which files: see [`subject_of`].
    pub subject: Digest,
    /// When.
    pub at: Time,
    /// The entry in the log.
    pub evidence: Option<EvidenceId>,
}

/// Everything about one submission.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GateEvidence {
    /// Of which release.
    pub release: ReleaseId,
    /// The number of the submission, from 1.
    pub attempt: u32,
    /// Who submitted it.
    pub submitter: PersonId,
    /// Its files.
    pub artefacts: Vec<ArtefactFact>,
    /// Runs over them, the latest of each file and kind last.
    pub runs: Vec<RunFact>,
    /// Bills of materials.
    pub sboms: Vec<SbomFact>,
    /// Documents.
    pub documents: Vec<DocumentFact>,
    /// Findings in this release.
    pub findings: Vec<FindingFact>,
    /// Exceptions of these findings, ended ones too.
    pub exceptions: Vec<Exception>,
    /// Sign-offs.
    pub sign_offs: Vec<SignOff>,
}
