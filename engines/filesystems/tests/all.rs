//! Sample images, whole, cut and damaged; and what a cut SquashFS still gives.

const CASES: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/cases");

#[test]
fn cases() {
    duecare_testkit::check_cases(CASES, &duecare_filesystems::formats());
}

#[test]
fn hostile() {
    duecare_testkit::check_hostile(CASES, &duecare_filesystems::formats());
}
