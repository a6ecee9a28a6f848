//! What stands between layers: padding, text, known leaves, and what nothing explains.

use crate::layer::RegionKind;
use crate::{entropy, sniff};

/// A run of one byte value this long is padding wherever it stands.
const PADDING_RUN_BYTES: usize = 1024;

/// Text in front of other bytes counts as text from this length on.
const TEXT_BYTES_MIN: usize = 64;

/// What bytes are that no format claims: text as far as it goes, then what the rest looks like.
pub(crate) fn told_apart(bytes: &[u8]) -> Vec<(usize, usize, RegionKind)> {
    let text = sniff::text_length(bytes);
    let text = if text == bytes.len() || text >= TEXT_BYTES_MIN { text } else { 0 };
    let mut parts = Vec::new();
    if text > 0 {
        let name = if bytes.starts_with(b"#!") { "script" } else { "text" };
        parts.push((0, text, RegionKind::Known(name)));
    }
    let rest = bytes.get(text..).unwrap_or_default();
    let kind = match sniff::sniff(rest) {
        sniff::Sniffed::Binary(name) if sniff::is_sure_leaf(rest) => RegionKind::Known(name),
        sniff::Sniffed::Elf => RegionKind::Known("elf"),
        _ if entropy::looks_random(rest) => RegionKind::Encrypted,
        _ => RegionKind::Unknown,
    };
    if !rest.is_empty() {
        parts.push((text, bytes.len(), kind));
    }
    parts
}

/// Splits bytes into stretches of padding (`true`) and of content, in order.
///
/// Padding is a long run of one byte value, or a run of any length of `00` or `ff` at either end.
pub(crate) fn runs(bytes: &[u8]) -> Vec<(usize, usize, bool)> {
    let mut runs: Vec<(usize, usize, bool)> = Vec::new();
    let mut content_from = 0;
    let mut padding = |from: usize, to: usize, content_from: &mut usize| {
        if from > *content_from {
            runs.push((*content_from, from, false));
        }
        runs.push((from, to, true));
        *content_from = to;
    };
    let edge = |byte: Option<&u8>| byte.copied().filter(|byte| matches!(byte, 0 | 0xff));
    if let Some(first) = edge(bytes.first()) {
        padding(0, run_length(bytes, first), &mut content_from);
    }
    // A long run covers a whole block of half its size, wherever it begins.
    let block = PADDING_RUN_BYTES / 2;
    let mut at = content_from.next_multiple_of(block);
    while let Some(candidate) = bytes.get(at..at + block) {
        let first = candidate.first().copied().unwrap_or_default();
        if !candidate.iter().all(|byte| *byte == first) {
            at += block;
            continue;
        }
        let before = bytes.get(content_from..at).unwrap_or_default();
        let from = at - before.iter().rev().take_while(|byte| **byte == first).count();
        let to = at + run_length(bytes.get(at..).unwrap_or_default(), first);
        if to - from >= PADDING_RUN_BYTES {
            padding(from, to, &mut content_from);
        }
        at = to.next_multiple_of(block);
    }
    let rest = bytes.get(content_from..).unwrap_or_default();
    if let Some(last) = edge(rest.last()) {
        let tail = rest.iter().rev().take_while(|byte| **byte == last).count();
        padding(bytes.len() - tail, bytes.len(), &mut content_from);
    }
    if bytes.len() > content_from {
        runs.push((content_from, bytes.len(), false));
    }
    runs
}

/// How many bytes from the start are `value`.
fn run_length(bytes: &[u8], value: u8) -> usize {
    bytes.iter().take_while(|byte| **byte == value).count()
}
