//! Layers, the blobs inside them, and the regions that nothing explains.

use crate::{Coverage, Node, NodeKind, Origin};
use bytes::Bytes;
use duecare_base::{Digest, Location};
use std::fmt;

/// How many symbolic links one look-up follows.
const LINKS_MAX: usize = 40;

/// A layer's number in its image; the image itself is layer 0.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct LayerId(pub u32);

/// What is wrong with a layer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ProblemKind {
    /// Bytes are missing at the end.
    Truncated,
    /// A structure contradicts the format, or a checksum is wrong.
    Damaged,
    /// A limit of the [`crate::Budget`] was reached.
    Limit,
    /// A variant that can't be read yet.
    Unsupported,
    /// Parts that lie over one another.
    Overlap,
    /// A name that tried to leave its folder. Nothing was left out because of it.
    UnsafeName,
    /// Something odd that hides nothing, such as a wrong checksum of a header that was readable.
    Odd,
}

impl ProblemKind {
    /// Every value.
    pub const ALL: &'static [Self] = &[
        Self::Truncated,
        Self::Damaged,
        Self::Limit,
        Self::Unsupported,
        Self::Overlap,
        Self::UnsafeName,
        Self::Odd,
    ];

    /// Whether something of the layer was not seen because of it.
    #[must_use]
    pub fn hides_content(self) -> bool {
        !matches!(self, Self::UnsafeName | Self::Odd)
    }

    /// The lower-case name used in reports.
    #[must_use]
    pub fn label(self) -> &'static str {
        match self {
            Self::Truncated => "truncated",
            Self::Damaged => "damaged",
            Self::Limit => "limit",
            Self::Unsupported => "unsupported",
            Self::Overlap => "overlap",
            Self::UnsafeName => "unsafe-name",
            Self::Odd => "odd",
        }
    }
}

/// Something wrong with a layer, for people.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// What sort.
    pub kind: ProblemKind,
    /// Where in the layer, in bytes, if it has a place.
    pub offset: Option<u64>,
    /// What and why, one line, lower case.
    pub message: String,
}

/// What a stretch of a blob is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RegionKind {
    /// A layer.
    Layer(LayerId),
    /// Not a layer, but known: `text`, `elf`, `png`.
    Known(&'static str),
    /// One byte value over and over.
    Padding,
    /// High entropy and no format: encrypted, or compressed by an unknown method.
    Encrypted,
    /// Nothing is known of it.
    Unknown,
}

/// A stretch of a blob.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Region {
    /// Offset in the blob, in bytes.
    pub offset: u64,
    /// Size in bytes.
    pub size: u64,
    /// What it is.
    pub kind: RegionKind,
    /// Entropy in thousandths of a bit per byte; 0 for layers, which have their own.
    pub entropy: u16,
}

/// Where a blob comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BlobSource {
    /// A part of the layer.
    Part {
        /// How its bytes relate to the layer's.
        origin: Origin,
        /// Encrypted, and no key is known.
        encrypted: bool,
    },
    /// The content of the layer's entry with this index, because it holds layers of its own.
    File(usize),
}

/// A nested stretch of bytes and what was found in it.
#[derive(Debug, Clone)]
pub struct Blob {
    /// Part name, or the path of the file.
    pub name: String,
    /// Where it comes from.
    pub source: BlobSource,
    /// The bytes.
    pub content: Bytes,
    /// What it is made of, in order, without gaps.
    pub regions: Vec<Region>,
}

