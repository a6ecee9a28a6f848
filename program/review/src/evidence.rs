//! What was found out, as the domain asks for it.

use super::bill::Comparison;
use super::{Request, Source, languages};
use duecare_base::unseen::Effect;
use duecare_base::{Digest, Finding, Location, NotSeen};
use duecare_domain::review::{
    AnalyserRun, BillFact, ComponentFact, CoverageFact, DifferenceFact, FindingFact, RegionFact,
    ReviewEvidence,
};
use duecare_firmware::inventory::Component;
use duecare_firmware::unpack::{Coverage, RegionKind, System, Unpacked};
use duecare_firmware::{Examination, Knowledge};
use std::collections::BTreeSet;

/// Places named in one line about what was not seen.
const PLACES_NAMED_MAX: usize = 3;

/// Unexplained stretches of one image that a policy is asked about; the largest come first.
const REGIONS_MAX: usize = 100;

pub(super) fn gather(
    request: &Request,
    images: &[Examination],
    app: Option<&Examination>,
    source_not_seen: &NotSeen,
    findings: &[(Finding, Vec<Location>)],
    comparison: Option<&Comparison>,
    knowledge: &Knowledge,
) -> ReviewEvidence {
    let quiet = suppressed(request);
    let mut coverage: Vec<CoverageFact> = images.iter().map(coverage_fact).collect();
    coverage.extend(app.map(|app| CoverageFact {
        // An app is no system; that its archive could be read is what counts.
        system_found: app.unpacked.layers.len() > 1,
        ..coverage_fact(app)
    }));
    // What of the source was not read hides flaws as an unread layer does.
    let unread = |source: &&Source| !source.left_out.is_empty() || !source_not_seen.is_empty();
    if let Some(source) = request.source.as_ref().filter(unread) {
        let mut incomplete: Vec<String> =
            source.left_out.iter().map(|line| format!("not read: {line}")).collect();
        incomplete.extend(gap_lines(source_not_seen, Effect::Incomplete));
        coverage.push(CoverageFact {
            image: source.name.clone(),
            explained_permille: 1000,
            encrypted_permille: 0,
            system_found: true,
            microcontroller: false,
            formats: Vec::new(),
            unexplained_bytes: 0,
            unexplained: Vec::new(),
            incomplete,
            stated: gap_lines(source_not_seen, Effect::Stated),
        });
    }
    ReviewEvidence {
        findings: findings
            .iter()
            .map(|(finding, _)| FindingFact {
                fingerprint: finding.fingerprint(),
                check: finding.check.as_str().to_owned(),
                severity: finding.severity,
                confidence: finding.confidence,
                path: finding.location.path.clone(),
                // Known when it is known whether the baseline fits.
                earlier: None,
                suppressed: quiet.contains(&finding.fingerprint()),
            })
            .collect(),
        component_names: component_names(images, knowledge),
        components: images
            .iter()
            .flat_map(|image| image.inventory.shipped())
            .map(|component| ComponentFact {
                names: names(component),
                version: component.version.clone(),
                confidence_percent: component.confidence,
            })
            .collect(),
        coverage,
        analysers: request
            .analysers
            .iter()
            .map(|run| AnalyserRun {
                name: run.name.clone(),
                state: run.state,
                detail: run.detail.clone(),
            })
            .collect(),
        source_given: request.source.is_some(),
        languages: languages::facts(request),
        bill: comparison.map(bill_fact),
        // Compared when what was seen is known.
        baseline: None,
    }
}

/// Findings that every tool that reported them was told to keep quiet about.
fn suppressed(request: &Request) -> BTreeSet<Digest> {
    let runs = || request.analysers.iter();
    let mut quiet: BTreeSet<Digest> = runs().flat_map(|run| run.suppressed.clone()).collect();
    for run in runs() {
        let loud = run.findings.iter().map(Finding::fingerprint);
        for fingerprint in loud.filter(|fingerprint| !run.suppressed.contains(fingerprint)) {
            quiet.remove(&fingerprint);
        }
    }
    quiet
}

/// Every name that a policy can mean: of what is there, and of what could be recognised.
fn component_names(images: &[Examination], knowledge: &Knowledge) -> BTreeSet<String> {
    let here = images.iter().flat_map(|image| image.inventory.shipped()).flat_map(names);
    here.chain(knowledge.rules().component_names().map(ToOwned::to_owned)).collect()
}

/// What a policy may call a component: its id, its name and the packages that it came in.
fn names(component: &Component) -> Vec<String> {
    let mut names = vec![component.id.clone()];
    for other in std::iter::once(&component.name).chain(&component.aliases) {
        if !names.contains(other) {
            names.push(other.clone());
        }
    }
    names
}

