//! The schema and how it got there. Each migration runs once, in order, in one transaction with the
//! note that it ran. Its text must never change afterwards.

use crate::engine::Connection;
use crate::error::StoreError;
use crate::values;
use duecare_base::Digest;

/// Version and text, in order.
const MIGRATIONS: &[(i64, &str)] = &[
    (1, include_str!("../migrations/0001_log.sql")),
    (2, include_str!("../migrations/0002_jobs.sql")),
    (3, include_str!("../migrations/0003_catalogue.sql")),
    (4, include_str!("../migrations/0004_release.sql")),
];

/// Brings the schema up to date.
pub(crate) fn run(connection: &mut Connection, now_ms: i64) -> Result<(), StoreError> {
    connection.begin()?;
    let result = steps(connection, now_ms);
    if result.is_err() {
        // The error that is reported is the one that led here.
        let _ = connection.rollback();
        return result;
    }
    connection.commit()
}

fn steps(connection: &mut Connection, now_ms: i64) -> Result<(), StoreError> {
    connection.lock_schema()?;
    connection.script(
        "CREATE TABLE IF NOT EXISTS schema_version (
             version BIGINT PRIMARY KEY, digest TEXT NOT NULL, applied_at BIGINT NOT NULL
         )",
    )?;
    let mut applied: Vec<(i64, String)> = Vec::new();
    connection.each(
        "SELECT version, digest FROM schema_version ORDER BY version",
        &[],
        &mut |row| {
            applied.push((row.int(0)?, row.text(1)?.to_owned()));
            Ok(())
        },
    )?;
    let known = MIGRATIONS.last().map_or(0, |(version, _)| *version);
    if let Some((found, _)) = applied.iter().find(|(version, _)| *version > known) {
        return Err(StoreError::Newer { found: *found, known });
    }
    for (version, text) in MIGRATIONS {
        let digest = Digest::of(text.as_bytes()).to_string();
        match applied.iter().find(|(applied, _)| applied == version) {
            Some((_, before)) if *before == digest => {}
            Some(_) => return Err(StoreError::Migration { version: *version }),
            None => {
                connection.script(text)?;
                connection.execute(
                    "INSERT INTO schema_version (version, digest, applied_at) VALUES ($1, $2, $3)",
                    values![*version, digest, now_ms],
                )?;
            }
        }
    }
    Ok(())
}
