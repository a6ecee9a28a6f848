//! U-Boot's flat image tree (FIT, `.itb`; flat-image-tree specification 0.8).
//!
//! Signatures are named, not verified: the keys are in the boot loader, not in the image.

use super::fdt::{self, Fdt};
use crate::{crypt, kit, kit::container};
use bytes::Bytes;
use duecare_unpack::{Context, Found, ProblemKind, Signature};

/// Images or configurations that are read from one tree.
const ENTRIES_MAX: usize = 1024;

container!(
    /// Flat image tree.
    Fit,
    "fit",
    [Signature::anywhere(fdt::MAGIC)],
    read
);

fn read(input: &Bytes, _: &Context<'_>) -> Option<Found> {
    let tree = Fdt::read(input)?;
    let images = tree.child(0, "images")?;
    let mut found = Found::new(0);
    if let Some(text) = tree.text(0, "description") {
        found.fact("description", text);
    }
    if let Some(stamp) = tree.number(0, "timestamp") {
        found.fact("created", kit::date(u32::try_from(stamp).unwrap_or(0)));
    }
    let mut end = tree.size;
    for image in tree.children(images).take(ENTRIES_MAX) {
        end = end.max(image_part(input, &tree, image, &mut found));
    }
    configurations(&tree, &mut found);
    if let Some(error) = tree.error {
        let kind =
            if input.len() < tree.size { ProblemKind::Truncated } else { ProblemKind::Damaged };
        found.problem(kind, None, error);
    }
    found.size = end.min(input.len());
    if tree.size > input.len() {
        kit::declared(&mut found, input, tree.size);
    }
    Some(found)
}

/// Adds an image; gives the offset behind its data.
fn image_part(input: &Bytes, tree: &Fdt<'_>, image: usize, found: &mut Found) -> usize {
    let raw_name = tree.nodes.get(image).map_or("", |node| node.name.as_str());
    let name = kit::part_name(raw_name, "image");
    let mut line = name.clone();
    for key in ["type", "arch", "os", "compression"] {
        if let Some(value) = tree.text(image, key) {
            line.push_str(&format!(", {key} {value}"));
        }
    }
    for key in ["load", "entry"] {
        if let Some(value) = tree.number(image, key) {
            line.push_str(&format!(", {key} {value:#x}"));
        }
    }
    let Some((offset, size)) = place(tree, image) else {
        found.fact("image", format!("{line}, no data"));
        found.problem(ProblemKind::Damaged, None, format!("image {name} has no data"));
        return 0;
    };
    let end = offset.saturating_add(size);
    let data = input.get(offset..end);
    for child in tree.children(image).take(ENTRIES_MAX) {
        line.push_str(&check(tree, child, data, &name, offset, found));
    }
    found.fact("image", line);
    if tree.child(image, "cipher").is_some() {
        found.encrypted(input, &name, offset, size);
    } else {
        found.slice(input, &name, offset, size);
    }
    end
}

/// Where an image's data lies: inside the tree, at a position, or behind the tree.
fn place(tree: &Fdt<'_>, image: usize) -> Option<(usize, usize)> {
    if let Some(range) = tree.range(image, "data") {
        return Some((range.start, range.len()));
    }
    let number = |name| tree.number(image, name).and_then(|value| usize::try_from(value).ok());
    let size = number("data-size")?;
    let offset = match number("data-position") {
        Some(position) => position,
        None => kit::align(tree.size, 4).checked_add(number("data-offset")?)?,
    };
    Some((offset, size))
}

/// What a hash or signature node says, for the image's line.
fn check(
    tree: &Fdt<'_>,
    node: usize,
    data: Option<&[u8]>,
    image: &str,
    offset: usize,
    found: &mut Found,
) -> String {
    let name = tree.nodes.get(node).map_or("", |node| node.name.as_str());
    if name.starts_with("signature") {
        return format!(", {}", signature(tree, node));
    }
    if !name.starts_with("hash") && !name.starts_with("checksum") {
        return String::new();
    }
    let algo = tree.text(node, "algo").unwrap_or_default();
    let (Some(value), Some(data)) = (tree.value(node, "value"), data) else {
        return format!(", {algo} absent");
    };
    let right = match algo.as_str() {
        "crc32" => kit::crc32(data).to_be_bytes().as_slice() == value,
        "md5" => crypt::md5(data).as_slice() == value,
        "sha1" => crypt::sha1(data).as_slice() == value,
        "sha256" => crypt::sha256(data).as_slice() == value,
        _ => return format!(", {algo} not checked"),
    };
    if !right {
        let message = format!("the {algo} of image {image} does not match");
        found.problem(ProblemKind::Damaged, Some(offset), message);
    }
    format!(", {algo} {}", if right { "ok" } else { "wrong" })
}

fn signature(tree: &Fdt<'_>, node: usize) -> String {
    let algo = tree.text(node, "algo").unwrap_or_else(|| "unknown algorithm".to_owned());
    let key = tree.text(node, "key-name-hint").unwrap_or_else(|| "unnamed".to_owned());
    let state = if tree.value(node, "value").is_some() { "signed" } else { "signature empty" };
    format!("{state} {algo} key {key}")
}

fn configurations(tree: &Fdt<'_>, found: &mut Found) {
    let Some(all) = tree.child(0, "configurations") else {
        found.fact("signed", "no");
        return;
    };
    if let Some(default) = tree.text(all, "default") {
        found.fact("default", default);
    }
    let mut signed = 0;
    let mut count = 0;
    for config in tree.children(all).take(ENTRIES_MAX) {
        count += 1;
        let mut line = tree.nodes.get(config).map_or(String::new(), |node| node.name.clone());
        for key in ["kernel", "fdt", "ramdisk", "firmware", "loadables", "compatible"] {
            if let Some(value) = tree.text(config, key) {
                line.push_str(&format!(", {key} {value}"));
            }
        }
        let names = |node: &usize| {
            tree.nodes.get(*node).is_some_and(|node| node.name.starts_with("signature"))
        };
        let signatures: Vec<usize> = tree.children(config).filter(names).collect();
        signed += usize::from(signatures.iter().any(|node| tree.value(*node, "value").is_some()));
        for node in signatures {
            line.push_str(&format!(", {}", signature(tree, node)));
        }
        found.fact("configuration", line);
    }
    let all_signed = count > 0 && signed == count;
    found.fact(
        "signed",
        if all_signed {
            "yes"
        } else if signed > 0 {
            "partly"
        } else {
            "no"
        },
    );
}
