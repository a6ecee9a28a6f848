use crate::sample::{self, ORIGIN};
use duecare_ledger::{
    Hash, MemorySource, SignedCheckpoint,
    key::Verify,
    verify::{Options, verify_log},
    writer::{
        Committed, Conflict, Head, Planned, Recovered, Redo, Refusal, Replayed, Rule, Settled,
        Write, Writer, history_path, recover, settle,
    },
};
use proptest::prelude::*;

fn entries(from: u64, to: u64) -> Vec<Vec<u8>> {
    (from..to).map(|index| format!("entry {index}").into_bytes()).collect()
}

fn writes(planned: &Planned) -> Vec<Write> {
    let mut signed = SignedCheckpoint::unsigned(planned.checkpoint.clone()).unwrap();
    signed.note_mut().sign(&sample::keys().log, 0).unwrap();
    planned.writes(&signed).unwrap()
}

/// Performs writes by their rules.
fn perform(files: &mut MemorySource, writes: Vec<Write>) {
    for write in writes {
        let existing = files.0.get(&write.path).map(Vec::as_slice);
        if settle(&write, existing).unwrap() == Settled::Write {
            files.0.insert(write.path, write.bytes);
        }
    }
}

fn head(size: u64) -> Head {
    let planned = Writer::empty(ORIGIN).unwrap().append(&entries(0, size)).unwrap();
    Head { size, root: *planned.checkpoint.root() }
}

fn recovered(files: &MemorySource, committed: Committed) -> Result<Recovered, Refusal> {
    let keys = sample::keys();
    let log: &[&dyn Verify] = &[keys.log.verifier()];
    recover(ORIGIN, log, &committed, files)
}

fn at(size: u64, published: Option<u64>) -> Committed {
    Committed { head: head(size), published: published.map(head) }
}

fn sound(files: &MemorySource) {
    sample::trusting(|trust, _| {
        let trust = duecare_ledger::checkpoint::Trust { witnesses_min: 0, ..*trust };
        let report = verify_log(files, &Options::new(trust));
        assert!(report.is_sound(), "{report}");
    });
}

/// A log that grew to these sizes.
fn grown(sizes: &[u64]) -> (MemorySource, Writer) {
    let mut files = MemorySource::default();
    let mut writer = Writer::empty(ORIGIN).unwrap();
    for size in sizes {
        let planned = writer.append(&entries(writer.size(), *size)).unwrap();
        perform(&mut files, writes(&planned));
        writer = planned.next;
    }
    (files, writer)
}

#[test]
fn order_of_writes() {
    let (_, writer) = grown(&[255]);
    let planned = writer.append(&entries(255, 600)).unwrap();
    let all = writes(&planned);
    let paths: Vec<&str> = all.iter().map(|write| write.path.as_str()).collect();
    assert_eq!(
        paths,
        [
            "tile/entries/000",
            "tile/entries/001",
            "tile/entries/002.p/88",
            "tile/0/000",
            "tile/0/001",
            "tile/0/002.p/88",
            "tile/1/000.p/2",
            "checkpoints/600",
            "checkpoint",
        ]
    );
    assert_eq!(planned.superseded[0], "tile/entries/000.p");
    assert!(planned.superseded.contains(&"tile/0/001.p".to_owned()));
    // A level whose partial tile stays as it is isn't written again.
    let one_more = planned.next.append(&entries(600, 601)).unwrap();
    assert!(one_more.tiles.iter().all(|write| !write.path.starts_with("tile/1/")));
    let nothing = planned.next.append::<Vec<u8>>(&[]).unwrap();
    assert!(nothing.tiles.is_empty());
    assert_eq!(nothing.next, planned.next);
}

