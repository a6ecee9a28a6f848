//! Names with values: the many ways to write that something is set to, or compared with, a literal.

use super::lang::Lang;
use super::owner::Named;
use super::value::is_literal;
use super::{Hit, How, NameKind, Text, is_user_name, name_kind};
use crate::expression::expression;
use duecare_base::Confidence;
use regex::{Captures, Regex};
use std::sync::LazyLock;

fn regex(pattern: &str) -> Option<Regex> {
    expression(pattern).ok()
}

/// `name = "value"`, `"name": "value"`, `name => 'value'`, `name == "value"`, `name="value"`.
static QUOTED: LazyLock<Option<Regex>> = LazyLock::new(|| {
    regex(
        r#"(?P<k>[A-Za-z_$][\w.\-:$]*)(?P<tail>["'\]\)}]{0,3})(?P<pre>\s*)(?P<op>=>|:=|={1,3}|!==?|:|\.equals\(|~=)\s*[@bruL]?(?:"(?P<d>[^"\r\n]{1,200})"|'(?P<s>[^'\r\n]{1,200})')"#,
    )
});

/// `"value" == name`.
static REVERSED: LazyLock<Option<Regex>> = LazyLock::new(|| {
    regex(
        r#"(?:"(?P<d>[^"\r\n]{1,128})"|'(?P<s>[^'\r\n]{1,128})')\s*[!=]==?\s*(?P<k>[A-Za-z_$][\w.\-$>]*)"#,
    )
});

/// `name=value`, `name: value`, without quotes, to the end of the value.
static BARE: LazyLock<Option<Regex>> = LazyLock::new(|| {
    regex(
        r#"(?P<k>[A-Za-z_][\w.\-@\[\]]*)(?P<pre>[ \t]*)(?P<op>:=|==?|:|!=)[ \t]*(?P<v>[^\s"'<>;,|&(){}=][^\s"'<>;,|&(){}]*)"#,
    )
});

/// `<name …>value</name>`.
static ELEMENT: LazyLock<Option<Regex>> = LazyLock::new(|| {
    regex(
        r"<(?P<k>[A-Za-z_][\w.:\-]*)(?:\s[^<>]*)?>(?:<!\[CDATA\[)?(?P<v>[^<>\r\n]{1,200}?)(?:\]\]>)?</(?P<c>[\w.:\-]+)",
    )
});

/// `name="x" … value="y"`, and the same in JSON; `<param name="x">y<`.
static NAMED: LazyLock<Option<Regex>> = LazyLock::new(|| {
    regex(
        r#"(?i)["']?\b(?:name|key|id|param|paramname|parameter)["']?\s*[=:]\s*["'](?P<k>[\w.\-:\[\]]{2,80})["'][^<>{}\r\n]{0,120}?(?:["']?\b(?:value|val|default|defaultvalue)["']?\s*[=:]\s*["'](?P<v>[^"'\r\n]{1,128})["']|>(?P<t>[^<>\r\n]{1,128})<)"#,
    )
});

/// `<AdminPwd val=admin />`: the element's name says what, an attribute holds it.
static VALUED: LazyLock<Option<Regex>> = LazyLock::new(|| {
    regex(
        r#"(?i)<(?P<k>[a-z_][\w.:\-]*)\s(?:[^<>]*?\s)?(?:val|value|v)\s*=\s*(?:"(?P<d>[^"<>\r\n]{1,200})"|'(?P<s>[^'<>\r\n]{1,200})'|(?P<v>[^\s"'<>/][^\s"'<>]{0,199}))"#,
    )
});

/// `option name 'value'` of UCI.
static UCI: LazyLock<Option<Regex>> = LazyLock::new(|| {
    regex(
        r#"(?m)^\s*(?P<uci>option|list)\s+['"]?(?P<k>\w+)['"]?\s+(?:'(?P<s>[^'\r\n]*)'|"(?P<d>[^"\r\n]*)"|(?P<v>[^\s'"]+))"#,
    )
});

