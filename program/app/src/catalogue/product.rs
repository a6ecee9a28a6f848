//! Entering, changing and reading products.

use super::events::{ProductChangedV1, ProductCreatedV1, ProductRecordV1};
use crate::context::{Context, Moment as _};
use crate::error::Error;
use crate::evidence::entry;
use duecare_domain::access::{Permit, permission};
use duecare_domain::catalogue::{Duty, Market, Product, ProductName, Slug, Support};
use duecare_domain::id::{ProductId, VendorId};
use duecare_store::catalogue as rows;
use duecare_store::{Committed, Page, Revised, StoreError, Tx};
use std::collections::BTreeSet;

/// What a person says about a product.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProductFacts {
    /// Name, as buyers know it.
    pub name: ProductName,
    /// Name in addresses.
    pub slug: Slug,
    /// Who makes it for the manufacturer.
    pub vendor: Option<VendorId>,
    /// Where it is sold.
    pub markets: BTreeSet<Market>,
    /// Whether the program's duties hold for it, and why.
    pub duty: Duty,
    /// For how long it gets fixes.
    pub support: Option<Support>,
}

/// Enters a product.
///
/// # Errors
///
/// [`Error::Taken`] when the short name is.
pub fn product_create(
    context: &Context,
    permit: &Permit<permission::WriteCatalogue>,
    facts: ProductFacts,
) -> Result<Revised<Product>, Error> {
    let by = permit.by();
    let written = context.store.write(move |mut tx: Tx<'_>| -> Result<Committed<_>, Error> {
        let product = product_of(tx.id(), tx.now(), facts);
        rows::product_insert(&mut tx, &product).map_err(taken)?;
        let event = ProductCreatedV1 { product: ProductRecordV1::of(&product) };
        let about = vec![product.id.to_string()];
        let entry = entry(tx.id(), &event, &by.to_string(), tx.now_ms(), about, Vec::new())?;
        Ok(tx.commit(entry, Revised { value: product, revision: 1 }))
    })?;
    Ok(written.value)
}

/// Changes a product that is still as it was seen.
///
/// # Errors
///
/// [`Error::Changed`] when it isn't, [`Error::Taken`] when the new short name is.
pub fn product_change(
    context: &Context,
    permit: &Permit<permission::WriteCatalogue>,
    id: ProductId,
    revision: i64,
    facts: ProductFacts,
) -> Result<Revised<Product>, Error> {
    let missing = || Error::NotFound { noun: "product", name: id.to_string() };
    permit.covers(id).map_err(|_| missing())?;
    let by = permit.by();
    let written = context.store.write(move |mut tx: Tx<'_>| -> Result<Committed<_>, Error> {
        let before = rows::product_get(&mut tx, id)?
            .ok_or_else(|| Error::NotFound { noun: "product", name: id.to_string() })?;
        let product = product_of(id, before.value.created_at, facts);
        let after = Revised { value: product, revision };
        if !rows::product_update(&mut tx, &after).map_err(taken)? {
            return Err(Error::Changed { noun: "product" });
        }
        let event = ProductChangedV1 {
            before: ProductRecordV1::of(&before.value),
            after: ProductRecordV1::of(&after.value),
        };
        let about = vec![id.to_string()];
        let entry = entry(tx.id(), &event, &by.to_string(), tx.now_ms(), about, Vec::new())?;
        Ok(tx.commit(entry, Revised { revision: revision.saturating_add(1), ..after }))
    })?;
    Ok(written.value)
}

/// One product.
///
/// # Errors
///
/// [`Error::NotFound`] when there is none, or the person may not see it.
pub fn product_show(
    context: &Context,
    permit: &Permit<permission::ReadCatalogue>,
    slug: &Slug,
) -> Result<Revised<Product>, Error> {
    let missing = || Error::NotFound { noun: "product", name: slug.to_string() };
    let found = context.store.read(|read| rows::product_find(read, slug))?.ok_or_else(missing)?;
    permit.covers(found.value.id).map_err(|_| missing())?;
    Ok(found)
}

/// The products that a person may see, by short name.
///
/// # Errors
///
/// What the database says.
pub fn product_list(
    context: &Context,
    permit: &Permit<permission::ReadCatalogue>,
    page: &Page<Slug>,
) -> Result<Vec<Revised<Product>>, Error> {
    Ok(context.store.read(|read| rows::product_list(read, permit.scope(), page))?)
}

fn product_of(
    id: ProductId,
    created_at: duecare_domain::time::Time,
    facts: ProductFacts,
) -> Product {
    let ProductFacts { name, slug, vendor, markets, duty, support } = facts;
    Product { id, name, slug, vendor, markets, duty, support, created_at }
}

fn taken(error: StoreError) -> Error {
    match error {
        StoreError::Conflict { .. } => Error::Taken { noun: "product", field: "short name" },
        other => other.into(),
    }
}
