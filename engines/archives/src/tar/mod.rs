//! tar: v7, ustar (POSIX.1-1988), GNU (long names, sparse files), pax (POSIX.1-2001), star.
//!
//! Left out on purpose: continuing a file over several volumes.

mod sparse;

use crate::tree::{Tree, slice};
use bytes::Bytes;
use duecare_base::Bin;
use duecare_unpack::{Context, Format, Found, Node, NodeKind, NodeMeta, ProblemKind, Signature};
use std::collections::BTreeMap;

/// Everything is counted in blocks.
const BLOCK: usize = 512;

/// What writers fill the end up to: 20 blocks.
const RECORD: usize = 20 * BLOCK;

/// Largest long name or set of pax records, in bytes.
const EXTRA_BYTES_MAX: usize = 4 << 20;

/// tar with a magic: anywhere.
pub(crate) struct Tar;

/// tar of the seventh edition of Unix, which has none: at the start, told by its checksum.
pub(crate) struct TarV7;

impl Format for Tar {
    fn name(&self) -> &'static str {
        "tar"
    }

    fn signatures(&self) -> &'static [Signature] {
        const { &[Signature::anywhere(b"ustar").with_offset(257)] }
    }

    fn read(&self, input: &Bytes, context: &Context<'_>) -> Option<Found> {
        read(input, context)
    }
}

impl Format for TarV7 {
    fn name(&self) -> &'static str {
        "tar"
    }

    fn signatures(&self) -> &'static [Signature] {
        &[]
    }

    fn read(&self, input: &Bytes, context: &Context<'_>) -> Option<Found> {
        let header = Header::read(input, 0)?;
        let sane = header.name.iter().all(|byte| *byte >= b' ' && *byte != 0x7f)
            && !header.name.is_empty()
            && matches!(header.kind, 0 | b'0'..=b'7');
        if sane { read(input, context) } else { None }
    }
}

/// One header block.
struct Header {
    name: Vec<u8>,
    link: Vec<u8>,
    kind: u8,
    size: u64,
    meta: NodeMeta,
    device: (u32, u32),
    gnu: bool,
    posix: bool,
}

impl Header {
    /// `None`: not a header, by its checksum.
    fn read(input: &[u8], at: usize) -> Option<Self> {
        let block = input.get(at..)?.get(..BLOCK)?;
        let bin = Bin::be(block);
        let stored = number(bin.slice(148, 8).ok()?)?;
        let sum = |signed: bool| -> i64 {
            let all = block.iter().enumerate().map(|(index, byte)| match (index, signed) {
                (148..156, _) => i64::from(b' '),
                // Old writers added the bytes up as signed characters.
                (_, true) => i64::from(byte.cast_signed()),
                (_, false) => i64::from(*byte),
            });
            all.sum()
        };
        let stored = i64::try_from(stored).ok()?;
        if block.iter().all(|byte| *byte == 0) || (sum(false) != stored && sum(true) != stored) {
            return None;
        }
        let field = |at: usize, len: usize| -> Vec<u8> {
            let bytes = bin.slice(at, len).unwrap_or_default();
            bytes.split(|byte| *byte == 0).next().unwrap_or_default().to_vec()
        };
        let value = |at: usize, len: usize| number(bin.slice(at, len).unwrap_or_default());
        let small = |at, len| value(at, len).and_then(|n| u32::try_from(n).ok()).unwrap_or(0);
        let posix = bin.has(257, b"ustar\0");
        let gnu = bin.has(257, b"ustar ");
        let mut name = field(0, 100);
        let prefix = if posix { field(345, 155) } else { Vec::new() };
        if !prefix.is_empty() {
            name = [prefix.as_slice(), b"/", &name].concat();
        }
        let mtime = value(136, 12).unwrap_or(0);
        let meta = NodeMeta {
            mode: small(100, 8),
            uid: small(108, 8),
            gid: small(116, 8),
            mtime: i64::try_from(mtime).unwrap_or(0),
        };
        let device = if posix || gnu { (small(329, 8), small(337, 8)) } else { (0, 0) };
        let kind = bin.u8(156).ok()?;
        Some(Self {
            name,
            link: field(157, 100),
            kind,
            size: value(124, 12)?,
            meta,
            device,
            gnu,
            posix,
        })
    }
}

