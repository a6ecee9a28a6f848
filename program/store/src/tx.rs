//! Transactions: reading, upkeep, and changes that carry their evidence.

use crate::engine::{Connection, Query, Row, Value};
use crate::error::StoreError;
use duecare_base::{Digest, Entropy};
use duecare_domain::id::EvidenceId;
use std::ops::{Deref, DerefMut};

/// A view of one state of the database. Writes nothing.
pub struct Read<'a> {
    pub(crate) connection: &'a mut Connection,
}

impl Query for Read<'_> {
    fn each(
        &mut self,
        sql: &str,
        values: &[Value],
        each: &mut dyn FnMut(&Row) -> Result<(), StoreError>,
    ) -> Result<(), StoreError> {
        self.connection.each(sql, values, each)
    }
}

/// A transaction for what is no program data and leaves no evidence: leases of jobs, sessions' last
/// use, counters of failed logins.
pub struct Upkeep<'a> {
    pub(crate) connection: &'a mut Connection,
    pub(crate) entropy: &'a dyn Entropy,
    pub(crate) now_ms: i64,
}

impl Upkeep<'_> {
    /// When this transaction runs, in milliseconds since 1970 UTC: the same all through it.
    #[must_use]
    pub const fn now_ms(&self) -> i64 {
        self.now_ms
    }

    /// Random bytes, for ids and secrets.
    #[must_use]
    pub fn random<const N: usize>(&self) -> [u8; N] {
        let mut bytes = [0; N];
        self.entropy.fill(&mut bytes);
        bytes
    }

    /// Runs a statement; gives the number of rows changed.
    pub(crate) fn execute(&mut self, sql: &str, values: &[Value]) -> Result<u64, StoreError> {
        self.connection.execute(sql, values)
    }
}

impl Query for Upkeep<'_> {
    fn each(
        &mut self,
        sql: &str,
        values: &[Value],
        each: &mut dyn FnMut(&Row) -> Result<(), StoreError>,
    ) -> Result<(), StoreError> {
        self.connection.each(sql, values, each)
    }
}

/// A transaction that changes the program's data. The only way to keep its changes is
/// [`Tx::commit`], which wants their evidence.
pub struct Tx<'a> {
    pub(crate) upkeep: Upkeep<'a>,
}

impl<'a> Deref for Tx<'a> {
    type Target = Upkeep<'a>;

    fn deref(&self) -> &Self::Target {
        &self.upkeep
    }
}

impl DerefMut for Tx<'_> {
    fn deref_mut(&mut self) -> &mut Self::Target {
        &mut self.upkeep
    }
}

impl Query for Tx<'_> {
    fn each(
        &mut self,
        sql: &str,
        values: &[Value],
        each: &mut dyn FnMut(&Row) -> Result<(), StoreError>,
    ) -> Result<(), StoreError> {
        self.upkeep.each(sql, values, each)
    }
}

impl Tx<'_> {
    /// Ends the transaction: its changes and this entry of the evidence log are kept together.
    #[must_use]
    pub fn commit<T>(self, entry: Entry, value: T) -> Committed<T> {
        Committed { entries: vec![entry], value }
    }

    /// Ends the transaction with several entries: the first, and others after it in their order.
    #[must_use]
    pub fn commit_all<T>(self, first: Entry, others: Vec<Entry>, value: T) -> Committed<T> {
        let mut entries = vec![first];
        entries.extend(others);
        Committed { entries, value }
    }
}

/// What a change gives back once its evidence is attached. Only [`Tx::commit`] makes one.
#[derive(Debug)]
pub struct Committed<T> {
    pub(crate) entries: Vec<Entry>,
    pub(crate) value: T,
}

/// A change that is durable, and where its evidence stands in the log.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Written<T> {
    /// What the change gave back.
    pub value: T,
    /// The index of its first entry in the log, from 0.
    pub index: u64,
}

/// A thing that an entry is about, named by its digest (in-toto Statement v1, `subject`).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Subject {
    /// A name within the program: an id, a file's name.
    pub name: String,
    /// The digest of its bytes, or of the record's canonical text.
    pub digest: Digest,
}

/// What happened, to be kept in the evidence log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// Its id, by which records name it before it has an index.
    pub id: EvidenceId,
    /// What kind of event: the predicate type's URL, which ends in its version.
    pub event: String,
    /// What it is about, by digest; at least one.
    pub subjects: Vec<Subject>,
    /// The event's facts: one JSON object.
    pub predicate: String,
    /// Who did it: a person's id, `token:…`, or `duecare` for what the program does by itself.
    pub actor: String,
    /// When it happened, in milliseconds since 1970 UTC.
    pub at_ms: i64,
    /// The ids of the records concerned, under which the entry is found again.
    pub about: Vec<String>,
}
