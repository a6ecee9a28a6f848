use crate::sample;
use duecare_ledger::{
    MemorySource, SignedCheckpoint, Source,
    checkpoint::Trust,
    source::Unreadable,
    verify::{Options, Report, verify_log},
    writer::{Writer, history_path},
};

const SIZES: [u64; 6] = [1, 2, 255, 256, 300, 700];

fn report(files: &dyn Source) -> Report {
    sample::trusting(|trust, keys| {
        let signers: &[&dyn duecare_ledger::dsse::VerifyEnvelope] = &[keys.author.verifier()];
        verify_log(files, &Options { signers, ..Options::new(*trust) })
    })
}

fn faults(files: &dyn Source) -> Vec<String> {
    report(files).faults.iter().map(ToString::to_string).collect()
}

/// What a change of the sample is reported as; all lines in order.
fn check(change: impl FnOnce(&mut MemorySource), expected: &[&str]) {
    let (mut files, _) = sample::log(&SIZES);
    change(&mut files);
    let found = faults(&files);
    let fits = found.len() == expected.len()
        && found.iter().zip(expected).all(|(found, begins)| found.starts_with(begins));
    assert!(fits, "found: {found:#?}\nexpected: {expected:#?}");
}

fn flip(files: &mut MemorySource, path: &str, at: usize) {
    files.0.get_mut(path).unwrap()[at] ^= 1;
}

#[test]
fn a_sound_log() {
    let (files, _) = sample::log(&SIZES);
    let report = report(&files);
    assert!(report.is_sound(), "{report}");
    assert_eq!((report.size, report.leaves, report.foreign_entries), (700, 700, 0));
    assert_eq!((report.history, report.contents, report.contents_signed), (6, 630, 630));
    assert_eq!((report.tiles, report.unpublished, report.other_files), (4, 0, 0));
    assert_eq!(
        report.earlier_tiles, 9,
        "bundles and hashes of 1, 2, 44 and 255, and one of level 1"
    );
    assert_eq!(report.signed.len(), 2);
    assert!(report.to_string().ends_with("the log is sound\n"));
}

#[test]
fn an_empty_log() {
    let (files, _) = sample::log(&[0]);
    let report = report(&files);
    assert!(report.is_sound(), "{report}");
    assert_eq!((report.size, report.history), (0, 1));
}

#[test]
fn each_fault_is_named_where_it_is() {
    check(
        |files| flip(files, "tile/entries/001", 38 * 5 + 20),
        &[
            "leaf 261: the entry at byte 190 of tile/entries/001 does not hash to what tile/0/001 has at byte 160",
            "content/261.json, leaf 261: envelope and salt are not what the leaf commits to",
            "tile/entries/001.p/44: differs at byte 210 from tile/entries/001",
        ],
    );
    check(
        |files| flip(files, "tile/0/001", 160),
        &[
            "leaf 261: the entry at byte 190",
            "tile/0/001.p/44: differs at byte 160 from tile/0/001",
        ],
    );
    // Entry and hash changed together: the level above shows it.
    check(
        |files| {
            flip(files, "tile/entries/001", 38 * 250 + 20);
            let entry = files.0["tile/entries/001"][38 * 250 + 2..38 * 251].to_vec();
            let hash = duecare_ledger::Hash::leaf(&entry);
            files.0.get_mut("tile/0/001").unwrap()[8000..8032].copy_from_slice(hash.as_bytes());
            files.0.remove("content/506.json");
        },
        &[
            "checkpoints/700: its root for 700 leaves is",
            "tile/1/000.p/2: the hash at byte 32, over leaves 256 to 511, is not the root of tile/0/001",
        ],
    );
    check(
        |files| flip(files, "tile/1/000.p/2", 0),
        &[
            "tile/1/000.p/2: the hash at byte 0, over leaves 0 to 255, is not the root of tile/0/000",
            "checkpoint: its root for 700 leaves is",
            "tile/1/000.p/1: differs at byte 0 from tile/1/000.p/2",
        ],
    );
    check(
        |files| flip(files, "tile/0/002.p/188", 0),
        &[
            "leaf 512: the entry at byte 0 of tile/entries/002.p/188",
            "checkpoints/700: its root",
            "checkpoint: its root",
        ],
    );
    check(
        |files| flip(files, "tile/0/000.p/2", 33),
        &["tile/0/000.p/2: differs at byte 33 from tile/0/000"],
    );
}

