//! Mender artifacts (mender-artifact format versions 1 to 3): a tar whose first entry is `version`.

use crate::tree::sniff_codec;
use bytes::Bytes;
use duecare_base::Digest;
use duecare_unpack::{Context, Format, Found, ProblemKind, Signature};
use serde_json::Value;
use std::collections::BTreeMap;

pub(crate) struct Mender;

/// Largest `header.tar`, unpacked, in bytes: it holds JSON and scripts.
const HEADER_BYTES_MAX: usize = 16 << 20;

/// Lines of the manifest that are checked.
const CHECKSUMS_MAX: usize = 1000;

impl Format for Mender {
    fn name(&self) -> &'static str {
        "mender"
    }

    fn signatures(&self) -> &'static [Signature] {
        // The name of the first entry.
        const { &[Signature::anywhere(b"version\0")] }
    }

    fn read(&self, input: &Bytes, context: &Context<'_>) -> Option<Found> {
        // The first entry's content is one line of JSON.
        let version = input.get(512..1024)?;
        let end = version.iter().position(|byte| *byte == 0)?;
        let version: Value = serde_json::from_slice(version.get(..end)?).ok()?;
        if version.get("format").and_then(Value::as_str) != Some("mender") {
            return None;
        }
        let mut found = crate::tar::read(input, context)?;
        let archive = std::mem::take(&mut found.facts);
        if let Some(number) = version.get("version") {
            found.fact("version", number);
        }
        let signed = found.nodes.iter().any(|node| node.path == "/manifest.sig");
        found.fact("signed", if signed { "yes" } else { "no" });
        if let Some(header) = header(&found) {
            header_facts(&header, &mut found);
        }
        checksums(&mut found, context);
        found.facts.extend(archive.into_iter().filter(|(key, _)| *key != "format"));
        Some(found)
    }
}

/// The JSON files of `header.tar*`: name and content.
fn header(found: &Found) -> Option<Vec<(String, Value)>> {
    let node = found.nodes.iter().find(|node| node.path.starts_with("/header.tar"))?;
    let packed = node.content()?;
    let plain = match sniff_codec(packed) {
        Some(codec) => Bytes::from(duecare_codecs::streams(codec, packed, HEADER_BYTES_MAX).bytes),
        None => packed.clone(),
    };
    let files = crate::package::files_of_tar(&plain);
    let json = files.into_iter().filter_map(|(path, content)| {
        Some((path, serde_json::from_slice::<Value>(&content).ok()?))
    });
    Some(json.collect())
}

fn header_facts(files: &[(String, Value)], found: &mut Found) {
    let text = |value: &Value| match value {
        Value::String(text) => text.clone(),
        Value::Array(list) => {
            let items: Vec<&str> = list.iter().filter_map(Value::as_str).collect();
            items.join(", ")
        }
        other => other.to_string(),
    };
    let Some((_, info)) = files.iter().find(|(path, _)| path == "/header-info") else { return };
    // Version 2 has the first two at the top, version 3 in "provides" and "depends".
    const PLACES: [(&str, &str, &str); 5] = [
        ("/artifact_name", "/artifact_provides/artifact_name", "artifact"),
        ("/artifact_group", "/artifact_provides/artifact_group", "group"),
        ("/device_types_compatible", "/artifact_depends/device_type", "compatible"),
        ("/depends_artifact_name", "/artifact_depends/artifact_name", "depends"),
        ("/depends_artifact_group", "/artifact_depends/artifact_group", "depends group"),
    ];
    for (old, new, fact) in PLACES {
        if let Some(value) = info.pointer(new).or_else(|| info.pointer(old)) {
            found.fact(fact, text(value));
        }
    }
    let payloads = info.get("payloads").or_else(|| info.get("updates"));
    for payload in payloads.and_then(Value::as_array).into_iter().flatten() {
        if let Some(kind) = payload.get("type") {
            found.fact("payload", text(kind));
        }
    }
    for (_, value) in files.iter().filter(|(path, _)| path.ends_with("/type-info")) {
        let provides = value.get("artifact_provides").and_then(Value::as_object);
        for (key, value) in provides.into_iter().flatten() {
            found.fact("provides", format!("{key}={}", text(value)));
        }
    }
}

/// Compares the digests in `manifest` with the files; those below `data/0000/` are in the archive
/// `data/0000.tar*`, which is unpacked for it.
fn checksums(found: &mut Found, context: &Context<'_>) {
    let Some(manifest) = found.nodes.iter().find(|node| node.path == "/manifest") else { return };
    let Some(content) = manifest.content() else { return };
    let text = String::from_utf8_lossy(content).into_owned();
    let mut payloads: BTreeMap<String, BTreeMap<String, String>> = BTreeMap::new();
    let mut checked = 0;
    for line in text.lines().take(CHECKSUMS_MAX) {
        let Some((stated, name)) = line.split_once(char::is_whitespace) else { continue };
        let name = name.trim();
        let actual = match name.rsplit_once('/') {
            Some((folder, file)) if folder.starts_with("data/") => payloads
                .entry(folder.to_owned())
                .or_insert_with(|| payload_digests(found, folder, context))
                .get(&format!("/{file}"))
                .cloned(),
            _ => {
                let path = format!("/{name}");
                let node = found.nodes.iter().find(|node| node.path == path);
                node.and_then(|node| node.content()).map(|content| Digest::of(content).to_string())
            }
        };
        let Some(actual) = actual else {
            let message = format!("{name} is in the manifest but not in the artifact");
            found.problem(ProblemKind::Odd, None, message);
            continue;
        };
        checked += 1;
        if actual != stated.to_ascii_lowercase() {
            let message = format!("{name}: its SHA-256 is not the one in the manifest");
            found.problem(ProblemKind::Odd, None, message);
        }
    }
    found.fact("checksums checked", checked);
}

/// Digests of the files of one payload. What is unpacked is thrown away: the search unpacks it
/// again as a layer.
fn payload_digests(found: &Found, folder: &str, context: &Context<'_>) -> BTreeMap<String, String> {
    let start = format!("/{folder}.tar");
    let node = found.nodes.iter().find(|node| node.path.starts_with(&start));
    let Some(packed) = node.and_then(|node| node.content()) else { return BTreeMap::new() };
    let plain = match sniff_codec(packed) {
        Some(codec) => {
            let left = context.budget.memory_left();
            Bytes::from(duecare_codecs::streams(codec, packed, left).bytes)
        }
        None => packed.clone(),
    };
    if context.budget.take_work(plain.len()).is_err() {
        return BTreeMap::new();
    }
    let files = crate::package::files_of_tar(&plain);
    files.into_iter().map(|(path, content)| (path, Digest::of(&content).to_string())).collect()
}
