//! Weak cryptography and web views that are opened too far.

use super::code::{Checks, Told};
use crate::code::Value;
use crate::code::tracker::Place;
use crate::dex::MethodRef;
use crate::report::{TRUST_ALL, WEAK_CRYPTO, WEBVIEW};
use duecare_base::{Confidence, Severity};

/// What was seen of web views in a class.
#[derive(Debug, Default, Clone)]
pub(crate) struct Web {
    /// Methods where it was seen, in their order.
    pub(crate) symbols: Vec<String>,
    pub(crate) script: bool,
    pub(crate) bridge: Option<String>,
    pub(crate) files: bool,
}

pub(super) fn call(
    checks: &mut Checks<'_>,
    at: &Place<'_>,
    method: &MethodRef,
    arguments: &[&Value],
) {
    let (class, name) = (&*method.class, &*method.name);
    let on = arguments.get(1).and_then(|value| value.number) == Some(1);
    match (class, name) {
        ("Ljavax/crypto/Cipher;", "getInstance") => {
            let algorithm = arguments.first().and_then(|value| value.literal()).unwrap_or_default();
            if let Some((severity, why)) = weak_cipher(algorithm) {
                let told = Told {
                    severity,
                    confidence: Confidence::High,
                    what: algorithm.to_owned(),
                    message: format!("uses the cipher {algorithm}: {why}"),
                    snippet: format!("Cipher.getInstance(\"{algorithm}\")"),
                };
                checks.tell(WEAK_CRYPTO, at, &told);
            }
        }
        ("Landroid/webkit/WebSettings;", "setJavaScriptEnabled") if on => {
            web(checks, at).script = true
        }
        (
            "Landroid/webkit/WebSettings;",
            "setAllowUniversalAccessFromFileURLs" | "setAllowFileAccessFromFileURLs",
        ) if on => {
            web(checks, at).files = true;
        }
        ("Landroid/webkit/WebView;", "setWebContentsDebuggingEnabled")
            if arguments.first().and_then(|value| value.number) == Some(1) =>
        {
            let told = Told {
                severity: Severity::Low,
                confidence: Confidence::Medium,
                what: "debugging".to_owned(),
                message: "lets web views be debugged from outside".to_owned(),
                snippet: "WebView.setWebContentsDebuggingEnabled(true)".to_owned(),
            };
            checks.tell(WEBVIEW, at, &told);
        }
        (_, "addJavascriptInterface") if method.parameters.len() == 2 => {
            let name = arguments.get(2).and_then(|value| value.literal()).unwrap_or("an object");
            web(checks, at).bridge = Some(name.to_owned());
        }
        (_, "setHostnameVerifier" | "setSSLHostnameVerifier" | "setDefaultHostnameVerifier") => {}
        (
            "Lorg/apache/http/conn/ssl/AllowAllHostnameVerifier;"
            | "Lorg/apache/http/conn/ssl/NoopHostnameVerifier;",
            "<init>",
        ) => {
            let told = Told {
                severity: Severity::High,
                confidence: Confidence::High,
                what: "any name".to_owned(),
                message: "accepts a server's certificate for any name".to_owned(),
                snippet: format!("new {}", crate::report::class_name(class)),
            };
            checks.tell(TRUST_ALL, at, &told);
        }
        _ => {}
    }
}

fn web<'c>(checks: &'c mut Checks<'_>, at: &Place<'_>) -> &'c mut Web {
    let entry = checks.web.entry(at.class.name.to_string()).or_default();
    entry.symbols.push(format!("{}->{}", at.class.name, at.method.name));
    entry
}

/// Why a cipher is weak.
fn weak_cipher(algorithm: &str) -> Option<(Severity, &'static str)> {
    let upper = algorithm.to_ascii_uppercase();
    let mut parts = upper.split('/');
    let cipher = parts.next().unwrap_or_default();
    let mode = parts.next();
    match (cipher, mode) {
        ("DES", _) => Some((Severity::High, "its key has 56 bits")),
        ("RC4" | "ARCFOUR" | "ARC4" | "RC2", _) => Some((Severity::High, "it is broken")),
        ("DESEDE" | "TRIPLEDES" | "BLOWFISH", _) => {
            Some((Severity::Medium, "its blocks have 64 bits"))
        }
        ("AES", None | Some("ECB")) => {
            Some((Severity::Medium, "equal blocks give equal results (ECB)"))
        }
        (name, _) if name.starts_with("PBEWITHMD5ANDDES") => {
            Some((Severity::High, "its key has 56 bits"))
        }
        _ => None,
    }
}
