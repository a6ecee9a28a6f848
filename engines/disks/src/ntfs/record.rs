//! Records of the master file table and their attributes.

use crate::volume::utf16_le;
use bytes::Bytes;
use duecare_base::{Bin, Short};

const SECTOR_BYTES: usize = 512;
const ATTRIBUTE_STANDARD: u32 = 0x10;
const ATTRIBUTE_NAME: u32 = 0x30;
const ATTRIBUTE_DATA: u32 = 0x80;
const ATTRIBUTE_REPARSE: u32 = 0xc0;
const ATTRIBUTE_END: u32 = u32::MAX;

/// Namespace of names that only DOS sees.
const NAMESPACE_DOS: u8 = 2;

/// Reparse point that is a symbolic link.
const REPARSE_LINK: u32 = 0xa000_000c;
/// Reparse point that is a junction.
const REPARSE_MOUNT: u32 = 0xa000_0003;

/// Seconds between 1601 and 1970.
const EPOCH_SECONDS: i64 = 11_644_473_600;

/// A row of clusters; without a start it is a hole.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Run {
    pub(super) start: Option<u64>,
    pub(super) clusters: u64,
}

/// The bytes of a file.
#[derive(Debug, Clone)]
pub(super) enum Data {
    Resident(Bytes),
    Runs {
        runs: Vec<Run>,
        size: u64,
        /// Bytes that were written.
        valid: u64,
        /// Clusters of a compression unit as a power of two; 0 for none.
        unit: u16,
        encrypted: bool,
        /// First cluster of the file that this piece holds.
        first: u64,
    },
}

/// What records say of a file.
#[derive(Debug, Clone, Default)]
pub(super) struct File {
    pub(super) folder: bool,
    /// Number of the folder and the name in it.
    pub(super) names: Vec<(u64, String)>,
    pub(super) data: Option<Data>,
    pub(super) link: Option<String>,
    pub(super) modified: i64,
    pub(super) streams: usize,
}

impl File {
    /// Adds what another record of the same file says.
    pub(super) fn merge(&mut self, other: Self) {
        self.folder |= other.folder;
        self.names.extend(other.names);
        self.link = self.link.take().or(other.link);
        if self.modified == 0 {
            self.modified = other.modified;
        }
        self.data = match (self.data.take(), other.data) {
            (Some(a), Some(b)) => Some(joined(a, b)),
            (a, b) => a.or(b),
        };
    }
}

/// Two pieces of a file's data, in the order of their clusters.
fn joined(a: Data, b: Data) -> Data {
    let first = |data: &Data| if let Data::Runs { first, .. } = data { *first } else { 0 };
    let (mut front, back) = if first(&a) <= first(&b) { (a, b) } else { (b, a) };
    if let (Data::Runs { runs, .. }, Data::Runs { runs: more, .. }) = (&mut front, back) {
        runs.extend(more);
    }
    front
}

/// A record.
#[derive(Debug)]
pub(super) struct Record {
    pub(super) in_use: bool,
    /// The record that this one adds to.
    pub(super) base: Option<u64>,
    pub(super) file: File,
}

/// Reads a record; `None` when it is damaged. `raw` is repaired in place: the last two bytes of
/// each sector stand in an array at its start.
pub(super) fn read(raw: &mut [u8]) -> Option<Record> {
    repair(raw)?;
    let bin = Bin::le(raw);
    let flags = bin.u16(22).ok()?;
    let base = bin.u64(32).ok()? & 0xffff_ffff_ffff;
    let mut file = File { folder: flags & 2 != 0, ..File::default() };
    let mut at = usize::from(bin.u16(20).ok()?);
    while let (Ok(kind), Ok(len)) = (bin.u32(at), bin.size32(at + 4)) {
        if kind == ATTRIBUTE_END || len < 16 {
            break;
        }
        let attribute = Bin::le(bin.slice(at, len).ok()?);
        // An attribute that falls short is passed over; the others may be whole.
        add(kind, attribute, &mut file).ok();
        at += len;
    }
    Some(Record { in_use: flags & 1 != 0, base: (base != 0).then_some(base), file })
}

