//! All SQL of Duecare: one text for SQLite and PostgreSQL, changes that carry their evidence, the
//! evidence log's rows, and the job queue.
//!
//! A change of the program's data happens in [`Store::write`], whose closure must end in
//! [`Tx::commit`], which takes the evidence [`Entry`]: a change without evidence does not compile.
//! What is no program data (leases, sessions' last use) goes through [`Store::upkeep`]. Many callers
//! share one durable write: see [`writer`].
//!
//! Left out on purpose: who may do what and why ([`duecare_domain`] decides, `app` asks), and bytes
//! (`blobs`).

pub mod catalogue;
mod engine;
mod error;
pub mod jobs;
pub mod log;
mod migrations;
mod page;
pub mod release;
mod store;
mod tx;
mod writer;

pub use engine::{Location, Query, Row, Value};
pub use error::StoreError;
pub use page::{Page, ROWS_MAX, Revised};
pub use store::{Options, Store};
pub use tx::{Committed, Entry, Read, Subject, Tx, Upkeep, Written};
