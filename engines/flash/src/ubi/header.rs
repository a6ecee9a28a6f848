//! Structures of UBI on the medium (`drivers/mtd/ubi/ubi-media.h`), all big-endian.

use crate::crc;
use duecare_base::Bin;

/// Magic of the header at the start of every erase block.
pub(super) const EC_MAGIC: &[u8; 4] = b"UBI#";
/// Size of both headers, in bytes.
pub(super) const HEADER_BYTES: usize = 64;
/// Volumes with numbers from here on are UBI's own.
pub(super) const INTERNAL_FROM: u32 = 0x7fff_efff;
/// The volume that holds the volume table.
pub(super) const TABLE_VOLUME: u32 = INTERNAL_FROM;
/// Size of a record of the volume table, in bytes.
pub(super) const RECORD_BYTES: usize = 172;
/// Most volumes that a table has.
pub(super) const RECORDS_MAX: usize = 128;

/// The header at the start of an erase block.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct EraseCounter {
    pub(super) version: u8,
    /// Where the second header stands in the block.
    pub(super) vid_offset: usize,
    /// Where the data stands in the block.
    pub(super) data_offset: usize,
    /// Random number of the image; 0 from old tools.
    pub(super) image_seq: u32,
}

/// Reads the header of an erase block; `None` when there is none.
pub(super) fn erase_counter(bytes: &[u8], at: usize) -> Option<EraseCounter> {
    let image = Bin::be(bytes);
    if !image.has(at, EC_MAGIC) || !sound(image, at) {
        return None;
    }
    let header = EraseCounter {
        version: image.u8(at + 4).ok()?,
        vid_offset: image.size32(at + 16).ok()?,
        data_offset: image.size32(at + 20).ok()?,
        image_seq: image.u32(at + 24).ok()?,
    };
    let ordered = header.vid_offset >= HEADER_BYTES
        && header.data_offset >= header.vid_offset.checked_add(HEADER_BYTES)?;
    ordered.then_some(header)
}

fn sound(image: Bin<'_>, at: usize) -> bool {
    let sum = image.slice(at, HEADER_BYTES - 4).map(crc::from_ones);
    sum.is_ok() && sum == image.u32(at + HEADER_BYTES - 4)
}

/// The header of a logical block.
#[derive(Debug, Clone, Copy)]
pub(super) struct VolumeId {
    pub(super) is_static: bool,
    /// A copy made while the original was still there: its data must be checked.
    pub(super) copy: bool,
    pub(super) volume: u32,
    /// Number of the logical block in the volume.
    pub(super) number: u32,
    /// Bytes of data, for static volumes and copies.
    pub(super) data_size: usize,
    /// Blocks that a static volume has.
    pub(super) used_blocks: usize,
    /// Bytes at the end of the block that the volume's alignment wastes.
    pub(super) data_pad: usize,
    pub(super) data_crc: u32,
    /// Newest wins: sequence number, then the version that UBI had before.
    pub(super) age: (u64, u32),
}

/// Why there is no [`VolumeId`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum NoVolumeId {
    /// Erased: the block is free.
    Blank,
    /// Something else, or a wrong checksum.
    Damaged,
}

/// Reads the header of a logical block.
pub(super) fn volume_id(bytes: &[u8], at: usize) -> Result<VolumeId, NoVolumeId> {
    let image = Bin::be(bytes);
    let raw = image.slice(at, HEADER_BYTES).map_err(|_| NoVolumeId::Damaged)?;
    if raw.iter().all(|byte| *byte == 0xff) {
        return Err(NoVolumeId::Blank);
    }
    if !raw.starts_with(b"UBI!") || !sound(image, at) {
        return Err(NoVolumeId::Damaged);
    }
    let read = || {
        Ok::<_, duecare_base::Short>(VolumeId {
            is_static: image.u8(at + 5)? == 2,
            copy: image.u8(at + 6)? != 0,
            volume: image.u32(at + 8)?,
            number: image.u32(at + 12)?,
            data_size: image.size32(at + 20)?,
            used_blocks: image.size32(at + 24)?,
            data_pad: image.size32(at + 28)?,
            data_crc: image.u32(at + 32)?,
            age: (image.u64(at + 40)?, image.u32(at + 16)?),
        })
    };
    read().map_err(|_| NoVolumeId::Damaged)
}

/// A volume as the table has it.
#[derive(Debug, Clone)]
pub(super) struct Record {
    pub(super) number: u32,
    pub(super) reserved_blocks: u32,
    pub(super) is_static: bool,
    /// An update was begun and not finished.
    pub(super) updating: bool,
    pub(super) name: String,
}

/// The records in use; `None` when one has a wrong checksum.
pub(super) fn table(bytes: &[u8]) -> Option<Vec<Record>> {
    let image = Bin::be(bytes);
    let mut records = Vec::new();
    for number in 0..RECORDS_MAX.min(bytes.len() / RECORD_BYTES) {
        let at = number * RECORD_BYTES;
        let sum = crc::from_ones(image.slice(at, RECORD_BYTES - 4).ok()?);
        if sum != image.u32(at + RECORD_BYTES - 4).ok()? {
            return None;
        }
        let reserved_blocks = image.u32(at).ok()?;
        if reserved_blocks == 0 {
            continue;
        }
        let name_size = usize::from(image.u16(at + 14).ok()?).min(127);
        records.push(Record {
            number: number as u32,
            reserved_blocks,
            is_static: image.u8(at + 12).ok()? == 2,
            updating: image.u8(at + 13).ok()? != 0,
            name: image.text(at + 16, name_size).ok()?,
        });
    }
    Some(records)
}
