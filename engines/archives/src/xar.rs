//! xar archives (as xar 1.6 writes them): a zlib-compressed table of contents in XML, then a heap.

use crate::tree::{Tree, days, slice};
use bytes::Bytes;
use duecare_base::Bin;
use duecare_codecs::Codec;
use duecare_unpack::{Context, Format, Found, Node, NodeKind, NodeMeta, ProblemKind, Signature};

pub(crate) struct Xar;

/// Largest table of contents, unpacked, in bytes.
const TOC_BYTES_MAX: usize = 64 << 20;

/// Folders in folders.
const DEPTH_MAX: usize = 256;

impl Format for Xar {
    fn name(&self) -> &'static str {
        "xar"
    }

    fn signatures(&self) -> &'static [Signature] {
        const { &[Signature::anywhere(b"xar!")] }
    }

    fn read(&self, input: &Bytes, context: &Context<'_>) -> Option<Found> {
        let bin = Bin::be(input);
        let header = usize::from(bin.u16(4).ok()?);
        let (packed, size) = (bin.size64(8).ok()?, bin.size64(16).ok()?);
        if bin.u16(6).ok()? != 1 || header < 28 || size > TOC_BYTES_MAX {
            return None;
        }
        let table = bin.slice(header, packed).ok()?;
        let table = duecare_codecs::block(Codec::Zlib, table, size).ok()?;
        let text = String::from_utf8_lossy(&table).into_owned();
        let mut reader =
            Reader { input, heap: header + packed, end: header + packed, tree: Tree::new(context) };
        reader.walk(&text);
        let Reader { mut tree, end, .. } = reader;
        tree.found.fact("entries", tree.found.nodes.len());
        Some(tree.finish(end.min(input.len())))
    }
}

/// One `<file>` as far as it was read.
#[derive(Default)]
struct File {
    name: String,
    kind: String,
    link: String,
    encoding: String,
    meta: NodeMeta,
    offset: usize,
    packed: usize,
    size: u64,
    /// Whether it was added already, because a file inside began.
    done: bool,
}

struct Reader<'a> {
    input: &'a Bytes,
    heap: usize,
    end: usize,
    tree: Tree<'a>,
}

impl Reader<'_> {
    /// Reads the elements in order. Only what stands in `<file>` matters, and of that not the
    /// extended attributes, which have offsets of their own.
    fn walk(&mut self, text: &str) {
        let mut files: Vec<File> = Vec::new();
        let mut attribute = false;
        for piece in text.split('<').skip(1) {
            let Some((tag, value)) = piece.split_once('>') else { continue };
            let name = tag.split_whitespace().next().unwrap_or_default();
            match name {
                "ea" => attribute = !tag.ends_with('/'),
                "/ea" => attribute = false,
                "file" if files.len() < DEPTH_MAX => {
                    self.settle(&mut files);
                    files.push(File::default());
                }
                "/file" => {
                    self.settle(&mut files);
                    files.pop();
                }
                _ if attribute => {}
                _ => {
                    if let Some(file) = files.last_mut() {
                        file.set(name, tag, &unescape(value.trim()));
                    }
                }
            }
        }
    }

    /// Adds the innermost file, once all that stands directly in it was read.
    fn settle(&mut self, files: &mut [File]) {
        let path: Vec<&str> = files.iter().map(|file| file.name.as_str()).collect();
        let path = path.join("/");
        let Some(file) = files.last_mut().filter(|file| !file.done && !file.name.is_empty()) else {
            return;
        };
        file.done = true;
        let kind = match file.kind.as_str() {
            "directory" => NodeKind::Directory,
            "symlink" => NodeKind::Symlink(file.link.clone()),
            "fifo" => NodeKind::Fifo,
            _ => NodeKind::File(self.content(file, &path)),
        };
        self.tree.add(Node::new(path.as_bytes(), kind, file.meta));
    }

    fn content(&mut self, file: &File, path: &str) -> Bytes {
        let at = self.heap.saturating_add(file.offset);
        let packed = slice(self.input, at, file.packed);
        self.end = self.end.max(at.saturating_add(file.packed));
        if packed.len() < file.packed {
            let message = format!("{path}: {} bytes are missing", file.packed - packed.len());
            self.tree.problem(ProblemKind::Truncated, at, message);
        }
        let room = self.tree.room(file.size);
        let codec = match file.encoding.as_str() {
            "" | "application/octet-stream" => return packed,
            // Its content is a zlib stream, whatever its name says.
            "application/x-gzip" => Codec::Zlib,
            "application/x-bzip2" => Codec::Bzip2,
            "application/x-xz" => Codec::Xz,
            "application/x-lzma" => Codec::LzmaAlone,
            other => {
                let message = format!("{path}: encoding {other}");
                self.tree.problem(ProblemKind::Unsupported, at, message);
                return Bytes::new();
            }
        };
        let decoded = duecare_codecs::stream(codec, &packed, room);
        self.tree.keep(path, at, decoded)
    }
}

impl File {
    fn set(&mut self, element: &str, tag: &str, value: &str) {
        let number = || value.parse::<u64>().unwrap_or(0);
        let small = || u32::try_from(number()).unwrap_or(0);
        let place = || usize::try_from(number()).unwrap_or(usize::MAX);
        match element {
            "name" => value.clone_into(&mut self.name),
            "type" => value.clone_into(&mut self.kind),
            "link" => value.clone_into(&mut self.link),
            "mode" => self.meta.mode = u32::from_str_radix(value, 8).unwrap_or(0),
            "uid" => self.meta.uid = small(),
            "gid" => self.meta.gid = small(),
            "mtime" => self.meta.mtime = iso_time(value).unwrap_or(0),
            "offset" => self.offset = place(),
            "length" => self.packed = place(),
            "size" => self.size = number(),
            "encoding" => {
                let style = tag.split_once("style=\"").and_then(|(_, rest)| rest.split_once('"'));
                style.map_or("", |(style, _)| style).clone_into(&mut self.encoding);
            }
            _ => {}
        }
    }
}

/// `2014-08-04T22:12:05Z` as seconds since 1970.
fn iso_time(text: &str) -> Option<i64> {
    let numbers: Vec<i64> =
        text.split(['-', 'T', ':', 'Z']).filter_map(|part| part.parse().ok()).collect();
    let [year, month, day, hour, minute, second] = numbers.get(..6)?.try_into().ok()?;
    ((1..=12).contains(&month) && (0..10_000).contains(&year))
        .then(|| days(year, month, day) * 86_400 + hour * 3600 + minute * 60 + second)
}

fn unescape(text: &str) -> String {
    text.replace("&lt;", "<").replace("&gt;", ">").replace("&quot;", "\"").replace("&amp;", "&")
}
