//! The job queue: work that any process may take, under a lease.
//!
//! A job carries an id, not data. Whoever takes it holds a lease that it must renew; when it dies the
//! lease runs out and the job is taken again. What a job does is kept only while its lease holds:
//! [`complete`] is part of the transaction that keeps the result, and fails when somebody else has
//! taken the job over. So a job's result is kept once, however often it was tried.

use crate::engine::Query;
use crate::error::StoreError;
use crate::tx::{Tx, Upkeep};
use crate::values;
use duecare_domain::id::JobId;

/// A job that this process may work on until the lease ends.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Leased {
    /// Which job.
    pub id: JobId,
    /// What is to be done.
    pub kind: String,
    /// The id of the record that it is about.
    pub subject: String,
    /// How often it was taken, this time included.
    pub attempts: i64,
    /// What shows that the lease is ours.
    pub lease: String,
}

/// How a job stands, for people.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Standing {
    /// Which job.
    pub id: JobId,
    /// What is to be done.
    pub kind: String,
    /// The id of the record that it is about.
    pub subject: String,
    /// `queued`, `running`, `done`, `failed`.
    pub state: String,
    /// How often it was taken.
    pub attempts: i64,
    /// The last line of progress.
    pub progress: Option<String>,
    /// Why the last attempt failed.
    pub error: Option<String>,
    /// Who works on it, or did last.
    pub worker: Option<String>,
    /// When it was put in, in milliseconds since 1970 UTC.
    pub made_at_ms: i64,
    /// When it ended for good.
    pub ended_at_ms: Option<i64>,
}

/// Puts a job in, to be taken at `run_at_ms` or later.
///
/// # Errors
///
/// What the database says.
pub fn job_insert(
    tx: &mut Upkeep<'_>,
    id: JobId,
    kind: &str,
    subject: &str,
    run_at_ms: i64,
) -> Result<(), StoreError> {
    let now_ms = tx.now_ms();
    tx.execute(
        "INSERT INTO job (id, kind, subject, state, run_at, attempts, made_at)
         VALUES ($1, $2, $3, 'queued', $4, 0, $5)",
        values![id.to_string(), kind, subject, run_at_ms, now_ms],
    )?;
    Ok(())
}

/// Takes the job that is due longest: one that waits, or one whose lease has run out.
///
/// # Errors
///
/// What the database says.
pub fn job_claim(
    upkeep: &mut Upkeep<'_>,
    worker: &str,
    lease_ms: i64,
) -> Result<Option<Leased>, StoreError> {
    let now_ms = upkeep.now_ms();
    let lease = token(&upkeep.random::<16>());
    // The guard stands in the outer WHERE again: on PostgreSQL another process may have taken the
    // job between the inner SELECT and the UPDATE.
    upkeep.row(
        "UPDATE job SET state = 'running', lease = $1, lease_until = $2, worker = $3,
                attempts = attempts + 1, error = NULL
         WHERE id = (
             SELECT id FROM job
             WHERE (state = 'queued' AND run_at <= $4) OR (state = 'running' AND lease_until < $4)
             ORDER BY run_at, id LIMIT 1
         ) AND ((state = 'queued' AND run_at <= $4) OR (state = 'running' AND lease_until < $4))
         RETURNING id, kind, subject, attempts, lease",
        values![lease, now_ms.saturating_add(lease_ms), worker, now_ms],
        |row| {
            Ok(Leased {
                id: row.parsed(0)?,
                kind: row.text(1)?.to_owned(),
                subject: row.text(2)?.to_owned(),
                attempts: row.int(3)?,
                lease: row.text(4)?.to_owned(),
            })
        },
    )
}

