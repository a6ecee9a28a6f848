//! One finding for each identity, with every place where it stands.

use duecare_base::{Confidence, Digest, Finding, Location, Severity};
use std::collections::{BTreeMap, BTreeSet};

/// Joins findings of the same fingerprint (an A/B pair of file systems has each twice), keeps the
/// worst severity and confidence, and sorts: worst first, then by check, path and key.
///
/// Each comes with the further places where it stands.
#[must_use]
pub fn merge(findings: Vec<Finding>) -> Vec<(Finding, Vec<Location>)> {
    let findings = one_for_each_literal(findings);
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

/// The check of passwords in programs' text, and the one of what C source compares.
const TEXT: &str = "credential-code";
const COMPARED: &str = "credential-source-literal";

/// Two engines see a password that C source compares something with: the finding that knows every
/// secret of the file, and masks them all, stays.
fn one_for_each_literal(mut findings: Vec<Finding>) -> Vec<Finding> {
    let compared: BTreeMap<Location, (Severity, Confidence)> = findings
        .iter()
        .filter(|finding| finding.check.as_str() == COMPARED)
        .map(|finding| (finding.location.clone(), (finding.severity, finding.confidence)))
        .collect();
    let mut twice = BTreeSet::new();
    for finding in findings.iter_mut().filter(|finding| finding.check.as_str() == TEXT) {
        let Some((severity, confidence)) = compared.get(&finding.location) else { continue };
        finding.severity = finding.severity.max(*severity);
        finding.confidence = finding.confidence.max(*confidence);
        twice.insert(finding.location.clone());
    }
    findings.retain(|f| f.check.as_str() != COMPARED || !twice.contains(&f.location));
    findings
}

#[cfg(test)]
mod tests {
    use super::*;
    use duecare_base::CheckId;

    #[test]
    fn a_password_that_two_engines_see_is_one_finding() {
        let found = |check: &'static str, line: u32, confidence| {
            let at = Location::line("source", "/a.c", line);
            Finding::new(CheckId::new(check), Severity::Critical, confidence, at, "login pass", "")
        };
        let merged = merge(vec![
            found(COMPARED, 4, Confidence::High),
            found(TEXT, 4, Confidence::Medium),
            found(COMPARED, 9, Confidence::High),
        ]);
        let seen: Vec<_> =
            merged.iter().map(|(f, _)| (f.check.as_str(), f.location.line, f.confidence)).collect();
        assert_eq!(
            seen,
            [(TEXT, Some(4), Confidence::High), (COMPARED, Some(9), Confidence::High)]
        );
    }
}
