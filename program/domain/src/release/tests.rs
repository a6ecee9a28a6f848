//! The matrix, the gate that nothing gets around, and the past.

use super::*;
use crate::access::By;
use crate::gate::tests::{flawless, id, now, policy};
use crate::gate::{GateDecision, GateEvidence, GateVerdict, PASS_MS_MAX, decide, subject_of};
use crate::id::ReleaseId;
use crate::text::Why;
use crate::time::Time;
use duecare_base::Digest;
use proptest::prelude::*;

fn person(number: u8) -> By {
    By::Person(id(number))
}

fn why() -> Why {
    Why::parse("because").unwrap()
}

fn draft(number: u8) -> Life {
    Life::new(id(number), id(1), Time::MIN)
}

/// A submission of release 1 that the gate judges as wanted.
fn evidence(life: &Life, verdict: GateVerdict) -> GateEvidence {
    let mut evidence = flawless();
    evidence.release = life.release();
    if let Some(submission) = life.submission() {
        evidence.attempt = submission.attempt;
        evidence.sign_offs[0].attempt = submission.attempt;
    }
    match verdict {
        GateVerdict::Approved => {}
        GateVerdict::Waiting => evidence.sign_offs.clear(),
        GateVerdict::Blocked => evidence.sboms.clear(),
    }
    evidence
}

fn decision(life: &Life, verdict: GateVerdict, at: Time) -> GateDecision {
    let decision = decide(&policy(), &evidence(life, verdict), at);
    assert_eq!(decision.verdict(), verdict);
    decision
}

fn subject() -> Digest {
    subject_of(&flawless().artefacts)
}

/// Does what is named, as well as it can be done at this stage.
fn act(
    life: &Life,
    action: ActionName,
    verdict: GateVerdict,
    at: Time,
) -> Result<Transition, Refused> {
    let other = published(2);
    match action {
        ActionName::Submit => submit(life, subject(), person(7), at),
        ActionName::Conclude => conclude(life, &decision(life, verdict, at), By::System, at),
        ActionName::Approve => approve(life, &decision(life, verdict, at), person(9), at),
        ActionName::Publish => match decision(life, verdict, at).pass() {
            Ok(pass) => publish(life, pass, person(9), at),
            Err(refused) => Err(Refused::Verdict(refused.0)),
        },
        ActionName::Supersede => supersede(life, &other, person(9), at),
        ActionName::Withdraw => withdraw(life, why(), Offer::Release(&other), person(9), at),
        ActionName::Abandon => abandon(life, why(), person(9), at),
    }
}

/// A release that went through these actions.
fn after(number: u8, actions: &[(ActionName, GateVerdict)]) -> Life {
    actions.iter().fold(draft(number), |life, (action, verdict)| {
        let at = now();
        match action {
            // Without the successor that would need one of its own.
            ActionName::Publish => {
                let pass = decision(&life, *verdict, at).pass().unwrap();
                publish(&life, pass, person(9), at).unwrap().after().clone()
            }
            _ => act(&life, *action, *verdict, at).unwrap().after().clone(),
        }
    })
}

fn published(number: u8) -> Life {
    use ActionName::{Approve, Publish, Submit};
    let approved = GateVerdict::Approved;
    let mut life = draft(number);
    for action in [Submit, Approve, Publish] {
        let at = now();
        let done = match action {
            Submit => submit(&life, subject(), person(7), at),
            Approve => approve(&life, &decision(&life, approved, at), person(9), at),
            _ => publish(&life, decision(&life, approved, at).pass().unwrap(), person(9), at),
        };
        life = done.unwrap().after().clone();
    }
    life
}

fn at_stage(stage: Stage) -> Life {
    use ActionName::{Abandon, Conclude, Submit, Supersede, Withdraw};
    let approved = GateVerdict::Approved;
    match stage {
        Stage::Draft => draft(1),
        Stage::InReview => after(1, &[(Submit, approved)]),
        Stage::Blocked => after(1, &[(Submit, approved), (Conclude, GateVerdict::Blocked)]),
        Stage::Approved => after(1, &[(Submit, approved), (ActionName::Approve, approved)]),
        Stage::Published => published(1),
        Stage::Superseded => {
            act(&published(1), Supersede, approved, now()).unwrap().after().clone()
        }
        Stage::Withdrawn => act(&published(1), Withdraw, approved, now()).unwrap().after().clone(),
        Stage::Abandoned => after(1, &[(Abandon, approved)]),
    }
}

