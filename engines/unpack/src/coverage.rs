//! How much of an image was seen: the ground that a verdict stands on.

use crate::layer::{Blob, BlobSource, Layer, ProblemKind, Region, RegionKind};
use crate::{Origin, entropy, gap, leaf};
use bytes::Bytes;
use std::collections::BTreeSet;

/// Bytes behind a known file's own end that are taken for its own: signatures, tables, settings.
const TAIL_BYTES_MAX: usize = 64 * 1024;

/// Firmware of a microcontroller this large makes a system of an image, if it is no crumb of it.
const FIRMWARE_BYTES_MIN: u64 = 4096;

/// Smaller firmware down to this size does so where it is a good part of the image.
const SMALL_FIRMWARE_BYTES_MIN: u64 = 128;

/// What is not known of a layer with damage that says nothing of its extent: one part in this.
const DAMAGE_PART: f64 = 500.0;

/// What kind of system an image holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum System {
    /// A Linux root file system was found.
    Linux,
    /// Firmware of a microcontroller, which has no root file system.
    Microcontroller,
    /// Neither.
    Unknown,
}

impl System {
    /// Every value.
    pub const ALL: &'static [Self] = &[Self::Linux, Self::Microcontroller, Self::Unknown];

    /// The lower-case name used in reports.
    #[must_use]
    pub fn label(self) -> &'static str {
        match self {
            Self::Linux => "linux",
            Self::Microcontroller => "microcontroller",
            Self::Unknown => "unknown",
        }
    }
}

/// Bytes of an image by what is known of them. The four always add up to the image's size.
///
/// A decoded blob's unknown bytes count in proportion: a 1 MiB stream that unpacks to 4 MiB, half
/// of it unknown, has 512 KiB of unknown bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Coverage {
    /// Headers, file systems, known files.
    pub explained_bytes: u64,
    /// One byte value over and over.
    pub padding_bytes: u64,
    /// Nothing is known of them.
    pub unknown_bytes: u64,
    /// Encrypted, or compressed by an unknown method.
    pub encrypted_bytes: u64,
    /// Root file systems of Linux devices.
    pub root_file_systems: u32,
    /// What kind of system it is.
    pub system: System,
    /// Layers with problems that hide content.
    pub incomplete_layers: u32,
}

#[derive(Debug, Clone, Copy, Default)]
struct Share {
    padding: f64,
    unknown: f64,
    encrypted: f64,
}

impl Share {
    fn scaled(self, factor: f64) -> Self {
        Self {
            padding: self.padding * factor,
            unknown: self.unknown * factor,
            encrypted: self.encrypted * factor,
        }
    }

    fn add(&mut self, other: Self) {
        self.padding += other.padding;
        self.unknown += other.unknown;
        self.encrypted += other.encrypted;
    }
}

impl Coverage {
    /// Size of the image in bytes.
    #[must_use]
    pub fn total_bytes(&self) -> u64 {
        self.explained_bytes + self.padding_bytes + self.unknown_bytes + self.encrypted_bytes
    }

    /// Explained bytes among those that are not padding, in percent; 0 for an image of padding.
    #[must_use]
    pub fn explained_percent(&self) -> f64 {
        let content = self.total_bytes() - self.padding_bytes;
        if content == 0 {
            return 0.0;
        }
        self.explained_bytes as f64 * 100.0 / content as f64
    }

    /// The coverage of an image's layers; layer 0 is the image.
    #[must_use]
    pub fn of(layers: &[Layer]) -> Self {
        let total = layers.first().map_or(0, |image| image.content.len() as u64);
        // Children come after their parents, so from the back every child is done first.
        let mut shares: Vec<Share> = vec![Share::default(); layers.len()];
        for (index, layer) in layers.iter().enumerate().rev() {
            let share = layer_share(layer, &shares);
            if let Some(slot) = shares.get_mut(index) {
                *slot = share;
            }
        }
        let image = shares.first().copied().unwrap_or_default();
        let mut left = total;
        let mut take = |amount: f64| {
            let bytes = (amount.round().max(0.0) as u64).min(left);
            left -= bytes;
            bytes
        };
        let padding_bytes = take(image.padding);
        let unknown_bytes = take(image.unknown);
        let encrypted_bytes = take(image.encrypted);
        let roots = layers.iter().filter(|layer| layer.is_root_file_system()).count();
        let micro = layers.iter().any(|layer| is_firmware(layer, total - padding_bytes));
        Self {
            explained_bytes: left,
            padding_bytes,
            unknown_bytes,
            encrypted_bytes,
            root_file_systems: u32::try_from(roots).unwrap_or(u32::MAX),
            system: match (roots > 0, micro) {
                (true, _) => System::Linux,
                (false, true) => System::Microcontroller,
                (false, false) => System::Unknown,
            },
            incomplete_layers: layers.iter().filter(|layer| layer.is_incomplete()).count() as u32,
        }
    }
}

