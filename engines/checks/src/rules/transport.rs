//! Connections that the device opens without checking whom it talks to, or in the clear.

use super::mask::scrub;
use super::report::at_line;
use crate::tree::Tree;
use crate::{gaps, ids};
use duecare_base::{Confidence, Finding, Location, Severity};
use duecare_unpack::Node;
use memchr::memmem;
use regex::Regex;
use std::sync::LazyLock;

/// Longest line of code that is read, in bytes: minified pages are no settings.
const LINE_BYTES_MAX: usize = 2000;

/// Findings of one check in one file.
const PER_FILE_MAX: usize = 50;

/// The ways in which programs and languages switch verification off: pattern, what it is.
const SWITCHES: [(&str, &str); 12] = [
    (r"\bwget\b.*\s--no-check-certificate\b", "wget does not check the server's certificate"),
    (
        r"\b(?:uclient-fetch|opkg)\b.*\s--no-check-certificate\b",
        "the download does not check the server's certificate",
    ),
    (
        r"\bcurl\b[^|;&]*\s(?:-[a-zA-Z#]*k[a-zA-Z]*|--insecure)(?:\s|$|\x22|')",
        "curl does not check the server's certificate",
    ),
    (
        r"CURLOPT_SSL_VERIFY(?:PEER|HOST)\s*,\s*(?:0L?|false|FALSE)\b",
        "curl is told not to check the server's certificate",
    ),
    (r"\bverify\s*=\s*False\b", "the server's certificate is not checked (verify=False)"),
    (
        r"ssl\._create_unverified_context|ssl\.CERT_NONE",
        "Python is told not to check the server's certificate",
    ),
    (
        r"rejectUnauthorized\x22?\s*:\s*false|NODE_TLS_REJECT_UNAUTHORIZED\s*=\s*['\x22]?0",
        "Node is told not to check the server's certificate",
    ),
    (r#"\bverify\s*=\s*["']none["']"#, "Lua is told not to check the server's certificate"),
    (r#"['"]verify_peer['"]\s*=>\s*false"#, "PHP is told not to check the server's certificate"),
    (
        r"SSL_VERIFYPEER\s*\]?\s*=>\s*(?:0|false)\b|SSL_VERIFY_NONE",
        "the server's certificate is not checked",
    ),
    (
        r"http\.sslVerify\s*[= ]\s*false|GIT_SSL_NO_VERIFY=(?:1|true)",
        "git does not check the server's certificate",
    ),
    (r"StrictHostKeyChecking[= ](?:no|accept-new)\b", "ssh does not check the other side's key"),
];

#[expect(clippy::expect_used, reason = "the patterns are constants and a test compiles them")]
static COMPILED: LazyLock<Vec<(Regex, &str)>> = LazyLock::new(|| {
    SWITCHES
        .iter()
        .map(|(pattern, what)| (Regex::new(pattern).expect("a constant pattern"), *what))
        .collect()
});

#[expect(clippy::expect_used, reason = "the pattern is a constant and a test compiles it")]
static ACS: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(concat!(
        r#"(?i)((?:acs[_-]?(?:server[_-]?)?url|ManagementServer\.URL|(?:cwmp|tr069|tr_069)[\w.]*url))"#,
        r#"["']?\s*(?:[=:>,]|value=|\s)\s*["']?(http://[^"'\s<>]+)"#
    ))
    .expect("a constant pattern")
});

/// Words of which a line has one when any pattern of [`SWITCHES`] matches it.
const HINTS: [&str; 12] = [
    "--no-check-certificate",
    "curl",
    "CURLOPT_SSL_VERIFY",
    "verify",
    "ssl.",
    "rejectUnauthorized",
    "VERIFYPEER",
    "SSL_VERIFY_NONE",
    "sslVerify",
    "GIT_SSL",
    "NODE_TLS",
    "StrictHostKeyChecking",
];

/// Whether a file holds code that runs on the device, and how its comments begin.
fn comment_of(node: &Node, text: &str) -> Option<&'static str> {
    let name = node.file_name();
    let end = name.rsplit_once('.').map_or("", |(_, end)| end);
    match end {
        "sh" | "py" | "pl" | "rb" | "conf" | "cfg" | "cgi" | "init" | "service" => Some("#"),
        "lua" => Some("--"),
        "php" | "js" | "inc" => Some("//"),
        _ if text.starts_with("#!") => {
            Some(if text.lines().next()?.contains("lua") { "--" } else { "#" })
        }
        _ if node.path.starts_with("/etc/") => Some("#"),
        _ => None,
    }
}

