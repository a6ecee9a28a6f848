//! UBI: volumes over raw flash. Each volume becomes a part.
//!
//! Written from the format as Linux (`drivers/mtd/ubi`) and `ubinize` produce it. Of two copies of
//! a logical block the newer sound one counts. The fastmap only repeats the headers and is passed
//! over.

mod blocks;
mod header;

use blocks::Blocks;
use duecare_unpack::{Bytes, Context, Format, Found, ProblemKind, Signature};
use header::{Record, VolumeId};
use std::collections::BTreeMap;

/// Most logical blocks of a volume without a record, for each block of the image.
const UNRECORDED_FACTOR: usize = 4;

/// UBI.
pub(crate) struct Ubi;

/// A logical block: place of its data in the image, and its header.
type Logical = (usize, VolumeId);

impl Format for Ubi {
    fn name(&self) -> &'static str {
        "ubi"
    }

    fn signatures(&self) -> &'static [Signature] {
        const SIGNATURES: &[Signature] = &[Signature::anywhere(header::EC_MAGIC)];
        SIGNATURES
    }

    fn read(&self, input: &Bytes, context: &Context<'_>) -> Option<Found> {
        let first = header::erase_counter(input, 0)?;
        // Blocks are looked for up to the image's end, even where only few are found. When the
        // work is used up, whoever searches says so.
        context.budget.take_work(input.len()).ok()?;
        let blocks = blocks::read(input, first);
        let size = blocks.count.saturating_mul(blocks.size).min(input.len());
        let mut found = Found::new(size);
        found.fact("version", first.version);
        found.fact("eraseblock", blocks.size);
        found.fact("data-offset", first.data_offset);
        if first.image_seq != 0 {
            found.fact("image-seq", first.image_seq);
        }
        found.fact("blocks", blocks.count);
        if blocks.free > 0 {
            found.fact("free-blocks", blocks.free);
        }
        problems(&blocks, &mut found);
        let mut volumes = newest(input, &blocks);
        let records = records(input, &blocks, &mut volumes, &mut found);
        let broken = !found.problems.is_empty();
        for (number, logicals) in volumes {
            let record = records.iter().find(|record| record.number == number);
            let volume = Volume { number, record, logicals, blocks: &blocks, broken };
            volume.assemble(input, context, &mut found);
        }
        for record in &records {
            if blocks.mapped.iter().any(|(_, _, id)| id.volume == record.number) {
                continue;
            }
            found.fact("volume", format!("{} {} (empty)", record.number, record.name));
            if broken {
                let message = format!("{} has no blocks, or lost them", record.name);
                found.problem(ProblemKind::Damaged, None, message);
            }
        }
        Some(found)
    }
}

fn problems(blocks: &Blocks, found: &mut Found) {
    if blocks.cut {
        let at = (blocks.count - 1) * blocks.size;
        found.problem(ProblemKind::Truncated, Some(at), "the last block is cut off");
    }
    let (count, at) = blocks.damaged;
    if count > 0 {
        let message = format!("{count} blocks have no readable header");
        found.problem(ProblemKind::Damaged, Some(at), message);
    }
}

/// Distance between erase blocks; `None` when there is one header at most.
pub(crate) fn block_distance(input: &[u8]) -> Option<usize> {
    let size = blocks::block_size(input, header::erase_counter(input, 0)?);
    (size < input.len()).then_some(size)
}

/// Whether this is UBI with a volume table whose checksums are right.
pub(crate) fn is_readable(input: &[u8]) -> bool {
    let Some(first) = header::erase_counter(input, 0) else { return false };
    let blocks = blocks::read(input, first);
    let mut volumes = newest(input, &blocks);
    let mut found = Found::new(0);
    !records(input, &blocks, &mut volumes, &mut found).is_empty()
}

/// The newest sound copy of every logical block, by volume.
fn newest(input: &[u8], blocks: &Blocks) -> BTreeMap<u32, BTreeMap<u32, Logical>> {
    let mut volumes: BTreeMap<u32, BTreeMap<u32, Logical>> = BTreeMap::new();
    for (at, counter, id) in &blocks.mapped {
        let place = (at + counter.data_offset, *id);
        let slot = volumes.entry(id.volume).or_default().entry(id.number).or_insert(place);
        let newer = id.age > slot.1.age;
        // A copy that was cut short by a power failure loses against its original.
        let room = blocks.size;
        let better = if newer { sound(input, place, room) } else { !sound(input, *slot, room) };
        if better {
            *slot = place;
        }
    }
    volumes
}

/// Whether the checksum of a copy's data is right; others have none, or are checked later.
fn sound(input: &[u8], (at, id): Logical, room: usize) -> bool {
    !id.copy || checksum_ok(input, at, id, room)
}

/// `room`: what the data can have at most, in bytes.
fn checksum_ok(input: &[u8], at: usize, id: VolumeId, room: usize) -> bool {
    if id.data_size > room {
        return false;
    }
    let data = at.checked_add(id.data_size).and_then(|end| input.get(at..end));
    data.is_some_and(|data| crate::crc::from_ones(data) == id.data_crc)
}

