//! Pages that hold code between `<%` and `%>`: haserl's for the shell and Lua, LuCI's views.
//!
//! Text outside is replaced by blanks, so that lines keep their numbers.

use crate::language::{Language, contains};
use std::borrow::Cow;

/// The code of a file.
pub(crate) fn code(language: Language, bytes: &[u8]) -> Cow<'_, [u8]> {
    let page = matches!(language, Language::Shell | Language::Lua)
        && contains(bytes, b"<%")
        && contains(bytes, b"%>");
    if page { Cow::Owned(blanked(bytes)) } else { Cow::Borrowed(bytes) }
}

fn blanked(bytes: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(bytes.len());
    let mut inside = false;
    let mut skip = false;
    let mut at = 0_usize;
    while let Some(byte) = bytes.get(at) {
        let pair = bytes.get(at..at.saturating_add(2)).unwrap_or_default();
        if pair == b"<%" && !inside {
            inside = true;
            let next = bytes.get(at.saturating_add(2)).copied().unwrap_or(b' ');
            // Output, includes, translations and comments hold no statements.
            skip = matches!(next, b'=' | b'+' | b':' | b'_' | b'#');
            out.extend_from_slice(b"  ");
            let word = bytes.get(at.saturating_add(2)..).unwrap_or_default();
            let word: usize = if word.starts_with(b"in ") { 2 } else { 0 };
            out.extend(std::iter::repeat_n(b' ', word));
            at = at.saturating_add(2).saturating_add(word);
            continue;
        }
        if inside && (pair == b"%>" || pair == b"-%") {
            inside = false;
            // Two statements on one line stay two.
            out.extend_from_slice(b"; ".get(..pair.len()).unwrap_or_default());
            at = at.saturating_add(2);
            continue;
        }
        let keep = *byte == b'\n' || (inside && !skip);
        out.push(if keep { *byte } else { b' ' });
        at = at.saturating_add(1);
    }
    out
}
