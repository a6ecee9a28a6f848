//! What a person may do with a finding.

use super::state::{Cause, Event, Justification, Standing, State, StateName, Transition, What};
use crate::access::By;
use crate::catalogue::ReleaseRef;
use crate::id::ExceptionId;
use crate::labels::labels;
use crate::text::Why;
use crate::time::{Day, Time};
use duecare_base::Digest;

/// For how long a finding may be accepted at most, in days: a year, so that somebody decides again.
pub const ACCEPTED_DAYS_MAX: u32 = 366;

labels! {
    /// What a person may do, by name.
    ActionName, "action" {
        /// Say that somebody has looked at it.
        Triage = "triage",
        /// Plan a fix, or plan it for another release.
        PlanFix = "plan_fix",
        /// Say that a release fixes it.
        ClaimFixed = "claim_fixed",
        /// Say that the fix was checked.
        Verify = "verify",
        /// Judge that the product is not affected.
        NotAffected = "not_affected",
        /// Accept it for a while, or for longer.
        Accept = "accept",
        /// Judge that there is no such weakness.
        FalsePositive = "false_positive",
        /// Open it again.
        Reopen = "reopen",
    }
}

/// What a person wants to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Action {
    /// Say that somebody has looked at it.
    Triage,
    /// Plan a fix.
    PlanFix {
        /// For this release, where it is known.
        release: Option<ReleaseRef>,
    },
    /// Say that a release fixes it.
    ClaimFixed {
        /// This one, and all later ones.
        release: ReleaseRef,
    },
    /// Say that the fix was checked.
    Verify,
    /// Judge that the product is not affected.
    NotAffected {
        /// Why.
        justification: Justification,
        /// What is judged: the finding's content now.
        content: Digest,
    },
    /// Accept it for a while.
    Accept {
        /// The exception that was granted.
        exception: ExceptionId,
        /// Through this day.
        until: Day,
    },
    /// Judge that there is no such weakness.
    FalsePositive {
        /// What is judged: the finding's content now.
        content: Digest,
    },
    /// Open it again.
    Reopen,
}

impl Action {
    /// The action's name.
    #[must_use]
    pub const fn name(&self) -> ActionName {
        match self {
            Self::Triage => ActionName::Triage,
            Self::PlanFix { .. } => ActionName::PlanFix,
            Self::ClaimFixed { .. } => ActionName::ClaimFixed,
            Self::Verify => ActionName::Verify,
            Self::NotAffected { .. } => ActionName::NotAffected,
            Self::Accept { .. } => ActionName::Accept,
            Self::FalsePositive { .. } => ActionName::FalsePositive,
            Self::Reopen => ActionName::Reopen,
        }
    }
}

/// Why something can't be done with a finding.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refused {
    /// Not in this state.
    #[error("a finding that is {state} can't be given to {action}; it takes: {}", listed(*.state))]
    State {
        /// The state.
        state: StateName,
        /// What was wanted.
        action: ActionName,
    },
    /// The last day is over already.
    #[error("{until} is over; accept it through a later day")]
    Past {
        /// The day that was given.
        until: Day,
    },
    /// The last day is too far away.
    #[error("{until} is too far away; a finding may be accepted for {ACCEPTED_DAYS_MAX} days")]
    TooLong {
        /// The day that was given.
        until: Day,
    },
    /// Nothing would change.
    #[error("it is so already")]
    Same,
    /// Earlier than what has happened.
    #[error("the time lies before the last change, {since}")]
    Earlier {
        /// When the state began.
        since: Time,
    },
}

fn listed(state: StateName) -> String {
    let actions: Vec<&str> = allowed(state).map(ActionName::label).collect();
    actions.join(", ")
}

/// What a person may do in a state.
pub fn allowed(state: StateName) -> impl Iterator<Item = ActionName> {
    ActionName::ALL.iter().copied().filter(move |action| is_allowed(state, *action))
}

/// The matrix of states and actions.
const fn is_allowed(state: StateName, action: ActionName) -> bool {
    let open = state.is_open() || matches!(state, StateName::Accepted);
    match action {
        ActionName::Triage => matches!(state, StateName::Open),
        ActionName::Verify => matches!(state, StateName::Fixed),
        ActionName::PlanFix
        | ActionName::ClaimFixed
        | ActionName::NotAffected
        | ActionName::Accept
        | ActionName::FalsePositive => open,
        ActionName::Reopen => !state.is_open(),
    }
}

/// What becomes of a finding when a person does this now. `standing` is how it stands now, by
/// [`as_of`](super::as_of).
///
/// # Errors
/// [`Refused`] with the reason.
pub fn decide(
    standing: &Standing,
    action: Action,
    by: By,
    now: Time,
    why: Why,
) -> Result<Transition, Refused> {
    let state = standing.state.name();
    if !is_allowed(state, action.name()) {
        return Err(Refused::State { state, action: action.name() });
    }
    if now < standing.since {
        return Err(Refused::Earlier { since: standing.since });
    }
    if let Action::Accept { until, .. } = action {
        if until < now.day() {
            return Err(Refused::Past { until });
        }
        if until > now.day().plus_days(ACCEPTED_DAYS_MAX) {
            return Err(Refused::TooLong { until });
        }
    }
    let what = match (action, standing.state) {
        (Action::Triage, _) => What::Became(State::Triaged),
        (Action::PlanFix { release }, _) => What::Became(State::FixPlanned { release }),
        (Action::ClaimFixed { release }, _) => What::Became(State::Fixed { release }),
        (Action::Verify, State::Fixed { release }) => What::Became(State::Verified { release }),
        (Action::Verify, _) => return Err(Refused::State { state, action: action.name() }),
        (Action::NotAffected { justification, content }, _) => {
            What::Became(State::NotAffected { justification, content })
        }
        (Action::Accept { exception, until }, _) => {
            What::Became(State::Accepted { exception, until })
        }
        (Action::FalsePositive { content }, _) => What::Became(State::FalsePositive { content }),
        (Action::Reopen, _) => What::Reopened(Cause::Person),
    };
    if what == What::Became(standing.state) {
        return Err(Refused::Same);
    }
    Ok(Transition::new(standing, Event { at: now, by, what, why: Some(why) }))
}
