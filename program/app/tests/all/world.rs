//! A small world for a test: a store, blobs, public files, a clock that stands still.

use duecare_app::Context;
use duecare_app::evidence::Signer;
use duecare_base::{Clock, Digest, Entropy};
use duecare_blobs::{Blobs, Public};
use duecare_domain::access::{Actor, Grant, Permission, Permit, Role, Scope};
use duecare_domain::id::PersonId;
use duecare_domain::time::Time;
use duecare_ledger::key::{Algorithm, KeyName, SignerKey};
use duecare_store::{Location, Options, Store};
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};

struct Hand(AtomicI64);

impl Clock for Hand {
    fn now_ms(&self) -> i64 {
        self.0.load(Ordering::SeqCst)
    }
}

struct Counter(AtomicU64);

impl Entropy for Counter {
    fn fill(&self, buffer: &mut [u8]) {
        let digest = Digest::of(&self.0.fetch_add(1, Ordering::SeqCst).to_be_bytes());
        for (to, from) in buffer.iter_mut().zip(digest.as_bytes().iter().cycle()) {
            *to = *from;
        }
    }
}

/// Everything that a use case needs, in a folder of its own.
pub(crate) struct World {
    pub(crate) context: Context,
    pub(crate) public: Public,
    pub(crate) signer: Signer,
}

impl World {
    /// A new world.
    pub(crate) fn new(name: &str) -> Self {
        let folder = Self::folder(name);
        // The leftovers of an earlier run, if there are any.
        let _ = std::fs::remove_dir_all(&folder);
        std::fs::create_dir_all(&folder).unwrap();
        Self::open(name)
    }

    pub(crate) fn folder(name: &str) -> PathBuf {
        PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(format!("app-{name}"))
    }

    /// The world that is there.
    pub(crate) fn open(name: &str) -> Self {
        let folder = Self::folder(name);
        let name = KeyName::new("log.example/duecare").unwrap();
        let key = SignerKey::from_seed(name, Algorithm::ED25519, &[7; 32]).unwrap();
        let signer = Signer::parse(&key.to_secret_text()).unwrap();
        let clock: Arc<dyn Clock> = Arc::new(Hand(AtomicI64::new(1_790_000_000_000)));
        // A second opening of the same folder must not give the same ids again.
        let seed = std::fs::read_dir(&folder).unwrap().count() as u64;
        let entropy: Arc<dyn Entropy> = Arc::new(Counter(AtomicU64::new(seed << 32)));
        let store = Store::open(Options {
            place: Location::Sqlite(folder.join("duecare.db")),
            notary: Arc::new(signer.clone()),
            clock: clock.clone(),
            entropy: entropy.clone(),
            readers: 2,
        })
        .unwrap();
        let blobs = Blobs::open(folder.join("blobs").to_str().unwrap()).unwrap();
        let public = Public::open(folder.join("public").to_str().unwrap()).unwrap();
        Self { context: Context { store, blobs, clock, entropy }, public, signer }
    }

    /// What somebody of this role may do.
    pub(crate) fn permit<P: Permission>(role: Role) -> Permit<P> {
        let person = PersonId::new(Time::MIN, [1; 10]);
        Actor::person(person, vec![Grant::new(role, Scope::All).unwrap()]).permit().unwrap()
    }
}
