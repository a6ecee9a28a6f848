//! Folders: runs of names whose inodes share a metadata block.

use super::Image;
use super::inode::bit_pair;
use super::metadata::Place;
use crate::tree::{Listing, Trouble};
use duecare_base::{Bin, Short};

/// Names in one run; more are a sign of damage.
const RUN_NAMES_MAX: usize = 256;

impl Image<'_> {
    /// What the folder at `place` of the folder table lists; inodes are `block << 16 | offset`.
    pub(super) fn listing(&mut self, place: Place, size: usize) -> Listing<u64> {
        let (bytes, trouble) = self.metadata.read(place, size, &mut self.decoder);
        let mut listing = Listing { entries: Vec::new(), trouble };
        if let Err(error) = self.runs(&bytes, &mut listing) {
            let trouble = Trouble::damaged(usize::try_from(place.block).unwrap_or(0), error);
            listing.trouble.get_or_insert(trouble);
        }
        if let Err(limit) = self.budget.take_work(bytes.len()) {
            listing.trouble = Some(limit.into());
        }
        listing
    }

    fn runs(&self, bytes: &[u8], listing: &mut Listing<u64>) -> Result<(), String> {
        let bin = Bin::new(bytes, self.sb.endian);
        let mut at = 0;
        // Some writers count up to three bytes more than there are.
        while at + 4 <= bytes.len() {
            let (count, block, len) = self.run_header(bin, at).map_err(|e| e.to_string())?;
            at += len;
            if count > RUN_NAMES_MAX {
                return Err(format!("a run of {count} names in a folder"));
            }
            for _ in 0..count {
                let (offset, front, size) =
                    self.name_header(bin, at).map_err(|error| error.to_string())?;
                let name = bin.slice(at + front, size).map_err(|error| error.to_string())?;
                listing.add(name, block << 16 | offset);
                at += front + size;
            }
        }
        Ok(())
    }

    /// Number of names, metadata block of their inodes, size of the header.
    fn run_header(&self, bin: Bin<'_>, at: usize) -> Result<(usize, u64, usize), Short> {
        if self.sb.major == 4 {
            let count = bin.size32(at)?.saturating_add(1);
            return Ok((count, u64::from(bin.u32(at + 4)?), 12));
        }
        let count = usize::from(bin.u8(at)?) + 1;
        if self.sb.major == 3 {
            return Ok((count, u64::from(bin.u32(at + 1)?), 9));
        }
        let (_, block) = bit_pair(bin, at, 4, 8)?;
        Ok((count, block, 4))
    }

    /// Offset of the inode in its block, size of the front, size of the name.
    fn name_header(&self, bin: Bin<'_>, at: usize) -> Result<(u64, usize, usize), Short> {
        if self.sb.major == 4 {
            let size = usize::from(bin.u16(at + 6)?) + 1;
            return Ok((u64::from(bin.u16(at)?), 8, size));
        }
        let (offset, _) = bit_pair(bin, at, 2, 13)?;
        let size = usize::from(bin.u8(at + 2)?) + 1;
        Ok((offset, if self.sb.major == 3 { 5 } else { 3 }, size))
    }
}
