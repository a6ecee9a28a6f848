//! Shell scripts that carry an archive: makeself and vendors' own installers (a script, then a
//! compressed tar), and shar, whose files stand in here-documents.

use crate::tree::{Tree, sniff_codec};
use bytes::Bytes;
use duecare_unpack::{Context, Format, Found, Node, NodeKind, NodeMeta, Signature};

/// A script with an archive behind its last line.
pub(crate) struct SelfExtracting;

/// A shell archive.
pub(crate) struct Shar;

/// How far into a file its script may reach, in bytes.
const SCRIPT_BYTES_MAX: usize = 256 * 1024;

/// Lines that mark where a script ends, as vendors' installers write them.
const MARKS: [&[u8]; 6] = [
    b"\n__ARCHIVE_BELOW__\n",
    b"\n__ARCHIVE__\n",
    b"\n__PAYLOAD_BELOW__\n",
    b"\n__PAYLOAD__\n",
    b"\nPAYLOAD:\n",
    b"\n#####START OF PAYLOAD#####\n",
];

impl Format for SelfExtracting {
    fn name(&self) -> &'static str {
        "self-extracting"
    }

    fn signatures(&self) -> &'static [Signature] {
        const { &[Signature::start(b"#!/")] }
    }

    fn read(&self, input: &Bytes, _: &Context<'_>) -> Option<Found> {
        let reach = input.get(..SCRIPT_BYTES_MAX).unwrap_or(input);
        let (kind, at) = match makeself(reach) {
            Some(at) => ("makeself", at),
            None => ("script", payload(reach)?),
        };
        let rest = input.get(at..).filter(|rest| rest.len() >= 16)?;
        if duecare_unpack::sniff::is_text(rest) {
            return None;
        }
        let mut found = Found::new(input.len());
        found.fact("kind", kind);
        if kind == "makeself" {
            for (key, fact) in
                [("label=", "label"), ("script=", "script"), ("targetdir=", "folder")]
            {
                if let Some(value) = assigned(reach, key) {
                    found.fact(fact, value);
                }
            }
        }
        found.slice(input, "script", 0, at);
        found.slice(input, "payload", at, rest.len());
        Some(found)
    }
}

/// Where the archive of makeself begins: behind as many lines as `skip` or `SKIP` says.
fn makeself(script: &[u8]) -> Option<usize> {
    let head = script.get(..SCRIPT_BYTES_MAX.min(8192)).unwrap_or(script);
    memchr::memmem::find(head, b"akeself")?;
    let text = assigned(script, "skip=").or_else(|| assigned(script, "SKIP="));
    let lines = match text.and_then(|text| text.parse::<usize>().ok()) {
        Some(lines) => lines,
        // offset=`head -n 713 "$0" | wc -c`
        None => {
            let at = memchr::memmem::find(script, b"head -n ")? + 8;
            let digits = script.get(at..)?.split(|byte| !byte.is_ascii_digit()).next()?;
            std::str::from_utf8(digits).ok()?.parse().ok()?
        }
    };
    let mut ends = memchr::memchr_iter(b'\n', script);
    Some(ends.nth(lines.checked_sub(1)?)? + 1)
}

/// The value of `name="value"` at the start of a line.
fn assigned(script: &[u8], name: &str) -> Option<String> {
    let wanted = format!("\n{name}");
    let at = memchr::memmem::find(script, wanted.as_bytes())? + wanted.len();
    let line = script.get(at..)?.split(|byte| *byte == b'\n').next()?;
    let value = String::from_utf8_lossy(line).trim().trim_matches(['"', '\'']).to_owned();
    (!value.is_empty()).then_some(value)
}

/// Where a payload begins in a script that is not makeself's: behind a mark, or at a line that
/// begins with the magic of an archive.
fn payload(script: &[u8]) -> Option<usize> {
    for mark in MARKS {
        if let Some(at) = memchr::memmem::rfind(script, mark) {
            return Some(at + mark.len());
        }
    }
    memchr::memchr_iter(b'\n', script).map(|end| end + 1).find(|at| {
        let rest = script.get(*at..).unwrap_or_default();
        let tar = rest.get(257..262) == Some(b"ustar");
        let binary = rest.iter().take(16).any(|byte| !(9..0x7f).contains(byte));
        tar || (binary && sniff_codec(rest).is_some()) || rest.starts_with(b"PK\x03\x04")
    })
}

/// Files of one shell archive.
const FILES_MAX: usize = 100_000;