#[test]
fn a_file_that_is_there_stays() {
    let (files, writer) = grown(&[10]);
    let planned = writer.append(&entries(10, 20)).unwrap();
    let other = writer.append(&entries(11, 21)).unwrap();
    for (mine, theirs) in writes(&planned).iter().zip(writes(&other)) {
        assert_eq!(settle(mine, None), Ok(Settled::Write));
        assert_eq!(settle(mine, Some(&mine.bytes)), Ok(Settled::Keep));
        assert!(settle(mine, Some(&theirs.bytes)).is_err(), "{}: two roots", mine.path);
        if mine.rule == Rule::Create {
            let cut = &mine.bytes[..mine.bytes.len() - 1];
            let conflict = settle(mine, Some(cut)).unwrap_err();
            let due = Conflict::Differs { path: mine.path.clone(), at: cut.len() };
            assert_eq!(conflict, due);
        }
    }
    // The head moves forward only; an older one is no reason to stop.
    let all = writes(&planned);
    let advance = all.last().unwrap();
    assert_eq!(settle(advance, Some(&files.0["checkpoint"])), Ok(Settled::Write));
    let later = writes(&planned.next.append(&entries(20, 21)).unwrap());
    assert_eq!(settle(advance, Some(&later.last().unwrap().bytes)), Ok(Settled::Keep));
    let garbage = settle(advance, Some(b"garbage"));
    assert!(matches!(garbage, Err(Conflict::NoCheckpoint { .. })));
    // Cosignatures on the head don't disturb it, and the history keeps its first bytes.
    let mut signed = SignedCheckpoint::parse(&advance.bytes).unwrap();
    signed.note_mut().sign(&sample::keys().witness, sample::TIME).unwrap();
    let cosigned = signed.to_string().into_bytes();
    assert_eq!(settle(advance, Some(&cosigned)), Ok(Settled::Write));
    assert_eq!(settle(&all[all.len() - 2], Some(&cosigned)), Ok(Settled::Keep));
}

/// Whatever write a crash stops at, recovery redoes the rest, and the log is sound. In the end it
/// has the same bytes as a log that never crashed.
#[test]
fn a_crash_at_every_write() {
    let (before, writer) = grown(&[1, 255, 300]);
    let planned = writer.append(&entries(300, 600)).unwrap();
    let mut whole = before.clone();
    perform(&mut whole, writes(&planned));
    for done in 0..=writes(&planned).len() {
        let mut files = before.clone();
        perform(&mut files, writes(&planned)[..done].to_vec());
        match recovered(&files, at(600, Some(300))).unwrap() {
            Recovered::Ready(writer) => {
                assert_eq!(done, writes(&planned).len());
                assert_eq!(writer, planned.next);
            }
            Recovered::Redo(redo) => {
                assert_eq!((redo.from(), redo.to()), (300, 600));
                let Replayed::Done(again) = redo.replay(&entries(300, 600)).unwrap() else {
                    panic!("all entries were given")
                };
                perform(&mut files, writes(&again));
                assert_eq!(again.next, planned.next);
            }
        }
        assert_eq!(files, whole, "after {done} writes");
        sound(&files);
    }
}

#[test]
fn a_crash_at_the_first_checkpoint() {
    for size in [0, 1, 256, 300] {
        let planned = Writer::empty(ORIGIN).unwrap().append(&entries(0, size)).unwrap();
        for done in 0..writes(&planned).len() {
            let mut files = MemorySource::default();
            perform(&mut files, writes(&planned)[..done].to_vec());
            let Recovered::Redo(redo) = recovered(&files, at(size, None)).unwrap() else {
                panic!("the checkpoint is not there yet")
            };
            let Replayed::Done(again) = redo.replay(&entries(0, size)).unwrap() else { panic!() };
            perform(&mut files, writes(&again));
            sound(&files);
        }
    }
}

