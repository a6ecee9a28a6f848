//! The last step before findings leave: no quoted line shows a secret, whichever finding quotes it.
//!
//! A finding masks its own secret. Others that stand on the same line, or that no rule reported, are
//! masked here: every secret known of the file, and every value that stands where passwords do.

use crate::expression::expression;
use crate::text::value::is_variable;
use crate::text::{Lang, NameKind, name_kind};
use duecare_base::{Finding, mask};
use regex::{Captures, Regex};
use std::collections::BTreeSet;
use std::sync::LazyLock;

/// Characters of a secret whose beginning a cut-off line may show at its end.
const CUT_CHARS_MIN: usize = 3;

/// Secrets shorter than this are masked only as whole words: they may be part of anything.
const ANYWHERE_BYTES_MIN: usize = 6;

/// What of a file must not be shown.
#[derive(Debug, Default, Clone)]
pub(crate) struct Known {
    /// Every secret that any rule saw, reported or not.
    pub(crate) secrets: BTreeSet<String>,
    /// Names of users, which stay readable even where one is a password as well.
    pub(crate) users: BTreeSet<String>,
}

impl Known {
    /// Masks all of it in findings of one file.
    pub(crate) fn apply(&self, findings: &mut [Finding], lang: Lang) {
        let mut secrets: Vec<&str> = self
            .secrets
            .iter()
            .map(String::as_str)
            .filter(|secret| secret.trim().len() >= 2 && !self.users.contains(*secret))
            .collect();
        secrets.sort_by_key(|secret| (std::cmp::Reverse(secret.len()), *secret));
        for finding in findings {
            for step in &mut finding.evidence {
                step.text = by_shape(&known(&step.text, &secrets), lang);
            }
            // Messages are put together from names, whose words may be somebody's password.
            for secret in secrets.iter().filter(|secret| is_distinct(secret)) {
                if finding.message.contains(secret) {
                    finding.message = finding.message.replace(secret, &mask::secret(secret));
                }
            }
        }
    }
}

/// Whether the secret is no mere word, which may stand in any text.
fn is_distinct(secret: &str) -> bool {
    secret.len() >= ANYWHERE_BYTES_MIN && !secret.bytes().all(|b| b.is_ascii_alphabetic())
}

/// The line with each secret masked, the longest first.
fn known(line: &str, secrets: &[&str]) -> String {
    let mut line = line.to_owned();
    for secret in secrets {
        if is_distinct(secret) && line.contains(secret) {
            line = line.replace(secret, &mask::secret(secret));
        } else if line.contains(secret) {
            line = words(&line, secret);
        }
    }
    // A line that was cut may end within a secret.
    if let Some(body) = line.strip_suffix('…') {
        let cut = secrets.iter().filter_map(|secret| {
            let ends: Vec<usize> =
                secret.char_indices().map(|(at, _)| at).skip(CUT_CHARS_MIN).collect();
            ends.into_iter().rev().find(|end| secret.get(..*end).is_some_and(|s| body.ends_with(s)))
        });
        if let Some(length) = cut.max() {
            return format!("{}****…", body.get(..body.len() - length).unwrap_or_default());
        }
    }
    line
}

/// The line with a short secret masked where it is a word by itself and no name of a setting.
fn words(line: &str, secret: &str) -> String {
    let mut out = String::new();
    let mut done = 0;
    for (at, _) in line.match_indices(secret) {
        let end = at + secret.len();
        let (before, after) = (line.get(..at).unwrap_or(""), line.get(end..).unwrap_or(""));
        let inside = |c: char| c.is_alphanumeric() || matches!(c, '_' | '-' | '*');
        let name = after.trim_start_matches(['"', '\'', ' ', ']']).starts_with(['=', ':', '>']);
        if before.ends_with(inside) || after.starts_with(inside) || name || before.ends_with('<') {
            continue;
        }
        out.push_str(line.get(done..at).unwrap_or_default());
        out.push_str(&mask::secret(secret));
        done = end;
    }
    out.push_str(line.get(done..).unwrap_or_default());
    out
}

