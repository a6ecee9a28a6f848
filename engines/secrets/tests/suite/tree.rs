//! Folders on disk as images.

use duecare_base::{Digest, Finding};
use duecare_secrets::SecretPack;
use duecare_unpack::{Bytes, Coverage, Layer, LayerId, Node, NodeKind, NodeMeta, Unpacked};
use std::fmt::Write as _;
use std::path::{Path, PathBuf};

/// The time at which certificates are judged: 2026-11-18.
pub(crate) const NOW: i64 = 1_795_000_000;

/// The pack of the repository.
pub(crate) fn pack() -> SecretPack {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../packs/secrets");
    let mut files: Vec<(String, String)> = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|e| e == "toml"))
        .map(|path| (path.display().to_string(), std::fs::read_to_string(path).unwrap()))
        .collect();
    files.sort();
    let files: Vec<(&str, &str)> = files.iter().map(|(n, t)| (n.as_str(), t.as_str())).collect();
    SecretPack::parse(&files).unwrap()
}

/// Every file below a folder, with its path in the image: a leading `dot-` of a name stands for `.`.
pub(crate) fn files(folder: &Path) -> Vec<(String, Vec<u8>)> {
    let mut found = Vec::new();
    let mut todo: Vec<(PathBuf, String)> = vec![(folder.to_owned(), String::new())];
    while let Some((folder, prefix)) = todo.pop() {
        for entry in std::fs::read_dir(&folder).unwrap() {
            let path = entry.unwrap().path();
            let name = path.file_name().unwrap().to_string_lossy().into_owned();
            let name = name.strip_prefix("dot-").map_or(name.clone(), |rest| format!(".{rest}"));
            let inside = format!("{prefix}/{name}");
            if path.is_dir() {
                todo.push((path, inside));
            } else {
                found.push((inside, std::fs::read(&path).unwrap()));
            }
        }
    }
    found.sort();
    found
}

/// An image with one layer that holds these files.
pub(crate) fn image(name: &str, files: &[(String, Vec<u8>)]) -> Unpacked {
    let layer = |id, parent, format, chain: &str, nodes| Layer {
        id: LayerId(id),
        parent,
        format,
        chain: chain.to_owned(),
        offset: 0,
        image_offset: Some(0),
        content: Bytes::new(),
        facts: Vec::new(),
        blobs: Vec::new(),
        nodes,
        problems: Vec::new(),
    };
    let nodes = files
        .iter()
        .map(|(path, bytes)| {
            let kind = NodeKind::File(Bytes::from(bytes.clone()));
            Node::new(path.as_bytes(), kind, NodeMeta { mode: 0o644, ..NodeMeta::default() })
        })
        .collect();
    let layers = vec![
        layer(0, None, "image", name, Vec::new()),
        layer(1, Some(LayerId(0)), "tar", &format!("{name}/tar@0x0"), nodes),
    ];
    Unpacked {
        name: name.to_owned(),
        digest: Digest::of(name.as_bytes()),
        coverage: Coverage::of(&layers),
        layers,
        memory_bytes: 0,
        entropy: Vec::new(),
    }
}

/// Findings as text, one a line, evidence below.
pub(crate) fn show(findings: &[Finding]) -> String {
    let mut out = String::new();
    for finding in findings {
        let place = &finding.location;
        let line = place.line.map_or(String::new(), |line| format!(":{line}"));
        let offset = place.offset.map_or(String::new(), |at| format!("+{at:#x}"));
        writeln!(
            out,
            "{} {} {} {}{line}{offset} [{}] {}",
            finding.severity,
            finding.confidence,
            finding.check,
            place.path,
            finding.key,
            finding.message
        )
        .unwrap();
        for step in &finding.evidence {
            let line = step.location.line.map_or(String::new(), |line| format!(":{line}"));
            writeln!(out, "    {}{line} | {}", step.location.path, step.text).unwrap();
        }
    }
    out
}
