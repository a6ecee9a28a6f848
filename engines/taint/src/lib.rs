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

use duecare_base::{Checked, Finding, Gap, Location};
use language::{Language, contains};
use report::Lines;

/// Largest file that is read, in bytes: scripts and sources are smaller, generated bundles aren't.
const FILE_BYTES_MAX: usize = 1 << 20;
/// What is left out when a file is larger.
const LARGE: Gap = gap("a script or source larger than 1 MiB was not read");
/// What is left out when the grammar's reader gives up.
const UNPARSED: Gap =
    gap("a script or source was not read: making its syntax tree takes too much work");

/// A gap of this engine.
const fn gap(reason: &'static str) -> Gap {
    Gap::hiding("injections in scripts and source", reason)
}

/// Every rule over one file of an image or a source drop.
#[must_use]
pub fn check(path: &str, bytes: &[u8], at: &Location) -> Checked {
    let mut out = Checked::default();
    let Some(language) = Language::of(path, bytes) else { return out };
    let back_door = rules::magic::contains_word(bytes);
    if !back_door && !language.may_matter(bytes) {
        return out;
    }
    if bytes.len() > FILE_BYTES_MAX {
        out.not_seen.add(LARGE, at.clone());
        return out;
    }
    let code = template::code(language, bytes);
    let Some(program) = lower::lower(language, &code) else {
        out.not_seen.add(UNPARSED, at.clone());
        return out;
    };
    let lines = Lines::new(bytes);
    let traced = engine::run(&program, language, is_cgi(bytes));
    let hits = traced.hits.iter();
    out.findings.extend(hits.map(|hit| report::finding(hit, language, at, &lines)));
    if language == Language::C {
        out.findings.extend(rules::check(&program, at, &lines));
    }
    if back_door {
        let published = rules::magic::check(bytes, at, &lines);
        // The word stands in the line of the comparison or, in a long call, behind it.
        let same = |finding: &Finding| {
            let line = finding.location.line.unwrap_or(0);
            let behind = line..=line.saturating_add(1);
            published.iter().any(|p| p.location.line.is_some_and(|at| behind.contains(&at)))
        };
        let rest = ["backdoor-source-magic", "credential-source-literal"];
        out.findings.retain(|f| !(rest.contains(&f.check.as_str()) && same(f)));
        out.findings.extend(published);
    }
    out.findings
        .sort_by(|a, b| (&a.location, &a.check, &a.key).cmp(&(&b.location, &b.check, &b.key)));
    for gap in program.gaps.into_iter().chain(traced.gaps) {
        out.not_seen.add(gap, at.clone());
    }
    out
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
