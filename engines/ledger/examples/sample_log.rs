//! Writes a sample log with proofs into a folder, for other people's implementations to verify:
//! `cargo run -p duecare-ledger --example sample_log -- FOLDER`. See `.ci/ledger-oracles`.

#[path = "../tests/all/sample.rs"]
#[expect(
    dead_code,
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "shared with the tests, which use all of it and fail by panicking"
)]
mod sample;

use duecare_ledger::{Hash, Source as _, key::Sign as _, proof::Prover, tile};
use serde_json::json;
use std::{error::Error, path::Path};

/// Sizes of the sample's checkpoints: around tiles' edges, and in between.
const SIZES: [u64; 10] = [1, 2, 3, 8, 255, 256, 257, 512, 700, 1000];

fn main() -> Result<(), Box<dyn Error>> {
    let folder = std::env::args().nth(1).ok_or("usage: sample_log FOLDER")?;
    let folder = Path::new(&folder);
    let (files, entries) = sample::log(&SIZES);
    for (path, bytes) in &files.0 {
        write(&folder.join("log").join(path), bytes)?;
    }
    let size = u64::try_from(entries.len())?;
    let mut inclusion = Vec::new();
    for tree in SIZES {
        let mut prover = Prover::new(&files, tree);
        let root = prover.root()?;
        for index in [0, 1, 2, 7, 128, 254, 255, 256, 257, 511, 512, 699, 700, 998, 999] {
            if index < tree {
                let entry = entries.get(usize::try_from(index)?).ok_or("an entry")?.to_bytes();
                inclusion.push(json!({
                    "size": tree, "root": root.to_string(), "index": index,
                    "leaf": Hash::leaf(&entry).to_string(), "proof": texts(&prover.inclusion(index)?),
                }));
            }
        }
    }
    let mut consistency = Vec::new();
    for new in SIZES {
        for old in SIZES.iter().copied().chain([4, 5, 6, 7, 100, 300, 511, 513, 999]) {
            if old <= new {
                let mut prover = Prover::new(&files, new);
                consistency.push(json!({
                    "old": old, "new": new, "new_root": prover.root()?.to_string(),
                    "old_root": root(&entries, old)?, "proof": texts(&prover.consistency(old)?),
                }));
            }
        }
    }
    let keys = sample::keys();
    let proofs = json!({
        "origin": sample::ORIGIN, "size": size, "sizes": SIZES,
        "inclusion": inclusion, "consistency": consistency,
        "log_key": keys.log.verifier().to_string(),
        "log_secret": keys.log.to_secret_text(),
        "witness_key": keys.witness.verifier().to_string(),
        "witness_time": sample::TIME,
        "author_public": hex(keys.author.verifier().as_bytes()),
        "signer_name": keys.log.id().to_string(),
    });
    write(&folder.join("proofs.json"), serde_json::to_string_pretty(&proofs)?.as_bytes())?;
    for index in [0, 255, 512, 998, 999] {
        let bundle = sample::bundle(&files, &entries, index);
        write(&folder.join(format!("bundle-{index}.json")), bundle.to_json()?.as_bytes())?;
    }
    // The oracles read entries from here; that they are what the bundles hold is checked there.
    let full = files.read("tile/entries/000", tile::BUNDLE_BYTES_MAX)?.ok_or("a bundle")?;
    write(&folder.join("first-bundle"), &full)
}

fn texts(hashes: &[Hash]) -> Vec<String> {
    hashes.iter().map(Hash::to_string).collect()
}

fn root(entries: &[duecare_ledger::Entry], size: u64) -> Result<String, Box<dyn Error>> {
    let part = entries.get(..usize::try_from(size)?).ok_or("a size within the log")?;
    let leaves: Vec<Hash> = part.iter().map(|entry| Hash::leaf(&entry.to_bytes())).collect();
    Ok(sample::root_by_definition(&leaves).to_string())
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn write(path: &Path, bytes: &[u8]) -> Result<(), Box<dyn Error>> {
    if let Some(folder) = path.parent() {
        std::fs::create_dir_all(folder)?;
    }
    Ok(std::fs::write(path, bytes)?)
}
