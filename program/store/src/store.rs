//! The open store: readers, the writing thread, and the way into both.

use crate::engine::{Connection, Location, Purpose};
use crate::error::StoreError;
use crate::log::{Appender, Notary};
use crate::migrations;
use crate::tx::{Committed, Read, Tx, Upkeep, Written};
use crate::writer::{self, Change, Chore, Sender, Work, Writer};
use duecare_base::{Clock, Entropy};
use std::sync::mpsc::{Receiver, sync_channel};
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::thread::JoinHandle;

/// How a store is opened.
pub struct Options {
    /// Where the data is.
    pub place: Location,
    /// Who signs entries.
    pub notary: Arc<dyn Notary>,
    /// Tells the time.
    pub clock: Arc<dyn Clock>,
    /// Gives randomness.
    pub entropy: Arc<dyn Entropy>,
    /// Connections for reading, at least 1.
    pub readers: usize,
}

/// An open database. Clones share it; when the last is dropped, waiting work is done and the writing
/// thread ends.
#[derive(Clone)]
pub struct Store {
    inner: Arc<Inner>,
}

struct Inner {
    /// Taken away when the store closes, so that the writing thread ends.
    queue: Option<Sender>,
    readers: Readers,
    thread: Option<JoinHandle<()>>,
    nudges: Mutex<Option<Receiver<()>>>,
}

impl Drop for Inner {
    fn drop(&mut self) {
        drop(self.queue.take());
        if let Some(thread) = self.thread.take() {
            // A writer that panicked has answered nobody; its callers got `Closed`.
            let _ = thread.join();
        }
    }
}

impl Store {
    /// Opens the database, makes it if it isn't there, and brings its schema up to date.
    ///
    /// # Errors
    ///
    /// When it can't be opened or written, is newer than this program, or its log's head doesn't fit
    /// its entries.
    pub fn open(options: Options) -> Result<Self, StoreError> {
        let mut connection = Connection::open(&options.place, Purpose::Writing)?;
        migrations::run(&mut connection, options.clock.now_ms())?;
        let appender = Appender::open(&mut connection, options.notary)?;
        let readers = Readers::new(options.place.clone(), options.readers.max(1));
        let (queue, receiver) = writer::queue();
        let (nudge, nudges) = sync_channel(1);
        let writer = Writer {
            place: options.place,
            connection,
            appender,
            clock: options.clock,
            entropy: options.entropy,
            nudge,
        };
        let thread = std::thread::Builder::new()
            .name("store-writer".into())
            .spawn(move || writer.run(&receiver))
            .map_err(|error| StoreError::Open {
                place: "the writing thread".into(),
                source: crate::error::EngineError::new(error),
            })?;
        Ok(Self {
            inner: Arc::new(Inner {
                queue: Some(queue),
                readers,
                thread: Some(thread),
                nudges: Mutex::new(Some(nudges)),
            }),
        })
    }

    /// Reads one state of the database.
    ///
    /// # Errors
    ///
    /// What the closure says, or the database.
    pub fn read<T, E: From<StoreError>>(
        &self,
        body: impl FnOnce(&mut Read<'_>) -> Result<T, E>,
    ) -> Result<T, E> {
        self.inner.readers.with(|connection| {
            connection.begin_reading()?;
            let result = body(&mut Read { connection });
            connection.rollback()?;
            result
        })
    }

    /// Makes a change together with its evidence, and returns when both are durable.
    ///
    /// # Errors
    ///
    /// What the closure says, or the database; then nothing was changed, save after
    /// [`StoreError::Unknown`].
    pub fn write<T, E>(
        &self,
        body: impl FnOnce(Tx<'_>) -> Result<Committed<T>, E> + Send + 'static,
    ) -> Result<Written<T>, E>
    where
        T: Send + 'static,
        E: From<StoreError> + Send + 'static,
    {
        let (reply, answer) = sync_channel(1);
        self.submit(Box::new(Change { body: Some(body), result: None, reply }))?;
        answer.recv().map_err(|_| StoreError::Closed)?
    }

    /// Does upkeep, which leaves no evidence, and returns when it is durable.
    ///
    /// # Errors
    ///
    /// As [`Store::write`].
    pub fn upkeep<T, E>(
        &self,
        body: impl FnOnce(&mut Upkeep<'_>) -> Result<T, E> + Send + 'static,
    ) -> Result<T, E>
    where
        T: Send + 'static,
        E: From<StoreError> + Send + 'static,
    {
        let (reply, answer) = sync_channel(1);
        self.submit(Box::new(Chore { body: Some(body), result: None, reply }))?;
        answer.recv().map_err(|_| StoreError::Closed)?
    }

    fn submit(&self, work: Box<dyn Work>) -> Result<(), StoreError> {
        let queue = self.inner.queue.as_ref().ok_or(StoreError::Closed)?;
        queue.send(work).map_err(|_| StoreError::Closed)
    }

    /// What tells that entries were committed; for the one who publishes the log. `None` when it was
    /// taken before.
    #[must_use]
    pub fn nudges(&self) -> Option<Receiver<()>> {
        self.inner.nudges.lock().unwrap_or_else(PoisonError::into_inner).take()
    }
}

/// Connections for reading, opened when first needed and kept.
struct Readers {
    place: Location,
    idle: Mutex<Idle>,
    returned: Condvar,
}

struct Idle {
    connections: Vec<Connection>,
    /// How many more may be opened.
    unopened: usize,
}

impl Readers {
    fn new(place: Location, count: usize) -> Self {
        let idle = Mutex::new(Idle { connections: Vec::new(), unopened: count });
        Self { place, idle, returned: Condvar::new() }
    }

    fn with<T, E: From<StoreError>>(
        &self,
        body: impl FnOnce(&mut Connection) -> Result<T, E>,
    ) -> Result<T, E> {
        let mut lent = Lent { readers: self, connection: self.take()? };
        body(lent.connection.as_mut().ok_or(StoreError::Closed)?)
    }

    fn take(&self) -> Result<Option<Connection>, StoreError> {
        let mut idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner);
        loop {
            if let Some(connection) = idle.connections.pop() {
                return Ok(Some(connection));
            }
            if idle.unopened > 0 {
                idle.unopened -= 1;
                drop(idle);
                let opened = Connection::open(&self.place, Purpose::Reading);
                if opened.is_err() {
                    self.give_back(None);
                }
                return opened.map(Some);
            }
            idle = self.returned.wait(idle).unwrap_or_else(PoisonError::into_inner);
        }
    }

    fn give_back(&self, connection: Option<Connection>) {
        let mut idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner);
        match connection {
            Some(connection) => idle.connections.push(connection),
            None => idle.unopened += 1,
        }
        drop(idle);
        self.returned.notify_one();
    }
}

/// A connection on loan; it goes back however the borrower ends.
struct Lent<'a> {
    readers: &'a Readers,
    connection: Option<Connection>,
}

impl Drop for Lent<'_> {
    fn drop(&mut self) {
        let usable = self.connection.take().and_then(|mut connection| {
            // No transaction stays open; where none is, that is what is wanted.
            let _ = connection.rollback();
            connection.is_usable().then_some(connection)
        });
        self.readers.give_back(usable);
    }
}