/// A stretch of bytes that a format recognised.
#[derive(Debug, Clone)]
pub struct Layer {
    /// Its number.
    pub id: LayerId,
    /// The layer that it lies in; `None` for the image itself.
    pub parent: Option<LayerId>,
    /// The format's name; `image` for layer 0.
    pub format: &'static str,
    /// The way to it for people: `camera.bin/trx@0x0/part1/squashfs@0x0`.
    pub chain: String,
    /// Offset in its blob, in bytes.
    pub offset: u64,
    /// Offset in the image, where nothing on the way was decoded.
    pub image_offset: Option<u64>,
    /// The layer's own bytes.
    pub content: Bytes,
    /// What people want to know of it.
    pub facts: Vec<(&'static str, String)>,
    /// Nested stretches of bytes.
    pub blobs: Vec<Blob>,
    /// Entries of a file system or archive.
    pub nodes: Vec<Node>,
    /// What is wrong with it.
    pub problems: Vec<Problem>,
}

/// Top-level folders that a Linux root file system has; three of them make one.
const ROOT_FOLDERS: [&str; 12] =
    ["bin", "sbin", "etc", "lib", "usr", "var", "dev", "proc", "sys", "tmp", "mnt", "www"];

/// What a system starts from, by kind: paths with or without
/// `/usr` in front, or with `*` beginnings of file names.
const SYSTEM_PARTS: [&[&str]; 4] = [
    &[
        "/init",
        "/sbin/init",
        "/bin/init",
        "/linuxrc",
        "/etc/inittab",
        "/etc_ro/inittab",
        "/etc/rc",
        "/etc/preinit",
        "/etc/init.d/rcS",
        "/etc_ro/rcS",
        "/etc/rc.d/rcS",
        "/sbin/procd",
        "/lib/systemd/systemd",
    ],
    &[
        "/bin/sh",
        "/bin/ash",
        "/bin/bash",
        "/bin/busybox",
        "/bin/toybox",
        "/bin/dash",
        "/system/bin/sh",
    ],
    &["libc.so*", "ld-linux*", "ld-uClibc*", "ld-musl*", "libuClibc*", "ld64*", "ld.so*"],
    &["/etc/passwd", "/etc/shadow", "/etc/passwd.default"],
];

impl Layer {
    /// The value of a fact.
    #[must_use]
    pub fn fact(&self, key: &str) -> Option<&str> {
        self.facts.iter().find(|(name, _)| *name == key).map(|(_, value)| value.as_str())
    }

    /// The entry at a path, links not followed.
    #[must_use]
    pub fn node(&self, path: &str) -> Option<&Node> {
        self.nodes.iter().find(|node| node.path == path)
    }

    /// The entry that a path leads to, symbolic and hard links followed inside the layer.
    #[must_use]
    pub fn resolve(&self, path: &str) -> Option<&Node> {
        let mut wanted = crate::node::clean_path(path.as_bytes()).0;
        for _ in 0..LINKS_MAX {
            if let Some(node) = self.node(&wanted) {
                match &node.kind {
                    NodeKind::Symlink(target) => wanted = join(parent_of(&wanted), target),
                    NodeKind::HardLink(target) => wanted.clone_from(target),
                    _ => return Some(node),
                }
                continue;
            }
            // A folder on the way may itself be a link (`/tmp -> var/tmp`).
            wanted = self.through_linked_folder(&wanted)?;
        }
        None
    }

    fn through_linked_folder(&self, path: &str) -> Option<String> {
        path.match_indices('/').map(|(at, _)| at).filter(|at| *at > 0).find_map(|at| {
            let (folder, rest) = path.split_at(at);
            match &self.node(folder)?.kind {
                NodeKind::Symlink(target) => {
                    let target = join(parent_of(folder), target);
                    Some(crate::node::clean_path(format!("{target}{rest}").as_bytes()).0)
                }
                _ => None,
            }
        })
    }

    /// Whether this looks like the root file system of a Linux device.
    #[must_use]
    pub fn is_root_file_system(&self) -> bool {
        let tops = ROOT_FOLDERS
            .iter()
            .filter(|name| {
                self.nodes.iter().any(|node| {
                    let mut parts = node.path.split('/').skip(1);
                    let top = parts.next() == Some(**name);
                    top && (parts.next().is_some() || !matches!(node.kind, NodeKind::File(_)))
                })
            })
            .count();
        let programs = self.nodes.iter().any(|node| {
            node.content().is_some_and(|content| {
                content.starts_with(b"\x7fELF") || content.starts_with(b"#!")
            })
        });
        tops >= 3 && programs && self.boots()
    }

