//! Input that reaches a shell, in scripts and in C source (CWE-78 and its kin).
//!
//! [`check`] decides a file's language by its name or first line, asks with a cheap search whether
//! it names both a source and a sink, and only then parses it. Syntax trees of seven languages are
//! brought into one small form, through which one engine follows input in the order of the program:
//! assignments, joins, formats, lists, functions of the same file, tests that guard a way. For C a
//! few rules about credentials, TLS and sockets are added. Left out on purpose: flow between files,
//! types, objects, and anything that runs in a browser.

mod engine;
mod ir;
mod language;
mod lower;
mod report;
mod rules;
mod syntax;
mod template;
mod words;

use duecare_base::{Finding, Location};
use language::{Language, contains};
use report::Lines;

/// Largest file that is read, in bytes: scripts and sources are smaller, generated bundles aren't.
const FILE_BYTES_MAX: usize = 1 << 20;
/// Mean length of a line, in bytes, above which JavaScript was made for browsers by a machine.
const MINIFIED_LINE_BYTES: usize = 400;

/// Every rule over one file of an image or a source drop.
#[must_use]
pub fn check(path: &str, bytes: &[u8], at: &Location) -> Vec<Finding> {
    if bytes.is_empty() || bytes.len() > FILE_BYTES_MAX {
        return Vec::new();
    }
    let Some(language) = Language::of(path, bytes) else { return Vec::new() };
    if !language.may_matter(bytes) || (language == Language::JavaScript && is_minified(bytes)) {
        return Vec::new();
    }
    let code = template::code(language, bytes);
    let Some(program) = lower::lower(language, &code) else { return Vec::new() };
    let lines = Lines::new(bytes);
    let hits = engine::run(&program, language, is_cgi(bytes));
    let mut findings: Vec<Finding> =
        hits.iter().map(|hit| report::finding(hit, language, at, &lines)).collect();
    if language == Language::C {
        findings.extend(rules::check(&program, at, &lines));
    }
    findings.sort_by(|a, b| (&a.location, &a.check, &a.key).cmp(&(&b.location, &b.check, &b.key)));
    findings
}

/// Why a file that may hold such flaws was not read; `None` when it was, or holds nothing to read.
#[must_use]
pub fn not_read(path: &str, bytes: &[u8]) -> Option<String> {
    let large = bytes.len() > FILE_BYTES_MAX;
    let language = Language::of(path, bytes).filter(|_| large)?;
    let browser = language == Language::JavaScript && is_minified(bytes);
    (language.may_matter(bytes) && !browser)
        .then(|| format!("{path} was not searched for injections: it is larger than 1 MiB"))
}

/// Whether the rules follow input through such a file: its language is one of theirs and it is not
/// too large.
#[must_use]
pub fn reads(path: &str, bytes: &[u8]) -> bool {
    bytes.len() <= FILE_BYTES_MAX && Language::of(path, bytes).is_some()
}

/// Whether a web server runs the file for each request (RFC 3875 names its variables so).
fn is_cgi(bytes: &[u8]) -> bool {
    const MARKS: [&[u8]; 5] =
        [b"QUERY_STRING", b"REQUEST_METHOD", b"CONTENT_LENGTH", b"GATEWAY_INTERFACE", b"haserl"];
    MARKS.iter().any(|mark| contains(bytes, mark))
}

fn is_minified(bytes: &[u8]) -> bool {
    let lines = bytes.iter().filter(|b| **b == b'\n').count().saturating_add(1);
    bytes.len() / lines > MINIFIED_LINE_BYTES
}
