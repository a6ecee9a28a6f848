//! Master boot record with primary, extended and logical partitions.
//!
//! Source: the layout that every PC BIOS and Linux's `msdos` partition driver use. Strict, because
//! the boot sectors of FAT and NTFS end with the same two bytes.

use bytes::Bytes;
use duecare_base::Bin;
use duecare_unpack::{Context, Format, Found, ProblemKind, Signature};

const SECTOR_BYTES: usize = 512;
const ENTRIES_AT: usize = 446;
const TYPE_PROTECTIVE: u8 = 0xee;

/// Logical partitions in a chain; Linux stops at 60.
const LOGICAL_MAX: usize = 64;

/// Master boot record.
pub(crate) struct Mbr;

#[derive(Debug, Clone, Copy)]
struct Entry {
    status: u8,
    kind: u8,
    start: usize,
    sectors: usize,
}

impl Entry {
    fn is_extended(self) -> bool {
        matches!(self.kind, 0x05 | 0x0f | 0x85)
    }
}

impl Format for Mbr {
    fn name(&self) -> &'static str {
        "mbr"
    }

    fn signatures(&self) -> &'static [Signature] {
        const { &[Signature::start(&[0x55, 0xaa]).with_offset(510)] }
    }

    fn read(&self, input: &Bytes, _: &Context<'_>) -> Option<Found> {
        let bin = Bin::le(input);
        if !bin.has(510, &[0x55, 0xaa]) {
            return None;
        }
        let entries = entries(bin, 0)?;
        if !is_table(&entries, input.len() / SECTOR_BYTES) {
            return None;
        }
        let last = entries.iter().map(|entry| entry.start.saturating_add(entry.sectors)).max()?;
        let mut found = Found::new(last.saturating_mul(SECTOR_BYTES).min(input.len()));
        let signature = bin.u32(440).ok()?;
        found.fact("disk signature", format!("{signature:08x}"));
        for (index, entry) in entries.iter().enumerate().filter(|(_, entry)| entry.kind != 0) {
            let name = format!("part{}", index + 1);
            if entry.is_extended() {
                logical(input, entry.start, &mut found);
            } else {
                add(input, &name, *entry, &mut found);
            }
        }
        Some(found)
    }
}

fn entries(bin: Bin<'_>, sector: usize) -> Option<Vec<Entry>> {
    let base = sector.checked_mul(SECTOR_BYTES)?.checked_add(ENTRIES_AT)?;
    (0..4)
        .map(|index| {
            let at = base + index * 16;
            Some(Entry {
                status: bin.u8(at).ok()?,
                kind: bin.u8(at + 4).ok()?,
                start: bin.size32(at + 8).ok()?,
                sectors: bin.size32(at + 12).ok()?,
            })
        })
        .collect()
}

/// Whether four entries read as a partition table: at least one, all well formed, none over
/// another, the first inside the image.
fn is_table(entries: &[Entry], sectors: usize) -> bool {
    let used: Vec<_> = entries.iter().filter(|entry| entry.kind != 0).collect();
    let formed = entries.iter().all(|entry| {
        let empty = entry.kind == 0 && entry.sectors == 0 && entry.status == 0;
        let whole = entry.start > 0 && entry.sectors > 0 && matches!(entry.status, 0 | 0x80);
        empty || (entry.kind != 0 && whole)
    });
    let apart = used.iter().enumerate().all(|(index, a)| {
        used.iter().skip(index + 1).all(|b| {
            a.start.saturating_add(a.sectors) <= b.start
                || b.start.saturating_add(b.sectors) <= a.start
        })
    });
    formed && apart && used.iter().any(|entry| entry.start < sectors)
}

fn add(input: &Bytes, name: &str, entry: Entry, found: &mut Found) {
    found.fact("partition", format!("{name} type {:#04x}", entry.kind));
    let offset = entry.start.saturating_mul(SECTOR_BYTES);
    if entry.kind == TYPE_PROTECTIVE {
        let message = "a protective entry stands for a GPT that can't be read";
        found.problem(ProblemKind::Damaged, Some(offset), message);
    }
    found.slice(input, name, offset, entry.sectors.saturating_mul(SECTOR_BYTES));
}

/// Follows the chain of logical partitions; each link stands relative to the extended one.
fn logical(input: &Bytes, extended: usize, found: &mut Found) {
    let bin = Bin::le(input);
    let mut sector = extended;
    for number in 0..LOGICAL_MAX {
        let at = sector.saturating_mul(SECTOR_BYTES);
        let Some(entries) = entries(bin, sector).filter(|_| bin.has(at + 510, &[0x55, 0xaa]))
        else {
            let message = "the chain of logical partitions breaks";
            found.problem(ProblemKind::Damaged, Some(at), message);
            return;
        };
        let mut next = None;
        for entry in entries.iter().filter(|entry| entry.kind != 0) {
            if entry.is_extended() {
                next = extended.checked_add(entry.start);
            } else {
                let start = sector.saturating_add(entry.start);
                add(input, &format!("part{}", number + 5), Entry { start, ..*entry }, found);
            }
        }
        match next.filter(|next| *next > extended) {
            Some(next) => sector = next,
            None => return,
        }
    }
    let message = format!("more than {LOGICAL_MAX} logical partitions");
    found.problem(ProblemKind::Limit, None, message);
}
