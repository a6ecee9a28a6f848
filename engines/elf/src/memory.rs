//! `memory-elf-unbounded-copy`: input that is copied into a buffer on the stack without a bound.

use crate::facts::{Exposure, FileFacts};
use crate::flow::{Call, Value};
use crate::gaps;
use crate::literal::line;
use crate::model::{self, Role, Source};
use crate::program::Program;
use crate::trace::{Taint, Traced};
use duecare_base::{CheckId, Confidence, Finding, Location, Severity};

const CHECK: CheckId = CheckId::new("memory-elf-unbounded-copy");
/// Most findings per file.
const FINDINGS_MAX: usize = 60;

/// A write that its input makes as long as it likes.
struct Overflow<'a> {
    taint: Taint<'a>,
    /// How the length comes about.
    why: &'static str,
    /// The length itself is what the client says.
    length: bool,
}

/// Judges every copy into the stack.
pub(crate) fn check(
    program: &Program<'_, '_>,
    at: &Location,
    facts: &FileFacts<'_>,
) -> Vec<Finding> {
    let exposure = Exposure::of(program.code.image.file, facts);
    let mut found = Vec::new();
    for function in &program.functions {
        if found.len() >= FINDINGS_MAX {
            program.code.image.file.miss(gaps::FINDINGS);
            break;
        }
        if !function.calls.iter().any(|call| call.role.is_some_and(writes)) {
            continue;
        }
        let traced = program.trace(function);
        for (index, call) in function.calls.iter().enumerate() {
            let Some(overflow) = overflow(&traced, index, call) else { continue };
            found.extend(report(&traced, call, &overflow, exposure, at));
        }
    }
    found.truncate(FINDINGS_MAX);
    found
}

fn writes(role: Role) -> bool {
    matches!(
        role,
        Role::Copies { .. } | Role::Formats { .. } | Role::Scans { .. } | Role::Fills { .. }
    )
}

fn overflow<'a>(traced: &Traced<'_, 'a>, index: usize, call: &Call<'a>) -> Option<Overflow<'a>> {
    let arg = |at: usize| call.args.get(at).copied().unwrap_or(Value::Unknown);
    let given = |at: usize| traced.arguments.get(&(index, at)).cloned();
    let whole = |taint: Taint<'a>, why| Some(Overflow { taint, why, length: false });
    match (call.role?, call.name?) {
        (Role::Copies { .. }, name @ ("strcpy" | "strcat" | "stpcpy")) if on_stack(arg(0)) => {
            let why = if name == "strcat" { "appends it whole" } else { "copies it whole" };
            whole(given(1)?, why)
        }
        (Role::Copies { .. }, "memcpy" | "memmove" | "strncpy" | "strncat") if on_stack(arg(0)) => {
            let length = measured(traced, arg(2))?;
            // The text's own length as the bound is no bound.
            whole(given(1).or(Some(length))?, "takes the length from the input itself")
        }
        (Role::Formats { into: Some(0), format }, "sprintf" | "vsprintf") if on_stack(arg(0)) => {
            let format = format + 2 * usize::from(call.checked && format > 0);
            let text = traced.text(arg(format))?;
            let unbounded = model::unbounded(text);
            let mut arguments = unbounded.into_iter().enumerate().filter(|(_, free)| *free);
            let taint = arguments.find_map(|(offset, _)| given(format + 1 + offset))?;
            whole(taint, "formats it with %s")
        }
        (Role::Scans { from: Some(from), format }, _) => {
            let kinds = model::scanned(traced.text(arg(format))?);
            let taint = given(from)?;
            let mut targets = kinds.into_iter().enumerate().filter(|(_, kind)| kind.unbounded);
            targets.find(|(offset, _)| on_stack(arg(format + 1 + offset)))?;
            whole(taint, "scans it with %s or %[ without a width")
        }
        (Role::Fills { into, .. }, "read" | "recv" | "fread" | "SSL_read" | "fgets")
            if on_stack(arg(into)) =>
        {
            let size = match call.name {
                Some("fread") => arg(2),
                Some("fgets") => arg(1),
                _ => arg(2),
            };
            let taint = measured(traced, size)?;
            Some(Overflow { taint, why: "reads as many bytes as the request says", length: true })
        }
        _ => None,
    }
}

fn on_stack(value: Value) -> bool {
    matches!(value, Value::Sp(at) if at < 0)
}

/// A number from outside that nothing was compared with.
fn measured<'a>(traced: &Traced<'_, 'a>, value: Value) -> Option<Taint<'a>> {
    let taint = traced.numbers.get(&value)?;
    (!traced.function.measured.contains(&value)).then(|| taint.clone())
}

/// Whether the function, or its caller before it, looked at the length.
fn was_measured(traced: &Traced<'_, '_>, taint: &Taint<'_>) -> bool {
    let mut lengths = traced.numbers.iter().filter(|(_, number)| number.origin == taint.origin);
    lengths.any(|(value, _)| traced.function.measured.contains(value))
}

fn report(
    traced: &Traced<'_, '_>,
    call: &Call<'_>,
    overflow: &Overflow<'_>,
    exposure: Exposure,
    at: &Location,
) -> Option<Finding> {
    let taint = &overflow.taint;
    let direct = matches!(taint.source, Source::Request | Source::Environment);
    // A helper may well have bounded it; so may the call that received it.
    if !direct || taint.indirect || taint.origin.is_none() {
        return None;
    }
    if was_measured(traced, taint) {
        return None;
    }
    let (image, function) = (&traced.code.image, traced.function);
    let severity = if overflow.length && exposure == Exposure::Network {
        Severity::Critical
    } else {
        Severity::High
    };
    let confidence = match (overflow.length, taint.guarded) {
        (_, true) => Confidence::Low,
        (true, _) => Confidence::High,
        _ => Confidence::Medium,
    };
    let what = taint.label.map_or_else(String::new, |label| format!(" \"{label}\""));
    let name = call.name.unwrap_or("a copy");
    let kind = if taint.source == Source::Request { "field" } else { "variable" };
    let message = format!(
        "{} puts the request {kind}{what} into a buffer on the stack without a bound: {name} {}",
        function.label(),
        overflow.why
    );
    let place = |address: u64| Location {
        offset: image.file.offset_of(address),
        symbol: Some(function.label()),
        ..at.clone()
    };
    let key = format!("{} {name} {}", function.name.unwrap_or(""), taint.label.unwrap_or(""));
    let mut finding =
        Finding::new(CHECK, severity, confidence, place(call.at), key.trim(), message)
            .with_snippet(&line(image, call));
    for index in taint.steps.iter().rev().chain(&taint.origin) {
        if let Some(step) = function.calls.get(*index).filter(|step| step.at != call.at) {
            finding = finding.with_evidence(place(step.at), &line(image, step));
        }
    }
    Some(finding)
}
