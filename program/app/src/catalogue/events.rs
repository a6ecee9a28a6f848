//! What is written down about the catalogue. Never change a type that was written; add a version.

use duecare_domain::catalogue::Product;
use duecare_ledger::statement::Predicate;
use serde::Serialize;

/// A product as it was entered or changed.
#[derive(Serialize)]
pub(super) struct ProductRecordV1 {
    id: String,
    slug: String,
    name: String,
    vendor: Option<String>,
    markets: Vec<String>,
    is_covered: bool,
    covered_why: String,
    support_begins: Option<String>,
    support_ends: Option<String>,
}

impl ProductRecordV1 {
    pub(super) fn of(product: &Product) -> Self {
        Self {
            id: product.id.to_string(),
            slug: product.slug.to_string(),
            name: product.name.to_string(),
            vendor: product.vendor.map(|vendor| vendor.to_string()),
            markets: product.markets.iter().map(ToString::to_string).collect(),
            is_covered: product.duty.is_covered(),
            covered_why: product.duty.why().to_string(),
            support_begins: product.support.map(|days| days.begins().to_string()),
            support_ends: product.support.map(|days| days.ends().to_string()),
        }
    }
}

/// A product was entered.
#[derive(Serialize)]
pub(super) struct ProductCreatedV1 {
    pub(super) product: ProductRecordV1,
}

impl Predicate for ProductCreatedV1 {
    const NOUN: &'static str = "product-created";
    const VERSION: u32 = 1;
}

/// A product was changed: how it was, how it is.
#[derive(Serialize)]
pub(super) struct ProductChangedV1 {
    pub(super) before: ProductRecordV1,
    pub(super) after: ProductRecordV1,
}

impl Predicate for ProductChangedV1 {
    const NOUN: &'static str = "product-changed";
    const VERSION: u32 = 1;
}