/// `password value` of router configurations.
static SPACED: LazyLock<Option<Regex>> = LazyLock::new(|| {
    regex(
        r#"(?im)^\s*(?:(?:username|user)\s+(?P<u>\S+)\s+(?:privilege\s+\d+\s+)?|enable\s+|set\s+)?(?P<k>[\w\-]*(?:password|passwd|passphrase|requirepass|psk))[ \t]+(?:[057][ \t]+)?["']?(?P<v>[^\s"']{3,128})["']?[ \t]*;?[ \t]*\r?$"#,
    )
});

/// `{ "name", "value"` and `f("name", "value")` as tables and calls of programs have it, and
/// `#define NAME "value"`. A longer list of strings is just a list.
static PAIRED: LazyLock<Option<Regex>> = LazyLock::new(|| {
    regex(
        r#"(?:[{(\[]\s*["'](?P<k>[A-Za-z_][\w.\-]{2,63})["']\s*,\s*|#\s*define\s+(?P<m>\w+)\s+)(?:"(?P<d>[^"\r\n]{1,128})"|'(?P<s>[^'\r\n]{1,128})')\s*(?:[)}\]]|,\s*[^"'\s]|,?\s*\r?$|[/\\;])"#,
    )
});

/// Adds what stands in the window.
pub(super) fn find(text: &Text<'_>, begin: usize, window: &str, hits: &mut Vec<Hit>) {
    let lang = text.lang;
    let mut add = |captures: &Captures<'_>, confidence, how| {
        hits.extend(hit(lang, begin, captures, confidence, how));
    };
    each(&QUOTED, window, |c| {
        let op = c.name("op").map_or("", |m| m.as_str());
        let spaced = c.name("pre").is_some_and(|m| !m.as_str().is_empty());
        // A shell compares with blanks around the sign, and assigns without.
        let compared = op.contains("==")
            || op.starts_with(['!', '~', '.'])
            || (lang == Lang::Shell && op == "=" && spaced);
        // Attributes of tags say where, not what: `<input name="password">`.
        add(c, Confidence::High, if compared { How::Compared } else { How::Set });
    });
    if matches!(lang, Lang::Js | Lang::Html | Lang::Php | Lang::C | Lang::Python) {
        each(&REVERSED, window, |c| add(c, Confidence::High, How::Compared));
    }
    if lang.has_bare_values() {
        each(&BARE, window, |c| {
            let op = c.name("op").map_or("", |m| m.as_str());
            let spaced = c.name("pre").is_some_and(|m| !m.as_str().is_empty());
            let compared = op.starts_with('!') || op == "==" || (lang == Lang::Shell && spaced);
            // Prose has `Password: value` too; only settings files mean it.
            let sure = op != ":" || lang == Lang::Yaml;
            let end = c.get(0).map_or(0, |m| m.end());
            let rest = window.get(end..).and_then(|rest| rest.lines().next()).unwrap_or_default();
            if !sure && !rest.trim().is_empty() {
                return;
            }
            if lang != Lang::Shell || op != ":" {
                let confidence = if sure { Confidence::High } else { Confidence::Medium };
                add(c, confidence, if compared { How::Compared } else { How::Set });
            }
        });
    }
    if matches!(lang, Lang::Xml | Lang::Html | Lang::Php | Lang::Conf) {
        each(&ELEMENT, window, |c| {
            let same = c.name("k").map(|m| m.as_str()) == c.name("c").map(|m| m.as_str());
            if same && lang != Lang::Html {
                add(c, Confidence::High, How::Set);
            }
        });
    }
    if matches!(lang, Lang::Xml | Lang::Conf) {
        each(&VALUED, window, |c| add(c, Confidence::High, How::Set));
    }
    if !matches!(lang, Lang::Shell | Lang::Lua | Lang::C) {
        each(&NAMED, window, |c| add(c, Confidence::High, How::Set));
    }
    if matches!(lang, Lang::Conf | Lang::Shell) {
        each(&UCI, window, |c| wireless_option(text, c, &mut add));
    }
    if lang == Lang::Conf {
        each(&SPACED, window, |c| add(c, Confidence::Medium, How::Set));
    }
    if matches!(lang, Lang::C | Lang::Php | Lang::Js | Lang::Python | Lang::Perl | Lang::Lua) {
        each(&PAIRED, window, |c| add(c, Confidence::Medium, How::Set));
    }
}

