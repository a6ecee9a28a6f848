//! The report of a review: what `report.json` holds. `docs/schema/report-1.json` is its schema.
//!
//! Fields are only ever added within one version of the schema; readers must ignore those that
//! they don't know. Lists are in a fixed order, so the same review always gives the same bytes.

use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// The schema's name and version.
pub const SCHEMA: &str = "duecare-report/1";

/// A whole report.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Report {
    /// [`SCHEMA`].
    pub schema: String,
    /// What made it.
    pub tool: Tool,
    /// The day for which it was decided, `YYYY-MM-DD`.
    pub as_of: String,
    /// `pass`, `incomplete` or `fail`.
    pub verdict: String,
    /// The policy.
    pub policy: PolicyUsed,
    /// One for each rule of the policy, in its order.
    pub reasons: Vec<ReasonEntry>,
    /// How the exceptions fared.
    pub exceptions: ExceptionsUsed,
    /// What was given.
    pub inputs: Vec<Input>,
    /// One for each image given, the app included.
    pub images: Vec<ImageEntry>,
    /// Components of all images.
    pub components: Vec<ComponentEntry>,
    /// Findings, worst first.
    pub findings: Vec<FindingEntry>,
    /// Every analyser of source that is known.
    pub analysers: Vec<AnalyserEntry>,
    /// What the checks did not look at, what may hide something first.
    #[serde(default)]
    pub not_seen: Vec<NotSeenEntry>,
    /// What the source drop is written in, and who looked at each language.
    #[serde(default)]
    pub languages: Vec<LanguageEntry>,
    /// The earlier report, when one was given.
    #[serde(default)]
    pub baseline: Option<BaselineEntry>,
    /// How the build's bill of materials compares, when one was given.
    pub bill: Option<BillEntry>,
}

/// A program and its version.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Tool {
    /// Name.
    pub name: String,
    /// Version.
    pub version: String,
}

/// Which policy decided.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct PolicyUsed {
    /// Its name.
    pub name: String,
    /// SHA-256 of its text.
    pub sha256: String,
}

/// How a rule came out.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct ReasonEntry {
    /// The rule.
    pub rule: String,
    /// What it asks.
    pub title: String,
    /// `not-asked`, `met`, `warning`, `incomplete` or `broken`.
    pub outcome: String,
    /// Why, one sentence each.
    pub because: Vec<String>,
    /// Fingerprints of the findings that break it.
    pub findings: Vec<String>,
}

/// How the exceptions fared.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct ExceptionsUsed {
    /// Those that accepted a finding or component.
    pub granted: Vec<ExceptionEntry>,
    /// Ids of those past their end.
    pub expired: Vec<String>,
    /// Ids of those that nothing matched.
    pub unused: Vec<String>,
}

/// An exception.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct ExceptionEntry {
    /// Its id.
    pub id: String,
    /// Who answers for it.
    pub owner: String,
    /// Why.
    pub reason: String,
    /// The last day on which it holds.
    pub until: String,
}

/// A file that was given.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Input {
    /// `image`, `source`, `app`, `bill`, `sarif` or `baseline`.
    pub kind: String,
    /// File name without its folder.
    pub name: String,
    /// SHA-256 of its bytes; for a source drop, of its sorted paths and contents.
    pub sha256: String,
    /// Size in bytes.
    pub size: u64,
}

/// What was seen of an image.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct ImageEntry {
    /// File name.
    pub name: String,
    /// SHA-256.
    pub sha256: String,
    /// Size in bytes.
    pub size: u64,
    /// `linux`, `microcontroller`, `app` or `unknown`.
    pub system: String,
    /// How much was seen.
    pub coverage: CoverageEntry,
    /// Entropy in equal windows, thousandths of a bit per byte.
    pub entropy: Vec<u16>,
    /// Layers, each before those inside it.
    pub layers: Vec<LayerEntry>,
}

/// How much of an image was seen.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct CoverageEntry {
    /// Bytes explained.
    pub explained_bytes: u64,
    /// Bytes of padding.
    pub padding_bytes: u64,
    /// Bytes of which nothing is known.
    pub unknown_bytes: u64,
    /// Bytes that look encrypted.
    pub encrypted_bytes: u64,
    /// Explained among those that are not padding, in tenths of a percent.
    pub explained_permille: u32,
    /// Encrypted among those that are not padding, in tenths of a percent.
    pub encrypted_permille: u32,
    /// Linux root file systems found.
    pub root_file_systems: u32,
    /// Why something was not seen, one line each.
    pub incomplete: Vec<String>,
}

