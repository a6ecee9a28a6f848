//! The log as the world sees it: published, verified by the ledger's own reader, whole after a crash
//! at any point, and refused when it doesn't belong to the database.

use crate::catalogue::facts;
use crate::world::World;
use duecare_app::catalogue::product_create;
use duecare_app::evidence::proof::bundle;
use duecare_app::evidence::publish::{Files, PublishError, Publisher};
use duecare_blobs::PublicPath;
use duecare_domain::access::Role;
use duecare_ledger::bundle::Bundle;
use duecare_ledger::checkpoint::Trust;
use duecare_ledger::verify::{Options, Report, verify_log};
use duecare_store::log::{Notary as _, log_content_erase};
use duecare_store::{Entry, StoreError, Subject};

fn publisher(world: &World) -> Result<Publisher, PublishError> {
    Publisher::open(world.context.store.clone(), world.public.clone(), world.signer.clone())
}

fn enter(world: &World, from: usize, to: usize) {
    let write = World::permit(Role::SecurityLead);
    for number in from..to {
        product_create(&world.context, &write, facts(&format!("cam-{number}"))).unwrap();
    }
}

fn checkpoint(world: &World) -> String {
    let path: PublicPath = "checkpoint".parse().unwrap();
    String::from_utf8(world.public.get(&path, 10_000).unwrap().unwrap()).unwrap()
}

#[test]
fn what_is_committed_is_published() {
    let world = World::new("publish");
    let mut publisher = publisher(&world).unwrap();
    assert_eq!(publisher.size(), 0);
    enter(&world, 0, 3);
    assert_eq!(publisher.step().unwrap(), 3);
    let first = checkpoint(&world);
    assert!(first.starts_with("log.example/duecare\n3\n"), "{first}");
    assert_eq!(publisher.step().unwrap(), 3);
    assert_eq!(checkpoint(&world), first, "nothing new, nothing written");
    enter(&world, 3, 10);
    assert_eq!(publisher.step().unwrap(), 10);
    assert!(checkpoint(&world).starts_with("log.example/duecare\n10\n"));
    let report = verified(&world);
    assert!(report.is_sound() && report.leaves == 10 && report.history == 3, "{report:?}");
}

#[test]
fn a_start_does_again_what_a_crash_left_undone() {
    let name = "redo";
    {
        let world = World::new(name);
        let mut publisher = publisher(&world).unwrap();
        enter(&world, 0, 5);
        publisher.step().unwrap();
        enter(&world, 5, 9);
        // And then it dies, with four entries committed and not public.
    }
    let world = World::open(name);
    assert_eq!(publisher(&world).unwrap().size(), 9);
    assert!(checkpoint(&world).starts_with("log.example/duecare\n9\n"));
}

#[test]
fn an_older_database_is_refused() {
    let name = "older";
    let folder = World::folder(name);
    {
        let world = World::new(name);
        let mut publisher = publisher(&world).unwrap();
        enter(&world, 0, 2);
        publisher.step().unwrap();
        drop((publisher, world));
        std::fs::copy(folder.join("duecare.db"), folder.join("backup.db")).unwrap();
        let world = World::open(name);
        enter(&world, 2, 4);
        publisher_of(&world);
    }
    std::fs::copy(folder.join("backup.db"), folder.join("duecare.db")).unwrap();
    for leftover in ["duecare.db-wal", "duecare.db-shm"] {
        let _ = std::fs::remove_file(folder.join(leftover));
    }
    let refused = publisher(&World::open(name)).err().unwrap();
    assert!(matches!(refused, PublishError::Refused(_)), "{refused:?}");
}

fn publisher_of(world: &World) {
    publisher(world).unwrap().step().unwrap();
}

#[test]
fn lost_public_files_are_refused() {
    let world = World::new("lost");
    publisher_of(&world);
    enter(&world, 0, 2);
    publisher_of(&world);
    let path: PublicPath = "checkpoint".parse().unwrap();
    assert!(world.public.delete(&path).unwrap());
    assert!(matches!(publisher(&world).err().unwrap(), PublishError::Refused(_)));
}

/// What the ledger's verifier says of the public files.
fn verified(world: &World) -> Report {
    let key = world.signer.verifier();
    let trust =
        Trust { origin: world.signer.origin(), log: &[&key], witnesses: &[], witnesses_min: 0 };
    verify_log(&Files(&world.public), &Options::new(trust))
}

#[test]
fn a_changed_leaf_is_noticed() {
    let world = World::new("changed");
    enter(&world, 0, 3);
    publisher_of(&world);
    assert!(verified(&world).is_sound());
    let path = World::folder("changed").join("public/tile/entries/000.p/3");
    let mut bytes = std::fs::read(&path).unwrap();
    bytes[10] ^= 1;
    std::fs::write(&path, bytes).unwrap();
    assert_eq!(verified(&world).faults.len(), 1);
}

#[test]
fn an_entry_is_proved_offline_with_and_without_its_content() {
    let world = World::new("bundle");
    enter(&world, 0, 7);
    publisher_of(&world);
    let key = world.signer.verifier();
    let trust =
        Trust { origin: world.signer.origin(), log: &[&key], witnesses: &[], witnesses_min: 0 };
    let made = bundle(&world.context.store, &world.public, 4).unwrap();
    let read = Bundle::parse(made.to_json().unwrap().as_bytes()).unwrap();
    let proven = read.verify(&trust, &[&key], 1).unwrap();
    assert_eq!(proven.index, 4);
    let said = proven.said.unwrap().statement;
    assert_eq!(said.predicate_type(), "https://duecare.dev/evidence/product-created/v1");
    assert_eq!(said.predicate()["event"]["product"]["slug"], "cam-4");

    let store = &world.context.store;
    let erased = store.write(|mut tx| {
        log_content_erase(&mut tx, 4)?;
        let id = duecare_domain::id::Id::new(duecare_domain::time::Time::MIN, tx.random());
        let digest = duecare_base::Digest::of(b"4");
        let entry = Entry {
            id,
            event: "https://duecare.dev/evidence/content-erased/v1".into(),
            subjects: vec![Subject { name: "entry 4".into(), digest }],
            predicate: "{\"index\":4}".into(),
            actor: "system".into(),
            at_ms: tx.now_ms(),
            about: vec!["log".into()],
        };
        Ok::<_, StoreError>(tx.commit(entry, ()))
    });
    erased.unwrap();
    let made = bundle(store, &world.public, 4).unwrap();
    assert!(made.content.is_none());
    assert!(made.verify(&trust, &[&key], 1).unwrap().said.is_none());
    assert!(bundle(store, &world.public, 99).is_err());
}
