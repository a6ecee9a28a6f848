//! `credential-elf-literal`: input compared with a password that is written into the program.

mod inline;

use crate::facts::{Exposure, FileFacts};
use crate::flow::{Call, Function, INLINE, Image, Value};
use crate::gaps;
use crate::model::{Role, Source};
use crate::program::Program;
use crate::shape::{hash, header, shaped};
use crate::trace::{Taint, Traced};
use crate::words;
use duecare_base::{CheckId, Confidence, Finding, Location, Severity, mask};
use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

const CHECK: CheckId = CheckId::new("credential-elf-literal");
/// A value compared with more literals than this is a keyword being looked up.
const SIBLINGS_MAX: usize = 4;
/// Most comparisons judged per function; command parsers have some hundred.
const COMPARES_MAX: usize = 512;
/// Most findings per file.
const FINDINGS_MAX: usize = 40;

/// One comparison of a value with a literal.
struct Compare<'a> {
    index: usize,
    at: u64,
    callee: &'a str,
    literal: Cow<'a, str>,
    /// `None` when the text stands in the instructions themselves.
    literal_at: Option<u64>,
    other: Value,
    taint: Option<Taint<'a>>,
}

/// Why a comparison is taken for a credential check.
struct Verdict {
    confidence: Confidence,
    reason: String,
}

/// Judges every comparison of the functions read.
pub(crate) fn check<'a>(
    program: &Program<'_, 'a>,
    at: &Location,
    facts: &FileFacts<'_>,
) -> Vec<Finding> {
    let mut found = Vec::new();
    for function in &program.functions {
        if found.len() >= FINDINGS_MAX {
            program.code.image.file.miss(gaps::FINDINGS);
            break;
        }
        one(program, function, at, facts, &mut found);
    }
    // Inlined copies of a function show the same text again.
    let mut seen = BTreeSet::new();
    found.retain(|(literal_at, _)| seen.insert(*literal_at));
    found.into_iter().map(|(_, finding)| finding).collect()
}

fn one<'a>(
    program: &Program<'_, 'a>,
    function: &Function<'a>,
    at: &Location,
    facts: &FileFacts<'_>,
    found: &mut Vec<(u64, Finding)>,
) {
    let image = &program.code.image;
    let candidates = function.calls.iter().any(|call| {
        call.name == Some(INLINE)
            || (matches!(call.role, Some(Role::Compares(_))) || call.name.is_none())
                && call.args.iter().any(|value| {
                    image.text(*value).is_some_and(|(_, text)| {
                        words::looks_like_one(text) || header(text) || hash(text)
                    })
                })
    });
    if !candidates {
        return;
    }
    let traced = program.trace(function);
    let compares = compares(image, &traced);
    let mut per_value: BTreeMap<Value, usize> = BTreeMap::new();
    for compare in &compares {
        *per_value.entry(compare.other).or_default() += 1;
    }
    let context = Context::of(&traced, &compares);
    for compare in compares.iter().filter(|compare| !is_mark(function, compare)) {
        let siblings = per_value.get(&compare.other).copied().unwrap_or(0);
        let user = pair(compare, &compares, &per_value);
        if let Some(verdict) = judge(compare, siblings, &context, &compares, user) {
            let pair = Pair { compare, user };
            let finding = report(image, function, &pair, &verdict, at, facts);
            found.push((compare.literal_at.unwrap_or(compare.at), finding));
        }
    }
}

/// Whether the text is the mark that a file or message begins with: exactly as many bytes were read
/// as it has, which nobody does with what a person types.
fn is_mark(function: &Function<'_>, compare: &Compare<'_>) -> bool {
    let origin = compare.taint.as_ref().and_then(|taint| taint.origin);
    let read = origin.and_then(|index| function.calls.get(index));
    let size = compare.literal.len() as u64;
    read.is_some_and(|call| call.args.iter().skip(1).any(|value| *value == Value::Const(size)))
}

/// What the whole function tells.
struct Context<'a> {
    /// Its name says that it decides who comes in.
    named: bool,
    /// Text that it uses says so.
    said: Option<&'a str>,
    /// Some default account is among the fixed texts.
    defaults: bool,
    /// A call checks a password hash.
    hashes: bool,
}

