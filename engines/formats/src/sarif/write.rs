//! Writing SARIF 2.1.0.

use crate::cyclonedx::pretty;
use duecare_base::{Confidence, Finding, Location, Severity};
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// A check, as SARIF's `reportingDescriptor`.
#[derive(Debug, Clone)]
pub struct SarifRule {
    /// Stable id.
    pub id: String,
    /// One line.
    pub title: String,
    /// How it works, for people.
    pub description: String,
    /// What to do about it.
    pub help: String,
    /// Usual severity.
    pub severity: Severity,
    /// CWE numbers.
    pub cwes: Vec<u32>,
}

/// How a result stands to the baseline.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SarifState {
    /// Not in the baseline, or there is none.
    New,
    /// In the baseline too.
    Unchanged,
    /// In the baseline too, but judged otherwise.
    Updated,
}

/// A finding as a result.
#[derive(Debug, Clone)]
pub struct SarifResult<'a> {
    /// The finding.
    pub finding: &'a Finding,
    /// How it stands to the baseline; `None` without one.
    pub state: Option<SarifState>,
    /// The reason of the exception that accepts it, if one does.
    pub accepted: Option<String>,
}

/// A result of the baseline that is gone.
#[derive(Debug, Clone)]
pub struct SarifAbsent {
    /// The check that reported it.
    pub rule: String,
    /// How bad it was.
    pub severity: Severity,
    /// How sure it was.
    pub confidence: Confidence,
    /// That instance, one line.
    pub message: String,
    /// Where it stood.
    pub location: Location,
    /// Its identity.
    pub fingerprint: String,
}

/// What is written.
#[derive(Debug, Clone)]
pub struct SarifDocument<'a> {
    /// Version of Duecare.
    pub tool_version: String,
    /// Every check that ran, found or not.
    pub rules: Vec<SarifRule>,
    /// Findings, in order.
    pub results: Vec<SarifResult<'a>>,
    /// Results of the baseline that are gone, in order.
    pub absent: Vec<SarifAbsent>,
    /// Why something was not seen, one line each: SARIF's tool notifications.
    pub incomplete: Vec<String>,
    /// What the checks can't look at by their nature, one line each: notifications, too.
    pub stated: Vec<String>,
}

/// The document as SARIF 2.1.0, pretty-printed, with a line end.
#[must_use]
pub fn write(document: &SarifDocument<'_>) -> String {
    let mut rules: Vec<SarifRule> = document.rules.clone();
    let mut index: BTreeMap<String, usize> =
        rules.iter().enumerate().map(|(at, rule)| (rule.id.clone(), at)).collect();
    for result in &document.results {
        let id = result.finding.check.as_str();
        if !index.contains_key(id) {
            index.insert(id.to_owned(), rules.len());
            rules.push(foreign_rule(id, result.finding.severity));
        }
    }
    for gone in &document.absent {
        if !index.contains_key(&gone.rule) {
            index.insert(gone.rule.clone(), rules.len());
            rules.push(foreign_rule(&gone.rule, gone.severity));
        }
    }
    let results = document.results.iter().map(|item| result(item, &index));
    let results: Vec<Value> =
        results.chain(document.absent.iter().map(|gone| absent(gone, &index))).collect();
    let notification =
        |level: &str, text: &str| json!({ "level": level, "message": { "text": sentence(text) } });
    let incomplete = document.incomplete.iter().map(|text| notification("error", text));
    let stated = document.stated.iter().map(|text| notification("note", text));
    let notifications: Vec<Value> = incomplete.chain(stated).collect();
    pretty(&json!({
        "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
        "version": "2.1.0",
        "runs": [{
            "tool": { "driver": {
                "name": "Duecare",
                "version": document.tool_version,
                "semanticVersion": document.tool_version,
                "rules": rules.iter().map(rule).collect::<Vec<_>>(),
            } },
            "columnKind": "unicodeCodePoints",
            "invocations": [{
                "executionSuccessful": document.incomplete.is_empty(),
                "toolExecutionNotifications": notifications,
            }],
            "results": results,
        }],
    }))
}

/// A rule for a check that another tool ran.
fn foreign_rule(id: &str, severity: Severity) -> SarifRule {
    SarifRule {
        id: id.to_owned(),
        title: id.to_owned(),
        description: "Imported from another analyser.".to_owned(),
        help: "See the analyser's own documentation.".to_owned(),
        severity,
        cwes: Vec::new(),
    }
}

fn level(severity: Severity) -> &'static str {
    match severity {
        Severity::Critical | Severity::High => "error",
        Severity::Medium => "warning",
        Severity::Low | Severity::Info => "note",
    }
}

/// Middle of the CVSS band that GitHub and others read from `security-severity`.
fn security_severity(severity: Severity) -> &'static str {
    match severity {
        Severity::Critical => "9.5",
        Severity::High => "8.0",
        Severity::Medium => "5.5",
        Severity::Low => "2.0",
        Severity::Info => "0.0",
    }
}

fn sentence(text: &str) -> String {
    let mut characters = text.trim_end_matches('.').chars();
    let first = characters.next().map(|c| c.to_uppercase().to_string()).unwrap_or_default();
    format!("{first}{}.", characters.as_str())
}

