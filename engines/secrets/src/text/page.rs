//! Passwords that a web page itself compares a field with: `document.f.p.value == "…"`.
//!
//! Pages compare fields with fixed words all the time, so a field counts only when the page makes it
//! a password's, or when the word looks like one and the page goes somewhere else behind.

use super::lang::Lang;
use super::other::{ATTRIBUTE, INPUT};
use super::value::is_literal;
use super::{Hit, How, NameKind, Text};
use crate::expression::expression;
use duecare_base::Confidence;
use regex::Regex;
use std::collections::BTreeSet;
use std::sync::LazyLock;

/// Comparisons of one page that are looked at.
const COMPARISONS_MAX: usize = 200;
/// How far behind a comparison the page may go somewhere else, in bytes.
const BEHIND_BYTES: usize = 240;
/// Shortest word that looks like a password by itself, in bytes.
const PASSWORD_BYTES_MIN: usize = 6;

/// The field's name is the last part before `.value`, or what an element is asked for by.
static COMPARED: LazyLock<Option<Regex>> = LazyLock::new(|| {
    expression(
        r##"(?:\b(?P<k>[A-Za-z_]\w*)|["'#](?P<i>[A-Za-z_][\w\-]*)["']\s*[\])])\s*\.(?:value|val\(\))\s*={2,3}\s*(?:"(?P<d>[^"\r\n]{3,128})"|'(?P<s>[^'\r\n]{3,128})')"##,
    )
    .ok()
});

/// Adds what the page compares; nothing for other texts.
pub(super) fn find(text: &Text<'_>, hits: &mut Vec<Hit>) {
    if !matches!(text.lang, Lang::Html | Lang::Js | Lang::Php) {
        return;
    }
    let mut fields: Option<BTreeSet<String>> = None;
    let Some(compared) = COMPARED.as_ref() else { return };
    let mut places = compared.captures_iter(&text.code);
    for captures in places.by_ref().take(COMPARISONS_MAX) {
        let (Some(name), Some(value)) = (
            captures.name("k").or_else(|| captures.name("i")),
            captures.name("d").or_else(|| captures.name("s")),
        ) else {
            continue;
        };
        let (name, secret) = (name.as_str(), value.as_str());
        let known = fields.get_or_insert_with(|| password_fields(&text.code)).contains(name);
        let (_, behind) = text.slice(value.end(), value.end() + BEHIND_BYTES);
        let goes = looks_made_up(secret) && goes_on(behind);
        if !(known || goes) || !is_literal(secret, name, text.lang) {
            continue;
        }
        hits.push(Hit {
            name: name.to_owned(),
            user: None,
            secret: secret.to_owned(),
            at: value.start(),
            kind: NameKind::Password,
            confidence: if known { Confidence::High } else { Confidence::Medium },
            how: How::Compared,
            file: None,
            used_at: None,
        });
    }
    if places.next().is_some() {
        text.cut.set(true);
    }
}

/// Names and identities of the page's fields of type `password`.
fn password_fields(page: &str) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    for tag in INPUT.iter().flat_map(|input| input.find_iter(page)) {
        let (mut names, mut password) = (Vec::new(), false);
        for captures in ATTRIBUTE.iter().flat_map(|r| r.captures_iter(tag.as_str())) {
            let key = captures.name("k").map_or("", |key| key.as_str());
            let value = ["d", "s", "b"].iter().find_map(|group| captures.name(group));
            let value = value.map_or("", |value| value.as_str());
            match key.to_ascii_lowercase().as_str() {
                "type" => password = value.eq_ignore_ascii_case("password"),
                "name" | "id" => names.push(value.to_owned()),
                _ => {}
            }
        }
        if password {
            found.extend(names);
        }
    }
    found
}

/// Whether a word has letters and digits as only made-up words have.
fn looks_made_up(word: &str) -> bool {
    let any = |test: fn(&u8) -> bool| word.as_bytes().iter().any(test);
    let mixed = any(u8::is_ascii_lowercase) && any(u8::is_ascii_uppercase);
    word.len() >= PASSWORD_BYTES_MIN
        && any(u8::is_ascii_digit)
        && any(u8::is_ascii_alphabetic)
        && (mixed || any(u8::is_ascii_punctuation))
        && !word.contains(['/', ' ', '.', ':'])
}

/// Whether a page opens another one.
fn goes_on(code: &str) -> bool {
    ["location", "window.open", ".submit(", "document.cookie"].iter().any(|w| code.contains(w))
}
