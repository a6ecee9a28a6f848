//! One column of one table of an SQLite file (format 3, <https://www.sqlite.org/fileformat2.html>):
//! enough to read rpm's `rpmdb.sqlite`.
//!
//! Left out on purpose: indexes, write-ahead logs, `WITHOUT ROWID` tables, text in UTF-16.

use super::Values;
use duecare_base::Bin;

/// B-tree levels; a table of 2^64 rows has fewer.
const DEPTH_MAX: usize = 24;

/// Rows that are read.
const ROWS_MAX: usize = 200_000;

/// Pages that one walk may visit: bounds trees whose pages point to one another.
const VISITS_MAX: usize = 1_000_000;

/// Bytes that all values together may have.
const VALUES_BYTES_MAX: usize = 512 << 20;

const LEAF: u8 = 13;
const INTERIOR: u8 = 5;

/// The blobs in column `column` of `table`, in the order of rows.
pub(super) fn blobs(bytes: &[u8], table: &str, column: usize) -> Values {
    let fail = Values::none;
    let raw = Bin::be(bytes);
    if !raw.has(0, b"SQLite format 3\0") {
        return fail("not an SQLite file");
    }
    let page_size = match raw.u16(16) {
        Ok(1) => 65_536,
        Ok(size) if size >= 512 => usize::from(size),
        _ => return fail("its page size is none"),
    };
    let reserved = raw.u8(20).map_or(0, usize::from);
    let Some(usable) = page_size.checked_sub(reserved).filter(|usable| *usable >= 480) else {
        return fail("its pages have no room");
    };
    let file = File { raw, page_size, usable };
    // The schema: type, name, tbl_name, rootpage, sql.
    let (schema, _) = file.rows(1);
    let root = schema.iter().find_map(|row| {
        let text = |column| column_of(row, column).map(|(_, value)| value);
        if text(0)? != b"table" || text(1)? != table.as_bytes() {
            return None;
        }
        let value = text(3)?;
        (value.len() <= 4)
            .then(|| value.iter().fold(0_usize, |n, byte| n << 8 | usize::from(*byte)))
    });
    let Some(root) = root else { return fail("it has no table of packages") };
    let (rows, whole) = file.rows(root);
    let blobs = rows
        .iter()
        .filter_map(|row| column_of(row, column))
        .filter(|(kind, _)| *kind >= 12)
        .map(|(_, value)| value.to_vec())
        .collect();
    let problem = (!whole).then(|| "some of its pages could not be read".to_owned());
    Values { found: blobs, problem }
}

struct File<'a> {
    raw: Bin<'a>,
    page_size: usize,
    usable: usize,
}

impl File<'_> {
    /// The records of a table, and whether all could be read.
    fn rows(&self, root: usize) -> (Vec<Vec<u8>>, bool) {
        let mut rows = Vec::new();
        let mut whole = true;
        let mut total = 0_usize;
        let mut visits = 0_usize;
        let mut open = vec![(root, 0_usize)];
        while let Some((page, depth)) = open.pop() {
            visits += 1;
            if visits > VISITS_MAX || depth > DEPTH_MAX || rows.len() > ROWS_MAX {
                return (rows, false);
            }
            let Some(cells) = self.cells(page) else {
                whole = false;
                continue;
            };
            if let Some(right) = cells.right {
                open.push((right, depth + 1));
            }
            // A stack: the last child goes in first.
            for at in cells.at.iter().rev().filter(|_| !cells.leaf) {
                match self.raw.size32(*at) {
                    Ok(child) => open.push((child, depth + 1)),
                    Err(_) => whole = false,
                }
            }
            for at in cells.at.iter().filter(|_| cells.leaf) {
                match self.payload(*at) {
                    Some(row) if total.saturating_add(row.len()) <= VALUES_BYTES_MAX => {
                        total += row.len();
                        rows.push(row);
                    }
                    _ => whole = false,
                }
            }
        }
        (rows, whole)
    }

    fn cells(&self, page: usize) -> Option<Cells> {
        let base = page.checked_sub(1)?.checked_mul(self.page_size)?;
        let head = if page == 1 { base + 100 } else { base };
        let kind = self.raw.u8(head).ok()?;
        let count = usize::from(self.raw.u16(head + 3).ok()?).min(self.page_size / 4);
        let (leaf, right, list) = match kind {
            LEAF => (true, None, head + 8),
            INTERIOR => (false, Some(self.raw.size32(head + 8).ok()?), head + 12),
            _ => return None,
        };
        let at = (0..count)
            .map(|index| Some(base + usize::from(self.raw.u16(list + index * 2).ok()?)))
            .collect::<Option<_>>()?;
        Some(Cells { leaf, right, at })
    }

    /// A row's record, put together with what overflows (section 1.6).
    fn payload(&self, at: usize) -> Option<Vec<u8>> {
        let (size, at) = varint(&self.raw, at)?;
        let (_row_id, at) = varint(&self.raw, at)?;
        let size = usize::try_from(size).ok().filter(|size| *size <= self.raw.len())?;
        let most = self.usable - 35;
        if size <= most {
            return self.raw.slice(at, size).ok().map(<[u8]>::to_vec);
        }
        let least = (self.usable - 12) * 32 / 255 - 23;
        let rest = least + (size - least) % (self.usable - 4);
        let local = if rest <= most { rest } else { least };
        let mut record = self.raw.slice(at, local).ok()?.to_vec();
        let mut next = self.raw.size32(at.checked_add(local)?).ok()?;
        while record.len() < size {
            let base = next.checked_sub(1)?.checked_mul(self.page_size)?;
            let take = (self.usable - 4).min(size - record.len());
            record.extend_from_slice(self.raw.slice(base.checked_add(4)?, take).ok()?);
            next = self.raw.size32(base).ok()?;
        }
        Some(record)
    }
}

struct Cells {
    leaf: bool,
    right: Option<usize>,
    at: Vec<usize>,
}

/// Serial type and bytes of a record's column (section 2.1).
fn column_of(record: &[u8], column: usize) -> Option<(u64, &[u8])> {
    let raw = Bin::be(record);
    let (head, mut at) = varint(&raw, 0)?;
    let mut body = usize::try_from(head).ok()?;
    let end = body;
    let mut index = 0;
    while at < end {
        let (kind, next) = varint(&raw, at)?;
        let size = match kind {
            0 | 8 | 9 => 0,
            1..=4 => usize::try_from(kind).ok()?,
            5 => 6,
            6 | 7 => 8,
            10 | 11 => return None,
            _ => usize::try_from((kind - 12) / 2).ok()?,
        };
        if index == column {
            return raw.slice(body, size).ok().map(|value| (kind, value));
        }
        body = body.checked_add(size)?;
        at = next;
        index += 1;
    }
    None
}

/// A big-endian number of seven bits a byte, nine bytes at most, and where it ends.
fn varint(raw: &Bin<'_>, at: usize) -> Option<(u64, usize)> {
    let mut value = 0_u64;
    for index in 0..9_usize {
        let place = at.checked_add(index)?;
        let byte = raw.u8(place).ok()?;
        if index == 8 {
            return Some((value << 8 | u64::from(byte), place + 1));
        }
        value = value << 7 | u64::from(byte & 0x7f);
        if byte & 0x80 == 0 {
            return Some((value, place + 1));
        }
    }
    None
}