/// A layer.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct LayerEntry {
    /// Its number.
    pub id: u32,
    /// The layer it lies in.
    pub parent: Option<u32>,
    /// Format name.
    pub format: String,
    /// The way to it.
    pub chain: String,
    /// Offset in the image where nothing on the way was decoded.
    pub image_offset: Option<u64>,
    /// Size in bytes.
    pub size: u64,
    /// What is known of it.
    pub facts: BTreeMap<String, String>,
    /// Regular files in it.
    pub files: u64,
    /// Other entries in it.
    pub other_entries: u64,
    /// What is wrong with it.
    pub problems: Vec<ProblemEntry>,
    /// Stretches of its parts that no format explains.
    pub unexplained: Vec<RegionEntry>,
}

/// Something wrong with a layer.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct ProblemEntry {
    /// `truncated`, `damaged`, `limit`, `unsupported`, `overlap`, `unsafe-name` or `odd`.
    pub kind: String,
    /// Offset in the layer.
    pub offset: Option<u64>,
    /// What and why.
    pub message: String,
}

/// A stretch that no format explains.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct RegionEntry {
    /// Name of the part or file.
    pub part: String,
    /// Offset in it.
    pub offset: u64,
    /// Size in bytes.
    pub size: u64,
    /// `unknown`, `encrypted` or what is known of it (`text`).
    pub kind: String,
    /// Entropy in thousandths of a bit per byte.
    pub entropy: u16,
}

/// A component.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct ComponentEntry {
    /// Name.
    pub name: String,
    /// `application`, `library`, `operating-system`, `firmware`, …
    pub kind: String,
    /// Upstream version, where known.
    pub version: Option<String>,
    /// Package revision, where known.
    pub revision: Option<String>,
    /// Who supplies it.
    pub supplier: Option<String>,
    /// Package URL.
    pub purl: Option<String>,
    /// CPE 2.3 names.
    pub cpes: Vec<String>,
    /// Licences.
    pub licences: Vec<String>,
    /// How sure, in percent.
    pub confidence_percent: u8,
    /// Where it was seen and how.
    pub evidence: Vec<ComponentEvidenceEntry>,
}

/// Where a component was seen.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct ComponentEvidenceEntry {
    /// The place.
    pub location: LocationEntry,
    /// How it was recognised.
    pub method: String,
    /// What was recognised.
    pub text: String,
    /// How sure, in percent.
    pub confidence_percent: u8,
}

/// A place.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LocationEntry {
    /// Layer chain, or `source`.
    pub layer: String,
    /// Path in the innermost layer.
    pub path: String,
    /// Line, from 1.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub line: Option<u32>,
    /// Byte offset.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub offset: Option<u64>,
    /// Function or symbol.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub symbol: Option<String>,
}

/// A finding.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct FindingEntry {
    /// Identity across releases.
    pub fingerprint: String,
    /// The check.
    pub check: String,
    /// What the check looks for.
    pub title: String,
    /// `info`, `low`, `medium`, `high` or `critical`.
    pub severity: String,
    /// `low`, `medium` or `high`.
    pub confidence: String,
    /// CWE numbers.
    pub cwes: Vec<u32>,
    /// Which allegation of FTC v. D-Link it answers.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ftc: Option<String>,
    /// This instance in one sentence.
    pub message: String,
    /// Every place where it stands.
    pub locations: Vec<LocationEntry>,
    /// What shows it.
    pub evidence: Vec<EvidenceEntry>,
    /// What to do about it.
    pub fix: String,
    /// `new`, `known` or `escalated` (in the baseline, but less bad or less sure) against the
    /// baseline; `new` without one.
    pub state: String,
    /// The tool that reported it was told in the source to keep quiet about it.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub suppressed: bool,
    /// Id of the exception that accepts it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub accepted_by: Option<String>,
    /// Its severity alone would not block: the policy's rules that it breaks.
    pub blocks: Vec<String>,
}

/// A step of the proof.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct EvidenceEntry {
    /// The place.
    pub location: LocationEntry,
    /// What stands there, secrets masked.
    pub text: String,
}

/// An analyser of source.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct AnalyserEntry {
    /// Name.
    pub name: String,
    /// `ran`, `imported`, `claimed only`, `nothing to do`, `not started`, `not installed`, `cut short` or `failed`.
    pub state: String,
    /// Version, where known.
    pub version: Option<String>,
    /// The rule set it ran with.
    pub rules: Option<String>,
    /// Why it is in this state.
    pub detail: Option<String>,
    /// How many results it gave.
    pub results: u64,
}

