//! How findings of analysers are made: the same shape, whoever says it.

use crate::source::Source;
use duecare_base::{CheckId, Confidence, Finding, Location, Severity, mask};
use std::collections::BTreeMap;
use std::path::Path;

/// One message of an analyser.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Message {
    /// Its rule.
    pub(crate) rule: String,
    /// How bad.
    pub(crate) severity: Severity,
    /// How sure.
    pub(crate) confidence: Confidence,
    /// File, as the analyser names it.
    pub(crate) path: String,
    /// Line, from 1.
    pub(crate) line: Option<u32>,
    /// What it says.
    pub(crate) text: String,
}

/// The path from the drop's root, beginning with `/`, of a path as a tool wrote it; `None` when it
/// lies elsewhere (a system header).
pub(crate) fn path_in(root: &Path, path: &str) -> Option<String> {
    let inside = match Path::new(path).strip_prefix(root) {
        Ok(rest) => rest.to_str()?.to_owned(),
        Err(_) if path.starts_with('/') => return None,
        Err(_) => path.to_owned(),
    };
    let mut parts: Vec<&str> = Vec::new();
    for part in inside.split('/') {
        match part {
            "" | "." => {}
            ".." => {
                parts.pop()?;
            }
            part => parts.push(part),
        }
    }
    Some(format!("/{}", parts.join("/")))
}

/// Findings from messages: sorted, once each, with the line that they speak of.
pub(crate) fn findings(tool: &str, source: &Source, messages: Vec<Message>) -> Vec<Finding> {
    let mut sorted: BTreeMap<(String, Option<u32>, String, String), Message> = BTreeMap::new();
    for mut message in messages {
        let Some(path) = path_in(&source.root, &message.path) else { continue };
        message.path.clone_from(&path);
        let order = (path, message.line, message.rule.clone(), message.text.clone());
        sorted.entry(order).or_insert(message);
    }
    let mut open: (String, Vec<String>) = (String::new(), Vec::new());
    let mut found = Vec::new();
    for message in sorted.into_values() {
        if open.0 != message.path {
            let lines = source.text(&message.path).lines().map(str::to_owned).collect();
            open = (message.path.clone(), lines);
        }
        let line = message.line.and_then(|line| open.1.get((line as usize).checked_sub(1)?));
        found.push(finding(tool, &message, line.map_or("", String::as_str).trim()));
    }
    found
}

fn finding(tool: &str, message: &Message, line: &str) -> Finding {
    let location = Location { line: message.line, ..Location::file("source", &message.path) };
    let shown = masked(line);
    let text = if speaks_of_secrets(line) || speaks_of_secrets(&message.text) {
        mask_quoted(&message.text)
    } else {
        message.text.clone()
    };
    let text = duecare_base::text::one_line(&text, duecare_base::text::SNIPPET_CHARS_MAX);
    let key = identity(if shown.is_empty() { &text } else { &shown });
    let check = CheckId::from_outside(&format!("{tool}/{}", message.rule));
    let made = Finding::new(check, message.severity, message.confidence, location, key, text);
    if shown.is_empty() { made } else { made.with_snippet(&shown) }
}

/// What tells a message from others of its rule in its file: the code it is about, white space and
/// digits aside.
fn identity(text: &str) -> String {
    let words: Vec<&str> = text.split_whitespace().collect();
    words.join(" ").chars().filter(|character| !character.is_ascii_digit()).collect()
}

/// Words that stand near a secret.
const SECRET_WORDS: [&str; 8] =
    ["password", "passwd", "pwd", "secret", "token", "passphrase", "apikey", "api_key"];

fn speaks_of_secrets(text: &str) -> bool {
    let lower = text.to_ascii_lowercase();
    SECRET_WORDS.iter().any(|word| lower.contains(word))
}

/// A line of source with its literals masked where it seems to hold a secret.
pub(crate) fn masked(line: &str) -> String {
    if speaks_of_secrets(line) { mask_quoted(line) } else { line.to_owned() }
}

/// Functions whose first argument is a name, a path or a command, and words before the name of a
/// function or variable: what they quote has to stay readable.
const READABLE_AFTER: [&str; 22] = [
    "getenv(",
    "system(",
    "popen(",
    "fopen(",
    "open(",
    "access(",
    "unlink(",
    "printf(",
    "puts(",
    "nvram_get(",
    "websGetVar(",
    "nvram_safe_get(",
    "execl(",
    "include ",
    "calling ",
    "function ",
    "call to ",
    "variable ",
    "parameter ",
    "argument ",
    "macro ",
    "header ",
];

/// Whether a quoted text is a name or path by what it says or stands behind.
fn is_readable(before: &str, literal: &str) -> bool {
    let bare = |c: char| c.is_ascii_alphanumeric() || "_./-:+ %".contains(c);
    let before = before.replace("( ", "(").replace(" (", "(");
    let named = READABLE_AFTER.iter().any(|word| before.ends_with(word));
    named && literal.chars().all(bare) && !speaks_of_assignment(literal)
}

/// Whether a command or format holds a secret itself, such as `PASSWORD=… run`.
fn speaks_of_assignment(literal: &str) -> bool {
    literal.contains(' ') && speaks_of_secrets(literal) || literal.contains(" -p")
}

/// A text with everything between quotation marks masked that may be a secret.
fn mask_quoted(text: &str) -> String {
    let mut out = String::new();
    let mut rest = text;
    while let Some(at) = rest.find(['"', '\'']) {
        let (before, from) = rest.split_at(at);
        out.push_str(before);
        let quote = if from.starts_with('"') { '"' } else { '\'' };
        let inside = from.get(1..).unwrap_or_default();
        let Some(end) = inside.find(quote) else {
            // Cut off before its end: nothing of it is shown.
            out.push(quote);
            out.push_str(&mask::secret(""));
            return out;
        };
        let (literal, after) = inside.split_at(end);
        let readable = is_readable(&out, literal);
        out.push(quote);
        if readable {
            out.push_str(literal);
        } else if !literal.is_empty() {
            out.push_str(&mask::secret(literal));
        }
        out.push(quote);
        rest = after.get(1..).unwrap_or_default();
    }
    out.push_str(rest);
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_those_of_the_drop() {
        let check = |path: &str, expected: Option<&str>| {
            assert_eq!(path_in(Path::new("/tmp/drop"), path).as_deref(), expected, "{path}");
        };
        check("./src/a.c", Some("/src/a.c"));
        check("/tmp/drop/src/../a.c", Some("/a.c"));
        check("/usr/include/stdio.h", None);
        check("../../etc/passwd", None);
    }

    #[test]
    fn secrets_in_quoted_lines_are_masked() {
        assert_eq!(masked("password = \"hunter22\";"), "password = \"hu****\";");
        assert_eq!(masked("strcpy(a, \"b\");"), "strcpy(a, \"b\");");
        let line = "if (!strcmp(getenv(\"HTTP_X_TOKEN\"), \"R0otMe99\")) system(\"/bin/sh\");";
        assert_eq!(masked(line), line.replace("R0otMe99", "R0****"));
        let message = "token: calling 'system' uses a command processor";
        assert_eq!(masked(message), message);
        assert_eq!(
            masked("Possible hardcoded password: 'system'"),
            "Possible hardcoded password: 'sy****'"
        );
        assert!(!masked("system(\"mysql -u root -pZq81ttRw # password\");").contains("Zq81"));
    }
}
