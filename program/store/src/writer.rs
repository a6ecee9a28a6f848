//! Group commit: one thread writes; one durable commit serves all who wait.
//!
//! Work that waits in the queue is run together in one database transaction, each in a savepoint of
//! its own, so that one that fails takes back only its own changes. Their entries are appended to the
//! log in the same transaction, in order. All are answered after the commit, never before.
//!
//! On PostgreSQL every batch first takes the lock on the log's head, so writers of all processes
//! stand in one row: no deadlocks, no two entries at one index.

use crate::engine::{Connection, Location, Purpose};
use crate::error::StoreError;
use crate::log::Appender;
use crate::tx::{Committed, Entry, Tx, Upkeep, Written};
use duecare_base::{Clock, Entropy};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::mpsc::{Receiver, SyncSender, TryRecvError, sync_channel};

/// Work that may wait; more callers wait for a place in the queue.
const QUEUE_MAX: usize = 4096;

/// Work done in one transaction at most: bounds how long the first of it waits for the last.
const BATCH_MAX: usize = 1024;

/// How often a failed connection is opened anew for one batch before its callers are told.
const RECONNECT_MAX: u32 = 2;

/// Work for the writer.
pub(crate) trait Work: Send {
    /// Whether it changes the program's data, and so leaves evidence.
    fn is_change(&self) -> bool;

    /// Does it. `Some` with its entries when it is to be kept.
    fn run(
        &mut self,
        connection: &mut Connection,
        entropy: &dyn Entropy,
        now_ms: i64,
    ) -> Option<Vec<Entry>>;

    /// Says how it ended. `Ok` has the index of its first entry, if it has one.
    fn answer(self: Box<Self>, committed: Result<u64, StoreError>);
}

/// A change: a closure, its result, and who waits for it.
pub(crate) struct Change<F, T, E> {
    pub(crate) body: Option<F>,
    pub(crate) result: Option<Result<T, E>>,
    pub(crate) reply: SyncSender<Result<Written<T>, E>>,
}

