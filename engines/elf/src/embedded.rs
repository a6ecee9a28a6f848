//! `credential-elf-embedded`: password hashes, URLs with passwords and login commands with fixed
//! users in a program's texts.
//!
//! Private keys and tokens are left to the secrets engine, which reads every file.

use crate::file::ElfFile;
use crate::gaps;
use crate::header::Kind;
use duecare_base::{CheckId, Confidence, Finding, Location, Severity, mask};
use std::collections::BTreeSet;

const CHECK: CheckId = CheckId::new("credential-elf-embedded");
/// Most findings per file.
const FINDINGS_MAX: usize = 40;
/// Shortest text that can hold any of them, in bytes.
const TEXT_BYTES_MIN: usize = 8;

/// Something found in a text.
struct Hit<'a> {
    secret: &'a str,
    user: Option<&'a str>,
    severity: Severity,
    confidence: Confidence,
    what: &'static str,
}

/// Looks through the loaded texts.
pub(crate) fn check(file: &ElfFile<'_>, at: &Location) -> Vec<Finding> {
    if matches!(file.kind(), Kind::Core | Kind::Relocatable) || hashes_by_trade(file) {
        return Vec::new();
    }
    let mut found = Vec::new();
    let mut seen = BTreeSet::new();
    for (offset, text) in file.strings(TEXT_BYTES_MIN) {
        if found.len() >= FINDINGS_MAX {
            file.miss(gaps::FINDINGS);
            break;
        }
        let hit = hash(text).or_else(|| url(text)).or_else(|| command(text));
        let Some(hit) = hit.filter(|hit| seen.insert(hit.secret)) else { continue };
        let place = Location { offset: Some(offset), ..at.clone() };
        let of = hit.user.map_or_else(String::new, |user| format!(" of \"{user}\""));
        let message = format!("the program holds {}{of}", hit.what);
        let key = format!("{} {}", hit.what, hit.user.unwrap_or(""));
        let snippet = mask::in_line(text, &[hit.secret]);
        found.push(
            Finding::new(CHECK, hit.severity, hit.confidence, place, key.trim_end(), message)
                .with_snippet(&snippet),
        );
    }
    found
}

/// Libraries that make such hashes carry samples of them for their self-tests.
fn hashes_by_trade(file: &ElfFile<'_>) -> bool {
    const PARTS: &[&str] = &["libcrypt", "libc.so", "libxcrypt", "libuClibc", "libmbed", "ld-"];
    file.soname().is_some_and(|name| PARTS.iter().any(|part| name.starts_with(part)))
}

fn is_radix64(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'/')
}

/// A complete hash in the modular crypt format, alone or in a line of a password file.
fn hash(text: &str) -> Option<Hit<'_>> {
    // Prefix, longest salt with parameters, length of the digest.
    const FORMS: &[(&str, usize, usize)] =
        &[("$1$", 8, 22), ("$5$", 35, 43), ("$6$", 35, 86), ("$y$", 100, 43)];
    // Salts of the C libraries' and BusyBox's self-tests.
    const SAMPLES: &[&str] = &["$abcd0123$", "$abc0123456789$", "$saltstring", "$abcdefgh$"];
    if !text.contains('$') || SAMPLES.iter().any(|sample| text.contains(sample)) {
        return None;
    }
    let modular = FORMS.iter().find_map(|(prefix, salt, digest)| {
        let start = text.find(prefix)?;
        let rest = text.get(start + prefix.len()..)?;
        let split = match *prefix {
            "$y$" => rest.match_indices('$').nth(1)?.0,
            _ if rest.starts_with("rounds=") => rest.match_indices('$').nth(1)?.0,
            _ => rest.find('$')?,
        };
        let body = rest.get(split + 1..)?;
        let len = body.bytes().take_while(|b| is_radix64(*b)).count();
        let end = start + prefix.len() + split + 1 + len;
        (split <= *salt && len == *digest).then(|| (start, text.get(start..end)))
    });
    let (start, secret) = modular.or_else(|| bcrypt(text))?;
    let secret = secret?;
    let user = text
        .get(..start)?
        .strip_suffix(':')
        .and_then(|head| head.rsplit([':', ' ', '\'', '"']).next());
    let user = user.filter(|user| !user.is_empty());
    Some(Hit {
        secret,
        user,
        severity: Severity::High,
        confidence: Confidence::High,
        what: "a password hash",
    })
}

