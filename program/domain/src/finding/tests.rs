//! States, times, scans and due days.

use super::*;
use crate::access::By;
use crate::catalogue::{ReleaseNumber, ReleaseRef};
use crate::id::{ExceptionId, PersonId, ReleaseId, RunId};
use crate::text::Why;
use crate::time::{Day, Time};
use duecare_base::{Digest, Severity};
use proptest::prelude::*;
use std::collections::BTreeSet;

const DAY_MS: u64 = 86_400_000;

fn day(text: &str) -> Day {
    text.parse().unwrap()
}

fn known() -> Time {
    Time::start_of(day("2026-11-23"))
}

fn after(days: u64) -> Time {
    known().plus_ms(days * DAY_MS)
}

fn release(number: i64) -> ReleaseRef {
    let id = ReleaseId::new(known(), [u8::try_from(number).unwrap(); 10]);
    ReleaseRef { id, number: ReleaseNumber::new(number).unwrap() }
}

fn person() -> By {
    By::Person(PersonId::new(known(), [1; 10]))
}

fn why() -> Why {
    Why::parse("because").unwrap()
}

fn looks(like: &str) -> Digest {
    Digest::of(like.as_bytes())
}

/// An action of each name, as a person would take it on `now`.
fn action(name: ActionName, now: Time) -> Action {
    let exception = ExceptionId::new(known(), [2; 10]);
    match name {
        ActionName::Triage => Action::Triage,
        ActionName::PlanFix => Action::PlanFix { release: Some(release(9)) },
        ActionName::ClaimFixed => Action::ClaimFixed { release: release(5) },
        ActionName::Verify => Action::Verify,
        ActionName::NotAffected => Action::NotAffected {
            justification: Justification::VulnerableCodeNotPresent,
            content: looks("it"),
        },
        ActionName::Accept => Action::Accept { exception, until: now.day().plus_days(30) },
        ActionName::FalsePositive => Action::FalsePositive { content: looks("it") },
        ActionName::Reopen => Action::Reopen,
    }
}

/// A finding in each state, fixed in release 5 where that matters.
fn standing(state: StateName) -> Standing {
    let exception = ExceptionId::new(known(), [3; 10]);
    let state = match state {
        StateName::Open => State::Open,
        StateName::Triaged => State::Triaged,
        StateName::FixPlanned => State::FixPlanned { release: Some(release(5)) },
        StateName::Fixed => State::Fixed { release: release(5) },
        StateName::Verified => State::Verified { release: release(5) },
        StateName::NotAffected => State::NotAffected {
            justification: Justification::ComponentNotPresent,
            content: looks("it"),
        },
        StateName::Accepted => State::Accepted { exception, until: day("2026-12-23") },
        StateName::FalsePositive => State::FalsePositive { content: looks("it") },
    };
    Standing { state, ..Standing::new(known()) }
}

#[test]
fn the_whole_matrix() {
    // One row a state, one column an action; what stands there is the state after.
    let columns = "triage plan_fix claim_fixed verify not_affected accept false_positive reopen";
    let rows = "
        open:           triaged fix_planned fixed -        not_affected accepted false_positive -
        triaged:        -       fix_planned fixed -        not_affected accepted false_positive -
        fix_planned:    -       fix_planned fixed -        not_affected accepted false_positive -
        fixed:          -       -           -     verified -            -        -              open
        verified:       -       -           -     -        -            -        -              open
        not_affected:   -       -           -     -        -            -        -              open
        accepted:       -       fix_planned fixed -        not_affected accepted false_positive open
        false_positive: -       -           -     -        -            -        -              open";
    let mut seen = 0;
    for row in rows.trim().lines() {
        let (state, cells) = row.trim().split_once(':').unwrap();
        let state: StateName = state.parse().unwrap();
        for (name, cell) in columns.split(' ').zip(cells.split_whitespace()) {
            let name: ActionName = name.parse().unwrap();
            let now = after(1);
            let done = decide(&standing(state), action(name, now), person(), now, why());
            let found = done.as_ref().map_or("-", |done| done.after().state.name().label());
            assert_eq!(found, cell, "{state} {name}");
            assert_eq!(allowed(state).any(|one| one == name), cell != "-", "{state} {name}");
            if let Ok(done) = done {
                assert!(done.event().why.is_some());
            } else {
                assert_eq!(done, Err(Refused::State { state, action: name }));
            }
            seen += 1;
        }
    }
    assert_eq!(seen, StateName::ALL.len() * ActionName::ALL.len());
}

