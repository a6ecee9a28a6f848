//! The directory of a zip file: from its end, or from the local headers.

use bytes::Bytes;
use duecare_base::{Bin, Short};

/// Entries that are read of one archive; the budget stops most before.
const RECORDS_MAX: usize = 1_000_000;

/// The end of a central directory with the longest comment, in bytes.
const TAIL_BYTES: usize = 22 + 0xffff;

/// Ends of central directories that are looked at: nested archives have their own.
const ENDS_MAX: usize = 10_000;

/// One entry, as the central directory or its local header says.
pub(super) struct Record {
    pub(super) name: Vec<u8>,
    pub(super) flags: u16,
    pub(super) method: u16,
    pub(super) time: u16,
    pub(super) date: u16,
    pub(super) crc: u32,
    pub(super) packed: u64,
    pub(super) size: u64,
    /// System that wrote it (the upper byte of "version made by").
    pub(super) system: u8,
    pub(super) attributes: u32,
    /// Where its local header stands.
    pub(super) local: usize,
    /// The extra field.
    pub(super) extra: Vec<u8>,
}

impl Record {
    pub(super) fn encrypted(&self) -> bool {
        self.flags & 1 != 0
    }

    /// The fields of an extra block: identifier and content.
    pub(super) fn extra_field(&self, wanted: u16) -> Option<&[u8]> {
        let bin = Bin::le(&self.extra);
        let mut at = 0;
        while let (Ok(id), Ok(size)) = (bin.u16(at), bin.u16(at + 2)) {
            let size = usize::from(size);
            if id == wanted {
                return bin.slice(at + 4, size).ok();
            }
            at += 4 + size;
        }
        None
    }

    /// Takes 64-bit sizes from the extra field (APPNOTE 4.5.3).
    fn widen(&mut self, offset: Option<u64>) -> Option<u64> {
        let Some(field) = self.extra_field(1).map(<[u8]>::to_vec) else { return offset };
        let bin = Bin::le(&field);
        let mut at = 0;
        let mut take = |value: u64| -> u64 {
            if value != u64::from(u32::MAX) {
                return value;
            }
            let wide = bin.u64(at).unwrap_or(value);
            at += 8;
            wide
        };
        self.size = take(self.size);
        self.packed = take(self.packed);
        offset.map(take)
    }
}

/// A central directory.
pub(super) struct Directory {
    pub(super) records: Vec<Record>,
    /// How many entries it says it has.
    pub(super) count: u64,
    pub(super) start: usize,
    /// Where the archive ends.
    pub(super) end: usize,
    pub(super) comment: Vec<u8>,
}

/// Finds the directory of the archive that begins at the start of `input`: the one whose first
/// entry stands there. Archives stored inside have ends of their own before it.
pub(super) fn find(input: &Bytes) -> Option<Directory> {
    // Most archives end with their file; then those inside need not be looked at.
    let tail = input.len().saturating_sub(TAIL_BYTES);
    if let Some(at) = memchr::memmem::rfind(input.get(tail..)?, super::END)
        && let Ok(Some(directory)) = at_end(input, tail + at)
    {
        return Some(directory);
    }
    let mut from = 0;
    for _ in 0..ENDS_MAX {
        let at = from + memchr::memmem::find(input.get(from..)?, super::END)?;
        if let Ok(Some(directory)) = at_end(input, at) {
            return Some(directory);
        }
        from = at + 4;
    }
    None
}

fn at_end(input: &Bytes, at: usize) -> Result<Option<Directory>, Short> {
    let bin = Bin::le(input);
    let mut count = u64::from(bin.u16(at + 10)?);
    let mut size = bin.size32(at + 12)?;
    let mut offset = u64::from(bin.u32(at + 16)?);
    let comment_size = usize::from(bin.u16(at + 20)?);
    let comment = bin.tail(at + 22);
    let comment = comment.get(..comment_size).unwrap_or(comment);
    let mut directory_end = at;
    // The 64-bit end stands before, and its locator directly before this one (APPNOTE 4.3.14).
    if let Some(locator) = at.checked_sub(20).filter(|at| bin.has(*at, b"PK\x06\x07")) {
        let wide = (locator.saturating_sub(56)..locator).find(|at| bin.has(*at, b"PK\x06\x06"));
        let wide = match wide {
            Some(wide) => Some(wide),
            None => Some(bin.size64(locator + 8)?).filter(|at| bin.has(*at, b"PK\x06\x06")),
        };
        if let Some(wide) = wide {
            count = bin.u64(wide + 32)?;
            size = bin.size64(wide + 40)?;
            offset = bin.u64(wide + 48)?;
            directory_end = wide;
        }
    }
    let Some(start) = directory_end.checked_sub(size) else { return Ok(None) };
    if size > 0 && !bin.has(start, b"PK\x01\x02") {
        return Ok(None);
    }
    // Offsets count from the start of the archive, or of the file that it was appended to.
    let base = start as i128 - i128::from(offset);
    let records = central(bin, start, directory_end, base);
    let first = records.iter().map(|record| record.local).min();
    let split = usize::from(bin.has(0, b"PK00")) * 4;
    if records.is_empty() || first.is_none_or(|first| first != 0 && first != split) {
        return Ok(None);
    }
    let end = (at + 22 + comment.len()).min(input.len());
    Ok(Some(Directory { records, count, start, end, comment: comment.to_vec() }))
}

