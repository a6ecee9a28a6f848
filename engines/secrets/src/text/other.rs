//! Credentials in function calls, forms, headers and addresses.

use super::lang::Lang;
use super::value::{is_literal, is_placeholder, is_variable};
use super::{Hit, How, NameKind, Text};
use crate::base64;
use crate::expression::expression;
use crate::item::Role;
use crate::report;
use duecare_base::{Confidence, Finding, Severity};
use regex::Regex;
use std::sync::LazyLock;

/// Empty passwords looked at in one text.
const EMPTY_MAX: usize = 100;

fn regex(pattern: &str) -> Option<Regex> {
    expression(pattern).ok()
}

/// Functions whose arguments are host, user and password, in this order.
static CONNECT: LazyLock<Option<Regex>> = LazyLock::new(|| {
    regex(
        r#"(?P<k>\w*(?:mysqli?_p?connect|mysqli|mysql_real_connect|pg_connect|odbc_connect|mssql_connect|PDO|DBI->connect|getConnection|createConnection|env:connect|conn:connect))\s*\(\s*(?:[\w&.\->]+\s*,\s*)?["'][^"']*["']\s*,\s*["'](?P<u>[^"']{1,64})["']\s*,\s*["'](?P<v>[^"']{1,128})["']"#,
    )
});

/// Functions whose arguments end with user and password: `ftp_login($c, "u", "p")`.
static LOGIN: LazyLock<Option<Regex>> = LazyLock::new(|| {
    regex(
        r#"(?P<k>(?:\w*[lL]ogin|\w*[aA]uthenticate|HTTPBasicAuth|HTTPDigestAuth|basic_auth|set_credentials|setCredentials|setCredential|username_pw_set|set_basic_auth|SetBasicAuth|auth|credentials))\s*(?:=\s*)?\(\s*(?:\$?[\w\->.]+\s*,\s*)?["'](?P<u>[^"'\s]{1,64})["']\s*,\s*["'](?P<v>[^"'\s]{1,128})["']"#,
    )
});

/// `strcmp(password, "literal")`, both ways round.
static STRCMP: LazyLock<Option<Regex>> = LazyLock::new(|| {
    regex(
        r#"(?:strn?(?:case)?cmp|memcmp|strstr|hash_equals|strcoll|compare)\s*\(\s*(?:(?P<k>[$\w.\->\[\]]+)\s*,\s*["'](?P<v>[^"'\r\n]{1,128})["']|["'](?P<v2>[^"'\r\n]{1,128})["']\s*,\s*(?P<k2>[$\w.\->\[\]]+))"#,
    )
});

/// `<input … >`, for hidden and password fields with a value.
pub(super) static INPUT: LazyLock<Option<Regex>> =
    LazyLock::new(|| regex(r"(?i)<input\b[^<>]{1,400}>"));
pub(super) static ATTRIBUTE: LazyLock<Option<Regex>> = LazyLock::new(|| {
    regex(
        r#"(?i)\b(?P<k>type|name|id|value)\s*=\s*(?:"(?P<d>[^"]*)"|'(?P<s>[^']*)'|(?P<b>[^\s"'>]+))"#,
    )
});

/// `Basic dXNlcjpwYXNz`.
static BASIC: LazyLock<Option<Regex>> =
    LazyLock::new(|| regex(r"(?i)\bbasic\s+(?P<v>[A-Za-z0-9+/]{8,256}={0,2})"));

/// `scheme://user:password@host`.
static ADDRESS: LazyLock<Option<Regex>> = LazyLock::new(|| {
    regex(
        r#"(?P<k>[a-zA-Z][a-zA-Z0-9+.\-]{1,20})://(?P<u>[^\s:/?#@"'<>\\]{0,64}):(?P<v>[^\s/?#@"'<>\\]{1,128})@(?P<h>[A-Za-z0-9_.\-\[\]$%{}]+)"#,
    )
});

