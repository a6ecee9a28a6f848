//! How an image is laid out: page, spare area, where the tags stand in it, byte orders.
//!
//! Nothing on the medium says so; the layout that makes sense of the first pages is the one.

use super::object::{self, OBJECT_MAX};
use crate::blank_until;
use duecare_base::{Bin, Endian};

/// Pages that decide.
const PROBE_PAGES: usize = 64;

/// Sizes of pages that NAND flash has, in bytes.
const PAGES: [usize; 6] = [2048, 512, 1024, 4096, 8192, 16384];

/// Sizes of spare areas, in bytes; 0 stands for tags inside the page.
const SPARES: [usize; 16] =
    [64, 16, 128, 32, 256, 0, 218, 224, 376, 448, 512, 640, 744, 1024, 1280, 1664];

/// Where tags begin in the spare area: at once, behind the bad-block mark, or as drivers have it.
const TAGS_AT: [usize; 13] = [0, 2, 1, 4, 6, 8, 16, 20, 24, 32, 36, 40, 48];

/// Size of the tags of YAFFS2 without their checksum, in bytes.
const TAGS_BYTES: usize = 16;

/// Sequence numbers of blocks with files in them (`YAFFS_LOWEST_SEQUENCE_NUMBER` and highest).
const SEQUENCES: std::ops::RangeInclusive<u32> = 0x1000..=0xefff_ff00;

/// Sequence number of blocks with a checkpoint in them.
const CHECKPOINT_SEQUENCE: u32 = 0x21;

/// Objects with these numbers are YAFFS's own records: summary and checkpoint.
const INTERNAL: [u32; 3] = [0x10, 0x20, 0x21];

/// The chunk number says that more about the object is in the tags.
const EXTRA: u32 = 0x8000_0000;

/// How tags are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Tags {
    /// YAFFS1 with its own use of the spare area: eight bytes in three places.
    First,
    /// YAFFS1 where the driver has eight free bytes at the end.
    FirstPacked,
    /// YAFFS2, at this offset in the spare area.
    Second(usize),
}

/// The layout of an image.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Geometry {
    /// Bytes of data in a page.
    pub(super) page: usize,
    /// Bytes behind them.
    pub(super) spare: usize,
    pub(super) tags: Tags,
    /// The spare bytes are the page's own last ones.
    pub(super) inband: bool,
    /// On NOR flash: size of a block that pages don't fill to its end, in bytes.
    pub(super) block: Option<usize>,
    pub(super) tags_endian: Endian,
    pub(super) header_endian: Endian,
}

/// What a page's tags say.
#[derive(Debug, Clone, Copy)]
pub(super) struct PageTags {
    pub(super) object: u32,
    /// 0: the object's header; else the page's number in the file, from 1.
    pub(super) chunk: u32,
    /// Bytes of data in the page.
    pub(super) size: usize,
    /// Sequence number of the block; for YAFFS1 two bits that count a chunk's rewrites.
    pub(super) sequence: u32,
}

/// What a page is.
#[derive(Debug, Clone, Copy)]
pub(super) enum Page {
    /// Never written.
    Blank,
    /// YAFFS's own, or deleted.
    Unused,
    Header(PageTags),
    Data(PageTags),
    /// Makes no sense.
    Bad,
}

impl Geometry {
    /// Size of a page with its spare area, in bytes.
    pub(super) fn stride(&self) -> usize {
        self.page + self.spare
    }

    /// Where a page stands.
    pub(super) fn at(&self, number: usize) -> usize {
        match self.block {
            Some(block) => {
                let pages = (block / self.stride()).max(1);
                (number / pages) * block + (number % pages) * self.stride()
            }
            None => number * self.stride(),
        }
    }

    /// Looks at the page at `at`; `None` when the image ends before it does.
    pub(super) fn page(&self, bytes: &[u8], at: usize) -> Option<Page> {
        let data = bytes.get(at..at.checked_add(self.page)?)?;
        let from = at + self.page;
        let spare = bytes.get(from..from.checked_add(self.spare)?)?;
        Some(self.look(data, spare).unwrap_or(Page::Bad))
    }

    fn look(&self, data: &[u8], spare: &[u8]) -> Option<Page> {
        let (tags, unused) = match self.tags {
            Tags::Second(offset) => {
                let raw = spare.get(offset..offset + TAGS_BYTES)?;
                if raw.iter().all(|byte| *byte == 0xff) {
                    let blank = blank_until(data, 0) == data.len();
                    return Some(if blank { Page::Blank } else { Page::Bad });
                }
                self.second(Bin::new(raw, self.tags_endian))?
            }
            Tags::First | Tags::FirstPacked => {
                let raw = self.first_bytes(spare)?;
                if raw == [0xff; 8] {
                    let blank = blank_until(data, 0) == data.len();
                    return Some(if blank { Page::Blank } else { Page::Bad });
                }
                // A deleted page has its status cleared; one flipped bit is no deletion.
                let status = if self.tags == Tags::First { *spare.get(4)? } else { 0xff };
                (self.first(Bin::new(&raw, self.tags_endian))?, status.count_ones() < 7)
            }
        };
        if unused {
            return Some(Page::Unused);
        }
        if tags.object == 0 || tags.object > OBJECT_MAX {
            return None;
        }
        if tags.chunk == 0 {
            let header = object::header(data, self.header_endian)?;
            return header.plausible(tags.object).then_some(Page::Header(tags));
        }
        (tags.size <= self.page).then_some(Page::Data(tags))
    }

