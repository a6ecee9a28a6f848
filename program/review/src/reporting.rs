//! The report, made from what the review found out.

use super::baseline::APP_SYSTEM;
use super::bill::Comparison;
use super::evidence::{encrypted_permille, incomplete};
use super::labels::{FindingState, InputKind};
use super::report::{
    AnalyserEntry, BaselineEntry, BillEntry, ComponentEntry, ComponentEvidenceEntry, CoverageEntry,
    DifferenceEntry, EvidenceEntry, ExceptionEntry, ExceptionsUsed, FindingEntry, ImageEntry,
    Input, LayerEntry, LocationEntry, NotSeenEntry, PolicyUsed, ProblemEntry, ReasonEntry,
    RegionEntry, Report, SCHEMA, Tool,
};
use super::{Request, languages};
use duecare_base::{Digest, Finding, Location, NotSeen};
use duecare_domain::review::{Decision, FindingFact, Outcome, ReviewEvidence};
use duecare_firmware::inventory::Component;
use duecare_firmware::unpack::{Layer, NodeKind, RegionKind, Unpacked};
use duecare_firmware::{Examination, Knowledge};

/// Sights of one component that a report lists.
const SIGHTS_MAX: usize = 20;

/// Places of one finding that a report lists.
const PLACES_MAX: usize = 200;

/// Unexplained regions of one layer that a report lists, the largest first.
const REGIONS_MAX: usize = 50;

/// Problems of one layer that a report lists.
const PROBLEMS_MAX: usize = 100;

pub(super) struct Material<'a> {
    pub request: &'a Request,
    pub knowledge: &'a Knowledge,
    pub images: &'a [Examination],
    pub app: Option<&'a Examination>,
    pub source_not_seen: &'a NotSeen,
    pub findings: &'a [(Finding, Vec<Location>)],
    pub comparison: Option<&'a Comparison>,
    pub baseline: Option<&'a BaselineEntry>,
    pub evidence: &'a ReviewEvidence,
    pub decision: &'a Decision,
}

pub(super) fn report(material: &Material<'_>) -> Report {
    let Material { request, decision, .. } = material;
    let mut images: Vec<ImageEntry> =
        material.images.iter().map(|image| image_entry(&image.unpacked)).collect();
    images.extend(
        material
            .app
            .map(|app| ImageEntry { system: APP_SYSTEM.to_owned(), ..image_entry(&app.unpacked) }),
    );
    Report {
        schema: SCHEMA.to_owned(),
        tool: Tool { name: "duecare".into(), version: env!("CARGO_PKG_VERSION").into() },
        as_of: request.today.to_string(),
        verdict: decision.verdict.label().to_owned(),
        policy: PolicyUsed {
            name: request.policy.policy.name.clone(),
            sha256: request.policy.digest.to_string(),
        },
        reasons: decision
            .reasons
            .iter()
            .map(|reason| ReasonEntry {
                rule: reason.rule.clone(),
                title: reason.title.clone(),
                outcome: reason.outcome.label().to_owned(),
                because: reason.because.clone(),
                findings: reason.findings.iter().map(Digest::to_string).collect(),
            })
            .collect(),
        exceptions: exceptions(request, decision),
        inputs: inputs(request),
        images,
        components: components(material.images),
        findings: material
            .findings
            .iter()
            .zip(&material.evidence.findings)
            .map(|(item, fact)| finding_entry(item, fact, material))
            .collect(),
        analysers: analysers(request),
        not_seen: not_seen(material),
        languages: languages::entries(&material.evidence.languages),
        baseline: material.baseline.cloned(),
        bill: material.comparison.map(bill_entry),
    }
}

/// What the checks left out, of all images, the app and the source.
fn not_seen(material: &Material<'_>) -> Vec<NotSeenEntry> {
    let mut all = NotSeen::default();
    for examined in material.images.iter().chain(material.app) {
        all.absorb(examined.not_seen.clone());
    }
    all.absorb(material.source_not_seen.clone());
    all.iter()
        .map(|(gap, places)| NotSeenEntry {
            analysis: gap.analysis.to_owned(),
            effect: gap.effect.label().to_owned(),
            reason: gap.reason.to_owned(),
            locations: places.first.iter().map(place).collect(),
            more: places.count.saturating_sub(places.first.len() as u64),
        })
        .collect()
}

