//! One image, one app or one source drop, from bytes to findings.

use crate::{Knowledge, formats};
use bytes::Bytes;
use duecare_base::{Checked, Finding, Gap, Location, NotSeen};
use duecare_elf::FileFacts;
use duecare_inventory::Inventory;
use duecare_unpack::{FileRef, Limits, Unpacked, unpack};
use rayon::prelude::*;

/// The set-user-id bit of a mode.
const SETUID: u32 = 0o4000;

/// What is left out when a list of packages is damaged, or of a kind that is not read.
const PACKAGES: Gap =
    Gap::hiding("components", "a package database or manifest could not be read in full");

/// What was found out about one image.
#[derive(Debug)]
pub struct Examination {
    /// Its layers and files.
    pub unpacked: Unpacked,
    /// Its components.
    pub inventory: Inventory,
    /// Its weaknesses, unmerged.
    pub findings: Vec<Finding>,
    /// What the checks did not look at.
    pub not_seen: NotSeen,
}

/// A file of a source drop.
#[derive(Debug, Clone)]
pub struct SourceFile {
    /// Path from the drop's root, beginning with `/`.
    pub path: String,
    /// Its bytes.
    pub content: Bytes,
}

/// Unpacks an image, takes its inventory and runs every check.
///
/// `today` is seconds since 1970-01-01 UTC, for certificates' dates. `progress` gets a line for
/// every step; what it does with it changes nothing.
#[must_use]
pub fn examine(
    name: &str,
    image: Bytes,
    knowledge: &Knowledge,
    limits: Limits,
    today: i64,
    progress: &dyn Fn(&str),
) -> Examination {
    let formats = formats();
    let unpacked = unpack(name, image, &formats, limits, progress);
    progress("taking the inventory");
    let inventory = duecare_inventory::take(&unpacked, &knowledge.rules);
    progress("looking for secrets");
    let mut checked = duecare_secrets::check(&unpacked, &knowledge.secrets, Some(today));
    progress("tracing what starts");
    let mut others = duecare_checks::check(&unpacked);
    progress("reading programs and scripts");
    others.absorb(files(&unpacked));
    // What these quote may hold secrets that they know nothing of.
    duecare_secrets::redact(&mut others.findings);
    checked.absorb(others);
    for (place, _) in &inventory.problems {
        checked.not_seen.add(PACKAGES, place.clone());
    }
    let Checked { findings, not_seen } = checked;
    Examination { unpacked, inventory, findings, not_seen }
}

fn files(unpacked: &Unpacked) -> Checked {
    let files: Vec<FileRef<'_>> = unpacked.files().collect();
    let found: Vec<Checked> = files
        .par_iter()
        .map(|file| {
            let path = &file.node.path;
            let at = file.layer.location(path);
            if file.content.starts_with(b"\x7fELF") {
                let facts = FileFacts { setuid: file.node.meta.mode & SETUID != 0, path };
                duecare_elf::check(file.content, &at, &facts)
            } else {
                duecare_taint::check(path, file.content, &at)
            }
        })
        .collect();
    join(found)
}

/// One result of many, in their order.
fn join(found: Vec<Checked>) -> Checked {
    let mut all = Checked::default();
    found.into_iter().for_each(|one| all.absorb(one));
    all
}

/// Unpacks a companion app and runs every check for apps.
#[must_use]
pub fn examine_app(
    name: &str,
    app: Bytes,
    knowledge: &Knowledge,
    limits: Limits,
    today: i64,
    progress: &dyn Fn(&str),
) -> Examination {
    let formats = formats();
    let unpacked = unpack(name, app, &formats, limits, progress);
    let mut checked = duecare_secrets::check(&unpacked, &knowledge.secrets, Some(today));
    let mut others = duecare_mobile::check(&unpacked);
    duecare_secrets::redact(&mut others.findings);
    checked.absorb(others);
    let Checked { findings, not_seen } = checked;
    Examination { unpacked, inventory: Inventory::default(), findings, not_seen }
}

/// Runs every check for source over a source drop.
#[must_use]
pub fn examine_source(files: &[SourceFile], knowledge: &Knowledge, today: i64) -> Checked {
    let mut named = files.iter().map(|file| (file.path.clone(), file.content.to_vec()));
    let mut checked = duecare_secrets::check_source(&mut named, &knowledge.secrets, Some(today));
    let found: Vec<Checked> = files
        .par_iter()
        .map(|file| {
            duecare_taint::check(&file.path, &file.content, &Location::file("source", &file.path))
        })
        .collect();
    let mut others = join(found);
    duecare_secrets::redact(&mut others.findings);
    checked.absorb(others);
    checked
}

/// What several images have in common and should not: keys, certificates, password hashes.
#[must_use]
pub fn across(images: &[&Unpacked], knowledge: &Knowledge) -> Vec<Finding> {
    duecare_secrets::keys_across(images, &knowledge.secrets)
}
