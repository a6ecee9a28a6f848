//! Traffic in the clear, and certificates of others: the network security configuration and the
//! addresses in the code.

use super::literals;
use super::manifest::{Manifest, attr, switch};
use crate::report::{CLEARTEXT, LITERAL, Reporter, Said, TRUST_ALL, shown};
use crate::resources::Value;
use crate::resources::table::Table;
use crate::resources::xml::{Element, parse};
use duecare_base::{Confidence, Severity, mask};
use std::collections::BTreeSet;

/// Hosts that are shown for a finding.
const HOSTS_SHOWN: usize = 8;

/// Finds a file of the app by its name: its path and its bytes.
type Lookup<'a> = &'a dyn Fn(&str) -> Option<(String, Vec<u8>)>;

/// What the configuration says.
#[derive(Debug, Default)]
struct Config {
    /// For all hosts that it does not name.
    base: Option<bool>,
    /// Hosts in the clear.
    clear: Vec<String>,
    /// Hosts for which it is forbidden.
    closed: Vec<String>,
    /// Certificates that the user added are trusted.
    user: bool,
}

fn boolean(element: &Element, name: &str) -> Option<bool> {
    match element.attribute(0, name)? {
        Value::Bool(on) => Some(*on),
        Value::Number(number) => Some(*number != 0),
        Value::Text(text) => text.parse().ok(),
        _ => None,
    }
}

fn trusts_user(element: &Element) -> bool {
    element
        .named("trust-anchors")
        .flat_map(|anchors| anchors.named("certificates"))
        .any(|one| matches!(one.attribute(0, "src"), Some(Value::Text(text)) if text == "user"))
}

fn read(root: &Element) -> Config {
    let mut config = Config::default();
    for part in &root.children {
        // `debug-overrides` count only for builds that can be debugged, which is told elsewhere.
        match part.name.as_str() {
            "base-config" => {
                config.base = boolean(part, "cleartextTrafficPermitted");
                config.user |= trusts_user(part);
            }
            "domain-config" => domain(part, None, &mut config),
            _ => {}
        }
    }
    config
}

fn domain(part: &Element, above: Option<bool>, config: &mut Config) {
    let clear = boolean(part, "cleartextTrafficPermitted").or(above);
    config.user |= trusts_user(part);
    let hosts = part.named("domain").map(|one| one.text.to_ascii_lowercase());
    match clear {
        Some(true) => config.clear.extend(hosts),
        Some(false) => config.closed.extend(hosts),
        None => {}
    }
    // The parser bounds how deep elements nest.
    part.named("domain-config").for_each(|inner| domain(inner, clear, config));
}

/// Reads the configuration that the manifest names.
fn config(
    manifest: &Manifest,
    table: Option<&Table<'_>>,
    file: Lookup<'_>,
) -> Option<(String, Config)> {
    let value = manifest.application()?.attribute(attr::NETWORK, "networkSecurityConfig")?;
    let named = match value {
        Value::Reference(id) => table.map(|table| table.values(*id)).unwrap_or_default(),
        value => vec![value.clone()],
    };
    let named = named.into_iter().find_map(|value| match value {
        Value::Text(text) => Some(text),
        _ => None,
    });
    let (path, bytes) = named
        .and_then(|name| {
            let bare = name.strip_prefix("@xml/").map(|bare| format!("res/xml/{bare}.xml"));
            file(&bare.unwrap_or(name))
        })
        .or_else(|| file("res/xml/network_security_config.xml"))?;
    Some((path, read(&parse(&bytes)?)))
}

