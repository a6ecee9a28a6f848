//! Text formats of the ledger: what is accepted has one spelling.
#![no_main]

use duecare_ledger::{
    Checkpoint, Note, SignedCheckpoint, SignerKey, VerifierKey, tlog_proof::TlogProof,
    witness::AddCheckpoint,
};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| {
    if let Ok(note) = Note::parse(data) {
        assert_eq!(note.to_string().as_bytes(), data, "a note");
    }
    if let Ok(checkpoint) = SignedCheckpoint::parse(data) {
        assert_eq!(checkpoint.to_string().as_bytes(), data, "a signed checkpoint");
    }
    if let Ok(request) = AddCheckpoint::parse(data) {
        assert_eq!(request.to_string().as_bytes(), data, "a request");
    }
    let Ok(text) = std::str::from_utf8(data) else { return };
    if let Ok(checkpoint) = Checkpoint::parse(text) {
        assert_eq!(checkpoint.to_string(), text, "a checkpoint");
    }
    if let Ok(proof) = TlogProof::parse(text) {
        assert_eq!(proof.to_string(), text, "a proof");
        let _ = proof.verify_entry(b"entry");
    }
    for line in text.lines() {
        if let Ok(key) = VerifierKey::parse(line) {
            assert_eq!(key.to_string(), line, "a key");
        }
        if let Ok(key) = SignerKey::parse(line) {
            assert_eq!(key.to_secret_text(), line, "a secret key");
        }
    }
});
