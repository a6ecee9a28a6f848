//! What happened to releases: rows that are never changed.

use crate::engine::{Query, Row, Value};
use crate::error::StoreError;
use crate::tx::Tx;
use crate::values;
use duecare_domain::access::By;
use duecare_domain::catalogue::Release;
use duecare_domain::id::{EvidenceId, ReleaseId};
use duecare_domain::release::{Event, HistoryError, Instead, Life, Submission, Transition, What};
use duecare_domain::time::Time;

/// What of a `What` goes into which column.
#[derive(Default)]
struct Columns {
    what: &'static str,
    attempt: Option<u32>,
    subject: Option<String>,
    submitter: Option<String>,
    verdict: Option<&'static str>,
    policy: Option<String>,
    other: Option<String>,
}

/// Keeps what a transition says, and where it leaves the release. `false` when something else has
/// happened to the release since `revision` was seen.
///
/// # Errors
///
/// What the database says.
pub fn release_event_insert(
    tx: &mut Tx<'_>,
    transition: &Transition,
    revision: i64,
    evidence: EvidenceId,
) -> Result<bool, StoreError> {
    let release = transition.release().to_string();
    let (event, after) = (transition.event(), transition.after());
    let changed = tx.execute(
        "UPDATE release SET stage = $1, since = $2, revision = revision + 1
         WHERE id = $3 AND revision = $4",
        values![after.stage().label(), after.since().ms(), release.as_str(), revision],
    )?;
    if changed != 1 {
        return Ok(false);
    }
    let columns = columns(&event.what);
    let (person, token) = match event.by {
        By::Person(person) => (Some(person.to_string()), None),
        By::Token(person, token) => (Some(person.to_string()), Some(token.to_string())),
        By::System => (None, None),
    };
    tx.execute(
        "INSERT INTO release_event (release, seq, at, person, token, what, attempt, subject,
                                    submitter, verdict, policy, other, why, evidence)
         SELECT $1, COALESCE(MAX(seq), 0) + 1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13
         FROM release_event WHERE release = $1",
        values![
            release,
            event.at.ms(),
            person,
            token,
            columns.what,
            columns.attempt,
            columns.subject,
            columns.submitter,
            columns.verdict,
            columns.policy,
            columns.other,
            event.why.as_ref().map(|why| why.as_str().to_owned()),
            evidence.to_string()
        ],
    )?;
    Ok(true)
}

fn columns(what: &What) -> Columns {
    let none = Columns::default();
    match what {
        What::Submitted { submission } => Columns {
            what: "submitted",
            attempt: Some(submission.attempt),
            subject: Some(submission.subject.to_string()),
            submitter: Some(submission.submitter.to_string()),
            ..none
        },
        What::Concluded { attempt, verdict, policy } => Columns {
            what: "concluded",
            attempt: Some(*attempt),
            verdict: Some(verdict.label()),
            policy: Some(policy.to_string()),
            ..none
        },
        What::Approved { attempt, policy } => Columns {
            what: "approved",
            attempt: Some(*attempt),
            policy: Some(policy.to_string()),
            ..none
        },
        What::Published { attempt, subject, policy } => Columns {
            what: "published",
            attempt: Some(*attempt),
            subject: Some(subject.to_string()),
            policy: Some(policy.to_string()),
            ..none
        },
        What::Superseded { by } => {
            Columns { what: "superseded", other: Some(by.to_string()), ..none }
        }
        What::Withdrawn { instead } => Columns {
            what: "withdrawn",
            other: match instead {
                Instead::Release(release) => Some(release.to_string()),
                Instead::Nothing => None,
            },
            ..none
        },
        What::Abandoned => Columns { what: "abandoned", ..none },
    }
}

/// What happened to a release, in order.
///
/// # Errors
///
/// What the database says.
pub fn release_event_list(
    query: &mut impl Query,
    release: ReleaseId,
) -> Result<Vec<Event>, StoreError> {
    query.rows(
        "SELECT at, person, token, what, attempt, subject, submitter, verdict, policy, other, why,
                evidence
         FROM release_event WHERE release = $1 ORDER BY seq",
        &[Value::from(release.to_string())],
        event,
    )
}

/// The release as its events up to a time leave it.
///
/// # Errors
///
/// What the database says. The inner error: the history is damaged.
pub fn release_life(
    query: &mut impl Query,
    release: &Release,
    time: Time,
) -> Result<Result<Life, HistoryError>, StoreError> {
    let events = release_event_list(query, release.id)?;
    let draft = Life::new(release.id, release.product, release.created_at);
    Ok(draft.as_of(&events, time))
}

fn event(row: &Row) -> Result<Event, StoreError> {
    let by = match (row.parsed_or_null(1)?, row.parsed_or_null(2)?) {
        (Some(person), Some(token)) => By::Token(person, token),
        (Some(person), None) => By::Person(person),
        (None, _) => By::System,
    };
    Ok(Event {
        at: Time::clamped(row.int(0)?),
        by,
        what: what(row)?,
        why: row.parsed_or_null(10)?,
        evidence: row.parsed_or_null(11)?,
    })
}

fn what(row: &Row) -> Result<What, StoreError> {
    let attempt =
        || u32::try_from(row.int(4)?).map_err(|_| row.shape(4, "the number of a submission"));
    Ok(match row.text(3)? {
        "submitted" => What::Submitted {
            submission: Submission {
                attempt: attempt()?,
                subject: row.parsed(5)?,
                submitter: row.parsed(6)?,
            },
        },
        "concluded" => {
            What::Concluded { attempt: attempt()?, verdict: row.parsed(7)?, policy: row.parsed(8)? }
        }
        "approved" => What::Approved { attempt: attempt()?, policy: row.parsed(8)? },
        "published" => {
            What::Published { attempt: attempt()?, subject: row.parsed(5)?, policy: row.parsed(8)? }
        }
        "superseded" => What::Superseded { by: row.parsed(9)? },
        "withdrawn" => What::Withdrawn {
            instead: row.parsed_or_null(9)?.map_or(Instead::Nothing, Instead::Release),
        },
        "abandoned" => What::Abandoned,
        _ => return Err(row.shape(3, "something that happens to a release")),
    })
}