impl<F, T, E> Work for Change<F, T, E>
where
    F: FnOnce(Tx<'_>) -> Result<Committed<T>, E> + Send,
    T: Send,
    E: From<StoreError> + Send,
{
    fn is_change(&self) -> bool {
        true
    }

    fn run(
        &mut self,
        connection: &mut Connection,
        entropy: &dyn Entropy,
        now_ms: i64,
    ) -> Option<Vec<Entry>> {
        let body = self.body.take()?;
        match body(Tx { upkeep: Upkeep { connection, entropy, now_ms } }) {
            Ok(Committed { entries, value }) => {
                self.result = Some(Ok(value));
                Some(entries)
            }
            Err(error) => {
                self.result = Some(Err(error));
                None
            }
        }
    }

    fn answer(self: Box<Self>, committed: Result<u64, StoreError>) {
        let answer = match (self.result, committed) {
            (Some(Ok(value)), Ok(index)) => Ok(Written { value, index }),
            (Some(Err(error)), _) => Err(error),
            (_, Err(error)) => Err(error.into()),
            (None, Ok(_)) => Err(StoreError::Panicked.into()),
        };
        // Who asked may have gone away; the change stands all the same.
        let _ = self.reply.send(answer);
    }
}

/// Upkeep: as a change, without evidence.
pub(crate) struct Chore<F, T, E> {
    pub(crate) body: Option<F>,
    pub(crate) result: Option<Result<T, E>>,
    pub(crate) reply: SyncSender<Result<T, E>>,
}

impl<F, T, E> Work for Chore<F, T, E>
where
    F: FnOnce(&mut Upkeep<'_>) -> Result<T, E> + Send,
    T: Send,
    E: From<StoreError> + Send,
{
    fn is_change(&self) -> bool {
        false
    }

    fn run(
        &mut self,
        connection: &mut Connection,
        entropy: &dyn Entropy,
        now_ms: i64,
    ) -> Option<Vec<Entry>> {
        let body = self.body.take()?;
        let result = body(&mut Upkeep { connection, entropy, now_ms });
        let kept = result.is_ok().then(Vec::new);
        self.result = Some(result);
        kept
    }

    fn answer(self: Box<Self>, committed: Result<u64, StoreError>) {
        let answer = match (self.result, committed) {
            (Some(Ok(value)), Ok(_)) => Ok(value),
            (Some(Err(error)), _) => Err(error),
            (_, Err(error)) => Err(error.into()),
            (None, Ok(_)) => Err(StoreError::Panicked.into()),
        };
        // Who asked may have gone away; the upkeep stands all the same.
        let _ = self.reply.send(answer);
    }
}

/// What the writing thread needs.
pub(crate) struct Writer {
    pub(crate) place: Location,
    pub(crate) connection: Connection,
    pub(crate) appender: Appender,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) entropy: Arc<dyn Entropy>,
    /// Nudged after every commit with entries: something is there to publish.
    pub(crate) nudge: SyncSender<()>,
}

/// The way into the writing thread.
pub(crate) type Sender = SyncSender<Box<dyn Work>>;

/// Its other end.
pub(crate) type Queue = Receiver<Box<dyn Work>>;

/// The queue into the writing thread.
pub(crate) fn queue() -> (Sender, Queue) {
    sync_channel(QUEUE_MAX)
}

impl Writer {
    /// Works until every sender is gone.
    pub(crate) fn run(mut self, queue: &Queue) {
        let mut waiting: Option<Box<dyn Work>> = None;
        loop {
            let Some(first) = waiting.take().or_else(|| queue.recv().ok()) else { return };
            let is_change = first.is_change();
            let mut batch = vec![first];
            // What is there already goes along; nobody is waited for.
            while batch.len() < BATCH_MAX {
                match queue.try_recv() {
                    Ok(work) if work.is_change() == is_change => batch.push(work),
                    Ok(work) => {
                        waiting = Some(work);
                        break;
                    }
                    Err(TryRecvError::Empty | TryRecvError::Disconnected) => break,
                }
            }
            self.batch(batch, is_change);
        }
    }

    fn batch(&mut self, mut batch: Vec<Box<dyn Work>>, is_change: bool) {
        let begun = self.begin(is_change);
        let done = begun.and_then(|()| {
            let mut spans = Vec::with_capacity(batch.len());
            let mut entries = Vec::new();
            let now_ms = self.clock.now_ms();
            for work in &mut batch {
                let start = entries.len() as u64;
                entries.extend(self.one(work.as_mut(), now_ms)?);
                spans.push(start);
            }
            let base = if entries.is_empty() {
                0
            } else {
                self.appender.append(
                    &mut self.connection,
                    self.entropy.as_ref(),
                    entries,
                    now_ms,
                )?
            };
            self.connection.commit()?;
            Ok((base, spans))
        });
        match done {
            Ok((base, spans)) => {
                for (work, start) in batch.into_iter().zip(spans) {
                    work.answer(Ok(base + start));
                }
                if is_change {
                    // Full means that it is nudged already.
                    let _ = self.nudge.try_send(());
                }
            }
            Err(error) => {
                self.recover();
                for work in batch {
                    work.answer(Err(error.clone()));
                }
            }
        }
    }

    fn begin(&mut self, is_change: bool) -> Result<(), StoreError> {
        let mut attempt = 0;
        loop {
            let begun = self
                .connection
                .begin()
                .and_then(|()| if is_change { self.connection.lock_log() } else { Ok(()) });
            match begun {
                Err(_) if !self.connection.is_usable() && attempt < RECONNECT_MAX => {
                    attempt += 1;
                    self.connection = Connection::open(&self.place, Purpose::Writing)?;
                }
                other => return other,
            }
        }
    }

    /// Runs one piece of work in a savepoint. An error here ends the whole batch.
    fn one(&mut self, work: &mut dyn Work, now_ms: i64) -> Result<Vec<Entry>, StoreError> {
        self.connection.script("SAVEPOINT work")?;
        let connection = &mut self.connection;
        let entropy = self.entropy.as_ref();
        let outcome = catch_unwind(AssertUnwindSafe(|| work.run(connection, entropy, now_ms)));
        if let Ok(Some(entries)) = outcome {
            self.connection.script("RELEASE SAVEPOINT work")?;
            return Ok(entries);
        }
        // After a full disk SQLite has taken back everything: then this fails, and the batch with it.
        self.connection.script("ROLLBACK TO SAVEPOINT work")?;
        self.connection.script("RELEASE SAVEPOINT work")?;
        Ok(Vec::new())
    }

    /// Leaves no transaction open. A connection that can't do that is replaced by the next batch.
    fn recover(&mut self) {
        // Fails when the engine has rolled back by itself: that is what is wanted.
        let _ = self.connection.rollback();
        if !self.connection.is_usable()
            && let Ok(fresh) = Connection::open(&self.place, Purpose::Writing)
        {
            self.connection = fresh;
        }
    }
}