/// Adds what stands in the window.
pub(super) fn find(text: &Text<'_>, begin: usize, window: &str, hits: &mut Vec<Hit>) {
    let program = !text.lang.is_data() && text.lang != Lang::Shell;
    if program {
        for (regex, confidence) in [(&CONNECT, Confidence::High), (&LOGIN, Confidence::Medium)] {
            calls(text.lang, regex, confidence, begin, window, hits);
        }
        comparisons(text.lang, begin, window, hits);
    }
    if matches!(text.lang, Lang::Html | Lang::Php | Lang::Js | Lang::Xml) {
        fields(text.lang, begin, window, hits);
    }
    basic(begin, window, hits);
}

fn calls(
    lang: Lang,
    regex: &LazyLock<Option<Regex>>,
    confidence: Confidence,
    begin: usize,
    window: &str,
    hits: &mut Vec<Hit>,
) {
    for captures in regex.iter().flat_map(|r| r.captures_iter(window)) {
        let (Some(name), Some(user), Some(value)) =
            (captures.name("k"), captures.name("u"), captures.name("v"))
        else {
            continue;
        };
        let (user, secret) = (user.as_str(), value.as_str());
        if !(is_literal(secret, name.as_str(), lang)
            || user == secret && secret.len() >= 3 && !is_placeholder(secret))
        {
            continue;
        }
        // `login("username", "password")` names fields.
        let fields = super::value::words(user)
            .iter()
            .all(|w| ["user", "username", "login", "name", "txt", "email"].contains(&w.as_str()));
        if is_variable(user, lang) || fields {
            continue;
        }
        hits.push(Hit {
            name: name.as_str().to_owned(),
            user: Some(user.to_owned()),
            secret: secret.to_owned(),
            at: begin + value.start(),
            kind: NameKind::Password,
            confidence,
            how: How::Given,
            file: None,
            used_at: None,
        });
    }
}

fn comparisons(lang: Lang, begin: usize, window: &str, hits: &mut Vec<Hit>) {
    for captures in STRCMP.iter().flat_map(|r| r.captures_iter(window)) {
        let (name, value) = match (
            captures.name("k"),
            captures.name("v"),
            captures.name("k2"),
            captures.name("v2"),
        ) {
            (Some(k), Some(v), _, _) | (_, _, Some(k), Some(v)) => (k.as_str(), v),
            _ => continue,
        };
        let password = super::name_kind(name) == Some(NameKind::Password);
        if password && is_literal(value.as_str(), name, lang) {
            hits.push(Hit {
                name: name.trim_start_matches('$').to_owned(),
                user: None,
                secret: value.as_str().to_owned(),
                at: begin + value.start(),
                kind: NameKind::Password,
                confidence: Confidence::High,
                how: How::Compared,
                file: None,
                used_at: None,
            });
        }
    }
}

/// Form fields that come filled in with a password.
fn fields(lang: Lang, begin: usize, window: &str, hits: &mut Vec<Hit>) {
    for tag in INPUT.iter().flat_map(|r| r.find_iter(window)) {
        let (mut kind, mut name, mut value) = (String::new(), String::new(), None);
        for captures in ATTRIBUTE.iter().flat_map(|r| r.captures_iter(tag.as_str())) {
            let key = captures.name("k").map_or("", |m| m.as_str()).to_ascii_lowercase();
            let Some(text) = ["d", "s", "b"].iter().find_map(|g| captures.name(g)) else {
                continue;
            };
            match key.as_str() {
                "type" => kind = text.as_str().to_ascii_lowercase(),
                "value" => value = Some((text.start(), text.as_str().to_owned())),
                _ if name.is_empty() || key == "name" => name = text.as_str().to_owned(),
                _ => {}
            }
        }
        let wanted = kind == "password"
            || (kind == "hidden" && super::name_kind(&name) == Some(NameKind::Password));
        let Some((at, secret)) = value.filter(|_| wanted) else { continue };
        if is_literal(&secret, &name, lang) {
            hits.push(Hit {
                name: if name.is_empty() { "form field".to_owned() } else { name },
                user: None,
                secret,
                at: begin + tag.start() + at,
                kind: NameKind::Password,
                confidence: Confidence::Medium,
                how: How::Set,
                file: None,
                used_at: None,
            });
        }
    }
}

