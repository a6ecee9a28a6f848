//! Puts objects together from their pages.

use super::geometry::{Geometry, PageTags, Tags};
use super::object::{self, GRAVES, Header, OBJECT_MAX, ROOT};
use crate::device;
use crate::gaps::Written;
use crate::tree::{Entry, FOLDER, Folders, Object, REGULAR, SYMLINK, TYPE_MASK};
use duecare_unpack::{Bytes, Context, Found, NodeMeta, ProblemKind};
use std::collections::{BTreeMap, BTreeSet};

/// A page of an object.
#[derive(Debug, Clone, Copy)]
pub(super) struct PageAt {
    tags: PageTags,
    at: usize,
    /// Newer pages have higher ones.
    order: (u32, usize),
}

/// The objects of an image.
pub(super) struct Files<'a> {
    input: &'a Bytes,
    geometry: Geometry,
    context: &'a Context<'a>,
    pages: BTreeMap<u32, Vec<PageAt>>,
    /// The newest header of each object that has one.
    headers: BTreeMap<u32, PageAt>,
    /// Objects whose name another one took later.
    shadowed: BTreeSet<u32>,
    gaps: (usize, String),
}

impl<'a> Files<'a> {
    pub(super) fn new(input: &'a Bytes, geometry: Geometry, context: &'a Context<'a>) -> Self {
        Self {
            input,
            geometry,
            context,
            pages: BTreeMap::new(),
            headers: BTreeMap::new(),
            shadowed: BTreeSet::new(),
            gaps: (0, String::new()),
        }
    }

    /// Adds a page, in the order of the medium.
    pub(super) fn add(&mut self, tags: PageTags, at: usize, number: usize) {
        let sequence = if self.is_first() { 0 } else { tags.sequence };
        let page = PageAt { tags, at, order: (sequence, number) };
        self.pages.entry(tags.object).or_default().push(page);
    }

    fn is_first(&self) -> bool {
        !matches!(self.geometry.tags, Tags::Second(_))
    }

    /// Once all pages are there: newest first, and what of it holds.
    pub(super) fn settle(&mut self) {
        let first = self.is_first();
        for pages in self.pages.values_mut() {
            if first {
                latest_by_serial(pages);
            }
            pages.sort_by_key(|page| std::cmp::Reverse(page.order));
        }
        let newest = |pages: &Vec<PageAt>| pages.iter().find(|page| page.tags.chunk == 0).copied();
        self.headers =
            self.pages.iter().filter_map(|(id, pages)| Some((*id, newest(pages)?))).collect();
        let mut shadowed = BTreeSet::new();
        for id in self.pages.keys() {
            let Some((page, header)) = self.newest(*id) else { continue };
            let Some(shadow) = header.shadows else { continue };
            let older = self.newest(shadow).is_none_or(|(other, _)| other.order < page.order);
            if older && shadow != *id {
                shadowed.insert(shadow);
            }
        }
        self.shadowed = shadowed;
    }

    /// How many objects have a header.
    pub(super) fn objects(&self) -> usize {
        self.pages.keys().filter(|id| self.newest(**id).is_some()).count()
    }

    /// How many have data and no header.
    pub(super) fn headless(&self) -> usize {
        self.pages.keys().filter(|id| self.newest(**id).is_none()).count()
    }

    /// How many files have holes, and the first of them.
    pub(super) fn gaps(&self) -> Option<(usize, &str)> {
        (self.gaps.0 > 0).then_some((self.gaps.0, self.gaps.1.as_str()))
    }

