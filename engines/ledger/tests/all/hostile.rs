//! Bytes from strangers: no panic, and what is accepted prints as it was.

use crate::sample;
use duecare_ledger::{
    Checkpoint, Entry, MemorySource, Note, SignerKey, VerifierKey,
    bundle::Bundle,
    content::Content,
    dsse::Envelope,
    json,
    statement::Statement,
    tile::{Tile, entries, hashes},
    tlog_proof::TlogProof,
    verify::{Options, verify_log},
    witness::AddCheckpoint,
};
use proptest::prelude::*;
use std::sync::LazyLock;

fn all_readers(bytes: &[u8]) {
    if let Ok(note) = Note::parse(bytes) {
        assert_eq!(note.to_string().as_bytes(), bytes, "a note has one spelling");
    }
    if let Ok(bundle) = Bundle::parse(bytes) {
        let text = bundle.to_json().unwrap();
        assert_eq!(Bundle::parse(text.as_bytes()).unwrap(), bundle);
    }
    let _ = (Content::parse(bytes), Envelope::parse(bytes), Statement::parse(bytes));
    let _ = (Entry::parse(bytes), hashes(bytes, 3), entries(bytes, 3));
    if let Ok(request) = AddCheckpoint::parse(bytes) {
        assert_eq!(request.to_string().as_bytes(), bytes, "a request has one spelling");
    }
    if let Ok(value) = json::from_slice(bytes)
        && let Ok(text) = json::to_canonical(&value)
    {
        assert_eq!(json::from_slice(text.as_bytes()).unwrap(), value);
    }
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    if let Ok(checkpoint) = Checkpoint::parse(text) {
        assert_eq!(checkpoint.to_string(), text, "a checkpoint has one spelling");
    }
    if let Ok(proof) = TlogProof::parse(text) {
        assert_eq!(proof.to_string(), text, "a proof has one spelling");
    }
    if let Some(tile) = Tile::parse(text) {
        assert_eq!(tile.path(), text, "a tile has one name");
    }
    let _ = (VerifierKey::parse(text), SignerKey::parse(text));
}

/// The files of a log, each to be damaged.
static SEEDS: LazyLock<Vec<Vec<u8>>> = LazyLock::new(seeds);

fn seeds() -> Vec<Vec<u8>> {
    let (files, entries) = sample::log(&[3, 5]);
    let bundle = sample::bundle(&files, &entries, 2);
    let content = bundle.content.clone().unwrap();
    let mut seeds: Vec<Vec<u8>> = files.0.into_values().collect();
    seeds.push(bundle.to_json().unwrap().into_bytes());
    seeds.push(bundle.proof.to_string().into_bytes());
    seeds.push(content.envelope.into_bytes());
    seeds
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn any_bytes(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
        all_readers(&bytes);
    }

    #[test]
    fn damaged_files(pick: prop::sample::Index, cut: prop::sample::Index, at: prop::sample::Index, byte: u8) {
        let mut bytes = SEEDS[pick.index(SEEDS.len())].clone();
        let place = at.index(bytes.len());
        bytes[place] = byte;
        all_readers(&bytes);
        bytes.truncate(cut.index(bytes.len()));
        all_readers(&bytes);
    }

    #[test]
    fn damaged_logs(pick: prop::sample::Index, bytes in prop::collection::vec(any::<u8>(), 0..80)) {
        let (mut files, _) = sample::log(&[3]);
        let path = files.0.keys().nth(pick.index(files.0.len())).unwrap().clone();
        files.0.insert(path, bytes);
        let report = sample::trusting(|trust, _| verify_log(&files, &Options::new(*trust)));
        prop_assert!(!report.is_sound());
    }
}

#[test]
fn nothing_at_all() {
    let report =
        sample::trusting(|trust, _| verify_log(&MemorySource::default(), &Options::new(*trust)));
    assert!(!report.is_sound());
}
