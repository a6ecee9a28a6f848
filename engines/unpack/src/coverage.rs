//! How much of an image was seen: the ground that a verdict stands on.

use crate::layer::{Blob, BlobSource, Layer, Region, RegionKind};
use crate::{Origin, entropy, sniff};

/// Files at least this large count as encrypted when they look random and are nothing known.
const OPAQUE_FILE_BYTES_MIN: usize = 64 * 1024;

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
        let micro = layers.iter().any(|layer| layer.fact("system") == Some("microcontroller"));
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

fn layer_share(layer: &Layer, shares: &[Share]) -> Share {
    let size = layer.content.len() as f64;
    let mut share = Share::default();
    for blob in &layer.blobs {
        share.add(blob_share(blob, shares));
    }
    share.encrypted += opaque_file_bytes(layer) as f64;
    if layer.is_incomplete() && layer.nodes.is_empty() && layer.blobs.is_empty() {
        // Recognised, but nothing in it could be read.
        share.unknown = size;
    }
    let sum = share.padding + share.unknown + share.encrypted;
    if sum > size && sum > 0.0 { share.scaled(size / sum) } else { share }
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

/// Bytes of the layer's files that are large, random and nothing known.
fn opaque_file_bytes(layer: &Layer) -> usize {
    let opened =
        |index: usize| layer.blobs.iter().any(|blob| blob.source == BlobSource::File(index));
    layer
        .nodes
        .iter()
        .enumerate()
        .filter_map(|(index, node)| Some((index, node.content()?)))
        .filter(|(index, content)| {
            content.len() >= OPAQUE_FILE_BYTES_MIN
                && !opened(*index)
                && entropy::looks_random(content)
                && !sniff::is_sure_leaf(content)
        })
        .map(|(_, content)| content.len())
        .sum()
}
