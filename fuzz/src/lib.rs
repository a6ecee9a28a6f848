//! What the fuzz targets share: unpacking under tight limits, and images made of single files.
//!
//! A target finds a bug by a panic, an endless loop, too much memory, or one of the claims below.

use duecare_unpack::{
    Bytes, Context, Format, Found, Limits, Node, NodeKind, NodeMeta, Signature, Unpacked,
    listing::listing, unpack,
};
use std::path::Path;

/// Limits that keep a single run short: what they stop is not a bug.
const LIMITS: Limits = Limits {
    memory_bytes_max: 64 << 20,
    nodes_max: 5_000,
    layers_max: 200,
    depth_max: 8,
    work_bytes_max: 1 << 30,
    work_per_byte: 0,
};

/// Unpacks, and checks what must hold for any bytes.
pub fn unpacked(bytes: &[u8], formats: &[Box<dyn Format>]) -> Unpacked {
    let image = Bytes::copy_from_slice(bytes);
    let unpacked = unpack("input.bin", image, formats, LIMITS, &|_| {});
    assert_eq!(unpacked.coverage.total_bytes(), bytes.len() as u64, "coverage adds up");
    for layer in &unpacked.layers {
        for node in &layer.nodes {
            assert!(node.path.starts_with('/'), "{} is a path from the root", node.path);
            let leaves = node.path.split('/').any(|part| part == "..");
            assert!(!leaves, "{} stays in its folder", node.path);
        }
    }
    unpacked
}

/// Unpacks twice: the same bytes must give the same listing.
pub fn unpacks_alike(bytes: &[u8], formats: &[Box<dyn Format>]) {
    let first = listing(&unpacked(bytes, formats));
    assert_eq!(first, listing(&unpacked(bytes, formats)), "two runs agree");
}

/// All formats that read outside bytes, in the order in which the product tries them.
#[must_use]
pub fn all_formats() -> Vec<Box<dyn Format>> {
    let mut formats = duecare_containers::formats();
    formats.extend(duecare_filesystems::formats());
    formats.extend(duecare_flash::formats());
    formats.extend(duecare_archives::formats());
    formats.extend(duecare_disks::formats());
    formats.extend(duecare_codecs::formats());
    formats
}

/// Longest path that an input may name, in bytes: as long as real ones are.
const PATH_BYTES_MAX: usize = 120;

/// Path and content of a file: an input whose first line is a path has the rest as content, which
/// is how seeds are written; in any other the first byte chooses one of `paths`.
#[must_use]
pub fn file_of<'a>(paths: &[&'a str], data: &'a [u8]) -> (&'a str, &'a [u8]) {
    let end = data.iter().take(PATH_BYTES_MAX).position(|byte| *byte == b'\n');
    if let Some((first, rest)) = end.and_then(|end| data.split_at_checked(end))
        && let Ok(path) = std::str::from_utf8(first)
        && path.starts_with('/')
    {
        return (path, rest.get(1..).unwrap_or_default());
    }
    let (choice, content) = data.split_first().map_or((0, data), |(first, rest)| (*first, rest));
    (paths.get(usize::from(choice) % paths.len().max(1)).copied().unwrap_or("/file"), content)
}

/// An image of a root file system in which the file that [`file_of`] finds has its content.
#[must_use]
pub fn image_with(paths: &[&str], data: &[u8]) -> Unpacked {
    let (path, content) = file_of(paths, data);
    let shell = b"#!/bin/sh\n/etc/init.d/rcS\n".to_vec();
    let nodes = vec![
        file("/etc/inittab", 0o644, b"::sysinit:/etc/init.d/rcS\n".to_vec()),
        file("/bin/sh", 0o755, shell),
        file("/usr/lib/libc.so.0", 0o755, b"\x7fELF".to_vec()),
        file(path, 0o755, content.to_vec()),
    ];
    let formats: Vec<Box<dyn Format>> = vec![Box::new(Fixed(nodes))];
    unpack("input.bin", Bytes::from_static(b"root"), &formats, LIMITS, &|_| {})
}

fn file(path: &str, mode: u32, content: Vec<u8>) -> Node {
    let meta = NodeMeta { mode, ..NodeMeta::default() };
    Node::new(path.as_bytes(), NodeKind::File(Bytes::from(content)), meta)
}

/// A format that always has the same entries.
struct Fixed(Vec<Node>);

impl Format for Fixed {
    fn name(&self) -> &'static str {
        "fixed"
    }

    fn signatures(&self) -> &'static [Signature] {
        const SIGNATURES: &[Signature] = &[Signature::start(b"root")];
        SIGNATURES
    }

    fn read(&self, input: &Bytes, _context: &Context<'_>) -> Option<Found> {
        (&input[..] == b"root").then(|| Found { nodes: self.0.clone(), ..Found::new(input.len()) })
    }
}

/// The files of a folder of `packs`: name and text, in order.
#[must_use]
pub fn pack(folder: &str) -> Vec<(String, String)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../packs").join(folder);
    let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
    let mut files: Vec<(String, String)> = entries
        .map(|entry| entry.path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "toml"))
        .filter_map(|path| {
            let name = path.file_name()?.to_string_lossy().into_owned();
            Some((name, std::fs::read_to_string(&path).ok()?))
        })
        .collect();
    files.sort();
    files
}
