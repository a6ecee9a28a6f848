//! Whether a pattern lets only harmless text through, in the notation of any of the languages.

/// How a pattern is written: what stands around it.
fn bare(pattern: &str) -> &str {
    let text = pattern.trim();
    for mark in ['/', '#', '~', '@', '|', '!'] {
        if let Some(inner) = text.strip_prefix(mark)
            && let Some((body, flags)) = inner.rsplit_once(mark)
        {
            // With `m` the anchors match at every line, so they don't hold the whole text.
            if flags.contains('m') {
                return "";
            }
            return body;
        }
    }
    text
}

/// Characters that mean nothing to a shell and can't begin an option behind others.
fn harmless(c: char) -> bool {
    c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | ':' | '/' | ',' | '+' | '=' | '@' | '-')
}

/// Whether only harmless text matches: anchored at both ends, every part a list of harmless
/// characters. `whole` when the function itself matches the whole text, `start` when from the start.
pub(super) fn strict(pattern: &str, start: bool, whole: bool) -> bool {
    let mut body = bare(pattern);
    let open = ["^", "\\A"].iter().find_map(|mark| body.strip_prefix(mark));
    if open.is_none() && !start && !whole {
        return false;
    }
    body = open.unwrap_or(body);
    let close = ["\\z", "\\Z", "$"].iter().find_map(|mark| body.strip_suffix(mark));
    if close.is_none() && !whole {
        return false;
    }
    body = close.unwrap_or(body);
    !body.is_empty() && parts(body)
}

/// Whether the pattern finds whatever is not harmless: `[^A-Za-z0-9.]`.
pub(super) fn bad_set(pattern: &str) -> bool {
    let body = bare(pattern).trim_matches('*').trim_end_matches('+');
    let inner = body.strip_prefix("[^").or_else(|| body.strip_prefix("[!"));
    let Some(inner) = inner.and_then(|inner| inner.strip_suffix(']')) else {
        return body == "\\W" || body == "%W" || body == "\\D" || body == "%D";
    };
    let mut chars = inner.chars();
    set(&mut chars, None)
}

/// Walks the parts of a pattern's body.
fn parts(body: &str) -> bool {
    let mut chars = body.chars();
    let mut depth = 0_i32;
    while let Some(c) = chars.next() {
        let fine = match c {
            '[' => {
                let rest = chars.as_str();
                if rest.starts_with('^') { false } else { set(&mut chars, Some(']')) }
            }
            '\\' | '%' => chars.next().is_some_and(class),
            '(' => {
                depth = depth.saturating_add(1);
                true
            }
            ')' => {
                depth = depth.saturating_sub(1);
                true
            }
            // Outside brackets the anchors hold only the first and the last way.
            '|' => depth > 0,
            '{' => chars.by_ref().take_while(|c| *c != '}').all(|c| c.is_ascii_digit() || c == ','),
            '?' | '*' | '+' => true,
            '.' => false,
            other => harmless(other),
        };
        if !fine {
            return false;
        }
    }
    true
}

/// A class such as `\d`; an escaped character.
fn class(c: char) -> bool {
    match c {
        'w' | 'd' | 'a' | 'l' | 'u' | 'x' => true,
        's' | 'S' | 'W' | 'D' | 'p' | 'c' | 'g' | 'n' | 'r' | 't' | 'b' => false,
        other => harmless(other),
    }
}

/// The members of a set, up to its end.
fn set(chars: &mut std::str::Chars<'_>, end: Option<char>) -> bool {
    let mut first = true;
    loop {
        let Some(c) = chars.next() else { return end.is_none() };
        if Some(c) == end && !first {
            return true;
        }
        let fine = match c {
            '\\' | '%' => chars.next().is_some_and(class),
            '[' => {
                let rest = chars.as_str();
                let Some((name, after)) = rest.strip_prefix(':').and_then(|r| r.split_once(":]"))
                else {
                    return false;
                };
                *chars = after.chars();
                matches!(name, "alnum" | "alpha" | "digit" | "xdigit" | "lower" | "upper")
            }
            other => {
                // A range may span more than its ends: only within letters or digits.
                if let Some(to) = chars.as_str().strip_prefix('-').and_then(|r| r.chars().next())
                    && Some(to) != end
                    && to != ']'
                {
                    let same = (other.is_ascii_digit() && to.is_ascii_digit())
                        || (other.is_ascii_lowercase() && to.is_ascii_lowercase())
                        || (other.is_ascii_uppercase() && to.is_ascii_uppercase());
                    if !same && to != '\\' && to != '%' {
                        return false;
                    }
                }
                harmless(other)
            }
        };
        if !fine {
            return false;
        }
        first = false;
    }
}

#[cfg(test)]
mod tests {
    use super::{bad_set, strict};

    #[test]
    fn whole_and_harmless() {
        for pattern in [
            "/^[0-9]+$/",
            "^[A-Za-z0-9.]+$",
            "^[%w%.]+$",
            "/^\\d{1,3}(\\.\\d{1,3}){3}$/D",
            "^[[:alnum:]_-]*$",
        ] {
            assert!(strict(pattern, false, false), "{pattern}");
        }
        for pattern in [
            "/^[0-9]+/",
            "[0-9]+$",
            "^.+$",
            "^[^;]+$",
            "/^[a-z ]+$/",
            "^a|b$",
            "^[ -~]+$",
            "/^\\d+$/m",
            "",
        ] {
            assert!(!strict(pattern, false, false), "{pattern}");
        }
        assert!(strict("[a-z]+", false, true) && strict("[a-z]+$", true, false));
        assert!(bad_set("/[^a-z0-9.]/") && bad_set("*[!0-9]*") && !bad_set("[;&|]"));
    }
}
