//! Runs a test on SQLite, and on PostgreSQL where `DUECARE_TEST_POSTGRES_URL` names a server.

use duecare_base::{Clock, Digest, Entropy};
use duecare_domain::id::EvidenceId;
use duecare_domain::time::Time;
use duecare_store::log::Notary;
use duecare_store::{Entry, Location, Options, Store, StoreError, Subject};
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};

/// A clock that stands still until it is moved.
pub(crate) struct Hand(AtomicI64);

impl Hand {
    pub(crate) fn forward(&self, by_ms: i64) {
        self.0.fetch_add(by_ms, Ordering::SeqCst);
    }
}

impl Clock for Hand {
    fn now_ms(&self) -> i64 {
        self.0.load(Ordering::SeqCst)
    }
}

/// Bytes that never come twice, and are no secret.
struct Counter(AtomicU64);

impl Entropy for Counter {
    fn fill(&self, buffer: &mut [u8]) {
        let mut digest = Digest::of(&self.0.fetch_add(1, Ordering::SeqCst).to_be_bytes());
        for chunk in buffer.chunks_mut(32) {
            chunk.copy_from_slice(&digest.as_bytes()[..chunk.len()]);
            digest = Digest::of(digest.as_bytes());
        }
    }
}

/// Signs nothing: what the store does with an envelope doesn't depend on it.
struct Plain(String);

impl Notary for Plain {
    fn origin(&self) -> &str {
        &self.0
    }

    fn envelope(&self, entry: &Entry, logged_at_ms: i64) -> Result<String, String> {
        if entry.subjects.is_empty() {
            return Err("an entry is about nothing".into());
        }
        Ok(format!("{} {} {logged_at_ms}", entry.event, entry.predicate))
    }
}

/// A place for one test's database.
pub(crate) struct Bench {
    pub(crate) place: Location,
    pub(crate) clock: Arc<Hand>,
    entropy: Arc<Counter>,
}

impl Bench {
    pub(crate) fn open(&self) -> Store {
        self.try_open("log.example").unwrap()
    }

    pub(crate) fn try_open(&self, origin: &str) -> Result<Store, StoreError> {
        Store::open(Options {
            place: self.place.clone(),
            notary: Arc::new(Plain(origin.into())),
            clock: self.clock.clone(),
            entropy: self.entropy.clone(),
            readers: 3,
        })
    }

    /// Does something to the database behind the store's back.
    pub(crate) fn tamper(&self, sql: &str) {
        match &self.place {
            Location::Sqlite(path) => {
                rusqlite::Connection::open(path).unwrap().execute_batch(sql).unwrap();
            }
            Location::Postgres(url) => {
                let mut client = postgres::Client::connect(url, postgres::NoTls).unwrap();
                client.batch_execute(sql).unwrap();
            }
        }
    }
}

/// Runs `test` on every engine. `name` is the test's own, for its folder or database.
pub(crate) fn on_every_engine(name: &str, test: impl Fn(&Bench)) {
    let bench = |place| Bench {
        place,
        clock: Arc::new(Hand(AtomicI64::new(1_700_000_000_000))),
        entropy: Arc::new(Counter(AtomicU64::new(0))),
    };
    let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(format!("store-{name}"));
    // The leftovers of an earlier run, if there are any.
    let _ = std::fs::remove_dir_all(&folder);
    std::fs::create_dir_all(&folder).unwrap();
    test(&bench(Location::Sqlite(folder.join("duecare.db"))));

    match std::env::var("DUECARE_TEST_POSTGRES_URL") {
        Ok(url) => {
            let database = format!("duecare_test_{}", name.replace('-', "_"));
            let mut server = postgres::Client::connect(&url, postgres::NoTls).unwrap();
            server.batch_execute(&format!("DROP DATABASE IF EXISTS {database} (FORCE)")).unwrap();
            server.batch_execute(&format!("CREATE DATABASE {database}")).unwrap();
            let (base, _) = url.rsplit_once('/').expect("a URL with a database's name");
            test(&bench(Location::parse(&format!("{base}/{database}")).unwrap()));
        }
        Err(_) => {
            assert!(
                std::env::var_os("DUECARE_TEST_ALL").is_none(),
                "DUECARE_TEST_POSTGRES_URL must name a server when everything is to be tested"
            );
            println!("SKIPPED: {name} on PostgreSQL, because DUECARE_TEST_POSTGRES_URL isn't set");
        }
    }
}

/// An entry about a thing.
pub(crate) fn entry(about: &str, what: &str) -> Entry {
    static COUNT: AtomicU64 = AtomicU64::new(0);
    let mut random = [0; 10];
    random[2..].copy_from_slice(&COUNT.fetch_add(1, Ordering::SeqCst).to_be_bytes());
    Entry {
        id: EvidenceId::new(Time::MIN, random),
        event: "https://duecare.dev/evidence/test/v1".into(),
        subjects: vec![Subject { name: about.into(), digest: Digest::of(what.as_bytes()) }],
        predicate: format!("{{\"what\":\"{what}\"}}"),
        actor: "duecare".into(),
        at_ms: 1,
        about: vec![about.into()],
    }
}
