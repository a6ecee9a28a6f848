//! Secrets in lines that other engines and analysers quote: they know nothing of secrets, so what
//! they quote goes through here before it gets into a report.

use crate::expression::expression;
use crate::redact::by_shape;
use crate::text::Lang;
use duecare_base::{Finding, mask};
use regex::Regex;
use std::sync::LazyLock;

/// Arguments of commands, and words of analysers, behind which a secret stands (group `v`).
const SHAPES: [&str; 5] = [
    // `mysql -uroot -pPW`, `sshpass -p 'PW'`.
    r#"(?i)\b(?:mysql\w*|mariadb\w*)\b[^|;&]*?\s-p["']?(?P<v>[^\s"'|;&]+)"#,
    r#"(?i)\bsshpass\s+-p\s*["']?(?P<v>[^\s"'|;&]+)"#,
    // `echo "root:PW" | chpasswd`.
    r#"["'\s][\w.\-]+:(?P<v>[^\s"':|]+)["']?\s*\|\s*(?:\S*/)?(?:busybox\s+)?chpasswd"#,
    // `snmpd -c COMMUNITY`, `snmpset -c …`.
    r#"(?i)\bsnmp\w*\b[^|;&]*?\s-c\s*["']?(?P<v>[^\s"'|;&]+)"#,
    // `Possible hardcoded password: 'PW'`.
    r#"(?i)(?:password|passphrase|secret|token)(?:\s+(?:is|was|value|string|literal|found|detected|set|to|of|hard-?coded|in\s+use))*\s*[:=]{0,2}\s*(?:'(?P<v>[^'"\r\n]+)'|"(?P<w>[^'"\r\n]+)")"#,
];

static COMPILED: LazyLock<Vec<Regex>> =
    LazyLock::new(|| SHAPES.iter().filter_map(|shape| expression(shape).ok()).collect());

/// Masks what looks like a secret in every message and every step of proof.
pub fn redact(findings: &mut [Finding]) {
    for finding in findings {
        finding.message = line(&finding.message);
        for step in &mut finding.evidence {
            step.text = line(&step.text);
        }
    }
}

fn line(text: &str) -> String {
    let mut out = by_shape(text, Lang::Shell);
    for shape in COMPILED.iter() {
        let Some(value) =
            shape.captures(&out).and_then(|found| found.name("v").or(found.name("w")))
        else {
            continue;
        };
        let (value, is_variable) = (value.as_str().to_owned(), value.as_str().contains('$'));
        // A path is a file with the secret, not the secret.
        if !is_variable && !value.contains("****") && !value.starts_with('/') && value.len() > 1 {
            out = out.replace(&value, &mask::secret(&value));
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn commands_and_analysers_words() {
        for text in [
            "curl -u admin:Zq81ttRw http://x/",
            "wget ftp://u:Zq81ttRw@host/",
            "mysql -uroot -pZq81ttRw db",
            "sshpass -p 'Zq81ttRw' ssh root@h",
            "echo \"root:Zq81ttRw\" | chpasswd; telnetd",
            "snmpd -c Zq81ttRw",
            "Possible hardcoded password: 'Zq81ttRw'",
            "PASSWORD=Zq81ttRw telnetd",
        ] {
            assert!(!line(text).contains("Zq81ttRw"), "{text} -> {}", line(text));
        }
        for text in [
            "telnetd -l /bin/sh &",
            "system(cmd)",
            "start) $TELNETD -l /bin/sh & ;;",
            "fn_0x400850(\"password=\") at 0x400614",
            "in a password check: calling 'system' uses a command processor",
            "secret = getenv(\"HTTP_X_KEY\"); system(\"/bin/sh\");",
        ] {
            assert_eq!(line(text), text);
        }
    }
}
