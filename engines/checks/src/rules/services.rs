//! Services that start at boot and should not, or not like this.

use super::report::{Context, Shown, of_run};
use crate::ids;
use crate::shell::eval::{Field, How, Run};
use crate::tree::Tree;
use duecare_base::{CheckId, Finding, Severity};

/// A sort of service: what its programs are called and what is wrong with running one.
struct Service {
    names: &'static [&'static str],
    id: CheckId,
    severity: Severity,
    what: &'static str,
}

static SERVICES: [Service; 11] = [
    Service {
        names: &["telnetd", "utelnetd", "in.telnetd", "telnetd.netkit", "inetutils-telnetd"],
        id: ids::SERVICE_TELNET,
        severity: Severity::High,
        what: "a telnet server, which sends passwords in the clear",
    },
    Service {
        names: &[
            "vsftpd",
            "proftpd",
            "pure-ftpd",
            "bftpd",
            "ftpd",
            "in.ftpd",
            "stupid-ftpd",
            "uftpd",
            "ftpd.sh",
            "pyftpd",
        ],
        id: ids::SERVICE_FTP,
        severity: Severity::Medium,
        what: "an FTP server, which sends passwords and files in the clear",
    },
    Service {
        names: &["tftpd", "in.tftpd", "utftpd", "atftpd", "opentftpd", "tftpd-hpa"],
        id: ids::SERVICE_TFTP,
        severity: Severity::Medium,
        what: "a TFTP server, which knows no passwords",
    },
    Service {
        names: &["rshd", "in.rshd", "rlogind", "in.rlogind", "rexecd", "in.rexecd", "rsh-server"],
        id: ids::SERVICE_RSH,
        severity: Severity::High,
        what: "a remote shell of the r family, which trusts addresses",
    },
    Service {
        names: &["snmpd", "mini_snmpd", "snmpdm", "snmpa"],
        id: ids::SERVICE_SNMP,
        severity: Severity::Low,
        what: "an SNMP agent",
    },
    Service {
        names: &["miniupnpd", "upnpd", "linuxigd", "igd", "wanipconnd"],
        id: ids::SERVICE_UPNP,
        severity: Severity::Low,
        what: "a UPnP gateway, which opens ports for anybody inside",
    },
    Service {
        names: &["adbd"],
        id: ids::SERVICE_ADB,
        severity: Severity::High,
        what: "the Android debug bridge",
    },
    Service {
        names: &["gdbserver", "gdbserver64", "lldb-server"],
        id: ids::SERVICE_GDBSERVER,
        severity: Severity::Critical,
        what: "a debug server, which runs anything for anybody who connects",
    },
    Service {
        names: &["strace", "ltrace", "tcpdump", "perf"],
        id: ids::SERVICE_DEBUG,
        severity: Severity::Low,
        what: "a debugging tool",
    },
    Service {
        names: &[
            "httpd",
            "mini_httpd",
            "thttpd",
            "boa",
            "goahead",
            "webs",
            "lighttpd",
            "uhttpd",
            "nginx",
            "appweb",
            "shttpd",
            "micro_httpd",
            "mongoose",
            "webserver",
            "jhttpd",
            "alphapd",
            "cherokee",
            "apache2",
            "hiawatha",
            "GoAhead",
            "uh_httpd",
            "mathopd",
        ],
        id: ids::SERVICE_HTTP_PLAIN,
        severity: Severity::Low,
        what: "a web server without TLS",
    },
    Service {
        names: &["rtelnetd", "smd_telnetd"],
        id: ids::SERVICE_TELNET,
        severity: Severity::High,
        what: "a telnet server under another name",
    },
];

/// Super-servers whose arguments name the program that answers.
const SUPER_SERVERS: [&str; 4] = ["tcpsvd", "udpsvd", "tcpserver", "inetd.sh"];

/// The last component of a word.
pub(crate) fn base(word: &str) -> &str {
    word.rsplit('/').next().unwrap_or_default()
}

/// Whether a name is one that these checks know.
fn is_known(name: &str) -> bool {
    SERVICES.iter().any(|service| service.names.contains(&name))
        || SUPER_SERVERS.contains(&name)
        || super::backdoors::is_listener(name)
}

/// The program of a run and its arguments; behind a super-server, the program that answers.
pub(crate) fn command(run: &Run) -> Option<(&str, &[Field])> {
    let (first, rest) = run.argv.split_first()?;
    let own = base(&first.text);
    // What a program is counts for more than what its link or copy is called.
    let real = run.real.as_deref().map(base).filter(|real| !is_known(own) && is_known(real));
    let name = real.unwrap_or(own);
    if SUPER_SERVERS.contains(&name) {
        let at = rest.iter().position(|field| {
            SERVICES.iter().any(|service| service.names.contains(&base(&field.text)))
                || super::backdoors::is_shell(&field.text)
                || base(&field.text) == "login"
        })?;
        return Some((base(&rest.get(at)?.text), rest.get(at + 1..).unwrap_or_default()));
    }
    Some((name, rest))
}

