//! Settings between NUL bytes: NVRAM defaults, U-Boot environments.

use crate::gaps;
use crate::item::{Item, Outcome};
use duecare_unpack::Sniffed;

/// Largest stretch that is read as settings, in bytes.
const BYTES_MAX: usize = 4 << 20;

/// The bytes as lines, when most of them are `name=value` between NULs; `None` otherwise.
pub(super) fn settings(item: &Item<'_>, out: &mut Outcome) -> Option<Vec<u8>> {
    if item.kind != Sniffed::Unknown {
        return None;
    }
    let bytes = item.bytes.get(..BYTES_MAX).unwrap_or(item.bytes);
    // Erased flash after the settings says nothing of them.
    let end = bytes.iter().rposition(|b| !matches!(b, 0 | 0xff))? + 1;
    let body = bytes.get(..end)?;
    let printable = body.iter().filter(|b| matches!(b, 0x20..=0x7e | b'\n' | b'\t' | 0)).count();
    let nuls = memchr::memchr_iter(0, body).count();
    let pairs = memchr::memmem::find_iter(body, b"=").count();
    if printable * 10 < body.len() * 9 || pairs < 4 || nuls < pairs / 2 {
        return None;
    }
    // An archive of texts has NULs and signs of equality as well, but few records are settings.
    let records = body.split(|b| matches!(b, 0 | b'\n')).filter(|record| !record.is_empty());
    let (mut all, mut fitting) = (0_usize, 0_usize);
    for record in records {
        all += 1;
        let name = memchr::memchr(b'=', record).and_then(|at| record.get(..at)).unwrap_or_default();
        let named = name.iter().all(|b| b.is_ascii_alphanumeric() || b"_.:-/ ".contains(b));
        fitting += usize::from(named && !name.is_empty());
    }
    if fitting * 2 < all {
        return None;
    }
    if bytes.len() < item.bytes.len() {
        out.miss(gaps::SETTINGS, item);
    }
    Some(body.iter().map(|b| if matches!(b, 0x20..=0x7e) { *b } else { b'\n' }).collect())
}
