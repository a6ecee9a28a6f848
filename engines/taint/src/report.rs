//! From input that reached a sink to a finding with its proof.

use crate::engine::Hit;
use crate::engine::value::SourceKind;
use crate::language::Language;
use crate::words::What;
use duecare_base::{CheckId, Confidence, Finding, Location, Severity};

/// The lines of a file, for the proof.
pub(crate) struct Lines<'a> {
    lines: Vec<&'a [u8]>,
}

impl<'a> Lines<'a> {
    /// The lines of these bytes.
    pub(crate) fn new(bytes: &'a [u8]) -> Self {
        Self { lines: bytes.split(|b| *b == b'\n').collect() }
    }

    /// A line by its number from 1.
    pub(crate) fn get(&self, number: u32) -> String {
        let index = usize::try_from(number).unwrap_or(0).checked_sub(1);
        let line = index.and_then(|index| self.lines.get(index)).copied().unwrap_or_default();
        // Only the beginning is shown; a minified line may be long.
        String::from_utf8_lossy(line.get(..1000).unwrap_or(line)).into_owned()
    }
}

/// The place of one line in the file that is checked.
pub(crate) fn place(at: &Location, line: u32) -> Location {
    Location { line: Some(line), offset: None, ..at.clone() }
}

/// Whether a path is that of a test, an example or documentation.
pub(crate) fn is_example(path: &str) -> bool {
    let path = path.to_ascii_lowercase();
    let folders = path.rsplit_once('/').map_or("", |(folders, _)| folders);
    folders.split('/').any(|part| {
        matches!(
            part,
            "test"
                | "tests"
                | "testing"
                | "example"
                | "examples"
                | "doc"
                | "docs"
                | "samples"
                | "fixtures"
                | "testdata"
        )
    })
}

/// The check that a hit belongs to; none where the language has no such check.
fn check_id(language: Language, what: What) -> CheckId {
    let id = match (what, language) {
        (What::Argument, _) => "injection-shell-argument",
        (What::Copy, _) => "memory-source-unbounded-copy",
        (What::Include, Language::Php) => "injection-php-include",
        (What::Include, Language::Lua) => "injection-lua-code",
        (What::Include, Language::Perl) => "injection-perl-code",
        (What::Load, Language::Php) => "injection-php-deserialization",
        (What::Load, _) => "injection-python-deserialization",
        (What::Code, Language::Php) => "injection-php-code",
        (What::Code, Language::Lua) => "injection-lua-code",
        (What::Code, Language::Python) => "injection-python-code",
        (What::Code, Language::Perl) => "injection-perl-code",
        (What::Code, Language::JavaScript) => "injection-javascript-code",
        (_, Language::Shell) => "injection-shell-command",
        (_, Language::Php) => "injection-php-command",
        (_, Language::Lua) => "injection-lua-command",
        (_, Language::Python) => "injection-python-command",
        (_, Language::Perl) => "injection-perl-command",
        (_, Language::JavaScript) => "injection-javascript-command",
        (_, Language::C) => "injection-c-command",
    };
    CheckId::new(id)
}

/// How bad and how sure.
fn rate(hit: &Hit, example: bool) -> (Severity, Confidence) {
    let (mut severity, mut sure) = match hit.input.origin.kind {
        SourceKind::Request => (Severity::Critical, 2_u8),
        SourceKind::Socket => (Severity::Critical, 1),
        SourceKind::Stdin => (Severity::Medium, 1),
        SourceKind::Setting => (Severity::Medium, 0),
        SourceKind::Argument => (Severity::Low, 0),
    };
    match hit.what {
        What::Include | What::Copy | What::Load => severity = severity.min(Severity::High),
        What::Argument => {
            severity = severity.min(Severity::Medium);
            sure = sure.min(1);
        }
        What::Shell | What::Code => {}
    }
    if hit.quoting == 2 {
        sure = sure.saturating_sub(1);
    }
    if hit.input.doubt > 0 {
        sure = sure.saturating_sub(hit.input.doubt);
        severity = severity.min(Severity::High);
    }
    if hit.input.checked {
        sure = 0;
        severity = severity.min(Severity::Medium);
    }
    if example {
        return (Severity::Low, Confidence::Low);
    }
    let confidence = match sure {
        0 => Confidence::Low,
        1 => Confidence::Medium,
        _ => Confidence::High,
    };
    (severity, confidence)
}

