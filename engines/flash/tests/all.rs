//! Every case below `cases`, as it is and damaged.

use duecare_flash::formats;

const CASES: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/cases");

#[test]
fn cases() {
    duecare_testkit::check_cases(CASES, &formats());
}

#[test]
fn hostile() {
    duecare_testkit::check_hostile(CASES, &formats());
}
