//! Reading SARIF of any tool: what ran, with which rules, and what it said.

use serde::Deserialize;
use std::collections::BTreeMap;

/// Results taken from one file; more is an error, because leaving some out would hide flaws.
const RESULTS_MAX: usize = 1_000_000;

/// Files of one run that are kept: they only tell which languages it read.
const FILES_MAX: usize = 100_000;

/// One run of a tool.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ImportedRun {
    /// The tool's name.
    pub tool: String,
    /// Its version, where it says.
    pub version: Option<String>,
    /// How many rules it lists.
    pub rules: usize,
    /// Whether every invocation that says so succeeded.
    pub succeeded: bool,
    /// Files that it lists as part of the run, as paths relative to the source root.
    pub files: Vec<String>,
    /// What it found.
    pub results: Vec<ImportedResult>,
}

/// One result.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ImportedResult {
    /// Rule id, as the tool has it.
    pub rule: String,
    /// `none`, `note`, `warning` or `error`.
    pub level: String,
    /// The rule's `security-severity`, 0.0–10.0 in tenths, where it has one.
    pub security_severity_tenths: Option<u32>,
    /// CWE numbers from the rule's tags and relationships.
    pub cwes: Vec<u32>,
    /// The message, one line.
    pub message: String,
    /// The rule's short description, where it has one.
    pub rule_title: Option<String>,
    /// File, as a path relative to the source root.
    pub path: String,
    /// First line, from 1.
    pub line: Option<u32>,
    /// What stands there, if the tool quotes it.
    pub snippet: Option<String>,
    /// The tool's own stable fingerprint, if any.
    pub fingerprint: Option<String>,
    /// Somebody accepted a suppression for it.
    pub suppressed: bool,
}

/// Why a SARIF file can't be read.
#[derive(Debug, thiserror::Error)]
pub enum SarifError {
    /// Not JSON, or not the shape that the standard gives.
    #[error("not SARIF 2.1.0: the problem is at line {line}, column {column}")]
    Shape {
        /// Line, from 1.
        line: usize,
        /// Column, from 1.
        column: usize,
        /// What the JSON reader said.
        #[source]
        source: serde_json::Error,
    },
    /// Another version of SARIF.
    #[error("SARIF version \"{0}\" is not 2.1.0")]
    Version(String),
    /// Too many results.
    #[error("more than {RESULTS_MAX} results")]
    TooMany,
}

