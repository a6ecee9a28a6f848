//! cpio: newc and crc (SVR4), odc (POSIX.1-1988), and the old binary form in both byte orders.

use crate::tree::{Tree, slice};
use bytes::Bytes;
use duecare_base::{Bin, Endian};
use duecare_unpack::{Context, Format, Found, Node, NodeKind, NodeMeta, ProblemKind, Signature};
use std::collections::BTreeMap;

pub(crate) struct Cpio;

/// Longest name, in bytes, its NUL included.
const NAME_BYTES_MAX: usize = 4096;

/// The name of the entry that ends an archive.
const TRAILER: &[u8] = b"TRAILER!!!";

const SIGNATURES: &[Signature] = &[
    Signature::anywhere(b"070701"),
    Signature::anywhere(b"070702"),
    Signature::anywhere(b"070707"),
    Signature::anywhere(&[0xc7, 0x71]).aligned(2),
    Signature::anywhere(&[0x71, 0xc7]).aligned(2),
];

impl Format for Cpio {
    fn name(&self) -> &'static str {
        "cpio"
    }

    fn signatures(&self) -> &'static [Signature] {
        SIGNATURES
    }

    fn read(&self, input: &Bytes, context: &Context<'_>) -> Option<Found> {
        read(input, context)
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Dialect {
    Newc,
    Crc,
    Odc,
    Bin(Endian),
}

impl Dialect {
    fn label(self) -> &'static str {
        match self {
            Self::Newc => "newc",
            Self::Crc => "crc",
            Self::Odc => "odc",
            Self::Bin(Endian::Little) => "bin le",
            Self::Bin(Endian::Big) => "bin be",
        }
    }
}

/// One header and where its entry's parts stand.
pub(crate) struct Entry {
    dialect: Dialect,
    pub(crate) name: Vec<u8>,
    /// Where the content stands.
    pub(crate) data: usize,
    /// Content size in bytes.
    pub(crate) size: usize,
    /// Where the next header stands.
    pub(crate) next: usize,
    mode: u32,
    meta: NodeMeta,
    device: (u32, u32),
    links: u32,
    inode: (u64, u64),
    check: Option<u32>,
}

impl Entry {
    /// The entry at `at`; `None`: no header.
    pub(crate) fn read(input: &[u8], at: usize) -> Option<Self> {
        let bin = Bin::be(input.get(at..)?);
        let entry = if bin.has(0, b"070701") {
            Self::newc(bin, at, Dialect::Newc)
        } else if bin.has(0, b"070702") {
            Self::newc(bin, at, Dialect::Crc)
        } else if bin.has(0, b"070707") {
            Self::odc(bin, at)
        } else if bin.has(0, &[0xc7, 0x71]) {
            Self::old(Bin::le(bin.bytes()), at)
        } else if bin.has(0, &[0x71, 0xc7]) {
            Self::old(bin, at)
        } else {
            None
        }?;
        let known = matches!(entry.mode & 0o170_000, 0o040_000 | 0o120_000 | 0o020_000)
            || matches!(entry.mode & 0o170_000, 0o060_000 | 0o010_000 | 0o140_000 | 0o100_000);
        let end = entry.name == TRAILER;
        // Some generators leave the type of a file out.
        let plain = entry.mode & 0o170_000 == 0 && matches!(entry.dialect, Dialect::Newc);
        (known || end || plain).then_some(entry)
    }

    fn newc(bin: Bin<'_>, at: usize, dialect: Dialect) -> Option<Self> {
        let field = |index: usize| digits(bin, 6 + index * 8, 8, 16);
        let (inode, mode, uid, gid) = (field(0)?, field(1)?, field(2)?, field(3)?);
        let (links, mtime, size) = (field(4)?, field(5)?, field(6)?);
        let name_size = usize::try_from(field(11)?).ok()?;
        let check = field(12)?;
        let name = name(bin, 110, name_size)?;
        // Name and content end at multiples of four, counted from the start of the archive.
        let data = at.checked_add(110 + name_size)?.checked_next_multiple_of(4)?;
        let size = usize::try_from(size).ok()?;
        Some(Self {
            dialect,
            name,
            data,
            size,
            next: data.checked_add(size)?.checked_next_multiple_of(4)?,
            mode: mode as u32,
            meta: NodeMeta { mode: 0, uid: uid as u32, gid: gid as u32, mtime: mtime as i64 },
            device: (field(9)? as u32, field(10)? as u32),
            links: links as u32,
            inode: (field(7)? << 32 | field(8)?, inode),
            check: (dialect == Dialect::Crc).then_some(check as u32),
        })
    }

    fn odc(bin: Bin<'_>, at: usize) -> Option<Self> {
        let field = |offset: usize, len: usize| digits(bin, offset, len, 8);
        let name_size = usize::try_from(field(59, 6)?).ok()?;
        let size = usize::try_from(field(65, 11)?).ok()?;
        let data = at.checked_add(76 + name_size)?;
        let device = field(42, 6)?;
        Some(Self {
            dialect: Dialect::Odc,
            name: name(bin, 76, name_size)?,
            data,
            size,
            next: data.checked_add(size)?,
            mode: field(18, 6)? as u32,
            meta: NodeMeta {
                mode: 0,
                uid: field(24, 6)? as u32,
                gid: field(30, 6)? as u32,
                mtime: i64::try_from(field(48, 11)?).ok()?,
            },
            device: ((device >> 8) as u32, (device & 0xff) as u32),
            links: field(36, 6)? as u32,
            inode: (field(6, 6)?, field(12, 6)?),
            check: None,
        })
    }

