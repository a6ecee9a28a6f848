//! The standard formats of a review: SARIF, CycloneDX, SPDX.

use super::labels::{FindingState, InputKind};
use super::report::{AbsentEntry, ComponentEntry, Report};
use super::{Request, Review};
use duecare_base::unseen::Effect;
use duecare_base::{Confidence, Location, Severity};
use duecare_firmware::Knowledge;
use duecare_formats::bom::{Bom, BomComponent, ComponentKind, Occurrence};
use duecare_formats::sarif::{SarifAbsent, SarifDocument, SarifResult, SarifRule, SarifState};
use duecare_formats::{cyclonedx, sarif, spdx};
use std::collections::BTreeMap;

/// Files of a source drop named one by one that were not read.
const LEFT_OUT_MAX: usize = 100;

/// A review in the standard formats, each as the text of a file.
#[derive(Debug)]
pub struct Outputs {
    /// SARIF 2.1.0.
    pub sarif: String,
    /// CycloneDX 1.6 JSON.
    pub cyclonedx: String,
    /// SPDX 2.3 JSON.
    pub spdx: String,
}

/// Writes a review in the standard formats.
#[must_use]
pub fn outputs(request: &Request, review: &Review, knowledge: &Knowledge) -> Outputs {
    let report = &review.report;
    let bom = bill(request, report);
    Outputs {
        sarif: sarif::write(&sarif_document(request, review, knowledge)),
        cyclonedx: cyclonedx::write(&bom),
        spdx: spdx::write(&bom),
    }
}

fn sarif_document<'a>(
    request: &Request,
    review: &'a Review,
    knowledge: &Knowledge,
) -> SarifDocument<'a> {
    let report = &review.report;
    let reasons: BTreeMap<&str, &str> = report
        .exceptions
        .granted
        .iter()
        .map(|exception| (exception.id.as_str(), exception.reason.as_str()))
        .collect();
    let with_baseline = report.inputs.iter().any(|input| input.kind == InputKind::Baseline.label());
    let results = review
        .findings
        .iter()
        .zip(&report.findings)
        .map(|(finding, entry)| SarifResult {
            finding,
            state: with_baseline.then_some(match entry.state.as_str() {
                state if state == FindingState::Known.label() => SarifState::Unchanged,
                state if state == FindingState::Escalated.label() => SarifState::Updated,
                _ => SarifState::New,
            }),
            accepted: entry
                .accepted_by
                .as_deref()
                .map(|id| reasons.get(id).copied().unwrap_or(id).to_owned()),
        })
        .collect();
    let (incomplete, stated) = unseen(request, report);
    SarifDocument {
        tool_version: report.tool.version.clone(),
        rules: knowledge
            .checks()
            .map(|info| SarifRule {
                id: info.id.clone(),
                title: info.title.clone(),
                description: info.how.trim().to_owned(),
                help: info.fix.trim().to_owned(),
                severity: info.severity,
                cwes: info.cwe.clone(),
            })
            .collect(),
        results,
        absent: report.baseline.iter().flat_map(|baseline| &baseline.absent).map(absent).collect(),
        incomplete,
        stated,
    }
}

/// What was not seen, one line each: what may hide something, and what checks can't look at.
fn unseen(request: &Request, report: &Report) -> (Vec<String>, Vec<String>) {
    let mut incomplete: Vec<String> =
        report.images.iter().flat_map(|image| image.coverage.incomplete.clone()).collect();
    if let Some(source) = &request.source {
        let left = source.left_out.iter().take(LEFT_OUT_MAX);
        incomplete.extend(left.map(|line| format!("not read of the source: {line}")));
        let more = source.left_out.len().saturating_sub(LEFT_OUT_MAX);
        if more > 0 {
            incomplete.push(format!("not read of the source: {more} more files"));
        }
    }
    let mut stated: Vec<String> = languages(report).collect();
    for entry in &report.not_seen {
        let places: Vec<String> =
            entry.locations.iter().map(|at| format!("{}{}", at.layer, at.path)).collect();
        let more = if entry.more > 0 { format!(" and {} more", entry.more) } else { String::new() };
        let text = format!("{}: {}: {}{more}", entry.analysis, entry.reason, places.join(", "));
        if entry.effect == Effect::Stated.label() { &mut stated } else { &mut incomplete }
            .push(text);
    }
    (incomplete, stated)
}

/// Who looked at which language of the source, one line each.
fn languages(report: &Report) -> impl Iterator<Item = String> {
    report.languages.iter().map(|language| format!("source in {}", language.summary))
}

fn absent(entry: &AbsentEntry) -> SarifAbsent {
    let place = entry.location.as_ref();
    SarifAbsent {
        rule: entry.check.clone(),
        // Both are words of ours by now.
        severity: entry.severity.parse().unwrap_or(Severity::Info),
        confidence: entry.confidence.parse().unwrap_or(Confidence::Low),
        message: entry.message.clone(),
        location: place.map_or_else(Location::default, |place| Location {
            layer: place.layer.clone(),
            path: place.path.clone(),
            line: place.line,
            offset: place.offset,
            symbol: place.symbol.clone(),
        }),
        fingerprint: entry.fingerprint.clone(),
    }
}

fn bill(request: &Request, report: &Report) -> Bom {
    let images: Vec<_> =
        report.inputs.iter().filter(|input| input.kind == InputKind::Image.label()).collect();
    let names: Vec<&str> = images.iter().map(|input| input.name.as_str()).collect();
    let sha256 = match images.as_slice() {
        [single] => single.sha256.clone(),
        many => {
            let digests: Vec<&[u8]> = many.iter().map(|input| input.sha256.as_bytes()).collect();
            duecare_base::Digest::of_fields(&digests).to_string()
        }
    };
    Bom {
        subject: if names.is_empty() { "source".to_owned() } else { names.join(", ") },
        subject_sha256: sha256,
        created: request.today.midnight(),
        tool_version: report.tool.version.clone(),
        components: report.components.iter().map(component).collect(),
    }
}

fn component(entry: &ComponentEntry) -> BomComponent {
    let kind = match entry.kind.as_str() {
        "library" => ComponentKind::Library,
        "framework" => ComponentKind::Framework,
        "operating-system" => ComponentKind::OperatingSystem,
        "firmware" => ComponentKind::Firmware,
        _ => ComponentKind::Application,
    };
    BomComponent {
        kind,
        name: entry.name.clone(),
        version: entry.version.clone(),
        supplier: entry.supplier.clone(),
        purl: entry.purl.clone(),
        cpes: entry.cpes.clone(),
        licences: entry.licences.clone(),
        confidence: entry.confidence_percent,
        occurrences: entry
            .evidence
            .iter()
            .map(|seen| Occurrence {
                location: format!("{}{}", seen.location.layer, seen.location.path),
                offset: seen.location.offset,
                method: seen.method.clone(),
                text: seen.text.clone(),
                confidence: seen.confidence_percent,
            })
            .collect(),
    }
}
