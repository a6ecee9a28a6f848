//! What can go wrong with the database.

use std::sync::Arc;

/// A failure of the store. Cheap to clone: one failed commit answers many callers.
#[derive(Debug, Clone, thiserror::Error)]
pub enum StoreError {
    /// The database could not be opened.
    #[error("can't open the database {place}")]
    Open {
        /// The database, without its password.
        place: String,
        /// What the engine said.
        #[source]
        source: EngineError,
    },
    /// The place where the data should be is not understood.
    #[error("{place:?} is no database: give a file's path or postgres://user@host/name")]
    Place {
        /// As given, without a password.
        place: String,
    },
    /// The disk is full or a quota is used up: nothing was changed.
    #[error(
        "no space is left for the database: nothing was changed; free some space and try again"
    )]
    Full,
    /// The database is read-only or its file system is.
    #[error("the database can't be written to: check its owner, its mode and its file system")]
    ReadOnly,
    /// A row that must be the only one of its kind is there already.
    #[error("there is one of this name already ({constraint})")]
    Conflict {
        /// The constraint, as the engine names it.
        constraint: String,
    },
    /// A row is pointed at that isn't there, or is still pointed at.
    #[error("a record that this one refers to is missing or still in use")]
    Dangling,
    /// A statement failed for another reason.
    #[error("the database refused {sql}")]
    Statement {
        /// The beginning of the statement; values are never in it.
        sql: String,
        /// What the engine said.
        #[source]
        source: EngineError,
    },
    /// A column holds something else than it should.
    #[error("column {column} of {sql} doesn't hold {expected}")]
    Shape {
        /// The beginning of the statement.
        sql: String,
        /// The column's place, from 0.
        column: usize,
        /// What was expected.
        expected: &'static str,
    },
    /// The database was written by a newer Duecare.
    #[error(
        "the database has schema version {found}, this program knows {known}: run the newer program, \
         or restore a backup made by this one"
    )]
    Newer {
        /// The version found.
        found: i64,
        /// The newest version known here.
        known: i64,
    },
    /// A migration was changed after it had run.
    #[error(
        "migration {version} ran with another text: this program and this database don't belong together"
    )]
    Migration {
        /// The migration.
        version: i64,
    },
    /// The evidence log does not add up.
    #[error("the evidence log doesn't add up: {0}")]
    Log(String),
    /// A use case failed inside; its change was taken back.
    #[error("the change was taken back because of an error in the program; it is logged")]
    Panicked,
    /// The store was closed before this was done.
    #[error("the store is closed: nothing was changed")]
    Closed,
    /// The answer to a commit was lost: it may have happened.
    #[error("the database didn't say whether the change was kept: look before you try again")]
    Unknown(#[source] EngineError),
}

/// What an engine said, kept whole for the log.
#[derive(Debug, Clone, thiserror::Error)]
#[error("{0}")]
pub struct EngineError(pub(crate) Arc<dyn std::error::Error + Send + Sync>);

impl EngineError {
    pub(crate) fn new(source: impl std::error::Error + Send + Sync + 'static) -> Self {
        Self(Arc::new(source))
    }
}

/// How much of a statement is shown in an error, in characters.
const SQL_SHOWN: usize = 80;

/// The beginning of a statement on one line.
pub(crate) fn shown(sql: &str) -> String {
    let line: Vec<&str> = sql.split_whitespace().collect();
    line.join(" ").chars().take(SQL_SHOWN).collect()
}