fn bcrypt(text: &str) -> Option<(usize, Option<&str>)> {
    let start = ["$2a$", "$2b$", "$2y$"].iter().find_map(|prefix| text.find(prefix))?;
    let raw = text.get(start..start + 60)?;
    let digits = raw.get(4..6)?.bytes().all(|b| b.is_ascii_digit());
    let body = raw.get(7..)?;
    // A body of one repeated or rising character is a sample.
    let varied = body.bytes().collect::<BTreeSet<_>>().len() > 12;
    (digits && raw.get(6..7) == Some("$") && body.bytes().all(is_radix64) && varied)
        .then_some((start, Some(raw)))
}

/// What documentation and help texts write in a credential's place.
fn placeholder(user: &str, secret: &str) -> bool {
    const USERS: &[&str] =
        &["user", "username", "login", "name", "usr", "uname", "me", "foo", "id"];
    const SECRETS: &[&str] =
        &["pass", "password", "passwd", "pwd", "pw", "secret", "passwrd", "bar"];
    let lower = |text: &str| text.to_ascii_lowercase();
    USERS.contains(&lower(user).as_str())
        || SECRETS.contains(&lower(secret).as_str())
        || [user, secret].iter().any(|text| {
            text.is_empty()
                || text.contains(['<', '>', '{', '}', '[', ']', '%', '$', '*', '(', '|', '\\'])
                || lower(text).bytes().all(|b| b == b'x' || b == b'.')
        })
}

/// `scheme://user:password@host`.
fn url(text: &str) -> Option<Hit<'_>> {
    let at = text.find("://")?;
    let rest = text.get(at + 3..)?;
    let end = rest.find(['/', ' ', '"', '\'', '?', '#', '<']).unwrap_or(rest.len());
    let (credentials, host) = rest.get(..end)?.rsplit_once('@')?;
    let (user, secret) = credentials.split_once(':')?;
    let scheme = text.get(..at)?.bytes().rev().take_while(u8::is_ascii_alphanumeric).count();
    if scheme < 2 || host.is_empty() || placeholder(user, secret) || host.starts_with("example") {
        return None;
    }
    Some(Hit {
        secret,
        user: Some(user),
        severity: Severity::High,
        confidence: Confidence::Medium,
        what: "a URL with the password",
    })
}

/// `telnetd … -u user:password` and other commands with `-u user:password`.
fn command(text: &str) -> Option<Hit<'_>> {
    let at = text.find(" -u ")?;
    let token = text.get(at + 4..)?.split_ascii_whitespace().next()?.trim_matches(['"', '\'']);
    let (user, secret) = token.split_once(':')?;
    let telnet = text.contains("telnetd");
    if telnet && !user.is_empty() && !user.contains('%') && !user.starts_with(['$', '<']) {
        // A password that is filled in is usually read from a file of the same image.
        let fixed = !secret.contains(['%', '$']);
        return Some(Hit {
            secret: if fixed { secret } else { user },
            user: fixed.then_some(user),
            severity: if fixed { Severity::Critical } else { Severity::High },
            confidence: Confidence::High,
            what: "a command that opens telnet with a fixed login",
        });
    }
    // Numbers on both sides are user and group ids.
    let ids = token.bytes().all(|b| b.is_ascii_digit() || b == b':');
    let calls = ["curl ", "wget ", "ftpput ", "ftpget ", "smbclient "];
    let runs = calls.iter().any(|call| text.contains(call));
    (runs && !ids && !placeholder(user, secret)).then_some(Hit {
        secret,
        user: Some(user),
        severity: Severity::High,
        confidence: Confidence::Medium,
        what: "a command with the password",
    })
}
