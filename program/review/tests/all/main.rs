//! What the application writes, held against what is published of it.

#![expect(clippy::unwrap_used, reason = "helpers of tests fail by panicking")]

mod policy_document;
mod schema;

use std::path::Path;

/// A file of the repository.
pub(crate) fn read(path: &str) -> String {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    std::fs::read_to_string(root.join(path)).unwrap()
}
