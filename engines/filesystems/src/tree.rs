//! What readers of file systems share: the walk from the root folder, and the gathering of a
//! file's pieces. A reader says what an inode is and what a folder lists ([`Tree`]); the walk
//! sees to cycles, hard links, limits and a bounded number of problems.

use bytes::Bytes;
use duecare_base::Short;
use duecare_unpack::{Budget, Context, Found, LimitReached, Node, NodeKind, NodeMeta, ProblemKind};
use std::collections::{BTreeMap, BTreeSet};

/// Folders inside folders; deeper ones are a sign of damage, paths are cut at 4096 bytes anyway.
const DEPTH_MAX: usize = 512;

/// Length up to which a path is paid for with its entry, in bytes.
const PATH_BYTES_USUAL: usize = 64;

/// Problems of one kind that are named one by one; the rest is counted.
const PROBLEMS_NAMED_MAX: usize = 4;

/// Why something of a file system could not be read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Trouble {
    /// What sort of problem.
    pub kind: ProblemKind,
    /// Where in the layer, in bytes, if it has a place.
    pub offset: Option<usize>,
    /// What and why, one line, lower case.
    pub message: String,
}

impl Trouble {
    /// Bytes are missing at the end of the input.
    #[must_use]
    pub fn truncated(offset: usize, message: impl Into<String>) -> Self {
        Self { kind: ProblemKind::Truncated, offset: Some(offset), message: message.into() }
    }

    /// A structure contradicts the format.
    #[must_use]
    pub fn damaged(offset: usize, message: impl Into<String>) -> Self {
        Self { kind: ProblemKind::Damaged, offset: Some(offset), message: message.into() }
    }

    /// A variant that is not read.
    #[must_use]
    pub fn unsupported(message: impl Into<String>) -> Self {
        Self { kind: ProblemKind::Unsupported, offset: None, message: message.into() }
    }
}

impl From<Short> for Trouble {
    fn from(short: Short) -> Self {
        Self::truncated(short.at, short.to_string())
    }
}

impl From<LimitReached> for Trouble {
    fn from(limit: LimitReached) -> Self {
        Self { kind: ProblemKind::Limit, offset: None, message: limit.to_string() }
    }
}

/// Bytes that could be read, and why that is not all of them.
#[derive(Debug, Clone, Default)]
pub struct Content {
    /// The bytes up to the first that could not be read.
    pub bytes: Bytes,
    /// Why they end early, if they do.
    pub trouble: Option<Trouble>,
}

impl From<Bytes> for Content {
    fn from(bytes: Bytes) -> Self {
        Self { bytes, trouble: None }
    }
}

impl From<Trouble> for Content {
    fn from(trouble: Trouble) -> Self {
        Self { bytes: Bytes::new(), trouble: Some(trouble) }
    }
}

impl From<Result<Bytes, Trouble>> for Content {
    fn from(result: Result<Bytes, Trouble>) -> Self {
        match result {
            Ok(bytes) => bytes.into(),
            Err(trouble) => trouble.into(),
        }
    }
}

/// What an inode says of itself.
#[derive(Debug, Clone, Default)]
pub struct Attributes {
    /// Unix `st_mode` with its type bits.
    pub st_mode: u32,
    /// Owner, group and time; the mode is taken from `st_mode`.
    pub meta: NodeMeta,
    /// Major and minor number of a device.
    pub device: (u32, u32),
    /// Extended attributes.
    pub xattrs: Vec<(String, Vec<u8>)>,
}

impl Attributes {
    /// Whether this is a folder.
    #[must_use]
    pub fn is_folder(&self) -> bool {
        self.st_mode & 0o170_000 == 0o040_000
    }

    /// Whether this has content: a regular file or a symbolic link.
    #[must_use]
    pub fn has_content(&self) -> bool {
        !matches!(
            self.st_mode & 0o170_000,
            0o040_000 | 0o020_000 | 0o060_000 | 0o010_000 | 0o140_000
        )
    }
}

/// A name in a folder and the inode that it leads to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry<I> {
    /// The name as it is stored, one path component.
    pub name: Vec<u8>,
    /// The inode.
    pub inode: I,
}

