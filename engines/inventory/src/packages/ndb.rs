//! rpm's own database `Packages.db` (format as written by rpm 4.14 and later, `backend/ndb`):
//! pages of slots that point to blobs.

use super::Values;
use duecare_base::Bin;

/// Size of a page of slots, in bytes.
const PAGE_BYTES: usize = 4096;

/// Size of a slot, in bytes; the file's head takes the place of the first two.
const SLOT_BYTES: usize = 16;

/// Blobs begin at multiples of this, in bytes.
const BLOCK_BYTES: usize = 16;

/// Pages of slots that are read; 256 packages a page.
const PAGES_MAX: usize = 4096;

/// Every blob, in the order of the slots; with those that could be read when something is wrong.
pub(super) fn values(bytes: &[u8]) -> Values {
    let raw = Bin::le(bytes);
    if !raw.has(0, b"RpmP") {
        return Values::none("no rpm package database: its magic is missing");
    }
    let pages = raw.size32(12).unwrap_or(0).min(PAGES_MAX);
    let mut blobs = Vec::new();
    let mut broken = 0_usize;
    let end = pages.saturating_mul(PAGE_BYTES).min(bytes.len());
    for at in (2 * SLOT_BYTES..end).step_by(SLOT_BYTES) {
        let (Ok(package), Ok(block)) = (raw.u32(at + 4), raw.size32(at + 8)) else { break };
        if !raw.has(at, b"Slot") || package == 0 || block == 0 {
            continue;
        }
        match blob(&raw, block.saturating_mul(BLOCK_BYTES)) {
            Some(found) => blobs.push(found.to_vec()),
            None => broken += 1,
        }
    }
    let problem = (broken > 0).then(|| format!("{broken} entries point to no package"));
    Values { found: blobs, problem }
}

fn blob<'a>(raw: &Bin<'a>, at: usize) -> Option<&'a [u8]> {
    if !raw.has(at, b"BlbS") {
        return None;
    }
    let size = raw.size32(at.checked_add(12)?).ok()?;
    raw.slice(at.checked_add(16)?, size).ok()
}