fn repair(raw: &mut [u8]) -> Option<()> {
    let bin = Bin::le(raw);
    if !bin.has(0, b"FILE") {
        return None;
    }
    let (at, count) = (usize::from(bin.u16(4).ok()?), usize::from(bin.u16(6).ok()?));
    let mark: [u8; 2] = bin.array(at).ok()?;
    for index in 1..count {
        let right: [u8; 2] = Bin::le(raw).array(at + index * 2).ok()?;
        let end = index * SECTOR_BYTES;
        let place = raw.get_mut(end - 2..end)?;
        if place != mark {
            return None;
        }
        place.copy_from_slice(&right);
    }
    Some(())
}

fn add(kind: u32, attribute: Bin<'_>, file: &mut File) -> Result<(), Short> {
    let resident = attribute.u8(8)? == 0;
    let value = || {
        let (len, at) = (attribute.size32(16)?, usize::from(attribute.u16(20)?));
        attribute.slice(at, len).map(Bin::le)
    };
    match kind {
        ATTRIBUTE_STANDARD if resident => {
            let ticks = value()?.u64(8)?;
            file.modified = i64::try_from(ticks / 10_000_000).unwrap_or(0) - EPOCH_SECONDS;
        }
        ATTRIBUTE_NAME if resident => {
            let value = value()?;
            let (len, namespace) = (usize::from(value.u8(64)?) * 2, value.u8(65)?);
            if namespace != NAMESPACE_DOS {
                let parent = value.u64(0)? & 0xffff_ffff_ffff;
                file.names.push((parent, utf16_le(value.slice(66, len)?)));
            }
        }
        ATTRIBUTE_DATA if attribute.u8(9)? != 0 => file.streams += 1,
        ATTRIBUTE_DATA if resident => {
            let bytes = value()?.bytes();
            // Links as Interix and ntfs-3g write them.
            match bytes.strip_prefix(b"IntxLNK\x01") {
                Some(target) => file.link = Some(utf16_le(target)),
                None => file.data = Some(Data::Resident(Bytes::copy_from_slice(bytes))),
            }
        }
        ATTRIBUTE_DATA => {
            let piece = runs(attribute)?;
            file.data = Some(match file.data.take() {
                Some(other) => joined(other, piece),
                None => piece,
            });
        }
        ATTRIBUTE_REPARSE if resident => file.link = link(value()?)?,
        _ => {}
    }
    Ok(())
}

fn link(value: Bin<'_>) -> Result<Option<String>, Short> {
    let kind = value.u32(0)?;
    let path = match kind {
        REPARSE_LINK => 20,
        REPARSE_MOUNT => 16,
        _ => return Ok(None),
    };
    // The name that people see, else the one that Windows uses.
    let (printed, printed_len) = (usize::from(value.u16(12)?), usize::from(value.u16(14)?));
    let (used, used_len) = (usize::from(value.u16(8)?), usize::from(value.u16(10)?));
    let (at, len) = if printed_len > 0 { (printed, printed_len) } else { (used, used_len) };
    Ok(Some(utf16_le(value.slice(path + at, len)?).replace('\\', "/")))
}

fn runs(attribute: Bin<'_>) -> Result<Data, Short> {
    let flags = attribute.u16(12)?;
    let first = attribute.u64(16)?;
    // Later pieces of a file have no sizes.
    let (size, valid) = if first == 0 { (attribute.u64(48)?, attribute.u64(56)?) } else { (0, 0) };
    let unit = if flags & 0xff != 0 { attribute.u16(34)? } else { 0 };
    let mut runs = Vec::new();
    let mut at = usize::from(attribute.u16(32)?);
    let mut start = 0_i64;
    while let Ok(sizes) = attribute.u8(at) {
        let (len, shift) = (usize::from(sizes & 15), usize::from(sizes >> 4));
        if len == 0 || len > 8 || shift > 8 {
            break;
        }
        let clusters = attribute.slice(at + 1, len)?;
        let clusters = clusters.iter().rev().fold(0_u64, |sum, b| sum << 8 | u64::from(*b));
        let step = attribute.slice(at + 1 + len, shift)?;
        let negative = step.last().is_some_and(|byte| *byte >= 0x80);
        let begin = if negative { -1_i64 } else { 0 };
        let step = step.iter().rev().fold(begin, |sum, byte| sum << 8 | i64::from(*byte));
        start = start.wrapping_add(step);
        let place = (shift > 0).then(|| u64::try_from(start).unwrap_or(u64::MAX));
        runs.push(Run { start: place, clusters });
        at += 1 + len + shift;
    }
    Ok(Data::Runs { runs, size, valid, unit, encrypted: flags & 0x4000 != 0, first })
}