#[test]
fn what_else_is_refused() {
    let accept = |until| {
        let exception = ExceptionId::new(known(), [2; 10]);
        let action = Action::Accept { exception, until };
        decide(&standing(StateName::Open), action, person(), after(1), why()).map(|_| ())
    };
    let (past, today) = (day("2026-11-23"), day("2026-11-24"));
    assert_eq!(accept(past), Err(Refused::Past { until: past }));
    assert_eq!(accept(today), Ok(()));
    let (last, later) = (today.plus_days(366), today.plus_days(367));
    assert_eq!(accept(last), Ok(()));
    assert_eq!(accept(later), Err(Refused::TooLong { until: later }));
    let planned = Standing {
        state: State::FixPlanned { release: Some(release(9)) },
        ..Standing::new(after(1))
    };
    let again = action(ActionName::PlanFix, after(1));
    assert_eq!(decide(&planned, again, person(), after(1), why()), Err(Refused::Same));
    let early =
        decide(&planned, Action::ClaimFixed { release: release(5) }, person(), known(), why());
    assert_eq!(early, Err(Refused::Earlier { since: after(1) }));
    let refused = decide(&standing(StateName::Verified), Action::Verify, person(), known(), why());
    assert_eq!(
        refused.unwrap_err().to_string(),
        "a finding that is verified can't be given to verify; it takes: reopen"
    );
}

#[test]
fn an_acceptance_ends_by_itself() {
    let now = after(0);
    let exception = ExceptionId::new(known(), [2; 10]);
    let accept = Action::Accept { exception, until: day("2026-11-25") };
    let accepted = decide(&Standing::new(known()), accept, person(), now, why()).unwrap();
    let events = [accepted.event().clone()];
    let at = |time| as_of(known(), &events, time);
    let last = Time::end_of(day("2026-11-25"));
    assert_eq!(at(last).state.name(), StateName::Accepted);
    let over = at(last.plus_ms(1));
    assert_eq!(over.state, State::Triaged);
    assert_eq!((over.lapsed, over.since), (Some(day("2026-11-25")), last.plus_ms(1)));
    assert_eq!(over.clock_from, known(), "the clock never stopped");
    // Accepted again, the lapse is history, and the past still tells what it told.
    let again = Action::Accept { exception, until: day("2026-12-25") };
    let renewed = decide(&over, again, person(), after(10), why()).unwrap();
    let events = [events[0].clone(), renewed.event().clone()];
    let names: Vec<StateName> =
        [0, 2, 3, 9, 10, 32, 33].map(|d| as_of(known(), &events, after(d)).state.name()).into();
    use StateName::{Accepted, Triaged};
    assert_eq!(names, [Accepted, Accepted, Triaged, Triaged, Accepted, Accepted, Triaged]);
}

fn lens(analyser: &str) -> Lens {
    Lens { place: LensPlace::Source, analyser: analyser.into() }
}

fn scan(number: i64, analysers: &[&str]) -> Scan {
    Scan {
        run: RunId::new(known(), [4; 10]),
        release: release(number),
        at: after(1),
        lenses: analysers.iter().map(|name| lens(name)).collect(),
        complete: true,
    }
}

