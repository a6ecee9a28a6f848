//! What was planted beside what was found.

use super::plants::{Part, Plant};
use serde_json::Value;
use std::collections::BTreeSet;
use std::fmt::Write as _;

/// A place of a finding, with the finding.
struct Seen<'a> {
    finding: &'a Value,
    part: Part,
    path: &'a str,
    line: Option<u64>,
}

/// The table.
pub(super) fn render(plants: &[Plant], report: &Value) -> String {
    let findings: Vec<&Value> =
        report.get("findings").and_then(Value::as_array).into_iter().flatten().collect();
    let seen: Vec<Seen<'_>> = findings.iter().flat_map(|finding| places(finding)).collect();
    let mut out = String::new();
    let (mut flaws, mut found) = (0, 0);
    for plant in plants {
        for (checks, words) in plant.flaws {
            flaws += 1;
            let at = plant.line(words);
            let by = seen.iter().find(|seen| {
                seen.part == plant.part
                    && covers(seen.path, plant.path)
                    && checks.contains(&field(seen.finding, "check"))
                    && (at.is_none() || seen.line.is_none() || seen.line == at)
            });
            found += usize::from(by.is_some());
            let place = at.map_or_else(String::new, |line| format!(":{line}"));
            let said = by.map_or_else(
                || format!("NOT FOUND   expected {}", checks.join(" or ")),
                |seen| describe(seen),
            );
            let _infallible = writeln!(out, "{:40} {said}", format!("{}{place}", plant.path));
        }
    }
    let _infallible = writeln!(out, "\n{found} of {flaws} planted flaws found\n");
    rest(plants, &findings, &mut out);
    out
}

/// What else is reported from medium on: traps taken for flaws, flaws that were not planted.
fn rest(plants: &[Plant], findings: &[&Value], out: &mut String) {
    let flawed: BTreeSet<&str> =
        plants.iter().filter(|plant| !plant.flaws.is_empty()).map(|plant| plant.path).collect();
    let trapped: BTreeSet<&str> =
        plants.iter().filter(|plant| plant.flaws.is_empty()).map(|plant| plant.path).collect();
    for finding in findings {
        let severity = field(finding, "severity");
        let Some(first) = places(finding).into_iter().next() else { continue };
        if matches!(severity, "info" | "low") || flawed.iter().any(|path| covers(first.path, path))
        {
            continue;
        }
        let what = if trapped.contains(first.path) { "TRAP " } else { "other" };
        let message = field(finding, "message");
        let _infallible = writeln!(
            out,
            "{what} {severity:8} {:28} {}:{} {message}",
            field(finding, "check"),
            first.path,
            first.line.unwrap_or(0)
        );
    }
}

fn describe(seen: &Seen<'_>) -> String {
    let line = seen.line.map_or_else(String::new, |line| format!(" line {line}"));
    format!("{:8} {}{line}", field(seen.finding, "severity"), field(seen.finding, "check"))
}

/// Whether a finding at `path` speaks of the plant: it is that file, or a hidden folder around it.
fn covers(path: &str, plant: &str) -> bool {
    let inside = plant.strip_prefix(path).is_some_and(|rest| rest.starts_with('/'));
    path == plant || (inside && path.contains("/."))
}

/// Every place of a finding and of its evidence.
fn places(finding: &Value) -> Vec<Seen<'_>> {
    let list = |name: &str| finding.get(name).and_then(Value::as_array).into_iter().flatten();
    let steps = list("evidence").filter_map(|step| step.get("location"));
    list("locations")
        .chain(steps)
        .map(|place| Seen {
            finding,
            part: if field(place, "layer").contains("jffs2") { Part::Data } else { Part::Root },
            path: field(place, "path").trim_start_matches('/'),
            line: place.get("line").and_then(Value::as_u64),
        })
        .collect()
}

fn field<'a>(value: &'a Value, name: &str) -> &'a str {
    value.get(name).and_then(Value::as_str).unwrap_or_default()
}