fn bill_fact(comparison: &Comparison) -> BillFact {
    let version = |version: &Option<String>| match version {
        Some(version) => version.clone(),
        None => "there without a version, or not there,".to_owned(),
    };
    BillFact {
        components: comparison.components,
        agreeing: comparison.agreeing,
        unversioned: comparison.unversioned,
        image_components: comparison.image_components,
        differences: comparison
            .differences
            .iter()
            .map(|difference| DifferenceFact {
                kind: difference.kind,
                text: format!(
                    "{} is {} in the bill and {} in the image",
                    difference.name,
                    version(&difference.bill_version),
                    version(&difference.image_version),
                ),
            })
            .collect(),
    }
}

fn coverage_fact(image: &Examination) -> CoverageFact {
    let unpacked = &image.unpacked;
    let coverage = &unpacked.coverage;
    let mut incomplete = incomplete(unpacked);
    incomplete.extend(gap_lines(&image.not_seen, Effect::Incomplete));
    CoverageFact {
        image: unpacked.name.clone(),
        explained_permille: (coverage.explained_percent() * 10.0).floor() as u32,
        encrypted_permille: encrypted_permille(coverage),
        system_found: coverage.system != System::Unknown,
        microcontroller: coverage.system == System::Microcontroller,
        formats: outermost(unpacked),
        unexplained_bytes: coverage.unknown_bytes.saturating_add(coverage.encrypted_bytes),
        unexplained: unexplained(unpacked),
        incomplete,
        stated: gap_lines(&image.not_seen, Effect::Stated),
    }
}

/// Formats of the layers that lie in the image itself, once each.
fn outermost(unpacked: &Unpacked) -> Vec<String> {
    let whole = unpacked.layers.first().map(|layer| layer.id);
    let outer = unpacked.layers.iter().filter(|layer| layer.parent.is_some());
    let outer = outer.filter(|layer| layer.parent == whole).map(|layer| layer.format.to_owned());
    outer.collect::<BTreeSet<String>>().into_iter().collect()
}

/// Stretches that no format explains, the largest first.
fn unexplained(unpacked: &Unpacked) -> Vec<RegionFact> {
    let mut regions = Vec::new();
    for layer in &unpacked.layers {
        for blob in &layer.blobs {
            let part = if blob.name.is_empty() { String::new() } else { format!("/{}", blob.name) };
            let of_blob = blob.regions.iter().filter(|region| {
                matches!(region.kind, RegionKind::Unknown | RegionKind::Encrypted)
            });
            regions.extend(of_blob.map(|region| RegionFact {
                place: format!("{}{part}+{:#x}", layer.chain, region.offset),
                bytes: region.size,
            }));
        }
    }
    regions.sort_by(|a, b| b.bytes.cmp(&a.bytes).then_with(|| a.place.cmp(&b.place)));
    regions.truncate(REGIONS_MAX);
    regions
}

/// The gaps of one effect, one line each: what is looked for, what was not, and where.
pub(super) fn gap_lines(not_seen: &NotSeen, effect: Effect) -> Vec<String> {
    not_seen
        .iter()
        .filter(|(gap, _)| gap.effect == effect)
        .map(|(gap, places)| {
            let named: Vec<String> =
                places.first.iter().take(PLACES_NAMED_MAX).map(Location::to_string).collect();
            let more = places.count.saturating_sub(named.len() as u64);
            let more = if more > 0 { format!(" and {more} more") } else { String::new() };
            format!("{}: {} ({}{more})", gap.analysis, gap.reason, named.join(", "))
        })
        .collect()
}

pub(super) fn encrypted_permille(coverage: &Coverage) -> u32 {
    let content = coverage.total_bytes() - coverage.padding_bytes;
    // At most 1000, because encrypted bytes are part of the content.
    (coverage.encrypted_bytes * 1000).checked_div(content).unwrap_or(0) as u32
}

/// Why something was not seen, one line a problem, with the layer and the offset.
pub(super) fn incomplete(unpacked: &Unpacked) -> Vec<String> {
    let mut lines = Vec::new();
    for layer in &unpacked.layers {
        for problem in layer.problems.iter().filter(|problem| problem.kind.hides_content()) {
            let at = problem.offset.map_or(String::new(), |at| format!("+{at:#x}"));
            let kind = problem.kind.label();
            lines.push(format!("{}{at}: {kind}: {}", layer.chain, problem.message));
        }
    }
    lines
}
