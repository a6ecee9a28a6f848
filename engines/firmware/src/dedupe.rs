//! One finding for each identity, with every place where it stands.

use duecare_base::{Digest, Finding, Location};
use std::collections::BTreeMap;

/// Joins findings of the same fingerprint (an A/B pair of file systems has each twice), keeps the
/// worst severity and confidence, and sorts: worst first, then by check, path and key.
///
/// Each comes with the further places where it stands.
#[must_use]
pub fn merge(findings: Vec<Finding>) -> Vec<(Finding, Vec<Location>)> {
    let mut merged: BTreeMap<Digest, (Finding, Vec<Location>)> = BTreeMap::new();
    for finding in findings {
        let fingerprint = finding.fingerprint();
        match merged.get_mut(&fingerprint) {
            None => {
                merged.insert(fingerprint, (finding, Vec::new()));
            }
            Some((first, places)) => {
                first.severity = first.severity.max(finding.severity);
                first.confidence = first.confidence.max(finding.confidence);
                if finding.location != first.location && !places.contains(&finding.location) {
                    places.push(finding.location);
                }
            }
        }
    }
    let mut out: Vec<(Finding, Vec<Location>)> = merged.into_values().collect();
    out.sort_by(|(a, _), (b, _)| {
        (b.severity, b.confidence)
            .cmp(&(a.severity, a.confidence))
            .then_with(|| a.check.cmp(&b.check))
            .then_with(|| a.location.path.cmp(&b.location.path))
            .then_with(|| a.key.cmp(&b.key))
            .then_with(|| a.location.cmp(&b.location))
    });
    out
}
