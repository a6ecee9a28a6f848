//! A small log with everything that a log can have, the same bytes every time. The tests, the bench
//! and the example that feeds other people's implementations share it.

use duecare_base::Digest;
use duecare_ledger::{
    Checkpoint, Entry, Hash, MemorySource, Salt, SignedCheckpoint, SignerKey,
    bundle::Bundle,
    checkpoint::Trust,
    content::{Content, content_path},
    key::{Algorithm, KeyName, Verify},
    proof::Prover,
    statement::{Predicate, Statement, Subject},
    tlog_proof::TlogProof,
    witness::{AddCheckpoint, Seen, cosign},
    writer::{Planned, Settled, Writer, settle},
};
use serde::Serialize;

pub(crate) const ORIGIN: &str = "ledger.example.com/camera";
pub(crate) const WITNESS: &str = "witness.example.org/w1";

/// When the witness co-signs: 2026-01-01T00:00:00Z.
pub(crate) const TIME: u64 = 1_767_225_600;

#[derive(Serialize)]
struct Seal {
    number: u64,
    verdict: &'static str,
    note: &'static str,
}

impl Predicate for Seal {
    const NOUN: &'static str = "sample-seal";
    const VERSION: u32 = 1;
}

pub(crate) struct Keys {
    pub(crate) log: SignerKey,
    pub(crate) witness: SignerKey,
    pub(crate) author: SignerKey,
}

pub(crate) fn keys() -> Keys {
    let key = |name: &str, algorithm| {
        let seed = Digest::of_fields(&[b"seed of a sample key", name.as_bytes()]);
        SignerKey::from_seed(KeyName::new(name).unwrap(), algorithm, seed.as_bytes()).unwrap()
    };
    Keys {
        log: key(ORIGIN, Algorithm::ED25519),
        witness: key(WITNESS, Algorithm::COSIGNATURE_V1),
        author: key("server.example.com", Algorithm::ED25519),
    }
}

/// The content of entry `index`.
pub(crate) fn content(keys: &Keys, index: u64) -> Content {
    let image = Digest::of_fields(&[b"image", &index.to_be_bytes()]);
    let said = Seal { number: index, verdict: "pass", note: "größer \u{1f3a5} \"quoted\"\n" };
    let name = format!("camera-{index}.img");
    let statement = Statement::new(vec![Subject::new(&name, image)], &said).unwrap();
    let envelope = statement.sign(&[&keys.author]).unwrap().to_json();
    let salt = Digest::of_fields(&[b"salt", &index.to_be_bytes()]);
    Content { salt: Salt::new(*salt.as_bytes()), envelope }
}

/// Does what a plan says, by its rules, and gives the signed checkpoint.
pub(crate) fn publish(
    files: &mut MemorySource,
    planned: &Planned,
    key: &SignerKey,
) -> SignedCheckpoint {
    let mut signed = SignedCheckpoint::unsigned(planned.checkpoint.clone()).unwrap();
    signed.note_mut().sign(key, 0).unwrap();
    for write in planned.writes(&signed).unwrap() {
        let existing = files.0.get(&write.path).map(Vec::as_slice);
        if settle(&write, existing).unwrap() == Settled::Write {
            files.0.insert(write.path, write.bytes);
        }
    }
    signed
}

/// A log of the sizes given, in that order; every tenth content is erased.
pub(crate) fn log(sizes: &[u64]) -> (MemorySource, Vec<Entry>) {
    let keys = keys();
    let mut files = MemorySource::default();
    let mut writer = Writer::empty(ORIGIN).unwrap();
    let mut all = Vec::new();
    let mut signed = None;
    for size in sizes {
        let mut batch = Vec::new();
        for index in writer.size()..*size {
            let content = content(&keys, index);
            batch.push(content.entry());
            if index % 10 != 9 {
                files.0.insert(content_path(index), content.to_json().unwrap().into_bytes());
            }
        }
        let entries: Vec<_> = batch.iter().map(|entry| entry.to_bytes()).collect();
        let planned = writer.append(&entries).unwrap();
        signed = Some(publish(&mut files, &planned, &keys.log));
        writer = planned.next;
        all.extend(batch);
    }
    if let Some(checkpoint) = signed {
        let checkpoint = cosigned(&keys, checkpoint);
        files.0.insert("checkpoint".to_owned(), checkpoint.to_string().into_bytes());
    }
    (files, all)
}

fn cosigned(keys: &Keys, mut checkpoint: SignedCheckpoint) -> SignedCheckpoint {
    let request = AddCheckpoint { old_size: 0, proof: Vec::new(), checkpoint: checkpoint.clone() };
    let log: &[&dyn Verify] = &[keys.log.verifier()];
    let given = cosign(&request, ORIGIN, log, Seen::NOTHING, &keys.witness, TIME).unwrap();
    checkpoint.note_mut().push(given.signature).unwrap();
    checkpoint
}

pub(crate) fn checkpoint(files: &MemorySource) -> SignedCheckpoint {
    SignedCheckpoint::parse(&files.0["checkpoint"]).unwrap()
}

/// The bundle of a leaf.
pub(crate) fn bundle(files: &MemorySource, entries: &[Entry], index: u64) -> Bundle {
    let checkpoint = checkpoint(files);
    let path = Prover::new(files, checkpoint.checkpoint().size()).inclusion(index).unwrap();
    let content = files.0.get(&content_path(index)).map(|bytes| Content::parse(bytes).unwrap());
    let entry = entries[usize::try_from(index).unwrap()];
    Bundle { entry, content, proof: TlogProof { extra: None, index, path, checkpoint } }
}

/// Calls `then` with trust in the sample's log and witness.
pub(crate) fn trusting<T>(then: impl FnOnce(&Trust<'_>, &Keys) -> T) -> T {
    let keys = keys();
    let log: &[&dyn Verify] = &[keys.log.verifier()];
    let witnesses: &[&dyn Verify] = &[keys.witness.verifier()];
    then(&Trust { origin: ORIGIN, log, witnesses, witnesses_min: 1 }, &keys)
}

/// The tree head of these entries, computed by the definition of RFC 6962 and nothing else.
pub(crate) fn root_by_definition(leaves: &[Hash]) -> Hash {
    match leaves {
        [] => Hash::EMPTY_TREE,
        [one] => *one,
        more => {
            let middle = more.len().next_power_of_two() / 2;
            let (left, right) = more.split_at(middle);
            Hash::node(&root_by_definition(left), &root_by_definition(right))
        }
    }
}

/// A checkpoint of these values.
pub(crate) fn head(size: u64, root: Hash) -> Checkpoint {
    Checkpoint::new(ORIGIN, size, root).unwrap()
}
