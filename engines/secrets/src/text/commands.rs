//! Credentials given to commands, in scripts and wherever else commands stand.
//!
//! A variable is followed to its assignment in the same text, and through `cat` into another file
//! of the same layer.

use super::lang::Lang;
use super::value::{is_literal, is_placeholder, is_variable};
use super::{Hit, How, NameKind, Text, name_kind};
use crate::expression::expression;
use duecare_base::Confidence;
use regex::Regex;
use std::sync::LazyLock;

/// How often a variable may lead to another.
const STEPS_MAX: usize = 4;

/// Largest file that a secret is read from, in bytes.
const SECRET_FILE_BYTES_MAX: usize = 4096;

/// A command: the word that must stand there, its name for people, the pattern.
struct Command {
    word: &'static str,
    name: &'static str,
    regex: Regex,
}

/// Name of the command that is given a key as it is, not a password.
pub(super) const CIPHER_KEY: &str = "openssl enc -K";

/// Patterns; group `u` is the user, `v` the secret, `k` a name that decides whether it is one.
const COMMANDS: [(&str, &str, &str); 38] = [
    (
        "chpasswd",
        "chpasswd",
        r#"(?:echo|printf)\s+(?:-\w+\s+)*["']?(?P<u>[\w.$\-{}]+):(?P<v>[^"'|\s]+?)(?:\\n)?["']?\s*\|\s*(?:\S*/|sudo\s+|busybox\s+)*chpasswd"#,
    ),
    (
        "chpasswd",
        "chpasswd",
        r#"chpasswd\s*(?:-\w+\s+)*<<<\s*["']?(?P<u>[\w.\-]+):(?P<v>[^"'\s]+)"#,
    ),
    (
        "passwd",
        "passwd",
        r#"(?:echo|printf)\s+(?:-\w+\s+)*["'](?P<v>[^"'\\\s]+)\\n[^"'|]*["']\s*\|\s*(?:\S*/|sudo\s+|busybox\s+)*passwd\b(?:\s+-\w+)*(?:\s+(?P<u>[\w.\-]+))?"#,
    ),
    (
        "passwd",
        "passwd",
        r#"[({]\s*echo\s+["']?(?P<v>[^"'\s;]+)["']?\s*;\s*(?:u?sleep\s+\d+\s*;\s*)?echo\s+[^)}|]*[)}]\s*\|\s*(?:\S*/|busybox\s+)*passwd\b(?:\s+-\w+)*(?:\s+(?P<u>[\w.\-]+))?"#,
    ),
    (
        "--stdin",
        "passwd",
        r#"echo\s+["']?(?P<v>[^"'\s|]+)["']?\s*\|\s*(?:\S*/)?passwd\s+(?:(?P<u>[\w.]+)\s+)?--stdin"#,
    ),
    (
        "telnetd",
        "telnetd",
        r#"telnetd\b[^;&|\r\n]*?\s-u\s*["']?(?P<u>[^\s:"']+):(?P<v>[^\s"';&|)]+)"#,
    ),
    (
        "curl",
        "curl",
        r#"curl\b[^;|\r\n]*?\s(?:-u|--user|--proxy-user|-U)[\s=]*["']?(?P<u>[^\s:"']+):(?P<v>[^\s"']+)"#,
    ),
    (
        "wget",
        "wget",
        r#"wget\b[^;|\r\n]*?\s--(?:http-|ftp-|proxy-)?passw(?:or)?d[= ]["']?(?P<v>[^\s"']+)"#,
    ),
    ("sshpass", "sshpass", r#"sshpass\s+-p\s*["']?(?P<v>[^\s"']+)"#),
    (
        "mysql",
        "mysql",
        r#"mysql(?:dump|admin|import|check)?\b[^;|\r\n]*?\s(?:-p["']?|--password=["']?)(?P<v>[^\s"'\-][^\s"']*)"#,
    ),
    ("pass:", "openssl", r#"-pass(?:in|out)?\s+["']?pass:(?P<v>[^\s"']+)"#),
    (
        "openssl",
        "openssl",
        r#"openssl\s+(?:enc|aes|des|bf|rc4)[^;|\r\n]*?\s-k\s+["']?(?P<v>[^\s"']+)"#,
    ),
    (
        "openssl",
        CIPHER_KEY,
        r#"openssl\s+(?:enc|aes|des|bf|rc4|camellia|sm4|aria)[^;|\r\n]*?\s-K\s+["']?(?P<v>[0-9A-Fa-f]{8,128}|\$\w+|\$\{\w+\})"#,
    ),
    (
        "smb",
        "smbclient",
        r#"smb(?:client|get|spool)\b[^;|\r\n]*?\s-U\s*["']?(?P<u>[^\s%"']+)%(?P<v>[^\s"']+)"#,
    ),
    (
        "pass",
        "mount",
        r#"\b(?:username|user)=(?P<u>[^,\s"']+),(?:\w+=[^,\s]+,)*pass(?:word)?=(?P<v>[^,\s"']+)"#,
    ),
    ("lftp", "lftp", r#"lftp\b[^;|\r\n]*?\s-u\s*["']?(?P<u>[^\s,"']+),(?P<v>[^\s"']+)"#),
    (
        "ftp",
        "ftp",
        r#"(?:ncftp(?:get|put|ls)?|ftpget|ftpput)\b[^;|\r\n]*?\s-p\s*["']?(?P<v>[^\s"']+)"#,
    ),
    (
        "htpasswd",
        "htpasswd",
        r#"htpasswd\s+(?:-\w+\s+)*-\w*b\w*\s+(?:-\w+\s+)*(?:["']?[^\s"']*[/.][^\s"']*["']?\s+)?["']?(?P<u>[\w.\-]+)["']?\s+["']?(?P<v>[^\s"'>|]+)"#,
    ),
    (
        "wpa_passphrase",
        "wpa_passphrase",
        r#"wpa_passphrase\s+(?:"[^"]+"|'[^']+'|\S+)\s+["']?(?P<v>[^\s"'>|]{8,63})"#,
    ),
    (
        "user",
        "usermod",
        r#"(?:useradd|usermod)\b[^;|\r\n]*?\s(?:-p|--password)[\s=]*["']?(?P<v>[^\s"']+)["']?[^;|\r\n]*?\s(?P<u>[\w.\-]+)\s*(?:;|$|&)"#,
    ),
    (
        "mosquitto",
        "mosquitto",
        r#"mosquitto_(?:pub|sub|rr)\b[^;|\r\n]*?\s-P\s*["']?(?P<v>[^\s"']+)"#,
    ),
    (
        "mosquitto_passwd",
        "mosquitto_passwd",
        r#"mosquitto_passwd\s+-\w*b\s+\S+\s+(?P<u>\S+)\s+["']?(?P<v>[^\s"']+)"#,
    ),
    ("redis-cli", "redis-cli", r#"redis-cli\b[^;|\r\n]*?\s-a\s*["']?(?P<v>[^\s"']+)"#),
    ("zip", "zip", r#"\bun?zip\b[^;|\r\n]*?\s-P\s*["']?(?P<v>[^\s"']+)"#),
    ("7z", "7z", r#"\b7z[ar]?\s+[axe]\b[^;|\r\n]*?\s-p["']?(?P<v>[^\s"']+)"#),
    ("passphrase", "gpg", r#"--passphrase[\s=]+["']?(?P<v>[^\s"']+)"#),
    ("ssh-keygen", "ssh-keygen", r#"ssh-keygen\b[^;|\r\n]*?\s-N\s+["']?(?P<v>[^\s"']{3,})"#),
    ("ldap", "ldap", r#"ldap(?:search|add|modify|whoami)\b[^;|\r\n]*?\s-w\s*["']?(?P<v>[^\s"']+)"#),
    ("setenv", "fw_setenv", r#"(?:fw_)?setenv\s+(?P<k>\w+)\s+["']?(?P<v>[^\s"']+)"#),
    (
        "xmldbc",
        "xmldbc",
        r#"xmldbc\s+(?:-\w+\s+)*-s\s+["']?(?P<k>[\w/:.\-]+)["']?\s+["']?(?P<v>[^\s"']+)"#,
    ),
    (
        "nvram",
        "nvram",
        r#"nvram(?:_set|\s+(?:set|default))\s+(?:\w+\s+)?["']?(?P<k>[\w.\-]+)[= ]["']?(?P<v>[^\s"';&|]+)"#,
    ),
    // Services that take their account as options; after `-p` a number is a port.
    (
        " -p",
        "service",
        r#"(?:^|[\s;&|/(])(?P<n>[\w.\-]+)\s+(?:[^;|&\r\n]*?\s)?(?:-u|--user)\s*["']?(?P<u>[A-Za-z][\w.@\-]*)["']?\s+(?:[^;|&\r\n]*?\s)?-p\s+["']?(?P<v>[^\s"';&|)/\-][^\s"';&|)/]*)"#,
    ),
    ("pppd", "pppd", r#"pppd\b[^;|\r\n]*?\spassword\s+["']?(?P<v>[^\s"']+)"#),
    ("iw", "iwconfig", r#"iwconfig\s+\S+\s+key\s+(?:s:)?["']?(?P<v>[^\s"']{5,64})"#),
    ("plink", "plink", r#"(?:plink|pscp|psftp)\b[^;|\r\n]*?\s-pw\s+["']?(?P<v>[^\s"']+)"#),
    ("quote", "ftp", r#"(?im)^\s*quote\s+pass\s+(?P<v>\S+)"#),
    (
        "--pass",
        "command",
        r#"\s--(?:password|passwd|pass|pwd)(?:=|\s+)["']?(?P<v>[^\s"'\-][^\s"']*)"#,
    ),
    (
        "password",
        "netrc",
        r"(?m)(?:\bmachine\s+\S+\s+|^\s*|\bdefault\s+)login\s+(?P<u>\S+)\s+password\s+(?P<v>\S+)",
    ),
];

static COMPILED: LazyLock<Vec<Command>> = LazyLock::new(|| {
    COMMANDS
        .iter()
        .filter_map(|(word, name, pattern)| {
            expression(pattern).ok().map(|regex| Command { word, name, regex })
        })
        .collect()
});

/// The user of a command that names it apart from the password.
static USER_OPTION: LazyLock<Option<Regex>> = LazyLock::new(|| {
    expression(
        r#"\s(?:-u\s*|--(?:http-|ftp-)?user(?:name)?[= ]\s*|user\s+)["']?(?P<u>[\w.@\\\-]+)"#,
    )
    .ok()
});

/// Adds what stands in the window.
pub(super) fn find(text: &Text<'_>, begin: usize, window: &str, hits: &mut Vec<Hit>) {
    let first = hits.len();
    for command in COMPILED.iter().filter(|command| window.contains(command.word)) {
        for captures in command.regex.captures_iter(window) {
            let Some(value) = captures.name("v") else { continue };
            // The general pattern must not repeat what a special one said.
            let at = begin + value.start();
            if hits.iter().skip(first).any(|hit| hit.at == at || hit.used_at == Some(at)) {
                continue;
            }
            let setting = captures.name("k");
            let program = captures.name("n");
            let name = setting.or(program).map_or(command.name, |m| m.as_str());
            if setting.is_some()
                && !matches!(name_kind(name), Some(NameKind::Password | NameKind::Wireless))
            {
                continue;
            }
            if program.is_some() && !is_account_option(text.lang, name, value.as_str()) {
                continue;
            }
            let user =
                captures.name("u").or_else(|| USER_OPTION.as_ref()?.captures(window)?.name("u"));
            let user = user.map(|m| m.as_str().to_owned());
            let sure = command.name != "command";
            let mut found = hit(text, name, user, value.as_str(), at, sure);
            if let Some(found) = found.as_mut().filter(|_| setting.is_some()) {
                found.how = How::Set;
                found.kind = name_kind(name).unwrap_or(NameKind::Password);
            }
            hits.extend(found);
        }
    }
}

/// Programs whose `-p` is no password, or that have a pattern of their own.
const OTHER_PROGRAMS: [&str; 26] = [
    "ssh",
    "scp",
    "sftp",
    "mysql",
    "mysqldump",
    "mysqladmin",
    "psql",
    "su",
    "sudo",
    "docker",
    "mkdir",
    "cp",
    "install",
    "ps",
    "kill",
    "iptables",
    "nc",
    "read",
    "tar",
    "rsync",
    "useradd",
    "usermod",
    "adduser",
    "echo",
    "test",
    "start-stop-daemon",
];

/// Whether `PROGRAM -u USER -p VALUE` gives a password: a number is a port.
fn is_account_option(lang: Lang, program: &str, value: &str) -> bool {
    let shell = matches!(lang, Lang::Shell | Lang::Conf);
    let protocol = ["tcp", "udp", "http", "https", "rtsp", "all", "any"].contains(&value);
    let number = value.bytes().all(|b| b.is_ascii_digit() || b == b':');
    shell && !protocol && !number && !OTHER_PROGRAMS.contains(&program)
}

fn hit(
    text: &Text<'_>,
    name: &str,
    user: Option<String>,
    value: &str,
    at: usize,
    sure: bool,
) -> Option<Hit> {
    let confidence = if sure { Confidence::High } else { Confidence::Medium };
    let user = user.filter(|user| !user.contains('$'));
    let base = Hit {
        name: name.to_owned(),
        user,
        secret: value.to_owned(),
        at,
        kind: NameKind::Password,
        confidence,
        how: How::Given,
        file: None,
        used_at: None,
    };
    let Some(variable) = variable_name(value) else {
        let own_name = base.user.as_deref() == Some(value);
        // `curl -u user:password` is what manuals write.
        if value == "password" && matches!(base.user.as_deref(), Some("user" | "username")) {
            return None;
        }
        let fine = value.len() >= 2
            && !is_variable(value, Lang::Shell)
            && !is_placeholder(value)
            && (own_name || is_literal(value, name, Lang::Conf));
        return fine.then_some(base);
    };
    match follow(text, variable, at)? {
        Followed::Literal { secret, at: assigned } => {
            Some(Hit { secret, at: assigned, used_at: Some(at), ..base })
        }
        Followed::File { path, secret } => Some(Hit { secret, file: Some(path), ..base }),
    }
}

/// The variable that a value is; `None` when it is anything else.
fn variable_name(value: &str) -> Option<&str> {
    let name = value.strip_prefix('$')?;
    let name = name.strip_prefix('{').and_then(|n| n.strip_suffix('}')).unwrap_or(name);
    let plain = name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_');
    (plain && name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')).then_some(name)
}

enum Followed {
    Literal { secret: String, at: usize },
    File { path: String, secret: String },
}

/// What a variable holds, by its last assignment before its use.
fn follow(text: &Text<'_>, variable: &str, used: usize) -> Option<Followed> {
    let mut wanted = variable.to_owned();
    let mut before = used;
    for _ in 0..STEPS_MAX {
        let head = text.code.get(..before)?;
        let (at, value) = assignments(head, &wanted).last()?;
        let value = value.trim();
        if let Some(path) = read_file(value) {
            let node = text.item.layer?.resolve(&path)?;
            let content = node.content()?;
            let line =
                String::from_utf8_lossy(content.get(..SECRET_FILE_BYTES_MAX).unwrap_or(content));
            let secret = line.lines().next().unwrap_or_default().trim().to_owned();
            return (!secret.is_empty()).then_some(Followed::File { path, secret });
        }
        let plain = value.trim_matches(['"', '\'']);
        match variable_name(plain) {
            Some(next) => {
                wanted = next.to_owned();
                before = at;
            }
            None => {
                let secret = plain.to_owned();
                let fine = is_literal(&secret, "", Lang::Shell);
                return fine.then_some(Followed::Literal { secret, at: at + value.find(plain)? });
            }
        }
    }
    None
}

/// Where the values assigned to a variable begin, and the values.
fn assignments<'t>(code: &'t str, name: &'t str) -> impl Iterator<Item = (usize, &'t str)> {
    code.match_indices(name).filter_map(move |(at, _)| {
        let before = code.get(..at)?.chars().next_back();
        let starts = before.is_none_or(|c| c.is_whitespace() || c == ';');
        let rest = code.get(at + name.len()..)?.strip_prefix('=')?;
        let from = at + name.len() + 1;
        let end = match rest.chars().next()? {
            quote @ ('"' | '\'' | '`') => rest.get(1..)?.find(quote).map(|e| e + 2),
            _ if rest.starts_with("$(") => rest.find(')').map(|e| e + 1),
            _ => rest.find(|c: char| c.is_whitespace() || c == ';'),
        };
        starts.then_some((from, rest.get(..end.unwrap_or(rest.len()))?))
    })
}

/// The file that a command substitution prints.
fn read_file(value: &str) -> Option<String> {
    let value = value.trim_matches('"');
    let inner = value
        .strip_prefix('`')
        .and_then(|v| v.strip_suffix('`'))
        .or_else(|| value.strip_prefix("$(").and_then(|v| v.strip_suffix(')')))?;
    let inner = inner.trim();
    let path = inner
        .strip_prefix("cat ")
        .or_else(|| inner.strip_prefix("/bin/cat "))
        .or_else(|| inner.strip_prefix('<'))
        .or_else(|| inner.strip_prefix("head -n1 "))
        .or_else(|| inner.strip_prefix("head -1 "))?
        .trim();
    let path =
        path.split(|c: char| c.is_whitespace() || c == '|').next()?.trim_matches(['"', '\'']);
    (path.starts_with('/') && !path.contains('$')).then(|| path.to_owned())
}

/// `chpasswd <<EOF` with lines of `user:password`.
static HERE: LazyLock<Option<Regex>> = LazyLock::new(|| {
    expression(r#"chpasswd\s*(?:-\w+\s+)*<<-?\s*["']?(\w+)["']?[ \t]*\r?\n(?P<b>(?:[^\r\n]*:[^\r\n]*\r?\n){1,20})"#).ok()
});

/// `expect "assword"` and the `send` after it.
static EXPECT: LazyLock<Option<Regex>> = LazyLock::new(|| {
    expression(r#"(?i)assword[^\r\n]{0,20}\r?\n?\s*(?:\{\s*)?\bsend\s+(?:--\s+)?["'](?P<v>[^"'\\$\r\n]{2,64})\\[rn]"#).ok()
});

/// `user name password` of an FTP client's input.
static FTP: LazyLock<Option<Regex>> = LazyLock::new(|| {
    expression(r"(?m)^\s*(?:quote\s+)?user\s+(?P<u>[\w.\-]+)\s+(?P<v>\S+)\s*$").ok()
});

/// Adds what takes more than one line to see.
pub(super) fn files(text: &Text<'_>, hits: &mut Vec<Hit>) {
    if text.lang != Lang::Shell && text.lang != Lang::Conf {
        return;
    }
    let code = text.code.as_str();
    if code.contains("chpasswd") {
        for body in HERE.iter().flat_map(|r| r.captures_iter(code)).filter_map(|c| c.name("b")) {
            let mut at = body.start();
            for line in body.as_str().split_inclusive('\n') {
                if let Some((user, secret)) = line.trim().split_once(':') {
                    let from = at + line.find(':').unwrap_or(0) + 1;
                    hits.extend(hit(text, "chpasswd", Some(user.to_owned()), secret, from, true));
                }
                at += line.len();
            }
        }
    }
    if code.contains("send") {
        for value in EXPECT.iter().flat_map(|r| r.captures_iter(code)).filter_map(|c| c.name("v")) {
            hits.extend(hit(text, "expect", None, value.as_str(), value.start(), true));
        }
    }
    if code.contains("ftp") && text.lang == Lang::Shell {
        for captures in FTP.iter().flat_map(|r| r.captures_iter(code)) {
            if let (Some(user), Some(value)) = (captures.name("u"), captures.name("v")) {
                let user = Some(user.as_str().to_owned());
                hits.extend(hit(text, "ftp", user, value.as_str(), value.start(), true));
            }
        }
    }
}
