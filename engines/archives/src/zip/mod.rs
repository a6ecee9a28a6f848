//! zip (APPNOTE.TXT 6.3.10), with jar, apk and other formats that are zip files.
//!
//! The central directory leads; where it is missing or broken, the local headers are read instead.
//! Left out on purpose: archives split over several files, PPMd, and the methods before 1993.

mod crypto;
mod directory;
mod entry;

pub(crate) use crypto::PASSWORDS;
pub(crate) use entry::crc32;

use crate::tree::{Tree, text};
use bytes::Bytes;
use directory::{Directory, Record};
use duecare_base::Bin;
use duecare_unpack::{Context, Format, Found, ProblemKind, Signature};

pub(crate) struct Zip;

/// A local file header.
const LOCAL: &[u8] = b"PK\x03\x04";

/// The end of the central directory: an empty archive begins with it.
const END: &[u8] = b"PK\x05\x06";

impl Format for Zip {
    fn name(&self) -> &'static str {
        "zip"
    }

    fn signatures(&self) -> &'static [Signature] {
        const {
            &[
                Signature::anywhere(LOCAL),
                Signature::start(END),
                // The mark of an archive that was to be split.
                Signature::start(b"PK00PK\x03\x04"),
            ]
        }
    }

    fn read(&self, input: &Bytes, context: &Context<'_>) -> Option<Found> {
        if input.starts_with(END) {
            let bin = Bin::le(input);
            let size = 22 + usize::from(bin.u16(20).ok()?);
            let mut found = Found::new(size);
            found.fact("entries", 0);
            return (bin.slice(4, 16).ok()?.iter().all(|byte| *byte == 0) && size <= input.len())
                .then_some(found);
        }
        let mut tree = Tree::new(context);
        if let Some(directory) = directory::find(input) {
            return Some(with_directory(input, directory, tree));
        }
        let start = if input.starts_with(LOCAL) { 0 } else { 4 };
        let (records, end) = directory::locals(input, start);
        if records.is_empty() {
            return None;
        }
        let cut = end >= input.len();
        let kind = if cut { ProblemKind::Truncated } else { ProblemKind::Damaged };
        tree.problem(kind, end, "the central directory is missing or broken".to_owned());
        facts(&records, &mut tree);
        entries(input, &records, &mut tree);
        Some(tree.finish(end))
    }
}

fn with_directory(input: &Bytes, directory: Directory, mut tree: Tree<'_>) -> Found {
    let comment = text(&directory.comment);
    facts(&directory.records, &mut tree);
    if !comment.is_empty() {
        tree.found.fact("comment", comment);
    }
    if directory.count != directory.records.len() as u64 {
        let message = format!(
            "the central directory should have {} entries, {} could be read",
            directory.count,
            directory.records.len()
        );
        tree.problem(ProblemKind::Damaged, directory.start, message);
    }
    entries(input, &directory.records, &mut tree);
    tree.finish(directory.end)
}

/// What sort of zip file this is, by the entries that only such files have.
fn facts(records: &[Record], tree: &mut Tree<'_>) {
    let has = |name: &str| records.iter().any(|record| record.name == name.as_bytes());
    let starts = |name: &str| records.iter().any(|record| record.name.starts_with(name.as_bytes()));
    let kind = if has("AndroidManifest.xml") && (has("classes.dex") || has("resources.arsc")) {
        Some("apk")
    } else if starts("Payload/") && records.iter().any(|r| r.name.ends_with(b".app/Info.plist")) {
        Some("ipa")
    } else if has("META-INF/com/google/android/updater-script") || has("payload.bin") {
        Some("android update")
    } else if has("META-INF/MANIFEST.MF") {
        Some("jar")
    } else if has("manifest.json") && records.iter().any(|r| r.name.ends_with(b".dat")) {
        Some("nordic dfu")
    } else if has("[Content_Types].xml") {
        Some("ooxml")
    } else {
        None
    };
    if let Some(kind) = kind {
        tree.found.fact("kind", kind);
    }
    tree.found.fact("entries", records.len());
    let encrypted = records.iter().filter(|record| record.encrypted()).count();
    if encrypted > 0 {
        tree.found.fact("encrypted entries", encrypted);
    }
}

fn entries(input: &Bytes, records: &[Record], tree: &mut Tree<'_>) {
    for record in records {
        let node = entry::read(input, record, tree);
        if !tree.add(node) {
            return;
        }
    }
}