/// What a check did not look at.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct NotSeenEntry {
    /// What is looked for otherwise.
    pub analysis: String,
    /// `incomplete`: something may hide there; `stated`: what the method can't look at.
    pub effect: String,
    /// What was not looked at and why.
    pub reason: String,
    /// The first places.
    pub locations: Vec<LocationEntry>,
    /// How many more places there are.
    pub more: u64,
}

/// A language of the source drop.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct LanguageEntry {
    /// Its name: `C++`.
    pub language: String,
    /// Files in it.
    pub files: u64,
    /// Their size in bytes.
    pub bytes: u64,
    /// Those of the files that our own rules follow input through.
    pub own_rules_files: u64,
    /// `analysed`, `in-part`, `own-rules` or `unread`.
    pub state: String,
    /// All of it in one line.
    pub summary: String,
    /// The analysers that read the language and are known or were imported, run or not.
    pub analysers: Vec<LanguageAnalyserEntry>,
}

/// An analyser of a language.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct LanguageAnalyserEntry {
    /// Name.
    pub name: String,
    /// Version, where known.
    pub version: Option<String>,
    /// As in [`AnalyserEntry::state`].
    pub state: String,
}

/// The earlier report that this one is compared with.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct BaselineEntry {
    /// File name without its folder.
    pub name: String,
    /// SHA-256 of its bytes.
    pub sha256: String,
    /// Version of the tool that made it.
    pub tool_version: String,
    /// The day for which it was decided, `YYYY-MM-DD`.
    pub as_of: String,
    /// What it reviewed.
    pub images: Vec<BaselineImage>,
    /// Names of components and paths of files in it that could be here too.
    pub compared: u64,
    /// Those of them that are here.
    pub shared: u64,
    /// Their share; `null` when there is too little to tell.
    pub overlap_percent: Option<u8>,
    /// `false` when so little is shared that it is the baseline of another product, or when there
    /// is too little to tell: nothing of it is taken as known then.
    pub same_product: bool,
    /// Findings of it that are here too.
    pub known: u64,
    /// Findings of it that were looked for and are gone: fixed since.
    pub absent: Vec<AbsentEntry>,
    /// Findings of it that were not looked for this time: other images, no source, no such analyser.
    pub not_compared: u64,
    /// `false` when something stayed unseen this time, where what is gone may still be.
    pub everything_seen: bool,
}

/// An image of the earlier report.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct BaselineImage {
    /// File name.
    pub name: String,
    /// SHA-256.
    pub sha256: String,
}

/// A finding of the earlier report that is gone.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct AbsentEntry {
    /// Identity across releases.
    pub fingerprint: String,
    /// The check that reported it.
    pub check: String,
    /// What the check looks for.
    pub title: String,
    /// `info`, `low`, `medium`, `high` or `critical`.
    pub severity: String,
    /// `low`, `medium` or `high`.
    pub confidence: String,
    /// That instance in one sentence.
    pub message: String,
    /// The first place where it stood.
    pub location: Option<LocationEntry>,
}

/// How the build's bill of materials compares.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct BillEntry {
    /// Its format.
    pub format: String,
    /// Components in it that can be in an image.
    pub components: u64,
    /// Tools and sources of the build in it, and packages for development that the image lacks.
    #[serde(default)]
    pub left_out: u64,
    /// Components of it that the image has in that version.
    pub agreeing: u64,
    /// Components of it that the image has, where one side tells no version.
    #[serde(default)]
    pub unversioned: u64,
    /// Components in the image.
    #[serde(default)]
    pub image_components: u64,
    /// Differences.
    pub differences: Vec<DifferenceEntry>,
}

/// One difference.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct DifferenceEntry {
    /// `missing`, `extra` or `different-version`.
    pub kind: String,
    /// The component's name in the bill, or in the image for an extra one.
    pub name: String,
    /// Version in the bill.
    pub bill_version: Option<String>,
    /// Version in the image.
    pub image_version: Option<String>,
}

impl Report {
    /// The report as JSON, pretty-printed, with a line end.
    #[must_use]
    pub fn to_json(&self) -> String {
        // Every key is text, so this can't fail; an empty report would fail every reader.
        let mut text = serde_json::to_string_pretty(self).unwrap_or_default();
        text.push('\n');
        text
    }
}
