//! The states of a finding, and its state at any time.

use crate::access::By;
use crate::catalogue::ReleaseRef;
use crate::id::{ExceptionId, RunId};
use crate::labels::labels;
use crate::text::Why;
use crate::time::{Day, Time};
use duecare_base::Digest;

labels! {
    /// The states by name.
    StateName, "state" {
        /// Known, and nobody has looked at it.
        Open = "open",
        /// Somebody has looked at it: it is real, or may be.
        Triaged = "triaged",
        /// A fix is planned.
        FixPlanned = "fix_planned",
        /// A release is said to fix it.
        Fixed = "fixed",
        /// The fix was checked.
        Verified = "verified",
        /// The weakness is there and can't be used in this product.
        NotAffected = "not_affected",
        /// Accepted for a while, by an exception.
        Accepted = "accepted",
        /// There is no such weakness.
        FalsePositive = "false_positive",
    }
}

impl StateName {
    /// Whether the weakness is still there and nobody has accepted it.
    #[must_use]
    pub const fn is_open(self) -> bool {
        matches!(self, Self::Open | Self::Triaged | Self::FixPlanned)
    }
}

labels! {
    /// Why a product is not affected by a weakness that it holds: the justifications of VEX
    /// (CISA, Vulnerability Exploitability eXchange, status justifications, June 2022).
    Justification, "justification" {
        /// The weak component is not in the product.
        ComponentNotPresent = "component_not_present",
        /// The component is there without its weak code.
        VulnerableCodeNotPresent = "vulnerable_code_not_present",
        /// The weak code is there and never runs.
        VulnerableCodeNotInExecutePath = "vulnerable_code_not_in_execute_path",
        /// An attacker has no way to control it.
        VulnerableCodeCannotBeControlledByAdversary =
            "vulnerable_code_cannot_be_controlled_by_adversary",
        /// Something that can't be taken away stands before it.
        InlineMitigationsAlreadyExist = "inline_mitigations_already_exist",
    }
}

/// The state of a finding.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum State {
    /// Known, and nobody has looked at it.
    Open,
    /// Somebody has looked at it.
    Triaged,
    /// A fix is planned.
    FixPlanned {
        /// For this release, where it is known.
        release: Option<ReleaseRef>,
    },
    /// A release is said to fix it.
    Fixed {
        /// This one, and all later ones.
        release: ReleaseRef,
    },
    /// The fix was checked.
    Verified {
        /// The release that fixes it.
        release: ReleaseRef,
    },
    /// The weakness is there and can't be used in this product.
    NotAffected {
        /// Why.
        justification: Justification,
        /// What was judged: the finding's content then.
        content: Digest,
    },
    /// Accepted for a while.
    Accepted {
        /// By this exception.
        exception: ExceptionId,
        /// Through this day.
        until: Day,
    },
    /// There is no such weakness.
    FalsePositive {
        /// What was judged: the finding's content then.
        content: Digest,
    },
}

impl State {
    /// The state's name.
    #[must_use]
    pub const fn name(&self) -> StateName {
        match self {
            Self::Open => StateName::Open,
            Self::Triaged => StateName::Triaged,
            Self::FixPlanned { .. } => StateName::FixPlanned,
            Self::Fixed { .. } => StateName::Fixed,
            Self::Verified { .. } => StateName::Verified,
            Self::NotAffected { .. } => StateName::NotAffected,
            Self::Accepted { .. } => StateName::Accepted,
            Self::FalsePositive { .. } => StateName::FalsePositive,
        }
    }
}

labels! {
    /// Why a finding was opened again.
    Cause, "cause" {
        /// A person said so.
        Person = "person",
        /// A scan saw it in a release that should have the fix.
        SeenAgain = "seen_again",
        /// What a person had judged looks different now.
        ContentChanged = "content_changed",
    }
}

/// What happened to a finding.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum What {
    /// It got into this state, by a person or by a scan.
    Became(State),
    /// It is open again.
    Reopened(Cause),
    /// A scan that should have seen it did not.
    NotSeen {
        /// The scan.
        run: RunId,
        /// The release that was scanned.
        release: ReleaseRef,
    },
    /// A scan sees it, after one that did not.
    SeenAgain {
        /// The scan.
        run: RunId,
        /// The release that was scanned.
        release: ReleaseRef,
    },
}

/// What happened, when, by whom and why; as it is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Event {
    /// When.
    pub at: Time,
    /// By whom; a scan's events are the installation's.
    pub by: By,
    /// What.
    pub what: What,
    /// Why; always there when a person did it.
    pub why: Option<Why>,
}

/// The mark of a finding that the last scan did not see.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NotSeen {
    /// Since when.
    pub at: Time,
    /// The scan.
    pub run: RunId,
    /// The release that was scanned.
    pub release: ReleaseRef,
}

/// How a finding stands at a time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Standing {
    /// Its state.
    pub state: State,
    /// Since when it is in it.
    pub since: Time,
    /// When its clock began: when it was known, or when it was opened again.
    pub clock_from: Time,
    /// How often it was opened again.
    pub reopened: u32,
    /// Not seen by the last scan that should have.
    pub not_seen: Option<NotSeen>,
    /// It was accepted through this day, and the acceptance has ended by itself.
    pub lapsed: Option<Day>,
}

/// A change that [`decide`](super::decide) or [`merge`](super::merge) allows. Only they make one,
/// so what the store writes from it was allowed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Transition {
    event: Event,
    after: Standing,
}

impl Transition {
    pub(super) fn new(before: &Standing, event: Event) -> Self {
        let mut after = before.clone();
        after.apply(&event);
        Self { event, after }
    }

    /// What is to be kept.
    #[must_use]
    pub fn event(&self) -> &Event {
        &self.event
    }

    /// How the finding stands after it.
    #[must_use]
    pub fn after(&self) -> &Standing {
        &self.after
    }
}

impl Standing {
    /// A finding that has just become known.
    #[must_use]
    pub fn new(known_at: Time) -> Self {
        Self {
            state: State::Open,
            since: known_at,
            clock_from: known_at,
            reopened: 0,
            not_seen: None,
            lapsed: None,
        }
    }

    fn apply(&mut self, event: &Event) {
        match event.what {
            What::Became(state) => {
                self.state = state;
                self.since = event.at;
                self.lapsed = None;
            }
            What::Reopened(_) => {
                self.state = State::Open;
                self.since = event.at;
                self.clock_from = event.at;
                self.reopened = self.reopened.saturating_add(1);
                self.not_seen = None;
                self.lapsed = None;
            }
            What::NotSeen { run, release } => {
                self.not_seen = Some(NotSeen { at: event.at, run, release });
            }
            What::SeenAgain { .. } => self.not_seen = None,
        }
    }

    /// Ends an acceptance whose last day is over: what was accepted is known and looked at, so it
    /// is triaged. The clock never stopped.
    fn lapse(&mut self, now: Time) {
        if let State::Accepted { until, .. } = self.state
            && now > Time::end_of(until)
        {
            self.state = State::Triaged;
            self.since = Time::end_of(until).plus_ms(1);
            self.lapsed = Some(until);
        }
    }
}

/// How a finding that became known at `known_at` stands at `time`: its events up to then, in
/// order, with acceptances that have ended by then ended.
#[must_use]
pub fn as_of<'a>(
    known_at: Time,
    events: impl IntoIterator<Item = &'a Event>,
    time: Time,
) -> Standing {
    let mut standing = Standing::new(known_at);
    for event in events.into_iter().filter(|event| event.at <= time) {
        standing.apply(event);
    }
    standing.lapse(time);
    standing
}
