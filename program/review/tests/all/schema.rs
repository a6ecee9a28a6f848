//! The words that the report uses are those that its schema allows, and no other.

use crate::read;
use duecare_base::unseen::Effect;
use duecare_base::{Confidence, DifferenceKind, Severity};
use duecare_domain::review::{AnalyserState, LanguageState, Outcome, Verdict};
use duecare_firmware::inventory::{ComponentKind, Method};
use duecare_firmware::unpack::{ProblemKind, System};
use duecare_review::baseline::APP_SYSTEM;
use duecare_review::labels::{FindingState, InputKind};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};

fn labels<T: Copy>(all: &[T], label: fn(T) -> &'static str) -> BTreeSet<String> {
    all.iter().map(|value| label(*value).to_owned()).collect()
}

/// Where the schema lists words, and the words that the code can write there.
fn written() -> BTreeMap<&'static str, BTreeSet<String>> {
    let mut systems = labels(System::ALL, System::label);
    systems.insert(APP_SYSTEM.to_owned());
    let severities = labels(Severity::ALL, Severity::label);
    let confidences = labels(Confidence::ALL, Confidence::label);
    BTreeMap::from([
        ("/properties/verdict", labels(Verdict::ALL, Verdict::label)),
        ("/$defs/reason/properties/outcome", labels(Outcome::ALL, Outcome::label)),
        ("/$defs/input/properties/kind", labels(InputKind::ALL, InputKind::label)),
        ("/$defs/image/properties/system", systems),
        ("/$defs/problem/properties/kind", labels(ProblemKind::ALL, ProblemKind::label)),
        ("/$defs/component/properties/kind", labels(&ComponentKind::ALL, ComponentKind::label)),
        ("/$defs/sight/properties/method", labels(Method::ALL, Method::label)),
        ("/$defs/finding/properties/severity", severities.clone()),
        ("/$defs/finding/properties/confidence", confidences.clone()),
        ("/$defs/finding/properties/state", labels(FindingState::ALL, FindingState::label)),
        ("/$defs/absent/properties/severity", severities),
        ("/$defs/absent/properties/confidence", confidences),
        ("/$defs/analyser_state", labels(AnalyserState::ALL, AnalyserState::label)),
        ("/$defs/language/properties/state", labels(LanguageState::ALL, LanguageState::label)),
        ("/$defs/not_seen/properties/effect", labels(Effect::ALL, Effect::label)),
        ("/$defs/difference/properties/kind", labels(DifferenceKind::ALL, DifferenceKind::label)),
    ])
}

/// Every list of words in the schema, by its place.
fn listed(value: &Value, place: &str, out: &mut BTreeMap<String, BTreeSet<String>>) {
    let Some(object) = value.as_object() else { return };
    for (key, inner) in object {
        match inner.as_array().filter(|_| key == "enum") {
            Some(words) => {
                let words = words.iter().map(|word| word.as_str().unwrap().to_owned());
                out.insert(place.to_owned(), words.collect());
            }
            None => listed(inner, &format!("{place}/{key}"), out),
        }
    }
}

#[test]
fn the_schema_lists_the_words_that_the_code_writes() {
    let schema: Value = serde_json::from_str(&read("docs/schema/report-1.json")).unwrap();
    let mut in_schema = BTreeMap::new();
    listed(&schema, "", &mut in_schema);
    let written = written();
    for (place, words) in &written {
        assert_eq!(in_schema.get(*place), Some(words), "{place}");
    }
    let held: BTreeSet<&str> = written.keys().copied().collect();
    let all: BTreeSet<&str> = in_schema.keys().map(String::as_str).collect();
    assert_eq!(all, held, "a list of words in the schema that this test does not hold");
}
