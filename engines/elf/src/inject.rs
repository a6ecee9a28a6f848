//! `injection-elf-command`: input that reaches a shell.

use crate::code::Code;
use crate::facts::{Exposure, FileFacts};
use crate::flow::{Call, Function, Image, Value};
use crate::literal::line;
use crate::model::{Role, Source};
use crate::trace::{Taint, Traced};
use duecare_base::{CheckId, Confidence, Finding, Location, Severity};
use std::collections::{BTreeMap, BTreeSet};

const CHECK: CheckId = CheckId::new("injection-elf-command");
/// Most findings per file.
const FINDINGS_MAX: usize = 60;

/// A function of the program that hands a parameter to a shell.
#[derive(Debug, Clone, Copy)]
struct Wrapper {
    /// The parameter; where it is a format, what follows it goes to the shell as well.
    parameter: usize,
    /// Whether the parameter is a format.
    formats: bool,
}

/// Judges every shell call, then every call of a function that wraps one.
pub(crate) fn check<'a>(
    code: &Code<'a>,
    functions: &[Function<'a>],
    at: &Location,
    facts: &FileFacts<'_>,
) -> Vec<Finding> {
    let report = Report { image: &code.image, at, exposure: Exposure::of(code.image.file, facts) };
    let mut found = Vec::new();
    let mut wrappers: BTreeMap<u64, Wrapper> = BTreeMap::new();
    for function in functions.iter().filter(|f| f.calls.iter().any(is_sink)) {
        let traced = Traced::new(function, &code.image);
        for (index, call) in function.calls.iter().enumerate() {
            let Some(reach) = reach(&traced, index, call, &BTreeMap::new(), 0) else { continue };
            if let Source::Param(parameter) = reach.taint.source {
                let formats = reach.taint.format.is_none() && reach.variadic;
                let wrapper = Wrapper { parameter: usize::from(parameter), formats };
                wrappers.entry(function.start).or_insert(wrapper);
            } else {
                found.extend(report.finding(&traced, call, &reach).map(|f| (flow(&reach), f)));
            }
        }
    }
    if !wrappers.is_empty() && found.len() < FINDINGS_MAX {
        let targets: BTreeSet<u64> = wrappers.keys().copied().collect();
        let thumb = code.image.thumb_bit();
        for function in code.callers(&targets) {
            let traced = Traced::new(&function, &code.image);
            for (index, call) in function.calls.iter().enumerate() {
                let reach = reach(&traced, index, call, &wrappers, thumb);
                let reach = reach.filter(|r| !matches!(r.taint.source, Source::Param(_)));
                if let Some(reach) = reach.filter(|_| !is_sink(call)) {
                    found.extend(report.finding(&traced, call, &reach).map(|f| (flow(&reach), f)));
                }
            }
        }
    }
    // Inlined copies of a function show the same flow again.
    let mut seen = BTreeSet::new();
    found.retain(|(flow, _): &(Flow, Finding)| seen.insert(flow.clone()));
    found.truncate(FINDINGS_MAX);
    found.into_iter().map(|(_, finding)| finding).collect()
}

/// Source, field and command: what tells one flow from another.
type Flow = (Source, Option<String>, Option<String>);

fn flow(reach: &Reach<'_>) -> Flow {
    let own = |text: Option<&str>| text.map(str::to_owned);
    (reach.taint.source, own(reach.taint.label), own(reach.taint.format))
}

fn is_sink(call: &Call<'_>) -> bool {
    matches!(call.role, Some(Role::Shell { .. } | Role::Executes))
}

/// Input in a command.
struct Reach<'a> {
    taint: Taint<'a>,
    /// The sink formats its arguments itself.
    variadic: bool,
}

fn reach<'a>(
    traced: &Traced<'_, 'a>,
    index: usize,
    call: &Call<'a>,
    wrappers: &BTreeMap<u64, Wrapper>,
    thumb: u64,
) -> Option<Reach<'a>> {
    match call.role {
        Some(Role::Shell { command }) => {
            let standard = matches!(call.name, Some("system" | "popen" | "wordexp"));
            command_at(traced, index, call, command, !standard)
        }
        Some(Role::Executes) => shell_by_exec(traced, index, call),
        _ => {
            let Value::Const(target) = call.target else { return None };
            let wrapper = wrappers.get(&(target & !thumb))?;
            command_at(traced, index, call, wrapper.parameter, wrapper.formats)
        }
    }
}