/// What happens, for people.
fn message(hit: &Hit) -> String {
    let from = &hit.input.origin.label;
    let sink = &hit.sink;
    let text = match hit.what {
        What::Shell => format!("input from {from} reaches a shell through {sink}"),
        What::Code => format!("input from {from} is run as code by {sink}"),
        What::Include => format!("input from {from} names the file that {sink} runs"),
        What::Load => format!("input from {from} is made into objects by {sink}"),
        What::Argument => {
            format!("input from {from} is an unquoted argument of {sink} and may be an option")
        }
        What::Copy => {
            format!("input from {from} is copied into an array without a bound by {sink}")
        }
    };
    if hit.input.checked { format!("{text} after a check that may not be enough") } else { text }
}

/// Words of a command without those that may be a secret, which must not get into a key: it is
/// kept and compared over years, and can't be masked later.
fn plain(text: &str) -> String {
    const OPTIONS: [&str; 7] = ["-p", "-u", "-P", "-U", "--user", "--password", "--passphrase"];
    let mut behind = false;
    let mut out: Vec<&str> = Vec::new();
    for word in text.split(' ') {
        let bare = word.trim_matches(['"', '\'']);
        let fixed = !bare.is_empty() && !bare.contains('…');
        out.push(if fixed && (behind || may_be_secret(bare)) { "****" } else { word });
        behind = OPTIONS.contains(&bare) || behind && bare.is_empty();
    }
    out.join(" ")
}

/// Whether a word of a command holds an assignment or address with a secret, or looks like one.
fn may_be_secret(word: &str) -> bool {
    let lower = word.to_ascii_lowercase();
    let named = ["pass", "pwd", "secret", "token", "key", "auth"].iter().any(|n| lower.contains(n));
    let value = word.contains(['=', ':', '@']);
    let joined = ["-p", "-u"].iter().any(|o| word.strip_prefix(o).is_some_and(|v| v.len() > 2));
    let any = |test: fn(&u8) -> bool| word.as_bytes().iter().any(test);
    let (digit, capital) = (any(u8::is_ascii_digit), any(u8::is_ascii_uppercase));
    let (small, odd) = (any(u8::is_ascii_lowercase), word.contains(['!', '#', '%', '^', '~']));
    let mixed = !word.starts_with(['/', '-', '$']) && word.len() >= 6;
    named && value
        || joined
        || mixed
            && (digit && (small || capital) && !word.contains(['.', '/', '(', '[']) || odd && small)
}

/// The finding of a hit.
pub(crate) fn finding(hit: &Hit, language: Language, at: &Location, lines: &Lines<'_>) -> Finding {
    let (severity, confidence) = rate(hit, is_example(&at.path));
    let function = if hit.function.is_empty() { "top" } else { &hit.function };
    // The source tells apart two ways into the same command.
    let (command, source) = (plain(&hit.skeleton), plain(&hit.input.origin.label));
    let key = format!("{function} {} {command} from {source}", hit.sink);
    let check = check_id(language, hit.what);
    let mut finding = Finding::new(
        check,
        severity,
        confidence,
        place(at, hit.line),
        key.trim_end(),
        message(hit),
    )
    .with_snippet(&lines.get(hit.line));
    let mut seen = vec![hit.line];
    let mut steps = Vec::new();
    steps.extend(hit.inner_line);
    let mut step = hit.input.steps.as_ref();
    while let Some(one) = step {
        steps.push(one.line);
        step = one.before.as_ref();
    }
    steps.push(hit.input.origin.line);
    for line in steps {
        if line > 0 && !seen.contains(&line) {
            seen.push(line);
            finding = finding.with_evidence(place(at, line), &lines.get(line));
        }
    }
    finding
}
