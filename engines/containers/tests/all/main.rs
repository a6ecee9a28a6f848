//! The cases, and the same cases damaged.

mod kernels;
mod properties;

use duecare_containers::formats;

const CASES: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/cases");

#[test]
fn cases_read_as_expected() {
    duecare_testkit::check_cases(CASES, &formats());
}

#[test]
fn damaged_cases_do_no_harm() {
    duecare_testkit::check_hostile(CASES, &formats());
}