/// Whether a layer holds enough of a microcontroller's firmware for an image of `content_bytes`.
fn is_firmware(layer: &Layer, content_bytes: u64) -> bool {
    if layer.fact("system") != Some("microcontroller") {
        return false;
    }
    let blobs = layer.blobs.iter().map(|blob| &blob.content);
    let content = |bytes: &Bytes| {
        let runs = gap::runs(bytes).into_iter().filter(|(_, _, padding)| !padding);
        runs.map(|(from, to, _)| (to - from) as u64).sum::<u64>()
    };
    let size = blobs.map(content).sum::<u64>().max(content(&layer.content));
    size >= FIRMWARE_BYTES_MIN && size >= content_bytes / 100
        || size >= SMALL_FIRMWARE_BYTES_MIN && size >= content_bytes / 4
}

fn layer_share(layer: &Layer, shares: &[Share]) -> Share {
    let size = layer.content.len() as f64;
    let mut share = Share::default();
    for blob in &layer.blobs {
        share.add(blob_share(blob, shares));
    }
    share.encrypted += opaque_file_bytes(layer) as f64;
    let empty = layer.nodes.is_empty() && layer.blobs.is_empty();
    if layer.is_incomplete() && empty {
        // Recognised, but nothing in it could be read.
        share.unknown = size;
    } else if empty {
        // Known by a banner or a header; what is random inside is not known by that.
        share.encrypted += gap::random_bytes(&layer.content) as f64;
    }
    share.unknown = share.unknown.max(size * unread_part(layer));
    let sum = share.padding + share.unknown + share.encrypted;
    if sum > size && sum > 0.0 { share.scaled(size / sum) } else { share }
}

/// Which part of a layer could not be read, 0 to 1: as many bytes as entries.
fn unread_part(layer: &Layer) -> f64 {
    let hides = |kind: ProblemKind| kind.hides_content() && kind != ProblemKind::Overlap;
    if layer.id.0 == 0 || !layer.problems.iter().any(|problem| hides(problem.kind)) {
        return 0.0;
    }
    let entries = layer.nodes.iter().filter(|node| node.content().is_some()).count().max(1);
    let unread = layer.fact("unread entries").and_then(|count| count.parse::<f64>().ok());
    (unread.unwrap_or(0.0) / entries as f64).clamp(1.0 / DAMAGE_PART, 1.0)
}

fn blob_share(blob: &Blob, shares: &[Share]) -> Share {
    let mut share = Share::default();
    for region in &blob.regions {
        share.add(region_share(region, shares));
    }
    let length = blob.content.len() as f64;
    let stored = match blob.source {
        BlobSource::Part { origin: Origin::Slice { .. }, .. } => return share,
        BlobSource::Part { origin: Origin::Decoded { size, .. }, .. } => size as f64,
        // What a file's bytes take in a compressed file system is not known; as they are.
        BlobSource::File(_) => return share,
    };
    if length > 0.0 { share.scaled(stored / length) } else { share }
}

fn region_share(region: &Region, shares: &[Share]) -> Share {
    let size = region.size as f64;
    match region.kind {
        RegionKind::Layer(id) => shares.get(id.0 as usize).copied().unwrap_or_default(),
        RegionKind::Known(_) => Share::default(),
        RegionKind::Padding => Share { padding: size, ..Share::default() },
        RegionKind::Encrypted => Share { encrypted: size, ..Share::default() },
        RegionKind::Unknown => Share { unknown: size, ..Share::default() },
    }
}

/// Bytes of the layer's files that look random and are nothing known.
fn opaque_file_bytes(layer: &Layer) -> usize {
    let opened: BTreeSet<usize> = layer
        .blobs
        .iter()
        .filter_map(|blob| match blob.source {
            BlobSource::File(index) => Some(index),
            BlobSource::Part { .. } => None,
        })
        .collect();
    let files = layer.nodes.iter().enumerate().filter(|(index, _)| !opened.contains(index));
    files.filter_map(|(_, node)| node.content()).map(|content| opaque_bytes(content)).sum()
}

fn opaque_bytes(content: &[u8]) -> usize {
    let elf = content.starts_with(b"\x7fELF");
    if elf && content.len() >= TAIL_BYTES_MAX && entropy::looks_random(content) {
        // No program is random from end to end: packed or encrypted.
        return content.len();
    }
    let tail = content.get(gap::own_length(content)..).unwrap_or_default();
    let known = leaf::measure(content).is_some();
    if known && tail.len() < TAIL_BYTES_MAX { 0 } else { gap::random_bytes(tail) }
}
