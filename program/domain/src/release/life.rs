//! What has happened to a release, and where that leaves it.

use crate::access::By;
use crate::gate::GateVerdict;
use crate::id::{EvidenceId, PersonId, PolicyId, ProductId, ReleaseId};
use crate::labels::labels;
use crate::text::Why;
use crate::time::Time;
use duecare_base::Digest;

labels! {
    /// Where a release is.
    Stage, "stage" {
        /// Planned; its files are coming together.
        Draft = "draft",
        /// Submitted: being reviewed, or waiting for sign-off.
        InReview = "in_review",
        /// The gate does not let it pass.
        Blocked = "blocked",
        /// The gate let it pass, and somebody approved it.
        Approved = "approved",
        /// Devices get it.
        Published = "published",
        /// Devices get a later one.
        Superseded = "superseded",
        /// Devices must not get it any more.
        Withdrawn = "withdrawn",
        /// Given up before it was published; its number stays.
        Abandoned = "abandoned",
    }
}

impl Stage {
    /// Whether devices have got it, now or earlier.
    #[must_use]
    pub const fn was_published(self) -> bool {
        matches!(self, Self::Published | Self::Superseded | Self::Withdrawn)
    }
}

/// What devices get in place of a withdrawn release.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Instead {
    /// Another release, later or earlier.
    Release(ReleaseId),
    /// Nothing: they keep what they have until there is a fix.
    Nothing,
}

/// A numbered submission: these files, by this person.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Submission {
    /// Its number in the release, from 1.
    pub attempt: u32,
    /// Its files: see [`crate::gate::subject_of`].
    pub subject: Digest,
    /// Who submitted it, by hand or by token.
    pub submitter: PersonId,
}

/// What happened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum What {
    /// It was submitted for review.
    Submitted {
        /// The submission.
        submission: Submission,
    },
    /// The gate was asked what the review came to.
    Concluded {
        /// About which submission.
        attempt: u32,
        /// What it said.
        verdict: GateVerdict,
        /// By which version of the policy.
        policy: PolicyId,
    },
    /// Somebody approved what the gate lets pass.
    Approved {
        /// Which submission.
        attempt: u32,
        /// By which version of the policy.
        policy: PolicyId,
    },
    /// It went out.
    Published {
        /// Which submission.
        attempt: u32,
        /// Its files.
        subject: Digest,
        /// By which version of the policy the gate let it pass.
        policy: PolicyId,
    },
    /// A later release took its place.
    Superseded {
        /// That one.
        by: ReleaseId,
    },
    /// It must not be used any more.
    Withdrawn {
        /// What devices get instead.
        instead: Instead,
    },
    /// It was given up.
    Abandoned,
}

/// What happened, when, by whom and why; as it is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Event {
    /// When.
    pub at: Time,
    /// By whom.
    pub by: By,
    /// What.
    pub what: What,
    /// Why; always there for what is withdrawn and given up.
    pub why: Option<Why>,
    /// The entry in the log, once it is written.
    pub evidence: Option<EvidenceId>,
}

/// A release as its events leave it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Life {
    release: ReleaseId,
    product: ProductId,
    stage: Stage,
    since: Time,
    submission: Option<Submission>,
    concluded: Option<GateVerdict>,
    why: Option<Why>,
    instead: Option<Instead>,
    superseded_by: Option<ReleaseId>,
}

/// Events that can't have happened in this order: what was read is damaged.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the history of {release} is damaged: event {index} can't follow on {stage}")]
pub struct HistoryError {
    /// Of which release.
    pub release: ReleaseId,
    /// Which event, counted from 0.
    pub index: usize,
    /// Where the release was.
    pub stage: Stage,
}

/// A change that a function of this module allowed. Only they make one, so what the store writes
/// from it was allowed:
///
/// ```compile_fail
/// use duecare_domain::release::{Event, Life, Transition};
/// fn forge(release: duecare_domain::id::ReleaseId, event: Event, after: Life) -> Transition {
///     Transition { release, event, after }
/// }
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Transition {
    release: ReleaseId,
    event: Event,
    after: Life,
}

impl Transition {
    pub(super) fn new(before: &Life, at: Time, by: By, what: What, why: Option<Why>) -> Self {
        let event = Event { at, by, what, why, evidence: None };
        let mut after = before.clone();
        after.apply(&event);
        Self { release: before.release, event, after }
    }

    /// Of which release.
    #[must_use]
    pub fn release(&self) -> ReleaseId {
        self.release
    }

    /// What is to be kept.
    #[must_use]
    pub fn event(&self) -> &Event {
        &self.event
    }

