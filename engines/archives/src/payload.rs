//! Android's `payload.bin` (update_engine, `CrAU`, major version 2): full updates are put together
//! into their partitions; of incremental ones, which need the old image, only the list is told.

use bytes::Bytes;
use duecare_base::{Bin, text};
use duecare_codecs::Codec;
use duecare_unpack::{Context, Format, Found, ProblemKind, Signature};

pub(crate) struct Payload;

/// Partitions of one payload.
const PARTITIONS_MAX: usize = 256;

/// Where the manifest begins.
const HEADER: usize = 24;

impl Format for Payload {
    fn name(&self) -> &'static str {
        "android-payload"
    }

    fn signatures(&self) -> &'static [Signature] {
        const { &[Signature::anywhere(b"CrAU\0\0\0\0\0\0\0\x02")] }
    }

    fn read(&self, input: &Bytes, context: &Context<'_>) -> Option<Found> {
        let bin = Bin::be(input);
        let manifest_size = bin.size64(12).ok()?;
        let signature_size = bin.size32(20).ok()?;
        let manifest = bin.slice(HEADER, manifest_size).ok()?;
        let data = HEADER.checked_add(manifest_size)?.checked_add(signature_size)?;
        let mut update = Update { block: 4096, end: data, data, input, context };
        let fields = fields(manifest);
        if let Some(block) = fields.iter().find(|field| field.number == 3) {
            update.block = usize::try_from(block.value).ok().filter(|size| *size > 0)?;
        }
        let mut found = Found::default();
        let minor = fields.iter().find(|field| field.number == 12).map_or(0, |field| field.value);
        found.fact("kind", if minor == 0 { "full" } else { "incremental" });
        found.fact("block size", update.block);
        found.fact("signed", if signature_size > 0 { "yes" } else { "no" });
        let partitions = fields.iter().filter(|field| field.number == 13);
        for partition in partitions.take(PARTITIONS_MAX) {
            update.partition(partition.bytes, &mut found);
        }
        // The signature of the payload stands behind the data.
        let place = |number| fields.iter().find(|f| f.number == number).map(|f| f.value);
        if let (Some(offset), Some(size)) = (place(4), place(5)) {
            let end = usize::try_from(offset.saturating_add(size)).unwrap_or(usize::MAX);
            update.end = update.end.max(data.saturating_add(end));
        }
        if update.end > input.len() {
            let message = format!("{} bytes are missing", update.end - input.len());
            found.problem(ProblemKind::Truncated, Some(input.len()), message);
        }
        found.size = update.end.min(input.len());
        Some(found)
    }
}

/// A field of a protocol buffer: a number, or bytes.
struct Field<'a> {
    number: u64,
    value: u64,
    bytes: &'a [u8],
}

/// The fields of a message, up to the first that is damaged.
fn fields(message: &[u8]) -> Vec<Field<'_>> {
    let mut list = Vec::new();
    let mut at = 0;
    while let Some(key) = varint(message, &mut at) {
        let mut field = Field { number: key >> 3, value: 0, bytes: &[] };
        let size = match key & 7 {
            0 => {
                let Some(value) = varint(message, &mut at) else { break };
                field.value = value;
                0
            }
            1 => 8,
            5 => 4,
            2 => match varint(message, &mut at).and_then(|size| usize::try_from(size).ok()) {
                Some(size) => size,
                None => break,
            },
            _ => break,
        };
        let Some(bytes) = at.checked_add(size).and_then(|end| message.get(at..end)) else { break };
        field.bytes = bytes;
        at += size;
        list.push(field);
    }
    list
}

fn varint(bytes: &[u8], at: &mut usize) -> Option<u64> {
    let mut value = 0_u64;
    for shift in (0..64).step_by(7) {
        let byte = *bytes.get(*at)?;
        *at += 1;
        value |= u64::from(byte & 0x7f) << shift;
        if byte & 0x80 == 0 {
            return Some(value);
        }
    }
    None
}

struct Update<'a> {
    block: usize,
    /// Where the data blobs begin, and the furthest that one ends.
    data: usize,
    end: usize,
    input: &'a Bytes,
    context: &'a Context<'a>,
}

