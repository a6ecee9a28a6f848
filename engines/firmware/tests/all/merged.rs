//! One finding for each identity.

use duecare_base::{CheckId, Confidence, Finding, Location, Severity};
use duecare_firmware::merge;

fn finding(key: &str, layer: &str, severity: Severity, confidence: Confidence) -> Finding {
    let at = Location::file(layer, "/etc/passwd");
    Finding::new(CheckId::new("test"), severity, confidence, at, key.to_owned(), "m".to_owned())
}

#[test]
fn the_worst_severity_and_confidence_of_an_identity_hold() {
    let merged = merge(vec![
        finding("k", "a", Severity::Low, Confidence::High),
        finding("k", "b", Severity::High, Confidence::Low),
        finding("k", "b", Severity::Info, Confidence::Low),
    ]);
    assert_eq!(merged.len(), 1);
    let (first, more) = &merged[0];
    assert_eq!((first.severity, first.confidence), (Severity::High, Confidence::High));
    assert_eq!(first.location.layer, "a");
    assert_eq!(more.iter().map(|place| &*place.layer).collect::<Vec<_>>(), ["b"], "no place twice");
}

#[test]
fn the_worst_stands_first_and_the_order_given_does_not_matter() {
    let one = || {
        vec![
            finding("a", "x", Severity::Low, Confidence::High),
            finding("b", "x", Severity::Critical, Confidence::Low),
            finding("c", "x", Severity::Critical, Confidence::High),
            finding("d", "x", Severity::Low, Confidence::High),
        ]
    };
    let mut turned = one();
    turned.reverse();
    let keys = |findings| -> Vec<String> {
        merge(findings).into_iter().map(|(finding, _)| finding.key).collect()
    };
    assert_eq!(keys(one()), ["c", "b", "a", "d"]);
    assert_eq!(keys(turned), ["c", "b", "a", "d"]);
    assert_eq!(merge(Vec::new()), []);
}