impl<'a> Context<'a> {
    fn of(traced: &Traced<'_, 'a>, compares: &[Compare<'a>]) -> Self {
        let calls = &traced.function.calls;
        let texts = calls.iter().flat_map(|call| call.args.iter().take(5));
        let said = texts.filter_map(|value| traced.text(*value)).find(|text| {
            words::is_auth_text(text)
                && !compares.iter().any(|compare| compare.literal.as_ref() == *text)
        });
        Self {
            named: traced.function.name.is_some_and(words::is_auth_function),
            said,
            defaults: compares.windows(2).any(|two| {
                let [user, secret] = two else { return false };
                words::is_user(&user.literal)
                    && words::is_default(&secret.literal)
                    && user.other != secret.other
            }),
            hashes: calls.iter().any(|call| call.name == Some("crypt")),
        }
    }
}

/// The arguments that a call compares with each other, and that of the length.
fn compared(traced: &Traced<'_, '_>, call: &Call<'_>) -> Option<((usize, usize), Option<usize>)> {
    if let Some(Role::Compares(length)) = call.role {
        return Some(((0, 1), length));
    }
    let Value::Const(at) = call.target else { return None };
    let thumb = traced.code.image.thumb_bit();
    traced.program.summary(at & !thumb)?.compares.map(|at| (at, None))
}

fn compares<'a>(image: &Image<'a>, traced: &Traced<'_, 'a>) -> Vec<Compare<'a>> {
    let mut found = Vec::new();
    let calls = &traced.function.calls;
    for (index, call) in calls.iter().enumerate() {
        if found.len() >= COMPARES_MAX {
            image.file.miss(gaps::DATA);
            break;
        }
        if call.name == Some(INLINE) {
            found.extend(inline::inlined(image, traced, calls, index));
            continue;
        }
        let Some((at, length)) = compared(traced, call) else { continue };
        let callee = call.name.unwrap_or("a comparison of its own");
        let arg = |at: usize| call.args.get(at).copied().unwrap_or(Value::Unknown);
        let (first, second) = (arg(at.0), arg(at.1));
        let (literal, other, position) = match (image.text(first), image.text(second)) {
            (None, Some(literal)) => (literal, first, at.0),
            (Some(literal), None) => (literal, second, at.1),
            _ => continue,
        };
        let (literal_at, literal) = literal;
        // Comparing only a part tests for a prefix, which is how keywords are looked up.
        let count = length.and_then(|at| call.args.get(at)).and_then(|value| value.number());
        if count.is_some_and(|count| count < literal.len() as u64) {
            continue;
        }
        let taint = traced.arguments.get(&(index, position)).cloned();
        let (literal, literal_at) = (Cow::Borrowed(literal), Some(literal_at));
        found.push(Compare { index, at: call.at, callee, literal, literal_at, other, taint });
    }
    found
}