fn seen_by(analysers: &[&str], last: i64) -> Seen {
    let last = Some(ReleaseNumber::new(last).unwrap());
    Seen { by: analysers.iter().map(|name| lens(name)).collect(), last }
}

#[test]
fn what_a_scan_changes() {
    // State; scanned release; what is seen; what becomes of it.
    let rows = "
        open            5 same    -
        open            5 absent  not_seen
        triaged         5 absent  not_seen
        fix_planned     5 same    -
        fix_planned     5 absent  fixed
        fix_planned     4 absent  not_seen
        fixed           4 same    -
        fixed           5 same    open
        fixed           6 same    open
        fixed           4 absent  -
        fixed           6 absent  verified
        verified        4 same    -
        verified        6 same    open
        verified        6 absent  -
        not_affected    6 same    -
        not_affected    6 changed open
        not_affected    6 absent  not_seen
        accepted        6 same    -
        accepted        6 changed -
        accepted        6 absent  not_seen
        false_positive  6 same    -
        false_positive  6 changed open
        false_positive  6 absent  not_seen";
    for row in rows.trim().lines() {
        let mut cells = row.split_whitespace();
        let state: StateName = cells.next().unwrap().parse().unwrap();
        let number = cells.next().unwrap().parse().unwrap();
        let sighting = match cells.next().unwrap() {
            "absent" => Sighting::Absent,
            "changed" => Sighting::Seen { content: looks("something else") },
            _ => Sighting::Seen { content: looks("it") },
        };
        let before = standing(state);
        let done = merge(&before, &seen_by(&["a"], 4), &scan(number, &["a", "b"]), sighting);
        let found = match done.as_ref() {
            None => "-",
            Some(done) if done.after().not_seen.is_some() => "not_seen",
            Some(done) => done.after().state.name().label(),
        };
        assert_eq!(found, cells.next().unwrap(), "{row}");
        if let Some(done) = done {
            assert_eq!(done.event().by, By::System);
            assert_eq!(done.after().reopened > 0, found == "open", "{row}");
            if found == "not_seen" {
                assert_eq!(done.after().state, before.state, "only marked");
            }
        }
    }
}

#[test]
fn absence_must_be_proved() {
    let fixed = standing(StateName::Fixed);
    let check = |seen: &Seen, scan: &Scan, expected: bool| {
        assert_eq!(scan.proves_absence(seen), expected);
        assert_eq!(merge(&fixed, seen, scan, Sighting::Absent).is_some(), expected, "{scan:?}");
    };
    let seen = seen_by(&["a", "b"], 5);
    check(&seen, &scan(6, &["a", "b", "c"]), true);
    check(&seen, &scan(6, &["a"]), false);
    check(&seen, &Scan { complete: false, ..scan(6, &["a", "b"]) }, false);
    check(&seen_by(&["a"], 7), &scan(6, &["a"]), false);
    check(&Seen::default(), &scan(6, &["a"]), false);
    let elsewhere = Lens { place: LensPlace::Image, analyser: "a".into() };
    let image = Scan { lenses: BTreeSet::from([elsewhere]), ..scan(6, &[]) };
    check(&seen_by(&["a"], 5), &image, false);
}

#[test]
fn a_planned_fix_is_in_the_release_that_shows_it() {
    let planned = standing(StateName::FixPlanned);
    let seen = seen_by(&["a"], 5);
    let done = merge(&planned, &seen, &scan(7, &["a"]), Sighting::Absent).unwrap();
    assert_eq!(done.after().state, State::Fixed { release: release(7) });
}

