//! Verifies a sample log with the crate `tlog_tiles`: checkpoint, tiles, proofs.
//!
//! `cargo run -- FOLDER`, where FOLDER is what the example `sample_log` of duecare-ledger wrote.

use serde::Deserialize;
use std::{error::Error, path::PathBuf};
use tlog_tiles::{
    Checkpoint, Error as TlogError, Hash, Tile, TileHashReader, TileReader, check_record,
    check_tree, prove_record, prove_tree, tree_hash,
};

#[derive(Deserialize)]
struct Proofs {
    origin: String,
    size: u64,
    inclusion: Vec<Inclusion>,
    consistency: Vec<Consistency>,
}

#[derive(Deserialize)]
struct Inclusion {
    size: u64,
    root: String,
    index: u64,
    leaf: String,
    proof: Vec<String>,
}

#[derive(Deserialize)]
struct Consistency {
    old: u64,
    new: u64,
    old_root: String,
    new_root: String,
    proof: Vec<String>,
}

/// Tiles in the layout of C2SP tlog-tiles: the crate's own paths have the height in front.
struct Folder(PathBuf);

impl TileReader for Folder {
    fn height(&self) -> u8 {
        8
    }

    fn read_tiles(&self, tiles: &[Tile]) -> Result<Vec<Vec<u8>>, TlogError> {
        let read = |tile: &Tile| {
            let path = tile.path().replacen("tile/8/", "tile/", 1);
            std::fs::read(self.0.join(&path)).unwrap_or_else(|error| panic!("{path}: {error}"))
        };
        Ok(tiles.iter().map(read).collect())
    }

    fn save_tiles(&self, _tiles: &[Tile], _data: &[Vec<u8>]) {}
}

fn hashes(texts: &[String]) -> Vec<Hash> {
    texts.iter().map(|text| hash(text)).collect()
}

fn hash(text: &str) -> Hash {
    Hash::parse_hash(text).unwrap_or_else(|error| panic!("{text}: {error}"))
}

fn main() -> Result<(), Box<dyn Error>> {
    let folder = PathBuf::from(std::env::args().nth(1).ok_or("usage: oracle-tlog-tiles FOLDER")?);
    let proofs: Proofs = serde_json::from_slice(&std::fs::read(folder.join("proofs.json"))?)?;
    let log = folder.join("log");
    let note = std::fs::read_to_string(log.join("checkpoint"))?;
    let (body, _) = note.split_once("\n\n").ok_or("signatures")?;
    let head = Checkpoint::from_bytes(format!("{body}\n").as_bytes())
        .map_err(|error| format!("the checkpoint: {error}"))?;
    assert_eq!((head.origin(), head.size()), (proofs.origin.as_str(), proofs.size));

    let tiles = Folder(log);
    let reader = TileHashReader::new(head.size(), *head.hash(), &tiles);
    assert_eq!(tree_hash(head.size(), &reader).map_err(text)?, *head.hash());
    for one in &proofs.inclusion {
        let proof = hashes(&one.proof);
        check_record(&proof, one.size, hash(&one.root), one.index, hash(&one.leaf)).map_err(text)?;
        let made = prove_record(one.size, one.index, &reader).map_err(text)?;
        assert!(made == proof, "inclusion of {} in {}", one.index, one.size);
    }
    for one in &proofs.consistency {
        let proof = hashes(&one.proof);
        let (old, new) = (hash(&one.old_root), hash(&one.new_root));
        check_tree(&proof, one.new, new, one.old, old).map_err(text)?;
        let made = prove_tree(one.new, one.old, &reader).map_err(text)?;
        assert!(made == proof, "consistency of {} with {}", one.old, one.new);
    }
    println!(
        "tlog_tiles: the checkpoint and its tiles, {} inclusion and {} consistency proofs hold",
        proofs.inclusion.len(),
        proofs.consistency.len()
    );
    Ok(())
}

fn text(error: TlogError) -> String {
    format!("{error:?}")
}
