//! YAFFS1 and YAFFS2: log-structured file systems of NAND flash, with the spare areas in the image.
//!
//! Written from the format of Aleph One's `yaffs2` sources, as Linux and `mkyaffs2image` write it.
//! There is no superblock: a page belongs to the object and place that its tags name, and the
//! newest page of a place counts. Checkpoints and summaries only repeat the tags and are passed
//! over. Left out on purpose: correcting bits by the spare area's checksums.

mod files;
mod geometry;
mod object;

use crate::blank_until;
use crate::tree;
use duecare_unpack::{Bytes, Context, Format, Found, ProblemKind, Signature};
use files::Files;
use geometry::{Geometry, Page, Tags};

/// Pages in a row that make no sense before the file system is taken to have ended: two blocks.
const BAD_PAGES_MAX: usize = 256;

/// Object headers that an image without a telling start must have among its first pages.
const HEADERS_MIN: usize = 2;

/// What finding out the layout counts as, in bytes of work: some thousand layouts are tried.
const DETECT_WORK_BYTES: usize = 128 * 1024;

/// YAFFS where an object of the root folder comes first, as image makers write it.
pub(crate) struct Yaffs;

/// YAFFS that begins with anything, at the start of a blob: a dump of flash that was in use.
pub(crate) struct YaffsDump;

impl Format for Yaffs {
    fn name(&self) -> &'static str {
        "yaffs"
    }

    fn signatures(&self) -> &'static [Signature] {
        // Type, parent 1, and the checksum of the name that nobody uses any more.
        const SIGNATURES: &[Signature] = &[
            Signature::anywhere(b"\x01\0\0\0\x01\0\0\0\xff\xff"),
            Signature::anywhere(b"\x02\0\0\0\x01\0\0\0\xff\xff"),
            Signature::anywhere(b"\x03\0\0\0\x01\0\0\0\xff\xff"),
            Signature::anywhere(b"\x05\0\0\0\x01\0\0\0\xff\xff"),
            Signature::anywhere(b"\0\0\0\x01\0\0\0\x01\xff\xff"),
            Signature::anywhere(b"\0\0\0\x02\0\0\0\x01\xff\xff"),
            Signature::anywhere(b"\0\0\0\x03\0\0\0\x01\xff\xff"),
            Signature::anywhere(b"\0\0\0\x05\0\0\0\x01\xff\xff"),
        ];
        SIGNATURES
    }

    fn read(&self, input: &Bytes, context: &Context<'_>) -> Option<Found> {
        context.budget.take_work(DETECT_WORK_BYTES).ok()?;
        Some(unpack(input, geometry::detect(input, 1)?, context))
    }
}

impl Format for YaffsDump {
    fn name(&self) -> &'static str {
        "yaffs"
    }

    fn signatures(&self) -> &'static [Signature] {
        &[]
    }

    fn read(&self, input: &Bytes, context: &Context<'_>) -> Option<Found> {
        Some(unpack(input, geometry::detect(input, HEADERS_MIN)?, context))
    }
}

/// What one pass over the pages gave.
#[derive(Debug, Default)]
struct Scan {
    end: usize,
    pages: usize,
    bad: usize,
    first_bad: usize,
    cut: bool,
}

fn scan(bytes: &[u8], geometry: Geometry, files: &mut Files<'_>) -> Scan {
    let mut scan = Scan::default();
    let mut bad_run = 0;
    for number in 0.. {
        let at = geometry.at(number);
        let Some(page) = geometry.page(bytes, at) else {
            let rest = bytes.get(at..).unwrap_or_default();
            scan.cut = bad_run == 0 && blank_until(rest, 0) < rest.len();
            break;
        };
        match page {
            Page::Blank => continue,
            Page::Bad => {
                bad_run += 1;
                if bad_run > BAD_PAGES_MAX {
                    break;
                }
                continue;
            }
            Page::Unused => {}
            Page::Header(tags) => files.add(tags, at, number),
            Page::Data(tags) => files.add(tags, at, number),
        }
        if bad_run > 0 && scan.bad == 0 {
            scan.first_bad = scan.end;
        }
        scan.bad += bad_run;
        bad_run = 0;
        scan.pages += 1;
        scan.end = at + geometry.stride();
    }
    // A cut page at the very end belongs to the file system as well.
    scan.end = if scan.cut { bytes.len() } else { blank_until(bytes, scan.end) };
    scan
}

/// Size of a YAFFS that begins here in a dump with such pages; `None` when none does.
pub(crate) fn extent(
    bytes: &[u8],
    page: usize,
    spare: usize,
    context: &Context<'_>,
) -> Option<usize> {
    let telling = Yaffs.signatures().iter().any(|signature| bytes.starts_with(signature.magic));
    if !telling {
        return None;
    }
    context.budget.take_work(DETECT_WORK_BYTES).ok()?;
    let geometry = geometry::detect(bytes, 1)
        .filter(|found| !found.inband && found.page == page && found.spare == spare)?;
    let mut end = 0;
    let mut bad_run = 0;
    for number in 0.. {
        let at = geometry.at(number);
        match geometry.page(bytes, at) {
            None => break,
            Some(Page::Bad) if bad_run >= BAD_PAGES_MAX => break,
            Some(Page::Bad) => bad_run += 1,
            Some(Page::Blank) => {}
            Some(_) => (end, bad_run) = (at + geometry.stride(), 0),
        }
    }
    Some(end)
}

fn unpack(input: &Bytes, geometry: Geometry, context: &Context<'_>) -> Found {
    let mut files = Files::new(input, geometry, context);
    let scan = scan(input, geometry, &mut files);
    let mut found = Found::new(scan.end);
    facts(geometry, &scan, &mut found);
    if let Err(limit) = context.budget.take_memory(scan.pages * size_of::<files::PageAt>()) {
        found.problem(ProblemKind::Limit, None, limit);
        return found;
    }
    files.settle();
    found.fact("objects", files.objects());
    let folders = files.folders();
    let mut load = |id: u64, path: &str, found: &mut Found| files.object(id, path, found);
    tree::list(u64::from(object::ROOT), &folders, &mut load, context, &mut found);
    if scan.cut {
        let at = geometry.at(scan.pages);
        found.problem(ProblemKind::Truncated, Some(at), "the last page is cut off");
    }
    if scan.bad > 0 {
        let message = format!("{} pages make no sense", scan.bad);
        found.problem(ProblemKind::Damaged, Some(scan.first_bad), message);
    }
    let (lost, gaps) = (files.headless(), files.gaps());
    if lost > 0 {
        let message = format!("{lost} files have data but no name");
        found.problem(ProblemKind::Odd, None, message);
    }
    if let Some((count, first)) = gaps {
        // A hole may be one that its writer left; in a damaged image it may not.
        let kind = if found.problems.is_empty() { ProblemKind::Odd } else { ProblemKind::Damaged };
        let message = format!("{count} files have stretches without data, the first is {first}");
        found.problem(kind, None, message);
    }
    found
}

fn facts(geometry: Geometry, scan: &Scan, found: &mut Found) {
    let second = matches!(geometry.tags, Tags::Second(_));
    found.fact("version", if second { 2 } else { 1 });
    found.fact("endian", geometry.header_endian.label());
    if geometry.inband {
        found.fact("page-size", geometry.page + geometry.spare);
        found.fact("tags", "inside the page");
    } else {
        found.fact("page-size", geometry.page);
        found.fact("spare-size", geometry.spare);
        if let Tags::Second(offset) = geometry.tags {
            found.fact("tags-offset", offset);
        }
    }
    found.fact("pages", scan.pages);
}