/// What a folder lists, as far as it could be read.
#[derive(Debug, Clone)]
pub struct Listing<I> {
    /// Entries in stored order; `.` and `..` may be there and are passed over.
    pub entries: Vec<Entry<I>>,
    /// What is wrong with the rest.
    pub trouble: Option<Trouble>,
}

impl<I> Default for Listing<I> {
    fn default() -> Self {
        Self { entries: Vec::new(), trouble: None }
    }
}

impl<I> Listing<I> {
    /// Adds an entry.
    pub fn add(&mut self, name: &[u8], inode: I) {
        self.entries.push(Entry { name: name.to_vec(), inode });
    }
}

/// A file system that can be walked.
pub trait Tree {
    /// What names an inode: its number or its place.
    type Inode: Copy + Ord;

    /// What an inode says of itself.
    ///
    /// # Errors
    /// When it can't be read; the entry is then left out and a problem names it.
    fn attributes(&mut self, inode: Self::Inode) -> Result<Attributes, Trouble>;

    /// What a folder lists.
    fn entries(&mut self, inode: Self::Inode) -> Listing<Self::Inode>;

    /// The bytes of a file, or the target of a symbolic link.
    fn content(&mut self, inode: Self::Inode) -> Content;

    /// Whether a second name for the same inode is a hard link. No for formats whose empty files
    /// or fragments may share a number.
    fn has_hard_links(&self) -> bool {
        true
    }
}

/// Walks a file system from its root folder and adds all its entries to `found`, folders before
/// what is in them, in stored order. The root folder itself is not an entry.
pub fn walk<T: Tree>(tree: &mut T, root: T::Inode, found: &mut Found, context: &Context<'_>) {
    let mut troubles = Troubles::default();
    let mut seen_folders = BTreeSet::from([root]);
    let mut first_paths: BTreeMap<T::Inode, String> = BTreeMap::new();
    let mut open = vec![listed(tree, root, &mut troubles, "/")];
    let mut path: Vec<u8> = Vec::new();
    let mut lengths: Vec<usize> = Vec::new();
    while let Some(folder) = open.last_mut() {
        let Some(entry) = folder.next() else {
            open.pop();
            path.truncate(lengths.pop().unwrap_or(0));
            continue;
        };
        if matches!(entry.name.as_slice(), b"" | b"." | b"..") {
            continue;
        }
        let budget = context.budget;
        let long = (path.len() + entry.name.len()).saturating_sub(PATH_BYTES_USUAL);
        // Once as the entry's own, once to find what links to it.
        if let Err(limit) = budget.take_node().and_then(|()| budget.take_memory(2 * long)) {
            troubles.add("/", limit.into());
            break;
        }
        let parent_length = path.len();
        path.push(b'/');
        // A slash in a stored name would make up a folder that is not there.
        path.extend(entry.name.iter().map(|byte| if *byte == b'/' { b'_' } else { *byte }));
        let depth = open.len();
        let node = visit(tree, entry.inode, &path, &mut first_paths, &mut troubles);
        let is_folder = node.as_ref().is_some_and(|node| node.kind == NodeKind::Directory);
        if is_folder && depth < DEPTH_MAX {
            let name = String::from_utf8_lossy(&path).into_owned();
            if seen_folders.insert(entry.inode) {
                lengths.push(parent_length);
                open.push(listed(tree, entry.inode, &mut troubles, &name));
                found.nodes.extend(node);
                continue;
            }
            let message = "a folder is listed more than once";
            let kind = ProblemKind::Damaged;
            troubles.add(&name, Trouble { kind, offset: None, message: message.into() });
        }
        found.nodes.extend(node);
        path.truncate(parent_length);
    }
    troubles.report(found);
}

fn listed<T: Tree>(
    tree: &mut T,
    inode: T::Inode,
    troubles: &mut Troubles,
    path: &str,
) -> std::vec::IntoIter<Entry<T::Inode>> {
    let listing = tree.entries(inode);
    if let Some(trouble) = listing.trouble {
        troubles.add(path, trouble);
    }
    listing.entries.into_iter()
}

