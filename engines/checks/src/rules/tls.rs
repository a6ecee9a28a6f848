//! TLS settings of servers: protocol versions and ciphers that are broken.

use super::report::{at_line, settings};
use crate::ids;
use crate::tree::Tree;
use duecare_base::{Confidence, Finding, Severity};
use duecare_unpack::Node;

/// Longest cipher that a finding names.
const NAMED_MAX: usize = 4;

/// Reports weak TLS settings, told by the file's name and the setting's own.
pub(crate) fn check(tree: &Tree<'_>, node: &Node, text: &str, out: &mut Vec<Finding>) {
    let (path, name) = (node.path.as_str(), node.file_name());
    let server = [
        "lighttpd",
        "nginx",
        "apache",
        "httpd",
        "stunnel",
        "uhttpd",
        "ssl",
        "vsftpd",
        "mosquitto",
        "haproxy",
        "dovecot",
        "postfix",
    ]
    .iter()
    .any(|word| path.contains(word))
        && (name.ends_with(".conf") || path.contains("/config/") || path.contains("/sites-"));
    let vpn = name.ends_with(".ovpn")
        || (path.contains("openvpn") && (name.ends_with(".conf") || path.contains("/config/")));
    if !server && !vpn {
        return;
    }
    for (number, line) in settings(text, &['#', ';']) {
        let at = (number, line);
        if let Some(old) = protocols(line) {
            let severity = if old.contains("SSL") { Severity::High } else { Severity::Medium };
            let message = format!("the server accepts {old}, which is broken or withdrawn");
            out.push(at_line(
                tree,
                path,
                at,
                ids::TLS_WEAK_PROTOCOL,
                (severity, Confidence::High),
                &key(line),
                message,
            ));
        }
        let weak = if vpn { vpn_ciphers(line) } else { ciphers(line) };
        if let Some(weak) = weak {
            let message = format!("the server accepts weak ciphers: {weak}");
            out.push(at_line(
                tree,
                path,
                at,
                ids::TLS_WEAK_CIPHER,
                (Severity::Medium, Confidence::High),
                &key(line),
                message,
            ));
        }
    }
}

/// The setting's name.
fn key(line: &str) -> String {
    line.split(|c: char| c == '=' || c.is_whitespace())
        .next()
        .unwrap_or_default()
        .to_ascii_lowercase()
}

/// The old protocols that a setting lets in.
fn protocols(line: &str) -> Option<String> {
    let name = key(line);
    let value = line.get(name.len()..)?.trim_start_matches([' ', '\t', '=']).trim_end_matches(';');
    let words: Vec<&str> =
        value.split([' ', '\t', ',', '"']).filter(|word| !word.is_empty()).collect();
    let mut old: Vec<&str> = Vec::new();
    match name.as_str() {
        "ssl_protocols" => {
            old.extend(
                words.iter().filter(|w| matches!(**w, "SSLv2" | "SSLv3" | "TLSv1" | "TLSv1.1")),
            );
        }
        "sslprotocol" => {
            let removed = |p: &str| {
                words.iter().any(|w| w.strip_prefix('-').is_some_and(|w| w.eq_ignore_ascii_case(p)))
            };
            let all = words.iter().any(|w| w.trim_start_matches('+').eq_ignore_ascii_case("all"));
            for protocol in ["SSLv2", "SSLv3", "TLSv1", "TLSv1.1"] {
                let named =
                    words.iter().any(|w| w.trim_start_matches('+').eq_ignore_ascii_case(protocol));
                // `all` has held SSLv2 and SSLv3 in old versions only; the others to this day.
                if (named || (all && protocol.starts_with('T'))) && !removed(protocol) {
                    old.push(protocol);
                }
            }
        }
        "ssl.use-sslv2" if value.contains("enable") => old.push("SSLv2"),
        "ssl.use-sslv3" if value.contains("enable") => old.push("SSLv3"),
        "sslversion" => {
            old.extend(
                words.iter().filter(|w| matches!(**w, "SSLv2" | "SSLv3" | "TLSv1" | "TLSv1.1")),
            );
        }
        "ssl_sslv2" | "ssl_sslv3" | "ssl_tlsv1" if value.eq_ignore_ascii_case("yes") => {
            old.push(match name.as_str() {
                "ssl_sslv2" => "SSLv2",
                "ssl_sslv3" => "SSLv3",
                _ => "TLSv1",
            });
        }
        "tls-version-min" | "tls_version_min" => {
            old.extend(
                words
                    .iter()
                    .filter(|w| matches!(**w, "1.0" | "1.1"))
                    .map(|w| if *w == "1.0" { "TLSv1" } else { "TLSv1.1" }),
            );
        }
        "ssl.openssl.ssl-conf-cmd" => {
            for protocol in ["SSLv2", "SSLv3", "TLSv1", "TLSv1.1"] {
                let wanted = |sign: &str| {
                    words.iter().any(|w| w.eq_ignore_ascii_case(&format!("{sign}{protocol}")))
                };
                if wanted("") && !wanted("-") {
                    old.push(protocol);
                }
            }
        }
        _ => {}
    }
    (!old.is_empty()).then(|| old.join(", "))
}

/// The weak ciphers that an OpenSSL cipher list lets in (ciphers(1)).
fn ciphers(line: &str) -> Option<String> {
    let name = key(line);
    let known = matches!(
        name.as_str(),
        "ssl_ciphers"
            | "sslciphersuite"
            | "ssl.cipher-list"
            | "ciphers"
            | "ssl_ciphers_suite"
            | "ssl_cipher_list"
    ) || (name == "option" && line.contains("cipher"));
    if !known {
        return None;
    }
    let value = line.get(name.len()..)?.trim_matches([' ', '\t', '=', '"', '\'', ';']);
    let items: Vec<&str> = value.split([':', ',', ' ', '"', '\'']).map(str::trim).collect();
    let banned = |word: &str| {
        items.iter().any(|item| {
            item.strip_prefix(['!', '-'])
                .is_some_and(|item| item.contains(word) || word.contains(item))
        })
    };
    let mut weak: Vec<&str> = Vec::new();
    for item in items.iter().filter(|item| !item.starts_with(['!', '-', '@'])) {
        let upper = item.to_ascii_uppercase();
        let item_weak =
            ["RC4", "EXP", "NULL", "ADH", "LOW", "MD5", "RC2", "DES"].iter().find(|word| {
                upper
                    .split(['-', '+', '_'])
                    .any(|part| part.starts_with(**word) && !part.starts_with("DESC"))
            });
        if item_weak.is_some_and(|word| !banned(word)) {
            weak.push(item);
        }
    }
    weak.dedup();
    (!weak.is_empty()).then(|| weak.iter().take(NAMED_MAX).copied().collect::<Vec<_>>().join(", "))
}

/// OpenVPN's own settings (openvpn(8)).
fn vpn_ciphers(line: &str) -> Option<String> {
    let mut words =
        line.split_whitespace().filter(|word| *word != "option").map(|w| w.trim_matches('\''));
    let (name, value) = (words.next()?, words.next()?);
    let upper = value.to_ascii_uppercase();
    let weak = match name {
        "cipher" | "data-ciphers" => {
            ["NONE", "BF-CBC", "DES", "RC2", "CAST5"].iter().any(|w| upper.starts_with(w))
        }
        "auth" => matches!(upper.as_str(), "NONE" | "MD5"),
        _ => false,
    };
    weak.then(|| value.to_owned())
}
