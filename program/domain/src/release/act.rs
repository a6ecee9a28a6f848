//! What may happen to a release.

use super::life::{Instead, Life, Stage, Submission, Transition, What};
use crate::access::By;
use crate::gate::{GateDecision, GatePass, GateVerdict};
use crate::id::ReleaseId;
use crate::labels::labels;
use crate::text::Why;
use crate::time::Time;
use duecare_base::Digest;

labels! {
    /// What may happen, by name.
    ActionName, "action" {
        /// Submit it for review, for the first time or again.
        Submit = "submit",
        /// Ask the gate what the review came to.
        Conclude = "conclude",
        /// Approve what the gate lets pass.
        Approve = "approve",
        /// Let it go out.
        Publish = "publish",
        /// Let a later release take its place.
        Supersede = "supersede",
        /// Take it back.
        Withdraw = "withdraw",
        /// Give it up.
        Abandon = "abandon",
    }
}

/// Why something can't happen to a release.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refused {
    /// Not at this stage.
    #[error("a release that is {stage} takes no {action}; it takes: {}", listed(*.stage))]
    Stage {
        /// The stage.
        stage: Stage,
        /// What was wanted.
        action: ActionName,
    },
    /// Nobody answers for it: the installation itself submits nothing.
    #[error("a person must submit a release")]
    NoSubmitter,
    /// The decision or pass is about another release.
    #[error("the gate's decision is about another release")]
    OtherRelease,
    /// The decision or pass is about an earlier submission, or other files.
    #[error("the gate's decision is about another submission; ask it again")]
    OtherSubmission,
    /// The gate does not let it pass.
    #[error("the gate says: {0}")]
    Verdict(GateVerdict),
    /// The gate says what it said before.
    #[error("nothing has changed since the gate was last asked")]
    Same,
    /// The pass is too old.
    #[error("the gate was asked too long ago; ask it again")]
    Stale,
    /// It can't take its own place.
    #[error("a release can't stand in for itself")]
    Itself,
    /// The other release can't stand in for it.
    #[error("a release of another product, or one that is not published, can't stand in for it")]
    NoSuccessor,
    /// Earlier than what has happened.
    #[error("the time lies before the last change, {since}")]
    Earlier {
        /// When something last happened.
        since: Time,
    },
}

fn listed(stage: Stage) -> String {
    let actions: Vec<&str> = allowed(stage).map(ActionName::label).collect();
    if actions.is_empty() { "nothing more".to_owned() } else { actions.join(", ") }
}

/// What may happen at a stage, other rules apart.
pub fn allowed(stage: Stage) -> impl Iterator<Item = ActionName> {
    ActionName::ALL.iter().copied().filter(move |action| is_allowed(stage, *action))
}

/// The matrix of stages and actions.
pub(super) const fn is_allowed(stage: Stage, action: ActionName) -> bool {
    use Stage::{Approved, Blocked, Draft, InReview, Published, Superseded};
    match action {
        ActionName::Submit | ActionName::Abandon => {
            matches!(stage, Draft | InReview | Blocked | Approved)
        }
        ActionName::Conclude => matches!(stage, InReview | Blocked | Approved),
        ActionName::Approve => matches!(stage, InReview | Blocked),
        ActionName::Publish => matches!(stage, Approved),
        ActionName::Supersede => matches!(stage, Published),
        ActionName::Withdraw => matches!(stage, Published | Superseded),
    }
}

fn check(life: &Life, action: ActionName, now: Time) -> Result<(), Refused> {
    let stage = life.stage();
    if !is_allowed(stage, action) {
        Err(Refused::Stage { stage, action })
    } else if now < life.since() {
        Err(Refused::Earlier { since: life.since() })
    } else {
        Ok(())
    }
}

fn concerns(life: &Life, release: ReleaseId, attempt: u32, subject: Digest) -> Result<(), Refused> {
    if release != life.release() {
        return Err(Refused::OtherRelease);
    }
    let same =
        life.submission().is_some_and(|one| one.attempt == attempt && one.subject == subject);
    if same { Ok(()) } else { Err(Refused::OtherSubmission) }
}

/// Submits these files ([`crate::gate::subject_of`]) for review. Every submission has the next
/// number; one before it, and what was signed off and approved with it, counts no more.
///
/// # Errors
/// [`Refused`] after publication, and when no person answers for it.
pub fn submit(life: &Life, subject: Digest, by: By, now: Time) -> Result<Transition, Refused> {
    check(life, ActionName::Submit, now)?;
    let submitter = by.person().ok_or(Refused::NoSubmitter)?;
    let attempt = life.submission().map_or(1, |before| before.attempt.saturating_add(1));
    let submission = Submission { attempt, subject, submitter };
    Ok(Transition::new(life, now, by, What::Submitted { submission }, None))
}

