//! An earlier report: what it knew, whether it is of the same product, and what is gone since.

use super::report::{AbsentEntry, BaselineEntry, BaselineImage, LocationEntry, SCHEMA};
use super::{Baseline, Request};
use duecare_base::{Confidence, Digest, Finding, Location, Severity};
use duecare_domain::review::{BaselineFact, EarlierFact, FindingFact};
use duecare_firmware::Examination;
use serde::Deserialize;
use serde::de::IgnoredAny;
use std::collections::{BTreeMap, BTreeSet};

/// Characters of a text of the baseline that are shown.
const TEXT_CHARS_MAX: usize = 120;

/// Characters of a message or place of the baseline that are shown.
const MESSAGE_CHARS_MAX: usize = 1000;

/// Characters of a digest that tell one file from another, for people.
const DIGEST_CHARS: usize = 12;

/// The layer of findings in source.
const SOURCE_LAYER: &str = "source";

/// What the report calls the system of an app.
pub const APP_SYSTEM: &str = "app";

/// Why a baseline can't be used.
#[derive(Debug, thiserror::Error)]
pub enum BaselineError {
    /// Not JSON, or no report.
    #[error("it is not a report.json of duecare")]
    Shape(#[source] serde_json::Error),
    /// JSON of another kind.
    #[error("it is {0}, not a report.json of duecare")]
    Other(&'static str),
    /// Another schema or version.
    #[error("its schema is \"{0}\", this version of duecare reads \"{SCHEMA}\"")]
    Schema(String),
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Head {
    schema: Option<String>,
    runs: Option<IgnoredAny>,
    bom_format: Option<IgnoredAny>,
    spdx_version: Option<IgnoredAny>,
}

/// What an earlier report says, as far as the next one is compared with it.
#[derive(Debug, Clone, Default, Deserialize)]
pub struct Earlier {
    /// What made it.
    tool: Tool,
    /// The day for which it was decided, `YYYY-MM-DD`.
    as_of: String,
    images: Vec<Image>,
    components: Vec<Named>,
    findings: Vec<EarlierFinding>,
}

#[derive(Debug, Clone, Default, Deserialize)]
struct Tool {
    version: String,
}

#[derive(Debug, Clone, Deserialize)]
struct Image {
    name: String,
    sha256: String,
    system: String,
}

#[derive(Debug, Clone, Deserialize)]
struct Named {
    name: String,
    #[serde(default)]
    evidence: Vec<Sight>,
}

#[derive(Debug, Clone, Deserialize)]
struct Sight {
    location: LocationEntry,
}

/// A finding of an earlier report.
#[derive(Debug, Clone, Deserialize)]
struct EarlierFinding {
    fingerprint: String,
    check: String,
    title: String,
    severity: String,
    confidence: String,
    message: String,
    locations: Vec<LocationEntry>,
}

/// Reads an earlier report.
///
/// # Errors
/// [`BaselineError`] when the bytes are no report of this schema.
pub fn read(bytes: &[u8]) -> Result<Earlier, BaselineError> {
    let head: Head = serde_json::from_slice(bytes).map_err(BaselineError::Shape)?;
    let other = [
        (head.runs.is_some(), "a SARIF log"),
        (head.bom_format.is_some(), "a CycloneDX bill of materials"),
        (head.spdx_version.is_some(), "an SPDX bill of materials"),
        (head.schema.is_none(), "some other JSON"),
    ];
    if let Some((_, name)) = other.into_iter().find(|(is_so, _)| *is_so) {
        return Err(BaselineError::Other(name));
    }
    let schema = head.schema.unwrap_or_default();
    if schema != SCHEMA {
        return Err(BaselineError::Schema(duecare_base::text::one_line(&schema, 60)));
    }
    serde_json::from_slice(bytes).map_err(BaselineError::Shape)
}

impl Earlier {
    /// Tells each finding how it was judged then.
    pub(super) fn mark(&self, findings: &mut [FindingFact]) {
        let mut judged: BTreeMap<&str, EarlierFact> = BTreeMap::new();
        for finding in &self.findings {
            let new =
                EarlierFact { severity: finding.severity(), confidence: finding.confidence() };
            let old = judged.entry(&finding.fingerprint).or_insert(new);
            // Named twice, only what both say is known.
            old.severity = old.severity.min(new.severity);
            old.confidence = old.confidence.min(new.confidence);
        }
        for finding in findings {
            finding.earlier = judged.get(finding.fingerprint.to_string().as_str()).copied();
        }
    }
}

impl EarlierFinding {
    /// Words that are none of ours rank lowest.
    fn severity(&self) -> Severity {
        self.severity.parse().unwrap_or(Severity::Info)
    }

    fn confidence(&self) -> Confidence {
        self.confidence.parse().unwrap_or(Confidence::Low)
    }
}

/// The baseline beside what was found now.
#[derive(Debug)]
pub(super) struct Comparison {
    /// What the policy may ask for.
    pub(super) fact: BaselineFact,
    /// What the report says.
    pub(super) entry: BaselineEntry,
}

/// What there is now.
pub(super) struct Now<'a> {
    pub(super) request: &'a Request,
    pub(super) images: &'a [Examination],
    pub(super) app: Option<&'a Examination>,
    pub(super) findings: &'a [(Finding, Vec<Location>)],
    /// Nothing of what was given is known to have stayed unseen.
    pub(super) everything_seen: bool,
}

/// Compares an earlier report with what there is now.
pub(super) fn compare(baseline: &Baseline, now: &Now<'_>) -> Comparison {
    let earlier = &baseline.report;
    let (compared, shared) = overlap(earlier, now);
    let fact = BaselineFact {
        subject: subject(earlier),
        as_of: duecare_base::text::one_line(&earlier.as_of, TEXT_CHARS_MAX),
        compared,
        shared,
    };
    let found: BTreeSet<String> =
        now.findings.iter().map(|(finding, _)| finding.fingerprint().to_string()).collect();
    let same_product = fact.is_of_same_product();
    let (known, gone): (Vec<&EarlierFinding>, Vec<&EarlierFinding>) = earlier
        .findings
        .iter()
        .partition(|finding| same_product && found.contains(&finding.fingerprint));
    let (absent, not_compared): (Vec<&EarlierFinding>, Vec<&EarlierFinding>) =
        gone.into_iter().partition(|finding| same_product && was_looked_for(finding, earlier, now));
    let entry = BaselineEntry {
        name: baseline.file.name.clone(),
        sha256: Digest::of(&baseline.file.content).to_string(),
        tool_version: duecare_base::text::one_line(&earlier.tool.version, TEXT_CHARS_MAX),
        as_of: fact.as_of.clone(),
        images: earlier
            .images
            .iter()
            .map(|image| BaselineImage {
                name: duecare_base::text::one_line(&image.name, TEXT_CHARS_MAX),
                sha256: duecare_base::text::one_line(&image.sha256, TEXT_CHARS_MAX),
            })
            .collect(),
        compared: compared as u64,
        shared: shared as u64,
        overlap_percent: fact.overlap_percent(),
        same_product,
        known: known.len() as u64,
        absent: absent.into_iter().map(absent_entry).collect(),
        not_compared: not_compared.len() as u64,
        everything_seen: now.everything_seen,
    };
    Comparison { fact, entry }
}

fn subject(earlier: &Earlier) -> String {
    let one = |image: &Image| {
        let digest: String = image.sha256.chars().take(DIGEST_CHARS).collect();
        format!("{} (sha256 {digest}…)", duecare_base::text::one_line(&image.name, TEXT_CHARS_MAX))
    };
    let images: Vec<String> = earlier.images.iter().map(one).collect();
    if images.is_empty() { "source alone".to_owned() } else { images.join(", ") }
}

/// How many names of components and paths of files the baseline has, and how many of them are here
/// too. What was not given this time (source, app) is no part of it.
fn overlap(earlier: &Earlier, now: &Now<'_>) -> (usize, usize) {
    let examined = || now.images.iter().chain(now.app);
    let mut here: BTreeSet<&str> = examined()
        .flat_map(|image| &image.unpacked.layers)
        .flat_map(|layer| &layer.nodes)
        .map(|node| node.path.as_str())
        .collect();
    here.extend(now.request.source.iter().flat_map(|source| &source.files).map(|file| &*file.path));
    let components: BTreeSet<&str> = examined()
        .flat_map(|image| image.inventory.shipped())
        .map(|component| component.name.as_str())
        .collect();
    let sights = earlier.components.iter().flat_map(|component| &component.evidence);
    let places = sights.map(|sight| &sight.location);
    let paths: BTreeSet<&str> = places
        .chain(earlier.findings.iter().flat_map(|finding| &finding.locations))
        .filter(|place| !place.path.is_empty() && is_given(&place.layer, earlier, now.request))
        .map(|place| place.path.as_str())
        .collect();
    let names: BTreeSet<&str> = earlier.components.iter().map(|named| &*named.name).collect();
    let shared = names.intersection(&components).count() + paths.intersection(&here).count();
    (names.len() + paths.len(), shared)
}

/// Whether what a layer belongs to was given this time.
fn is_given(layer: &str, earlier: &Earlier, request: &Request) -> bool {
    if layer == SOURCE_LAYER {
        return request.source.is_some();
    }
    let of_app = |image: &&Image| image.system == APP_SYSTEM && layer.starts_with(&image.name);
    if earlier.images.iter().any(|image| of_app(&image)) {
        return request.app.is_some();
    }
    // Which of several images is which, their names don't tell.
    let images = earlier.images.iter().filter(|image| image.system != APP_SYSTEM).count();
    request.images.len() >= images
}

/// Whether a finding would have been found again if it were still there.
fn was_looked_for(finding: &EarlierFinding, earlier: &Earlier, now: &Now<'_>) -> bool {
    let layer = finding.locations.first().map_or("", |place| place.layer.as_str());
    let Some((tool, _)) = finding.check.split_once('/') else {
        return is_given(layer, earlier, now.request);
    };
    let run = now.request.analysers.iter().find(|run| run.name == tool);
    run.is_some_and(|run| run.state.looked() && !run.state.fell_short())
}

/// Another file's words, made fit for a terminal.
fn absent_entry(finding: &EarlierFinding) -> AbsentEntry {
    let line = |text: &str| duecare_base::text::one_line(text, MESSAGE_CHARS_MAX);
    AbsentEntry {
        fingerprint: line(&finding.fingerprint),
        check: line(&finding.check),
        title: line(&finding.title),
        severity: finding.severity().label().to_owned(),
        confidence: finding.confidence().label().to_owned(),
        message: line(&finding.message),
        location: finding.locations.first().map(|place| LocationEntry {
            layer: line(&place.layer),
            path: line(&place.path),
            line: place.line,
            offset: place.offset,
            symbol: place.symbol.as_deref().map(line),
        }),
    }
}