/// Keeps a lease for longer and says how far the work is. `false` when the job is somebody else's now:
/// then stop.
///
/// # Errors
///
/// What the database says.
pub fn job_renew(
    upkeep: &mut Upkeep<'_>,
    job: &Leased,
    lease_ms: i64,
    progress: &str,
) -> Result<bool, StoreError> {
    let now_ms = upkeep.now_ms();
    let changed = upkeep.execute(
        "UPDATE job SET lease_until = $1, progress = $2
         WHERE id = $3 AND lease = $4 AND state = 'running'",
        values![now_ms.saturating_add(lease_ms), progress, job.id.to_string(), job.lease.as_str()],
    )?;
    Ok(changed == 1)
}

/// Ends a job in the transaction that keeps its result. `false` when the lease was lost: the caller
/// must then give up its changes.
///
/// # Errors
///
/// What the database says.
pub fn job_complete(tx: &mut Tx<'_>, job: &Leased) -> Result<bool, StoreError> {
    end(tx, job, "done", None)
}

/// Puts a job back after a failure, to be tried again at `retry_at_ms`, or ends it as failed when that
/// is `None`. `false` when the lease was lost.
///
/// # Errors
///
/// What the database says.
pub fn job_fail(
    upkeep: &mut Upkeep<'_>,
    job: &Leased,
    error: &str,
    retry_at_ms: Option<i64>,
) -> Result<bool, StoreError> {
    let Some(retry_at_ms) = retry_at_ms else { return end(upkeep, job, "failed", Some(error)) };
    let changed = upkeep.execute(
        "UPDATE job SET state = 'queued', run_at = $1, error = $2, lease = NULL, lease_until = NULL
         WHERE id = $3 AND lease = $4 AND state = 'running'",
        values![retry_at_ms, error, job.id.to_string(), job.lease.as_str()],
    )?;
    Ok(changed == 1)
}

fn end(
    upkeep: &mut Upkeep<'_>,
    job: &Leased,
    state: &str,
    error: Option<&str>,
) -> Result<bool, StoreError> {
    let now_ms = upkeep.now_ms();
    let changed = upkeep.execute(
        "UPDATE job SET state = $1, error = $2, ended_at = $3, lease_until = NULL
         WHERE id = $4 AND lease = $5 AND state = 'running'",
        values![state, error, now_ms, job.id.to_string(), job.lease.as_str()],
    )?;
    Ok(changed == 1)
}

/// How the jobs about a record stand, the newest first, at most `count_max`.
///
/// # Errors
///
/// What the database says.
pub fn job_list(
    query: &mut impl Query,
    subject: &str,
    count_max: u32,
) -> Result<Vec<Standing>, StoreError> {
    query.rows(
        "SELECT id, kind, subject, state, attempts, progress, error, worker, made_at, ended_at
         FROM job WHERE subject = $1 ORDER BY made_at DESC, id DESC LIMIT $2",
        values![subject, count_max],
        |row| {
            Ok(Standing {
                id: row.parsed(0)?,
                kind: row.text(1)?.to_owned(),
                subject: row.text(2)?.to_owned(),
                state: row.text(3)?.to_owned(),
                attempts: row.int(4)?,
                progress: row.text_or_null(5)?.map(str::to_owned),
                error: row.text_or_null(6)?.map(str::to_owned),
                worker: row.text_or_null(7)?.map(str::to_owned),
                made_at_ms: row.int(8)?,
                ended_at_ms: row.int_or_null(9)?,
            })
        },
    )
}

fn token(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Takes or keeps the lease on what only one process at a time should do. `false` when another holds
/// it.
///
/// # Errors
///
/// What the database says.
pub fn lease_take(
    upkeep: &mut Upkeep<'_>,
    name: &str,
    holder: &str,
    lease_ms: i64,
) -> Result<bool, StoreError> {
    let now_ms = upkeep.now_ms();
    let changed = upkeep.execute(
        "INSERT INTO lease (name, holder, held_until) VALUES ($1, $2, $3)
         ON CONFLICT (name) DO UPDATE SET holder = excluded.holder, held_until = excluded.held_until
         WHERE lease.holder = excluded.holder OR lease.held_until < $4",
        values![name, holder, now_ms.saturating_add(lease_ms), now_ms],
    )?;
    Ok(changed == 1)
}
