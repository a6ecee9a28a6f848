//! The tree is tidy.

#[test]
fn the_tree_is_tidy() {
    let faults = xtask::tidy::run().unwrap();
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}
