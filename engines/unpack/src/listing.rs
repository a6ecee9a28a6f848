//! An image as text: every layer with its facts, parts, entries, regions and problems.

use crate::layer::{BlobSource, Layer, RegionKind};
use crate::{NodeKind, Unpacked};
use duecare_base::Digest;
use std::fmt::Write as _;

/// The listing, one line a thing, in a fixed order; the same image gives the same text.
#[must_use]
pub fn listing(unpacked: &Unpacked) -> String {
    let mut out = String::new();
    for layer in &unpacked.layers {
        // Writing to a String can't fail.
        let _ = writeln!(out, "layer {} {} bytes", layer.chain, layer.content.len());
        for (key, value) in &layer.facts {
            let _ = writeln!(out, "  {key}: {value}");
        }
        for problem in &layer.problems {
            let at = problem.offset.map_or(String::new(), |at| format!(" at {at:#x}"));
            let _ = writeln!(out, "  problem {}{at}: {}", problem.kind.label(), problem.message);
        }
        blobs(layer, &mut out);
        nodes(layer, &mut out);
    }
    out
}

fn blobs(layer: &Layer, out: &mut String) {
    for blob in &layer.blobs {
        let what = if matches!(blob.source, BlobSource::File(_)) { "opened" } else { "part" };
        let _ = writeln!(out, "  {what} {} {} bytes", blob.name, blob.content.len());
        for region in &blob.regions {
            let kind = match region.kind {
                RegionKind::Layer(id) => format!("layer {id}"),
                RegionKind::Known(name) => format!("known {name}"),
                RegionKind::Padding => "padding".to_owned(),
                RegionKind::Encrypted => "encrypted".to_owned(),
                RegionKind::Unknown => "unknown".to_owned(),
            };
            let _ = writeln!(out, "    {:#x} +{:#x} {kind}", region.offset, region.size);
        }
    }
}

fn nodes(layer: &Layer, out: &mut String) {
    for node in &layer.nodes {
        let kind = match &node.kind {
            NodeKind::File(content) => {
                format!("file {} {}", content.len(), Digest::of(content).short(16))
            }
            NodeKind::Directory => "dir".to_owned(),
            NodeKind::Symlink(target) => format!("link -> {target}"),
            NodeKind::HardLink(target) => format!("hardlink -> {target}"),
            NodeKind::CharDevice { major, minor } => format!("char {major}:{minor}"),
            NodeKind::BlockDevice { major, minor } => format!("block {major}:{minor}"),
            NodeKind::Fifo => "fifo".to_owned(),
            NodeKind::Socket => "socket".to_owned(),
        };
        let meta = &node.meta;
        let _ = writeln!(
            out,
            "  {:04o} {}:{} {} {} {kind}",
            meta.mode, meta.uid, meta.gid, meta.mtime, node.path
        );
        for (name, value) in &node.xattrs {
            let _ = writeln!(out, "    xattr {name} {} bytes", value.len());
        }
    }
}