fn visit<T: Tree>(
    tree: &mut T,
    inode: T::Inode,
    path: &[u8],
    first_paths: &mut BTreeMap<T::Inode, String>,
    troubles: &mut Troubles,
) -> Option<Node> {
    let attributes = match tree.attributes(inode) {
        Ok(attributes) => attributes,
        Err(trouble) => {
            troubles.add(&String::from_utf8_lossy(path), trouble);
            return None;
        }
    };
    let links = tree.has_hard_links() && !attributes.is_folder();
    if let Some(first) = first_paths.get(&inode).filter(|_| links) {
        let kind = NodeKind::HardLink(first.clone());
        let meta = NodeMeta { mode: attributes.st_mode, ..attributes.meta };
        return Some(Node::new(path, kind, meta));
    }
    let content = if attributes.has_content() { tree.content(inode) } else { Content::default() };
    if let Some(trouble) = content.trouble {
        troubles.add(&String::from_utf8_lossy(path), trouble);
    }
    let Attributes { st_mode, meta, device, xattrs } = attributes;
    let mut node = Node::from_st_mode(path, st_mode, meta, content.bytes, device);
    node.xattrs = xattrs;
    if links {
        first_paths.insert(inode, node.path.clone());
    }
    Some(node)
}

/// Problems of a walk: the first few of a kind by name, the others by number.
#[derive(Debug, Default)]
pub struct Troubles {
    by_kind: BTreeMap<ProblemKind, (Vec<(String, Trouble)>, usize)>,
}

impl Troubles {
    /// Notes what is wrong with the entry at `path`.
    pub fn add(&mut self, path: &str, trouble: Trouble) {
        let (named, more) = self.by_kind.entry(trouble.kind).or_default();
        if named.len() < PROBLEMS_NAMED_MAX {
            named.push((path.to_owned(), trouble));
        } else {
            *more += 1;
        }
    }

    /// Adds what was noted to a layer's problems.
    pub fn report(self, found: &mut Found) {
        let hiding = self.by_kind.iter().filter(|(kind, _)| kind.hides_content());
        let unread: usize = hiding.map(|(_, (named, more))| named.len() + more).sum();
        if unread > 0 {
            found.fact("unread entries", unread);
        }
        for (kind, (named, more)) in self.by_kind {
            for (path, trouble) in named {
                found.problem(kind, trouble.offset, format!("{path}: {}", trouble.message));
            }
            if more > 0 {
                found.problem(kind, None, format!("and {more} more entries like these"));
            }
        }
    }
}

/// A stretch of a file: where it stands in the layer, or a hole.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Extent {
    /// Offset in the layer, in bytes; `None` for a hole that reads as zeros.
    pub offset: Option<usize>,
    /// Length in bytes.
    pub len: usize,
}

impl Extent {
    /// Bytes in the layer.
    #[must_use]
    pub fn at(offset: usize, len: usize) -> Self {
        Self { offset: Some(offset), len }
    }

    /// A hole.
    #[must_use]
    pub fn hole(len: usize) -> Self {
        Self { offset: None, len }
    }
}

/// Adds a stretch to a file's pieces, joined with the last one where they touch.
pub fn push_extent(extents: &mut Vec<Extent>, next: Extent) {
    if next.len == 0 {
        return;
    }
    if let Some(last) = extents.last_mut() {
        let touches = match (last.offset, next.offset) {
            (Some(a), Some(b)) => a.checked_add(last.len) == Some(b),
            (None, None) => true,
            _ => false,
        };
        if let Some(len) = last.len.checked_add(next.len).filter(|_| touches) {
            last.len = len;
            return;
        }
    }
    extents.push(next);
}

/// How many bytes the pieces have together; saturates.
#[must_use]
pub fn total(extents: &[Extent]) -> usize {
    extents.iter().fold(0, |sum, extent| sum.saturating_add(extent.len))
}

/// The bytes of a file of `size` bytes from its pieces; what no piece covers is a hole.
///
/// One piece is a slice of the input; several are copied and take memory from the budget.
#[must_use]
pub fn gather(input: &Bytes, extents: &[Extent], size: usize, budget: &Budget) -> Content {
    let first = extents.iter().find(|extent| extent.len > 0);
    if size == 0 {
        return Content::default();
    }
    if let Some(Extent { offset: Some(offset), len }) = first
        && *len >= size
    {
        return slice(input, *offset, size);
    }
    if let Err(limit) = budget.take_memory(size) {
        return Trouble::from(limit).into();
    }
    let mut out = Vec::with_capacity(size);
    for extent in extents {
        let wanted = extent.len.min(size - out.len());
        match extent.offset {
            None => out.resize(out.len() + wanted, 0),
            Some(offset) => {
                let have = input.get(offset..).unwrap_or_default();
                let piece = have.get(..wanted).unwrap_or(have);
                out.extend_from_slice(piece);
                if piece.len() < wanted {
                    let trouble = missing(offset, wanted - piece.len());
                    return Content { bytes: out.into(), trouble: Some(trouble) };
                }
            }
        }
        if out.len() >= size {
            break;
        }
    }
    out.resize(size, 0);
    Bytes::from(out).into()
}