#[test]
fn missing_short_and_extra_files() {
    check(|files| drop(files.0.remove("tile/entries/001")), &["tile/entries/001: missing"]);
    check(|files| drop(files.0.remove("tile/0/001")), &["tile/0/001: missing"]);
    check(|files| drop(files.0.remove("tile/1/000.p/2")), &["tile/1/000.p/2: missing"]);
    check(|files| drop(files.0.remove("checkpoint")), &["checkpoint: missing"]);
    check(
        |files| {
            files.0.remove("tile/0/000");
            files.0.remove("tile/entries/000");
        },
        &[
            "tile/entries/000: missing",
            "tile/0/000: missing",
            "checkpoints/001: can't be checked",
            "checkpoints/002: can't be checked",
            "checkpoints/255: can't be checked",
            "checkpoints/256: can't be checked",
            "checkpoints/300: can't be checked",
            "checkpoints/700: can't be checked",
        ],
    );
    check(
        |files| {
            files.0.remove("tile/0/002.p/188");
            files.0.remove("tile/entries/002.p/188");
        },
        &[
            "tile/entries/002.p/188: missing",
            "tile/0/002.p/188: missing",
            "checkpoints/700: can't be checked",
            "checkpoint: its root can't be recomputed",
        ],
    );
    check(
        |files| files.0.get_mut("tile/0/001").unwrap().truncate(8191),
        &["tile/0/001: has 8191 bytes, where 8192 are due"],
    );
    check(
        |files| files.0.get_mut("tile/entries/001").unwrap().truncate(100),
        &[
            "tile/entries/001: ends at byte 100, within entry 2 of 256",
            "tile/entries/001.p/44: differs at byte 100 from tile/entries/001",
        ],
    );
    check(
        |files| files.0.get_mut("tile/entries/001").unwrap().push(0),
        &["tile/entries/001: goes on at byte 9728, after its 256 entries"],
    );
    check(
        |files| drop(files.0.insert("tile/0/01".into(), vec![])),
        &["tile/0/01: is none of the log's files"],
    );
    check(
        |files| drop(files.0.insert("content/701.json".into(), vec![])),
        &["content/701.json: there is no leaf 701"],
    );
    check(
        |files| {
            files.0.insert("tile/0/003".into(), vec![]);
            files.0.insert("README".into(), vec![]);
        },
        &[],
    );
    // A file that has more bytes than any tile is not read to its end.
    check(
        |files| files.0.get_mut("tile/0/001").unwrap().resize(1 << 20, 0),
        &["tile/0/001: can't be read: has more than 8192 bytes"],
    );
}

#[test]
fn contents_that_are_not_what_was_logged() {
    let swap = |files: &mut MemorySource| {
        let other = files.0["content/001.json"].clone();
        files.0.insert("content/000.json".into(), other);
    };
    check(swap, &["content/000.json, leaf 0: envelope and salt are not what the leaf commits to"]);
    check(
        |files| drop(files.0.insert("content/000.json".into(), b"{}".to_vec())),
        &["content/000.json, leaf 0: it has another form"],
    );
    check(|files| files.0.retain(|path, _| !path.starts_with("content/")), &[]);
    // Signed by a key that isn't trusted.
    let (files, _) = sample::log(&[2]);
    let found = sample::trusting(|trust, keys| {
        let signers: &[&dyn duecare_ledger::dsse::VerifyEnvelope] = &[keys.log.verifier()];
        verify_log(&files, &Options { signers, ..Options::new(*trust) })
    });
    assert_eq!(found.faults.len(), 2, "{found}");
}

