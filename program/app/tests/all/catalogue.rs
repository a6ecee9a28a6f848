//! Products: entered, changed, listed, each with its evidence.

use crate::world::World;
use duecare_app::Error;
use duecare_app::catalogue::{
    ProductFacts, product_change, product_create, product_list, product_show,
};
use duecare_domain::access::Role;
use duecare_domain::catalogue::{Duty, Market, ProductName, Slug};
use duecare_domain::text::Why;
use duecare_store::Page;
use duecare_store::log::log_about;

pub(crate) fn facts(slug: &str) -> ProductFacts {
    ProductFacts {
        name: ProductName::parse("Garden Camera").unwrap(),
        slug: Slug::parse(slug).unwrap(),
        vendor: None,
        markets: [Market::parse("EU").unwrap(), Market::parse("US").unwrap()].into(),
        duty: Duty::Covered { why: Why::parse("it is on the network").unwrap() },
        support: None,
    }
}

#[test]
fn a_product_is_entered_with_its_evidence() {
    let world = World::new("product");
    let (write, read) = (World::permit(Role::SecurityLead), World::permit(Role::Assessor));
    let made = product_create(&world.context, &write, facts("garden-cam")).unwrap();
    let shown = product_show(&world.context, &read, &made.value.slug).unwrap();
    assert_eq!(shown, made);

    let about = made.value.id.to_string();
    let entries = world.context.store.read(|read| log_about(read, &about, None, 10)).unwrap();
    assert_eq!(entries.len(), 1);
    assert_eq!(entries[0].event, "https://duecare.dev/evidence/product-created/v1");
    let (_, envelope) = entries[0].content.clone().unwrap();
    assert!(envelope.contains("\"payloadType\":\"application/vnd.in-toto+json\""), "{envelope}");

    let again = product_create(&world.context, &write, facts("garden-cam"));
    assert!(matches!(again, Err(Error::Taken { .. })), "{again:?}");
}

#[test]
fn two_changes_at_once_are_told_apart() {
    let world = World::new("revision");
    let write = World::permit(Role::SecurityLead);
    let made = product_create(&world.context, &write, facts("garden-cam")).unwrap();
    let id = made.value.id;
    let one = product_change(&world.context, &write, id, made.revision, facts("cam-1")).unwrap();
    let late = product_change(&world.context, &write, id, made.revision, facts("cam-2"));
    assert!(matches!(late, Err(Error::Changed { .. })), "{late:?}");
    let next = product_change(&world.context, &write, id, one.revision, facts("cam-3")).unwrap();
    assert_eq!(next.value.slug.as_str(), "cam-3");
    let about = id.to_string();
    let entries = world.context.store.read(|read| log_about(read, &about, None, 10)).unwrap();
    assert_eq!(entries.len(), 3, "what failed left no evidence");
}

#[test]
fn lists_come_in_pieces() {
    let world = World::new("pieces");
    let (write, read) = (World::permit(Role::SecurityLead), World::permit(Role::Assessor));
    for number in 1..=5 {
        product_create(&world.context, &write, facts(&format!("cam-{number}"))).unwrap();
    }
    let mut after = None;
    let mut seen = Vec::new();
    loop {
        let piece =
            product_list(&world.context, &read, &Page { after: after.take(), count_max: 2 })
                .unwrap();
        let Some(last) = piece.last() else { break };
        after = Some(last.value.slug.clone());
        seen.extend(piece.into_iter().map(|product| product.value.slug.to_string()));
    }
    assert_eq!(seen, ["cam-1", "cam-2", "cam-3", "cam-4", "cam-5"]);
}
