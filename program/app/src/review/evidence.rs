//! What was found out, as the domain asks for it.

use super::Request;
use super::bill::Comparison;
use duecare_base::{Finding, Location};
use duecare_domain::review::{
    AnalyserRun, ComponentFact, CoverageFact, DifferenceFact, FindingFact, ReviewEvidence,
};
use duecare_firmware::Examination;
use duecare_firmware::unpack::{Coverage, System, Unpacked};

pub(super) fn gather(
    request: &Request,
    images: &[Examination],
    app: Option<&Examination>,
    findings: &[(Finding, Vec<Location>)],
    comparison: Option<&Comparison>,
) -> ReviewEvidence {
    let known = request.baseline.as_ref().map(|baseline| &baseline.fingerprints);
    let mut coverage: Vec<CoverageFact> =
        images.iter().map(|image| coverage_fact(&image.unpacked)).collect();
    coverage.extend(app.map(|app| CoverageFact {
        // An app is no system; that its archive could be read is what counts.
        system_found: app.unpacked.layers.len() > 1,
        ..coverage_fact(&app.unpacked)
    }));
    ReviewEvidence {
        findings: findings
            .iter()
            .map(|(finding, _)| FindingFact {
                fingerprint: finding.fingerprint(),
                check: finding.check.as_str().to_owned(),
                severity: finding.severity,
                confidence: finding.confidence,
                path: finding.location.path.clone(),
                in_baseline: known
                    .is_some_and(|known| known.contains(&finding.fingerprint().to_string())),
            })
            .collect(),
        components: images
            .iter()
            .flat_map(|image| image.inventory.shipped())
            .map(|component| ComponentFact {
                name: component.id.clone(),
                version: component.version.clone(),
                confidence_percent: component.confidence,
            })
            .collect(),
        coverage,
        analysers: request
            .analysers
            .iter()
            .map(|run| AnalyserRun { name: run.name.clone(), state: run.state })
            .collect(),
        source_given: request.source.is_some(),
        differences: comparison.map(|comparison| {
            comparison
                .differences
                .iter()
                .map(|difference| DifferenceFact {
                    kind: difference.kind,
                    text: format!(
                        "{} is {} in the bill and {} in the image",
                        difference.name,
                        difference.bill_version.as_deref().unwrap_or("not (or without a version)"),
                        difference.image_version.as_deref().unwrap_or("not (or without a version)"),
                    ),
                })
                .collect()
        }),
        baseline_given: request.baseline.is_some(),
    }
}

fn coverage_fact(unpacked: &Unpacked) -> CoverageFact {
    let coverage = &unpacked.coverage;
    CoverageFact {
        image: unpacked.name.clone(),
        explained_permille: (coverage.explained_percent() * 10.0).floor() as u32,
        encrypted_permille: encrypted_permille(coverage),
        system_found: coverage.system != System::Unknown,
        incomplete: incomplete(unpacked),
    }
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
