//! Tiles, and a whole log in which one file has these bytes (the first byte chooses which): only the
//! file's own bytes keep it sound.
#![no_main]

use duecare_ledger::{
    MemorySource, SignedCheckpoint, SignerKey,
    checkpoint::Trust,
    key::{Algorithm, KeyName, Verify},
    proof::Prover,
    tile::{Tile, entries, hashes},
    verify::{Options, verify_log},
    writer::Writer,
};
use libfuzzer_sys::fuzz_target;
use std::sync::LazyLock;

const ORIGIN: &str = "log.example.com";

static LOG: LazyLock<(SignerKey, MemorySource)> = LazyLock::new(log);

fn log() -> (SignerKey, MemorySource) {
    let name = KeyName::new(ORIGIN).expect("a name");
    let key = SignerKey::from_seed(name, Algorithm::ED25519, &[7; 32]).expect("a key");
    let mut files = MemorySource::default();
    let mut writer = Writer::empty(ORIGIN).expect("an empty log");
    for batch in [3_u8, 255, 7] {
        let batch: Vec<[u8; 1]> = (0..batch).map(|byte| [byte]).collect();
        let planned = writer.append(&batch).expect("a batch");
        let mut signed = SignedCheckpoint::unsigned(planned.checkpoint.clone()).expect("a note");
        signed.note_mut().sign(&key, 0).expect("a signature");
        for write in planned.writes(&signed).expect("the same checkpoint") {
            files.0.insert(write.path, write.bytes);
        }
        writer = planned.next;
    }
    (key, files)
}

fuzz_target!(|data: &[u8]| {
    for width in [1, 3, 256] {
        let _ = (hashes(data, width), entries(data, width));
    }
    if let Ok(text) = std::str::from_utf8(data)
        && let Some(tile) = Tile::parse(text)
    {
        assert_eq!(tile.path(), text, "a tile has one name");
    }
    let Some((choice, content)) = data.split_first() else { return };
    let (key, whole) = &*LOG;
    let place = usize::from(*choice) % whole.0.len();
    let path = whole.0.keys().nth(place).expect("a file of the log").clone();
    let mut files = whole.clone();
    let own = files.0.insert(path.clone(), content.to_vec());
    let keys: &[&dyn Verify] = &[key.verifier()];
    let trust = Trust { origin: ORIGIN, log: keys, witnesses: &[], witnesses_min: 0 };
    let report = verify_log(&files, &Options::new(trust));
    let same = own.is_some_and(|own| own == content);
    // A checkpoint may get lines of keys that nobody here knows.
    let other_allowed = path.starts_with("checkpoint");
    assert!(report.is_sound() == same || other_allowed && !same, "{path}: {report}");
    let mut prover = Prover::new(&files, 265);
    let _ = (prover.inclusion(260), prover.consistency(256), prover.root());
});
