//! The tests of this crate, in one program.

#[cfg(test)]
#[path = "suite/cases.rs"]
mod cases;
#[cfg(test)]
#[path = "suite/hostile.rs"]
mod hostile;
#[cfg(test)]
#[path = "suite/limits.rs"]
mod limits;
#[cfg(test)]
#[path = "suite/packs.rs"]
mod packs;
#[cfg(test)]
#[path = "suite/tree.rs"]
mod tree;