/// An octal number with blanks around it, or a binary one with its top bit set (GNU, star).
fn number(field: &[u8]) -> Option<u64> {
    let (first, rest) = field.split_first()?;
    if first & 0x80 != 0 {
        if *first == 0xff {
            // Negative, as times before 1970 may be.
            return Some(0);
        }
        let start = u64::from(first & 0x7f);
        return rest.iter().try_fold(start, |value, byte| {
            value.checked_mul(256).map(|value| value + u64::from(*byte))
        });
    }
    let text = std::str::from_utf8(field).ok()?;
    let digits = text.trim_matches(|c: char| c == ' ' || c == '\0');
    let digits = digits.split(['\0', ' ']).next().unwrap_or_default();
    if digits.is_empty() { Some(0) } else { u64::from_str_radix(digits, 8).ok() }
}

/// What extension headers say of the next entry.
#[derive(Default)]
struct Extra {
    name: Option<Vec<u8>>,
    link: Option<Vec<u8>>,
    pax: BTreeMap<String, Vec<u8>>,
}

impl Extra {
    fn text(&self, key: &str) -> Option<&str> {
        self.pax.get(key).and_then(|value| std::str::from_utf8(value).ok())
    }

    fn number(&self, key: &str) -> Option<u64> {
        // Times have fractions.
        self.text(key)?.split('.').next()?.parse().ok()
    }
}

/// Adds the records of a pax header: `length key=value\n`.
fn pax_records(bytes: &[u8], records: &mut BTreeMap<String, Vec<u8>>) {
    let mut rest = bytes;
    while let Some(blank) = rest.iter().position(|byte| *byte == b' ') {
        let length = rest.get(..blank).and_then(|digits| std::str::from_utf8(digits).ok());
        let Some(length) = length.and_then(|digits| digits.parse::<usize>().ok()) else { return };
        let Some(record) = rest.get(blank + 1..length) else { return };
        let record = record.strip_suffix(b"\n").unwrap_or(record);
        if let Some(equals) = record.iter().position(|byte| *byte == b'=') {
            let (key, value) = record.split_at(equals);
            let key = String::from_utf8_lossy(key).into_owned();
            let value = value.get(1..).unwrap_or_default().to_vec();
            // Old sparse maps repeat their keys.
            if key == "GNU.sparse.offset" || key == "GNU.sparse.numbytes" {
                let map = records.entry("GNU.sparse.map".to_owned()).or_default();
                if !map.is_empty() {
                    map.push(b',');
                }
                map.extend_from_slice(&value);
            } else {
                records.insert(key, value);
            }
        }
        rest = rest.get(length..).unwrap_or_default();
    }
}

/// Reads an archive from the start of `input`; `None` when its first block is no header.
pub(crate) fn read(input: &Bytes, context: &Context<'_>) -> Option<Found> {
    Header::read(input, 0)?;
    let mut tree = Tree::new(context);
    let mut global = BTreeMap::new();
    let mut extra = Extra::default();
    let mut at = 0;
    let mut kinds = Kinds::default();
    loop {
        let Some(header) = Header::read(input, at) else {
            let size = end(input, at, &mut tree);
            tree.found.fact("format", kinds.label());
            tree.found.fact("entries", tree.found.nodes.len());
            return Some(tree.finish(size));
        };
        kinds.see(&header);
        let data = at + BLOCK;
        let size = match extra.number("size") {
            Some(size) if !matches!(header.kind, b'x' | b'g' | b'L' | b'K') => size,
            _ => header.size,
        };
        let size = usize::try_from(size).unwrap_or(usize::MAX);
        let body = match header.kind {
            // These have no content, whatever their size says.
            b'1'..=b'6' if !(header.kind == b'1' && extra.pax.contains_key("size")) => 0,
            _ => size,
        };
        let body = if header.kind == b'5' || header.kind == b'2' { 0 } else { body };
        let next = data.saturating_add(body.div_ceil(BLOCK).saturating_mul(BLOCK));
        let small = slice(input, data, body.min(EXTRA_BYTES_MAX));
        match header.kind {
            b'x' | b'X' => pax_records(&small, &mut extra.pax),
            b'g' => pax_records(&small, &mut global),
            b'L' => extra.name = Some(until_nul(&small)),
            b'K' => extra.link = Some(until_nul(&small)),
            _ => {
                for (key, value) in &global {
                    extra.pax.entry(key.clone()).or_insert_with(|| value.clone());
                }
                let read = Entry { input, at: data, size: body };
                if !entry(&header, &extra, &read, &mut tree) {
                    return Some(tree.finish(next.min(input.len())));
                }
                extra = Extra::default();
            }
        }
        at = next.min(input.len());
    }
}

fn until_nul(bytes: &[u8]) -> Vec<u8> {
    bytes.split(|byte| *byte == 0).next().unwrap_or_default().to_vec()
}

/// Which dialect an archive is.
#[derive(Default)]
struct Kinds {
    pax: bool,
    gnu: bool,
    posix: bool,
}