fn judge(
    compare: &Compare<'_>,
    siblings: usize,
    context: &Context<'_>,
    all: &[Compare<'_>],
    paired: Option<&Compare<'_>>,
) -> Option<Verdict> {
    let literal = compare.literal.as_ref();
    let verdict =
        |confidence, reason: &str| Some(Verdict { confidence, reason: reason.to_owned() });
    if words::is_published(literal) {
        return verdict(Confidence::High, "this credential is published as built into devices");
    }
    if header(literal) {
        return verdict(Confidence::High, "a whole Authorization header with user and password");
    }
    if hash(literal) && (context.hashes || context.named || context.said.is_some()) {
        return verdict(Confidence::High, "the hash of one fixed password");
    }
    let stored = compare.taint.as_ref().is_some_and(|taint| taint.source == Source::Stored);
    if stored || siblings > SIBLINGS_MAX || !words::looks_like_one(literal) {
        return None;
    }
    let outside = compare.taint.as_ref().map(|taint| taint.source);
    // A user name alone decides about a role, not about who comes in; a field's name even less.
    let user_alone = words::is_user(literal) && paired.is_none();
    // What a connection sends as "password" is the name of a method of logging in.
    let method =
        context.said.is_none() && matches!(outside, Some(Source::Network | Source::Terminal));
    let field =
        words::is_field(literal) && (method || paired.is_none() || !words::is_default(literal));
    if field {
        return None;
    }
    if let Some(taint) = &compare.taint
        && let Some(label) = taint.label.filter(|label| words::names_a_secret(label))
    {
        let direct = matches!(taint.source, Source::Request | Source::Environment);
        // A getter without a name may well read the device's own settings.
        if taint.source == Source::Field && context.said.is_none() && !context.named {
            return None;
        }
        let strong = direct || words::is_default(literal) || context.said.is_some();
        let confidence = if strong { Confidence::High } else { Confidence::Medium };
        let reason = format!("the other side is what was sent as \"{label}\"");
        return Some(Verdict { confidence, reason });
    }
    if let Some(partner) = paired {
        return judge_pair(compare, partner, context, outside);
    }
    if user_alone {
        return None;
    }
    // A lone parameter says little where the function looks for many texts.
    let few = siblings <= 2 && all.len() <= 6;
    judge_place(compare, context, outside, few)
}

/// A comparison for which only the place speaks: who typed the other side, and where.
fn judge_place(
    compare: &Compare<'_>,
    context: &Context<'_>,
    outside: Option<Source>,
    few: bool,
) -> Option<Verdict> {
    let literal = compare.literal.as_ref();
    let sure = words::is_default(literal) || shaped(literal);
    let verdict =
        |confidence, reason: &str| Some(Verdict { confidence, reason: reason.to_owned() });
    // A helper that was handed input may give back anything.
    let indirect = compare.taint.as_ref().is_some_and(|taint| taint.indirect);
    let typed = matches!(outside, Some(Source::Terminal | Source::Network)) && !indirect;
    if typed && (context.said.is_some() || context.named) {
        let reason = "the other side was typed in or received in a function that asks for a login";
        return verdict(if sure { Confidence::High } else { Confidence::Medium }, reason);
    }
    if context.named && matches!(outside, Some(Source::Param(_))) && few && sure {
        let reason = "the function's name says that it decides who comes in";
        return verdict(Confidence::Medium, reason);
    }
    None
}

fn judge_pair(
    compare: &Compare<'_>,
    partner: &Compare<'_>,
    context: &Context<'_>,
    outside: Option<Source>,
) -> Option<Verdict> {
    let direct = |source: Option<Source>| {
        matches!(
            source,
            Some(Source::Request | Source::Environment | Source::Network | Source::Terminal)
        )
    };
    let partner_source = partner.taint.as_ref().map(|taint| taint.source);
    let both = direct(outside) && direct(partner_source);
    let known = context.defaults
        || words::is_default(&compare.literal) && words::is_default(&partner.literal);
    let place = context.named || context.said.is_some();
    let confidence = match (both, known, place) {
        (true, true, _) | (true, _, true) | (_, true, true) => Confidence::High,
        (true, false, false) | (_, true, _) | (_, _, true) => Confidence::Medium,
        _ if shaped(&compare.literal) => Confidence::Low,
        _ => return None,
    };
    let reason = "a user name and a password are compared with fixed texts side by side".to_owned();
    Some(Verdict { confidence, reason })
}

/// The comparison of a user name that stands next to this comparison of another value.
fn pair<'c, 'a>(
    compare: &Compare<'a>,
    all: &'c [Compare<'a>],
    per_value: &BTreeMap<Value, usize>,
) -> Option<&'c Compare<'a>> {
    const CALLS_BETWEEN_MAX: usize = 10;
    // What is compared with a user name first is the user, whatever follows.
    let first = all.iter().find(|user| is_user(user)).map(|user| user.other);
    if first == Some(compare.other) {
        return None;
    }
    all.iter().rev().find(|user| {
        // The password's comparison follows; each pair is reported once, at the password.
        user.index < compare.index
            && compare.index - user.index <= CALLS_BETWEEN_MAX
            && is_user(user)
            && user.other != compare.other
            && from_outside(user)
            && from_outside(compare)
            && per_value.get(&user.other).is_none_or(|count| *count <= SIBLINGS_MAX)
    })
}

/// Whether a comparison asks who somebody is: by the name it looks for, or by the field's.
fn is_user(compare: &Compare<'_>) -> bool {
    let label = compare.taint.as_ref().and_then(|taint| taint.label);
    if label.is_some_and(words::names_a_secret) {
        return false;
    }
    words::is_user(&compare.literal)
        || label.is_some_and(words::names_a_user) && words::looks_like_one(&compare.literal)
}

