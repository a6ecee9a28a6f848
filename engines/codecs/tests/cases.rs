//! Streams as real tools write them, whole, cut and damaged.

const CASES: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/cases");

#[test]
fn streams_unpack_as_expected() {
    duecare_testkit::check_cases(CASES, &duecare_codecs::formats());
}

#[test]
fn damaged_streams_do_no_harm() {
    duecare_testkit::check_hostile(CASES, &duecare_codecs::formats());
}
