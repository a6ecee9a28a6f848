//! The log's rows: what they hold, erasure, and refusing to run on rows that don't add up.

use crate::engines::{Bench, entry, on_every_engine};
use duecare_ledger::hash::Hash;
use duecare_ledger::leaf::{self, Salt};
use duecare_ledger::tree::Frontier;
use duecare_store::log::checkpoint::{checkpoint_keep, checkpoint_newest, checkpoint_published};
use duecare_store::log::{Erasure, log_content_erase, log_entry, log_head, log_leaves};
use duecare_store::{Store, StoreError};

fn fill(store: &Store, count: usize) {
    for number in 0..count {
        let written = store
            .write(move |tx| Ok::<_, StoreError>(tx.commit(entry("a", &number.to_string()), ())));
        written.unwrap();
    }
}

#[test]
fn the_root_follows_from_the_leaves() {
    on_every_engine("root", |bench| {
        let store = bench.open();
        fill(&store, 300);
        let (head, leaves) = store
            .read(|read| Ok::<_, StoreError>((log_head(read)?, log_leaves(read, 0, 1000)?)))
            .unwrap();
        let mut frontier = Frontier::default();
        for leaf in &leaves {
            frontier.push(Hash::leaf(leaf), |_, _| {}).unwrap();
        }
        assert_eq!((head.size, head.root), (300, frontier.root()));
        let kept = store.read(|read| log_entry(read, 17)).unwrap().unwrap();
        let (salt, envelope) = kept.content.unwrap();
        let salt = Salt::from_slice(&salt).unwrap();
        let leaf = leaf::Entry::commit(&salt, envelope.as_bytes());
        assert_eq!(leaf.to_bytes().as_slice(), kept.leaf);
    });
}

#[test]
fn erased_content_leaves_the_leaf() {
    on_every_engine("erase", |bench| {
        let store = bench.open();
        fill(&store, 3);
        let before = store.read(log_head).unwrap();
        let erased = store.write(|mut tx| {
            let done = log_content_erase(&mut tx, 1)?;
            Ok::<_, StoreError>(tx.commit(entry("a", "erased"), done))
        });
        assert_eq!(erased.unwrap().value, Erasure::Done);
        let kept = store.read(|read| log_entry(read, 1)).unwrap().unwrap();
        assert!(kept.content.is_none() && kept.actor.is_empty() && kept.erased_at_ms.is_some());
        assert_eq!(store.read(log_head).unwrap().size, before.size + 1);
        drop(store);
        bench.open();
    });
}

#[test]
fn a_log_that_does_not_add_up_is_refused() {
    let cases = [
        ("DELETE FROM log_about; DELETE FROM log_entry WHERE idx = 9", "the last one stored"),
        (
            "UPDATE log_entry SET leaf = (SELECT leaf FROM log_entry WHERE idx = 3) WHERE idx = 7",
            "newest entries",
        ),
        ("UPDATE log_head SET size = 15", "don't fit its size"),
        ("UPDATE log_head SET root = (SELECT root FROM log_head WHERE id = 1) || 'x'", "root"),
        ("UPDATE log_head SET origin = 'other'", "is for"),
    ];
    on_every_engine("refused", |bench| {
        fill(&bench.open(), 10);
        for (sql, said) in cases {
            let refused = with_tampered(bench, sql);
            assert!(refused.contains(said), "{sql}: {refused}");
        }
    });
}

/// What opening says after a change behind the store's back, which is then undone.
fn with_tampered(bench: &Bench, sql: &str) -> String {
    bench.tamper(
        "CREATE TABLE save_entry AS SELECT * FROM log_entry; CREATE TABLE save_about AS SELECT * FROM log_about;
         CREATE TABLE save_head AS SELECT * FROM log_head;",
    );
    bench.tamper(sql);
    let said = match bench.try_open("log.example") {
        Ok(_) => "nothing".to_owned(),
        Err(error) => error.to_string(),
    };
    bench.tamper(
        "DELETE FROM log_about; DELETE FROM log_entry; DELETE FROM log_head;
         INSERT INTO log_entry SELECT * FROM save_entry; INSERT INTO log_about SELECT * FROM save_about;
         INSERT INTO log_head SELECT * FROM save_head;
         DROP TABLE save_entry; DROP TABLE save_about; DROP TABLE save_head;",
    );
    bench.open();
    said
}

#[test]
fn one_size_has_one_root() {
    on_every_engine("checkpoints", |bench| {
        let store = bench.open();
        let keep = |size, root: &'static str, note: &'static str| {
            store.upkeep(move |upkeep| checkpoint_keep(upkeep, size, root, note))
        };
        keep(5, "A", "signed").unwrap();
        keep(5, "A", "co-signed").unwrap();
        keep(3, "B", "older").unwrap();
        assert!(keep(5, "C", "signed").is_err());
        let newest = store.read(|read| checkpoint_newest(read)).unwrap().unwrap();
        assert_eq!((newest.size, newest.note.as_str()), (5, "co-signed"));
        assert!(!newest.is_published);
        store.upkeep(|upkeep| checkpoint_published(upkeep, 5)).unwrap();
        let newest = store.read(|read| checkpoint_newest(read)).unwrap().unwrap();
        assert!(newest.is_published && newest.root == "A");
    });
}