/// Reports verification switched off and management servers in the clear, in text files.
pub(crate) fn check_text(tree: &Tree<'_>, node: &Node, text: &str, out: &mut Vec<Finding>) {
    let Some(comment) = comment_of(node, text) else {
        acs(tree, node, text, "<!--", out);
        return;
    };
    acs(tree, node, text, comment, out);
    if !HINTS.iter().any(|hint| text.contains(hint)) {
        return;
    }
    let mut count = 0;
    for (number, line) in (1_u32..).zip(text.lines()) {
        let line = line.trim();
        if line.len() > LINE_BYTES_MAX
            || line.starts_with(comment)
            || line.starts_with('*')
            || is_output(line)
        {
            continue;
        }
        for (pattern, what) in COMPILED.iter() {
            if pattern.is_match(line) {
                if count >= PER_FILE_MAX {
                    tree.miss(gaps::FINDINGS, &node.path);
                    return;
                }
                count += 1;
                let sure = (Severity::Medium, Confidence::High);
                out.push(at_line(
                    tree,
                    &node.path,
                    (number, line),
                    ids::TLS_VERIFICATION_OFF,
                    sure,
                    &key(line),
                    *what,
                ));
                break;
            }
        }
    }
}

/// Help texts and messages speak of commands that they do not run.
fn is_output(line: &str) -> bool {
    ["echo ", "printf ", "print(", "logger ", "usage", "Usage"]
        .iter()
        .any(|start| line.starts_with(start))
        && !line.contains("$(")
        && !line.contains('|')
        && !line.contains('`')
}

/// A line without what changes from release to release.
fn key(line: &str) -> String {
    let line = scrub(line);
    let words = line.split_whitespace().filter(|word| !word.bytes().any(|b| b.is_ascii_digit()));
    duecare_base::text::one_line(&words.collect::<Vec<_>>().join(" "), 100)
}

fn acs(tree: &Tree<'_>, node: &Node, text: &str, comment: &str, out: &mut Vec<Finding>) {
    let lower_hint = ["acs", "ACS", "ManagementServer", "cwmp", "tr069", "TR069", "tr_069", "CWMP"];
    if !lower_hint.iter().any(|hint| text.contains(hint)) {
        return;
    }
    for (number, line) in (1_u32..).zip(text.lines()) {
        let line = line.trim();
        if line.len() > LINE_BYTES_MAX || line.starts_with(comment) {
            continue;
        }
        if let Some(found) = ACS.captures(line) {
            let url = found.get(2).map_or("", |m| m.as_str());
            if super::updates::is_placeholder(url) {
                continue;
            }
            let name = found.get(1).map_or("", |m| m.as_str());
            let message = format!("the management server (TR-069) is reached in the clear: {url}");
            out.push(at_line(
                tree,
                &node.path,
                (number, line),
                ids::PROTOCOL_TR069_PLAIN,
                (Severity::High, Confidence::Medium),
                name,
                message,
            ));
        }
    }
}

/// Reports commands inside programs that switch verification off.
pub(crate) fn check_program(tree: &Tree<'_>, node: &Node, content: &[u8], out: &mut Vec<Finding>) {
    let name = node.file_name();
    if ["wget", "curl", "busybox", "opkg", "uclient", "libcurl", "toybox", "aria2", "git"]
        .iter()
        .any(|own| name.starts_with(own))
    {
        return;
    }
    for (needle, must) in
        [("--no-check-certificate", "wget"), ("curl ", " -k"), ("curl ", "--insecure")]
    {
        for at in memmem::find_iter(content, needle.as_bytes()).take(100) {
            let Some((begin, text)) = string_around(content, at) else { continue };
            if !text.contains(must) || !text.contains("http") && !text.contains('%') {
                continue;
            }
            let hit = COMPILED.iter().find(|(pattern, _)| pattern.is_match(text));
            if let Some((_, what)) = hit {
                let location = Location::offset(&tree.layer.chain, &node.path, begin as u64);
                let finding = Finding::new(
                    ids::TLS_VERIFICATION_OFF,
                    Severity::Medium,
                    Confidence::Medium,
                    location,
                    key(text),
                    format!("{what}, in a command inside the program"),
                );
                out.push(finding.with_snippet(&scrub(text)));
            }
        }
    }
}

/// The printable text around an offset, and where it begins.
pub(crate) fn string_around(content: &[u8], at: usize) -> Option<(usize, &str)> {
    let printable = |byte: &u8| (0x20..0x7f).contains(byte);
    let before =
        content.get(..at)?.iter().rev().take(LINE_BYTES_MAX).take_while(|b| printable(b)).count();
    let after = content.get(at..)?.iter().take(LINE_BYTES_MAX).take_while(|b| printable(b)).count();
    let begin = at - before;
    Some((begin, std::str::from_utf8(content.get(begin..at + after)?).ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_patterns_compile_and_match() {
        let hit = |line: &str| COMPILED.iter().any(|(pattern, _)| pattern.is_match(line));
        assert!(hit("wget -q --no-check-certificate -O /tmp/f $URL"));
        assert!(hit("curl -sk https://a/b"));
        assert!(!hit("curl -s https://a/b-k"));
        assert!(!hit("curl --cacert /etc/k.pem https://a"));
        assert!(ACS.is_match("acs_url=http://acs.isp.test:7547/"));
        assert!(!ACS.is_match("acs_url=https://acs.isp.test:7547/"));
    }
}
