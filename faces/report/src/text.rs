//! The report for a terminal or a build log.

mod sides;

use duecare_base::text::size;
use duecare_review::report::{FindingEntry, ImageEntry, LocationEntry, Report};
use std::fmt::Write as _;

/// Findings below `high` shown one by one; the rest is counted.
const LESSER_SHOWN_MAX: usize = 12;

/// Steps of proof shown for one finding.
const EVIDENCE_SHOWN_MAX: usize = 3;

/// Problems and unexplained stretches shown for one image.
const PROBLEMS_SHOWN_MAX: usize = 6;

/// Smaller unexplained stretches are not worth a line.
const UNEXPLAINED_SHOWN_BYTES_MIN: u64 = 256;

/// Places shown of one thing that was not looked at.
const GAP_PLACES_SHOWN_MAX: usize = 3;

/// Sentences shown for one rule.
const BECAUSE_SHOWN_MAX: usize = 8;

/// How the text is laid out.
#[derive(Debug, Clone, Copy)]
pub struct Layout {
    /// ANSI colours.
    pub colour: bool,
    /// Every finding and component instead of the worst.
    pub verbose: bool,
}

struct Paint {
    colour: bool,
}

impl Paint {
    fn with(&self, code: &str, text: &str) -> String {
        if self.colour { format!("\u{1b}[{code}m{text}\u{1b}[0m") } else { text.to_owned() }
    }

    fn severity(&self, severity: &str) -> String {
        let code = match severity {
            "critical" => "1;35",
            "high" => "1;31",
            "medium" => "33",
            "low" => "36",
            _ => "2",
        };
        self.with(code, &format!("{severity:<8}"))
    }

    fn outcome(&self, outcome: &str) -> String {
        let (mark, code) = match outcome {
            "not-asked" => ("not asked", "2"),
            "met" => ("met      ", "32"),
            "warning" => ("warning  ", "33"),
            "incomplete" => ("not known", "1;33"),
            _ => ("BROKEN   ", "1;31"),
        };
        self.with(code, mark)
    }
}

/// The report as text; ends with a line end.
#[must_use]
pub fn render(report: &Report, layout: Layout) -> String {
    let paint = Paint { colour: layout.colour };
    let mut out = String::new();
    // Writing to a String can't fail, hence every `let _ =` in this file.
    let headline = match report.verdict.as_str() {
        "pass" => paint.with("1;32", "PASS"),
        "incomplete" => paint.with("1;33", "INCOMPLETE"),
        _ => paint.with("1;31", "FAIL"),
    };
    let meaning = match report.verdict.as_str() {
        "pass" => "every rule of the policy is met",
        "incomplete" => "too little was seen to say that it may ship",
        _ => "the policy says no",
    };
    let _ = writeln!(out, "{headline}  {meaning} ({}, {})\n", report.policy.name, report.as_of);
    for image in &report.images {
        image_lines(image, &mut out);
    }
    let _ = writeln!(out, "\n{}", paint.with("1", "Why"));
    for reason in &report.reasons {
        let _ = writeln!(out, "  {} {}", paint.outcome(&reason.outcome), reason.title);
        for line in reason.because.iter().take(BECAUSE_SHOWN_MAX) {
            let _ = writeln!(out, "            {}", paint.with("2", line));
        }
        let more = reason.because.len().saturating_sub(BECAUSE_SHOWN_MAX);
        if more > 0 {
            let _ = writeln!(out, "            … {more} more");
        }
    }
    exceptions(report, &mut out);
    not_seen(report, layout, &paint, &mut out);
    findings(report, layout, &paint, &mut out);
    components(report, layout, &paint, &mut out);
    sides::analysers(report, &paint, &mut out);
    sides::bill(report, &paint, &mut out);
    sides::baseline(report, layout, &paint, &mut out);
    out
}