    /// Whether two of the things stand here that a system starts from: a first program, a shell,
    /// a C library, a list of accounts. A package has one of them at most.
    fn boots(&self) -> bool {
        let starts = SYSTEM_PARTS
            .iter()
            .filter(|part| {
                self.nodes.iter().any(|node| {
                    !matches!(node.kind, NodeKind::Directory)
                        && part.iter().any(|name| match name.strip_suffix('*') {
                            Some(begin) => node.file_name().starts_with(begin),
                            None => node.path.strip_prefix("/usr").unwrap_or(&node.path) == *name,
                        })
                })
            })
            .count();
        starts >= 2
    }

    /// Whether some of the layer's content was not seen.
    #[must_use]
    pub fn is_incomplete(&self) -> bool {
        self.problems.iter().any(|problem| problem.kind.hides_content())
    }

    /// The place of one of the layer's files.
    #[must_use]
    pub fn location(&self, path: &str) -> Location {
        Location::file(&self.chain, path)
    }
}

fn parent_of(path: &str) -> &str {
    path.rsplit_once('/').map_or("", |(parent, _)| parent)
}

fn join(folder: &str, target: &str) -> String {
    let raw =
        if target.starts_with('/') { target.to_owned() } else { format!("{folder}/{target}") };
    crate::node::clean_path(raw.as_bytes()).0
}

/// A regular file of an image.
#[derive(Debug, Clone, Copy)]
pub struct FileRef<'a> {
    /// The layer that holds it.
    pub layer: &'a Layer,
    /// The entry.
    pub node: &'a Node,
    /// Its content.
    pub content: &'a Bytes,
}

/// An image, unpacked.
#[derive(Debug, Clone)]
pub struct Unpacked {
    /// The image's name, as people call it: the last component of its file's path.
    pub name: String,
    /// Digest of the image.
    pub digest: Digest,
    /// All layers, each before those inside it; layer 0 is the image.
    pub layers: Vec<Layer>,
    /// Entropy of the image in windows; see [`crate::entropy::map`].
    pub entropy: Vec<u16>,
    /// What was seen and what was not.
    pub coverage: Coverage,
    /// Memory that was taken for content, in bytes; the image itself is not in it.
    pub memory_bytes: u64,
}

impl Unpacked {
    /// A layer by its number.
    #[must_use]
    pub fn layer(&self, id: LayerId) -> Option<&Layer> {
        self.layers.get(id.0 as usize)
    }

    /// Every regular file, layer by layer, in the layers' order.
    pub fn files(&self) -> impl Iterator<Item = FileRef<'_>> {
        self.layers.iter().flat_map(|layer| {
            layer.nodes.iter().filter_map(move |node| {
                node.content().map(|content| FileRef { layer, node, content })
            })
        })
    }

    /// The layers that are root file systems of Linux devices.
    pub fn root_file_systems(&self) -> impl Iterator<Item = &Layer> {
        self.layers.iter().filter(|layer| layer.is_root_file_system())
    }

    /// Bytes that are no files and hold no layers: kernels, boot loaders, unknown regions.
    /// Each with its layer and the offset in it.
    pub fn loose_bytes(&self) -> Vec<(&Layer, u64, Bytes)> {
        let mut loose = Vec::new();
        for layer in &self.layers {
            if layer.blobs.is_empty() && layer.nodes.is_empty() && layer.id.0 != 0 {
                loose.push((layer, 0, layer.content.clone()));
            }
            for blob in &layer.blobs {
                for region in &blob.regions {
                    if matches!(region.kind, RegionKind::Unknown | RegionKind::Known(_)) {
                        let begin = region.offset as usize;
                        let end = begin + region.size as usize;
                        if end <= blob.content.len() {
                            loose.push((layer, region.offset, blob.content.slice(begin..end)));
                        }
                    }
                }
            }
        }
        loose
    }
}

impl fmt::Display for LayerId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.0)
    }
}
