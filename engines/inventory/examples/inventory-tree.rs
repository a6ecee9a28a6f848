//! The inventory of a folder on disk, for trying rules: `inventory-tree [--rounds N] FOLDER…`.
//!
//! With `--rounds`, matches each folder that often and tells nothing but the bytes it went
//! through; run it under `time` for the speed.

#![expect(clippy::print_stdout, reason = "a tool for the terminal")]

use duecare_base::Digest;
use duecare_inventory::{Inventory, Rules, take};
use duecare_unpack::{Bytes, Coverage, Layer, LayerId, Node, NodeKind, NodeMeta, Unpacked};
use std::error::Error;
use std::path::Path;

fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments: Vec<String> = std::env::args().skip(1).collect();
    let mut rounds = 0_usize;
    if arguments.first().is_some_and(|first| first == "--rounds") {
        rounds = arguments.get(1).ok_or("--rounds needs a number")?.parse()?;
        arguments.drain(..2);
    }
    let files = rule_files(Path::new("packs/components"))?;
    let pairs: Vec<(&str, &str)> = files.iter().map(|(n, t)| (n.as_str(), t.as_str())).collect();
    let rules = Rules::parse(&pairs)?;
    for folder in &arguments {
        let image = read(Path::new(folder))?;
        if rounds > 0 {
            for _ in 0..rounds {
                std::hint::black_box(take(&image, &rules));
            }
            let bytes: usize = image.files().map(|file| file.content.len()).sum();
            println!("{} rules, {rounds} rounds over {bytes} bytes", rules.len());
            continue;
        }
        print(folder, &take(&image, &rules));
    }
    Ok(())
}

fn print(folder: &str, inventory: &Inventory) {
    for component in &inventory.components {
        let first = component.evidence.first();
        println!(
            "{folder}\t{}\t{}\t{}\t{}{}\t{}\t{}\t{}\t{}",
            component.id,
            component.version.as_deref().unwrap_or("?"),
            component.revision.as_deref().unwrap_or("-"),
            component.kind,
            if component.generic { "/generic" } else { "" },
            component.confidence,
            first.map_or("", |e| e.method.label()),
            first.map_or(String::new(), |e| e.location.to_string()),
            component.contained_in.len(),
        );
    }
    for mention in &inventory.mentions {
        let version = mention.version.as_deref().unwrap_or("?");
        println!("{folder}\t({})\t{version}\t-\tmention\t0\t-\t{}", mention.id, mention.location);
    }
}

fn rule_files(folder: &Path) -> Result<Vec<(String, String)>, Box<dyn Error>> {
    let mut files = Vec::new();
    for entry in std::fs::read_dir(folder)? {
        let path = entry?.path();
        if path.extension().is_some_and(|extension| extension == "toml") {
            files.push((path.display().to_string(), std::fs::read_to_string(&path)?));
        }
    }
    files.sort();
    Ok(files)
}

fn read(folder: &Path) -> Result<Unpacked, Box<dyn Error>> {
    let mut nodes = Vec::new();
    walk(folder, "", &mut nodes)?;
    nodes.sort_by(|a, b| a.path.cmp(&b.path));
    let layer = Layer {
        id: LayerId(0),
        parent: None,
        format: "image",
        chain: "tree".to_owned(),
        offset: 0,
        image_offset: Some(0),
        content: Bytes::new(),
        facts: Vec::new(),
        blobs: Vec::new(),
        nodes,
        problems: Vec::new(),
    };
    let layers = vec![layer];
    Ok(Unpacked {
        name: "tree".to_owned(),
        digest: Digest::of(b""),
        entropy: Vec::new(),
        coverage: Coverage::of(&layers),
        layers,
        memory_bytes: 0,
    })
}

fn walk(folder: &Path, inside: &str, nodes: &mut Vec<Node>) -> Result<(), Box<dyn Error>> {
    for entry in std::fs::read_dir(folder)? {
        let entry = entry?;
        let path = format!("{inside}/{}", entry.file_name().to_string_lossy());
        let kind = entry.file_type()?;
        let kind = if kind.is_symlink() {
            NodeKind::Symlink(std::fs::read_link(entry.path())?.to_string_lossy().into_owned())
        } else if kind.is_dir() {
            walk(&entry.path(), &path, nodes)?;
            NodeKind::Directory
        } else if kind.is_file() {
            NodeKind::File(Bytes::from(std::fs::read(entry.path())?))
        } else {
            continue;
        };
        nodes.push(Node::new(path.as_bytes(), kind, NodeMeta::default()));
    }
    Ok(())
}