/// Whether the other side may be input: known to be, or not known to be something else.
fn from_outside(compare: &Compare<'_>) -> bool {
    match (&compare.taint, compare.other) {
        (Some(taint), _) => taint.source != Source::Stored,
        (None, Value::Unknown | Value::Call(_) | Value::Import(_)) => false,
        (None, _) => true,
    }
}

/// A comparison of a password with that of its user, where there is one.
struct Pair<'c, 'a> {
    compare: &'c Compare<'a>,
    user: Option<&'c Compare<'a>>,
}

fn message(pair: &Pair<'_, '_>, function: &Function<'_>, verdict: &Verdict, shown: &str) -> String {
    let label = function.label();
    match pair.user.map(|user| user.literal.as_ref()) {
        // Nothing of a short password is shown, so it need not be.
        Some(user) if shown == "****" => {
            format!("{label} accepts the fixed user \"{user}\" with a fixed password")
        }
        Some(user) => {
            format!("{label} accepts the fixed user \"{user}\" with the fixed password \"{shown}\"")
        }
        None => format!(
            "{label} compares input with the text \"{shown}\" written into the program: {}",
            verdict.reason
        ),
    }
}

fn key(pair: &Pair<'_, '_>, function: &Function<'_>) -> String {
    let compare = pair.compare;
    let named = compare.taint.as_ref().and_then(|taint| taint.label);
    match (function.name, pair.user) {
        (name, Some(user)) => {
            format!("{} {} user {}", name.unwrap_or(""), compare.callee, user.literal)
        }
        (Some(name), None) => format!("{name} {}", compare.callee),
        (None, None) => format!("{} {}", compare.callee, named.unwrap_or("literal")),
    }
}

fn report(
    image: &Image<'_>,
    function: &Function<'_>,
    pair: &Pair<'_, '_>,
    verdict: &Verdict,
    at: &Location,
    facts: &FileFacts<'_>,
) -> Finding {
    let compare = pair.compare;
    let place = |address: u64| Location {
        offset: image.file.offset_of(address),
        symbol: Some(function.label()),
        ..at.clone()
    };
    let shown = mask::secret(&compare.literal);
    let severity = match (Exposure::of(image.file, facts), verdict.confidence) {
        (_, Confidence::Low) => Severity::Medium,
        (Exposure::Network, _) => Severity::Critical,
        _ if words::is_published(&compare.literal) => Severity::Critical,
        (_, Confidence::High) => Severity::Critical,
        _ => Severity::High,
    };
    let message = message(pair, function, verdict, &shown);
    let key = key(pair, function);
    let snippet = format!("{}(…, \"{shown}\") at {:#x}", compare.callee, compare.at);
    let mut finding =
        Finding::new(CHECK, severity, verdict.confidence, place(compare.at), key.trim(), message)
            .with_snippet(&snippet);
    if let Some(literal_at) = compare.literal_at {
        finding = finding.with_evidence(place(literal_at), &format!("the text \"{shown}\""));
    }
    if let Some(user) = pair.user {
        let text = format!("{}(…, \"{}\") at {:#x}", user.callee, user.literal, user.at);
        finding = finding.with_evidence(place(user.at), &text);
    }
    if let Some(taint) = &compare.taint {
        for index in taint.origin.iter().chain(&taint.steps).take(6) {
            if let Some(call) = function.calls.get(*index) {
                finding = finding.with_evidence(place(call.at), &line(image, call));
            }
        }
    }
    finding
}

/// A call as one line: its name and the texts that it is given.
pub(crate) fn line(image: &Image<'_>, call: &crate::flow::Call<'_>) -> String {
    let texts: Vec<String> = call
        .args
        .iter()
        .take(4)
        .filter_map(|value| image.text(*value))
        .map(|(_, text)| format!("\"{text}\""))
        .collect();
    let name = call.name.map_or_else(
        || call.target.number().map_or("call".to_owned(), |at| format!("fn_{at:#x}")),
        str::to_owned,
    );
    format!("{name}({}) at {:#x}", texts.join(", "), call.at)
}