impl Update<'_> {
    /// A `PartitionUpdate`: its name, its new size and digest, and its operations.
    fn partition(&mut self, message: &[u8], found: &mut Found) {
        let fields = fields(message);
        let bytes = |number: u64| fields.iter().find(|f| f.number == number).map(|f| f.bytes);
        let name = String::from_utf8_lossy(bytes(1).unwrap_or_default()).into_owned();
        let name = text::one_line(&name.replace('/', "_"), 64);
        let info = self::fields(bytes(7).unwrap_or_default());
        let size = info.iter().find(|f| f.number == 1).map_or(0, |f| f.value);
        found.fact("partition", format!("{name} {}", text::size(size)));
        let size = usize::try_from(size).unwrap_or(usize::MAX);
        if let Err(limit) = self.context.budget.take_memory(size) {
            found.problem(ProblemKind::Limit, None, format!("{name}: {limit}"));
            return;
        }
        let mut content = vec![0; size];
        let mut wrong = 0_usize;
        let mut first = None;
        for operation in fields.iter().filter(|field| field.number == 8) {
            if let Err(problem) = self.operation(operation.bytes, &mut content) {
                wrong += 1;
                first.get_or_insert(problem);
            }
        }
        if let Some((kind, message)) = first {
            found.problem(kind, None, format!("{name}: {wrong} operations: {message}"));
        } else if info.iter().find(|f| f.number == 2).is_some_and(|stated| {
            duecare_base::Digest::of(&content).as_bytes().as_slice() != stated.bytes
        }) {
            let message = format!("{name}: its SHA-256 is not the one in the manifest");
            found.problem(ProblemKind::Odd, None, message);
        }
        let (at, length) = (self.data, self.input.len().saturating_sub(self.data));
        found.decoded(&name, content, at, length);
    }

    /// An `InstallOperation` that needs nothing of the old image.
    fn operation(
        &mut self,
        message: &[u8],
        content: &mut [u8],
    ) -> Result<(), (ProblemKind, String)> {
        let fields = fields(message);
        let value = |number: u64| fields.iter().find(|f| f.number == number).map_or(0, |f| f.value);
        let place = |number: u64| usize::try_from(value(number)).unwrap_or(usize::MAX);
        let extents: Vec<(usize, usize)> = fields
            .iter()
            .filter(|field| field.number == 6)
            .map(|field| self.extent(field.bytes))
            .collect();
        let total = extents.iter().fold(0_usize, |sum, (_, size)| sum.saturating_add(*size));
        let begin = self.data.saturating_add(place(2));
        let end = begin.saturating_add(place(3));
        self.end = self.end.max(end);
        let missing = || (ProblemKind::Truncated, "their data is missing".to_owned());
        let blob = || self.input.get(begin..end).ok_or_else(missing);
        let total = total.min(content.len());
        let unpack = |codec| {
            duecare_codecs::block(codec, blob()?, total)
                .map_err(|error| (ProblemKind::Damaged, error.to_string()))
        };
        let bytes = match value(1) {
            0 => blob()?.to_vec(),
            1 => unpack(Codec::Bzip2)?,
            8 => unpack(Codec::Xz)?,
            // Zeros and discarded blocks are zero already.
            6 | 7 => return Ok(()),
            kind => {
                return Err((ProblemKind::Unsupported, format!("kind {kind} needs the old image")));
            }
        };
        let mut rest = bytes.as_slice();
        for (at, size) in extents {
            let (piece, next) = rest.split_at(size.min(rest.len()));
            let target = content.get_mut(at..at.saturating_add(piece.len()));
            let outside = || (ProblemKind::Damaged, "they write outside".to_owned());
            target.ok_or_else(outside)?.copy_from_slice(piece);
            rest = next;
        }
        Ok(())
    }

    /// Offset and size of an extent, in bytes.
    fn extent(&self, message: &[u8]) -> (usize, usize) {
        let fields = fields(message);
        let bytes = |number: u64| {
            let blocks = fields.iter().find(|f| f.number == number).map_or(0, |f| f.value);
            usize::try_from(blocks).unwrap_or(usize::MAX).saturating_mul(self.block)
        };
        (bytes(1), bytes(2))
    }
}