#[test]
fn the_whole_matrix() {
    // One row a stage, one column an action; what stands there is the stage after.
    let columns = "submit    conclude approve  publish   supersede  withdraw  abandon";
    let approving = "
        draft:      in_review -         -        -         -          -         abandoned
        in_review:  in_review in_review approved -         -          -         abandoned
        blocked:    in_review in_review approved -         -          -         abandoned
        approved:   in_review =         -        published -          -         abandoned
        published:  -         -         -        -         superseded withdrawn -
        superseded: -         -         -        -         -          withdrawn -
        withdrawn:  -         -         -        -         -          -         -
        abandoned:  -         -         -        -         -          -         -";
    let waiting = "
        in_review:  in_review in_review x        -         -          -         abandoned
        blocked:    in_review in_review x        -         -          -         abandoned
        approved:   in_review in_review -        x         -          -         abandoned";
    let blocking = "
        in_review:  in_review blocked   x        -         -          -         abandoned
        blocked:    in_review =         x        -         -          -         abandoned
        approved:   in_review blocked   -        x         -          -         abandoned";
    let mut seen = 0;
    for (verdict, rows) in [
        (GateVerdict::Approved, approving),
        (GateVerdict::Waiting, waiting),
        (GateVerdict::Blocked, blocking),
    ] {
        for row in rows.trim().lines() {
            let (stage, cells) = row.trim().split_once(':').unwrap();
            let stage: Stage = stage.parse().unwrap();
            let life = at_stage(stage);
            assert_eq!(life.stage(), stage);
            for (name, cell) in columns.split_whitespace().zip(cells.split_whitespace()) {
                let action: ActionName = name.parse().unwrap();
                // At a stage that does not take it, the verdict does not matter.
                let done = act(&life, action, verdict, now());
                let found = match &done {
                    Ok(done) => done.after().stage().label(),
                    Err(Refused::Stage { .. }) => "-",
                    Err(Refused::Same) => "=",
                    Err(Refused::Verdict(_))
                        if stage == Stage::Approved || action == ActionName::Approve =>
                    {
                        "x"
                    }
                    Err(Refused::Verdict(_)) => "-",
                    Err(other) => panic!("{stage} {action}: {other}"),
                };
                assert_eq!(found, cell, "{verdict} {stage} {action}");
                let taken = allowed(stage).any(|one| one == action);
                assert_eq!(taken, cell != "-", "{stage} {action}");
                seen += 1;
            }
        }
    }
    assert_eq!(seen, (Stage::ALL.len() + 6) * ActionName::ALL.len());
}

#[test]
fn a_decision_about_something_else_counts_for_nothing() {
    let life = at_stage(Stage::Approved);
    let at = now();
    let other = after(3, &[(ActionName::Submit, GateVerdict::Approved)]);
    let pass = |life: &Life| decision(life, GateVerdict::Approved, at).pass().unwrap();
    assert_eq!(publish(&life, pass(&other), person(9), at), Err(Refused::OtherRelease));
    let earlier = pass(&life);
    let again = act(&life, ActionName::Submit, GateVerdict::Approved, at).unwrap();
    let again = act(again.after(), ActionName::Approve, GateVerdict::Approved, at).unwrap();
    assert_eq!(again.after().submission().unwrap().attempt, 2);
    assert_eq!(publish(again.after(), earlier, person(9), at), Err(Refused::OtherSubmission));
    let replaced = submit(&life, Digest::of(b"other files"), person(7), at).unwrap();
    let decided = decision(replaced.after(), GateVerdict::Approved, at);
    assert_eq!(approve(replaced.after(), &decided, person(9), at), Err(Refused::OtherSubmission));
}

#[test]
fn a_new_submission_is_judged_anew() {
    let blocked = at_stage(Stage::Blocked);
    let verdict = GateVerdict::Blocked;
    let again = act(&blocked, ActionName::Submit, verdict, now()).unwrap();
    assert_eq!((again.after().stage(), again.after().concluded()), (Stage::InReview, None));
    let still = act(again.after(), ActionName::Conclude, verdict, now()).unwrap();
    assert_eq!(still.after().stage(), Stage::Blocked);
}

#[test]
fn a_pass_is_good_for_a_moment() {
    let life = at_stage(Stage::Approved);
    for (ms, expected) in [
        (0, Ok(Stage::Published)),
        (PASS_MS_MAX, Ok(Stage::Published)),
        (PASS_MS_MAX + 1, Err(Refused::Stale)),
    ] {
        let pass = decision(&life, GateVerdict::Approved, now()).pass().unwrap();
        let done = publish(&life, pass, person(9), now().plus_ms(ms));
        assert_eq!(done.map(|done| done.after().stage()), expected, "{ms}");
    }
    let future = decision(&life, GateVerdict::Approved, now().plus_ms(1)).pass().unwrap();
    assert_eq!(publish(&life, future, person(9), now()), Err(Refused::Stale));
}