    /// Tags of YAFFS2; with them whether the page is one of YAFFS's own.
    fn second(&self, raw: Bin<'_>) -> Option<(PageTags, bool)> {
        let sequence = raw.u32(0).ok()?;
        let object = raw.u32(4).ok()?;
        let chunk = raw.u32(8).ok()?;
        let size = raw.size32(12).ok()?;
        let tags = if chunk & EXTRA != 0 {
            // The upper bits hold the object's type; the chunk number is that of the parent.
            PageTags { object: object & 0x0fff_ffff, chunk: 0, size, sequence }
        } else {
            PageTags { object, chunk, size, sequence }
        };
        let own = INTERNAL.contains(&tags.object);
        if sequence == CHECKPOINT_SEQUENCE {
            return own.then_some((tags, true));
        }
        SEQUENCES.contains(&sequence).then_some((tags, own))
    }

    fn first_bytes(&self, spare: &[u8]) -> Option<[u8; 8]> {
        if self.tags == Tags::FirstPacked {
            return spare.get(8..16)?.try_into().ok();
        }
        match spare {
            [a, b, c, d, _, _, e, f, _, _, _, g, h, ..] => Some([*a, *b, *c, *d, *e, *f, *g, *h]),
            _ => None,
        }
    }

    /// Tags of YAFFS1: C bit fields, which begin at the low or the high end as the byte order is.
    fn first(&self, raw: Bin<'_>) -> Option<PageTags> {
        let (low, high) = (raw.u32(0).ok()?, raw.u32(4).ok()?);
        let (chunk, serial, size, object) = match self.tags_endian {
            Endian::Little => (low & 0xf_ffff, low >> 20 & 3, low >> 22, high & 0x3_ffff),
            Endian::Big => (low >> 12, low >> 10 & 3, low & 0x3ff, high >> 14),
        };
        Some(PageTags { object, chunk, size: size as usize, sequence: serial })
    }
}

/// How well a layout fits: pages that make sense, pages that don't, headers among the first.
fn score(geometry: Geometry, bytes: &[u8]) -> (usize, usize, usize) {
    let (mut good, mut bad, mut headers) = (0, 0, 0);
    for number in 0..PROBE_PAGES {
        match geometry.page(bytes, geometry.at(number)) {
            Some(Page::Header(_)) => (good, headers) = (good + 1, headers + 1),
            Some(Page::Data(_) | Page::Unused) => good += 1,
            // An image that begins with an erased page begins further on.
            Some(Page::Blank) if number > 0 => {}
            Some(Page::Blank) => break,
            Some(Page::Bad) => bad += 1,
            None => break,
        }
        // The first written page of an image must make sense.
        if bad > good {
            break;
        }
    }
    (good, bad, headers)
}

/// The layout that fits best. `headers_min`: object headers that must be among the first pages.
pub(super) fn detect(bytes: &[u8], headers_min: usize) -> Option<Geometry> {
    let begins_with_header = [Endian::Little, Endian::Big]
        .into_iter()
        .any(|order| object::header(bytes, order).is_some());
    // This is asked of every file that nothing else knows: without a header at the start, only
    // the usual layouts.
    let choice = if begins_with_header { Choice::ALL } else { Choice::USUAL };
    let mut best: Option<(usize, Geometry)> = None;
    for geometry in candidates(choice) {
        let (good, bad, headers) = score(geometry, bytes);
        let fits = headers >= headers_min && bad * 16 <= good;
        if fits && best.is_none_or(|(most, _)| good > most) {
            best = Some((good, geometry));
        }
    }
    best.map(|(_, geometry)| geometry)
}

/// What to try.
struct Choice {
    /// Byte orders of tags and headers.
    orders: &'static [(Endian, Endian)],
    spares: &'static [usize],
    tags_at: &'static [usize],
}

impl Choice {
    const USUAL: Self = Self {
        orders: &[(Endian::Little, Endian::Little), (Endian::Big, Endian::Big)],
        spares: &[64, 16, 128, 32, 256, 0, 224],
        tags_at: &[0, 2],
    };

    const ALL: Self = Self {
        // Some versions of mkyaffs2image convert only the one or the other.
        orders: &[
            (Endian::Little, Endian::Little),
            (Endian::Big, Endian::Big),
            (Endian::Little, Endian::Big),
            (Endian::Big, Endian::Little),
        ],
        spares: &SPARES,
        tags_at: &TAGS_AT,
    };
}

fn candidates(choice: Choice) -> impl Iterator<Item = Geometry> {
    let Choice { orders, spares, tags_at } = choice;
    orders.iter().flat_map(move |&(tags_endian, header_endian)| {
        let make = move |page, spare, tags, inband, block| Geometry {
            page,
            spare,
            tags,
            inband,
            block,
            tags_endian,
            header_endian,
        };
        let second = PAGES.into_iter().flat_map(move |page| {
            spares.iter().flat_map(move |&spare| {
                let inband = spare == 0;
                let (page, spare) =
                    if inband { (page - TAGS_BYTES, TAGS_BYTES) } else { (page, spare) };
                tags_at
                    .iter()
                    .copied()
                    .filter(move |at| at + TAGS_BYTES <= spare)
                    .map(move |at| make(page, spare, Tags::Second(at), inband, None))
            })
        });
        // NOR flash as MikroTik uses it: 63 pages of 1024 + 16 bytes in a block of 64 KiB.
        let nor = make(1024, 16, Tags::Second(0), false, Some(65_536));
        let first = [Tags::First, Tags::FirstPacked].map(|tags| make(512, 16, tags, false, None));
        second.chain([nor]).chain(first)
    })
}
