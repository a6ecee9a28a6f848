//! What every use case needs: the store, the bytes, the time, randomness.

use duecare_base::{Clock, Entropy};
use duecare_blobs::Blobs;
use duecare_domain::id::{Id, Noun, RANDOM_BYTES};
use duecare_domain::time::Time;
use duecare_store::{Store, Upkeep};
use std::sync::Arc;

/// What every use case needs. Clones share it.
#[derive(Clone)]
pub struct Context {
    /// The database.
    pub store: Store,
    /// Bytes by digest.
    pub blobs: Blobs,
    /// Tells the time.
    pub clock: Arc<dyn Clock>,
    /// Gives randomness.
    pub entropy: Arc<dyn Entropy>,
}

impl Context {
    /// Now.
    #[must_use]
    pub fn now(&self) -> Time {
        Time::clamped(self.clock.now_ms())
    }

    /// A new id.
    #[must_use]
    pub fn id<N: Noun>(&self) -> Id<N> {
        let mut random = [0; RANDOM_BYTES];
        self.entropy.fill(&mut random);
        Id::new(self.now(), random)
    }
}

/// The time and new ids inside a transaction, where all is of one moment.
pub(crate) trait Moment {
    /// When the transaction runs.
    fn now(&self) -> Time;

    /// A new id.
    fn id<N: Noun>(&self) -> Id<N>;
}

impl Moment for Upkeep<'_> {
    fn now(&self) -> Time {
        Time::clamped(self.now_ms())
    }

    fn id<N: Noun>(&self) -> Id<N> {
        Id::new(self.now(), self.random())
    }
}