/// Reports what the app sends in the clear. `texts` are the texts of its own code.
pub(crate) fn check(
    manifest: &Manifest,
    table: Option<&Table<'_>>,
    file: Lookup<'_>,
    texts: &BTreeSet<String>,
    reporter: &mut Reporter,
) {
    let Some(application) = manifest.application() else { return };
    let found = config(manifest, table, file);
    let hosts = plain_hosts(texts);
    if let Some((path, config)) = &found {
        if config.user {
            let said = Said {
                severity: Severity::Medium,
                confidence: Confidence::High,
                key: "user certificates",
                message: "the app trusts certificates that the phone's user or an attacker added",
                snippet: "<certificates src=\"user\"/>",
            };
            reporter.add(TRUST_ALL, path, None, &said);
        }
        if !config.clear.is_empty() {
            let all = config.clear.iter().all(|host| is_local(host));
            let said = Said {
                severity: if all { Severity::Info } else { Severity::Medium },
                confidence: Confidence::High,
                key: "domains",
                message: &format!("the app may talk in the clear to {}", listed(&config.clear)),
                snippet: "<domain-config cleartextTrafficPermitted=\"true\">",
            };
            reporter.add(CLEARTEXT, path, None, &said);
        }
    }
    let (path, allowed, why) = match &found {
        // With a configuration, the manifest's switch counts for old phones only.
        Some((path, config)) => match config.base {
            Some(allowed) => (
                path.clone(),
                allowed,
                "<base-config cleartextTrafficPermitted=\"true\">".to_owned(),
            ),
            None => (path.clone(), manifest.target_sdk < 28, default_of(manifest)),
        },
        None => match switch(application, attr::CLEARTEXT, "usesCleartextTraffic", table) {
            Some(allowed) => {
                (manifest.path.clone(), allowed, "android:usesCleartextTraffic=\"true\"".to_owned())
            }
            None => (manifest.path.clone(), manifest.target_sdk < 28, default_of(manifest)),
        },
    };
    if !allowed {
        return;
    }
    let closed = found.as_ref().map(|(_, config)| config.closed.clone()).unwrap_or_default();
    let hosts: Vec<String> = hosts.into_iter().filter(|host| !closed.contains(host)).collect();
    let message = if hosts.is_empty() {
        "the app may talk to any host in the clear".to_owned()
    } else {
        format!(
            "the app may talk to any host in the clear, and has addresses of {}",
            listed(&hosts)
        )
    };
    let said = Said {
        severity: if hosts.is_empty() { Severity::Low } else { Severity::Medium },
        confidence: Confidence::High,
        key: "application",
        message: &message,
        snippet: &why,
    };
    let steps: Vec<String> =
        hosts.iter().take(HOSTS_SHOWN).map(|host| format!("http://{host}")).collect();
    reporter.add_with(CLEARTEXT, &path, None, &said, &steps);
}

fn default_of(manifest: &Manifest) -> String {
    format!("the default for target API {}", manifest.target_sdk)
}

fn listed(hosts: &[String]) -> String {
    let shown: Vec<&str> = hosts.iter().take(3).map(String::as_str).collect();
    let more = hosts.len().saturating_sub(shown.len());
    if more == 0 { shown.join(", ") } else { format!("{} and {more} more", shown.join(", ")) }
}

fn is_local(host: &str) -> bool {
    host == "localhost"
        || host.starts_with("127.")
        || host.starts_with("10.")
        || host.starts_with("192.168.")
        || host.ends_with(".local")
}

/// Hosts whose addresses are names of formats or examples, not places to talk to.
const NOT_HOSTS: [&str; 16] = [
    "schemas.android.com",
    "www.w3.org",
    "w3.org",
    "xmlpull.org",
    "ns.adobe.com",
    "schemas.xmlsoap.org",
    "schemas.microsoft.com",
    "xml.org",
    "java.sun.com",
    "example.com",
    "www.example.com",
    "apache.org",
    "www.apache.org",
    "purl.org",
    "json-schema.org",
    "localhost",
];

/// Hosts of `http://` addresses, without those that only name a format.
fn plain_hosts(texts: &BTreeSet<String>) -> Vec<String> {
    let mut hosts = BTreeSet::new();
    for text in texts {
        let Some(rest) = text.strip_prefix("http://") else { continue };
        let authority = rest.split(['/', '?', '#', ' ']).next().unwrap_or_default();
        let host = authority.rsplit('@').next().unwrap_or_default();
        let host = host.split(':').next().unwrap_or_default().to_ascii_lowercase();
        let fits = host.contains('.')
            && host.chars().all(|c| c.is_ascii_alphanumeric() || ".-".contains(c));
        let named = NOT_HOSTS.iter().any(|one| host == *one || host.ends_with(&format!(".{one}")));
        if fits && !named && !host.starts_with("127.") {
            hosts.insert(host);
        }
    }
    hosts.into_iter().collect()
}

/// Reports logins in the texts of a DEX file.
pub(crate) fn logins(texts: &BTreeSet<String>, path: &str, reporter: &mut Reporter) {
    for text in texts {
        if let Some((user, password)) = literals::login_in(text) {
            let masked = mask::in_line(text, &[password]);
            let scheme = text.split(':').next().unwrap_or_default();
            let said = Said {
                severity: Severity::High,
                confidence: Confidence::High,
                key: &format!("{scheme} login {user}"),
                message: &format!("the app holds an address with the login of \"{user}\""),
                snippet: &masked,
            };
            reporter.add(LITERAL, path, None, &said);
        } else if let Some(password) = literals::basic(text) {
            let said = Said {
                severity: Severity::High,
                confidence: Confidence::High,
                key: "basic login",
                message: &format!(
                    "the app holds a ready-made login with the password {}",
                    shown(&password)
                ),
                snippet: "Basic ****",
            };
            reporter.add(LITERAL, path, None, &said);
        }
    }
}
