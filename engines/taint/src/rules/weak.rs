//! TLS without verification, shells on sockets, passwords in logs.

use super::walk;
use crate::ir::{Expr, Function, Kind};
use crate::report::{Lines, is_example, place};
use duecare_base::{CheckId, Confidence, Finding, Location, Severity};

const TLS: CheckId = CheckId::new("tls-verification-off-source");
const SHELL: CheckId = CheckId::new("backdoor-source-shell");
const LOG: CheckId = CheckId::new("leak-source-password-log");

/// Functions that start a program.
const RUNS: &[&str] =
    &["execl", "execlp", "execle", "execv", "execvp", "execve", "system", "popen", "_eval", "eval"];
/// Functions that write a log or to a console.
const LOGS: &[&str] = &[
    "printf",
    "fprintf",
    "syslog",
    "vsyslog",
    "dprintf",
    "log_debug",
    "log_info",
    "dbg",
    "debug",
    "LOG",
    "DBG",
];

/// Everything in one function.
pub(super) fn check(function: &Function, at: &Location, lines: &Lines<'_>, out: &mut Vec<Finding>) {
    let mut doubled = 0_u32;
    let mut socket = false;
    let mut shell = None;
    walk::calls(&function.body, &mut |expr, call| {
        let name = call.name.as_str();
        if name == "dup2" {
            doubled = doubled.saturating_add(1);
        }
        socket |= matches!(name, "accept" | "accept4" | "connect" | "socket");
        let text = call.args.iter().filter_map(Expr::as_text).next().unwrap_or_default();
        if RUNS.contains(&name) {
            if name.starts_with("exec") && is_shell(text) {
                shell = Some(expr.line);
            }
            if let Some(server) =
                text.split([' ', ';', '&', '/']).find(|w| matches!(*w, "telnetd" | "utelnetd"))
            {
                let message = format!("{server} is started by {name}");
                out.push(finding(
                    SHELL,
                    Severity::High,
                    Confidence::Medium,
                    function,
                    server,
                    &message,
                    expr.line,
                    at,
                    lines,
                ));
            }
        }
        if let Some((setting, confidence)) = tls(name, &call.args, &lines.get(expr.line)) {
            let message = format!("{setting} switches the verification of the other side off");
            out.push(finding(
                TLS,
                Severity::High,
                confidence,
                function,
                setting,
                &message,
                expr.line,
                at,
                lines,
            ));
        }
        if LOGS.contains(&name) {
            log(function, expr, &call.args, at, lines, out);
        }
    });
    if let (Some(line), true) = (shell, doubled > 0 && socket) {
        let message = "a shell is run on a socket";
        out.push(finding(
            SHELL,
            Severity::Critical,
            Confidence::High,
            function,
            "shell on a socket",
            message,
            line,
            at,
            lines,
        ));
    }
}

fn is_shell(path: &str) -> bool {
    matches!(path.rsplit('/').next(), Some("sh" | "bash" | "ash"))
}

/// The setting that a call switches off.
fn tls(name: &str, args: &[Expr], line: &str) -> Option<(&'static str, Confidence)> {
    let named = |at: usize| args.get(at).and_then(Expr::as_name).unwrap_or_default();
    let zero = || {
        let value = line.split(named(1)).nth(1).unwrap_or_default();
        let value: String = value.chars().filter(|c| c.is_ascii_alphanumeric()).collect();
        matches!(args.get(2).map(|arg| &arg.kind), Some(Kind::Number | Kind::Name(_)))
            && (value.starts_with('0') || value.starts_with("false") || value.starts_with("FALSE"))
    };
    match name {
        "SSL_CTX_set_verify"
        | "SSL_set_verify"
        | "wolfSSL_CTX_set_verify"
        | "wolfSSL_set_verify"
        | "CyaSSL_CTX_set_verify"
            if named(1).ends_with("SSL_VERIFY_NONE") =>
        {
            Some(("SSL_VERIFY_NONE", Confidence::Medium))
        }
        "mbedtls_ssl_conf_authmode" | "ssl_set_authmode"
            if named(1).ends_with("SSL_VERIFY_NONE") =>
        {
            Some(("MBEDTLS_SSL_VERIFY_NONE", Confidence::Medium))
        }
        "curl_easy_setopt" if zero() => match named(1) {
            "CURLOPT_SSL_VERIFYPEER" => Some(("CURLOPT_SSL_VERIFYPEER", Confidence::High)),
            "CURLOPT_SSL_VERIFYHOST" => Some(("CURLOPT_SSL_VERIFYHOST", Confidence::High)),
            _ => None,
        },
        _ => None,
    }
}

/// A password printed through `%s`.
fn log(
    function: &Function,
    expr: &Expr,
    args: &[Expr],
    at: &Location,
    lines: &Lines<'_>,
    out: &mut Vec<Finding>,
) {
    let format = args.iter().filter_map(Expr::as_text).next().unwrap_or_default();
    if !format.contains("%s") {
        return;
    }
    let secret = args.iter().filter_map(Expr::as_name).find(|name| {
        let name = name.rsplit('.').next().unwrap_or(name).to_ascii_lowercase();
        let name = name.trim_end_matches(|c: char| c.is_ascii_digit());
        matches!(
            name,
            "password"
                | "passwd"
                | "passphrase"
                | "pwd"
                | "psk"
                | "admin_password"
                | "wpa_psk"
                | "user_pass"
        ) || name.ends_with("password")
            || name.ends_with("passwd")
    });
    // A file that keeps settings is no log.
    let file = args
        .first()
        .and_then(Expr::as_name)
        .is_some_and(|to| !matches!(to, "stderr" | "stdout") && !to.starts_with("LOG_"));
    let Some(secret) = secret.filter(|_| !file) else { return };
    let message = format!("the password in {secret} is written to a log or console");
    out.push(finding(
        LOG,
        Severity::Low,
        Confidence::Medium,
        function,
        secret,
        &message,
        expr.line,
        at,
        lines,
    ));
}

#[expect(clippy::too_many_arguments, reason = "a finding has that many parts")]
fn finding(
    check: CheckId,
    severity: Severity,
    confidence: Confidence,
    function: &Function,
    what: &str,
    message: &str,
    line: u32,
    at: &Location,
    lines: &Lines<'_>,
) -> Finding {
    let example = is_example(&at.path);
    let severity = if example { Severity::Low } else { severity };
    let confidence = if example { Confidence::Low } else { confidence };
    let key = format!("{} {what}", function.name);
    Finding::new(check, severity, confidence, place(at, line), key, message)
        .with_snippet(&lines.get(line))
}
