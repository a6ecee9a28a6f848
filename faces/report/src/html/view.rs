//! What the template shows, made from the report.

use super::chart;
use crate::text::{baseline_line, short, shown};
use askama::Template;
use duecare_base::text::size;
use duecare_review::report::{
    AbsentEntry, ComponentEntry, FindingEntry, ImageEntry, LayerEntry, NotSeenEntry, ReasonEntry,
    Report,
};

/// Places listed for one finding.
const PLACES_MAX: usize = 20;

#[derive(Template)]
#[template(path = "report.html")]
pub(super) struct Page<'a> {
    report: &'a Report,
    headline: &'static str,
    meaning: &'static str,
    subject: String,
    counts: Vec<Count>,
    reasons: Vec<ReasonView<'a>>,
    groups: Vec<Group<'a>>,
    images: Vec<ImageView<'a>>,
    components: Vec<ComponentView<'a>>,
    not_seen: Vec<NotSeenView<'a>>,
    baseline_line: String,
    gone: Vec<GoneView<'a>>,
}

/// A finding of the baseline that is gone.
struct GoneView<'a> {
    entry: &'a AbsentEntry,
    place: String,
}

struct Count {
    severity: &'static str,
    number: usize,
}

struct ReasonView<'a> {
    entry: &'a ReasonEntry,
    word: &'static str,
    because: String,
}

struct Group<'a> {
    severity: &'static str,
    open: bool,
    findings: Vec<FindingView<'a>>,
}

struct FindingView<'a> {
    entry: &'a FindingEntry,
    /// Beginning of the fingerprint, to link to.
    anchor: String,
    places: Vec<String>,
    more_places: usize,
    steps: Vec<(String, &'a str)>,
    cwes: Vec<u32>,
}

struct ImageView<'a> {
    entry: &'a ImageEntry,
    size: String,
    explained: String,
    legend: Vec<(&'static str, String)>,
    bar: String,
    map: String,
    layers: Vec<LayerView<'a>>,
}

struct LayerView<'a> {
    entry: &'a LayerEntry,
    depth: usize,
    size: String,
    place: String,
    contents: String,
    unexplained: Vec<String>,
}

struct NotSeenView<'a> {
    entry: &'a NotSeenEntry,
    places: Vec<String>,
}

struct ComponentView<'a> {
    entry: &'a ComponentEntry,
    version: String,
    licences: String,
    seen: String,
    more: usize,
}

const SEVERITIES: [&str; 5] = ["critical", "high", "medium", "low", "info"];

impl<'a> Page<'a> {
    pub(super) fn of(report: &'a Report) -> Self {
        let (headline, meaning) = match report.verdict.as_str() {
            "pass" => ("May ship", "Every rule of the policy is met."),
            "incomplete" => ("Not decided", "Too little was seen to say that it may ship."),
            _ => ("Must not ship", "At least one rule of the policy is broken."),
        };
        let names: Vec<&str> = report.images.iter().map(|image| image.name.as_str()).collect();
        let of =
            |severity: &'static str| report.findings.iter().filter(move |f| f.severity == severity);
        Self {
            report,
            headline,
            meaning,
            subject: if names.is_empty() { "source".to_owned() } else { names.join(", ") },
            counts: SEVERITIES
                .into_iter()
                .map(|severity| Count { severity, number: of(severity).count() })
                .collect(),
            reasons: report.reasons.iter().map(reason).collect(),
            groups: SEVERITIES
                .into_iter()
                .map(|severity| Group {
                    severity,
                    open: matches!(severity, "critical" | "high"),
                    findings: of(severity).map(finding).collect(),
                })
                .filter(|group| !group.findings.is_empty())
                .collect(),
            images: report.images.iter().map(image).collect(),
            components: report.components.iter().map(component).collect(),
            not_seen: report
                .not_seen
                .iter()
                .map(|entry| NotSeenView {
                    entry,
                    places: entry.locations.iter().map(shown).collect(),
                })
                .collect(),
            baseline_line: report.baseline.as_ref().map(baseline_line).unwrap_or_default(),
            gone: report.baseline.iter().flat_map(|baseline| &baseline.absent).map(gone).collect(),
        }
    }
}