/// Where a secret stands by the look of the line: group `v`; group `k`, where there is one, is the
/// name that must promise a secret. The flag says whether the shape holds in programs too.
const SHAPES: [(&str, bool); 11] = [
    (
        r#"(?P<k>[A-Za-z_$][\w.\-:$]*)["'\]\)}]{0,3}\s*(?:=>|:=|={1,3}|!==?|~=|:)\s*[@bruL]?(?:"(?P<v>[^"\r\n]+)|'(?P<w>[^'\r\n]+))"#,
        true,
    ),
    (
        r#"(?P<k>[A-Za-z_][\w.\-@\[\]]*)\s*(?::=|={1,2}|:|!=)\s*(?P<v>[^\s"'<>;,|&(){}=][^\s"'<>;,|&(){}]*)"#,
        false,
    ),
    (r"<(?P<k>[A-Za-z_][\w.:\-]*)(?:\s[^<>]*)?>(?:<!\[CDATA\[)?(?P<v>[^<>\r\n]+)", true),
    (
        r#"(?i)<(?P<k>[a-z_][\w.:\-]*)\s(?:[^<>]*\s)?(?:val|value|v)\s*=\s*(?:"(?P<v>[^"<>]+)|'(?P<w>[^'<>]+)|(?P<x>[^\s"'<>]+))"#,
        true,
    ),
    (
        r#"(?i)["']?\b(?:name|key|id|param|paramname|parameter)["']?\s*[=:]\s*["'](?P<k>[\w.\-:\[\]]{2,80})["'][^<>{}\r\n]{0,120}?(?:["']?\b(?:value|val|default|defaultvalue)["']?\s*[=:]\s*["'](?P<v>[^"'\r\n]+)|>(?P<w>[^<>\r\n]+))"#,
        true,
    ),
    (r#"\b(?:option|list)\s+['"]?(?P<k>\w+)['"]?\s+["']?(?P<v>[^\s'"]+)"#, false),
    (
        r#"(?i)^\s*(?:(?:username|user|login|enable|set|machine)\s[^|;]*?)?(?P<k>[\w\-]*(?:password|passphrase|psk)|[\w\-]+[_\-]passwd)\s+(?:[057]\s+)?["']?(?P<v>[^\s"'=:]+)["']?;?\s*$"#,
        false,
    ),
    (r#"\s(?:-u|--user|--proxy-user|-U)[\s=]*["']?[\w.@\\\-]+[:%](?P<v>[^\s"';&|)]+)"#, false),
    (r#"\s-u\s*["']?[\w.@\\\-]+["']?\s+-p\s*["']?(?P<v>[^\s"';&|)]*[A-Za-z][^\s"';&|)]*)"#, false),
    (r#"://[^\s:/?#@"'<>]*:(?P<v>[^\s/@"'<>]+)@"#, true),
    (r"(?P<v>\$(?:1|2[abxy]?|5|6|7|y|apr1|sha1)\$[./A-Za-z0-9$=,]{6,})", true),
];

static COMPILED: LazyLock<Vec<(Regex, bool)>> = LazyLock::new(|| {
    SHAPES
        .iter()
        .filter_map(|(pattern, always)| expression(pattern).ok().map(|regex| (regex, *always)))
        .collect()
});

/// The line with everything masked that stands where a secret does.
pub(crate) fn by_shape(line: &str, lang: Lang) -> String {
    let mut line = line.to_owned();
    for (regex, always) in COMPILED.iter() {
        if *always || lang.has_bare_values() || lang == Lang::Doc {
            line = masked(regex, &line, lang);
        }
    }
    line
}

fn masked(regex: &Regex, line: &str, lang: Lang) -> String {
    let mut out = String::new();
    let mut done = 0;
    for captures in regex.captures_iter(line) {
        let value = ["v", "w", "x"].iter().find_map(|group| captures.name(group));
        let Some(value) = value.filter(|value| is_secret(&captures, value.as_str(), lang)) else {
            continue;
        };
        if is_behind_text(line, value.start()) {
            continue;
        }
        out.push_str(line.get(done..value.start()).unwrap_or_default());
        out.push_str(&mask::secret(value.as_str()));
        done = value.end();
    }
    out.push_str(line.get(done..).unwrap_or_default());
    out
}

/// Whether the quotation mark before a value ends a text, as in `f("password=") at 0x400614`.
fn is_behind_text(line: &str, start: usize) -> bool {
    let (before, value) = line.split_at_checked(start).unwrap_or_default();
    let quote = before.chars().next_back().filter(|c| matches!(c, '"' | '\''));
    // A line may begin within a text, so that counting alone is not enough.
    let call_ends = value.starts_with([')', ',']);
    call_ends && quote.is_some_and(|quote| before.matches(quote).count() % 2 == 0)
}

fn is_secret(captures: &Captures<'_>, value: &str, lang: Lang) -> bool {
    let kind = match captures.name("k") {
        Some(name) => match name_kind(name.as_str()) {
            Some(kind) => kind,
            None => return false,
        },
        None => NameKind::Password,
    };
    let lower = value.trim().to_ascii_lowercase();
    let state = ["true", "false", "yes", "no", "on", "off", "null", "nil", "none", "0", "1", ""];
    // Tokens of machines are long; a short value there is a name or a number.
    let short = kind == NameKind::Secret && value.len() < 8;
    !(short
        || value.contains("****")
        || value.starts_with(['/', '<', '`', '-'])
        || value == "$"
        || state.contains(&lower.as_str())
        || (is_variable(value, lang) && !looks_hashed(value)))
}

/// Whether the value begins as `crypt(3)` writes hashes, whole or not.
fn looks_hashed(value: &str) -> bool {
    value.starts_with('$') && value.matches('$').count() >= 3
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_secret_of_a_line_goes() {
        let cases = [
            (Lang::Conf, "ftp_password=Aq71xxLp; smtp_password=Bw82yyMq"),
            (Lang::Shell, "curl -u bob:Aq71xxLp ftp://x/ && curl -u ann:Bw82yyMq ftp://y/"),
            (Lang::Json, r#"{"users":[{"password":"Aq71xxLp"},{"password":"Bw82yyMq"}]}"#),
            (Lang::Xml, "<a><Password>Aq71xxLp</Password><Pwd val=Bw82yyMq /></a>"),
            (Lang::Xml, r#"<param name="password" value="Aq71xxLp"/><b pwd="Bw82yyMq"/>"#),
            (Lang::Shell, "echo 'root:$1$Aq71xxLp$Bw82yyMq' | chpasswd -e"),
            (Lang::C, r#"char *password = "Aq71xxLp", *pwd = "Bw82yyMq"; "#),
            (Lang::Shell, "rtspd -u admin -p Aq71xxLp; x ftp://u:Bw82yyMq@h/"),
        ];
        for (lang, line) in cases {
            let seen = by_shape(line, lang);
            assert!(!seen.contains("71xxLp") && !seen.contains("82yyMq"), "{seen}");
        }
        let line = known("a Aq71xxLpZ99 Aq71xxLp Aq71…", &["Aq71xxLpZ99", "Aq71xxLp"]);
        assert_eq!(line, "a Aq**** Aq**** ****…");
    }

    #[test]
    fn the_rest_stays() {
        let lines = [
            (Lang::Shell, "PASS=$(nvram get http_passwd); show_password=1"),
            (Lang::Conf, "password_file=/etc/pw user=admin"),
            (Lang::C, "if (password == NULL) return check(password);"),
            (Lang::Shell, "fn_0x400850(\"password=\") at 0x400614"),
        ];
        for (lang, line) in lines {
            assert_eq!(by_shape(line, lang), line);
        }
        assert_eq!(
            words("admin_pass=pass; pass = 'pass'", "pass"),
            "admin_pass=****; pass = '****'"
        );
    }
}
