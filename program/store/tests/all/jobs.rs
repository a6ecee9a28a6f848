//! The queue: every job once, however many take, and however they die.

use crate::engines::{Bench, entry, on_every_engine};
use duecare_domain::id::JobId;
use duecare_domain::time::Time;
use duecare_store::jobs::{
    Leased, job_claim, job_complete, job_fail, job_insert, job_list, job_renew, lease_take,
};
use duecare_store::{Committed, Store, StoreError};

const LEASE_MS: i64 = 30_000;

fn insert(store: &Store, bench: &Bench, number: u8) {
    use duecare_base::Clock as _;
    let now = bench.clock.now_ms();
    let id = JobId::new(Time::from_ms(now).unwrap(), [number; 10]);
    store.upkeep(move |upkeep| job_insert(upkeep, id, "review", "rel_1", now)).unwrap();
}

fn claim(store: &Store, worker: &'static str) -> Option<Leased> {
    store.upkeep(move |upkeep| job_claim(upkeep, worker, LEASE_MS)).unwrap()
}

fn complete(store: &Store, job: Leased) -> Result<(), StoreError> {
    let written = store.write(move |mut tx| {
        if !job_complete(&mut tx, &job)? {
            return Err::<Committed<()>, _>(StoreError::Closed);
        }
        Ok(tx.commit(entry("rel_1", "reviewed"), ()))
    });
    written.map(|_| ())
}

#[test]
fn a_job_is_taken_by_one() {
    on_every_engine("taken", |bench| {
        let store = bench.open();
        for number in 0..20 {
            insert(&store, bench, number);
        }
        let taken: Vec<String> = std::thread::scope(|scope| {
            let workers: Vec<_> = (0..4)
                .map(|_| {
                    let store = bench.open();
                    scope.spawn(move || {
                        std::iter::from_fn(|| claim(&store, "w"))
                            .map(|job| {
                                let id = job.id.to_string();
                                complete(&store, job).unwrap();
                                id
                            })
                            .collect::<Vec<_>>()
                    })
                })
                .collect();
            workers.into_iter().flat_map(|worker| worker.join().unwrap()).collect()
        });
        let mut once = taken.clone();
        once.sort();
        once.dedup();
        assert_eq!((taken.len(), once.len()), (20, 20));
        assert_eq!(store.read(duecare_store::log::log_head).unwrap().size, 20);
    });
}

#[test]
fn a_lost_lease_keeps_no_result() {
    on_every_engine("lost", |bench| {
        let store = bench.open();
        insert(&store, bench, 1);
        let first = claim(&store, "slow").unwrap();
        assert!(claim(&store, "other").is_none(), "it is leased");
        bench.clock.forward(LEASE_MS + 1);
        let second = claim(&store, "other").unwrap();
        assert_eq!((second.id, second.attempts), (first.id, 2));
        let renewed = {
            let first = first.clone();
            store.upkeep(move |upkeep| job_renew(upkeep, &first, LEASE_MS, "still here"))
        };
        assert!(!renewed.unwrap(), "the slow one must stop");
        assert!(complete(&store, first).is_err());
        complete(&store, second).unwrap();
        assert_eq!(store.read(duecare_store::log::log_head).unwrap().size, 1, "one result");
        let standing = store.read(|read| job_list(read, "rel_1", 5)).unwrap();
        assert_eq!(
            (standing[0].state.as_str(), standing[0].worker.as_deref()),
            ("done", Some("other"))
        );
    });
}

#[test]
fn a_renewed_lease_lasts() {
    on_every_engine("renewed", |bench| {
        let store = bench.open();
        insert(&store, bench, 1);
        let job = claim(&store, "w").unwrap();
        for step in 0..3 {
            bench.clock.forward(LEASE_MS - 1);
            let job = job.clone();
            let kept = store
                .upkeep(move |upkeep| job_renew(upkeep, &job, LEASE_MS, &format!("step {step}")));
            assert!(kept.unwrap());
        }
        assert!(claim(&store, "other").is_none());
        let standing = store.read(|read| job_list(read, "rel_1", 5)).unwrap();
        assert_eq!(standing[0].progress.as_deref(), Some("step 2"));
    });
}

#[test]
fn a_failed_job_is_tried_again_until_it_is_given_up() {
    on_every_engine("again", |bench| {
        use duecare_base::Clock as _;
        let store = bench.open();
        insert(&store, bench, 1);
        let job = claim(&store, "w").unwrap();
        let later = bench.clock.now_ms() + 5_000;
        store.upkeep(move |upkeep| job_fail(upkeep, &job, "no disk", Some(later))).unwrap();
        assert!(claim(&store, "w").is_none(), "not yet");
        bench.clock.forward(5_000);
        let job = claim(&store, "w").unwrap();
        assert_eq!(job.attempts, 2);
        store.upkeep(move |upkeep| job_fail(upkeep, &job, "no disk", None)).unwrap();
        bench.clock.forward(1_000_000);
        assert!(claim(&store, "w").is_none(), "it is given up");
        let standing = store.read(|read| job_list(read, "rel_1", 5)).unwrap();
        assert_eq!(
            (standing[0].state.as_str(), standing[0].error.as_deref()),
            ("failed", Some("no disk"))
        );
    });
}

#[test]
fn a_lease_has_one_holder() {
    on_every_engine("lease", |bench| {
        let store = bench.open();
        let take = |holder: &'static str| {
            store.upkeep(move |upkeep| lease_take(upkeep, "publish", holder, LEASE_MS)).unwrap()
        };
        assert!(take("a") && !take("b") && take("a"));
        bench.clock.forward(LEASE_MS + 1);
        assert!(take("b") && !take("a"));
    });
}
