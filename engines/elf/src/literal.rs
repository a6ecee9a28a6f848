//! `credential-elf-literal`: input compared with a password that is written into the program.

use crate::facts::{Exposure, FileFacts};
use crate::flow::{Call, Function, INLINE, Image, Value, distance};
use crate::model::{Role, Source};
use crate::program::Program;
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
            || matches!(call.role, Some(Role::Compares(_)))
                && call.args.iter().take(2).any(|value| {
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
    for compare in &compares {
        let siblings = per_value.get(&compare.other).copied().unwrap_or(0);
        if let Some(verdict) = judge(compare, siblings, &context, &compares, &per_value) {
            let finding = report(image, function, compare, &verdict, at, facts);
            found.push((compare.literal_at.unwrap_or(compare.at), finding));
        }
    }
}

/// What the whole function tells.
struct Context<'a> {
    /// Its name says that it decides who comes in.
    named: bool,
    /// Text that it uses says so.
    said: Option<&'a str>,
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
            hashes: calls.iter().any(|call| call.name == Some("crypt")),
        }
    }
}

fn compares<'a>(image: &Image<'a>, traced: &Traced<'_, 'a>) -> Vec<Compare<'a>> {
    let mut found = Vec::new();
    let calls = &traced.function.calls;
    for (index, call) in calls.iter().enumerate() {
        if found.len() >= COMPARES_MAX {
            break;
        }
        let Some(callee) = call.name else { continue };
        if callee == INLINE {
            found.extend(inlined(image, traced, calls, index));
            continue;
        }
        let Some(Role::Compares(length)) = call.role else { continue };
        let [first, second, ..] = call.args;
        let (literal, other, position) = match (image.text(first), image.text(second)) {
            (None, Some(literal)) => (literal, first, 0),
            (Some(literal), None) => (literal, second, 1),
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

/// Puts a text together that the compiler compares four bytes at a time.
fn inlined<'a>(
    image: &Image<'_>,
    traced: &Traced<'_, 'a>,
    calls: &[Call<'a>],
    index: usize,
) -> Option<Compare<'a>> {
    const PIECES_MAX: usize = 8;
    let call = calls.get(index)?;
    let [buffer, Value::Const(first), ..] = call.args else { return None };
    let big = image.file.endian() == duecare_base::Endian::Big;
    let bytes = |number: u64| {
        let number = number as u32;
        // Short ones stand in the low half.
        if big && number <= 0xff {
            vec![number as u8]
        } else if big && number <= 0xffff {
            (number as u16).to_be_bytes().to_vec()
        } else if big {
            number.to_be_bytes().to_vec()
        } else {
            number.to_le_bytes().to_vec()
        }
    };
    // Only the first piece begins a text.
    let continues = calls.iter().take(index).rev().take(PIECES_MAX).any(|before| {
        before.name == Some(INLINE)
            && before.args.first().and_then(|at| distance(*at, buffer)) == Some(4)
    });
    if continues {
        return None;
    }
    let mut text = bytes(first);
    let mut apart = false;
    for next in calls.iter().skip(index + 1).take(PIECES_MAX) {
        apart |= next.name != Some(INLINE);
        let [at, Value::Const(number), ..] = next.args else { continue };
        if next.name == Some(INLINE)
            && distance(buffer, at) == Some(text.len() as u64)
            && text.last() != Some(&0)
        {
            let mut longer = text.clone();
            longer.extend(bytes(number));
            // A piece behind other code may belong to another text with the same buffer.
            if !apart || words::is_default(&until_nul(&longer)) {
                text = longer;
            }
        }
    }
    let literal = Cow::Owned(until_nul(&text));
    let taint = traced.arguments.get(&(index, 0)).cloned();
    Some(Compare {
        index,
        at: call.at,
        callee: INLINE,
        literal,
        literal_at: None,
        other: buffer,
        taint,
    })
}

fn until_nul(bytes: &[u8]) -> String {
    let text = bytes.split(|b| *b == 0).next().unwrap_or_default();
    String::from_utf8_lossy(text).into_owned()
}

/// A ready-made HTTP Basic header.
fn header(text: &str) -> bool {
    text.strip_prefix("Basic ").is_some_and(|code| {
        code.len() >= 8 && code.bytes().all(|b| b.is_ascii_alphanumeric() || b"+/=".contains(&b))
    })
}

/// A `crypt` hash as glibc, musl and uClibc write it.
fn hash(text: &str) -> bool {
    let modular = ["$1$", "$2a$", "$2b$", "$2y$", "$5$", "$6$", "$y$"]
        .iter()
        .any(|prefix| text.starts_with(prefix));
    modular && text.len() >= 20 && !text.contains(['%', ' '])
}

fn judge(
    compare: &Compare<'_>,
    siblings: usize,
    context: &Context<'_>,
    all: &[Compare<'_>],
    per_value: &BTreeMap<Value, usize>,
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
    let paired = pair(compare, all, per_value);
    // A user name alone decides about a role, not about who comes in; a field's name even less.
    let user_alone = words::is_user(literal) && paired.is_none();
    let field = words::is_field(literal) && !(paired.is_some() && words::is_default(literal));
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
    let outside = compare.taint.as_ref().map(|taint| taint.source);
    if let Some(partner) = paired {
        return judge_pair(compare, partner, context, outside);
    }
    if user_alone {
        return None;
    }
    let typed = matches!(outside, Some(Source::Terminal | Source::Network));
    if typed && (context.said.is_some() || context.named) {
        let reason = "the other side was typed in or received in a function that asks for a login";
        let sure = words::is_default(literal) || shaped(literal);
        return verdict(if sure { Confidence::High } else { Confidence::Medium }, reason);
    }
    if context.named
        && matches!(outside, Some(Source::Param(_)))
        && siblings <= 2
        && all.len() <= 6
        && (shaped(literal) || words::is_default(literal))
    {
        return verdict(
            Confidence::Medium,
            "the function's name says that it decides who comes in",
        );
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
    let known = words::is_default(&compare.literal) && words::is_default(&partner.literal);
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
    const CALLS_BETWEEN_MAX: usize = 6;
    all.iter().find(|user| {
        // The password's comparison follows; each pair is reported once, at the password.
        user.index < compare.index
            && compare.index - user.index <= CALLS_BETWEEN_MAX
            && words::is_user(&user.literal)
            && user.other != compare.other
            && from_outside(user)
            && from_outside(compare)
            && per_value.get(&user.other).is_none_or(|count| *count <= SIBLINGS_MAX)
    })
}

/// Whether the other side may be input: known to be, or not known to be something else.
fn from_outside(compare: &Compare<'_>) -> bool {
    match (&compare.taint, compare.other) {
        (Some(taint), _) => taint.source != Source::Stored,
        (None, Value::Unknown | Value::Call(_) | Value::Import(_)) => false,
        (None, _) => true,
    }
}

/// Whether text is mixed as passwords are and keywords are not.
fn shaped(text: &str) -> bool {
    let digits = text.chars().any(|c| c.is_ascii_digit());
    let letters = text.chars().any(|c| c.is_ascii_alphabetic());
    // All capitals is how constants are spelled.
    if letters && !text.chars().any(|c| c.is_ascii_lowercase()) && text.contains('_') {
        return false;
    }
    let marks = text.chars().any(|c| !c.is_ascii_alphanumeric() && !matches!(c, '_' | '-' | '.'));
    let inner_capitals = text.chars().skip(1).any(|c| c.is_ascii_uppercase())
        && text.chars().any(|c| c.is_ascii_lowercase());
    let mixed = letters && (digits || marks) || inner_capitals && digits;
    let number = digits && !letters;
    mixed && text.len() >= 5 || number && text.len() >= 4
}

fn report(
    image: &Image<'_>,
    function: &Function<'_>,
    compare: &Compare<'_>,
    verdict: &Verdict,
    at: &Location,
    facts: &FileFacts<'_>,
) -> Finding {
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
    let message = format!(
        "{} compares input with the text \"{shown}\" written into the program: {}",
        function.label(),
        verdict.reason
    );
    let key = match function.name {
        Some(name) => format!("{name} {}", compare.callee),
        None => format!(
            "{} {}",
            compare.callee,
            compare.taint.as_ref().and_then(|t| t.label).unwrap_or("literal")
        ),
    };
    let snippet = format!("{}(…, \"{shown}\") at {:#x}", compare.callee, compare.at);
    let mut finding =
        Finding::new(CHECK, severity, verdict.confidence, place(compare.at), key, message)
            .with_snippet(&snippet);
    if let Some(literal_at) = compare.literal_at {
        finding = finding.with_evidence(place(literal_at), &format!("the text \"{shown}\""));
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
