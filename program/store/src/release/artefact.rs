//! The files of releases.

use crate::engine::{Query, Row};
use crate::error::StoreError;
use crate::tx::Tx;
use crate::values;
use duecare_domain::catalogue::Artefact;
use duecare_domain::id::{ArtefactId, ReleaseId};
use duecare_domain::time::Time;

/// Most files of one release that are listed: far more than any release has.
const ARTEFACTS_MAX: u32 = 2000;

const COLUMNS: &str =
    "id, release, kind, digest, size_bytes, file_name, media_type, uploaded_by, uploaded_at";

/// Keeps a file's record; its bytes are in the blobs already.
///
/// # Errors
///
/// What the database says.
pub fn artefact_insert(tx: &mut Tx<'_>, artefact: &Artefact) -> Result<(), StoreError> {
    let size = i64::try_from(artefact.size_bytes)
        .map_err(|_| StoreError::Log("a file is larger than can be counted".into()))?;
    tx.execute(
        "INSERT INTO artefact (id, release, kind, digest, size_bytes, file_name, media_type,
                               uploaded_by, uploaded_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
        values![
            artefact.id.to_string(),
            artefact.release.to_string(),
            artefact.kind.label(),
            artefact.digest.to_string(),
            size,
            artefact.file_name.as_str(),
            artefact.media_type.as_str(),
            artefact.uploaded_by.to_string(),
            artefact.uploaded_at.ms()
        ],
    )?;
    Ok(())
}

/// Takes a file out of the release's present ones; its record stays. `false` when it was out already.
///
/// # Errors
///
/// What the database says.
pub fn artefact_replace(tx: &mut Tx<'_>, id: ArtefactId) -> Result<bool, StoreError> {
    let now_ms = tx.now_ms();
    let changed = tx.execute(
        "UPDATE artefact SET replaced_at = $1 WHERE id = $2 AND replaced_at IS NULL",
        values![now_ms, id.to_string()],
    )?;
    Ok(changed == 1)
}

/// The file of this id.
///
/// # Errors
///
/// What the database says.
pub fn artefact_get(
    query: &mut impl Query,
    id: ArtefactId,
) -> Result<Option<Artefact>, StoreError> {
    let sql = format!("SELECT {COLUMNS} FROM artefact WHERE id = $1");
    query.row(&sql, values![id.to_string()], artefact)
}

/// The release's present files, in the order of their upload.
///
/// # Errors
///
/// What the database says.
pub fn artefact_list(
    query: &mut impl Query,
    release: ReleaseId,
) -> Result<Vec<Artefact>, StoreError> {
    let sql = format!(
        "SELECT {COLUMNS} FROM artefact WHERE release = $1 AND replaced_at IS NULL
         ORDER BY uploaded_at, id LIMIT $2"
    );
    query.rows(&sql, values![release.to_string(), ARTEFACTS_MAX], artefact)
}

fn artefact(row: &Row) -> Result<Artefact, StoreError> {
    Ok(Artefact {
        id: row.parsed(0)?,
        release: row.parsed(1)?,
        kind: row.parsed(2)?,
        digest: row.parsed(3)?,
        size_bytes: u64::try_from(row.int(4)?).map_err(|_| row.shape(4, "a size"))?,
        file_name: row.parsed(5)?,
        media_type: row.parsed(6)?,
        uploaded_by: row.parsed(7)?,
        uploaded_at: Time::clamped(row.int(8)?),
    })
}