#[test]
fn a_mark_comes_once_and_goes_when_it_is_seen() {
    let seen = seen_by(&["a"], 4);
    let marked = merge(&standing(StateName::Open), &seen, &scan(5, &["a"]), Sighting::Absent);
    let marked = marked.unwrap();
    let mark = marked.after().not_seen.unwrap();
    assert_eq!((mark.release, mark.at), (release(5), after(1)));
    assert_eq!(merge(marked.after(), &seen, &scan(6, &["a"]), Sighting::Absent), None);
    let same = Sighting::Seen { content: looks("it") };
    assert_eq!(merge(marked.after(), &seen, &scan(4, &["a"]), same), None, "an older release");
    let back = merge(marked.after(), &seen, &scan(6, &["a"]), same).unwrap();
    assert_eq!(back.after(), &standing(StateName::Open));
}

#[test]
fn due_days() {
    let policy = DuePolicy::default();
    let open = Standing::new(known());
    let due = |severity, decision| policy.due(severity, decision, &open).map(|d| d.to_string());
    let some = |text: &str| Some(text.to_owned());
    assert_eq!(due(Severity::Critical, None), some("2026-12-08"));
    assert_eq!(due(Severity::Info, None), None);
    assert_eq!(due(Severity::Info, Some(ssvc::Decision::Act)), some("2026-12-07"));
    assert_eq!(due(Severity::Critical, Some(ssvc::Decision::Attend)), some("2026-12-08"));
    assert_eq!(due(Severity::Low, Some(ssvc::Decision::TrackClosely)), some("2027-05-22"));
    let late = |standing: &Standing, today| {
        policy.is_overdue(Severity::Critical, None, standing, day(today))
    };
    assert!(!late(&open, "2026-12-08") && late(&open, "2026-12-09"));
    assert!(!late(&standing(StateName::Accepted), "2026-12-09"));
    assert!(!late(&standing(StateName::Fixed), "2030-01-01"));
    let reopened = decide(&standing(StateName::Fixed), Action::Reopen, person(), after(20), why());
    let reopened = reopened.unwrap();
    assert!(!late(reopened.after(), "2026-12-28") && late(reopened.after(), "2026-12-29"));
    let wrong = DuePolicy::new([None, Some(10), Some(20), Some(20), Some(20)], None, None);
    let order = DuePolicyError::Order { worse: Severity::Medium, lesser: Severity::Low };
    assert_eq!(wrong, Err(order));
    let open_end = DuePolicy::new([None, Some(10), None, Some(1), Some(1)], None, None);
    assert_eq!(open_end, Err(order));
    let long = DuePolicy::new([None; 5], None, Some(9999));
    assert_eq!(long, Err(DuePolicyError::TooLong(9999)));
}

proptest! {
    /// Whatever people and scans do: times never run back, every state was reached through an
    /// allowed step, and telling the events again gives the same finding.
    #[test]
    fn any_history_can_be_told_again(steps in prop::collection::vec((0_usize..11, 0_u64..40, 1_i64..9), 0..30)) {
        let mut events: Vec<Event> = Vec::new();
        let mut now = known();
        for (pick, days, number) in steps {
            now = now.plus_ms(days * DAY_MS);
            let before = as_of(known(), &events, now);
            let done = match ActionName::ALL.get(pick) {
                Some(name) => decide(&before, action(*name, now), person(), now, why()).ok(),
                None => {
                    let content = looks(["it", "other"][pick % 2]);
                    let sighting = if pick == 8 { Sighting::Absent } else { Sighting::Seen { content } };
                    let scan = Scan { at: now, ..scan(number, &["a"]) };
                    merge(&before, &seen_by(&["a"], 1), &scan, sighting)
                }
            };
            let Some(done) = done else { continue };
            prop_assert!(done.event().at >= before.since);
            prop_assert!(done.event().by == By::System || done.event().why.is_some());
            events.push(done.event().clone());
            prop_assert_eq!(&as_of(known(), &events, now), done.after());
        }
        for (index, event) in events.iter().enumerate() {
            let then = as_of(known(), &events, event.at);
            let later = events.iter().skip(index + 1).filter(|next| next.at <= event.at).count();
            let cut = as_of(known(), &events[..=index + later], event.at);
            prop_assert_eq!(then, cut);
        }
    }
}
