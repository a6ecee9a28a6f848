//! The evidence log's rows: appended with the change they prove, never changed; content erasable.
//!
//! The database is where the log is decided: an entry has its index once its transaction is durable.
//! Checkpoints are signed only for what is committed ([`checkpoint`]), and kept here before anybody
//! sees them, so that no crash can lead to two roots for one size. Tiles are made from these rows by
//! whoever publishes the log.

mod append;
pub mod checkpoint;
mod entries;

pub(crate) use append::Appender;
pub use append::{Head, Notary, log_head};
pub use entries::{
    Erasure, Kept, log_about, log_content_erase, log_entry, log_find, log_leaves, log_list,
};
