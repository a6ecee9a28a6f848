//! The tests of this crate, in one program.

#[path = "suite/cases.rs"]
mod cases;
#[path = "suite/hostile.rs"]
mod hostile;
#[path = "suite/packs.rs"]
mod packs;
#[path = "suite/tree.rs"]
mod tree;
