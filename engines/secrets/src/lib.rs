//! Secrets in an image or a source drop: passwords, keys, certificates, tokens, and what developers
//! left behind.
//!
//! Every byte is passed over once for a few telling strings; what costs more runs only where one of
//! them stands, or on text. Nothing here reads a clock, a file or the network, and no secret leaves
//! unmasked.
//!
//! Left out on purpose: literals that programs compare input with (`elf`), the companion app
//! (`mobile`), which services run (`checks`).

mod accounts;
mod authorized;
mod base64;
mod expression;
mod gaps;
mod hashes;
mod item;
mod keys;
mod leftovers;
mod marks;
mod pack;
mod quoted;
mod redact;
mod report;
mod shared;
mod sqlite;
mod text;
mod tokens;

pub use pack::{PackError, SecretPack};
pub use quoted::redact;
pub use report::CHECK_IDS;
pub use shared::keys_across;

use duecare_base::Checked;
use duecare_unpack::{BlobSource, Bytes, Layer, Node, RegionKind, Unpacked};
use item::{Item, Outcome};
use rayon::prelude::*;
use std::collections::{BTreeMap, BTreeSet};

/// The layer name of a source drop.
pub(crate) const SOURCE_LAYER: &str = "source";

/// Bytes of a source drop that are held at once.
const BATCH_BYTES: usize = 64 << 20;

/// Files of a source drop that are held at once.
const BATCH_FILES: usize = 8_192;

/// Everything found in an image.
///
/// `now` is the time in seconds since 1970 at which certificates are judged; without it none counts
/// as expired. Same image, pack and time, same findings in the same order.
#[must_use]
pub fn check(image: &Unpacked, pack: &SecretPack, now: Option<i64>) -> Checked {
    let files: Vec<_> = image.layers.iter().flat_map(own_files).collect();
    let outcomes: Vec<Outcome> = files
        .par_iter()
        .map(|(layer, node, content)| {
            look(&Item::new(&layer.chain, &node.path, content, Some(layer)), pack)
        })
        .collect();
    let mut all = Outcome::default();
    outcomes.into_iter().for_each(|outcome| all.absorb(outcome));
    let loose = image.loose_bytes();
    let outcomes: Vec<Outcome> = loose
        .par_iter()
        .map(|(layer, offset, bytes)| {
            let item = Item { base: *offset, ..Item::new(&layer.chain, "", bytes, Some(layer)) };
            look(&item, pack)
        })
        .collect();
    outcomes.into_iter().for_each(|outcome| all.absorb(outcome));
    all.findings.extend(image.layers.iter().flat_map(leftovers::folders));
    finish(all, pack, now)
}

/// The files of a layer that are to be examined themselves: not those that were opened and are
/// mostly other layers, whose files come by themselves.
fn own_files(layer: &Layer) -> Vec<(&Layer, &Node, &Bytes)> {
    let opened: BTreeSet<usize> = layer
        .blobs
        .iter()
        .filter_map(|blob| {
            let BlobSource::File(index) = blob.source else { return None };
            let inner = blob.regions.iter().filter(|r| matches!(r.kind, RegionKind::Layer(_)));
            let inside: u64 = inner.map(|region| region.size).fold(0, u64::saturating_add);
            (inside.saturating_mul(2) > blob.content.len() as u64).then_some(index)
        })
        .collect();
    let files = layer.nodes.iter().enumerate().filter(|(index, _)| !opened.contains(index));
    files.filter_map(|(_, node)| Some((layer, node, node.content()?))).collect()
}

/// Everything found in a source drop: each file's path, which begins with `/`, and its bytes.
///
/// Files are taken in batches, so that a large drop does not have to fit into memory.
#[must_use]
pub fn check_source(
    files: &mut dyn Iterator<Item = (String, Vec<u8>)>,
    pack: &SecretPack,
    now: Option<i64>,
) -> Checked {
    let mut all = Outcome::default();
    loop {
        let mut batch: Vec<(String, Vec<u8>)> = Vec::new();
        let mut bytes = 0;
        for (path, content) in &mut *files {
            bytes += content.len();
            batch.push((path, content));
            if bytes >= BATCH_BYTES || batch.len() >= BATCH_FILES {
                break;
            }
        }
        if batch.is_empty() {
            return finish(all, pack, now);
        }
        let outcomes: Vec<Outcome> = batch
            .par_iter()
            .map(|(path, content)| look(&Item::new(SOURCE_LAYER, path, content, None), pack))
            .collect();
        outcomes.into_iter().for_each(|outcome| all.absorb(outcome));
    }
}

/// What one item holds, with no secret of it left to read.
fn look(item: &Item<'_>, pack: &SecretPack) -> Outcome {
    let mut out = Outcome::default();
    if !item.bytes.is_empty() {
        rules(item, pack, &mut out);
    }
    let mut known = std::mem::take(&mut out.known);
    for (user, hash, _) in &out.hashes {
        known.users.insert(user.clone());
        known.secrets.insert(hash.clone());
    }
    known.apply(&mut out.findings, text::Lang::of(item));
    out
}

fn rules(item: &Item<'_>, pack: &SecretPack, out: &mut Outcome) {
    let marks = marks::marks(item, pack, out);
    keys::find(item, &marks, pack, out);
    let tokens = tokens::find(item, &marks, pack, out);
    // What is already reported as a token or key is not a generic secret as well.
    let keys = out.keys.iter().map(|key| &key.location);
    let known = tokens.iter().map(|finding| &finding.location).chain(keys);
    let known_lines: Vec<u32> = known.filter_map(|place| place.line).collect();
    out.findings.extend(tokens);
    out.findings.extend(leftovers::file(item));
    if authorized::check(item, pack, out) || accounts::check(item, pack, out) {
        return;
    }
    if item.bytes.starts_with(b"SQLite format 3\0") {
        sqlite::check(item, pack, out);
    }
    let found = text::find(item, pack, &known_lines, out);
    out.findings.extend(found);
}

/// Judges what needs all items, and puts everything in order.
fn finish(mut all: Outcome, pack: &SecretPack, now: Option<i64>) -> Checked {
    let mut findings = std::mem::take(&mut all.findings);
    findings.extend(keys::report(&all.keys, &all.certificates, pack, now));
    findings.sort_by(|a, b| {
        (&a.location, &a.check, &a.key, &a.message).cmp(&(
            &b.location,
            &b.check,
            &b.key,
            &b.message,
        ))
    });
    findings.dedup();
    // Several findings of one check in one file may have the same name: they are counted.
    let mut counts: BTreeMap<(String, String, String, String), u32> = BTreeMap::new();
    for finding in &mut findings {
        let place = &finding.location;
        let name = (
            place.layer.clone(),
            place.path.clone(),
            finding.check.to_string(),
            finding.key.clone(),
        );
        let count = counts.entry(name).or_insert(0);
        *count += 1;
        if *count > 1 {
            finding.key = format!("{}#{count}", finding.key);
        }
    }
    Checked { findings, not_seen: all.not_seen }
}
