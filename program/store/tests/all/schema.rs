//! The schema: made once, not run by an older program, not changed behind the program's back; and
//! the statements keep to what both engines know.

use crate::engines::on_every_engine;
use duecare_store::{Location, StoreError};

#[test]
fn it_is_made_once() {
    on_every_engine("once", |bench| {
        drop(bench.open());
        drop(bench.open());
    });
}

#[test]
fn a_newer_database_is_refused() {
    on_every_engine("newer", |bench| {
        drop(bench.open());
        bench.tamper(
            "INSERT INTO schema_version (version, digest, applied_at) VALUES (9999, 'x', 0)",
        );
        let refused = bench.try_open("log.example").err();
        assert!(matches!(refused, Some(StoreError::Newer { found: 9999, .. })), "{refused:?}");
    });
}

#[test]
fn a_migration_with_another_text_is_refused() {
    on_every_engine("altered", |bench| {
        drop(bench.open());
        bench.tamper("UPDATE schema_version SET digest = 'x' WHERE version = 1");
        let refused = bench.try_open("log.example").err();
        assert!(matches!(refused, Some(StoreError::Migration { version: 1 })), "{refused:?}");
    });
}

#[test]
fn places_are_read_and_passwords_are_not_shown() {
    assert_eq!(
        Location::parse("sqlite:/var/lib/duecare.db").unwrap(),
        Location::Sqlite("/var/lib/duecare.db".into())
    );
    let place = Location::parse("postgres://me:secret@host/db?sslmode=require").unwrap();
    assert_eq!(format!("{place} {place:?}"), "postgres://me@host/db postgres://me@host/db");
    let refused = Location::parse("mysql://me:secret@host/db").unwrap_err().to_string();
    assert!(refused.contains("mysql") && !refused.contains("secret"), "{refused}");
    assert!(Location::parse("").is_err());
}
