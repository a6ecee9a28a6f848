//! Changes and their evidence: together, or neither.

use crate::engines::{entry, on_every_engine};
use duecare_domain::id::JobId;
use duecare_domain::time::Time;
use duecare_store::jobs::{job_insert, job_list};
use duecare_store::log::{log_about, log_entry, log_head, log_list};
use duecare_store::{Committed, Store, StoreError, Tx};

fn job(number: u8) -> JobId {
    JobId::new(Time::from_ms(1_700_000_000_000).unwrap(), [number; 10])
}

/// A change that can be seen: a job for this subject.
fn change(mut tx: Tx<'_>, number: u8, subject: &str) -> Result<Committed<()>, StoreError> {
    let now_ms = tx.now_ms();
    job_insert(&mut tx, job(number), "test", subject, now_ms)?;
    Ok(tx.commit(entry(subject, "made"), ()))
}

fn size(store: &Store) -> u64 {
    store.read(log_head).unwrap().size
}

#[test]
fn a_change_and_its_entry_are_kept_together() {
    on_every_engine("together", |bench| {
        let store = bench.open();
        let written = store.write(|tx| change(tx, 1, "a")).unwrap();
        assert_eq!(written.index, 0);
        assert_eq!(store.write(|tx| change(tx, 2, "b")).unwrap().index, 1);
        let (jobs, about) = store
            .read(|read| {
                Ok::<_, StoreError>((job_list(read, "b", 10)?, log_about(read, "b", None, 10)?))
            })
            .unwrap();
        assert_eq!(jobs.len(), 1);
        assert_eq!(about.len(), 1);
        assert_eq!(about[0].index, 1);
        assert_eq!(size(&store), 2);
    });
}

#[test]
fn a_change_that_fails_leaves_nothing() {
    on_every_engine("fails", |bench| {
        let store = bench.open();
        let failed = store.write(|mut tx| {
            let now_ms = tx.now_ms();
            job_insert(&mut tx, job(1), "test", "a", now_ms)?;
            Err::<Committed<()>, _>(StoreError::Log("no".into()))
        });
        assert!(failed.is_err());
        let twice = store.write(|mut tx| {
            let now_ms = tx.now_ms();
            job_insert(&mut tx, job(2), "test", "b", now_ms)?;
            job_insert(&mut tx, job(2), "test", "b", now_ms)?;
            Ok(tx.commit(entry("b", "twice"), ()))
        });
        assert!(matches!(twice, Err(StoreError::Conflict { .. })), "{twice:?}");
        let panicked: Result<_, StoreError> = store.write(|mut tx| {
            let now_ms = tx.now_ms();
            job_insert(&mut tx, job(3), "test", "c", now_ms)?;
            if now_ms > 0 {
                panic!("a fault in a use case");
            }
            Ok(tx.commit(entry("c", "panic"), ()))
        });
        assert!(matches!(panicked, Err(StoreError::Panicked)), "{panicked:?}");
        for subject in ["a", "b", "c"] {
            let jobs = store.read(|read| job_list(read, subject, 10)).unwrap();
            assert!(jobs.is_empty(), "{subject}");
        }
        assert_eq!(size(&store), 0);
        // And the next one is served as if nothing had been.
        assert_eq!(store.write(|tx| change(tx, 4, "d")).unwrap().index, 0);
    });
}

#[test]
fn an_entry_that_cannot_be_made_takes_its_change_back() {
    on_every_engine("unmade", |bench| {
        let store = bench.open();
        let failed = store.write(|mut tx| {
            let now_ms = tx.now_ms();
            job_insert(&mut tx, job(1), "test", "a", now_ms)?;
            let mut entry = entry("a", "made");
            entry.subjects.clear();
            Ok::<_, StoreError>(tx.commit(entry, ()))
        });
        assert!(matches!(failed, Err(StoreError::Log(_))), "{failed:?}");
        assert!(store.read(|read| job_list(read, "a", 10)).unwrap().is_empty());
        assert_eq!(size(&store), 0);
    });
}

#[test]
fn many_writers_get_one_index_each() {
    const WRITERS: u8 = 16;
    const EACH: usize = 20;
    on_every_engine("many", |bench| {
        let store = bench.open();
        let mut indices: Vec<u64> = std::thread::scope(|scope| {
            let writers: Vec<_> = (0..WRITERS)
                .map(|writer| {
                    let store = store.clone();
                    scope.spawn(move || {
                        (0..EACH)
                            .map(|turn| {
                                let about = format!("{writer}/{turn}");
                                let written = store.write(move |tx| {
                                    Ok::<_, StoreError>(tx.commit(entry(&about, "many"), ()))
                                });
                                written.unwrap().index
                            })
                            .collect::<Vec<_>>()
                    })
                })
                .collect();
            writers.into_iter().flat_map(|writer| writer.join().unwrap()).collect()
        });
        indices.sort_unstable();
        let count = u64::from(WRITERS) * EACH as u64;
        assert_eq!(indices, (0..count).collect::<Vec<_>>());
        assert_eq!(size(&store), count);
        let newest = store.read(|read| log_list(read, None, None, 5)).unwrap();
        assert_eq!(newest.iter().map(|kept| kept.index).max(), Some(count - 1));
    });
}

#[test]
fn two_open_stores_share_one_log() {
    on_every_engine("shared", |bench| {
        let (one, other) = (bench.open(), bench.open());
        for turn in 0..10 {
            let store = if turn % 2 == 0 { &one } else { &other };
            let written = store
                .write(move |tx| Ok::<_, StoreError>(tx.commit(entry("a", &turn.to_string()), ())));
            assert_eq!(written.unwrap().index, turn);
        }
        assert!(one.read(|read| log_entry(read, 9)).unwrap().is_some());
    });
}

#[test]
fn several_entries_of_one_change_stand_one_after_the_other() {
    on_every_engine("several", |bench| {
        let store = bench.open();
        let written = store.write(|tx| {
            let others = vec![entry("b", "two"), entry("c", "three")];
            Ok::<_, StoreError>(tx.commit_all(entry("a", "one"), others, 7))
        });
        let written = written.unwrap();
        assert_eq!((written.index, written.value), (0, 7));
        let third = store.read(|read| log_about(read, "c", None, 1)).unwrap();
        assert_eq!(third[0].index, 2);
    });
}
