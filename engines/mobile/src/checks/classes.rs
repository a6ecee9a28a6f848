//! Checks of whole classes: what they implement and how.

use super::code::Told;
use super::{literals, weak};
use crate::code::{App, Marks};
use crate::dex::instruction::{Instruction, Instructions};
use crate::dex::{Class, Dex, Method};
use crate::names;
use crate::report::{LITERAL, Reporter, Said, TRUST_ALL, WEBVIEW, class_name, method_name};
use duecare_base::{Confidence, Severity};
use std::collections::BTreeMap;

/// What a method's code does, roughly.
#[derive(Debug, Default)]
struct Body {
    calls: Vec<String>,
    throws: bool,
    branches: bool,
    any: bool,
}

fn body(dex: &Dex<'_>, method: &Method) -> Option<Body> {
    let code = dex.code(method)?;
    let mut body = Body { any: true, ..Body::default() };
    for instruction in Instructions::of(&code) {
        match instruction {
            Instruction::Call { method, .. } => {
                body.calls.extend(dex.method(method).map(|called| called.id.to_string()));
            }
            Instruction::Throw => body.throws = true,
            Instruction::Branch => body.branches = true,
            _ => {}
        }
    }
    Some(body)
}

/// Reports what a class by itself shows.
pub(crate) fn check(dex: &Dex<'_>, app: &App, class: &Class, path: &str, reporter: &mut Reporter) {
    let implements =
        |name: &str| class.interfaces.iter().any(|one| &**one == name) || &*class.parent == name;
    let mut tell = |check: &'static str, method: &str, told: &Told| {
        let library = names::is_library(&class.name);
        let symbol = format!("{}->{method}", class.name);
        let said = Said {
            severity: told.severity,
            confidence: if library { Confidence::Low } else { told.confidence },
            key: &format!("{} {}", class_name(&class.name), told.what),
            message: &format!("{} {}", method_name(&class.name, method), told.message),
            snippet: &told.snippet,
        };
        reporter.add(check, path, Some(&symbol), &said);
    };
    if !names::is_library(&class.name) {
        for told in literals::constants(class) {
            tell(LITERAL, "<clinit>", &told);
        }
    }
    let trusts = implements("Ljavax/net/ssl/X509TrustManager;")
        || implements("Ljavax/net/ssl/X509ExtendedTrustManager;");
    let names_host = implements("Ljavax/net/ssl/HostnameVerifier;");
    for method in &class.methods {
        let name = &*method.reference.name;
        match name {
            "checkServerTrusted"
                if trusts
                // A body that neither calls nor throws checks nothing.
                && body(dex, method).is_some_and(|body| !body.throws && checks_nothing(&body)) =>
            {
                tell(
                    TRUST_ALL,
                    name,
                    &told(
                        "trust manager",
                        "accepts every certificate of a server",
                        "an empty body",
                    ),
                );
            }
            "verify" if names_host && app.returns(&method.reference).has(Marks::TRUE) => {
                tell(
                    TRUST_ALL,
                    name,
                    &told(
                        "host name",
                        "accepts a server's certificate for any name",
                        "return true",
                    ),
                );
            }
            "onReceivedSslError" if always_proceeds(dex, method) => {
                tell(
                    TRUST_ALL,
                    name,
                    &told(
                        "web view",
                        "goes on when a web page's certificate is wrong",
                        "SslErrorHandler.proceed()",
                    ),
                );
            }
            _ => {}
        }
    }
}

/// A handler of certificate errors that knows but one answer.
fn always_proceeds(dex: &Dex<'_>, method: &Method) -> bool {
    let calls = body(dex, method).map(|body| body.calls).unwrap_or_default();
    let does = |what: &str| {
        let wanted = format!("Landroid/webkit/SslErrorHandler;->{what}()");
        calls.iter().any(|call| call.starts_with(&wanted))
    };
    does("proceed") && !does("cancel")
}

/// Nothing is called but logging, so nothing is checked.
fn checks_nothing(body: &Body) -> bool {
    let harmless = |call: &String| {
        call.starts_with("Landroid/util/Log;")
            || call.starts_with("Ljava/lang/StringBuilder;")
            || call.starts_with("Lkotlin/jvm/internal/Intrinsics;")
            || call.starts_with("Ljava/lang/Object;-><init>")
    };
    body.any && body.calls.iter().all(harmless)
}

fn told(what: &str, message: &str, snippet: &str) -> Told {
    Told {
        severity: Severity::High,
        confidence: Confidence::High,
        what: what.to_owned(),
        message: message.to_owned(),
        snippet: snippet.to_owned(),
    }
}

/// Reports web views by the classes that set them up.
pub(crate) fn web_views(
    web: &BTreeMap<String, weak::Web>,
    path: &str,
    min_sdk: u32,
    reporter: &mut Reporter,
) {
    for (class, seen) in web {
        let symbol = seen.symbols.first().map(String::as_str);
        let name = class_name(class);
        let confidence =
            if names::is_library(class) { Confidence::Low } else { Confidence::Medium };
        if let Some(bridge) = seen.bridge.as_ref().filter(|_| seen.script) {
            let old = min_sdk < 17;
            let said = Said {
                severity: if old { Severity::High } else { Severity::Medium },
                confidence,
                key: &format!("{name} bridge {bridge}"),
                message: &format!(
                    "{name} lets pages in a web view call the app through \"{bridge}\""
                ),
                snippet: &format!(
                    "setJavaScriptEnabled(true); addJavascriptInterface(…, \"{bridge}\")"
                ),
            };
            reporter.add(WEBVIEW, path, symbol, &said);
        }
        if seen.files {
            let said = Said {
                severity: Severity::Medium,
                confidence,
                key: &format!("{name} files"),
                message: &format!("{name} lets pages from files read other files"),
                snippet: "setAllowFileAccessFromFileURLs(true)",
            };
            reporter.add(WEBVIEW, path, symbol, &said);
        }
    }
}
