//! Tokens of cloud services, by the patterns of the pack.

use crate::gaps;
use crate::item::{Item, Outcome};
use crate::marks::{Mark, MarkKind};
use crate::pack::{SecretPack, TokenRule};
use crate::report;
use duecare_base::{Confidence, Digest, Finding, Severity, mask};
use std::collections::BTreeSet;

/// How far around a literal its token is sought, in bytes.
const BEFORE_BYTES: usize = 160;
const AFTER_BYTES: usize = 2_560;

/// How far around a token a word about it is sought, in bytes.
const NEARBY_BYTES: usize = 240;

/// Tokens reported of one item.
const FINDINGS_MAX: usize = 100;

/// Words that stand in samples and never in real tokens.
const SAMPLE_WORDS: [&str; 13] = [
    "EXAMPLE",
    "example",
    "XXXX",
    "xxxx",
    "0000000000",
    "1234567890",
    "abcdefgh",
    "ABCDEFGH",
    "your",
    "YOUR",
    "sample",
    "dummy",
    "placeholder",
];

/// Findings for every token in the item.
pub(crate) fn find(
    item: &Item<'_>,
    marks: &[Mark],
    pack: &SecretPack,
    out: &mut Outcome,
) -> Vec<Finding> {
    let mut findings = Vec::new();
    let mut seen: BTreeSet<(usize, usize)> = BTreeSet::new();
    // The README inside a Python package's description shows samples of what the package handles.
    if matches!(item.file_name(), "PKG-INFO" | "METADATA") {
        return findings;
    }
    for mark in marks {
        let MarkKind::Token(index) = mark.kind else { continue };
        let Some(rule) = pack.tokens.get(index) else { continue };
        let Some((start, end)) = token_at(item.bytes, mark.offset, rule) else { continue };
        if !seen.insert((index, start)) {
            continue;
        }
        if findings.len() >= FINDINGS_MAX {
            out.miss(gaps::FINDINGS, item);
            break;
        }
        let Some(secret) = item.bytes.get(start..end).and_then(|b| std::str::from_utf8(b).ok())
        else {
            continue;
        };
        if let Some(finding) = judge(item, rule, secret, start) {
            out.known.secrets.insert(secret.to_owned());
            findings.push(finding);
        }
    }
    findings
}

/// Where the secret of the token around a literal begins and ends.
fn token_at(bytes: &[u8], offset: usize, rule: &TokenRule) -> Option<(usize, usize)> {
    let begin = offset.saturating_sub(BEFORE_BYTES);
    let end = bytes.len().min(offset + AFTER_BYTES);
    let window = bytes.get(begin..end)?;
    rule.regex
        .captures_iter(window)
        .filter_map(|captures| {
            let whole = captures.get(0)?;
            let secret = captures.name("secret").unwrap_or(whole);
            Some((begin + whole.start(), begin + whole.end(), secret.range()))
        })
        .find(|(from, to, _)| (*from..*to).contains(&offset))
        .map(|(_, _, secret)| (begin + secret.start, begin + secret.end))
}

fn judge(item: &Item<'_>, rule: &TokenRule, secret: &str, start: usize) -> Option<Finding> {
    if SAMPLE_WORDS.iter().any(|word| secret.contains(word))
        || bits_per_character(secret) < rule.entropy_min
    {
        return None;
    }
    if !rule.nearby.is_empty() {
        let begin = start.saturating_sub(NEARBY_BYTES);
        let end = item.bytes.len().min(start + secret.len() + NEARBY_BYTES);
        let around = String::from_utf8_lossy(item.bytes.get(begin..end)?).to_ascii_lowercase();
        if !rule.nearby.iter().any(|word| around.contains(word)) {
            return None;
        }
    }
    let id = if rule.id == "generic" { report::TOKEN_GENERIC } else { report::TOKEN_CLOUD };
    let confidence = if rule.id == "generic" { Confidence::Medium } else { Confidence::High };
    let severity = if id == report::TOKEN_GENERIC { Severity::Medium } else { rule.severity };
    let key = format!("{}:{}", rule.id, Digest::of(secret.as_bytes()).short(8));
    let line = line_around(item.bytes, start, secret.len());
    let message = format!("{} ({}) is shipped", rule.title, mask::secret(secret));
    let finding =
        report::new(id, severity, item.confidence(confidence), item.at_byte(start), key, message);
    Some(finding.with_snippet(&mask::in_line(&line, &[secret])))
}

/// The printable text around a token: its line, or 80 bytes to each side.
fn line_around(bytes: &[u8], start: usize, length: usize) -> String {
    let before = bytes.get(start.saturating_sub(80)..start).unwrap_or_default();
    let after = bytes.get(start + length..).unwrap_or_default();
    let after = after.get(..80).unwrap_or(after);
    let odd = |b: &u8| *b < 0x20 || *b == 0x7f;
    let from = before.iter().rposition(odd).map_or(0, |at| at + 1);
    let to = after.iter().position(odd).unwrap_or(after.len());
    let line = bytes.get(start - (before.len() - from)..start + length + to).unwrap_or_default();
    String::from_utf8_lossy(line).into_owned()
}

/// Shannon entropy of a text, in bits per character.
pub(crate) fn bits_per_character(text: &str) -> f64 {
    f64::from(duecare_unpack::entropy::milli_bits(text.as_bytes())) / 1000.0
}
