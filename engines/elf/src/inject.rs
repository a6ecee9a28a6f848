//! `injection-elf-command`: input that reaches a shell.

use crate::facts::{Exposure, FileFacts};
use crate::flow::{Call, Image, Value};
use crate::gaps;
use crate::literal::line;
use crate::model::{self, Role, Source};
use crate::program::Program;
use crate::trace::{Taint, Traced};
use duecare_base::{CheckId, Confidence, Finding, Location, Severity};
use std::collections::{BTreeMap, BTreeSet};

const CHECK: CheckId = CheckId::new("injection-elf-command");
/// Most findings per file.
const FINDINGS_MAX: usize = 60;

/// A function of the program that hands a parameter to a shell.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Wrapper {
    /// The parameter; where it is a format, what follows it goes to the shell as well.
    parameter: usize,
    /// Whether the parameter is a format.
    formats: bool,
}

/// Wrappers by the address of their function.
type Wrappers = BTreeMap<u64, Vec<Wrapper>>;

/// Longest chain of functions that hand a parameter on to a shell.
const ROUNDS_MAX: usize = 4;
/// Most wrappers per file.
const WRAPPERS_MAX: usize = 1_000;

/// Judges every shell call, then every call of a function that wraps one, and so on.
pub(crate) fn check<'a>(
    program: &mut Program<'_, 'a>,
    at: &Location,
    facts: &FileFacts<'_>,
) -> Vec<Finding> {
    let exposure = Exposure::of(program.code.image.file, facts);
    let mut found = Vec::new();
    let mut wrappers = Wrappers::new();
    let mut fresh = BTreeSet::new();
    for round in 0..ROUNDS_MAX {
        let report = Report { image: &program.code.image, at, exposure };
        let next = one_round(program, (round > 0).then_some(&fresh), &mut wrappers, |t, c, r| {
            found.extend(report.finding(t, c, r).map(|finding| (flow(r), finding)));
        });
        fresh = next;
        if fresh.is_empty() {
            break;
        }
        if found.len() >= FINDINGS_MAX {
            program.code.image.file.miss(gaps::FINDINGS);
            break;
        }
        program.read_callers(&fresh);
    }
    // Inlined copies of a function show the same flow again.
    let mut seen = BTreeSet::new();
    found.retain(|(flow, _): &(Flow, Finding)| seen.insert(flow.clone()));
    if found.len() > FINDINGS_MAX {
        program.code.image.file.miss(gaps::FINDINGS);
        found.truncate(FINDINGS_MAX);
    }
    found.into_iter().map(|(_, finding)| finding).collect()
}

/// Looks at the calls of the shell, or of the wrappers found in the round before; gives the
/// addresses of those found now.
fn one_round<'a>(
    program: &Program<'_, 'a>,
    fresh: Option<&BTreeSet<u64>>,
    wrappers: &mut Wrappers,
    mut report: impl FnMut(&Traced<'_, 'a>, &Call<'a>, &Reach<'a>),
) -> BTreeSet<u64> {
    let thumb = program.code.image.thumb_bit();
    let concerned = |call: &Call<'_>| match (fresh, call.target) {
        (None, _) => is_sink(call),
        (Some(fresh), Value::Const(at)) => !is_sink(call) && fresh.contains(&(at & !thumb)),
        _ => false,
    };
    let mut next = Vec::new();
    for function in program.functions.iter().filter(|f| f.calls.iter().any(concerned)) {
        let traced = program.trace(function);
        for (index, call) in function.calls.iter().enumerate().filter(|(_, c)| concerned(c)) {
            for reach in reach(&traced, index, call, wrappers, thumb) {
                if let Source::Param(parameter) = reach.taint.source {
                    let formats = reach.taint.format.is_none() && reach.variadic;
                    next.push((function.start, Wrapper { parameter: parameter.into(), formats }));
                } else {
                    report(&traced, call, &reach);
                }
            }
        }
    }
    let mut added = BTreeSet::new();
    for (start, wrapper) in next {
        let known = wrappers.len() < WRAPPERS_MAX || wrappers.contains_key(&start);
        if !known {
            program.code.image.file.miss(gaps::SUMMARIES);
            continue;
        }
        let list = wrappers.entry(start).or_default();
        if list.len() < crate::flow::ARGS && !list.contains(&wrapper) {
            list.push(wrapper);
            added.insert(start);
        }
    }
    added
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
    wrappers: &Wrappers,
    thumb: u64,
) -> Vec<Reach<'a>> {
    let one = match call.role {
        Some(Role::Shell { command }) => {
            let standard = matches!(call.name, Some("system" | "popen" | "wordexp"));
            command_at(traced, index, call, command, !standard)
        }
        Some(Role::Executes) => shell_by_exec(traced, index, call),
        _ => {
            let Value::Const(target) = call.target else { return Vec::new() };
            let all = wrappers.get(&(target & !thumb)).map(Vec::as_slice).unwrap_or_default();
            let reach = |w: &Wrapper| command_at(traced, index, call, w.parameter, w.formats);
            return all.iter().filter_map(reach).collect();
        }
    };
    one.into_iter().collect()
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

/// `execl("/bin/sh", "sh", "-c", command, NULL)`, `eval("sh", "-c", command, NULL)`.
fn shell_by_exec<'a>(traced: &Traced<'_, 'a>, index: usize, call: &Call<'a>) -> Option<Reach<'a>> {
    const BEFORE_MAX: usize = 3;
    let shell = |text: &str| text == "sh" || text.ends_with("/sh") || text.ends_with("ash");
    let mut arguments = call.args.iter().enumerate().take(BEFORE_MAX);
    let (flag, _) = arguments.find(|(_, value)| traced.text(**value) == Some("-c"))?;
    let before = call.args.iter().take(flag);
    if !before.filter_map(|value| traced.text(*value)).any(shell) {
        return None;
    }
    let taint = traced.arguments.get(&(index, flag + 1))?.clone();
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
        // Which variable is known to the callers only.
        if taint.source == Source::Environment && !taint.label.is_some_and(model::from_request) {
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
        let lowered = match (taint.guarded, quoted || taint.indirect, confidence) {
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
