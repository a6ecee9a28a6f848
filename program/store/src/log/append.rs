//! Appending entries to the log inside the transaction of their change.

use crate::engine::{Connection, Query};
use crate::error::StoreError;
use crate::tx::{Entry, Read};
use crate::values;
use duecare_base::Entropy;
use duecare_ledger::hash::Hash;
use duecare_ledger::leaf::{self, Salt};
use duecare_ledger::tree::Frontier;
use std::sync::Arc;

/// Makes an entry into a signed statement.
pub trait Notary: Send + Sync {
    /// The log's name: the first line of its checkpoints.
    fn origin(&self) -> &str;

    /// The entry as an in-toto Statement in a DSSE envelope, as JSON.
    ///
    /// # Errors
    ///
    /// Why it can't be made, in one sentence.
    fn envelope(&self, entry: &Entry, logged_at_ms: i64) -> Result<String, String>;
}

/// How far the log is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Head {
    /// Leaves.
    pub size: u64,
    /// The root hash over them.
    pub root: Hash,
}

/// Appends entries; belongs to the writing thread.
pub(crate) struct Appender {
    notary: Arc<dyn Notary>,
}

const HEAD: &str = "SELECT origin, size, root, frontier FROM log_head WHERE id = 1";

impl Appender {
    /// Begins the log if there is none, and checks that its head fits its entries.
    pub(crate) fn open(
        connection: &mut Connection,
        notary: Arc<dyn Notary>,
    ) -> Result<Self, StoreError> {
        connection.begin()?;
        let checked = begin_log(connection, notary.origin())
            .and_then(|()| connection.lock_log())
            .and_then(|()| check(connection, notary.origin()));
        if let Err(error) = checked {
            // The error that is reported is the one that led here.
            let _ = connection.rollback();
            return Err(error);
        }
        connection.commit()?;
        Ok(Self { notary })
    }

    /// Appends; gives the index of the first.
    pub(crate) fn append(
        &self,
        connection: &mut Connection,
        entropy: &dyn Entropy,
        entries: Vec<Entry>,
        now_ms: i64,
    ) -> Result<u64, StoreError> {
        let (_, mut frontier) = head(connection)?;
        let base = frontier.size();
        for entry in entries {
            let envelope = self.notary.envelope(&entry, now_ms).map_err(StoreError::Log)?;
            let mut salt = [0; 32];
            entropy.fill(&mut salt);
            let salt = Salt::new(salt);
            let leaf = leaf::Entry::commit(&salt, envelope.as_bytes());
            let idx = index(frontier.size())?;
            frontier
                .push(Hash::leaf(&leaf.to_bytes()), |_, _| {})
                .map_err(|_| StoreError::Log("it is full".into()))?;
            connection.execute(
                "INSERT INTO log_entry (idx, id, leaf, event, actor, at, logged_at, salt, envelope)
                 VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
                values![
                    idx,
                    entry.id.to_string(),
                    hex(&leaf.to_bytes()),
                    entry.event,
                    entry.actor,
                    entry.at_ms,
                    now_ms,
                    hex(salt.as_bytes()),
                    envelope
                ],
            )?;
            for subject in entry.about {
                connection.execute(
                    "INSERT INTO log_about (subject, idx) VALUES ($1, $2) ON CONFLICT DO NOTHING",
                    values![subject, idx],
                )?;
            }
        }
        let changed = connection.execute(
            "UPDATE log_head SET size = $1, root = $2, frontier = $3 WHERE id = 1 AND size = $4",
            values![
                index(frontier.size())?,
                frontier.root().to_string(),
                peaks_text(&frontier),
                index(base)?
            ],
        )?;
        if changed != 1 {
            return Err(StoreError::Log("its head was changed by somebody else".into()));
        }
        Ok(base)
    }
}

fn begin_log(connection: &mut Connection, origin: &str) -> Result<(), StoreError> {
    connection
        .execute(
            "INSERT INTO log_head (id, origin, size, root, frontier) VALUES (1, $1, 0, $2, '')
             ON CONFLICT DO NOTHING",
            values![origin, Hash::EMPTY_TREE.to_string()],
        )
        .map(|_| ())
}

