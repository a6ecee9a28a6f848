//! Extended attributes of version 4.

use super::Image;
use super::metadata::Place;
use crate::tree::Trouble;
use duecare_base::Bin;

/// Name prefixes by their number.
const PREFIXES: [&str; 3] = ["user.", "trusted.", "security."];

/// The value stands elsewhere and is shared.
const OUT_OF_LINE: u16 = 0x100;

/// Attributes of one inode; Linux allows 64 KiB of them.
const COUNT_MAX: usize = 1024;

/// Longest value, in bytes, as Linux limits it.
const VALUE_BYTES_MAX: usize = 65_536;

impl Image<'_> {
    /// The attributes with this index in the table.
    pub(super) fn xattrs(&mut self, index: u32) -> Result<Vec<(String, Vec<u8>)>, Trouble> {
        let Some(table) = self.sb.xattr_table else { return Ok(Vec::new()) };
        let base = Bin::new(self.input, self.sb.endian).u64(table)?;
        let entry =
            self.metadata.table_entry(table + 16, 8, 16, index as usize, &mut self.decoder)?;
        let bin = Bin::new(&entry, self.sb.endian);
        let (place, count) = (xattr_place(base, bin.u64(0)?), bin.size32(8)?);
        let len = bin.size32(12)?.saturating_add(count.saturating_mul(16));
        // The stored size leaves out headers in some versions; read as far as there is.
        let (bytes, _) = self.metadata.read(place, len, &mut self.decoder);
        let bin = Bin::new(&bytes, self.sb.endian);
        let mut attributes = Vec::new();
        let mut at = 0;
        for _ in 0..count.min(COUNT_MAX) {
            let (kind, name_size) = (bin.u16(at)?, usize::from(bin.u16(at + 2)?));
            let prefix = PREFIXES.get(usize::from(kind & 0xff)).copied().unwrap_or("unknown.");
            let name = String::from_utf8_lossy(bin.slice(at + 4, name_size)?).into_owned();
            at += 4 + name_size;
            let size = bin.size32(at)?;
            let stored = bin.slice(at + 4, size)?;
            let value = if kind & OUT_OF_LINE == 0 {
                stored.to_vec()
            } else {
                let reference = Bin::new(stored, self.sb.endian).u64(0)?;
                self.shared_value(xattr_place(base, reference))?
            };
            self.budget.take_memory(value.len() + name.len())?;
            attributes.push((format!("{prefix}{name}"), value));
            at += 4 + size;
        }
        Ok(attributes)
    }

    fn shared_value(&mut self, place: Place) -> Result<Vec<u8>, Trouble> {
        let size = self.metadata.exact(place, 4, &mut self.decoder)?;
        let size = Bin::new(&size, self.sb.endian).size32(0)?.min(VALUE_BYTES_MAX);
        let whole = self.metadata.exact(place, 4 + size, &mut self.decoder)?;
        Ok(whole.get(4..).unwrap_or_default().to_vec())
    }
}

fn xattr_place(base: u64, reference: u64) -> Place {
    Place { block: base.saturating_add(reference >> 16), offset: (reference & 0xffff) as usize }
}