/// What the checks left out, whole gaps first.
fn not_seen(report: &Report, layout: Layout, paint: &Paint, out: &mut String) {
    if report.not_seen.is_empty() {
        return;
    }
    let _ = writeln!(out, "\n{}", paint.with("1", "Not looked at"));
    for entry in &report.not_seen {
        let hides = entry.effect == "incomplete";
        let (mark, code) = if hides { ("incomplete", "1;33") } else { ("stated    ", "2") };
        let _ = writeln!(out, "  {} {}: {}", paint.with(code, mark), entry.analysis, entry.reason);
        let shown_max = if layout.verbose { entry.locations.len() } else { GAP_PLACES_SHOWN_MAX };
        for place in entry.locations.iter().take(shown_max) {
            let _ = writeln!(out, "             {}", paint.with("2", &shown(place)));
        }
        let left = entry.locations.len().saturating_sub(shown_max) as u64;
        let more = entry.more.saturating_add(left);
        if more > 0 {
            let _ = writeln!(out, "             and {more} more");
        }
    }
}

fn exceptions(report: &Report, out: &mut String) {
    for item in &report.exceptions.granted {
        let _ = writeln!(
            out,
            "  exception {} until {} ({}): {}",
            item.id, item.until, item.owner, item.reason
        );
    }
    for (what, ids) in [
        ("past their end, no longer counted", &report.exceptions.expired),
        ("matched by nothing", &report.exceptions.unused),
    ] {
        if !ids.is_empty() {
            let _ = writeln!(out, "  exceptions {what}: {}", ids.join(", "));
        }
    }
}

fn image_lines(image: &ImageEntry, out: &mut String) {
    let coverage = &image.coverage;
    let files: u64 = image.layers.iter().map(|layer| layer.files).sum();
    let formats: Vec<&str> =
        image.layers.iter().skip(1).take(8).map(|layer| layer.format.as_str()).collect();
    let more = image.layers.len().saturating_sub(1 + formats.len());
    let more = if more > 0 { format!(" and {more} more") } else { String::new() };
    let _ = writeln!(out, "{}  {}  sha256:{}", image.name, size(image.size), image.sha256);
    let inside = if formats.is_empty() { "nothing known".to_owned() } else { formats.join(", ") };
    let _ = writeln!(out, "  inside   {inside}{more}; {files} {}", plural(files, "file"));
    let _ = writeln!(
        out,
        "  seen     {}.{} % explained, {} unknown, {} encrypted, {} padding; system: {}",
        coverage.explained_permille / 10,
        coverage.explained_permille % 10,
        size(coverage.unknown_bytes),
        size(coverage.encrypted_bytes),
        size(coverage.padding_bytes),
        image.system,
    );
    for problem in coverage.incomplete.iter().take(PROBLEMS_SHOWN_MAX) {
        let _ = writeln!(out, "  not seen {problem}");
    }
    unexplained(image, out);
}

/// The largest stretches that nothing explains, with their places.
fn unexplained(image: &ImageEntry, out: &mut String) {
    let mut regions: Vec<_> = image
        .layers
        .iter()
        .flat_map(|layer| layer.unexplained.iter().map(move |region| (layer, region)))
        .filter(|(_, region)| matches!(region.kind.as_str(), "unknown" | "encrypted"))
        .filter(|(_, region)| region.size >= UNEXPLAINED_SHOWN_BYTES_MIN)
        .collect();
    regions.sort_by_key(|(_, region)| std::cmp::Reverse(region.size));
    for (layer, region) in regions.into_iter().take(PROBLEMS_SHOWN_MAX) {
        let part = if region.part.is_empty() { String::new() } else { format!("/{}", region.part) };
        let _ = writeln!(
            out,
            "  {:<8} {}{part}+{:#x} {}, {}.{} bits per byte",
            region.kind,
            layer.chain,
            region.offset,
            size(region.size),
            region.entropy / 1000,
            region.entropy % 1000 / 100,
        );
    }
}

