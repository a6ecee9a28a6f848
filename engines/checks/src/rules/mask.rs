//! Keeps passwords, tokens and keys out of what findings quote.
//!
//! Left out: secrets without a name beside them; what `duecare-secrets` finds it masks itself.

use duecare_base::Finding;
use regex::{Captures, Regex};
use std::sync::LazyLock;

#[expect(clippy::expect_used, reason = "the pattern is a constant and every test compiles it")]
static SECRETS: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(concat!(
        // The password of a URL.
        r#"(?i)://[^/\s:@"']*:([^\s/"'$%*][^\s/"']*)@|"#,
        // `-u user:password`, as curl and vendors' telnetd take it.
        r#"(?:\s(?:-u|-U|--user|--proxy-user)[\s=]\s*["']?[^\s:"']+:|"#,
        // Tools whose `-p` is a password.
        r#"\b(?:ftpput|ftpget|ncftpput|ncftpget|sshpass)\b[^;|&]*?\s-p\s*["']?|"#,
        r#"--(?:http-|ftp-|proxy-)?passw(?:or)?d\s+["']?|"#,
        r#"\bauthorization:\s*(?:basic|bearer)\s+|"#,
        r#"(?:pass(?:w(?:or)?d|phrase|code|wd)?|pwd|(?:\b|_)pw|secret|token|psk|"#,
        r#"(?:api|auth|wpa|wep|wlan|wifi|access|private|stop)[_-]?key)\d{0,2}["']?\s*[=:]\s*["']?)"#,
        r#"([^\s"'@/;&|$`{(<%*=][^\s"'@;&|]*)"#
    ))
    .expect("a constant pattern")
});

/// Shortest secret that is masked wherever else it stands too, in bytes: shorter ones are also parts
/// of words.
const REPEATED_BYTES_MIN: usize = 6;

/// A line with what looks like a secret masked; variables stay, they are none.
pub(crate) fn scrub(line: &str) -> String {
    let mut secrets: Vec<String> = Vec::new();
    let once = SECRETS.replace_all(line, |found: &Captures<'_>| {
        let whole = found.get(0).map_or("", |m| m.as_str());
        let Some(secret) = found.get(1).or_else(|| found.get(2)) else { return whole.to_owned() };
        let text = secret.as_str();
        if text.len() < 2 || text.ends_with("****") {
            return whole.to_owned();
        }
        if text.len() >= REPEATED_BYTES_MIN {
            secrets.push(text.to_owned());
        }
        let begin = found.get(0).map_or(0, |m| m.start());
        let (head, tail) = (secret.start() - begin, secret.end() - begin);
        format!(
            "{}{}{}",
            whole.get(..head).unwrap_or_default(),
            duecare_base::mask::secret(text),
            whole.get(tail..).unwrap_or_default()
        )
    });
    let secrets: Vec<&str> = secrets.iter().map(String::as_str).collect();
    duecare_base::mask::in_line(&once, &secrets)
}

/// A finding none of whose texts shows a secret, whatever made it.
pub(crate) fn masked(mut finding: Finding) -> Finding {
    finding.message = scrub(&finding.message);
    finding.key = scrub(&finding.key);
    for step in &mut finding.evidence {
        step.text = scrub(&step.text);
    }
    finding
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_do_not_leave() {
        assert_eq!(scrub("telnetd -u a:hunter22 &"), "telnetd -u a:hu**** &");
        assert_eq!(scrub("curl -k https://u:hunter22@h/"), "curl -k https://u:hu****@h/");
        assert_eq!(scrub("acs=http://a.b:7547/"), "acs=http://a.b:7547/");
        assert_eq!(scrub("x --password=hunter22"), "x --password=hu****");
        assert_eq!(scrub("telnetd -u a:$sign"), "telnetd -u a:$sign");
        assert_eq!(scrub("wget ftp://u:p@ss@h/f"), "wget ftp://u:****@h/f");
        assert_eq!(scrub("ftp://%s:%s@%s"), "ftp://%s:%s@%s");
        assert_eq!(scrub("ftpput -u a -p hunter22 h f"), "ftpput -u a -p hu**** h f");
        assert_eq!(scrub("nc -ll -p 9527 -e /bin/sh"), "nc -ll -p 9527 -e /bin/sh");
        assert_eq!(scrub("serverpass=abc bypass=1"), "serverpass=**** bypass=1");
        assert_eq!(scrub("f http://h/?pwd=hunter22&a=hunter22"), "f http://h/?pwd=hu****&a=hu****");
        assert_eq!(scrub("Authorization: Basic YWRtaW46YQ=="), "Authorization: Basic YW****");
    }
}