#[derive(Deserialize)]
struct Log {
    version: String,
    runs: Vec<Run>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Run {
    tool: Tool,
    #[serde(default)]
    results: Option<Vec<Outcome>>,
    #[serde(default)]
    invocations: Vec<Invocation>,
    #[serde(default)]
    artifacts: Option<Vec<Artifact>>,
    #[serde(default)]
    original_uri_base_ids: BTreeMap<String, Place>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Invocation {
    execution_successful: Option<bool>,
}

#[derive(Deserialize)]
struct Artifact {
    location: Option<Place>,
}

#[derive(Deserialize)]
struct Tool {
    driver: Driver,
    #[serde(default)]
    extensions: Vec<Driver>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Driver {
    name: String,
    version: Option<String>,
    semantic_version: Option<String>,
    #[serde(default)]
    rules: Vec<Rule>,
}

#[derive(Deserialize, Default)]
#[serde(rename_all = "camelCase")]
struct Rule {
    #[serde(default)]
    id: String,
    short_description: Option<Text>,
    default_configuration: Option<Configuration>,
    #[serde(default)]
    properties: serde_json::Map<String, serde_json::Value>,
    #[serde(default)]
    relationships: Vec<Relationship>,
}

#[derive(Deserialize)]
struct Configuration {
    level: Option<String>,
}

#[derive(Deserialize)]
struct Relationship {
    target: Option<Target>,
}

#[derive(Deserialize)]
struct Target {
    id: Option<String>,
}

#[derive(Deserialize)]
struct Text {
    text: Option<String>,
    markdown: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Outcome {
    rule_id: Option<String>,
    rule_index: Option<i64>,
    rule: Option<RuleReference>,
    level: Option<String>,
    kind: Option<String>,
    baseline_state: Option<String>,
    message: Text,
    #[serde(default)]
    locations: Vec<LocationField>,
    #[serde(default)]
    partial_fingerprints: BTreeMap<String, String>,
    #[serde(default)]
    fingerprints: BTreeMap<String, String>,
    #[serde(default)]
    suppressions: Option<Vec<Suppression>>,
}

#[derive(Deserialize)]
struct RuleReference {
    id: Option<String>,
    index: Option<i64>,
}

#[derive(Deserialize)]
struct Suppression {
    status: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct LocationField {
    physical_location: Option<Physical>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Physical {
    artifact_location: Option<Place>,
    region: Option<RegionField>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Place {
    uri: Option<String>,
    uri_base_id: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct RegionField {
    start_line: Option<u32>,
    snippet: Option<Text>,
}

/// Reads a SARIF 2.1.0 log.
///
/// Results of kind `pass`, `notApplicable`, `informational` and `open` are no flaws and left out, as
/// are those of the baseline that are gone.
///
/// # Errors
/// [`SarifError`] with the place when the log is broken, another version or too large.
pub fn read(bytes: &[u8]) -> Result<Vec<ImportedRun>, SarifError> {
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    let log: Log = serde_json::from_slice(bytes).map_err(|source| SarifError::Shape {
        line: source.line(),
        column: source.column(),
        source,
    })?;
    if !log.version.starts_with("2.1.0") {
        return Err(SarifError::Version(duecare_base::text::one_line(&log.version, 40)));
    }
    let count: usize = log.runs.iter().map(|run| run.results.as_ref().map_or(0, Vec::len)).sum();
    if count > RESULTS_MAX {
        return Err(SarifError::TooMany);
    }
    Ok(log.runs.into_iter().map(imported).collect())
}

fn imported(run: Run) -> ImportedRun {
    let Run { tool, results, invocations, artifacts, original_uri_base_ids } = run;
    let all_rules: Vec<&Rule> =
        tool.driver.rules.iter().chain(tool.extensions.iter().flat_map(|e| &e.rules)).collect();
    let by_id: BTreeMap<&str, &Rule> =
        all_rules.iter().rev().map(|rule| (rule.id.as_str(), *rule)).collect();
    let results = results
        .unwrap_or_default()
        .into_iter()
        .filter(|outcome| matches!(outcome.kind.as_deref(), None | Some("fail" | "review")))
        .filter(|outcome| outcome.baseline_state.as_deref() != Some("absent"))
        .map(|outcome| result(outcome, &tool.driver.rules, &by_id, &original_uri_base_ids))
        .collect();
    ImportedRun {
        tool: duecare_base::text::one_line(&tool.driver.name, 100),
        version: tool.driver.semantic_version.or(tool.driver.version),
        rules: all_rules.len(),
        files: artifacts
            .unwrap_or_default()
            .into_iter()
            .take(FILES_MAX)
            .filter_map(|artifact| Some(path(&artifact.location?, &original_uri_base_ids)))
            .collect(),
        succeeded: invocations.iter().all(|run| run.execution_successful != Some(false)),
        results,
    }
}

fn result(
    outcome: Outcome,
    rules: &[Rule],
    by_id: &BTreeMap<&str, &Rule>,
    bases: &BTreeMap<String, Place>,
) -> ImportedResult {
    let reference = outcome.rule.as_ref();
    let index = outcome.rule_index.or_else(|| reference.and_then(|rule| rule.index));
    let indexed = index.and_then(|index| usize::try_from(index).ok()).and_then(|i| rules.get(i));
    let named = outcome.rule_id.clone().or_else(|| reference.and_then(|rule| rule.id.clone()));
    let rule = named.as_deref().and_then(|id| by_id.get(id).copied()).or(indexed);
    let rule_id = named.or_else(|| rule.map(|rule| rule.id.clone())).unwrap_or_default();
    let configured =
        rule.and_then(|r| r.default_configuration.as_ref()).and_then(|c| c.level.clone());
    let physical = outcome.locations.into_iter().find_map(|place| place.physical_location);
    let (place, region) = physical.map_or((None, None), |p| (p.artifact_location, p.region));
    let fingerprints = outcome.fingerprints.into_iter().chain(outcome.partial_fingerprints);
    let line = |text: &Text| {
        let text = text.text.as_deref().or(text.markdown.as_deref()).unwrap_or_default();
        duecare_base::text::one_line(text, 400)
    };
    ImportedResult {
        level: outcome.level.or(configured).unwrap_or_else(|| "warning".to_owned()),
        security_severity_tenths: rule.and_then(security_severity),
        cwes: rule.map(cwes).unwrap_or_default(),
        message: line(&outcome.message),
        rule_title: rule.and_then(|rule| rule.short_description.as_ref()).map(line),
        path: place.map(|place| path(&place, bases)).unwrap_or_default(),
        line: region.as_ref().and_then(|region| region.start_line),
        snippet: region.and_then(|region| region.snippet).map(|text| line(&text)),
        fingerprint: fingerprints.map(|(_, value)| value).next(),
        suppressed: outcome.suppressions.is_some_and(|list| {
            list.iter().any(|s| matches!(s.status.as_deref(), None | Some("accepted")))
        }),
        rule: duecare_base::text::one_line(&rule_id, 200),
    }
}

fn security_severity(rule: &Rule) -> Option<u32> {
    let value = rule.properties.get("security-severity")?;
    let number = value.as_f64().or_else(|| value.as_str()?.parse().ok())?;
    (0.0..=10.0).contains(&number).then(|| (number * 10.0).round() as u32)
}

fn cwes(rule: &Rule) -> Vec<u32> {
    let tags = rule.properties.get("tags").and_then(serde_json::Value::as_array);
    let tags = tags.into_iter().flatten().filter_map(serde_json::Value::as_str);
    let targets = rule.relationships.iter().filter_map(|r| r.target.as_ref()?.id.as_deref());
    let cwe = rule.properties.get("cwe").and_then(serde_json::Value::as_str);
    let mut numbers: Vec<u32> = tags.chain(targets).chain(cwe).filter_map(cwe_number).collect();
    numbers.sort_unstable();
    numbers.dedup();
    numbers
}

/// `CWE-78`, `external/cwe/cwe-078`, `CWE-78: …` → 78.
fn cwe_number(text: &str) -> Option<u32> {
    let lower = text.to_ascii_lowercase();
    let (_, rest) = lower.split_once("cwe-")?;
    let end = rest.find(|c: char| !c.is_ascii_digit()).unwrap_or(rest.len());
    rest.get(..end)?.parse().ok()
}

fn path(place: &Place, bases: &BTreeMap<String, Place>) -> String {
    let uri = place.uri.as_deref().unwrap_or_default();
    let base =
        place.uri_base_id.as_ref().and_then(|id| bases.get(id)).and_then(|b| b.uri.as_deref());
    // A source root as an absolute file: URI is dropped: paths are relative to the source drop.
    let relative = base.filter(|base| !base.is_empty()).and_then(|base| uri.strip_prefix(base));
    let text = relative.unwrap_or(uri);
    let text = text.strip_prefix("file://").unwrap_or(text);
    duecare_base::text::one_line(text.trim_start_matches("./"), 1000)
}