/// Holds the head against the entries: their number, and the hashes of the newest of them.
fn check(connection: &mut Connection, origin: &str) -> Result<(), StoreError> {
    let (found, frontier) = head(connection)?;
    if found.origin != origin {
        return Err(StoreError::Log(format!(
            "it is the log {:?}, and the key given is for {origin:?}",
            found.origin
        )));
    }
    if found.root != frontier.root().to_string() {
        return Err(StoreError::Log("its root doesn't follow from its head's hashes".into()));
    }
    let mut last = -1;
    connection.each("SELECT COALESCE(MAX(idx), -1) FROM log_entry", &[], &mut |row| {
        last = row.int(0)?;
        Ok(())
    })?;
    let size = index(frontier.size())?;
    if last + 1 != size {
        return Err(StoreError::Log(format!(
            "its head says {size} entries, and the last one stored is number {}",
            last + 1
        )));
    }
    check_edge(connection, &frontier)
}

/// Recomputes the peaks that the newest entries alone make up: at most 255 of them.
fn check_edge(connection: &mut Connection, frontier: &Frontier) -> Result<(), StoreError> {
    let count = frontier.size() % EDGE;
    let mut edge = Frontier::default();
    let from = index(frontier.size() - count)?;
    connection.each(
        "SELECT leaf FROM log_entry WHERE idx >= $1 ORDER BY idx",
        values![from],
        &mut |row| {
            let leaf = unhex(row.text(0)?)
                .ok_or_else(|| StoreError::Log("a leaf is no hexadecimal text".into()))?;
            edge.push(Hash::leaf(&leaf), |_, _| {})
                .map_err(|_| StoreError::Log("it is full".into()))
        },
    )?;
    let peaks = frontier.peaks();
    let newest = peaks.len().saturating_sub(edge.peaks().len());
    if edge.size() != count || peaks.get(newest..) != Some(edge.peaks()) {
        return Err(StoreError::Log(
            "the newest entries aren't those that its head was made from".into(),
        ));
    }
    Ok(())
}

/// How many of the newest entries are checked at the start at most, plus one: one tile.
const EDGE: u64 = 256;

struct Found {
    origin: String,
    root: String,
}

fn head(connection: &mut Connection) -> Result<(Found, Frontier), StoreError> {
    let mut found = None;
    connection.each(HEAD, &[], &mut |row| {
        let size = u64::try_from(row.int(1)?).ok();
        let peaks: Option<Vec<Hash>> =
            row.text(3)?.split_whitespace().map(Hash::from_base64).collect();
        let frontier = size.zip(peaks).and_then(|(size, peaks)| Frontier::from_peaks(size, peaks));
        let frontier = frontier
            .ok_or_else(|| StoreError::Log("its head's hashes don't fit its size".into()))?;
        found = Some((
            Found { origin: row.text(0)?.to_owned(), root: row.text(2)?.to_owned() },
            frontier,
        ));
        Ok(())
    })?;
    found.ok_or_else(|| StoreError::Log("it has no head".into()))
}

/// How far the log is in this view.
///
/// # Errors
///
/// What the database says, or when the head is damaged.
pub fn log_head(read: &mut Read<'_>) -> Result<Head, StoreError> {
    let found = read.row("SELECT size, root FROM log_head WHERE id = 1", &[], |row| {
        let root = Hash::from_base64(row.text(1)?);
        Ok(u64::try_from(row.int(0)?).ok().zip(root).map(|(size, root)| Head { size, root }))
    })?;
    found.flatten().ok_or_else(|| StoreError::Log("it has no head that can be read".into()))
}

fn peaks_text(frontier: &Frontier) -> String {
    let peaks: Vec<String> = frontier.peaks().iter().map(ToString::to_string).collect();
    peaks.join(" ")
}

pub(crate) fn index(number: u64) -> Result<i64, StoreError> {
    i64::try_from(number).map_err(|_| StoreError::Log("it has too many entries".into()))
}

pub(crate) fn hex(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    let digit = |nibble: u8| DIGITS.get(usize::from(nibble)).copied().map_or('0', char::from);
    bytes.iter().flat_map(|byte| [digit(byte >> 4), digit(byte & 15)]).collect()
}

pub(crate) fn unhex(text: &str) -> Option<Vec<u8>> {
    if !text.is_ascii() || !text.len().is_multiple_of(2) {
        return None;
    }
    let pair = |at: usize| u8::from_str_radix(text.get(at..at + 2)?, 16).ok();
    (0..text.len()).step_by(2).map(pair).collect()
}
