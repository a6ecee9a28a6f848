//! PostgreSQL, and what speaks its protocol.

use super::{Location, Purpose, Row, Value};
use crate::error::{EngineError, StoreError, shown};
use postgres::fallible_iterator::FallibleIterator;
use postgres::types::{IsNull, ToSql, Type, private::BytesMut, to_sql_checked};
use postgres::{Client, NoTls, Statement, error::SqlState};
use std::collections::BTreeMap;

/// Prepared statements kept per connection: more than there are in the store; beyond it all are
/// forgotten and made anew.
const STATEMENTS_MAX: usize = 400;

/// The advisory lock under which one process migrates: the letters "duecare" as a number.
const SCHEMA_LOCK: i64 = 0x0064_7565_6361_7265;

/// How long a connection attempt may take.
const CONNECT_TIMEOUT: std::time::Duration = std::time::Duration::from_secs(10);

pub(crate) struct Postgres {
    client: Client,
    statements: BTreeMap<String, Statement>,
}

impl Postgres {
    pub(crate) fn open(url: &str, place: &Location, purpose: Purpose) -> Result<Self, StoreError> {
        let failed = |source: postgres::Error| StoreError::Open {
            place: place.to_string(),
            source: EngineError::new(source),
        };
        let mut config: postgres::Config = url.parse().map_err(failed)?;
        config.application_name("duecare").connect_timeout(CONNECT_TIMEOUT);
        let mut client = config.connect(NoTls).map_err(failed)?;
        if purpose == Purpose::Writing {
            // A commit is on the disk of the server before it answers, whatever its default is.
            client.batch_execute("SET synchronous_commit = on").map_err(failed)?;
        }
        Ok(Self { client, statements: BTreeMap::new() })
    }

    fn statement(&mut self, sql: &str) -> Result<Statement, StoreError> {
        if let Some(statement) = self.statements.get(sql) {
            return Ok(statement.clone());
        }
        if self.statements.len() >= STATEMENTS_MAX {
            self.statements.clear();
        }
        let statement = self.client.prepare(sql).map_err(|error| refused(sql, error))?;
        self.statements.insert(sql.to_owned(), statement.clone());
        Ok(statement)
    }

    pub(crate) fn execute(&mut self, sql: &str, values: &[Value]) -> Result<u64, StoreError> {
        let statement = self.statement(sql)?;
        self.client.execute(&statement, &as_params(values)).map_err(|error| refused(sql, error))
    }

    pub(crate) fn each(
        &mut self,
        sql: &str,
        values: &[Value],
        each: &mut dyn FnMut(&Row) -> Result<(), StoreError>,
    ) -> Result<(), StoreError> {
        let refuse = |error| refused(sql, error);
        let statement = self.statement(sql)?;
        let mut rows = self.client.query_raw(&statement, as_params(values)).map_err(refuse)?;
        let mut row = Row { values: Vec::new(), sql: sql.to_owned() };
        while let Some(found) = rows.next().map_err(refuse)? {
            row.values.clear();
            for column in 0..found.len() {
                row.values.push(read(&found, column).ok_or_else(|| StoreError::Shape {
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
        self.client.batch_execute(sql).map_err(|error| refused(sql, error))
    }

    pub(crate) fn commit(&mut self) -> Result<(), StoreError> {
        match self.client.batch_execute("COMMIT") {
            Ok(()) => Ok(()),
            // The server's own word is a clear no; a lost connection is not.
            Err(error) if error.as_db_error().is_some() => Err(refused("COMMIT", error)),
            Err(error) => Err(StoreError::Unknown(EngineError::new(error))),
        }
    }

    pub(crate) fn lock_log(&mut self) -> Result<(), StoreError> {
        self.execute("SELECT size FROM log_head WHERE id = 1 FOR UPDATE", &[]).map(|_| ())
    }

    pub(crate) fn lock_schema(&mut self) -> Result<(), StoreError> {
        self.execute("SELECT pg_advisory_xact_lock($1)", &[Value::Int(SCHEMA_LOCK)]).map(|_| ())
    }

    pub(crate) fn is_usable(&self) -> bool {
        !self.client.is_closed()
    }
}

fn as_params(values: &[Value]) -> Vec<&(dyn ToSql + Sync)> {
    values.iter().map(|value| value as &(dyn ToSql + Sync)).collect()
}

impl ToSql for Value {
    fn to_sql(
        &self,
        ty: &Type,
        out: &mut BytesMut,
    ) -> Result<IsNull, Box<dyn std::error::Error + Sync + Send>> {
        match self {
            Self::Null => Ok(IsNull::Yes),
            Self::Int(number) if *ty == Type::INT4 => i32::try_from(*number)?.to_sql(ty, out),
            Self::Int(number) if *ty == Type::INT8 => number.to_sql(ty, out),
            Self::Real(number) if *ty == Type::FLOAT8 => number.to_sql(ty, out),
            Self::Text(text) if *ty == Type::TEXT || *ty == Type::VARCHAR => text.to_sql(ty, out),
            other => Err(format!("{other:?} given where the statement wants {ty}").into()),
        }
    }

    fn accepts(_: &Type) -> bool {
        true
    }

    to_sql_checked!();
}

fn read(row: &postgres::Row, column: usize) -> Option<Value> {
    let kind = row.columns().get(column)?.type_().clone();
    Some(match kind {
        Type::TEXT | Type::VARCHAR => Value::from(row.try_get::<_, Option<String>>(column).ok()?),
        Type::INT8 => Value::from(row.try_get::<_, Option<i64>>(column).ok()?),
        Type::INT4 => Value::from(row.try_get::<_, Option<i32>>(column).ok()?.map(i64::from)),
        Type::FLOAT8 => Value::from(row.try_get::<_, Option<f64>>(column).ok()?),
        _ => return None,
    })
}

fn refused(sql: &str, error: postgres::Error) -> StoreError {
    if let Some(said) = error.as_db_error() {
        let code = said.code();
        if *code == SqlState::DISK_FULL {
            return StoreError::Full;
        }
        if *code == SqlState::READ_ONLY_SQL_TRANSACTION {
            return StoreError::ReadOnly;
        }
        if *code == SqlState::UNIQUE_VIOLATION {
            let constraint = said.constraint().unwrap_or("unique").to_owned();
            return StoreError::Conflict { constraint };
        }
        if *code == SqlState::FOREIGN_KEY_VIOLATION {
            return StoreError::Dangling;
        }
    }
    StoreError::Statement { sql: shown(sql), source: EngineError::new(error) }
}