fn command_at<'a>(
    traced: &Traced<'_, 'a>,
    index: usize,
    call: &Call<'a>,
    command: usize,
    formats: bool,
) -> Option<Reach<'a>> {
    if let Some(taint) = traced.arguments.get(&(index, command)) {
        return Some(Reach { taint: taint.clone(), variadic: formats });
    }
    if !formats {
        return None;
    }
    let mut taint = traced.formatted(index, call, command)?;
    // The step is the sink itself.
    taint.steps.pop();
    Some(Reach { taint, variadic: true })
}

/// `execl("/bin/sh", "sh", "-c", command, NULL)`.
fn shell_by_exec<'a>(traced: &Traced<'_, 'a>, index: usize, call: &Call<'a>) -> Option<Reach<'a>> {
    let [path, _, flag, ..] = call.args;
    let shell = traced.text(path)?;
    let is_shell = shell == "sh" || shell.ends_with("/sh") || shell.ends_with("ash");
    if !is_shell || traced.text(flag)? != "-c" {
        return None;
    }
    let taint = traced.arguments.get(&(index, 3))?.clone();
    Some(Reach { taint, variadic: false })
}

struct Report<'r, 'a> {
    image: &'r Image<'a>,
    at: &'r Location,
    exposure: Exposure,
}

impl Report<'_, '_> {
    fn finding(
        &self,
        traced: &Traced<'_, '_>,
        call: &Call<'_>,
        reach: &Reach<'_>,
    ) -> Option<Finding> {
        let taint = &reach.taint;
        // What a program was told by whoever started it, or keeps to itself.
        if taint.source == Source::Field {
            return None;
        }
        let function = traced.function;
        let sink =
            call.name.map_or_else(|| "a function that runs a shell".to_owned(), str::to_owned);
        let (severity, confidence) = self.rating(taint);
        let what = taint.label.map_or_else(String::new, |label| format!(" \"{label}\""));
        let command =
            taint.format.map_or_else(String::new, |f| format!(" as part of \"{}\"", f.trim()));
        let message = format!(
            "{}{what} reaches {sink} in {}{command}{}",
            origin_words(taint.source),
            function.label(),
            if taint.guarded { ", after some check" } else { "" },
        );
        let place = |address: u64| Location {
            offset: self.image.file.offset_of(address),
            symbol: Some(function.label()),
            ..self.at.clone()
        };
        let key = format!(
            "{} {} {} {}",
            function.name.unwrap_or(""),
            call.name.unwrap_or("wrapper"),
            taint.label.unwrap_or(""),
            taint.format.unwrap_or("").trim()
        );
        let key = duecare_base::text::one_line(&key, 200);
        let mut finding = Finding::new(CHECK, severity, confidence, place(call.at), key, message)
            .with_snippet(&line(self.image, call));
        for index in taint.steps.iter().rev().chain(&taint.origin) {
            if let Some(step) = function.calls.get(*index) {
                finding = finding.with_evidence(place(step.at), &line(self.image, step));
            }
        }
        Some(finding)
    }

    fn rating(&self, taint: &Taint<'_>) -> (Severity, Confidence) {
        let quoted =
            taint.format.is_some_and(|format| format.contains("'%s") || format.contains("\"%s"));
        let (severity, confidence) = match taint.source {
            Source::Request | Source::Environment => (Severity::Critical, Confidence::High),
            Source::Network => (Severity::Critical, Confidence::Medium),
            Source::Terminal if self.exposure == Exposure::Network => {
                (Severity::High, Confidence::Medium)
            }
            Source::Terminal => (Severity::Medium, Confidence::Low),
            _ => (Severity::Medium, Confidence::Low),
        };
        let lowered = match (taint.guarded, quoted, confidence) {
            (true, _, _) => Confidence::Low,
            (_, true, Confidence::High) => Confidence::Medium,
            (_, _, confidence) => confidence,
        };
        (severity, lowered)
    }
}

fn origin_words(source: Source) -> &'static str {
    match source {
        Source::Request => "the request field",
        Source::Environment => "the request variable",
        Source::Network => "what a socket received",
        Source::Terminal => "what was read from input",
        Source::Stored => "the stored setting",
        Source::Field => "the field",
        Source::Param(_) => "a parameter",
    }
}
