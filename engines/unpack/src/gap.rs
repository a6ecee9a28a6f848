//! What stands between layers: padding, text, known leaves, and what nothing explains.

use crate::layer::RegionKind;
use crate::{entropy, leaf, sniff};

/// A run of one byte value this long is padding wherever it stands.
const PADDING_RUN_BYTES: usize = 1024;

/// Text in front of other bytes counts as text from this length on.
const TEXT_BYTES_MIN: usize = 64;

/// Bytes of random-looking stretches are counted in blocks of this size.
const BLOCK_BYTES: usize = 64 * 1024;

/// No magic made of letters is longer, in bytes.
const MAGIC_BYTES: usize = 32;

/// How many bytes of text stand in front, and what people call it; short text counts only when
/// nothing else follows.
pub(crate) fn leading_text(bytes: &[u8]) -> (usize, &'static str) {
    let text = sniff::text_length(bytes);
    let text = if text == bytes.len() || text >= TEXT_BYTES_MIN { text } else { 0 };
    (text, if bytes.starts_with(b"#!") { "script" } else { "text" })
}

/// How many bytes from a file's start are the file's own, by its structure; what stands behind them
/// may be something else. Text is its own as far as it goes, and an unknown file not at all.
pub(crate) fn own_length(bytes: &[u8]) -> usize {
    if let Some((size, _)) = leaf::measure(bytes) {
        return size;
    }
    match leading_text(bytes).0 {
        text if text == bytes.len() => text,
        // Magics are often letters, which read as the text's last ones.
        text => text.saturating_sub(MAGIC_BYTES),
    }
}

/// What bytes look like that nothing knows.
pub(crate) fn look(bytes: &[u8]) -> RegionKind {
    if entropy::looks_random(bytes) { RegionKind::Encrypted } else { RegionKind::Unknown }
}

/// How many bytes stand in blocks that look random, padding left out.
pub(crate) fn random_bytes(bytes: &[u8]) -> usize {
    runs(bytes)
        .into_iter()
        .filter(|(_, _, padding)| !padding)
        .flat_map(|(from, to, _)| bytes.get(from..to).unwrap_or_default().chunks(BLOCK_BYTES))
        .filter(|block| entropy::looks_random(block))
        .map(<[u8]>::len)
        .sum()
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