/// The volume table; UBI's own volumes are taken off the list.
fn records(
    input: &[u8],
    blocks: &Blocks,
    volumes: &mut BTreeMap<u32, BTreeMap<u32, Logical>>,
    found: &mut Found,
) -> Vec<Record> {
    let tables = volumes.remove(&header::TABLE_VOLUME).unwrap_or_default();
    volumes.retain(|number, _| *number < header::INTERNAL_FROM);
    for (at, _) in tables.values() {
        let end = at + header::RECORD_BYTES * header::RECORDS_MAX;
        let block_end = at - at % blocks.size + blocks.size;
        let bytes = input.get(*at..end.min(block_end).min(input.len()));
        if let Some(records) = bytes.and_then(header::table) {
            return records;
        }
    }
    if !volumes.is_empty() {
        let message = "no readable volume table, so volumes have no names";
        found.problem(ProblemKind::Odd, None, message);
    }
    Vec::new()
}

struct Volume<'a> {
    number: u32,
    record: Option<&'a Record>,
    logicals: BTreeMap<u32, Logical>,
    blocks: &'a Blocks,
    /// Something of the image is lost, maybe blocks of this volume.
    broken: bool,
}

impl Volume<'_> {
    fn assemble(&self, input: &Bytes, context: &Context<'_>, found: &mut Found) {
        let name = self.name();
        let Some((_, id)) = self.logicals.values().next().copied() else { return };
        let overhead = self.logicals.values().next().map_or(0, |(at, _)| at % self.blocks.size);
        let capacity = self.blocks.size.saturating_sub(overhead).saturating_sub(id.data_pad);
        let highest = self.logicals.keys().next_back().map_or(0, |number| *number as usize + 1);
        let limit = match self.record {
            Some(record) => record.reserved_blocks as usize,
            None => self.blocks.count * UNRECORDED_FACTOR,
        };
        let wanted = if id.is_static { id.used_blocks } else { highest };
        let count = wanted.min(limit);
        if wanted > limit || highest > limit {
            let message = format!("{name} has blocks beyond its {limit}");
            found.problem(ProblemKind::Damaged, None, message);
        }
        let kind = if id.is_static { "static" } else { "dynamic" };
        found.fact("volume", format!("{} {name} {kind}, {count} blocks", self.number));
        if self.record.is_some_and(|record| record.updating) {
            let message = format!("{name} was being updated when the image was taken");
            found.problem(ProblemKind::Odd, None, message);
        }
        if self.record.is_some_and(|record| record.is_static != id.is_static) {
            let message = format!("the volume table has another type for {name} than its blocks");
            found.problem(ProblemKind::Odd, None, message);
        }
        let total = count.saturating_mul(capacity);
        if let Err(limit) = context.budget.take_memory(total) {
            found.problem(ProblemKind::Limit, None, format!("{name}: {limit}"));
            return;
        }
        let content = self.content(input, count, capacity, total, &name, found);
        let places = || self.logicals.values().map(|(at, _)| at - at % self.blocks.size);
        let begin = places().min().unwrap_or(0);
        // Blocks of volumes may be mixed; the size is what they take together.
        let size = self.logicals.len() * self.blocks.size;
        found.decoded(&name, content, begin, size);
    }

    fn name(&self) -> String {
        let written = self.record.map(|record| record.name.as_str()).unwrap_or_default();
        let clean: String =
            written.chars().map(|c| if c == '/' || c.is_control() { '_' } else { c }).collect();
        match clean.as_str() {
            "" | "." | ".." => format!("volume-{}", self.number),
            _ => clean,
        }
    }

    fn content(
        &self,
        input: &Bytes,
        count: usize,
        capacity: usize,
        total: usize,
        name: &str,
        found: &mut Found,
    ) -> Vec<u8> {
        let mut content = Vec::with_capacity(total);
        let (mut missing, mut wrong) = (0_usize, 0_usize);
        for number in 0..count {
            let Some((at, id)) = self.logicals.get(&(number as u32)).copied() else {
                missing += 1;
                content.resize(content.len() + capacity, 0xff);
                continue;
            };
            let size = if id.is_static { id.data_size.min(capacity) } else { capacity };
            let end = at.saturating_add(size).min(input.len());
            let data = input.get(at.min(end)..end).unwrap_or_default();
            content.extend_from_slice(data);
            // Cut off by the end of the image, which is said elsewhere.
            content.resize(content.len() + size - data.len(), 0xff);
            wrong += usize::from(id.is_static && !checksum_ok(input, at, id, capacity));
        }
        if missing > 0 {
            // A dynamic volume may leave blocks out, they read as erased.
            let is_static = self.logicals.values().any(|(_, id)| id.is_static);
            let lost = is_static || self.broken;
            let kind = if lost { ProblemKind::Damaged } else { ProblemKind::Odd };
            let message = format!("{name} has no data for {missing} of its {count} blocks");
            found.problem(kind, None, message);
        }
        if wrong > 0 {
            let message = format!("{name} has {wrong} blocks with wrong checksums");
            found.problem(ProblemKind::Damaged, None, message);
        }
        content
    }
}
