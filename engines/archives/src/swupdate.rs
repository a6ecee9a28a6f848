//! SWUpdate packages (`.swu`, SWUpdate 2024 documentation, "SWUpdate: syntax and tags"): a cpio whose first
//! entry is `sw-description`.

use crate::cpio::{self, Entry};
use crate::manifest::{self, Value};
use crate::tree::slice;
use bytes::Bytes;
use duecare_base::Digest;
use duecare_unpack::{Context, Format, Found, ProblemKind, Signature};

pub(crate) struct SwUpdate;

/// Name of the manifest.
const MANIFEST: &[u8] = b"sw-description";

/// Images that become facts; more are counted.
const IMAGES_MAX: usize = 200;

/// Groups in groups that are searched for images: software, mode, copy.
const DEPTH_MAX: usize = 8;

/// What a section's entries are.
const SECTIONS: [&str; 6] = ["images", "files", "scripts", "partitions", "bootenv", "uboot"];

impl Format for SwUpdate {
    fn name(&self) -> &'static str {
        "swupdate"
    }

    fn signatures(&self) -> &'static [Signature] {
        const { &[Signature::anywhere(b"070702"), Signature::anywhere(b"070701")] }
    }

    fn read(&self, input: &Bytes, context: &Context<'_>) -> Option<Found> {
        let first = Entry::read(input, 0).filter(|entry| entry.name == MANIFEST)?;
        let text = slice(input, first.data, first.size);
        let mut found = cpio::read(input, context)?;
        let archive = std::mem::take(&mut found.facts);
        let signature = found.nodes.iter().find(|node| node.path == "/sw-description.sig");
        found.fact("signed", if signature.is_some() { "yes" } else { "no" });
        match manifest::parse(&String::from_utf8_lossy(&text)) {
            Some(tree) => describe(&tree, &mut found),
            None => {
                // An encrypted manifest is AES of a text: no header of its own.
                let kind = ProblemKind::Unsupported;
                let message = "sw-description can't be read: encrypted or damaged";
                found.problem(kind, Some(first.data), message);
            }
        }
        found.facts.extend(archive);
        Some(found)
    }
}

fn describe(tree: &Value, found: &mut Found) {
    let Some(software) = tree.get("software") else {
        found.problem(ProblemKind::Odd, None, "sw-description has no \"software\"");
        return;
    };
    for key in ["name", "version", "description"] {
        if let Some(text) = software.get(key).and_then(Value::text) {
            found.fact(key, text);
        }
    }
    if let Some(list) = software.get("hardware-compatibility") {
        let hardware: Vec<&str> = list.items().iter().filter_map(Value::text).collect();
        found.fact("hardware-compatibility", hardware.join(", "));
    }
    let mut images = Vec::new();
    collect(software, 0, &mut images);
    let total = images.len();
    images.truncate(IMAGES_MAX);
    for (section, image) in images {
        fact(section, image, found);
        check(image, found);
    }
    if total > IMAGES_MAX {
        found.fact("images", total);
    }
}

/// All entries of all sections, also of those for one board, mode and copy.
fn collect<'a>(group: &'a Value, depth: usize, images: &mut Vec<(&'static str, &'a Value)>) {
    let Value::Group(settings) = group else { return };
    if depth > DEPTH_MAX {
        return;
    }
    for (name, value) in settings {
        match SECTIONS.iter().find(|section| *section == name) {
            Some(section) => images.extend(value.items().iter().map(|image| (*section, image))),
            None => collect(value, depth + 1, images),
        }
    }
}

/// One line: what the image is and where it goes.
fn fact(section: &'static str, image: &Value, found: &mut Found) {
    const KEYS: [&str; 15] = [
        "name",
        "version",
        "device",
        "volume",
        "mtdname",
        "path",
        "filesystem",
        "type",
        "compressed",
        "encrypted",
        "installed-directly",
        "install-if-different",
        "install-if-higher",
        "value",
        "sha256",
    ];
    let text = |key: &str| image.get(key).and_then(Value::text);
    let mut line = vec![text("filename").unwrap_or("-").to_owned()];
    line.extend(KEYS.iter().filter_map(|key| Some(format!("{key}={}", text(key)?))));
    let key = match section {
        "files" => "file",
        "scripts" => "script",
        "partitions" => "partition",
        "bootenv" | "uboot" => "bootenv",
        _ => "image",
    };
    found.fact(key, line.join(" "));
}

/// Compares an image's digest with its entry's content.
fn check(image: &Value, found: &mut Found) {
    let text = |key: &str| image.get(key).and_then(Value::text);
    let Some(file) = text("filename") else { return };
    let path = duecare_unpack::node::clean_path(file.as_bytes()).0;
    let content = found.nodes.iter().find(|node| node.path == path).and_then(|node| node.content());
    let Some(content) = content else {
        let message = format!("{file} is in sw-description but not in the archive");
        found.problem(ProblemKind::Odd, None, message);
        return;
    };
    let Some(stated) = text("sha256") else { return };
    if Digest::of(content).to_string() != stated.to_ascii_lowercase() {
        let message = format!("{file}: its SHA-256 is not the one in sw-description");
        found.problem(ProblemKind::Odd, None, message);
    }
}