fn exceptions(request: &Request, decision: &Decision) -> ExceptionsUsed {
    let used = |id: &String| !decision.expired.contains(id) && !decision.unused.contains(id);
    ExceptionsUsed {
        granted: request
            .policy
            .policy
            .exceptions
            .iter()
            .filter(|exception| used(&exception.id))
            .map(|exception| ExceptionEntry {
                id: exception.id.clone(),
                owner: exception.owner.clone(),
                reason: exception.reason.clone(),
                until: exception.until.to_string(),
            })
            .collect(),
        expired: decision.expired.clone(),
        unused: decision.unused.clone(),
    }
}

fn inputs(request: &Request) -> Vec<Input> {
    let file = |kind: InputKind, file: &super::InputFile| Input {
        kind: kind.label().to_owned(),
        name: file.name.clone(),
        sha256: Digest::of(&file.content).to_string(),
        size: file.content.len() as u64,
    };
    let mut inputs: Vec<Input> =
        request.images.iter().map(|image| file(InputKind::Image, image)).collect();
    if let Some(source) = &request.source {
        let digests: Vec<(&str, Digest)> =
            source.files.iter().map(|f| (f.path.as_str(), Digest::of(&f.content))).collect();
        let fields: Vec<&[u8]> = digests
            .iter()
            .flat_map(|(path, digest)| [path.as_bytes(), digest.as_bytes().as_slice()])
            .collect();
        inputs.push(Input {
            kind: InputKind::Source.label().to_owned(),
            name: source.name.clone(),
            sha256: Digest::of_fields(&fields).to_string(),
            size: source.files.iter().map(|file| file.content.len() as u64).sum(),
        });
    }
    inputs.extend(request.app.iter().map(|app| file(InputKind::App, app)));
    inputs.extend(request.bill.iter().map(|bill| file(InputKind::Bill, bill)));
    inputs.extend(request.sarif.iter().map(|sarif| file(InputKind::Sarif, sarif)));
    inputs
        .extend(request.baseline.iter().map(|baseline| file(InputKind::Baseline, &baseline.file)));
    inputs
}

fn image_entry(unpacked: &Unpacked) -> ImageEntry {
    let coverage = &unpacked.coverage;
    ImageEntry {
        name: unpacked.name.clone(),
        sha256: unpacked.digest.to_string(),
        size: coverage.total_bytes(),
        system: coverage.system.label().to_owned(),
        coverage: CoverageEntry {
            explained_bytes: coverage.explained_bytes,
            padding_bytes: coverage.padding_bytes,
            unknown_bytes: coverage.unknown_bytes,
            encrypted_bytes: coverage.encrypted_bytes,
            explained_permille: (coverage.explained_percent() * 10.0).floor() as u32,
            encrypted_permille: encrypted_permille(coverage),
            root_file_systems: coverage.root_file_systems,
            incomplete: incomplete(unpacked),
        },
        entropy: unpacked.entropy.clone(),
        layers: unpacked.layers.iter().map(layer_entry).collect(),
    }
}

fn layer_entry(layer: &Layer) -> LayerEntry {
    let files = layer.nodes.iter().filter(|node| matches!(node.kind, NodeKind::File(_))).count();
    LayerEntry {
        id: layer.id.0,
        parent: layer.parent.map(|parent| parent.0),
        format: layer.format.to_owned(),
        chain: layer.chain.clone(),
        image_offset: layer.image_offset,
        size: layer.content.len() as u64,
        facts: layer.facts.iter().map(|(key, value)| ((*key).to_owned(), value.clone())).collect(),
        files: files as u64,
        other_entries: (layer.nodes.len() - files) as u64,
        problems: layer
            .problems
            .iter()
            .take(PROBLEMS_MAX)
            .map(|problem| ProblemEntry {
                kind: problem.kind.label().to_owned(),
                offset: problem.offset,
                message: problem.message.clone(),
            })
            .collect(),
        unexplained: unexplained(layer),
    }
}

fn unexplained(layer: &Layer) -> Vec<RegionEntry> {
    let mut regions: Vec<RegionEntry> = Vec::new();
    for blob in &layer.blobs {
        for region in &blob.regions {
            let kind = match region.kind {
                RegionKind::Unknown => "unknown",
                RegionKind::Encrypted => "encrypted",
                RegionKind::Known(name) => name,
                RegionKind::Layer(_) | RegionKind::Padding => continue,
            };
            regions.push(RegionEntry {
                part: blob.name.clone(),
                offset: region.offset,
                size: region.size,
                kind: kind.to_owned(),
                entropy: region.entropy,
            });
        }
    }
    regions.sort_by(|a, b| {
        b.size.cmp(&a.size).then(a.part.cmp(&b.part)).then(a.offset.cmp(&b.offset))
    });
    regions.truncate(REGIONS_MAX);
    regions.sort_by(|a, b| a.part.cmp(&b.part).then(a.offset.cmp(&b.offset)));
    regions
}