/// Takes the gate's decision once a review has ended, and again whenever something that it rests
/// on has changed: an exception granted or expired, a finding, a sign-off, the policy.
///
/// # Errors
/// [`Refused`] when the decision is about something else or says what was said before.
pub fn conclude(
    life: &Life,
    decision: &GateDecision,
    by: By,
    now: Time,
) -> Result<Transition, Refused> {
    check(life, ActionName::Conclude, now)?;
    concerns(life, decision.release(), decision.attempt(), decision.subject())?;
    if life.concluded() == Some(decision.verdict()) {
        return Err(Refused::Same);
    }
    let (attempt, verdict, policy) = (decision.attempt(), decision.verdict(), decision.policy());
    Ok(Transition::new(life, now, by, What::Concluded { attempt, verdict, policy }, None))
}

/// Approves what the gate lets pass.
///
/// # Errors
/// [`Refused`] when the decision is about something else or does not approve.
pub fn approve(
    life: &Life,
    decision: &GateDecision,
    by: By,
    now: Time,
) -> Result<Transition, Refused> {
    check(life, ActionName::Approve, now)?;
    concerns(life, decision.release(), decision.attempt(), decision.subject())?;
    if decision.verdict() != GateVerdict::Approved {
        return Err(Refused::Verdict(decision.verdict()));
    }
    let (attempt, policy) = (decision.attempt(), decision.policy());
    Ok(Transition::new(life, now, by, What::Approved { attempt, policy }, None))
}

/// Lets the release go out. It takes a pass of a fresh decision, since what the approval rested on
/// may have changed: an exception may have expired, a finding come in.
///
/// # Errors
/// [`Refused`] when the pass is about something else or too old.
#[expect(clippy::needless_pass_by_value, reason = "a pass is good for one publication")]
pub fn publish(life: &Life, pass: GatePass, by: By, now: Time) -> Result<Transition, Refused> {
    check(life, ActionName::Publish, now)?;
    concerns(life, pass.release(), pass.attempt(), pass.subject())?;
    if !pass.is_fresh(now) {
        return Err(Refused::Stale);
    }
    let (attempt, subject, policy) = (pass.attempt(), pass.subject(), pass.policy());
    Ok(Transition::new(life, now, by, What::Published { attempt, subject, policy }, None))
}

/// Lets a later, published release of the product take its place.
///
/// # Errors
/// [`Refused`] when the other one is no such release.
pub fn supersede(life: &Life, successor: &Life, by: By, now: Time) -> Result<Transition, Refused> {
    check(life, ActionName::Supersede, now)?;
    if successor.release() == life.release() {
        return Err(Refused::Itself);
    }
    if successor.product() != life.product() || successor.stage() != Stage::Published {
        return Err(Refused::NoSuccessor);
    }
    let what = What::Superseded { by: successor.release() };
    Ok(Transition::new(life, now, by, what, None))
}

/// What devices are to get instead of a release that is withdrawn.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Offer<'a> {
    /// Another published release of the product, later or earlier.
    Release(&'a Life),
    /// Nothing: they keep what they have until there is a fix.
    Nothing,
}

/// Takes a release back, saying why and what devices get instead.
///
/// # Errors
/// [`Refused`] when it was never published, or what is offered is no release that devices get.
pub fn withdraw(
    life: &Life,
    why: Why,
    offer: Offer<'_>,
    by: By,
    now: Time,
) -> Result<Transition, Refused> {
    check(life, ActionName::Withdraw, now)?;
    let instead = match offer {
        Offer::Nothing => Instead::Nothing,
        Offer::Release(other) if other.release() == life.release() => return Err(Refused::Itself),
        Offer::Release(other)
            if other.product() != life.product()
                || !matches!(other.stage(), Stage::Published | Stage::Superseded) =>
        {
            return Err(Refused::NoSuccessor);
        }
        Offer::Release(other) => Instead::Release(other.release()),
    };
    Ok(Transition::new(life, now, by, What::Withdrawn { instead }, Some(why)))
}

/// Gives a release up that was never published. Its number stays.
///
/// # Errors
/// [`Refused`] after publication.
pub fn abandon(life: &Life, why: Why, by: By, now: Time) -> Result<Transition, Refused> {
    check(life, ActionName::Abandon, now)?;
    Ok(Transition::new(life, now, by, What::Abandoned, Some(why)))
}
