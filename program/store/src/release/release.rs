//! Releases and their numbers.

use crate::engine::{Query, Row};
use crate::error::StoreError;
use crate::page::{Page, Revised, Where};
use crate::tx::Tx;
use crate::values;
use duecare_domain::access::Scope;
use duecare_domain::catalogue::{Channel, Release, ReleaseNumber, Version};
use duecare_domain::id::{HardwareId, ProductId, ReleaseId};
use duecare_domain::release::Stage;
use duecare_domain::time::Time;
use std::collections::BTreeSet;

/// A release with where it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReleaseRow {
    /// The release.
    pub release: Release,
    /// Where its events leave it.
    pub stage: Stage,
    /// When something last happened to it.
    pub since: Time,
}

const COLUMNS: &str = "id, product, number, version, channel, created_at, stage, since, revision";

/// What is known about a release before it has a number.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Planned {
    /// Its id.
    pub id: ReleaseId,
    /// Of which product.
    pub product: ProductId,
    /// Its version.
    pub version: Version,
    /// Its channel.
    pub channel: Channel,
    /// For these hardware revisions.
    pub hardware: BTreeSet<HardwareId>,
}

/// Keeps a new release under its product's next number. Numbers have no gaps: the number is taken in
/// this transaction, and given back with it. `None` when there is no such product.
///
/// # Errors
///
/// [`StoreError::Conflict`] when the product has this version in this channel already.
pub fn release_insert(tx: &mut Tx<'_>, planned: Planned) -> Result<Option<Release>, StoreError> {
    let number = tx.row(
        "UPDATE product SET release_next = release_next + 1 WHERE id = $1
         RETURNING release_next - 1",
        values![planned.product.to_string()],
        |row| ReleaseNumber::new(row.int(0)?).map_err(|_| row.shape(0, "a release number")),
    )?;
    let Some(number) = number else { return Ok(None) };
    let Planned { id, product, version, channel, hardware } = planned;
    let created_at = Time::clamped(tx.now_ms());
    let release = Release { id, product, number, version, channel, hardware, created_at };
    tx.execute(
        "INSERT INTO release (id, product, number, version, channel, created_at, stage, since,
                              revision)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $6, 1)",
        values![
            release.id.to_string(),
            release.product.to_string(),
            i64::from(release.number.get()),
            release.version.as_str(),
            release.channel.as_str(),
            created_at.ms(),
            Stage::Draft.label()
        ],
    )?;
    for hardware in &release.hardware {
        tx.execute(
            "INSERT INTO release_hardware (release, hardware) VALUES ($1, $2)",
            values![release.id.to_string(), hardware.to_string()],
        )?;
    }
    Ok(Some(release))
}

/// The release of this id.
///
/// # Errors
///
/// What the database says.
pub fn release_get(
    query: &mut impl Query,
    id: ReleaseId,
) -> Result<Option<Revised<ReleaseRow>>, StoreError> {
    let mut only = Where::default();
    only.and("id = ?", id.to_string());
    Ok(select(query, &only, "id", &Page::<ReleaseId>::first())?.into_iter().next())
}

/// The release of this number in a product.
///
/// # Errors
///
/// What the database says.
pub fn release_find(
    query: &mut impl Query,
    product: ProductId,
    number: ReleaseNumber,
) -> Result<Option<Revised<ReleaseRow>>, StoreError> {
    let mut only = Where::default();
    only.and("product = ?", product.to_string()).and("number = ?", i64::from(number.get()));
    Ok(select(query, &only, "id", &Page::<ReleaseId>::first())?.into_iter().next())
}

/// Releases that somebody may see, the newest first; of one product or at one stage, when asked.
///
/// # Errors
///
/// What the database says.
pub fn release_list(
    query: &mut impl Query,
    scope: &Scope,
    product: Option<ProductId>,
    stage: Option<Stage>,
    page: &Page<ReleaseId>,
) -> Result<Vec<Revised<ReleaseRow>>, StoreError> {
    let mut only = Where::default();
    only.within("product", scope)
        .and_if("product = ?", product.map(|id| id.to_string()))
        .and_if("stage = ?", stage.map(Stage::label))
        // Ids count up with time.
        .and_if("id < ?", page.after.map(|id| id.to_string()));
    select(query, &only, "id DESC", page)
}

fn select<K>(
    query: &mut impl Query,
    only: &Where,
    order: &str,
    page: &Page<K>,
) -> Result<Vec<Revised<ReleaseRow>>, StoreError> {
    let mut values = only.values().to_vec();
    values.push(page.rows());
    let sql = format!(
        "SELECT {COLUMNS} FROM release {} ORDER BY {order} LIMIT ${}",
        only.text(),
        values.len()
    );
    let mut found = query.rows(&sql, &values, release)?;
    for one in &mut found {
        one.value.release.hardware = hardware(query, one.value.release.id)?;
    }
    Ok(found)
}

fn hardware(query: &mut impl Query, id: ReleaseId) -> Result<BTreeSet<HardwareId>, StoreError> {
    let listed = query.rows(
        "SELECT hardware FROM release_hardware WHERE release = $1 ORDER BY hardware",
        values![id.to_string()],
        |row| row.parsed(0),
    )?;
    Ok(listed.into_iter().collect())
}

fn release(row: &Row) -> Result<Revised<ReleaseRow>, StoreError> {
    let number = ReleaseNumber::new(row.int(2)?).map_err(|_| row.shape(2, "a release number"))?;
    Ok(Revised {
        value: ReleaseRow {
            release: Release {
                id: row.parsed(0)?,
                product: row.parsed(1)?,
                number,
                version: row.parsed(3)?,
                channel: row.parsed(4)?,
                hardware: BTreeSet::new(),
                created_at: Time::clamped(row.int(5)?),
            },
            stage: row.parsed(6)?,
            since: Time::clamped(row.int(7)?),
        },
        revision: row.int(8)?,
    })
}
