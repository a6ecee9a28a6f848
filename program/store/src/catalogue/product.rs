//! Products.

use crate::engine::{Query, Row};
use crate::error::StoreError;
use crate::page::{Page, Revised, Where};
use crate::tx::Tx;
use crate::values;
use duecare_domain::access::Scope;
use duecare_domain::catalogue::{Duty, Market, Product, ProductName, Slug, Support};
use duecare_domain::id::ProductId;
use duecare_domain::text::Why;
use duecare_domain::time::{Day, Time};
use std::collections::BTreeSet;

const COLUMNS: &str = "id, slug, name, vendor, is_covered, covered_why, support_begins, \
                       support_ends, created_at, revision";

/// Keeps a new product; its first release will be number 1.
///
/// # Errors
///
/// [`StoreError::Conflict`] when the slug is taken.
pub fn product_insert(tx: &mut Tx<'_>, product: &Product) -> Result<(), StoreError> {
    let (begins, ends) = support_columns(product);
    tx.execute(
        "INSERT INTO product (id, slug, name, vendor, is_covered, covered_why, support_begins,
                              support_ends, created_at, release_next, revision)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, 1, 1)",
        values![
            product.id.to_string(),
            product.slug.as_str(),
            product.name.as_str(),
            product.vendor.map(|vendor| vendor.to_string()),
            product.duty.is_covered(),
            product.duty.why().as_str(),
            begins,
            ends,
            product.created_at.ms()
        ],
    )?;
    markets_insert(tx, product)
}

/// Changes a product that is still at the revision that was seen. `false` when it is not.
///
/// # Errors
///
/// [`StoreError::Conflict`] when the slug is taken.
pub fn product_update(tx: &mut Tx<'_>, seen: &Revised<Product>) -> Result<bool, StoreError> {
    let product = &seen.value;
    let (begins, ends) = support_columns(product);
    let changed = tx.execute(
        "UPDATE product SET slug = $1, name = $2, vendor = $3, is_covered = $4, covered_why = $5,
                            support_begins = $6, support_ends = $7, revision = revision + 1
         WHERE id = $8 AND revision = $9",
        values![
            product.slug.as_str(),
            product.name.as_str(),
            product.vendor.map(|vendor| vendor.to_string()),
            product.duty.is_covered(),
            product.duty.why().as_str(),
            begins,
            ends,
            product.id.to_string(),
            seen.revision
        ],
    )?;
    if changed == 1 {
        let id = product.id.to_string();
        tx.execute("DELETE FROM product_market WHERE product = $1", values![id])?;
        markets_insert(tx, product)?;
    }
    Ok(changed == 1)
}

fn support_columns(product: &Product) -> (Option<String>, Option<String>) {
    let support = product.support;
    (support.map(|days| days.begins().to_string()), support.map(|days| days.ends().to_string()))
}

fn markets_insert(tx: &mut Tx<'_>, product: &Product) -> Result<(), StoreError> {
    for market in &product.markets {
        tx.execute(
            "INSERT INTO product_market (product, market) VALUES ($1, $2)",
            values![product.id.to_string(), market.as_str()],
        )?;
    }
    Ok(())
}

/// The product of this id.
///
/// # Errors
///
/// What the database says.
pub fn product_get(
    query: &mut impl Query,
    id: ProductId,
) -> Result<Option<Revised<Product>>, StoreError> {
    let mut only = Where::default();
    only.and("id = ?", id.to_string());
    Ok(select(query, &only, &Page::first())?.into_iter().next())
}

/// The product of this slug.
///
/// # Errors
///
/// What the database says.
pub fn product_find(
    query: &mut impl Query,
    slug: &Slug,
) -> Result<Option<Revised<Product>>, StoreError> {
    let mut only = Where::default();
    only.and("slug = ?", slug.as_str());
    Ok(select(query, &only, &Page::first())?.into_iter().next())
}

/// Products that somebody may see, by slug.
///
/// # Errors
///
/// What the database says.
pub fn product_list(
    query: &mut impl Query,
    scope: &Scope,
    page: &Page<Slug>,
) -> Result<Vec<Revised<Product>>, StoreError> {
    let mut only = Where::default();
    only.within("id", scope).and_if("slug > ?", page.after.as_ref().map(Slug::as_str));
    select(query, &only, page)
}

fn select(
    query: &mut impl Query,
    only: &Where,
    page: &Page<Slug>,
) -> Result<Vec<Revised<Product>>, StoreError> {
    let mut values = only.values().to_vec();
    values.push(page.rows());
    let sql = format!(
        "SELECT {COLUMNS} FROM product {} ORDER BY slug LIMIT ${}",
        only.text(),
        values.len()
    );
    let mut found = query.rows(&sql, &values, product)?;
    for one in &mut found {
        one.value.markets = markets(query, one.value.id)?;
    }
    Ok(found)
}

fn markets(query: &mut impl Query, id: ProductId) -> Result<BTreeSet<Market>, StoreError> {
    let listed = query.rows(
        "SELECT market FROM product_market WHERE product = $1 ORDER BY market",
        values![id.to_string()],
        |row| row.parsed(0),
    )?;
    Ok(listed.into_iter().collect())
}

fn product(row: &Row) -> Result<Revised<Product>, StoreError> {
    let why: Why = row.parsed(5)?;
    let duty = if row.truth(4)? { Duty::Covered { why } } else { Duty::NotCovered { why } };
    let begins: Option<Day> = row.parsed_or_null(6)?;
    let ends: Option<Day> = row.parsed_or_null(7)?;
    let support = begins.zip(ends).map(|(begins, ends)| Support::new(begins, ends)).transpose();
    Ok(Revised {
        value: Product {
            id: row.parsed(0)?,
            slug: row.parsed(1)?,
            name: row.parsed::<ProductName>(2)?,
            vendor: row.parsed_or_null(3)?,
            markets: BTreeSet::new(),
            duty,
            support: support.map_err(|_| row.shape(7, "a day after the first one"))?,
            created_at: Time::clamped(row.int(8)?),
        },
        revision: row.int(9)?,
    })
}
