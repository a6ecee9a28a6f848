//! A typed or received value compared with a password that is written into the source.

use super::magic::BACKDOOR;
use super::walk;
use crate::ir::{Call, Expr, Function, Kind};
use crate::report::{Lines, is_example, place};
use duecare_base::{CheckId, Confidence, Finding, Location, Severity, mask};
use std::collections::BTreeMap;

const LITERAL: CheckId = CheckId::new("credential-source-literal");

/// Words in the name of a variable that holds a password.
const SECRETS: &[&str] = &["passw", "passwd", "pwd", "pass", "secret", "passphrase"];
/// Texts that a password is compared with, but that are none.
const WORDS: &[&str] = &[
    "", "on", "off", "yes", "no", "none", "null", "true", "false", "0", "1", "password", "passwd",
    "pass", "pwd", "username", "user", "disabled", "enabled", "(null)", "nopass", "*", "x", "!",
    "********", "login", "required", "optional", "default",
];
/// Headers whose comparison with a fixed text opens a door.
const HEADERS: &[&str] = &["user_agent", "useragent", "user-agent"];
/// Words that stand in the names of real browsers and clients.
const CLIENTS: &[&str] = &[
    "mozilla",
    "msie",
    "chrome",
    "safari",
    "opera",
    "android",
    "iphone",
    "curl",
    "wget",
    "windows",
    "bot",
    "linux",
    "webkit",
    "gecko",
    "trident",
    "edge",
    "dlna",
    "upnp",
    "player",
    "playstation",
    "xbox",
    "mobile",
    "ipad",
    "darwin",
    "firefox",
    "samsung",
    "konqueror",
];
/// Functions that compare two texts.
const COMPARES: &[&str] =
    &["strcmp", "strncmp", "strcasecmp", "strncasecmp", "memcmp", "stricmp", "wcscmp", "strstr"];

/// Credentials in one function.
pub(super) fn check(function: &Function, at: &Location, lines: &Lines<'_>, out: &mut Vec<Finding>) {
    let mut seen: Vec<(u32, String, String, bool)> = Vec::new();
    let headers = headers(function);
    walk::calls(&function.body, &mut |expr, call| {
        if let Some((value, literal)) = compared(call) {
            let value = headers.get(&value).cloned().unwrap_or(value);
            seen.push((expr.line, value, literal, call.name == "strstr"));
        }
    });
    for (line, value, literal, part) in &seen {
        let name = last(value);
        if is_header(&name) {
            backdoor(function, *line, literal, at, lines, out);
            continue;
        }
        if *part || !is_secret(&name) || is_word(literal) {
            continue;
        }
        // A value compared with many texts is a setting, not a password.
        let same = seen.iter().filter(|(_, other, ..)| other == value).count();
        if same > 3 {
            continue;
        }
        let user = seen
            .iter()
            .find(|(other, name, ..)| line.abs_diff(*other) <= 3 && is_user(&last(name)));
        let confidence = if user.is_some() { Confidence::High } else { Confidence::Medium };
        let shown =
            user.map_or_else(String::new, |(_, _, user, _)| format!(" for the user {user}"));
        let message =
            format!("{name} is compared with the fixed password {}{shown}", mask::secret(literal));
        let severity = if is_example(&at.path) { Severity::Low } else { Severity::Critical };
        let confidence = if is_example(&at.path) { Confidence::Low } else { confidence };
        let key = format!(
            "{} {name}{}",
            function.name,
            user.map_or_else(String::new, |u| format!(" {}", u.2))
        );
        let snippet = hidden(&lines.get(*line), literal);
        let mut finding =
            Finding::new(LITERAL, severity, confidence, place(at, *line), key, message)
                .with_snippet(&snippet);
        if let Some((other, ..)) = user
            && other != line
        {
            finding =
                finding.with_evidence(place(at, *other), &hidden(&lines.get(*other), literal));
        }
        out.push(finding);
    }
}

