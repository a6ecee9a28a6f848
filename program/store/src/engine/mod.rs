//! The two engines behind one small surface: statements with values, rows, transactions.
//!
//! Column types are TEXT, BIGINT and DOUBLE PRECISION; parameters are `$1`, `$2`, … and appear for the
//! first time in that order, because SQLite numbers them so.

mod postgres;
mod sqlite;
mod value;

pub use value::{Row, Value};

use crate::error::StoreError;
use std::path::PathBuf;

/// Where the data is.
#[derive(Clone, PartialEq, Eq)]
pub enum Location {
    /// A SQLite database in this file.
    Sqlite(PathBuf),
    /// A PostgreSQL database at this URL.
    Postgres(String),
}

impl Location {
    /// A file's path, `sqlite:PATH`, or `postgres://…`.
    ///
    /// # Errors
    ///
    /// [`StoreError::Place`] for a URL of another kind.
    pub fn parse(text: &str) -> Result<Self, StoreError> {
        if text.starts_with("postgres://") || text.starts_with("postgresql://") {
            return Ok(Self::Postgres(text.to_owned()));
        }
        let path = text.strip_prefix("sqlite:").unwrap_or(text);
        let path = path.strip_prefix("//").unwrap_or(path);
        if path.is_empty() || path.contains("://") {
            return Err(StoreError::Place { place: without_password(text) });
        }
        Ok(Self::Sqlite(PathBuf::from(path)))
    }
}

impl std::fmt::Display for Location {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Sqlite(path) => write!(f, "{}", path.display()),
            Self::Postgres(url) => f.write_str(&without_password(url)),
        }
    }
}

impl std::fmt::Debug for Location {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{self}")
    }
}

/// A URL as it may be shown: the password between `:` and `@` is left out.
fn without_password(url: &str) -> String {
    let Some((scheme, rest)) = url.split_once("://") else { return url.to_owned() };
    let Some((user, host)) = rest.rsplit_once('@') else { return url.to_owned() };
    let name = user.split(':').next().unwrap_or_default();
    let host = host.split('?').next().unwrap_or_default();
    format!("{scheme}://{name}@{host}")
}

/// Something that can be asked.
pub trait Query {
    /// Runs a statement and gives each row to `each`, which may stop by an error.
    ///
    /// # Errors
    ///
    /// What the engine says, and what `each` says.
    fn each(
        &mut self,
        sql: &str,
        values: &[Value],
        each: &mut dyn FnMut(&Row) -> Result<(), StoreError>,
    ) -> Result<(), StoreError>;

    /// Every row, each made into a `T`. The statement bounds their number.
    ///
    /// # Errors
    ///
    /// What the engine says, and what `make` says.
    fn rows<T>(
        &mut self,
        sql: &str,
        values: &[Value],
        mut make: impl FnMut(&Row) -> Result<T, StoreError>,
    ) -> Result<Vec<T>, StoreError>
    where
        Self: Sized,
    {
        let mut all = Vec::new();
        self.each(sql, values, &mut |row| {
            all.push(make(row)?);
            Ok(())
        })?;
        Ok(all)
    }

    /// The first row, if there is one.
    ///
    /// # Errors
    ///
    /// What the engine says, and what `make` says.
    fn row<T>(
        &mut self,
        sql: &str,
        values: &[Value],
        mut make: impl FnMut(&Row) -> Result<T, StoreError>,
    ) -> Result<Option<T>, StoreError>
    where
        Self: Sized,
    {
        let mut first = None;
        self.each(sql, values, &mut |row| {
            if first.is_none() {
                first = Some(make(row)?);
            }
            Ok(())
        })?;
        Ok(first)
    }
}

/// A connection to either engine.
pub(crate) enum Connection {
    Sqlite(Box<sqlite::Sqlite>),
    Postgres(Box<postgres::Postgres>),
}

/// What a connection is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Purpose {
    Reading,
    Writing,
}

impl Connection {
    pub(crate) fn open(place: &Location, purpose: Purpose) -> Result<Self, StoreError> {
        match place {
            Location::Sqlite(path) => {
                Ok(Self::Sqlite(Box::new(sqlite::Sqlite::open(path, purpose)?)))
            }
            Location::Postgres(url) => {
                Ok(Self::Postgres(Box::new(postgres::Postgres::open(url, place, purpose)?)))
            }
        }
    }

    /// Runs a statement; gives the number of rows changed.
    pub(crate) fn execute(&mut self, sql: &str, values: &[Value]) -> Result<u64, StoreError> {
        match self {
            Self::Sqlite(engine) => engine.execute(sql, values),
            Self::Postgres(engine) => engine.execute(sql, values),
        }
    }

    pub(crate) fn each(
        &mut self,
        sql: &str,
        values: &[Value],
        each: &mut dyn FnMut(&Row) -> Result<(), StoreError>,
    ) -> Result<(), StoreError> {
        match self {
            Self::Sqlite(engine) => engine.each(sql, values, each),
            Self::Postgres(engine) => engine.each(sql, values, each),
        }
    }

    /// Runs statements without parameters, separated by semicolons.
    pub(crate) fn script(&mut self, sql: &str) -> Result<(), StoreError> {
        match self {
            Self::Sqlite(engine) => engine.script(sql),
            Self::Postgres(engine) => engine.script(sql),
        }
    }

    /// Begins a transaction that will write. On PostgreSQL nothing is locked yet.
    pub(crate) fn begin(&mut self) -> Result<(), StoreError> {
        match self {
            Self::Sqlite(engine) => engine.script("BEGIN IMMEDIATE"),
            Self::Postgres(engine) => engine.script("BEGIN"),
        }
    }

    /// Begins a transaction that sees one state and writes nothing.
    pub(crate) fn begin_reading(&mut self) -> Result<(), StoreError> {
        match self {
            Self::Sqlite(engine) => engine.script("BEGIN"),
            Self::Postgres(engine) => {
                engine.script("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY")
            }
        }
    }

    /// Makes the transaction durable. After an error it may have happened or not.
    pub(crate) fn commit(&mut self) -> Result<(), StoreError> {
        match self {
            Self::Sqlite(engine) => engine.commit(),
            Self::Postgres(engine) => engine.commit(),
        }
    }

    pub(crate) fn rollback(&mut self) -> Result<(), StoreError> {
        self.script("ROLLBACK")
    }

    /// Takes the lock that puts all writers of all processes in a row. SQLite has it by `BEGIN`.
    pub(crate) fn lock_log(&mut self) -> Result<(), StoreError> {
        match self {
            Self::Sqlite(_) => Ok(()),
            Self::Postgres(engine) => engine.lock_log(),
        }
    }

    /// Lets one process at a time migrate.
    pub(crate) fn lock_schema(&mut self) -> Result<(), StoreError> {
        match self {
            Self::Sqlite(_) => Ok(()),
            Self::Postgres(engine) => engine.lock_schema(),
        }
    }

    /// Whether this connection still works after an error.
    pub(crate) fn is_usable(&self) -> bool {
        match self {
            Self::Sqlite(_) => true,
            Self::Postgres(engine) => engine.is_usable(),
        }
    }
}
