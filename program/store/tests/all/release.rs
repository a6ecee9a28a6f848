//! Releases: numbers without gaps, what happened in order, and the state at any time.

use crate::engines::{entry, on_every_engine};
use duecare_base::Digest;
use duecare_domain::access::{By, Scope};
use duecare_domain::catalogue::{
    Artefact, ArtefactKind, Channel, Duty, FileName, MediaType, Product, ProductName, Release,
    Slug, Version,
};
use duecare_domain::id::{ArtefactId, EvidenceId, PersonId, ProductId, ReleaseId};
use duecare_domain::release::{Stage, abandon, submit};
use duecare_domain::text::Why;
use duecare_domain::time::Time;
use duecare_store::catalogue::product_insert;
use duecare_store::release::{
    Planned, artefact_insert, artefact_list, artefact_replace, release_event_insert, release_find,
    release_get, release_insert, release_life, release_list,
};
use duecare_store::{Committed, Page, Store, StoreError};
use std::collections::BTreeSet;

fn product(store: &Store) -> ProductId {
    let id = ProductId::new(Time::MIN, [1; 10]);
    let made = Product {
        id,
        name: ProductName::parse("Garden Camera").unwrap(),
        slug: Slug::parse("cam").unwrap(),
        vendor: None,
        markets: BTreeSet::new(),
        duty: Duty::Covered { why: Why::parse("it is on the network").unwrap() },
        support: None,
        created_at: Time::MIN,
    };
    let written = store.write(move |mut tx| {
        product_insert(&mut tx, &made)?;
        Ok::<_, StoreError>(tx.commit(entry("cam", "product"), ()))
    });
    written.unwrap();
    id
}

fn planned(product: ProductId, number: u8, version: &str) -> Planned {
    Planned {
        id: ReleaseId::new(Time::MIN, [number; 10]),
        product,
        version: Version::parse(version).unwrap(),
        channel: Channel::parse("stable").unwrap(),
        hardware: BTreeSet::new(),
    }
}

fn plan(store: &Store, planned: Planned) -> Result<Release, StoreError> {
    let written = store.write(move |mut tx| -> Result<Committed<Release>, StoreError> {
        let release = release_insert(&mut tx, planned)?.ok_or(StoreError::Dangling)?;
        Ok(tx.commit(entry("cam", "release"), release))
    });
    written.map(|written| written.value)
}

#[test]
fn numbers_have_no_gaps() {
    on_every_engine("gapless", |bench| {
        let store = bench.open();
        let product = product(&store);
        assert_eq!(plan(&store, planned(product, 1, "1.0")).unwrap().number.get(), 1);
        let taken = plan(&store, planned(product, 2, "1.0"));
        assert!(matches!(taken, Err(StoreError::Conflict { .. })), "{taken:?}");
        let second = plan(&store, planned(product, 3, "1.1")).unwrap();
        assert_eq!(second.number.get(), 2, "what failed took no number");
        let unknown = ProductId::new(Time::MIN, [9; 10]);
        assert!(plan(&store, planned(unknown, 4, "1.0")).is_err());
        let numbers: BTreeSet<u32> = std::thread::scope(|scope| {
            let plans: Vec<_> = (10..26)
                .map(|number| {
                    let store = store.clone();
                    scope.spawn(move || {
                        let version = format!("2.{number}");
                        plan(&store, planned(product, number, &version)).unwrap().number.get()
                    })
                })
                .collect();
            plans.into_iter().map(|plan| plan.join().unwrap()).collect()
        });
        assert_eq!(numbers, (3..19).collect());
        let found = store.read(|read| release_find(read, product, second.number)).unwrap();
        assert_eq!(found.unwrap().value.release, second);
    });
}

#[test]
fn the_state_follows_from_what_happened() {
    on_every_engine("life", |bench| {
        let store = bench.open();
        let product = product(&store);
        let release = plan(&store, planned(product, 1, "1.0")).unwrap();
        let by = By::Person(PersonId::new(Time::MIN, [5; 10]));
        let happen = |revision: i64, step: u8| {
            let release = release.clone();
            store.write(move |mut tx| -> Result<Committed<bool>, StoreError> {
                let now = Time::clamped(tx.now_ms());
                let life = release_life(&mut tx, &release, now)?.unwrap();
                let why = Why::parse("another one comes").unwrap();
                let transition = match step {
                    0 => submit(&life, Digest::of(b"files"), by, now).unwrap(),
                    _ => abandon(&life, why, by, now).unwrap(),
                };
                let evidence = EvidenceId::new(now, [step; 10]);
                let kept = release_event_insert(&mut tx, &transition, revision, evidence)?;
                Ok(tx.commit(entry("cam", "event"), kept))
            })
        };
        assert!(happen(1, 0).unwrap().value);
        let between = Time::clamped(duecare_base::Clock::now_ms(bench.clock.as_ref()));
        bench.clock.forward(1000);
        assert!(!happen(1, 1).unwrap().value, "somebody else was faster");
        assert!(happen(2, 1).unwrap().value);
        let row = store.read(|read| release_get(read, release.id)).unwrap().unwrap();
        assert_eq!((row.value.stage, row.revision), (Stage::Abandoned, 3));
        let then = store.read(|read| release_life(read, &release, between)).unwrap().unwrap();
        assert_eq!(then.stage(), Stage::InReview, "as it was then");
        let scope = Scope::Only([ProductId::new(Time::MIN, [8; 10])].into());
        let page = Page::first();
        let seen = |scope: &Scope| {
            store.read(|read| release_list(read, scope, None, None, &page)).unwrap().len()
        };
        assert_eq!((seen(&scope), seen(&Scope::none()), seen(&Scope::All)), (0, 0, 1));
    });
}

#[test]
fn a_replaced_file_is_kept_and_not_listed() {
    on_every_engine("artefacts", |bench| {
        let store = bench.open();
        let product = product(&store);
        let release = plan(&store, planned(product, 1, "1.0")).unwrap().id;
        let artefact = |number: u8| Artefact {
            id: ArtefactId::new(Time::MIN, [number; 10]),
            release,
            kind: ArtefactKind::Image,
            digest: Digest::of(&[number]),
            size_bytes: u64::from(number),
            file_name: FileName::parse("cam.bin").unwrap(),
            media_type: MediaType::octets(),
            uploaded_by: PersonId::new(Time::MIN, [5; 10]),
            uploaded_at: Time::clamped(i64::from(number)),
        };
        let (one, two) = (artefact(1), artefact(2));
        let listed = vec![two.clone()];
        let written = store.write(move |mut tx| {
            artefact_insert(&mut tx, &one)?;
            artefact_insert(&mut tx, &two)?;
            let first = artefact_replace(&mut tx, one.id)?;
            let again = artefact_replace(&mut tx, one.id)?;
            Ok::<_, StoreError>(tx.commit(entry("cam", "files"), (first, again)))
        });
        assert_eq!(written.unwrap().value, (true, false));
        assert_eq!(store.read(|read| artefact_list(read, release)).unwrap(), listed);
    });
}