fn reason(entry: &ReasonEntry) -> ReasonView<'_> {
    let word = match entry.outcome.as_str() {
        "not-asked" => "not asked",
        "met" => "met",
        "warning" => "warning",
        "incomplete" => "not known",
        _ => "broken",
    };
    ReasonView { entry, word, because: entry.because.join("; ") }
}

fn finding(entry: &FindingEntry) -> FindingView<'_> {
    let first = entry.locations.first();
    FindingView {
        entry,
        anchor: entry.fingerprint.chars().take(12).collect(),
        places: entry.locations.iter().take(PLACES_MAX).map(shown).collect(),
        more_places: entry.locations.len().saturating_sub(PLACES_MAX),
        steps: entry
            .evidence
            .iter()
            .map(|step| {
                let same = first == Some(&step.location);
                let at = if same { String::new() } else { short(&step.location) };
                (at, step.text.as_str())
            })
            .collect(),
        cwes: entry.cwes.clone(),
    }
}

fn image(entry: &ImageEntry) -> ImageView<'_> {
    let coverage = &entry.coverage;
    ImageView {
        entry,
        size: size(entry.size),
        explained: percent(coverage.explained_permille),
        legend: vec![
            ("explained", size(coverage.explained_bytes)),
            ("padding", size(coverage.padding_bytes)),
            ("unknown", size(coverage.unknown_bytes)),
            ("encrypted", size(coverage.encrypted_bytes)),
        ],
        bar: chart::coverage_bar(coverage),
        map: chart::entropy_map(entry),
        layers: entry.layers.iter().map(|item| layer(item, &entry.layers)).collect(),
    }
}

fn layer<'a>(entry: &'a LayerEntry, all: &[LayerEntry]) -> LayerView<'a> {
    let mut depth = 0;
    let mut parent = entry.parent;
    // Parents come before their children, so this ends.
    while let Some(above) = parent.and_then(|id| all.get(id as usize)).filter(|_| depth < 32) {
        depth += 1;
        parent = above.parent;
    }
    let contents = match (entry.files, entry.other_entries) {
        (0, 0) => String::new(),
        (files, 0) => format!("{files} files"),
        (files, others) => format!("{files} files, {others} folders, links and devices"),
    };
    let unexplained = entry
        .unexplained
        .iter()
        .map(|region| {
            let part = if region.part.is_empty() { "image" } else { &region.part };
            format!("{part}+{:#x}: {} {}", region.offset, size(region.size), region.kind)
        })
        .collect();
    LayerView {
        entry,
        depth,
        size: size(entry.size),
        place: entry.image_offset.map_or("decoded".to_owned(), |at| format!("{at:#x}")),
        contents,
        unexplained,
    }
}

fn component(entry: &ComponentEntry) -> ComponentView<'_> {
    let version = match (&entry.version, &entry.revision) {
        (Some(version), Some(revision)) => format!("{version} ({revision})"),
        (Some(version), None) => version.clone(),
        _ => "unknown".to_owned(),
    };
    let seen = entry.evidence.first();
    ComponentView {
        entry,
        version,
        licences: entry.licences.join(", "),
        seen: seen
            .map(|seen| format!("{} by {}", short(&seen.location), seen.method))
            .unwrap_or_default(),
        more: entry.evidence.len().saturating_sub(1),
    }
}

fn gone(entry: &AbsentEntry) -> GoneView<'_> {
    GoneView { entry, place: entry.location.as_ref().map(shown).unwrap_or_default() }
}

fn percent(permille: u32) -> String {
    format!("{}.{} %", permille / 10, permille % 10)
}