impl Kinds {
    fn see(&mut self, header: &Header) {
        self.pax |= matches!(header.kind, b'x' | b'g');
        self.gnu |= header.gnu;
        self.posix |= header.posix;
    }

    fn label(&self) -> &'static str {
        match (self.pax, self.gnu) {
            (true, _) => "pax",
            (false, true) => "gnu",
            (false, false) if self.posix => "ustar",
            (false, false) => "v7",
        }
    }
}

/// Where an archive ends whose next block is no header: behind its blocks of zeros.
fn end(input: &Bytes, at: usize, tree: &mut Tree<'_>) -> usize {
    let rest = input.get(at..).unwrap_or_default();
    let zeros = rest
        .chunks(BLOCK)
        .take_while(|block| block.len() == BLOCK && block.iter().all(|byte| *byte == 0))
        .count();
    if rest.is_empty() || zeros > 0 {
        if rest.is_empty() && !at.is_multiple_of(BLOCK) {
            tree.problem(ProblemKind::Truncated, at, "the archive is cut off".to_owned());
        }
        let to_record = at.next_multiple_of(RECORD).max(at + RECORD.min(2 * BLOCK));
        let end = at + zeros * BLOCK;
        return if end > to_record { to_record } else { end };
    }
    if rest.len() < BLOCK {
        tree.problem(ProblemKind::Truncated, at, "the archive ends inside a header".to_owned());
        return input.len();
    }
    tree.problem(ProblemKind::Damaged, at, "a header has a wrong checksum".to_owned());
    at
}

/// Where an entry's content stands.
struct Entry<'a> {
    input: &'a Bytes,
    at: usize,
    size: usize,
}

/// Adds an entry; `false` when there may be no more.
fn entry(header: &Header, extra: &Extra, place: &Entry<'_>, tree: &mut Tree<'_>) -> bool {
    let given = extra.pax.get("GNU.sparse.name").or_else(|| extra.pax.get("path"));
    let name = given.or(extra.name.as_ref()).unwrap_or(&header.name);
    let link = extra.pax.get("linkpath").or(extra.link.as_ref()).unwrap_or(&header.link);
    let number = |key: &str, field: u32| {
        extra.number(key).and_then(|value| u32::try_from(value).ok()).unwrap_or(field)
    };
    let meta = NodeMeta {
        mode: header.meta.mode,
        uid: number("uid", header.meta.uid),
        gid: number("gid", header.meta.gid),
        mtime: extra.number("mtime").map_or(header.meta.mtime, |t| i64::try_from(t).unwrap_or(0)),
    };
    let (major, minor) = header.device;
    let kind = match header.kind {
        b'1' => NodeKind::HardLink(duecare_unpack::node::clean_path(link).0),
        b'2' => NodeKind::Symlink(String::from_utf8_lossy(link).into_owned()),
        b'3' => NodeKind::CharDevice { major, minor },
        b'4' => NodeKind::BlockDevice { major, minor },
        b'5' | b'D' => NodeKind::Directory,
        b'6' => NodeKind::Fifo,
        // A volume's label is no entry.
        b'V' => return true,
        // Before ustar a directory was a file whose name ends with a slash.
        0 | b'0' if name.ends_with(b"/") && place.size == 0 => NodeKind::Directory,
        _ => NodeKind::File(content(header, extra, place, &String::from_utf8_lossy(name), tree)),
    };
    let mut node = Node::new(name, kind, meta);
    for (key, value) in &extra.pax {
        let attribute =
            key.strip_prefix("SCHILY.xattr.").or_else(|| key.strip_prefix("LIBARCHIVE.xattr."));
        if let Some(attribute) = attribute {
            node.xattrs.push((attribute.to_owned(), value.clone()));
        }
    }
    tree.add(node)
}

fn content(
    header: &Header,
    extra: &Extra,
    place: &Entry<'_>,
    name: &str,
    tree: &mut Tree<'_>,
) -> Bytes {
    let bytes = slice(place.input, place.at, place.size);
    if bytes.len() < place.size {
        let missing = place.size - bytes.len();
        let message = format!("{name}: {missing} bytes are missing");
        tree.problem(ProblemKind::Truncated, place.at, message);
    }
    let sparse = if header.kind == b'S' {
        sparse::old_gnu_map(place)
            .map(|(map, real, skip)| (map, real, bytes.slice(skip.min(bytes.len())..)))
    } else {
        sparse::pax_map(extra, &bytes)
    };
    match sparse {
        None => bytes,
        Some((map, real, data)) => sparse::fill(&map, real, &data, name, place.at, tree),
    }
}