fn each(regex: &LazyLock<Option<Regex>>, window: &str, mut apply: impl FnMut(&Captures<'_>)) {
    if let Some(regex) = regex.as_ref() {
        regex.captures_iter(window).for_each(|captures| apply(&captures));
    }
}

/// In UCI a wireless key is just `option key`: the file says what it is a key of.
fn wireless_option(
    text: &Text<'_>,
    captures: &Captures<'_>,
    add: &mut impl FnMut(&Captures<'_>, Confidence, How),
) {
    let key = captures.name("k").map_or("", |m| m.as_str());
    let wireless = text.item.path.ends_with("/wireless") || text.code.contains("wifi-iface");
    if name_kind(key).is_some() || (wireless && is_wireless_key(key)) {
        add(captures, Confidence::High, How::Set);
    }
}

fn is_wireless_key(name: &str) -> bool {
    matches!(name, "key" | "key1" | "key2" | "key3" | "key4")
}

fn hit(
    lang: Lang,
    begin: usize,
    captures: &Captures<'_>,
    confidence: Confidence,
    how: How,
) -> Option<Hit> {
    let name = captures.name("k").or_else(|| captures.name("m"))?.as_str();
    let value = ["d", "s", "v", "t"].iter().find_map(|group| captures.name(group))?;
    // `Test::Event::Pass` is a module.
    let class = name.rsplit_once("::").map_or("", |(_, last)| last);
    if class.starts_with(|c: char| c.is_ascii_uppercase())
        && class.contains(|c: char| c.is_ascii_lowercase())
    {
        return None;
    }
    // Only the pattern of UCI has this group, and its caller knows that the file is a wireless one.
    let wireless = captures.name("uci").is_some() && is_wireless_key(name);
    let kind = name_kind(name).or_else(|| wireless.then_some(NameKind::Wireless))?;
    let secret = value.as_str().trim();
    if !is_literal(secret, name, lang) || (kind == NameKind::Secret && how == How::Compared) {
        return None;
    }
    let user = captures.name("u").map(|m| m.as_str().to_owned());
    let name = name.trim_start_matches('$').to_owned();
    let at = begin + value.start();
    Some(Hit {
        name,
        user,
        secret: secret.to_owned(),
        at,
        kind,
        confidence,
        how,
        file: None,
        used_at: None,
    })
}

/// Users that are named in a stretch of text, in order.
pub(super) fn users(lang: Lang, stretch: &str) -> Vec<Named> {
    let mut users: Vec<Named> = Vec::new();
    for regex in [&QUOTED, &ELEMENT, &VALUED, &NAMED, &UCI, &BARE, &PAIRED] {
        if std::ptr::eq(regex, &BARE) && !lang.has_bare_values() {
            continue;
        }
        each(regex, stretch, |c| {
            let Some(name) = c.name("k") else { return };
            // In a script only an assignment counts, not an option of some command.
            let line = stretch.get(..name.start()).and_then(|s| s.rsplit('\n').next());
            let starts = matches!(
                line.unwrap_or_default().trim(),
                "" | "export" | "local" | "nvram set" | "nvram default" | "uci set"
            );
            if lang == Lang::Shell && !starts {
                return;
            }
            let Some(value) = ["d", "s", "v", "t"].iter().find_map(|group| c.name(group)) else {
                return;
            };
            let text = value.as_str().trim();
            let plain = text.len() <= 64
                && !text.is_empty()
                && text.chars().all(|ch| ch.is_alphanumeric() || "@._-+\\".contains(ch));
            if plain
                && is_user_name(name.as_str())
                && name_kind(name.as_str()).is_none()
                && name_kind(text).is_none()
                && !super::value::is_placeholder(text)
                && !is_label(text)
            {
                let (key, user) = (name.as_str().to_owned(), text.to_owned());
                users.push(Named { end: value.end(), key, user });
            }
        });
    }
    users.sort_by(|a, b| (a.end, &a.user).cmp(&(b.end, &b.user)));
    users
}

/// Names of fields and kinds that stand where a user's name could.
fn is_label(text: &str) -> bool {
    matches!(
        text.to_ascii_lowercase().as_str(),
        "username" | "user" | "text" | "hidden" | "name" | "login" | "true" | "false" | "string"
    ) && text != "user"
}