/// Headers of HTTP basic authentication (RFC 7617).
fn basic(begin: usize, window: &str, hits: &mut Vec<Hit>) {
    for captures in BASIC.iter().flat_map(|r| r.captures_iter(window)) {
        let Some(value) = captures.name("v") else { continue };
        let Some(text) = base64::decode(value.as_str()).and_then(|b| String::from_utf8(b).ok())
        else {
            continue;
        };
        let Some((user, password)) = text.split_once(':') else { continue };
        let printable = text.chars().all(|c| c.is_ascii_graphic());
        if printable && !user.is_empty() && !password.is_empty() && !is_placeholder(password) {
            hits.push(Hit {
                name: "Authorization".to_owned(),
                user: Some(user.to_owned()),
                secret: value.as_str().to_owned(),
                at: begin + value.start(),
                kind: NameKind::Password,
                confidence: Confidence::High,
                how: How::Given,
                file: None,
                used_at: None,
            });
        }
    }
}

/// Addresses with a user and password in them (RFC 3986, 3.2.1).
pub(super) fn addresses(begin: usize, window: &str, hits: &mut Vec<Hit>) {
    for captures in ADDRESS.iter().flat_map(|r| r.captures_iter(window)) {
        let (Some(scheme), Some(user), Some(value), Some(host)) =
            (captures.name("k"), captures.name("u"), captures.name("v"), captures.name("h"))
        else {
            continue;
        };
        let (user, secret) = (user.as_str(), value.as_str());
        let words =
            ["password", "pass", "passwd", "pwd", "pw", "secret", "token", "username", "port"];
        let filler = words.contains(&secret.to_ascii_lowercase().as_str()) && user != secret;
        let example = host.as_str().contains("example.");
        if filler
            || example
            || is_placeholder(secret)
            || is_variable(secret, Lang::Shell)
            || is_variable(user, Lang::Shell)
            || secret.len() < 2
            || secret.chars().any(|c| "$%{}()[]*+|,;".contains(c))
        {
            continue;
        }
        hits.push(Hit {
            name: format!("{}://{}", scheme.as_str(), host.as_str()),
            user: (!user.is_empty()).then(|| user.to_owned()),
            secret: secret.to_owned(),
            at: begin + value.start(),
            kind: NameKind::Password,
            confidence: Confidence::High,
            how: How::Address,
            file: None,
            used_at: None,
        });
    }
}

/// An element for a password with nothing in it.
static EMPTY: LazyLock<Option<Regex>> = LazyLock::new(|| {
    regex(r"(?i)<(?P<k>[\w.:\-]*(?:password|passwd|pwd))(?:\s*/>|\s*>\s*</(?P<c>[\w.:\-]+)>)")
});

/// Users whose account in a device's settings needs a password.
const POWERFUL: [&str; 8] =
    ["admin", "root", "administrator", "user", "guest", "support", "supervisor", "operator"];

/// Findings for accounts in XML settings that have a name and an empty password.
pub(super) fn empty_passwords(text: &Text<'_>) -> Vec<Finding> {
    let mut findings = Vec::new();
    if text.lang != Lang::Xml || text.item.role != Role::Live {
        return findings;
    }
    let mut places = EMPTY.iter().flat_map(|r| r.captures_iter(&text.code));
    for captures in places.by_ref().take(EMPTY_MAX) {
        let Some(name) = captures.name("k") else { continue };
        let same = captures.name("c").is_none_or(|close| close.as_str() == name.as_str());
        if !same || super::name_kind(name.as_str()) != Some(NameKind::Password) {
            continue;
        }
        let Some(user) = super::owner::of(text, name.as_str(), name.start()) else { continue };
        if !POWERFUL.contains(&user.to_ascii_lowercase().as_str()) {
            continue;
        }
        let message = format!("user \"{user}\" has an empty password in the default settings");
        let place = text.item.at_line(text.line_number(name.start()));
        let finding = report::new(
            report::EMPTY_PASSWORD,
            Severity::High,
            Confidence::Medium,
            place,
            user,
            message,
        );
        findings.push(finding.with_snippet(&text.quoted(name.start())));
    }
    if places.next().is_some() {
        text.cut.set(true);
    }
    findings
}