#[test]
fn what_no_crash_explains_is_refused() {
    let (files, _) = grown(&[10, 300]);
    let refusal = |committed| recovered(&files, committed).unwrap_err();
    assert!(matches!(refusal(at(299, Some(10))), Refusal::DatabaseBehind { stored: 300, .. }));
    assert!(matches!(refusal(at(301, Some(301))), Refusal::FilesBehind { published: 301, .. }));
    let other = Head { size: 300, root: Hash::leaf(b"other") };
    let split = Committed { head: other, published: None };
    assert!(matches!(refusal(split), Refusal::Split { size: 300, .. }));
    let split = Committed { head: head(301), published: Some(other) };
    assert!(matches!(refusal(split), Refusal::Split { size: 300, .. }));
    let empty = MemorySource::default();
    let lost = recovered(&empty, at(300, Some(300))).unwrap_err();
    assert!(matches!(lost, Refusal::CheckpointLost(300)));

    let without = |path: &str| {
        let mut files = files.clone();
        files.0.remove(path).unwrap();
        recovered(&files, at(300, Some(300))).unwrap_err()
    };
    assert!(matches!(without("tile/0/001.p/44"), Refusal::Missing(_)));
    assert!(matches!(without("tile/1/000.p/1"), Refusal::Missing(_)));
    assert!(matches!(without("tile/entries/001.p/44"), Refusal::Missing(_)));
    let changed = |path: &str, at_byte: usize| {
        let mut files = files.clone();
        files.0.get_mut(path).unwrap()[at_byte] ^= 1;
        recovered(&files, at(300, Some(300))).unwrap_err()
    };
    assert!(matches!(changed("tile/1/000.p/1", 5), Refusal::Tiles { size: 300, .. }));
    assert!(matches!(changed("tile/entries/001.p/44", 4), Refusal::Entry(256)));
    assert!(matches!(changed("tile/entries/001.p/44", 0), Refusal::Broken { .. }));
    assert!(matches!(changed("checkpoint", 30), Refusal::Checkpoint(_)));
}

#[test]
fn entries_that_are_not_those_of_the_database() {
    let (files, _) = grown(&[10]);
    let redo = || match recovered(&files, at(20, Some(10))).unwrap() {
        Recovered::Redo(redo) => redo,
        Recovered::Ready(_) => panic!("ten entries are to be redone"),
    };
    let wrong = redo().replay(&entries(11, 21));
    assert!(matches!(wrong, Err(Refusal::Entries { size: 20, .. })));
    assert!(matches!(redo().replay(&entries(10, 21)), Err(Refusal::TooMany { found: 21, .. })));
}

#[test]
fn a_log_written_again_in_parts() {
    let (files, writer) = grown(&[10, 300, 70_000]);
    let committed = at(70_000, Some(70_000));
    let mut again = MemorySource::default();
    let mut redo = Redo::from_scratch(ORIGIN, &committed).unwrap();
    let done = loop {
        let to = (redo.from() + 9_999).min(redo.to());
        match redo.clone().replay(&entries(redo.from(), to)).unwrap() {
            Replayed::More(planned, rest) => {
                perform(&mut again, planned.tiles);
                redo = rest;
            }
            Replayed::Done(planned) => break planned,
        }
    };
    perform(&mut again, writes(&done));
    assert_eq!(done.next, writer);
    for (path, bytes) in files.0.iter().filter(|(path, _)| !path.contains(".p/")) {
        if !path.starts_with("checkpoints/") {
            assert_eq!(&again.0[path], bytes, "{path}");
        }
    }
    sound(&again);
    assert!(again.0.contains_key(&history_path(70_000)));
}

#[test]
fn superseded_folders_may_go() {
    let (mut files, writer) = grown(&[1, 100, 255]);
    let planned = writer.append(&entries(255, 513)).unwrap();
    perform(&mut files, writes(&planned));
    for folder in &planned.superseded {
        files.0.retain(|path, _| !path.starts_with(&format!("{folder}/")));
    }
    assert!(!files.0.contains_key("tile/0/000.p/255"));
    sound(&files);
}

#[test]
fn entries_beyond_the_format() {
    let writer = Writer::empty(ORIGIN).unwrap();
    assert!(writer.append(&[vec![0; 65_535]]).is_ok());
    assert!(writer.append(&[vec![0; 65_536]]).is_err());
    assert!(Writer::empty("").is_err());
    assert!(Writer::empty("two\nlines").is_err());
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(32))]

    /// However a log grew, its tiles are those of the size, and its state is that of its files.
    #[test]
    fn any_growth(batches in prop::collection::vec(0_u64..700, 1..8)) {
        let sizes: Vec<u64> = batches
            .iter()
            .scan(0_u64, |size, batch| { *size += batch; Some(*size) })
            .collect();
        let (files, writer) = grown(&sizes);
        let last = *sizes.last().unwrap();
        let found = recovered(&files, at(last, Some(last))).unwrap();
        prop_assert_eq!(found, Recovered::Ready(writer));
        sound(&files);
    }
}