#[test]
fn checkpoints_that_lie() {
    let keys = sample::keys();
    let resign = |files: &mut MemorySource, path: &str, size: u64, root| {
        let mut signed = SignedCheckpoint::unsigned(sample::head(size, root)).unwrap();
        signed.note_mut().sign(&keys.log, 0).unwrap();
        signed.note_mut().sign(&keys.witness, sample::TIME).unwrap();
        files.0.insert(path.into(), signed.to_string().into_bytes());
    };
    let other = duecare_ledger::Hash::leaf(b"other");
    check(
        |files| resign(files, "checkpoint", 700, other),
        &["checkpoint: its root for 700 leaves is"],
    );
    check(
        |files| resign(files, &history_path(256), 256, other),
        &["checkpoints/256: its root for 256 leaves is"],
    );
    check(
        |files| resign(files, &history_path(256), 255, other),
        &["checkpoints/256: is a checkpoint for 255 leaves"],
    );
    check(
        |files| {
            let older = files.0["checkpoints/300"].clone();
            let mut signed = SignedCheckpoint::parse(&older).unwrap();
            signed.note_mut().sign(&keys.witness, sample::TIME).unwrap();
            files.0.insert("checkpoint".into(), signed.to_string().into_bytes());
            files.0.retain(|path, _| !path.starts_with("content/"));
        },
        &["checkpoint: is for 300 leaves, older than checkpoints/700"],
    );
    check(
        |files| flip(files, "checkpoint", 130),
        &["checkpoint: the signature of ledger.example.com/camera"],
    );
    // Signed, but by too few.
    check(
        |files| {
            let alone = files.0["checkpoints/700"].clone();
            files.0.insert("checkpoint".into(), alone);
        },
        &["checkpoint: 0 of the trusted witnesses co-signed it, 1 are needed"],
    );
}

/// A log rewritten from one leaf on, with everything recomputed and signed again, is sound by
/// itself; the history shows it.
#[test]
fn a_rewritten_log() {
    let keys = sample::keys();
    let (old, entries) = sample::log(&SIZES);
    let mut bytes: Vec<Vec<u8>> = entries.iter().map(|entry| entry.to_bytes().to_vec()).collect();
    bytes[256][10] ^= 1;
    let planned = Writer::empty(sample::ORIGIN).unwrap().append(&bytes).unwrap();
    let mut files = MemorySource::default();
    let mut signed = sample::publish(&mut files, &planned, &keys.log);
    signed.note_mut().sign(&keys.witness, sample::TIME).unwrap();
    files.0.insert("checkpoint".into(), signed.to_string().into_bytes());
    assert_eq!(faults(&files), Vec::<String>::new());
    for size in SIZES {
        files.0.insert(history_path(size), old.0[&history_path(size)].clone());
    }
    let found = faults(&files);
    assert_eq!(found.len(), 2, "{found:#?}");
    assert!(found[0].starts_with("checkpoints/300: its root for 300 leaves"));
    assert!(found[1].starts_with("checkpoints/700: its root for 700 leaves"));
}

#[test]
fn it_stops_after_so_many_faults() {
    let (files, _) = sample::log(&[700]);
    let keys = sample::keys();
    let mut files = MemorySource(files.0);
    // A signed size that no storage holds must not make it run for ever.
    let head = sample::head(u64::MAX / 2, duecare_ledger::Hash::leaf(b""));
    let mut signed = SignedCheckpoint::unsigned(head).unwrap();
    signed.note_mut().sign(&keys.log, 0).unwrap();
    files.0.insert("checkpoint".into(), signed.to_string().into_bytes());
    let report = sample::trusting(|trust, _| {
        let trust = Trust { witnesses_min: 0, ..*trust };
        verify_log(&files, &Options { faults_max: 50, ..Options::new(trust) })
    });
    assert!(report.stopped && !report.is_sound());
    assert_eq!(report.faults.len(), 50);
}

/// A source that can't list, such as a web server.
struct Unlisted(MemorySource);

impl Source for Unlisted {
    fn read(&self, path: &str, bytes_max: usize) -> Result<Option<Vec<u8>>, Unreadable> {
        self.0.read(path, bytes_max)
    }
}

#[test]
fn a_source_that_cannot_list() {
    let (files, _) = sample::log(&SIZES);
    let report = report(&Unlisted(files));
    assert!(report.is_sound(), "{report}");
    assert!(!report.listed);
    assert_eq!((report.leaves, report.history, report.contents), (700, 0, 0));
}

/// No byte of any published file can change unnoticed.
#[test]
fn every_byte_counts() {
    let (files, _) = sample::log(&[3, 256, 260]);
    assert!(report(&files).is_sound());
    for (path, bytes) in &files.0 {
        // Contents are tried in `bundles.rs`, a few here.
        let step = if path.starts_with("content/") { 397 } else { 1.max(bytes.len() / 100) };
        for at in (0..bytes.len()).step_by(step) {
            let mut changed = files.clone();
            flip(&mut changed, path, at);
            changed.0.retain(|other, _| other == path || !other.starts_with("content/"));
            assert!(!report(&changed).is_sound(), "{path} byte {at}");
        }
    }
}