fn rule(rule: &SarifRule) -> Value {
    let mut tags = vec!["security".to_owned()];
    tags.extend(rule.cwes.iter().map(|number| format!("external/cwe/cwe-{number:03}")));
    json!({
        "id": rule.id,
        "name": camel(&rule.id),
        "shortDescription": { "text": sentence(&rule.title) },
        "fullDescription": { "text": sentence(&rule.description) },
        "help": { "text": sentence(&rule.help) },
        "defaultConfiguration": { "level": level(rule.severity) },
        "properties": {
            "tags": tags,
            "security-severity": security_severity(rule.severity),
        },
    })
}

fn camel(id: &str) -> String {
    id.split(|c: char| !c.is_alphanumeric())
        .map(|word| {
            let mut characters = word.chars();
            let first = characters.next().map(|c| c.to_uppercase().to_string());
            format!("{}{}", first.unwrap_or_default(), characters.as_str())
        })
        .collect()
}

fn result(item: &SarifResult<'_>, index: &BTreeMap<String, usize>) -> Value {
    let finding = item.finding;
    let related: Vec<Value> = finding
        .evidence
        .iter()
        .filter(|step| step.location != finding.location)
        .enumerate()
        .map(|(id, step)| {
            let mut place = location(&step.location, None);
            if let Some(object) = place.as_object_mut() {
                object.insert("id".to_owned(), json!(id + 1));
                object.insert("message".to_owned(), json!({ "text": step.text }));
            }
            place
        })
        .collect();
    let snippet = finding
        .evidence
        .iter()
        .find(|step| step.location == finding.location)
        .map(|step| step.text.as_str());
    let mut value = json!({
        "ruleId": finding.check.as_str(),
        "ruleIndex": index.get(finding.check.as_str()).copied().unwrap_or_default(),
        "level": level(finding.severity),
        "message": { "text": sentence(&finding.message) },
        "locations": [location(&finding.location, snippet)],
        "partialFingerprints": { "duecareFinding/v1": finding.fingerprint().to_string() },
        "properties": {
            "severity": finding.severity.label(),
            "confidence": finding.confidence.label(),
            "security-severity": security_severity(finding.severity),
        },
    });
    if let Some(object) = value.as_object_mut() {
        if !related.is_empty() {
            object.insert("relatedLocations".to_owned(), Value::Array(related));
        }
        if let Some(state) = item.state {
            let state = match state {
                SarifState::New => "new",
                SarifState::Unchanged => "unchanged",
                SarifState::Updated => "updated",
            };
            object.insert("baselineState".to_owned(), json!(state));
        }
        if let Some(reason) = &item.accepted {
            let accepted = json!([{
                "kind": "external", "status": "accepted", "justification": reason,
            }]);
            object.insert("suppressions".to_owned(), accepted);
        }
    }
    value
}

/// SARIF 2.1.0, 3.27.24: a result that the baseline has and this run has not.
fn absent(gone: &SarifAbsent, index: &BTreeMap<String, usize>) -> Value {
    json!({
        "ruleId": gone.rule,
        "ruleIndex": index.get(&gone.rule).copied().unwrap_or_default(),
        "level": level(gone.severity),
        "message": { "text": sentence(&gone.message) },
        "locations": [location(&gone.location, None)],
        "partialFingerprints": { "duecareFinding/v1": gone.fingerprint },
        "baselineState": "absent",
        "properties": {
            "severity": gone.severity.label(),
            "confidence": gone.confidence.label(),
            "security-severity": security_severity(gone.severity),
        },
    })
}

fn location(place: &Location, snippet: Option<&str>) -> Value {
    let mut physical = json!({ "artifactLocation": { "uri": uri(place) } });
    let mut region = serde_json::Map::new();
    if let Some(line) = place.line.filter(|line| *line > 0) {
        region.insert("startLine".to_owned(), json!(line));
    } else if let Some(offset) = place.offset.and_then(|at| i32::try_from(at).ok()) {
        // A region must say where it ends or have a length; one byte marks the place.
        region.insert("byteOffset".to_owned(), json!(offset));
        region.insert("byteLength".to_owned(), json!(1));
    }
    if let (Some(text), false) = (snippet, region.is_empty()) {
        region.insert("snippet".to_owned(), json!({ "text": text }));
    }
    if let (Some(object), false) = (physical.as_object_mut(), region.is_empty()) {
        object.insert("region".to_owned(), Value::Object(region));
    }
    let mut value = json!({ "physicalLocation": physical });
    if let (Some(object), Some(symbol)) = (value.as_object_mut(), &place.symbol) {
        let logical = json!([{ "name": symbol, "kind": "function" }]);
        object.insert("logicalLocations".to_owned(), logical);
    }
    value
}

/// A relative URI reference (RFC 3986): layer chain and path, percent-encoded.
fn uri(place: &Location) -> String {
    let joined = format!("{}{}", place.layer, place.path);
    let mut out = String::new();
    for byte in joined.trim_start_matches('/').bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~/".contains(&byte) {
            out.push(char::from(byte));
        } else {
            out.push_str(&format!("%{byte:02X}"));
        }
    }
    if out.is_empty() { "image".to_owned() } else { out }
}
