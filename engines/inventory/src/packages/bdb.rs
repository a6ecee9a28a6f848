//! The values of a Berkeley DB hash file, which rpm kept its packages in until 2020 (format as
//! written by Berkeley DB 4 and 5: `db_page.h`, `hash.h`). Both byte orders.
//!
//! Left out on purpose: keys, and anything that a hash look-up would need.

use super::Values;
use duecare_base::{Bin, Endian};

const HASH_MAGIC: u32 = 0x0006_1561;
const PAGE_HEAD_BYTES: usize = 26;

/// Types of pages.
const PAGE_HASH_UNSORTED: u8 = 2;
const PAGE_HASH: u8 = 13;
const PAGE_OVERFLOW: u8 = 7;

/// Types of entries.
const ENTRY_INLINE: u8 = 1;
const ENTRY_OFF_PAGE: u8 = 3;

/// Bytes that all values together may have: the database is never smaller than them, save when
/// entries share pages, which a hostile file may do.
const VALUES_BYTES_MAX: usize = 512 << 20;

/// The values of all entries, in the order of pages.
pub(super) fn values(bytes: &[u8]) -> Values {
    let endian = match (Bin::le(bytes).u32(12), Bin::be(bytes).u32(12)) {
        (Ok(HASH_MAGIC), _) => Endian::Little,
        (_, Ok(HASH_MAGIC)) => Endian::Big,
        _ => return Values::none("not a hash file of Berkeley DB"),
    };
    let raw = Bin::new(bytes, endian);
    let page_size = raw.size32(20).unwrap_or(0);
    if !(512..=65_536).contains(&page_size) || !page_size.is_power_of_two() {
        return Values::none(&format!("a page size of {page_size} bytes is none"));
    }
    let file = File { raw, page_size };
    let mut values = Vec::new();
    let mut total = 0_usize;
    let mut broken = 0_usize;
    for page in 1..bytes.len() / page_size {
        for value in file.page_values(page) {
            match value {
                Some(value) => {
                    total = total.saturating_add(value.len());
                    if total > VALUES_BYTES_MAX {
                        let problem = Some("its values are larger than the file".to_owned());
                        return Values { found: values, problem };
                    }
                    values.push(value);
                }
                None => broken += 1,
            }
        }
    }
    let problem = (broken > 0).then(|| format!("{broken} entries could not be read"));
    Values { found: values, problem }
}

struct File<'a> {
    raw: Bin<'a>,
    page_size: usize,
}

impl File<'_> {
    fn page_values(&self, page: usize) -> Vec<Option<Vec<u8>>> {
        let base = page.saturating_mul(self.page_size);
        let kind = self.raw.u8(base.saturating_add(25)).unwrap_or(0);
        if !matches!(kind, PAGE_HASH | PAGE_HASH_UNSORTED) {
            return Vec::new();
        }
        let entries = usize::from(self.raw.u16(base + 20).unwrap_or(0));
        let entries = entries.min((self.page_size - PAGE_HEAD_BYTES) / 2);
        let start = |index: usize| {
            let at = self.raw.u16(base + PAGE_HEAD_BYTES + index * 2).ok().map(usize::from)?;
            (at < self.page_size).then_some(at)
        };
        // Keys and values take turns; entries are laid from the page's end towards its head.
        (1..entries)
            .step_by(2)
            .map(|index| {
                let at = start(index)?;
                let end = start(index - 1)?;
                match self.raw.u8(base + at).ok()? {
                    ENTRY_INLINE => {
                        let size = end.checked_sub(at + 1)?;
                        self.raw.slice(base + at + 1, size).ok().map(<[u8]>::to_vec)
                    }
                    ENTRY_OFF_PAGE => {
                        let first = self.raw.size32(base + at + 4).ok()?;
                        let size = self.raw.size32(base + at + 8).ok()?;
                        self.overflow(first, size)
                    }
                    _ => None,
                }
            })
            .collect()
    }

    /// A value that is chained over pages of its own.
    fn overflow(&self, first: usize, size: usize) -> Option<Vec<u8>> {
        if size > self.raw.len() {
            return None;
        }
        let mut value = Vec::new();
        let mut page = first;
        // Each page adds a byte at least, so the size bounds the chain.
        while value.len() < size {
            let base = page.checked_mul(self.page_size)?;
            if self.raw.u8(base.checked_add(25)?).ok()? != PAGE_OVERFLOW {
                return None;
            }
            let length = usize::from(self.raw.u16(base + 22).ok()?);
            let room = self.page_size - PAGE_HEAD_BYTES;
            let take = length.min(room).min(size - value.len());
            if take == 0 {
                return None;
            }
            value.extend_from_slice(self.raw.slice(base + PAGE_HEAD_BYTES, take).ok()?);
            page = self.raw.size32(base + 16).ok()?;
        }
        Some(value)
    }
}
