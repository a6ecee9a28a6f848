//! Words that were published as back doors, compared with anything, in any language.
//!
//! The word alone is proof: no program has another use for it. What it is compared with may have
//! any name, so the line is read as text.

use crate::report::{Lines, is_example, place};
use aho_corasick::AhoCorasick;
use duecare_base::{CheckId, Confidence, Finding, Location, Severity, mask};
use std::sync::LazyLock;

pub(crate) const BACKDOOR: CheckId = CheckId::new("backdoor-source-magic");

/// The words, from public advisories: CVE-2013-6026 (the first, a client's name), and the users
/// and passwords of the telnet servers of D-Link's devices ("Alphanetworks").
const PUBLISHED: [&str; 4] = [
    "xmlset_roodkcableoj28840ybtide",
    "wrgn49_dlob_dir600b",
    "wapnd03_dkbs_dap1350",
    "wrgac01_dlob.hans_dir865",
];
/// What stands beside a word that something is compared with.
const COMPARES: [&str; 18] = [
    "==", "!=", "~=", "=~", " eq ", " ne ", "cmp", "[ ", "test ", "case ", "grep", "match",
    "equal", "contains", "strstr", "ndex", "includes", "find",
];
/// How far before the word it may stand, in bytes: two lines of a call.
const BEFORE_BYTES: usize = 200;
/// How far behind the word it may stand, in bytes: `"word" == name`.
const AFTER_BYTES: usize = 16;

static FINDER: LazyLock<Option<AhoCorasick>> = LazyLock::new(|| AhoCorasick::new(PUBLISHED).ok());

/// Whether one of the words stands in the bytes.
pub(crate) fn contains_word(bytes: &[u8]) -> bool {
    FINDER.as_ref().is_none_or(|finder| finder.is_match(bytes))
}

/// The published back doors of a file, one finding for each line.
pub(crate) fn check(bytes: &[u8], at: &Location, lines: &Lines<'_>) -> Vec<Finding> {
    let text = String::from_utf8_lossy(bytes);
    let mut found = Vec::new();
    let (mut before, mut number) = (String::new(), 0_u32);
    for line in text.lines() {
        number = number.saturating_add(1);
        for word in PUBLISHED {
            if line.find(word).is_some_and(|start| is_compared(&before, line, start, word)) {
                found.push(finding(word, number, at, lines));
            }
        }
        before = tail(line);
    }
    found
}

/// The end of a line, as far as it is read for the next one.
fn tail(line: &str) -> String {
    let from = line.len().saturating_sub(BEFORE_BYTES);
    let from = (from..=line.len()).find(|at| line.is_char_boundary(*at)).unwrap_or(line.len());
    line.get(from..).unwrap_or_default().to_owned()
}

fn is_compared(before: &str, line: &str, start: usize, word: &str) -> bool {
    let head = line.get(..start).unwrap_or_default();
    let code = head.trim_start();
    if code.starts_with(['#', '*', ';']) || code.starts_with("--") || head.contains("//") {
        return false;
    }
    let mut near = tail(head);
    // A call whose arguments go on in the next line.
    if code.trim_start_matches(['"', '\'', 'L', '@']).is_empty() {
        near.insert_str(0, before);
    }
    let rest = line.get(start.saturating_add(word.len())..).unwrap_or_default();
    near.extend(rest.chars().take(AFTER_BYTES));
    // A label of a shell's `case` stands by itself.
    let label = rest.trim_start_matches(['"', '\'']).starts_with(')');
    COMPARES.iter().any(|sign| near.contains(sign))
        || label && code.trim_matches(['"', '\'']).is_empty()
}

fn finding(word: &str, line: u32, at: &Location, lines: &Lines<'_>) -> Finding {
    let (severity, confidence) = if is_example(&at.path) {
        (Severity::Low, Confidence::Low)
    } else {
        (Severity::Critical, Confidence::High)
    };
    let message = format!("input is compared with the published back door {}", mask::secret(word));
    let snippet = lines.get(line).replace(word, &mask::secret(word));
    let key = format!("published {}", mask::secret(word));
    Finding::new(BACKDOOR, severity, confidence, place(at, line), key, message)
        .with_snippet(&snippet)
}
