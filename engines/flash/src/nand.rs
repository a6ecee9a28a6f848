//! Dumps of NAND flash that have the spare area behind every page, as programmers read them.
//!
//! Takes the spare areas out, so that what lies in the pages can be seen. Stretches of YAFFS, which
//! keeps its own notes in the spare areas, are left as they are. Left out on purpose: correcting
//! bits by the spare area's checksums, whose layout differs from controller to controller.

use crate::yaffs;
use crate::{blank_until, ubi};
use duecare_unpack::{Bytes, Context, Format, Found, Origin, Part, ProblemKind, Signature};

/// Page and spare area of NAND flash chips, in bytes.
const LAYOUTS: [(usize, usize); 14] = [
    (2048, 64),
    (512, 16),
    (2048, 128),
    (4096, 128),
    (4096, 224),
    (4096, 256),
    (1024, 32),
    (8192, 256),
    (8192, 448),
    (8192, 512),
    (8192, 640),
    (8192, 744),
    (16384, 1024),
    (16384, 1280),
];

/// Fewest pages of a block.
const BLOCK_PAGES_MIN: usize = 16;

/// Written pages that an image must have before their spare areas prove anything.
const WRITTEN_PAGES_MIN: usize = 64;

/// Most pages looked at for that.
const PROBE_PAGES_MAX: usize = 4096;

/// A dump that begins with a file system of flash; asked before that file system.
pub(crate) struct NandStart;

/// A dump that begins with anything.
pub(crate) struct NandDump;

impl Format for NandStart {
    fn name(&self) -> &'static str {
        "nand"
    }

    fn signatures(&self) -> &'static [Signature] {
        const SIGNATURES: &[Signature] = &[
            Signature::anywhere(b"UBI#"),
            Signature::start(b"\x85\x19\x03\x20"),
            Signature::start(b"\x85\x19\x01\xe0"),
            Signature::start(b"\x85\x19\x02\xe0"),
            Signature::start(b"\x19\x85\x20\x03"),
            Signature::start(b"\x19\x85\xe0\x01"),
            Signature::start(b"\x19\x85\xe0\x02"),
            Signature::start(b"hsqs"),
        ];
        SIGNATURES
    }

    fn read(&self, input: &Bytes, context: &Context<'_>) -> Option<Found> {
        if input.starts_with(b"UBI#") {
            context.budget.take_work(input.len()).ok()?;
            let (page, spare, size) = ubi_layout(input)?;
            return Some(strip(&input.slice(..size), page, spare, context));
        }
        let (page, spare) = layout(input)?;
        Some(strip(input, page, spare, context))
    }
}

impl Format for NandDump {
    fn name(&self) -> &'static str {
        "nand"
    }

    fn signatures(&self) -> &'static [Signature] {
        &[]
    }

    fn read(&self, input: &Bytes, context: &Context<'_>) -> Option<Found> {
        let (page, spare) = layout(input)?;
        Some(strip(input, page, spare, context))
    }
}

/// The layout of an image whose UBI blocks are too far apart; with it, where the blocks end.
fn ubi_layout(input: &[u8]) -> Option<(usize, usize, usize)> {
    let distance = ubi::block_distance(input)?;
    if distance.is_power_of_two() {
        return None;
    }
    let fits = |(page, spare): &(usize, usize)| {
        let stride = page + spare;
        let pages = distance / stride;
        distance.is_multiple_of(stride) && pages >= BLOCK_PAGES_MIN && pages.is_power_of_two()
    };
    // Several layouts have the same proportion; the checksums of the volume table tell.
    let (page, spare) = LAYOUTS.into_iter().filter(fits).find(|(page, spare)| {
        let reach = distance.saturating_mul(64).min(input.len());
        let data = without_spares(input.get(..reach).unwrap_or_default(), *page, *spare);
        ubi::is_readable(&data)
    })?;
    Some((page, spare, input.len() - input.len() % (page + spare)))
}

/// The layout that the spare areas themselves prove: behind every written page stand an untouched
/// bad-block mark and checksums; behind an erased page there is nothing.
fn layout(input: &[u8]) -> Option<(usize, usize)> {
    LAYOUTS.into_iter().find(|(page, spare)| {
        let stride = page + spare;
        let whole = input.len().is_multiple_of(stride)
            && (input.len() / stride).is_multiple_of(BLOCK_PAGES_MIN)
            && input.len() / stride >= WRITTEN_PAGES_MIN;
        whole && proved(input, *page, stride)
    })
}

fn proved(input: &[u8], page: usize, stride: usize) -> bool {
    let (mut written, mut marked, mut summed) = (0_usize, 0_usize, 0_usize);
    for raw in input.chunks_exact(stride).take(PROBE_PAGES_MAX) {
        let (data, spare) = raw.split_at(page);
        if blank_until(data, 0) == data.len() {
            // An erased page with something behind it disproves the layout.
            if blank_until(spare, 0) != spare.len() && spare.starts_with(&[0xff]) {
                return false;
            }
            continue;
        }
        written += 1;
        // Small pages have the mark in the sixth byte, all others in the first two.
        let mark = if page == 512 { spare.get(5..6) } else { spare.get(..2) };
        marked += usize::from(mark.is_some_and(|mark| blank_until(mark, 0) == mark.len()));
        summed += usize::from(blank_until(spare, 0) != spare.len());
        // Most pages disprove a wrong layout at once.
        if written >= 16 && marked * 8 < written * 7 {
            return false;
        }
    }
    written >= WRITTEN_PAGES_MIN && marked * 100 >= written * 97 && summed * 10 >= written * 9
}

fn without_spares(input: &[u8], page: usize, spare: usize) -> Vec<u8> {
    let pages = input.chunks(page + spare).filter_map(|raw| raw.get(..page.min(raw.len())));
    pages.flatten().copied().collect()
}

fn strip(input: &Bytes, page: usize, spare: usize, context: &Context<'_>) -> Found {
    let stride = page + spare;
    let mut found = Found::new(input.len());
    found.fact("page-size", page);
    found.fact("spare-size", spare);
    found.fact("pages", input.len() / stride);
    let mut from = 0;
    let mut at = 0;
    while at < input.len() {
        let Some(size) = yaffs::extent(input.get(at..).unwrap_or_default(), page, spare, context)
        else {
            at += stride;
            continue;
        };
        data_part(input, (from, at), (page, spare), context, &mut found);
        let end = at + size.next_multiple_of(stride);
        let end = end.min(input.len());
        found.parts.push(Part {
            name: format!("yaffs-{at:#x}"),
            content: input.slice(at..end),
            origin: Origin::Slice { offset: at },
            encrypted: false,
        });
        (from, at) = (end, end);
    }
    data_part(input, (from, input.len()), (page, spare), context, &mut found);
    found
}

fn data_part(
    input: &Bytes,
    (from, to): (usize, usize),
    (page, spare): (usize, usize),
    context: &Context<'_>,
    found: &mut Found,
) {
    if from >= to {
        return;
    }
    let name = if from == 0 { "data".to_owned() } else { format!("data-{from:#x}") };
    let size = (to - from) / (page + spare) * page;
    if let Err(limit) = context.budget.take_memory(size) {
        found.problem(ProblemKind::Limit, Some(from), format!("{name}: {limit}"));
        return;
    }
    let data = without_spares(input.get(from..to).unwrap_or_default(), page, spare);
    found.decoded(&name, data, from, to - from);
}
