//! Placeholder.

use duecare_base::Finding;
use duecare_unpack::Unpacked;

/// Every check over a companion app, unpacked.
#[must_use]
pub fn check(_app: &Unpacked) -> Vec<Finding> {
    Vec::new()
}