fn backdoor(
    function: &Function,
    line: u32,
    literal: &str,
    at: &Location,
    lines: &Lines<'_>,
    out: &mut Vec<Finding>,
) {
    let lower = literal.to_ascii_lowercase();
    if literal.len() < 6 || CLIENTS.iter().any(|client| lower.contains(client)) {
        return;
    }
    let gate = ["auth", "login", "check", "access", "allow", "perm", "verify"];
    let name = function.name.to_ascii_lowercase();
    let sure = gate.iter().any(|word| name.contains(word));
    let (severity, confidence) = match (is_example(&at.path), sure) {
        (true, _) => (Severity::Low, Confidence::Low),
        (_, true) => (Severity::Critical, Confidence::High),
        (_, false) => (Severity::High, Confidence::Medium),
    };
    let message =
        format!("the client's name is compared with the fixed text {}", mask::secret(literal));
    let key = format!("{} user-agent", function.name);
    let snippet = hidden(&lines.get(line), literal);
    let finding = Finding::new(BACKDOOR, severity, confidence, place(at, line), key, message);
    out.push(finding.with_snippet(&snippet));
}

/// A line with the secret masked where it stands in quotes: a short secret may also be part of
/// a name, which must stay readable.
fn hidden(line: &str, secret: &str) -> String {
    line.replace(&format!("\"{secret}\""), &format!("\"{}\"", mask::secret(secret)))
}

/// The name and the literal of a comparison.
fn compared(call: &Call) -> Option<(String, String)> {
    if !COMPARES.contains(&call.name.as_str()) {
        return None;
    }
    let [left, right, ..] = call.args.as_slice() else { return None };
    [(left, right), (right, left)]
        .into_iter()
        .find_map(|(value, literal)| Some((name_of(value)?, literal.as_text()?.to_owned())))
}

/// Variables that hold a header, and the header: `ua = getenv("HTTP_USER_AGENT")`.
fn headers(function: &Function) -> BTreeMap<String, String> {
    let mut found = BTreeMap::new();
    walk::values(&function.body, &mut |expr| {
        if let Kind::Assign { target, value, append: false } = &expr.kind
            && let (Some(name), Kind::Call(_)) = (target.as_name(), &value.kind)
            && let Some(header) = name_of(value)
            && is_header(&last(&header))
        {
            found.insert(name.to_owned(), header);
        }
    });
    found
}

fn is_header(name: &str) -> bool {
    HEADERS.iter().any(|header| name.contains(header))
}

/// The name of a value, or the field that a getter asks for.
fn name_of(expr: &Expr) -> Option<String> {
    match &expr.kind {
        Kind::Name(name) => Some(name.clone()),
        Kind::Index(base, _) => name_of(base),
        Kind::Call(call) => {
            // What is stored in the device is not typed by anybody.
            let stored = call.name.contains("nvram") || call.name.contains("config");
            let key = call.args.iter().find_map(Expr::as_text)?;
            (!stored).then(|| key.to_owned())
        }
        _ => None,
    }
}

fn last(name: &str) -> String {
    name.rsplit('.').next().unwrap_or(name).to_ascii_lowercase()
}

fn is_secret(name: &str) -> bool {
    const OTHER: [&str; 9] =
        ["mode", "type", "len", "enable", "flag", "file", "path", "state", "method"];
    if OTHER.iter().any(|word| name.contains(word)) {
        return false;
    }
    // Whole words: a `bypass` or a `passive` is none.
    let parts = name.split(|c: char| !c.is_ascii_alphabetic());
    let plain = parts.into_iter().any(|part| SECRETS.contains(&part));
    plain
        || ["passw", "passwd"].iter().any(|word| name.contains(word))
        || name.ends_with("pass") && !name.ends_with("bypass")
}

fn is_user(name: &str) -> bool {
    ["user", "login", "name", "account", "usr"].iter().any(|word| name.contains(word))
}

fn is_word(literal: &str) -> bool {
    let lower = literal.to_ascii_lowercase();
    WORDS.contains(&lower.as_str())
        || literal.contains(['%', ' '])
        || literal.starts_with(['/', '-', '$', '<'])
}
