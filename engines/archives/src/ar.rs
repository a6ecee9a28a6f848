//! ar archives (System V/GNU and BSD names), and Debian packages and ipk packages that are such.

use crate::package;
use crate::tree::{Tree, slice};
use bytes::Bytes;
use duecare_base::Bin;
use duecare_unpack::{Context, Format, Found, Node, NodeKind, NodeMeta, ProblemKind, Signature};

/// First bytes of an archive.
pub(crate) const MAGIC: &[u8] = b"!<arch>\n";

/// A header before each member.
const HEADER: usize = 60;

/// One member.
pub(crate) struct Member {
    pub(crate) name: Vec<u8>,
    meta: NodeMeta,
    /// Where the content stands.
    pub(crate) at: usize,
    /// Content size in bytes.
    pub(crate) size: usize,
}

/// The members and where they end, and what is wrong.
pub(crate) struct Members {
    pub(crate) list: Vec<Member>,
    pub(crate) end: usize,
    pub(crate) problem: Option<(ProblemKind, usize, String)>,
}

/// Reads the headers of an archive; `None` when its first one is none.
pub(crate) fn members(input: &[u8]) -> Option<Members> {
    let bin = Bin::le(input);
    let mut list = Vec::new();
    let mut names: &[u8] = &[];
    let mut at = MAGIC.len();
    let mut problem = None;
    while at < input.len() {
        // Members begin at even places.
        if !at.is_multiple_of(2) {
            at += 1;
            continue;
        }
        let Some((member, raw, size)) = header(bin, at, names) else {
            if list.is_empty() {
                return None;
            }
            break;
        };
        let end = (at + HEADER).saturating_add(size);
        if end > input.len() {
            let message = format!("{} bytes are missing at the end", end - input.len());
            problem = Some((ProblemKind::Truncated, at, message));
        }
        match raw {
            b"//" | b"ARFILENAMES/" => {
                names = bin.tail(at + HEADER);
                names = names.get(..size).unwrap_or(names);
            }
            // Symbol tables.
            b"/" | b"/SYM64/" => {}
            _ => list.push(member),
        }
        at = end;
    }
    Some(Members { list, end: at.min(input.len()), problem })
}

/// A member, its raw name, and the size that its header says.
fn header<'a>(bin: Bin<'a>, at: usize, names: &[u8]) -> Option<(Member, &'a [u8], usize)> {
    if !bin.has(at + 58, b"`\n") {
        return None;
    }
    let field = |offset: usize, len: usize| bin.slice(at + offset, len).unwrap_or_default();
    let number = |offset: usize, len: usize, radix: u32| -> Option<u64> {
        let text = std::str::from_utf8(field(offset, len)).ok()?.trim();
        if text.is_empty() { Some(0) } else { u64::from_str_radix(text, radix).ok() }
    };
    let raw = field(0, 16).trim_ascii_end();
    let size = usize::try_from(number(48, 10, 10)?).ok()?;
    let meta = NodeMeta {
        mode: number(40, 8, 8)? as u32,
        uid: number(28, 6, 10)? as u32,
        gid: number(34, 6, 10)? as u32,
        mtime: i64::try_from(number(16, 12, 10)?).ok()?,
    };
    let mut member = Member {
        name: raw.strip_suffix(b"/").unwrap_or(raw).to_vec(),
        meta,
        at: at + HEADER,
        size,
    };
    if let Some(length) = raw.strip_prefix(b"#1/") {
        // BSD: the name stands before the content.
        let length: usize = std::str::from_utf8(length).ok()?.trim().parse().ok()?;
        let name = bin.slice(member.at, length).ok()?;
        member.name = name.split(|byte| *byte == 0).next()?.to_vec();
        member.at += length;
        member.size = size.checked_sub(length)?;
    } else if let Some(offset) = raw.strip_prefix(b"/").filter(|digits| !digits.is_empty()) {
        // GNU: the name stands in the table of names.
        let offset = std::str::from_utf8(offset).ok().and_then(|text| text.parse::<usize>().ok());
        if let Some(rest) = offset.and_then(|offset| names.get(offset..)) {
            let name = rest.split(|byte| *byte == b'\n').next().unwrap_or_default();
            member.name = name.strip_suffix(b"/").unwrap_or(name).to_vec();
        }
    }
    Some((member, raw, size))
}

/// A Debian package (deb(5)), or an ipk package of the older kind.
pub(crate) struct Deb;

/// Any other archive.
pub(crate) struct Ar;

const SIGNATURES: &[Signature] = &[Signature::anywhere(MAGIC)];

impl Format for Ar {
    fn name(&self) -> &'static str {
        "ar"
    }

    fn signatures(&self) -> &'static [Signature] {
        SIGNATURES
    }

    fn read(&self, input: &Bytes, context: &Context<'_>) -> Option<Found> {
        let members = members(input)?;
        let mut tree = Tree::new(context);
        tree.found.fact("entries", members.list.len());
        for member in &members.list {
            let content = slice(input, member.at, member.size);
            // A name of an object file with slashes is still one file's name.
            if !tree.add(Node::new(&member.name, NodeKind::File(content), member.meta)) {
                break;
            }
        }
        if let Some((kind, at, message)) = members.problem {
            tree.problem(kind, at, message);
        }
        Some(tree.finish(members.end))
    }
}

impl Format for Deb {
    fn name(&self) -> &'static str {
        "deb"
    }

    fn signatures(&self) -> &'static [Signature] {
        SIGNATURES
    }

    fn read(&self, input: &Bytes, _: &Context<'_>) -> Option<Found> {
        let members = members(input)?;
        let first = members.list.first()?;
        if first.name != b"debian-binary" {
            return None;
        }
        let mut found = Found::new(members.end);
        let version = slice(input, first.at, first.size.min(16));
        found.fact("format", String::from_utf8_lossy(&version).trim());
        for member in &members.list {
            let name = String::from_utf8_lossy(&member.name).into_owned();
            if name.starts_with("control.tar") {
                let control = slice(input, member.at, member.size);
                package::control_facts(&control, &mut found);
            }
            if name.starts_with("_gpg") {
                found.fact("signed", "yes");
            }
            if name != "debian-binary" {
                found.slice(input, &name, member.at, member.size);
            }
        }
        if let Some((kind, at, message)) = members.problem {
            found.problem(kind, Some(at), message);
        }
        Some(found)
    }
}
