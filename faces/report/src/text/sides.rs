//! What stands beside the image: its source, the build's bill of materials, the baseline.

use super::{Layout, Paint, plural, short};
use duecare_review::report::{BaselineEntry, Report};
use std::fmt::Write as _;

/// Findings of the baseline that are gone, shown one by one; the rest is counted.
const ABSENT_SHOWN_MAX: usize = 20;

pub(super) fn analysers(report: &Report, paint: &Paint, out: &mut String) {
    if report.analysers.is_empty() {
        let given = report.inputs.iter().any(|input| input.kind == "source");
        let why =
            if given { "source was given, but none was started" } else { "no source was given" };
        let _ = writeln!(out, "\n{} none: {why}", paint.with("1", "Analysers"));
        for language in &report.languages {
            let _ = writeln!(out, "  {}", language.summary);
        }
        return;
    }
    let _ = writeln!(out, "\n{}", paint.with("1", "Analysers"));
    for language in &report.languages {
        let _ = writeln!(out, "  {}", language.summary);
    }
    for run in &report.analysers {
        let version = run.version.as_deref().unwrap_or("");
        let detail = run.detail.as_deref().or(run.rules.as_deref()).unwrap_or("");
        let results = run.results;
        let _ = writeln!(
            out,
            "  {:<14} {:<10} {:<14} {results} {}  {detail}",
            run.name,
            version,
            run.state,
            plural(results, "result"),
        );
    }
}

pub(super) fn bill(report: &Report, paint: &Paint, out: &mut String) {
    let Some(bill) = &report.bill else { return };
    let _ = writeln!(
        out,
        "\n{} {}: {} {}, {} agree, {} there without a version to compare; \
         {} of the build alone left out",
        paint.with("1", "Bill of materials"),
        bill.format,
        bill.components,
        plural(bill.components, "component"),
        bill.agreeing,
        bill.unversioned,
        bill.left_out
    );
    for difference in &bill.differences {
        let version = |text: &Option<String>| text.clone().unwrap_or_else(|| "?".to_owned());
        let _ = writeln!(
            out,
            "  {:<18} {} (bill {}, image {})",
            difference.kind,
            difference.name,
            version(&difference.bill_version),
            version(&difference.image_version)
        );
    }
}

/// The baseline, whether it fits, and what is gone since.
pub(super) fn baseline(report: &Report, layout: Layout, paint: &Paint, out: &mut String) {
    let Some(baseline) = &report.baseline else { return };
    // Writing to a String can't fail, hence every `let _ =` in this file.
    let _ = writeln!(out, "\n{} {}", paint.with("1", "Baseline"), baseline_line(baseline));
    for image in &baseline.images {
        let _ = writeln!(out, "  of {}  sha256:{}", image.name, image.sha256);
    }
    if !baseline.same_product {
        let text = match baseline.overlap_percent {
            Some(_) => {
                "so little of it is here that it is the baseline of another product: not applied"
            }
            None => "it can't be told whether it is of this product: not applied",
        };
        let _ = writeln!(out, "  {}", paint.with("33", text));
    }
    let absent = &baseline.absent;
    let _ = writeln!(
        out,
        "  {} known, {} gone since, {} not compared",
        baseline.known,
        absent.len(),
        baseline.not_compared
    );
    if !baseline.everything_seen && !absent.is_empty() {
        let text = "something was not seen this time, so what is gone may still be there";
        let _ = writeln!(out, "  {}", paint.with("33", text));
    }
    let shown_max = if layout.verbose { usize::MAX } else { ABSENT_SHOWN_MAX };
    for gone in absent.iter().take(shown_max) {
        let place = gone.location.as_ref().map(short).unwrap_or_default();
        let severity = paint.severity(&gone.severity);
        let _ = writeln!(out, "  gone  {severity} {} {}", gone.message, paint.with("2", &place));
    }
    let left = absent.len().saturating_sub(shown_max);
    if left > 0 {
        let _ = writeln!(out, "  … {left} more; --verbose or report.html show all");
    }
}

/// Which report it is and how much of it fits, in one line.
#[must_use]
pub(crate) fn baseline_line(baseline: &BaselineEntry) -> String {
    let BaselineEntry { name, as_of, tool_version, compared, shared, .. } = baseline;
    let fits = match baseline.overlap_percent {
        Some(share) => {
            format!("{shared} of its {compared} components and files are here ({share} %)")
        }
        None => "it names too little to tell whether it fits".to_owned(),
    };
    format!("{name}, decided for {as_of} by duecare {tool_version}; {fits}")
}