fn findings(report: &Report, layout: Layout, paint: &Paint, out: &mut String) {
    let counts: Vec<String> = ["critical", "high", "medium", "low", "info"]
        .iter()
        .map(|level| {
            let count = report.findings.iter().filter(|f| f.severity == *level).count();
            format!("{count} {level}")
        })
        .collect();
    let _ = writeln!(out, "\n{} ({})", paint.with("1", "Findings"), counts.join(", "));
    let mut lesser = 0;
    let mut left = 0;
    for finding in &report.findings {
        let serious = matches!(finding.severity.as_str(), "critical" | "high");
        lesser += usize::from(!serious);
        if !serious && lesser > LESSER_SHOWN_MAX && !layout.verbose {
            left += 1;
            continue;
        }
        finding_lines(finding, paint, out);
    }
    if left > 0 {
        let _ =
            writeln!(out, "  … {left} more of lower severity; --verbose or report.html show all");
    }
}

fn finding_lines(finding: &FindingEntry, paint: &Paint, out: &mut String) {
    let mut marks = String::new();
    if finding.state == "known" {
        marks.push_str(" [in the baseline]");
    }
    if finding.state == "escalated" {
        marks.push_str(" [escalated since the baseline]");
    }
    if finding.suppressed {
        marks.push_str(" [suppressed in the source]");
    }
    if let Some(exception) = &finding.accepted_by {
        let _ = write!(marks, " [accepted: {exception}]");
    }
    let severity = paint.severity(&finding.severity);
    let _ = writeln!(out, "  {severity} {}{marks}", finding.message);
    let place = finding.locations.first().map(shown).unwrap_or_default();
    let more = finding.locations.len().saturating_sub(1);
    let more = if more > 0 {
        format!(" and {more} more {}", plural(more as u64, "place"))
    } else {
        String::new()
    };
    let detail = format!("{} · confidence {}", finding.check, finding.confidence);
    let _ = writeln!(out, "           {place}{more}");
    let _ = writeln!(out, "           {}", paint.with("2", &detail));
    for step in finding.evidence.iter().take(EVIDENCE_SHOWN_MAX) {
        let same = finding.locations.first() == Some(&step.location);
        let at = if same { String::new() } else { format!("{}: ", short(&step.location)) };
        let _ = writeln!(out, "           {} {at}{}", paint.with("2", "|"), step.text);
    }
}

fn components(report: &Report, layout: Layout, paint: &Paint, out: &mut String) {
    let _ = writeln!(out, "\n{} ({})", paint.with("1", "Components"), report.components.len());
    let shown_max = if layout.verbose { usize::MAX } else { 40 };
    for component in report.components.iter().take(shown_max) {
        let version = component.version.as_deref().unwrap_or("version unknown");
        let _ = writeln!(
            out,
            "  {:<24} {:<18} {:>3} %  {}",
            component.name,
            version,
            component.confidence_percent,
            component.evidence.first().map(|seen| short(&seen.location)).unwrap_or_default(),
        );
    }
    let left = report.components.len().saturating_sub(shown_max);
    if left > 0 {
        let _ = writeln!(out, "  … {left} more; --verbose or report.html show all");
    }
}

pub(crate) use sides::baseline_line;

/// The noun, with an `s` save for one of it.
pub(crate) fn plural(count: u64, noun: &str) -> String {
    if count == 1 { noun.to_owned() } else { format!("{noun}s") }
}

/// A place in full.
#[must_use]
pub fn shown(place: &LocationEntry) -> String {
    format!("{}{}", place.layer, short_suffix(place))
}

/// A place without its layer, where it has a path.
#[must_use]
pub fn short(place: &LocationEntry) -> String {
    if place.path.is_empty() { shown(place) } else { short_suffix(place) }
}

fn short_suffix(place: &LocationEntry) -> String {
    let mut text = place.path.clone();
    if let Some(line) = place.line {
        let _ = write!(text, ":{line}");
    } else if let Some(offset) = place.offset {
        let _ = write!(text, "+{offset:#x}");
    }
    if let Some(symbol) = &place.symbol {
        let _ = write!(text, " ({symbol})");
    }
    text
}