/// `len` bytes of the input from `offset`, or what there is of them.
#[must_use]
pub fn slice(input: &Bytes, offset: usize, len: usize) -> Content {
    let begin = offset.min(input.len());
    let end = offset.saturating_add(len).min(input.len());
    let bytes = input.slice(begin..end);
    let trouble = (bytes.len() < len).then(|| missing(offset, len - bytes.len()));
    Content { bytes, trouble }
}

fn missing(offset: usize, count: usize) -> Trouble {
    Trouble::truncated(offset, format!("{count} bytes lie past the end of the image"))
}

/// A moment as people read it, `2021-03-04 05:06:07 UTC`, from seconds since 1970.
#[must_use]
pub fn date_text(seconds: i64) -> String {
    let (days, rest) = (seconds.div_euclid(86_400), seconds.rem_euclid(86_400));
    // Days to civil date, counted in eras of 400 years from 0000-03-01.
    let shifted = days.saturating_add(719_468);
    let (era, day_of_era) = (shifted.div_euclid(146_097), shifted.rem_euclid(146_097));
    let year_of_era =
        (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month_shifted = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * month_shifted + 2) / 5 + 1;
    let month = if month_shifted < 10 { month_shifted + 3 } else { month_shifted - 9 };
    let year = year_of_era + era * 400 + i64::from(month <= 2);
    let (hour, minute, second) = (rest / 3600, rest / 60 % 60, rest % 60);
    format!("{year:04}-{month:02}-{day:02} {hour:02}:{minute:02}:{second:02} UTC")
}

/// Seconds since 1970 of a civil date, for formats that store one; no leap seconds.
#[must_use]
pub fn civil_seconds(date: (i64, i64, i64), time: (i64, i64, i64)) -> i64 {
    let (year, month, day) = date;
    let year = if month <= 2 { year - 1 } else { year };
    let (era, year_of_era) = (year.div_euclid(400), year.rem_euclid(400));
    let month_shifted = (month + 9).rem_euclid(12);
    let day_of_year = (153 * month_shifted + 2) / 5 + day - 1;
    let day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    let days = era * 146_097 + day_of_era - 719_468;
    let (hour, minute, second) = time;
    days * 86_400 + hour * 3600 + minute * 60 + second
}

#[cfg(test)]
mod tests {
    use super::*;
    use duecare_unpack::Limits;

    #[test]
    fn dates_both_ways() {
        assert_eq!(date_text(0), "1970-01-01 00:00:00 UTC");
        assert_eq!(date_text(951_782_400), "2000-02-29 00:00:00 UTC");
        assert_eq!(date_text(-1), "1969-12-31 23:59:59 UTC");
        assert_eq!(civil_seconds((2000, 2, 29), (0, 0, 0)), 951_782_400);
        assert_eq!(civil_seconds((1970, 1, 1), (0, 0, 1)), 1);
    }

    #[test]
    fn pieces_are_gathered() {
        let budget = Budget::new(Limits::default());
        let input = Bytes::from_static(b"0123456789");
        let get = |extents: &[Extent], size| gather(&input, extents, size, &budget);
        assert_eq!(&get(&[Extent::at(2, 5)], 3).bytes[..], b"234");
        let mixed = [Extent::at(1, 2), Extent::hole(2), Extent::at(8, 2)];
        assert_eq!(&get(&mixed, 6).bytes[..], b"12\0\x008\x39");
        let cut = get(&[Extent::at(0, 2), Extent::at(9, 4)], 6);
        assert_eq!((&cut.bytes[..], cut.trouble.is_some()), (&b"019"[..], true));
        assert_eq!(&get(&[], 2).bytes[..], b"\0\0");
    }
}
