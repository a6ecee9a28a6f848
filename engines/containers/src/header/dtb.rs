//! Device trees that describe a board: model, boot arguments, flash partitions.
//!
//! Trees with `/images` are FIT images and read there.

use super::fdt::{self, Fdt};
use crate::kit::{self, container};
use bytes::Bytes;
use duecare_base::Bin;
use duecare_unpack::{Context, Found, ProblemKind, Signature};

/// Flash partitions named in the facts.
const PARTITIONS_MAX: usize = 64;

container!(
    /// Flattened device tree.
    Dtb,
    "dtb",
    [Signature::anywhere(fdt::MAGIC)],
    read
);

fn read(input: &Bytes, _: &Context<'_>) -> Option<Found> {
    let tree = Fdt::read(input)?;
    if tree.nodes.is_empty() || tree.child(0, "images").is_some() {
        return None;
    }
    let mut found = Found::new(0);
    kit::declared(&mut found, input, tree.size);
    found.fact("version", tree.version);
    if let Some(model) = tree.text(0, "model") {
        found.fact("model", model);
    }
    if let Some(compatible) = tree.text(0, "compatible") {
        found.fact("compatible", compatible);
    }
    if let Some(chosen) = tree.child(0, "chosen") {
        for (key, name) in [("bootargs", "bootargs"), ("console", "stdout-path")] {
            if let Some(value) = tree.text(chosen, name) {
                found.fact(key, value);
            }
        }
    }
    for line in partitions(&tree) {
        found.fact("partition", line);
    }
    if let Some(error) = tree.error {
        let kind =
            if input.len() < tree.size { ProblemKind::Truncated } else { ProblemKind::Damaged };
        found.problem(kind, None, error);
    }
    Some(found)
}

/// The flash map: nodes with a label and an offset below a `partitions` node or a flash chip.
fn partitions(tree: &Fdt<'_>) -> Vec<String> {
    let mut lines = Vec::new();
    for (index, node) in tree.nodes.iter().enumerate() {
        if !node.name.starts_with("partition@") || lines.len() >= PARTITIONS_MAX {
            continue;
        }
        let Some(value) = tree.value(index, "reg") else { continue };
        let bin = Bin::be(value);
        let cells = match value.len() {
            8 => bin.u32(0).and_then(|at| Ok((u64::from(at), u64::from(bin.u32(4)?)))),
            16 => bin.u64(0).and_then(|at| Ok((at, bin.u64(8)?))),
            _ => continue,
        };
        let Ok((offset, size)) = cells else { continue };
        let label = tree.text(index, "label").unwrap_or_else(|| node.name.clone());
        let locked = if tree.value(index, "read-only").is_some() { " read-only" } else { "" };
        lines.push(format!("{label} at {offset:#x}, {size:#x} bytes{locked}"));
    }
    lines
}