    fn header(&self, page: PageAt) -> Option<Header<'a>> {
        let bytes = self.input.get(page.at..page.at.checked_add(self.geometry.page)?)?;
        object::header(bytes, self.geometry.header_endian)
    }

    fn newest(&self, id: u32) -> Option<(PageAt, Header<'a>)> {
        let page = *self.headers.get(&id)?;
        Some((page, self.header(page)?))
    }

    /// The names of live objects, by folder.
    pub(super) fn folders(&self) -> Folders {
        let mut folders = Folders::new();
        for id in self.pages.keys().filter(|id| **id != ROOT && !self.shadowed.contains(id)) {
            let Some((_, header)) = self.newest(*id) else { continue };
            if GRAVES.contains(&header.parent) || GRAVES.contains(id) {
                continue;
            }
            let target = if header.kind == object::HARDLINK { header.equivalent } else { *id };
            let st_type = kind_bits(header.kind);
            let entry = Entry { name: header.name.to_vec(), id: u64::from(target), st_type };
            folders.entry(u64::from(header.parent)).or_default().push(entry);
        }
        folders
    }

    /// An object with its content.
    pub(super) fn object(&mut self, id: u64, path: &str, found: &mut Found) -> Option<Object> {
        let id = u32::try_from(id).ok().filter(|id| *id <= OBJECT_MAX)?;
        let (_, header) = self.newest(id)?;
        let bits = kind_bits(header.kind);
        let st_mode = match (header.kind, header.st_mode & TYPE_MASK) {
            (object::SPECIAL, _) => header.st_mode,
            _ => bits | header.st_mode & 0o7777,
        };
        let meta = NodeMeta {
            mode: header.st_mode,
            uid: header.uid,
            gid: header.gid,
            mtime: i64::from(header.mtime),
        };
        let content = match header.kind {
            object::FILE => self.content(id, &header, path, found),
            object::SYMLINK => Bytes::copy_from_slice(header.alias),
            _ => Bytes::new(),
        };
        let device = device::new(header.device);
        Some(Object { st_mode, meta, device, content, xattrs: Vec::new() })
    }

    fn content(&mut self, id: u32, header: &Header<'_>, path: &str, found: &mut Found) -> Bytes {
        let pages = self.pages.get(&id).map(Vec::as_slice).unwrap_or_default();
        let size = self.size(pages, header);
        if let Err(limit) = self.context.budget.take_memory(size) {
            found.problem(ProblemKind::Limit, None, format!("{path}: {limit}"));
            return Bytes::new();
        }
        let mut content = vec![0; size];
        let mut written = Written::default();
        // What is behind this was cut off by a newer header.
        let mut reach = size;
        for page in pages {
            if page.tags.chunk == 0 {
                if let Some(older) = self.header(*page).filter(|older| older.shrinks) {
                    let cut = older.size.and_then(|size| usize::try_from(size).ok());
                    // From there on the file reads as zeros, which is no gap.
                    let cut = cut.unwrap_or(reach).min(reach);
                    written.add(cut, reach);
                    reach = cut;
                }
                continue;
            }
            let Some((begin, end)) = self.range(page.tags) else { continue };
            let data = self.input.get(page.at..).unwrap_or_default();
            for (from, to) in written.add(begin, end.min(reach)) {
                let source = data.get(from - begin..to - begin);
                if let (Some(source), Some(target)) = (source, content.get_mut(from..to)) {
                    target.copy_from_slice(source);
                }
            }
        }
        if written.bytes() < size {
            if self.gaps.0 == 0 {
                path.clone_into(&mut self.gaps.1);
            }
            self.gaps.0 += 1;
        }
        Bytes::from(content)
    }

    /// Where a page's data goes in its file.
    fn range(&self, tags: PageTags) -> Option<(usize, usize)> {
        let begin = (tags.chunk as usize).checked_sub(1)?.checked_mul(self.geometry.page)?;
        Some((begin, begin.checked_add(tags.size)?))
    }

    /// The header's size, or more where data was written after it.
    fn size(&self, pages: &[PageAt], header: &Header<'_>) -> usize {
        let written = header.size.and_then(|size| usize::try_from(size).ok());
        let newer = pages.iter().take_while(|page| {
            // Without a size in the header all pages count.
            page.tags.chunk != 0 || written.is_none() || self.is_first()
        });
        let ends = newer.filter_map(|page| self.range(page.tags)).map(|(_, end)| end);
        written.unwrap_or(0).max(ends.max().unwrap_or(0))
    }
}

/// Of YAFFS1's pages for one place, the one that the two bits' count says is the newest.
fn latest_by_serial(pages: &mut Vec<PageAt>) {
    let mut latest: BTreeMap<u32, PageAt> = BTreeMap::new();
    for page in pages.iter() {
        let slot = latest.entry(page.tags.chunk).or_insert(*page);
        if slot.tags.sequence.wrapping_add(1) & 3 == page.tags.sequence {
            *slot = *page;
        }
    }
    *pages = latest.into_values().collect();
}

fn kind_bits(kind: u32) -> u32 {
    match kind {
        object::DIRECTORY => FOLDER,
        object::SYMLINK => SYMLINK,
        object::SPECIAL => 0,
        _ => REGULAR,
    }
}