/// Reports services that a run starts.
pub(crate) fn check(context: &Context<'_>, tree: &Tree<'_>, run: &Run, out: &mut Vec<Finding>) {
    let Some((name, args)) = command(run) else { return };
    if name == "dnsmasq" && args.iter().any(|arg| arg.text == "--enable-tftp") {
        let message = "dnsmasq serves files by TFTP, which knows no passwords";
        out.push(of_run(
            context,
            tree,
            run,
            shown(ids::SERVICE_TFTP, Severity::Medium, name, message),
        ));
        return;
    }
    if name == "syslogd" || name == "rsyslogd" {
        syslog(context, tree, run, args, out);
        return;
    }
    let Some(service) = SERVICES.iter().find(|service| service.names.contains(&name)) else {
        return;
    };
    // Asks the program something, starts nothing.
    let asks = args.iter().any(|arg| matches!(arg.text.as_str(), "--help" | "--version"));
    if asks
        || is_tool_use(name, args)
        || (service.id == ids::SERVICE_HTTP_PLAIN && uses_tls(tree, name, args))
    {
        return;
    }
    if service.id == ids::SERVICE_FTP && is_local_only(args) {
        return;
    }
    let verb = if run.how == How::Inetd { "answers through inetd" } else { "starts at boot" };
    let verb = match run.how {
        How::Event => "starts on an event",
        How::Cron | How::Embedded => "is started",
        _ => verb,
    };
    let key = if service.id == ids::SERVICE_TELNET {
        super::backdoors::on_port(name, args, run.how)
    } else {
        name.to_owned()
    };
    let message = format!("{name} {verb}: {}", service.what);
    out.push(of_run(
        context,
        tree,
        run,
        shown(service.id.clone(), service.severity, &key, &message),
    ));
}

fn shown(id: CheckId, severity: Severity, key: &str, message: &str) -> Shown<'static> {
    Shown { id, severity, key: key.to_owned(), message: message.to_owned(), secrets: &[] }
}

/// BusyBox `httpd -d`, `-e`, `-m`, `-r` only convert a text.
fn is_tool_use(name: &str, args: &[Field]) -> bool {
    name == "httpd"
        && args.first().is_some_and(|arg| matches!(arg.text.as_str(), "-d" | "-e" | "-m" | "-r"))
        && args.len() <= 2
}

fn is_local_only(args: &[Field]) -> bool {
    args.iter().any(|arg| arg.text == "127.0.0.1" || arg.text.starts_with("127.0.0.1:"))
}

/// Whether the command line or the settings file that it names switch TLS on.
fn uses_tls(tree: &Tree<'_>, name: &str, args: &[Field]) -> bool {
    let has = |wanted: &[&str]| args.iter().any(|arg| wanted.contains(&arg.text.as_str()));
    match name {
        "mini_httpd" if has(&["-S"]) => return true,
        "uhttpd" if has(&["-s"]) && !has(&["-p"]) => return true,
        _ => {}
    }
    // Bound to the loop-back alone, nobody outside can reach it.
    if is_local_only(args) {
        return true;
    }
    let file = args.iter().find(|arg| arg.text.ends_with(".conf")).map(|arg| arg.text.clone());
    let file = file.unwrap_or_else(|| match name {
        "nginx" => "/etc/nginx/nginx.conf".to_owned(),
        "lighttpd" => "/etc/lighttpd/lighttpd.conf".to_owned(),
        _ => String::new(),
    });
    let Some((_, text)) = tree.text(&file) else { return false };
    let mut tls = false;
    let mut plain = false;
    for (_, line) in super::report::settings(&text, &['#']) {
        let lower = line.to_ascii_lowercase();
        tls |= lower.contains("ssl.engine") && lower.contains("enable");
        let listen = lower.starts_with("listen");
        tls |= listen && (lower.contains("ssl") || lower.contains("443"));
        plain |= listen && !lower.contains("ssl") && !lower.contains("443");
    }
    tls && !plain
}

fn syslog(
    context: &Context<'_>,
    tree: &Tree<'_>,
    run: &Run,
    args: &[Field],
    out: &mut Vec<Finding>,
) {
    let at = args.iter().position(|arg| arg.text == "-R");
    let target = at.and_then(|at| args.get(at + 1));
    if let Some(target) = target {
        let message = format!("the system log is sent to {} in the clear", target.text);
        let shown = shown(ids::PROTOCOL_SYSLOG_PLAIN, Severity::Info, "syslogd", &message);
        out.push(of_run(context, tree, run, shown));
    }
}
