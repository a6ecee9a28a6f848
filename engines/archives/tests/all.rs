//! All integration tests of the archives, in one binary.

use duecare_unpack::{Format, Limits, ProblemKind, unpack};

const CASES: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/cases");

/// Archives whose keys take half a million rounds each: too slow for hundreds of variants.
const LOCKED: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/locked");

fn formats() -> Vec<Box<dyn Format>> {
    let mut formats = duecare_archives::formats();
    formats.extend(duecare_codecs::formats());
    formats
}

#[test]
fn archives_unpack_as_expected() {
    duecare_testkit::check_cases(CASES, &formats());
    duecare_testkit::check_cases(LOCKED, &formats());
}

#[test]
fn damaged_archives_do_no_harm() {
    duecare_testkit::check_hostile(CASES, &formats());
}

#[test]
fn a_bomb_stops_at_the_limit_of_memory() {
    // A tar that claims a sparse file of 64 GiB, and a gzip of zeros.
    let image = std::fs::read(format!("{CASES}/tar-sparse-1.0/input.tar")).unwrap();
    let limits = Limits { memory_bytes_max: 100_000, ..Limits::default() };
    let unpacked = unpack("bomb.tar", image.into(), &formats(), limits, &|_| {});
    let problems = &unpacked.layers[1].problems;
    assert!(problems.iter().any(|problem| problem.kind == ProblemKind::Limit), "{problems:?}");
}

/// The content is small; what the decoders want beside it is not there.
#[test]
fn dictionaries_and_models_count_as_memory() {
    // The PPMd model of this case has 64 KiB, the others want more.
    for (case, memory_bytes_max) in [
        ("7z-plain/input.7z", 150_000),
        ("7z-ppmd/input.7z", 100_000),
        ("zpaq-journal-bwt/input.zpaq", 150_000),
    ] {
        let image = std::fs::read(format!("{CASES}/{case}")).unwrap();
        let limits = Limits { memory_bytes_max, ..Limits::default() };
        let unpacked = unpack("small", image.into(), &formats(), limits, &|_| {});
        let problems = &unpacked.layers[1].problems;
        assert!(problems.iter().any(|p| p.kind == ProblemKind::Limit), "{case}: {problems:?}");
        assert!(unpacked.memory_bytes <= memory_bytes_max);
    }
}

#[test]
fn too_many_entries_are_said() {
    let image = std::fs::read(format!("{CASES}/tar-gnu/input.tar")).unwrap();
    let limits = Limits { nodes_max: 3, ..Limits::default() };
    let unpacked = unpack("many.tar", image.into(), &formats(), limits, &|_| {});
    assert_eq!(unpacked.layers[1].nodes.len(), 3);
    assert!(unpacked.layers[1].is_incomplete());
}

#[test]
fn used_up_memory_is_one_sentence() {
    let image = std::fs::read(format!("{CASES}/zip-bz/input.zip")).unwrap();
    let limits = Limits { memory_bytes_max: 1000, ..Limits::default() };
    let unpacked = unpack("small.zip", image.into(), &formats(), limits, &|_| {});
    let told: Vec<&str> =
        unpacked.layers.iter().flat_map(|l| &l.problems).map(|p| p.message.as_str()).collect();
    let limit = told.iter().filter(|message| message.contains("memory limit of 1000 B is used up"));
    assert_eq!(limit.count(), 1, "{told:?}");
    assert!(!told.iter().any(|message| message.contains("unpacks to more than")), "{told:?}");
}
