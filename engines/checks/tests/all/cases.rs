//! Cases found on disk: `tests/cases/<name>/root/…` is a root file system, `modes.txt` gives modes
//! and entries that a working copy can't hold, `expected.txt` is what the checks find.
//!
//! `DUECARE_BLESS=1` writes the expected files anew.

use duecare_base::{Digest, Finding};
use duecare_unpack::{Bytes, Coverage, Layer, LayerId, Node, NodeKind, NodeMeta, Unpacked};
use std::fmt::Write as _;
use std::path::{Path, PathBuf};

const FOLDER: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/cases");

pub(crate) fn sorted(folder: &Path) -> Vec<PathBuf> {
    let mut found: Vec<_> =
        std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    found.sort();
    found
}

fn walk(root: &Path, folder: &Path, nodes: &mut Vec<Node>) {
    for path in sorted(folder) {
        let name = path.strip_prefix(root).unwrap().to_string_lossy().into_owned();
        let folder = path.is_dir();
        let kind = if folder {
            NodeKind::Directory
        } else {
            NodeKind::File(Bytes::from(std::fs::read(&path).unwrap()))
        };
        let mode = if folder { 0o755 } else { 0o644 };
        let meta = NodeMeta { mode, ..NodeMeta::default() };
        nodes.push(Node::new(name.as_bytes(), kind, meta));
        if folder {
            walk(root, &path, nodes);
        }
    }
}

/// Lines of `modes.txt`: `path mode`, `path -> target`, `path elf [text, \0 for NUL]`, `path b|c major minor mode`,
/// `path cap HEX`.
fn modes(text: &str, nodes: &mut Vec<Node>) {
    let meta = |mode| NodeMeta { mode, ..NodeMeta::default() };
    for line in text.lines().filter(|line| !line.is_empty() && !line.starts_with('#')) {
        let words: Vec<&str> = line.split(' ').collect();
        let path = words[0].as_bytes();
        match words[1] {
            "->" => {
                nodes.push(Node::new(path, NodeKind::Symlink(words[2].to_owned()), meta(0o777)))
            }
            "elf" => {
                let text = words[2..].join(" ").replace("\\0", "\0");
                let content = format!("\x7fELF\u{1}\u{1}\0\0{text}\0");
                nodes.push(Node::new(path, NodeKind::File(Bytes::from(content)), meta(0o755)));
            }
            kind @ ("b" | "c") => {
                let (major, minor) = (words[2].parse().unwrap(), words[3].parse().unwrap());
                let kind = if kind == "b" {
                    NodeKind::BlockDevice { major, minor }
                } else {
                    NodeKind::CharDevice { major, minor }
                };
                let mode = u32::from_str_radix(words[4], 8).unwrap();
                nodes.push(Node::new(path, kind, meta(mode)));
            }
            "cap" => {
                let value = words[2].as_bytes().chunks(2).map(|pair| {
                    u8::from_str_radix(std::str::from_utf8(pair).unwrap(), 16).unwrap()
                });
                let node = nodes.iter_mut().find(|node| node.path == words[0]).unwrap();
                node.xattrs.push(("security.capability".to_owned(), value.collect()));
            }
            mode => {
                let mode = u32::from_str_radix(mode, 8).unwrap();
                let node = nodes.iter_mut().find(|node| node.path == words[0]);
                node.unwrap_or_else(|| panic!("{line}")).meta.mode = mode;
            }
        }
    }
}

/// An image whose one file system has these entries.
pub(crate) fn image(nodes: Vec<Node>) -> Unpacked {
    let layer = |id, chain: &str, nodes| Layer {
        id: LayerId(id),
        parent: (id > 0).then_some(LayerId(0)),
        format: if id == 0 { "image" } else { "squashfs" },
        chain: chain.to_owned(),
        offset: 0,
        image_offset: Some(0),
        content: Bytes::new(),
        facts: Vec::new(),
        blobs: Vec::new(),
        nodes,
        problems: Vec::new(),
    };
    let layers = vec![layer(0, "a.bin", Vec::new()), layer(1, "fs", nodes)];
    let coverage = Coverage::of(&layers);
    Unpacked {
        name: "a.bin".into(),
        digest: Digest::of(b""),
        layers,
        memory_bytes: 0,
        entropy: Vec::new(),
        coverage,
    }
}

pub(crate) fn load(case: &Path) -> Unpacked {
    let mut nodes = Vec::new();
    walk(&case.join("root"), &case.join("root"), &mut nodes);
    if let Ok(text) = std::fs::read_to_string(case.join("modes.txt")) {
        modes(&text, &mut nodes);
    }
    image(nodes)
}

fn listing(findings: &[Finding]) -> String {
    let mut out = String::new();
    for f in findings {
        writeln!(
            out,
            "{} {}/{} {}\n  {}",
            f.check, f.severity, f.confidence, f.location, f.message
        )
        .unwrap();
        for step in &f.evidence {
            writeln!(out, "  - {}: {}", step.location, step.text).unwrap();
        }
    }
    out
}

#[test]
fn each_case_gives_what_is_expected() {
    let mut wrong = Vec::new();
    for case in sorted(Path::new(FOLDER)).into_iter().filter(|path| path.is_dir()) {
        let seen = listing(&duecare_checks::check(&load(&case)).findings);
        let file = case.join("expected.txt");
        if std::env::var_os("DUECARE_BLESS").is_some() {
            std::fs::write(&file, &seen).unwrap();
        }
        let expected = std::fs::read_to_string(&file).unwrap_or_default();
        if seen != expected {
            wrong.push(format!("== {}\n-- expected\n{expected}-- seen\n{seen}", case.display()));
        }
        // The rule for names: what is called a trap finds nothing.
        if case.file_name().unwrap().to_string_lossy().starts_with("trap-") && !seen.is_empty() {
            wrong.push(format!("== {} is a trap and found\n{seen}", case.display()));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