fn central(bin: Bin<'_>, start: usize, end: usize, base: i128) -> Vec<Record> {
    let mut records = Vec::new();
    let mut at = start;
    while at < end && bin.has(at, b"PK\x01\x02") && records.len() < RECORDS_MAX {
        let Ok((record, next)) = central_record(bin, at, base) else { break };
        records.extend(record);
        at = next;
    }
    records
}

fn central_record(bin: Bin<'_>, at: usize, base: i128) -> Result<(Option<Record>, usize), Short> {
    let name_size = usize::from(bin.u16(at + 28)?);
    let extra_size = usize::from(bin.u16(at + 30)?);
    let comment_size = usize::from(bin.u16(at + 32)?);
    let offset = u64::from(bin.u32(at + 42)?);
    let mut record = Record {
        name: bin.slice(at + 46, name_size)?.to_vec(),
        flags: bin.u16(at + 8)?,
        method: bin.u16(at + 10)?,
        time: bin.u16(at + 12)?,
        date: bin.u16(at + 14)?,
        crc: bin.u32(at + 16)?,
        packed: u64::from(bin.u32(at + 20)?),
        size: u64::from(bin.u32(at + 24)?),
        system: bin.u8(at + 5)?,
        attributes: bin.u32(at + 38)?,
        local: 0,
        extra: bin.slice(at + 46 + name_size, extra_size)?.to_vec(),
    };
    let offset = record.widen(Some(offset)).unwrap_or(offset);
    let next = at + 46 + name_size + extra_size + comment_size;
    let local = usize::try_from(base + i128::from(offset)).ok();
    let record = local.map(|local| Record { local, ..record });
    Ok((record, next))
}

/// Walks the local headers; gives the entries and where they end.
pub(super) fn locals(input: &Bytes, start: usize) -> (Vec<Record>, usize) {
    let bin = Bin::le(input);
    let mut records = Vec::new();
    let mut at = start;
    while bin.has(at, super::LOCAL) && records.len() < RECORDS_MAX {
        let Ok(Some((record, next))) = local_record(bin, at) else { break };
        records.push(record);
        at = next;
    }
    (records, at.min(input.len()))
}

fn local_record(bin: Bin<'_>, at: usize) -> Result<Option<(Record, usize)>, Short> {
    let name_size = usize::from(bin.u16(at + 26)?);
    let extra_size = usize::from(bin.u16(at + 28)?);
    let (version, method) = (bin.u16(at + 4)?, bin.u16(at + 8)?);
    let mut record = Record {
        name: bin.slice(at + 30, name_size)?.to_vec(),
        flags: bin.u16(at + 6)?,
        method,
        time: bin.u16(at + 10)?,
        date: bin.u16(at + 12)?,
        crc: bin.u32(at + 14)?,
        packed: u64::from(bin.u32(at + 18)?),
        size: u64::from(bin.u32(at + 22)?),
        system: 0,
        attributes: 0,
        local: at,
        extra: bin.slice(at + 30 + name_size, extra_size)?.to_vec(),
    };
    // Random bytes behind the magic don't get past these.
    let plausible = version & 0xff <= 63 && (method <= 20 || (93..=99).contains(&method));
    if !plausible || name_size == 0 || record.name.iter().any(|byte| *byte < b' ') {
        return Ok(None);
    }
    // A local header has no offset to widen; its sizes are what counts.
    let _ = record.widen(None);
    let data = at + 30 + name_size + extra_size;
    if record.flags & 8 != 0 && record.packed == 0 {
        // The sizes stand behind the content.
        let Some(next) = described(bin, data, &mut record) else {
            record.packed = bin.len().saturating_sub(data) as u64;
            record.size = u64::MAX;
            return Ok(Some((record, bin.len())));
        };
        return Ok(Some((record, next)));
    }
    let packed = usize::try_from(record.packed).unwrap_or(usize::MAX);
    Ok(Some((record, data.saturating_add(packed))))
}

/// Finds the data descriptor whose packed size fits its place (APPNOTE 4.3.9).
fn described(bin: Bin<'_>, data: usize, record: &mut Record) -> Option<usize> {
    let rest = bin.tail(data);
    for at in memchr::memmem::find_iter(rest, b"PK\x07\x08").take(ENDS_MAX) {
        let (packed, wide) = (bin.u32(data + at + 8).ok()?, bin.u64(data + at + 8).ok());
        if u64::from(packed) == at as u64 {
            record.crc = bin.u32(data + at + 4).ok()?;
            record.size = u64::from(bin.u32(data + at + 12).ok()?);
            record.packed = at as u64;
            return Some(data + at + 16);
        }
        if wide == Some(at as u64) {
            record.crc = bin.u32(data + at + 4).ok()?;
            record.size = bin.u64(data + at + 16).ok()?;
            record.packed = at as u64;
            return Some(data + at + 24);
        }
    }
    None
}
