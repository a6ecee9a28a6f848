//! The resource table, `resources.arsc`: what a resource number stands for.

use super::pool::Pool;
use super::{Chunk, Value, chunk, chunks};
use duecare_base::{Bin, Short};

const TABLE: u16 = 0x0002;
const POOL: u16 = 0x0001;
const PACKAGE: u16 = 0x0200;
const TYPE: u16 = 0x0201;

/// References that are followed from one resource to the next.
const REFERENCES_MAX: usize = 8;

/// References that are followed side by side: a resource has few configurations.
const REFERENCES_WIDE: usize = 64;

/// A table; entries are read when asked for.
#[derive(Debug)]
pub(crate) struct Table<'a> {
    pool: Pool<'a>,
    packages: Vec<(u32, Vec<Chunk<'a>>)>,
}

impl<'a> Table<'a> {
    /// A table; `None` when the bytes are something else.
    pub(crate) fn read(bytes: &'a [u8]) -> Option<Self> {
        let outer = chunk(Bin::le(bytes), 0).ok().filter(|outer| outer.kind == TABLE)?;
        let parts = chunks(outer.bin, outer.header);
        let pool = parts.iter().find(|part| part.kind == POOL)?;
        let packages = parts
            .iter()
            .filter(|part| part.kind == PACKAGE)
            .filter_map(|part| {
                let types = chunks(part.bin, part.header);
                let types = types.into_iter().filter(|one| one.kind == TYPE).collect();
                Some((part.bin.u32(8).ok()?, types))
            })
            .collect();
        Some(Self { pool: Pool::read(pool).ok()?, packages })
    }

    /// Every value that a resource has in some configuration, references followed.
    pub(crate) fn values(&self, id: u32) -> Vec<Value> {
        let mut found = Vec::new();
        let mut wanted = vec![id];
        for _ in 0..REFERENCES_MAX {
            let mut next = Vec::new();
            for id in wanted {
                for value in self.direct(id) {
                    match value {
                        Value::Reference(other) if other != id => next.push(other),
                        value => found.push(value),
                    }
                }
            }
            next.sort_unstable();
            next.dedup();
            next.truncate(REFERENCES_WIDE);
            wanted = next;
        }
        found
    }

    fn direct(&self, id: u32) -> Vec<Value> {
        let (package, kind, entry) = (id >> 24, (id >> 16) & 0xff, id & 0xffff);
        self.packages
            .iter()
            .filter(|(number, _)| number & 0xff == package)
            .flat_map(|(_, types)| types)
            .filter(|one| one.bin.u8(8).is_ok_and(|number| u32::from(number) == kind))
            .filter_map(|one| self.entry(one, entry).ok().flatten())
            .collect()
    }

    fn entry(&self, one: &Chunk<'a>, entry: u32) -> Result<Option<Value>, Short> {
        let bin = one.bin;
        let (flags, count, start) = (bin.u8(9)?, bin.u32(12)?, bin.size32(16)?);
        let Some(offset) = offset(bin, one.header, flags, count, entry)? else { return Ok(None) };
        let at = start.saturating_add(offset);
        let entry_flags = bin.u16(at.saturating_add(2))?;
        if entry_flags & 0x0008 != 0 {
            // Compact: the value's type is in the upper half of the flags.
            let [_, kind] = entry_flags.to_le_bytes();
            let data = bin.u32(at + 4)?;
            return Ok(Some(Value::typed(kind, data, |index| self.pool.text(index))));
        }
        if entry_flags & 0x0001 != 0 {
            return Ok(Some(Value::Other));
        }
        let at = at.saturating_add(usize::from(bin.u16(at)?));
        let (kind, data) = (bin.u8(at.saturating_add(3))?, bin.u32(at.saturating_add(4))?);
        Ok(Some(Value::typed(kind, data, |index| self.pool.text(index))))
    }
}

/// Where an entry begins among its type's entries.
fn offset(
    bin: Bin<'_>,
    header: usize,
    flags: u8,
    count: u32,
    entry: u32,
) -> Result<Option<usize>, Short> {
    if flags & 0x01 != 0 {
        // Sparse: pairs of entry and offset / 4.
        for index in 0..(count as usize).min(bin.len() / 4) {
            let at = header + index * 4;
            if u32::from(bin.u16(at)?) == entry {
                return Ok(Some(usize::from(bin.u16(at + 2)?) * 4));
            }
        }
        return Ok(None);
    }
    if entry >= count {
        return Ok(None);
    }
    if flags & 0x02 != 0 {
        let short = bin.u16(header + entry as usize * 2)?;
        return Ok((short != u16::MAX).then_some(usize::from(short) * 4));
    }
    let long = bin.u32(header + entry as usize * 4)?;
    Ok((long != u32::MAX).then_some(long as usize))
}
