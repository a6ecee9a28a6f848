//! Passwords that a program reads into a variable of another name, and compares there:
//! `p = formvalue("password")`, then `p == "literal"`.

use super::value::is_literal;
use super::{Hit, How, NameKind, Text, name_kind};
use crate::expression::expression;
use crate::text::Lang;
use duecare_base::Confidence;
use regex::Regex;
use std::collections::BTreeSet;
use std::sync::LazyLock;

/// Variables followed in one text.
const ALIASES_MAX: usize = 100;

/// A variable set to what a call or index with the name of a password gives.
static READ: LazyLock<Option<Regex>> = LazyLock::new(|| {
    expression(
        r#"(?m)(?:^|[\s;{(])(?P<a>[$@]?[A-Za-z_]\w*)\s*=\s*[^=;\r\n"'][^;\r\n"']{0,80}[(\[{,]\s*["'](?P<k>[\w.\-]{2,40})["']\s*[)\]},]"#,
    )
    .ok()
});

/// A variable compared with a literal.
static COMPARED: LazyLock<Option<Regex>> = LazyLock::new(|| {
    expression(
        r#"(?:^|[\s;{(!])(?P<a>[$@]?[A-Za-z_]\w*)\s*(?:[!=]==?|~=|\beq\b|\bne\b|\.equals\(|,)\s*(?:"(?P<d>[^"\r\n]{1,128})"|'(?P<s>[^'\r\n]{1,128})')"#,
    )
    .ok()
});

/// Adds the comparisons of such variables in a program.
pub(super) fn find(text: &Text<'_>, hits: &mut Vec<Hit>) {
    if text.lang.is_data() || matches!(text.lang, Lang::Shell | Lang::Doc) {
        return;
    }
    let (Some(read), Some(compared)) = (READ.as_ref(), COMPARED.as_ref()) else { return };
    let aliases: BTreeSet<&str> = read
        .captures_iter(&text.code)
        .filter(|c| c.name("k").is_some_and(|k| name_kind(k.as_str()) == Some(NameKind::Password)))
        .filter_map(|c| c.name("a").map(|a| a.as_str()))
        .filter(|alias| name_kind(alias).is_none())
        .collect();
    if aliases.len() > ALIASES_MAX {
        text.cut.set(true);
        return;
    }
    if aliases.is_empty() {
        return;
    }
    for captures in compared.captures_iter(&text.code) {
        let (Some(alias), Some(value)) =
            (captures.name("a"), captures.name("d").or_else(|| captures.name("s")))
        else {
            continue;
        };
        // With a comma it is a comparison only inside a function that compares.
        let before = text.code.get(..alias.start()).unwrap_or_default().trim_end();
        let whole = captures.get(0).map_or("", |m| m.as_str());
        let listed = whole.trim_end_matches(['"', '\'']).contains(',') && !whole.contains('=');
        let compares = ["strcmp(", "strcasecmp(", "strncmp(", "hash_equals("];
        if !aliases.contains(alias.as_str())
            || !is_literal(value.as_str(), alias.as_str(), text.lang)
            || (listed && !compares.iter().any(|f| before.ends_with(f)))
        {
            continue;
        }
        hits.push(Hit {
            name: alias.as_str().trim_start_matches(['$', '@']).to_owned(),
            user: None,
            secret: value.as_str().to_owned(),
            at: value.start(),
            kind: NameKind::Password,
            confidence: Confidence::High,
            how: How::Compared,
            file: None,
            used_at: None,
        });
    }
}