fn place(location: &Location) -> LocationEntry {
    LocationEntry {
        layer: location.layer.clone(),
        path: location.path.clone(),
        line: location.line,
        offset: location.offset,
        symbol: location.symbol.clone(),
    }
}

fn components(images: &[Examination]) -> Vec<ComponentEntry> {
    let mut all: Vec<&Component> =
        images.iter().flat_map(|image| image.inventory.shipped()).collect();
    all.sort_by(|a, b| (&a.id, &a.version).cmp(&(&b.id, &b.version)));
    let mut entries: Vec<ComponentEntry> = Vec::new();
    for component in all {
        let sights = component.evidence.iter().map(|seen| ComponentEvidenceEntry {
            location: place(&seen.location),
            method: seen.method.label().to_owned(),
            text: seen.text.clone(),
            confidence_percent: seen.confidence,
        });
        match entries.last_mut() {
            // The same component in another image.
            Some(last) if last.name == component.name && last.version == component.version => {
                let room = SIGHTS_MAX.saturating_sub(last.evidence.len());
                last.evidence.extend(sights.take(room));
                last.confidence_percent = last.confidence_percent.max(component.confidence);
            }
            _ => entries.push(ComponentEntry {
                name: component.name.clone(),
                kind: component.kind.label().to_owned(),
                version: component.version.clone(),
                revision: component.revision.clone(),
                supplier: component.supplier.clone(),
                purl: Some(component.purl.clone()).filter(|purl| !purl.is_empty()),
                cpes: component.cpe.clone(),
                licences: component.licences.clone(),
                confidence_percent: component.confidence,
                evidence: sights.take(SIGHTS_MAX).collect(),
            }),
        }
    }
    entries
}

fn finding_entry(
    item: &(Finding, Vec<Location>),
    fact: &FindingFact,
    material: &Material<'_>,
) -> FindingEntry {
    let (finding, more) = item;
    let fingerprint = fact.fingerprint;
    let info = material.knowledge.check(finding.check.as_str());
    let decision = material.decision;
    FindingEntry {
        fingerprint: fingerprint.to_string(),
        check: finding.check.as_str().to_owned(),
        title: info.map_or_else(|| finding.check.as_str().to_owned(), |info| info.title.clone()),
        severity: finding.severity.label().to_owned(),
        confidence: finding.confidence.label().to_owned(),
        cwes: info.map(|info| info.cwe.clone()).unwrap_or_default(),
        ftc: info.and_then(|info| info.ftc.clone()),
        message: finding.message.clone(),
        locations: std::iter::once(&finding.location)
            .chain(more)
            .take(PLACES_MAX)
            .map(place)
            .collect(),
        evidence: finding
            .evidence
            .iter()
            .map(|step| EvidenceEntry { location: place(&step.location), text: step.text.clone() })
            .collect(),
        fix: info.map(|info| info.fix.trim().to_owned()).unwrap_or_default(),
        state: match fact.earlier {
            None => FindingState::New,
            Some(_) if fact.is_escalated() => FindingState::Escalated,
            Some(_) => FindingState::Known,
        }
        .label()
        .to_owned(),
        suppressed: fact.suppressed,
        accepted_by: decision.accepted.get(&fingerprint).cloned(),
        blocks: decision
            .reasons
            .iter()
            .filter(|reason| reason.outcome == Outcome::Broken)
            .filter(|reason| reason.findings.contains(&fingerprint))
            .map(|reason| reason.rule.clone())
            .collect(),
    }
}

fn analysers(request: &Request) -> Vec<AnalyserEntry> {
    request
        .analysers
        .iter()
        .map(|run| AnalyserEntry {
            name: run.name.clone(),
            state: run.state.label().to_owned(),
            version: run.version.clone(),
            rules: run.rules.clone(),
            detail: run.detail.clone(),
            results: run.findings.len() as u64,
        })
        .collect()
}

fn bill_entry(comparison: &Comparison) -> BillEntry {
    BillEntry {
        format: comparison.format.clone(),
        components: comparison.components as u64,
        left_out: comparison.left_out as u64,
        agreeing: comparison.agreeing as u64,
        unversioned: comparison.unversioned as u64,
        image_components: comparison.image_components as u64,
        differences: comparison
            .differences
            .iter()
            .map(|difference| DifferenceEntry {
                kind: difference.kind.label().to_owned(),
                name: difference.name.clone(),
                bill_version: difference.bill_version.clone(),
                image_version: difference.image_version.clone(),
            })
            .collect(),
    }
}