    fn old(bin: Bin<'_>, at: usize) -> Option<Self> {
        let half = |offset: usize| bin.u16(offset).ok();
        // Two halves, the upper first, each in the archive's byte order.
        let long =
            |offset: usize| Some(u32::from(half(offset)?) << 16 | u32::from(half(offset + 2)?));
        let name_size = usize::from(half(20)?);
        let size = usize::try_from(long(22)?).ok()?;
        let data = at.checked_add(26 + name_size.next_multiple_of(2))?;
        let device = u32::from(half(14)?);
        Some(Self {
            dialect: Dialect::Bin(bin.endian()),
            name: name(bin, 26, name_size)?,
            data,
            size,
            next: data.checked_add(size)?.checked_next_multiple_of(2)?,
            mode: u32::from(half(6)?),
            meta: NodeMeta {
                mode: 0,
                uid: u32::from(half(8)?),
                gid: u32::from(half(10)?),
                mtime: i64::from(long(16)?),
            },
            device: (device >> 8, device & 0xff),
            links: u32::from(half(12)?),
            inode: (u64::from(half(2)?), u64::from(half(4)?)),
            check: None,
        })
    }
}

fn digits(bin: Bin<'_>, at: usize, len: usize, radix: u32) -> Option<u64> {
    let field = bin.slice(at, len).ok()?;
    let text = std::str::from_utf8(field).ok()?;
    let clean = text.bytes().all(|byte| byte.is_ascii_hexdigit());
    if clean { u64::from_str_radix(text, radix).ok() } else { None }
}

fn name(bin: Bin<'_>, at: usize, size: usize) -> Option<Vec<u8>> {
    if size == 0 || size > NAME_BYTES_MAX {
        return None;
    }
    let (last, name) = bin.slice(at, size).ok()?.split_last()?;
    let name = name.split(|byte| *byte == 0).next().unwrap_or_default();
    (*last == 0).then(|| name.to_vec())
}

/// Reads an archive from the start of `input`; `None` when it begins with no entry.
pub(crate) fn read(input: &Bytes, context: &Context<'_>) -> Option<Found> {
    let first = Entry::read(input, 0)?;
    // Two bytes of magic need a second witness.
    if matches!(first.dialect, Dialect::Bin(_))
        && first.name != TRAILER
        && Entry::read(input, first.next).is_none()
    {
        return None;
    }
    let mut tree = Tree::new(context);
    tree.found.fact("format", first.dialect.label());
    let mut links = Links::default();
    let mut at = 0;
    let size = loop {
        let Some(entry) = Entry::read(input, at) else {
            let cut = input.len().saturating_sub(at) < 110;
            let kind = if cut { ProblemKind::Truncated } else { ProblemKind::Damaged };
            tree.problem(kind, at, "the archive ends without its trailer".to_owned());
            break at;
        };
        if entry.name == TRAILER {
            break entry.next;
        }
        if !add(input, &entry, &mut links, &mut tree) {
            break entry.next;
        }
        at = entry.next;
    };
    links.settle(&mut tree);
    tree.found.fact("entries", tree.found.nodes.len());
    Some(tree.finish(size.min(input.len())))
}

fn add(input: &Bytes, entry: &Entry, links: &mut Links, tree: &mut Tree<'_>) -> bool {
    let content = slice(input, entry.data, entry.size);
    let shown = String::from_utf8_lossy(&entry.name).into_owned();
    if content.len() < entry.size {
        let message = format!("{shown}: {} bytes are missing", entry.size - content.len());
        tree.problem(ProblemKind::Truncated, entry.data, message);
    } else if let Some(check) = entry.check {
        // The check of "crc" is the sum of the bytes.
        let sum = content.iter().fold(0_u32, |sum, byte| sum.wrapping_add(u32::from(*byte)));
        if sum != check && entry.mode & 0o170_000 == 0o100_000 {
            tree.problem(ProblemKind::Damaged, entry.data, format!("{shown}: wrong checksum"));
        }
    }
    let node = Node::from_st_mode(&entry.name, entry.mode, entry.meta, content, entry.device);
    let plain = matches!(node.kind, NodeKind::File(_));
    if plain && entry.links > 1 {
        links.see(entry.inode, tree.found.nodes.len(), entry.size > 0);
    }
    tree.add(node)
}

/// Entries that share an inode: one of them carries the content.
#[derive(Default)]
struct Links {
    /// The carrier, once known, and the entries.
    groups: BTreeMap<(u64, u64), (Option<usize>, Vec<usize>)>,
}

impl Links {
    fn see(&mut self, inode: (u64, u64), index: usize, carries: bool) {
        let group = self.groups.entry(inode).or_default();
        if carries && group.0.is_none() {
            group.0 = Some(index);
        }
        group.1.push(index);
    }

    /// Makes hard links of all entries but the carrier; odc and bin repeat the content.
    fn settle(self, tree: &mut Tree<'_>) {
        for (carrier, members) in self.groups.into_values() {
            let carrier = carrier.or(members.first().copied());
            let Some(target) = carrier.and_then(|index| tree.found.nodes.get(index)) else {
                continue;
            };
            let (path, content) = (target.path.clone(), target.content().cloned());
            for index in members.into_iter().filter(|index| Some(*index) != carrier) {
                if let Some(node) = tree.found.nodes.get_mut(index) {
                    let same = node.content().is_some_and(|own| own.is_empty())
                        || node.content() == content.as_ref();
                    if same {
                        node.kind = NodeKind::HardLink(path.clone());
                    }
                }
            }
        }
    }
}
