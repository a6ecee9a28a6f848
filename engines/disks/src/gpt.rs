//! GUID partition table, from its backup where the first copy is damaged.
//!
//! Source: UEFI specification 2.10, section 5.3.

use bytes::Bytes;
use duecare_base::Bin;
use duecare_filesystems::crc32::{crc32, crc32_pieces};
use duecare_unpack::{Context, Format, Found, ProblemKind, Signature};

const MAGIC: &[u8] = b"EFI PART";
const SECTOR_SIZES: [usize; 2] = [512, 4096];
const HEADER_BYTES_MIN: usize = 92;
const ENTRY_BYTES_MIN: usize = 128;

/// Partitions in a table; more are a sign of damage.
const ENTRIES_MAX: usize = 4096;

/// Type of a partition that protects a GPT from old tools.
const TYPE_PROTECTIVE: u8 = 0xee;

/// GUID partition table.
pub(crate) struct Gpt;

/// A table's header.
#[derive(Debug, Clone, Copy)]
struct Header {
    at: usize,
    sector: usize,
    entries_at: usize,
    entries: usize,
    entry_bytes: usize,
    last_usable: usize,
    alternate: usize,
    header_good: bool,
    entries_good: bool,
}

impl Format for Gpt {
    fn name(&self) -> &'static str {
        "gpt"
    }

    fn signatures(&self) -> &'static [Signature] {
        const {
            &[
                Signature::start(MAGIC).with_offset(512),
                Signature::start(MAGIC).with_offset(4096),
                Signature::start(&[0x55, 0xaa]).with_offset(510),
            ]
        }
    }

    fn read(&self, input: &Bytes, _: &Context<'_>) -> Option<Found> {
        let bin = Bin::le(input);
        let first = SECTOR_SIZES.iter().find_map(|size| Header::read(bin, *size, *size));
        let good = first.filter(|header| header.header_good && header.entries_good);
        // Only a protective MBR makes it worth looking for a backup at the end.
        let protective = (0..4).any(|n| bin.u8(450 + n * 16) == Ok(TYPE_PROTECTIVE));
        let backup = || {
            SECTOR_SIZES.iter().find_map(|size| {
                let last = (input.len() / size).checked_sub(1)? * size;
                let header = Header::read(bin, last, *size)?;
                (protective && header.header_good && header.entries_good).then_some(header)
            })
        };
        let backup = if good.is_none() { backup() } else { None };
        let header = good.or(backup).or(first)?;
        let end = header.alternate.max(header.last_usable).saturating_add(1);
        let size = end.saturating_mul(header.sector).max(header.at + header.sector);
        let mut found = Found::new(size.min(input.len()));
        found.fact("sector size", header.sector);
        found.fact("disk guid", guid(bin, header.at + 56)?);
        found.fact("checksum", if header.header_good { "good" } else { "wrong" });
        if backup.is_some() {
            let message = "the table at the start is damaged, the backup at the end was read";
            found.problem(ProblemKind::Odd, Some(header.sector), message);
        } else if good.is_none() {
            found.problem(ProblemKind::Damaged, Some(header.at), "the table's checksum is wrong");
        }
        partitions(input, header, &mut found);
        Some(found)
    }
}

impl Header {
    fn read(bin: Bin<'_>, at: usize, sector: usize) -> Option<Self> {
        if !bin.has(at, MAGIC) {
            return None;
        }
        let size = bin.size32(at + 12).ok().filter(|s| (HEADER_BYTES_MIN..=sector).contains(s))?;
        let entries = bin.size32(at + 80).ok().filter(|count| *count <= ENTRIES_MAX)?;
        let entry_bytes =
            bin.size32(at + 84).ok().filter(|s| (ENTRY_BYTES_MIN..=4096).contains(s))?;
        let entries_at = bin.size64(at + 72).ok()?.checked_mul(sector)?;
        let crc =
            crc32_pieces(&[bin.slice(at, 16).ok()?, &[0; 4], bin.slice(at + 20, size - 20).ok()?]);
        let entries_crc = bin.slice(entries_at, entries * entry_bytes).ok().map(crc32);
        Some(Self {
            at,
            sector,
            entries_at,
            entries,
            entry_bytes,
            last_usable: bin.size64(at + 48).ok()?,
            alternate: bin.size64(at + 32).ok()?.max(bin.size64(at + 24).ok()?),
            header_good: bin.u32(at + 16).ok() == Some(crc),
            entries_good: bin.u32(at + 88).ok() == entries_crc,
        })
    }
}

fn partitions(input: &Bytes, header: Header, found: &mut Found) {
    let bin = Bin::le(input);
    for index in 0..header.entries {
        let at = header.entries_at.saturating_add(index * header.entry_bytes);
        let entry = (|| {
            let kind = bin.slice(at, 16).ok()?;
            if kind.iter().all(|byte| *byte == 0) {
                return None;
            }
            let (first, last) = (bin.size64(at + 32).ok()?, bin.size64(at + 40).ok()?);
            Some((guid(bin, at)?, first, last, bin.slice(at + 56, 72).ok()?))
        })();
        let Some((kind, first, last, name)) = entry else { continue };
        let Some(sectors) = last.checked_sub(first).and_then(|n| n.checked_add(1)) else {
            let message = format!("partition {} ends before it begins", index + 1);
            found.problem(ProblemKind::Damaged, Some(at), message);
            continue;
        };
        let label = crate::volume::utf16_le(name);
        let label = label.trim_end_matches('\0');
        found.fact("partition", format!("part{} \"{label}\" type {kind}", index + 1));
        let name = match label.replace('/', "_") {
            label if label.is_empty() => format!("part{}", index + 1),
            label => format!("part{}-{label}", index + 1),
        };
        let offset = first.saturating_mul(header.sector);
        found.slice(input, &name, offset, sectors.saturating_mul(header.sector));
    }
}

/// A GUID as people write it.
fn guid(bin: Bin<'_>, at: usize) -> Option<String> {
    let (a, b, c) = (bin.u32(at).ok()?, bin.u16(at + 4).ok()?, bin.u16(at + 6).ok()?);
    let hex = |bytes: &[u8]| bytes.iter().map(|byte| format!("{byte:02x}")).collect::<String>();
    let (d, e) = (hex(bin.slice(at + 8, 2).ok()?), hex(bin.slice(at + 10, 6).ok()?));
    Some(format!("{a:08x}-{b:04x}-{c:04x}-{d}-{e}"))
}
