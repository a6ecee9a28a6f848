//! Checkpoints: what was signed, kept before it is shown.

use super::append::index;
use crate::engine::{Query, Row};
use crate::error::StoreError;
use crate::tx::Upkeep;
use crate::values;

/// A checkpoint that was signed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Signed {
    /// Leaves.
    pub size: u64,
    /// The root hash, in base64.
    pub root: String,
    /// The signed note.
    pub note: String,
    /// Whether it was put where the public sees it.
    pub is_published: bool,
}

fn signed(row: &Row) -> Result<Signed, StoreError> {
    Ok(Signed {
        size: u64::try_from(row.int(0)?)
            .map_err(|_| StoreError::Log("a checkpoint has a negative size".into()))?,
        root: row.text(1)?.to_owned(),
        note: row.text(2)?.to_owned(),
        is_published: row.int_or_null(3)?.is_some(),
    })
}

/// Keeps a checkpoint. One of that size with another root is an error, and nothing is kept; with the
/// same root the note is replaced (it may have gained co-signatures).
///
/// # Errors
///
/// [`StoreError::Log`] for a second root; what the database says.
pub fn checkpoint_keep(
    upkeep: &mut Upkeep<'_>,
    size: u64,
    root: &str,
    note: &str,
) -> Result<(), StoreError> {
    let now_ms = upkeep.now_ms();
    let kept = upkeep.row(
        "INSERT INTO log_checkpoint (size, root, note, signed_at) VALUES ($1, $2, $3, $4)
         ON CONFLICT (size) DO UPDATE SET note = excluded.note
         WHERE log_checkpoint.root = excluded.root
         RETURNING size",
        values![index(size)?, root, note, now_ms],
        |row| row.int(0),
    )?;
    kept.map(|_| ()).ok_or_else(|| {
        StoreError::Log(format!("another root was signed before for its first {size} entries"))
    })
}

/// Notes that a checkpoint is public.
///
/// # Errors
///
/// What the database says.
pub fn checkpoint_published(upkeep: &mut Upkeep<'_>, size: u64) -> Result<(), StoreError> {
    let now_ms = upkeep.now_ms();
    upkeep.execute(
        "UPDATE log_checkpoint SET published_at = $1 WHERE size = $2",
        values![now_ms, index(size)?],
    )?;
    Ok(())
}

/// The largest checkpoint that was signed.
///
/// # Errors
///
/// What the database says.
pub fn checkpoint_newest(query: &mut impl Query) -> Result<Option<Signed>, StoreError> {
    query.row(
        "SELECT size, root, note, published_at FROM log_checkpoint ORDER BY size DESC LIMIT 1",
        &[],
        signed,
    )
}

/// The largest checkpoint that is known to be public.
///
/// # Errors
///
/// What the database says.
pub fn checkpoint_newest_published(query: &mut impl Query) -> Result<Option<Signed>, StoreError> {
    query.row(
        "SELECT size, root, note, published_at FROM log_checkpoint WHERE published_at IS NOT NULL
         ORDER BY size DESC LIMIT 1",
        &[],
        signed,
    )
}