#[test]
fn what_else_is_refused() {
    let at = now();
    assert_eq!(submit(&draft(1), subject(), By::System, at), Err(Refused::NoSubmitter));
    let life = at_stage(Stage::Published);
    assert_eq!(supersede(&life, &life, person(9), at), Err(Refused::Itself));
    let draft = draft(2);
    assert_eq!(supersede(&life, &draft, person(9), at), Err(Refused::NoSuccessor));
    let offer =
        |offer| withdraw(&life, why(), offer, person(9), at).map(|done| done.after().instead());
    assert_eq!(offer(Offer::Release(&life)), Err(Refused::Itself));
    assert_eq!(offer(Offer::Release(&draft)), Err(Refused::NoSuccessor));
    assert_eq!(offer(Offer::Nothing), Ok(Some(Instead::Nothing)));
    let release: ReleaseId = id(2);
    assert_eq!(offer(Offer::Release(&published(2))), Ok(Some(Instead::Release(release))));
    let elsewhere = Life::new(id(2), id(99), Time::MIN);
    assert_eq!(supersede(&life, &elsewhere, person(9), at), Err(Refused::NoSuccessor));
    let earlier = Time::clamped(at.ms() - 1);
    assert_eq!(
        withdraw(&life, why(), Offer::Nothing, person(9), earlier),
        Err(Refused::Earlier { since: at })
    );
    let refused = abandon(&life, why(), person(9), at).unwrap_err();
    assert_eq!(
        refused.to_string(),
        "a release that is published takes no abandon; it takes: supersede, withdraw"
    );
}

#[test]
fn a_damaged_history_is_told() {
    let at = now();
    let event = |what| Event { at, by: By::System, what, why: None, evidence: None };
    let publication = event(What::Published { attempt: 1, subject: subject(), policy: id(1) });
    let damaged = draft(1).as_of([&publication], at);
    assert_eq!(damaged.unwrap_err().stage, Stage::Draft);
    let submitted = at_stage(Stage::InReview);
    let submission = submitted.submission().unwrap();
    let first = event(What::Submitted { submission });
    let skipped = draft(1).as_of([&first, &first], at);
    assert_eq!(skipped.unwrap_err().index, 1, "numbers of submissions have no gaps");
    let approved = event(What::Approved { attempt: 1, policy: id(1) });
    let other_files =
        event(What::Published { attempt: 1, subject: Digest::of(b"other files"), policy: id(1) });
    let swapped = draft(1).as_of([&first, &approved, &other_files], at);
    assert_eq!(swapped.unwrap_err().index, 2);
    let good = draft(1).as_of([&first, &approved, &publication], at).unwrap();
    assert_eq!(good.stage(), Stage::Published);
}

fn verdicts() -> impl Strategy<Value = GateVerdict> {
    prop::sample::select(GateVerdict::ALL)
}

fn actions() -> impl Strategy<Value = ActionName> {
    prop::sample::select(ActionName::ALL)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    /// Whatever is tried in whatever order: nothing is published that was not approved in its
    /// present submission and let pass by the gate at that moment, and every past state can be told.
    #[test]
    fn nothing_gets_around_the_gate(
        steps in prop::collection::vec((actions(), verdicts(), 0_u64..3_600_000), 0..24),
    ) {
        let mut life = draft(1);
        let mut events: Vec<Event> = Vec::new();
        let mut stages = Vec::new();
        let mut at = now();
        for (action, verdict, wait) in steps {
            at = at.plus_ms(wait);
            // The initial documents stay young enough: 24 hours at most.
            let Ok(done) = act(&life, action, verdict, at) else { continue };
            if done.after().stage() == Stage::Published {
                prop_assert_eq!((action, verdict), (ActionName::Publish, GateVerdict::Approved));
                prop_assert_eq!(life.stage(), Stage::Approved);
                prop_assert_eq!(life.submission(), done.after().submission());
            }
            events.push(done.event().clone());
            life = done.after().clone();
            stages.push((at, life.clone()));
        }
        for (index, (time, then)) in stages.iter().enumerate() {
            let told = draft(1).as_of(&events, *time).unwrap();
            let last = stages.iter().rposition(|(other, _)| other == time);
            if last == Some(index) {
                prop_assert_eq!(&told, then);
            }
        }
        let approvals = events.iter().filter(|e| matches!(e.what, What::Approved { .. })).count();
        let publications = events.iter().filter(|e| matches!(e.what, What::Published { .. })).count();
        prop_assert!(publications <= 1 && publications <= approvals);
    }
}