impl Format for Shar {
    fn name(&self) -> &'static str {
        "shar"
    }

    fn signatures(&self) -> &'static [Signature] {
        const { &[Signature::start(b"#!/bin/sh"), Signature::start(b"# This is a shell archive")] }
    }

    fn read(&self, input: &Bytes, context: &Context<'_>) -> Option<Found> {
        let head = input.get(..512).unwrap_or(input);
        memchr::memmem::find(head, b"This is a shell archive")?;
        let mut tree = Tree::new(context);
        let mut lines = Lines { bytes: input, at: 0 };
        for _ in 0..FILES_MAX {
            let Some(document) = next_document(&mut lines) else { break };
            let (name, content) = file(&document, &mut lines);
            if name.is_empty() {
                continue;
            }
            let meta = NodeMeta::default();
            if tree.context.budget.take_memory(content.len()).is_err()
                || !tree.add(Node::new(name.as_bytes(), NodeKind::File(content.into()), meta))
            {
                break;
            }
        }
        tree.found.fact("entries", tree.found.nodes.len());
        (!tree.found.nodes.is_empty()).then(|| tree.finish(input.len()))
    }
}

struct Lines<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl<'a> Iterator for Lines<'a> {
    type Item = &'a [u8];

    fn next(&mut self) -> Option<&'a [u8]> {
        let rest = self.bytes.get(self.at..).filter(|rest| !rest.is_empty())?;
        let line = rest.split(|byte| *byte == b'\n').next().unwrap_or_default();
        self.at += line.len() + 1;
        Some(line)
    }
}

/// The line that opens a here-document: `sed 's/^X//' << 'SHAR_EOF' > 'name'`.
struct Document {
    name: String,
    end: String,
    /// What stands before each line.
    prefix: Vec<u8>,
    encoded: bool,
}

fn next_document(lines: &mut Lines<'_>) -> Option<Document> {
    for line in lines.by_ref() {
        let text = String::from_utf8_lossy(line);
        let Some((before, after)) = text.split_once("<<") else { continue };
        let command = before.trim();
        let encoded = text.contains("uudecode");
        if !(command.starts_with("sed") || command.starts_with("cat") || encoded) {
            continue;
        }
        let (end, rest) = word(after);
        let target = rest.split_once('>').or_else(|| before.split_once('>'));
        let name = target.map(|(_, name)| word(name.trim_start_matches('>')).0);
        let prefix = command
            .split_once("s/^")
            .and_then(|(_, rest)| rest.split_once("//"))
            .map(|(prefix, _)| prefix.as_bytes().to_vec());
        let name = name.filter(|_| !encoded).unwrap_or_default();
        if !end.is_empty() && (encoded || !name.is_empty()) {
            return Some(Document { name, end, prefix: prefix.unwrap_or_default(), encoded });
        }
    }
    None
}

/// The next word of a shell line, quotes taken off, and the rest.
fn word(text: &str) -> (String, &str) {
    let text = text.trim_start().trim_start_matches('-');
    let mut characters = text.chars();
    let quote = text.chars().next().filter(|first| matches!(first, '\'' | '"'));
    match quote {
        Some(quote) => {
            characters.next();
            let rest = characters.as_str();
            let end = rest.find(quote).unwrap_or(rest.len());
            let (inner, rest) = rest.split_at(end);
            (inner.to_owned(), rest.get(1..).unwrap_or_default())
        }
        None => {
            let mut escaped = false;
            let end = text.find(|c: char| {
                let ends = c.is_whitespace() || matches!(c, ';' | '>' | '|' | '&');
                let after_backslash = escaped;
                escaped = !escaped && c == '\\';
                ends && !after_backslash
            });
            let (inner, rest) = text.split_at(end.unwrap_or(text.len()));
            (inner.replace('\\', ""), rest)
        }
    }
}

/// The document's lines up to its end, as a file.
fn file(document: &Document, lines: &mut Lines<'_>) -> (String, Vec<u8>) {
    let mut content = Vec::new();
    let mut name = document.name.clone();
    for line in lines {
        if line == document.end.as_bytes() {
            break;
        }
        let line = line.strip_prefix(document.prefix.as_slice()).unwrap_or(line);
        if document.encoded {
            match line.strip_prefix(b"begin ") {
                // begin 644 name
                Some(rest) => {
                    let rest = String::from_utf8_lossy(rest);
                    let rest = rest.split_once(' ').map_or("", |(_, name)| name);
                    // bsdtar writes it as for a shell.
                    name = rest.replace("\\ ", " ");
                }
                None if line == b"end" => {}
                None => uudecode(line, &mut content),
            }
            continue;
        }
        content.extend_from_slice(line);
        content.push(b'\n');
    }
    (name, content)
}

/// One line of uuencoded text: a length, then groups of four characters for three bytes.
fn uudecode(line: &[u8], content: &mut Vec<u8>) {
    let Some((length, groups)) = line.split_first() else { return };
    let length = usize::from(length.wrapping_sub(b' ') & 0x3f);
    let mut left = length;
    for group in groups.chunks(4) {
        let value = |index: usize| {
            u32::from(group.get(index).copied().unwrap_or(b' ').wrapping_sub(b' ') & 0x3f)
        };
        let bits = value(0) << 18 | value(1) << 12 | value(2) << 6 | value(3);
        let bytes = [(bits >> 16) as u8, (bits >> 8) as u8, bits as u8];
        content.extend_from_slice(bytes.get(..left.min(3)).unwrap_or_default());
        left = left.saturating_sub(3);
    }
}
