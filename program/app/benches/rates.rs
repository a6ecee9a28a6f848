//! Rates of evidence: durable entries on SQLite, by one writer and by many, signed as they are in
//! real use; and what one durable write of this disk costs beside them.
//!
//! `cargo bench -p duecare-app`. The first argument is a folder on the disk to measure.

#![expect(
    clippy::unwrap_used,
    clippy::print_stdout,
    clippy::disallowed_methods,
    reason = "a benchmark measures time, prints, and fails by panicking"
)]

use duecare_app::evidence::Signer;
use duecare_base::{Clock, Digest, Entropy};
use duecare_domain::id::{EvidenceId, Id};
use duecare_domain::time::Time;
use duecare_ledger::key::{Algorithm, KeyName, SignerKey};
use duecare_store::{Entry, Location, Options, Store, StoreError, Subject};
use std::fs::File;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

/// How long each rate is measured.
const SPAN: Duration = Duration::from_secs(5);

struct System(AtomicU64);

impl Clock for System {
    fn now_ms(&self) -> i64 {
        i64::try_from(SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_millis()).unwrap()
    }
}

impl Entropy for System {
    fn fill(&self, buffer: &mut [u8]) {
        // As much work as a real generator, and no secret.
        let digest = Digest::of(&self.0.fetch_add(1, Ordering::Relaxed).to_be_bytes());
        for (to, from) in buffer.iter_mut().zip(digest.as_bytes().iter().cycle()) {
            *to = *from;
        }
    }
}

fn main() {
    let folder = std::env::args().skip(1).find(|argument| !argument.starts_with('-'));
    let folder = folder.map_or_else(|| PathBuf::from(env!("CARGO_TARGET_TMPDIR")), PathBuf::from);
    let folder = folder.join("rates");
    // The leftovers of an earlier run, if there are any.
    let _ = std::fs::remove_dir_all(&folder);
    std::fs::create_dir_all(&folder).unwrap();
    let sync = one_sync(&folder);
    println!("one durable write of this disk     {:8.2} ms", millis(sync));
    for writers in [1, 16, 256] {
        let store = open(&folder.join(format!("writers-{writers}.db")));
        let (entries, span, slowest) = write(&store, writers);
        let each = span.as_secs_f64() * 1000.0 * f64::from(writers) / count(entries);
        println!(
            "{writers:4} writers  {:10.0} entries/s  {each:8.2} ms each  slowest {:8.2} ms",
            count(entries) / span.as_secs_f64(),
            millis(slowest)
        );
    }
}

fn open(path: &Path) -> Store {
    let system = Arc::new(System(AtomicU64::new(0)));
    let name = KeyName::new("bench.example/log").unwrap();
    let key = SignerKey::from_seed(name, Algorithm::ED25519, &[7; 32]).unwrap();
    let signer = Signer::parse(&key.to_secret_text()).unwrap();
    Store::open(Options {
        place: Location::Sqlite(path.to_owned()),
        notary: Arc::new(signer),
        clock: system.clone(),
        entropy: system,
        readers: 1,
    })
    .unwrap()
}

/// Entries written in [`SPAN`] by so many threads, how long it took, and the slowest of them.
fn write(store: &Store, writers: u32) -> (u64, Duration, Duration) {
    let start = Instant::now();
    let counts: Vec<(u64, Duration)> = std::thread::scope(|scope| {
        let threads: Vec<_> = (0..writers)
            .map(|writer| {
                let store = store.clone();
                scope.spawn(move || {
                    let (mut entries, mut slowest) = (0, Duration::ZERO);
                    while start.elapsed() < SPAN {
                        let begun = Instant::now();
                        let about = format!("rel_{writer}_{entries}");
                        store
                            .write(move |tx| {
                                Ok::<_, StoreError>({
                                    let entry = entry(tx.random(), about, tx.now_ms());
                                    tx.commit(entry, ())
                                })
                            })
                            .unwrap();
                        slowest = slowest.max(begun.elapsed());
                        entries += 1;
                    }
                    (entries, slowest)
                })
            })
            .collect();
        threads.into_iter().map(|thread| thread.join().unwrap()).collect()
    });
    let span = start.elapsed();
    let slowest = counts.iter().map(|(_, slowest)| *slowest).max().unwrap_or_default();
    (counts.iter().map(|(entries, _)| entries).sum(), span, slowest)
}

fn entry(random: [u8; 10], about: String, now_ms: i64) -> Entry {
    let id: EvidenceId = Id::new(Time::clamped(now_ms), random);
    Entry {
        id,
        event: "https://duecare.dev/evidence/review-result/v1".into(),
        subjects: vec![Subject { name: "camera.bin".into(), digest: Digest::of(&random) }],
        predicate: "{\"outcome\":\"pass\",\"policy\":\"pol_1\",\"rules\":17}".into(),
        actor: "usr_01jdt5xw2hf0q8r3v9k6m4n7pz".into(),
        at_ms: now_ms,
        about: vec![about],
    }
}

/// The median of durable writes of one page.
fn one_sync(folder: &Path) -> Duration {
    let mut file = File::create(folder.join("sync")).unwrap();
    let mut spans: Vec<Duration> = (0..101)
        .map(|_| {
            let begun = Instant::now();
            file.write_all(&[7; 4096]).unwrap();
            file.sync_data().unwrap();
            begun.elapsed()
        })
        .collect();
    spans.sort();
    spans.get(50).copied().unwrap_or_default()
}

fn millis(span: Duration) -> f64 {
    span.as_secs_f64() * 1000.0
}

#[expect(clippy::cast_precision_loss, reason = "counts of a benchmark are far below 2^52")]
fn count(number: u64) -> f64 {
    number as f64
}
