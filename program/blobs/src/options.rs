//! What a store may be told beside its address.

use crate::steps::{Steps, Undisturbed};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

/// Age from which a temporary file or an unfinished upload belongs to nobody any more.
const STALE_AGE: Duration = Duration::from_secs(24 * 60 * 60);

/// Settings of a store that are no part of its address.
#[derive(Clone, Debug)]
pub struct Options {
    /// Seed of the jitter between attempts; should differ from process to process.
    pub jitter_seed: u64,
    /// How often a request to an object store is tried, and how long it waits in between.
    pub retry: Retry,
    /// Age from which leftovers of processes that died are removed when a store is opened.
    pub stale_age: Duration,
    /// Folder for uploads to an object store that are too large for memory and whose digest is not
    /// known yet. The files in it have no name, so they vanish with the process.
    pub spool: PathBuf,
    /// Told of every step; for tests.
    pub steps: Arc<dyn Steps>,
}

/// How often to try, and how long to wait before trying again.
#[derive(Clone, Copy, Debug)]
pub struct Retry {
    /// Most attempts, the first included.
    pub attempts_max: u32,
    /// Most time to wait after the first attempt; doubles with each.
    pub wait_first: Duration,
    /// Most time to wait between two attempts.
    pub wait_max: Duration,
}

impl Default for Retry {
    /// Seven attempts over about six seconds: long enough for a store that restarts a part of
    /// itself or asks to slow down, short enough for a person who waits.
    fn default() -> Self {
        Self {
            attempts_max: 7,
            wait_first: Duration::from_millis(100),
            wait_max: Duration::from_secs(5),
        }
    }
}

impl Default for Options {
    fn default() -> Self {
        Self {
            jitter_seed: u64::from(std::process::id()),
            retry: Retry::default(),
            stale_age: STALE_AGE,
            spool: std::env::temp_dir(),
            steps: Arc::new(Undisturbed),
        }
    }
}
