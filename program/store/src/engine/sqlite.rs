//! SQLite: write-ahead log, durable commits, one writer.

use super::{Purpose, Row, Value};
use crate::error::{EngineError, StoreError, shown};
use rusqlite::types::{ToSqlOutput, ValueRef};
use rusqlite::{ErrorCode, OpenFlags};
use std::path::Path;

/// How long a statement waits for another process's lock, in milliseconds: longer than any write of
/// ours, shorter than a person's patience.
const BUSY_TIMEOUT_MS: u64 = 10_000;

/// Prepared statements kept per connection: more than there are in the store.
const STATEMENTS_MAX: usize = 400;

/// Every connection's page cache, in KiB.
const CACHE_KIB: i64 = 16 * 1024;

pub(crate) struct Sqlite {
    connection: rusqlite::Connection,
}

impl Sqlite {
    pub(crate) fn open(path: &Path, purpose: Purpose) -> Result<Self, StoreError> {
        let failed = |source: rusqlite::Error| StoreError::Open {
            place: path.display().to_string(),
            source: EngineError::new(source),
        };
        let flags = match purpose {
            Purpose::Writing => OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_CREATE,
            Purpose::Reading => OpenFlags::SQLITE_OPEN_READ_ONLY,
        } | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let connection = rusqlite::Connection::open_with_flags(path, flags).map_err(failed)?;
        connection.set_prepared_statement_cache_capacity(STATEMENTS_MAX);
        connection
            .busy_timeout(std::time::Duration::from_millis(BUSY_TIMEOUT_MS))
            .map_err(failed)?;
        if purpose == Purpose::Writing {
            // The whole file system's word that it is on disk, at every commit.
            connection.pragma_update(None, "journal_mode", "WAL").map_err(failed)?;
            connection.pragma_update(None, "synchronous", "FULL").map_err(failed)?;
            connection.pragma_update(None, "foreign_keys", true).map_err(failed)?;
            // A file from a stranger can't make its schema run functions.
            connection.pragma_update(None, "trusted_schema", false).map_err(failed)?;
        }
        connection.pragma_update(None, "cache_size", -CACHE_KIB).map_err(failed)?;
        connection.pragma_update(None, "temp_store", "MEMORY").map_err(failed)?;
        Ok(Self { connection })
    }

    pub(crate) fn execute(&mut self, sql: &str, values: &[Value]) -> Result<u64, StoreError> {
        let run = || -> rusqlite::Result<usize> {
            let mut statement = self.connection.prepare_cached(sql)?;
            statement.execute(rusqlite::params_from_iter(values))
        };
        run().map(|changed| changed as u64).map_err(|error| refused(sql, error))
    }

    pub(crate) fn each(
        &mut self,
        sql: &str,
        values: &[Value],
        each: &mut dyn FnMut(&Row) -> Result<(), StoreError>,
    ) -> Result<(), StoreError> {
        let refuse = |error| refused(sql, error);
        let mut statement = self.connection.prepare_cached(sql).map_err(refuse)?;
        let columns = statement.column_count();
        let mut rows = statement.query(rusqlite::params_from_iter(values)).map_err(refuse)?;
        let mut row = Row { values: Vec::with_capacity(columns), sql: sql.to_owned() };
        while let Some(found) = rows.next().map_err(refuse)? {
            row.values.clear();
            for column in 0..columns {
                let value = found.get_ref(column).map_err(refuse)?;
                row.values.push(read(value).ok_or_else(|| StoreError::Shape {
                    sql: shown(sql),
                    column,
                    expected: "a text or a number",
                })?);
            }
            each(&row)?;
        }
        Ok(())
    }

    pub(crate) fn script(&mut self, sql: &str) -> Result<(), StoreError> {
        self.connection.execute_batch(sql).map_err(|error| refused(sql, error))
    }

    pub(crate) fn commit(&mut self) -> Result<(), StoreError> {
        match self.script("COMMIT") {
            Ok(()) => Ok(()),
            // Still open: nothing was kept, and the caller takes it back.
            Err(error) if !self.connection.is_autocommit() => Err(error),
            Err(StoreError::Statement { source, .. }) => Err(StoreError::Unknown(source)),
            Err(error) => Err(error),
        }
    }
}

impl rusqlite::ToSql for Value {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(ToSqlOutput::Borrowed(match self {
            Self::Null => ValueRef::Null,
            Self::Int(number) => ValueRef::Integer(*number),
            Self::Real(number) => ValueRef::Real(*number),
            Self::Text(text) => ValueRef::Text(text.as_bytes()),
        }))
    }
}

fn read(value: ValueRef<'_>) -> Option<Value> {
    Some(match value {
        ValueRef::Null => Value::Null,
        ValueRef::Integer(number) => Value::Int(number),
        ValueRef::Real(number) => Value::Real(number),
        ValueRef::Text(bytes) => Value::Text(std::str::from_utf8(bytes).ok()?.to_owned()),
        ValueRef::Blob(_) => return None,
    })
}

fn refused(sql: &str, error: rusqlite::Error) -> StoreError {
    if let rusqlite::Error::SqliteFailure(code, message) = &error {
        match (code.code, code.extended_code) {
            (ErrorCode::DiskFull, _) => return StoreError::Full,
            (ErrorCode::ReadOnly, _) => return StoreError::ReadOnly,
            (
                ErrorCode::ConstraintViolation,
                rusqlite::ffi::SQLITE_CONSTRAINT_UNIQUE
                | rusqlite::ffi::SQLITE_CONSTRAINT_PRIMARYKEY,
            ) => {
                let constraint = message.as_deref().and_then(|text| text.rsplit(": ").next());
                return StoreError::Conflict {
                    constraint: constraint.unwrap_or("unique").to_owned(),
                };
            }
            (ErrorCode::ConstraintViolation, rusqlite::ffi::SQLITE_CONSTRAINT_FOREIGNKEY) => {
                return StoreError::Dangling;
            }
            _ => {}
        }
    }
    StoreError::Statement { sql: shown(sql), source: EngineError::new(error) }
}