    /// The release after it.
    #[must_use]
    pub fn after(&self) -> &Life {
        &self.after
    }
}

impl Life {
    /// A draft.
    #[must_use]
    pub fn new(release: ReleaseId, product: ProductId, created_at: Time) -> Self {
        Self {
            release,
            product,
            stage: Stage::Draft,
            since: created_at,
            submission: None,
            concluded: None,
            why: None,
            instead: None,
            superseded_by: None,
        }
    }

    /// The release after its events up to `time`, in order. Later events are left out, so that
    /// any past state can be asked for.
    ///
    /// # Errors
    /// [`HistoryError`] when an event can't follow on the ones before.
    pub fn as_of<'a>(
        mut self,
        events: impl IntoIterator<Item = &'a Event>,
        time: Time,
    ) -> Result<Self, HistoryError> {
        for (index, event) in events.into_iter().enumerate() {
            if event.at > time {
                continue;
            }
            if !self.can_follow(event) {
                return Err(HistoryError { release: self.release, index, stage: self.stage });
            }
            self.apply(event);
        }
        Ok(self)
    }

    /// Whether an event fits the matrix of stages and actions, in time and number.
    fn can_follow(&self, event: &Event) -> bool {
        use super::act::{ActionName, is_allowed};
        let attempt = self.submission.map_or(0, |submission| submission.attempt);
        let (action, numbered) = match &event.what {
            What::Submitted { submission } => {
                (ActionName::Submit, submission.attempt == attempt.saturating_add(1))
            }
            What::Concluded { attempt: of, .. } => (ActionName::Conclude, *of == attempt),
            What::Approved { attempt: of, .. } => (ActionName::Approve, *of == attempt),
            What::Published { attempt: of, subject, .. } => {
                let same = self.submission.is_some_and(|known| known.subject == *subject);
                (ActionName::Publish, *of == attempt && same)
            }
            What::Superseded { .. } => (ActionName::Supersede, true),
            What::Withdrawn { .. } => (ActionName::Withdraw, true),
            What::Abandoned => (ActionName::Abandon, true),
        };
        numbered && event.at >= self.since && is_allowed(self.stage, action)
    }

    fn apply(&mut self, event: &Event) {
        let stage = match &event.what {
            What::Submitted { submission } => {
                self.submission = Some(*submission);
                self.concluded = None;
                Stage::InReview
            }
            What::Concluded { verdict, .. } => {
                self.concluded = Some(*verdict);
                match verdict {
                    GateVerdict::Blocked => Stage::Blocked,
                    GateVerdict::Waiting => Stage::InReview,
                    // What is approved stays so; approval itself is a person's.
                    GateVerdict::Approved if self.stage == Stage::Approved => Stage::Approved,
                    GateVerdict::Approved => Stage::InReview,
                }
            }
            What::Approved { .. } => {
                self.concluded = Some(GateVerdict::Approved);
                Stage::Approved
            }
            What::Published { .. } => Stage::Published,
            What::Superseded { by } => {
                self.superseded_by = Some(*by);
                Stage::Superseded
            }
            What::Withdrawn { instead } => {
                self.instead = Some(*instead);
                Stage::Withdrawn
            }
            What::Abandoned => Stage::Abandoned,
        };
        self.why.clone_from(&event.why);
        self.stage = stage;
        self.since = event.at;
    }

    /// Which release.
    #[must_use]
    pub fn release(&self) -> ReleaseId {
        self.release
    }

    /// Of which product.
    #[must_use]
    pub fn product(&self) -> ProductId {
        self.product
    }

    /// Where it is.
    #[must_use]
    pub fn stage(&self) -> Stage {
        self.stage
    }

    /// When something last happened to it.
    #[must_use]
    pub fn since(&self) -> Time {
        self.since
    }

    /// The latest submission.
    #[must_use]
    pub fn submission(&self) -> Option<Submission> {
        self.submission
    }

    /// What the gate last said about the latest submission; `None` while it is being reviewed.
    #[must_use]
    pub fn concluded(&self) -> Option<GateVerdict> {
        self.concluded
    }

    /// Why the last thing happened, where somebody said.
    #[must_use]
    pub fn why(&self) -> Option<&Why> {
        self.why.as_ref()
    }

    /// What devices get instead of a withdrawn release.
    #[must_use]
    pub fn instead(&self) -> Option<Instead> {
        self.instead
    }

    /// The release that took its place.
    #[must_use]
    pub fn superseded_by(&self) -> Option<ReleaseId> {
        self.superseded_by
    }
}
