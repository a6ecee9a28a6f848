//! One image, one app or one source drop, from bytes to findings.

use crate::{Knowledge, formats};
use bytes::Bytes;
use duecare_base::{Finding, Location};
use duecare_elf::FileFacts;
use duecare_inventory::Inventory;
use duecare_unpack::{FileRef, Limits, Problem, ProblemKind, Unpacked, unpack};
use rayon::prelude::*;

/// The set-user-id bit of a mode.
const SETUID: u32 = 0o4000;

/// What was found out about one image.
#[derive(Debug)]
pub struct Examination {
    /// Its layers and files.
    pub unpacked: Unpacked,
    /// Its components.
    pub inventory: Inventory,
    /// Its weaknesses, unmerged.
    pub findings: Vec<Finding>,
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
    let mut unpacked = unpack(name, image, &formats, limits, progress);
    say_unread(&mut unpacked);
    progress("taking the inventory");
    let inventory = duecare_inventory::take(&unpacked, &knowledge.rules);
    progress("looking for secrets");
    let mut findings = duecare_secrets::check(&unpacked, &knowledge.secrets, Some(today));
    progress("tracing what starts");
    let mut others = duecare_checks::check(&unpacked);
    progress("reading programs and scripts");
    others.extend(file_findings(&unpacked));
    // What these quote may hold secrets that they know nothing of.
    duecare_secrets::redact(&mut others);
    findings.extend(others);
    Examination { unpacked, inventory, findings }
}

/// A file that a check gave up on hides flaws as an unread layer does.
fn say_unread(unpacked: &mut Unpacked) {
    for layer in &mut unpacked.layers {
        let files = layer.nodes.iter().filter_map(|node| Some((&node.path, node.content()?)));
        let unread: Vec<Problem> = files
            .filter(|(_, content)| !content.starts_with(b"\x7fELF"))
            .filter_map(|(path, content)| duecare_taint::not_read(path, content))
            .map(|message| Problem { kind: ProblemKind::Limit, offset: None, message })
            .collect();
        layer.problems.extend(unread);
    }
}

fn file_findings(unpacked: &Unpacked) -> Vec<Finding> {
    let files: Vec<FileRef<'_>> = unpacked.files().collect();
    let found: Vec<Vec<Finding>> = files
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
    found.into_iter().flatten().collect()
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
    let mut findings = duecare_secrets::check(&unpacked, &knowledge.secrets, Some(today));
    let mut others = duecare_mobile::check(&unpacked);
    duecare_secrets::redact(&mut others);
    findings.extend(others);
    Examination { unpacked, inventory: Inventory::default(), findings }
}

/// Runs every check for source over a source drop.
#[must_use]
pub fn examine_source(files: &[SourceFile], knowledge: &Knowledge, today: i64) -> Vec<Finding> {
    let mut named = files.iter().map(|file| (file.path.clone(), file.content.to_vec()));
    let mut findings = duecare_secrets::check_source(&mut named, &knowledge.secrets, Some(today));
    let found: Vec<Vec<Finding>> = files
        .par_iter()
        .map(|file| {
            duecare_taint::check(&file.path, &file.content, &Location::file("source", &file.path))
        })
        .collect();
    let mut others: Vec<Finding> = found.into_iter().flatten().collect();
    duecare_secrets::redact(&mut others);
    findings.extend(others);
    findings
}

/// What several images have in common and should not: keys, certificates, password hashes.
#[must_use]
pub fn across(images: &[&Unpacked]) -> Vec<Finding> {
    duecare_secrets::keys_across(images)
}
