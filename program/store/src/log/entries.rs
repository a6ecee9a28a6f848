//! Reading the log's entries, and erasing their content.

use super::append::{index, unhex};
use crate::engine::{Query, Row, Value};
use crate::error::StoreError;
use crate::tx::Tx;
use crate::values;
use duecare_domain::id::EvidenceId;

/// An entry as it is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Kept {
    /// Its index in the log, from 0.
    pub index: u64,
    /// Its id.
    pub id: EvidenceId,
    /// The leaf's bytes, as they stand in the log.
    pub leaf: Vec<u8>,
    /// What kind of event.
    pub event: String,
    /// Who did it.
    pub actor: String,
    /// When it happened, in milliseconds since 1970 UTC.
    pub at_ms: i64,
    /// When it was logged.
    pub logged_at_ms: i64,
    /// Salt and envelope; `None` once erased.
    pub content: Option<(Vec<u8>, String)>,
    /// When its content was erased.
    pub erased_at_ms: Option<i64>,
}

/// What an erasure did.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Erasure {
    /// The content is gone.
    Done,
    /// It was gone before.
    Before,
    /// There is no such entry.
    Missing,
}

const COLUMNS: &str = "idx, id, leaf, event, actor, at, logged_at, salt, envelope, erased_at";

fn kept(row: &Row) -> Result<Kept, StoreError> {
    let bad = |what: &str| StoreError::Log(format!("an entry's {what} can't be read"));
    let salt =
        row.text_or_null(7)?.map(|text| unhex(text).ok_or_else(|| bad("salt"))).transpose()?;
    Ok(Kept {
        index: u64::try_from(row.int(0)?).map_err(|_| bad("index"))?,
        id: row.parsed(1)?,
        leaf: unhex(row.text(2)?).ok_or_else(|| bad("leaf"))?,
        event: row.text(3)?.to_owned(),
        actor: row.text(4)?.to_owned(),
        at_ms: row.int(5)?,
        logged_at_ms: row.int(6)?,
        content: salt.zip(row.text_or_null(8)?.map(str::to_owned)),
        erased_at_ms: row.int_or_null(9)?,
    })
}

/// One entry.
///
/// # Errors
///
/// What the database says.
pub fn log_entry(query: &mut impl Query, at: u64) -> Result<Option<Kept>, StoreError> {
    let sql = format!("SELECT {COLUMNS} FROM log_entry WHERE idx = $1");
    query.row(&sql, values![index(at)?], kept)
}

/// The entry of this id.
///
/// # Errors
///
/// What the database says.
pub fn log_find(query: &mut impl Query, id: EvidenceId) -> Result<Option<Kept>, StoreError> {
    let sql = format!("SELECT {COLUMNS} FROM log_entry WHERE id = $1");
    query.row(&sql, values![id.to_string()], kept)
}

/// Entries of every kind or of one, older than `before` (or the newest), newest first.
///
/// # Errors
///
/// What the database says.
pub fn log_list(
    query: &mut impl Query,
    event: Option<&str>,
    before: Option<u64>,
    count_max: u32,
) -> Result<Vec<Kept>, StoreError> {
    let before = Value::Int(before.map_or(Ok(i64::MAX), index)?);
    let limit = Value::from(count_max);
    match event {
        Some(event) => {
            let sql = format!(
                "SELECT {COLUMNS} FROM log_entry WHERE event = $1 AND idx < $2
                 ORDER BY idx DESC LIMIT $3"
            );
            query.rows(&sql, &[event.into(), before, limit], kept)
        }
        None => {
            let sql = format!(
                "SELECT {COLUMNS} FROM log_entry WHERE idx < $1 ORDER BY idx DESC LIMIT $2"
            );
            query.rows(&sql, &[before, limit], kept)
        }
    }
}

/// Entries about a record, older than `before` (or the newest), newest first.
///
/// # Errors
///
/// What the database says.
pub fn log_about(
    query: &mut impl Query,
    subject: &str,
    before: Option<u64>,
    count_max: u32,
) -> Result<Vec<Kept>, StoreError> {
    let before = before.map_or(Ok(i64::MAX), index)?;
    let columns: Vec<String> = COLUMNS.split(", ").map(|column| format!("e.{column}")).collect();
    let sql = format!(
        "SELECT {} FROM log_about a JOIN log_entry e ON e.idx = a.idx
         WHERE a.subject = $1 AND a.idx < $2 ORDER BY a.idx DESC LIMIT $3",
        columns.join(", ")
    );
    query.rows(&sql, values![subject, before, count_max], kept)
}

/// The leaves from an index on, in order, at most `count_max`.
///
/// # Errors
///
/// What the database says.
pub fn log_leaves(
    query: &mut impl Query,
    from: u64,
    count_max: u32,
) -> Result<Vec<Vec<u8>>, StoreError> {
    query.rows(
        "SELECT leaf FROM log_entry WHERE idx >= $1 ORDER BY idx LIMIT $2",
        values![index(from)?, count_max],
        |row| unhex(row.text(0)?).ok_or_else(|| StoreError::Log("a leaf can't be read".into())),
    )
}

/// Erases what an entry says, so that only its leaf stays. The log verifies as before.
///
/// # Errors
///
/// What the database says.
pub fn log_content_erase(tx: &mut Tx<'_>, at: u64) -> Result<Erasure, StoreError> {
    let Some(entry) = log_entry(tx, at)? else { return Ok(Erasure::Missing) };
    if entry.content.is_none() {
        return Ok(Erasure::Before);
    }
    let now_ms = tx.now_ms();
    tx.execute(
        "UPDATE log_entry SET salt = NULL, envelope = NULL, actor = '', erased_at = $1
         WHERE idx = $2",
        values![now_ms, index(at)?],
    )?;
    Ok(Erasure::Done)
}
