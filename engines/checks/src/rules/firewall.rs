//! Packet filters that let everything in.

use super::report::{Context, Shown, at_line, of_run};
use crate::boot::Boot;
use crate::ids;
use crate::shell::eval::Run;
use crate::shell::uci;
use crate::tree::Tree;
use duecare_base::{Confidence, Finding, Severity};

/// Reports an OpenWrt zone towards the internet that accepts everything.
pub(crate) fn check_file(tree: &Tree<'_>, path: &str, text: &str, out: &mut Vec<Finding>) {
    uci_rules(tree, path, text, out);
    for zone in uci::parse(text).iter().filter(|section| section.kind == "zone") {
        let wan = zone.get("name").is_some_and(|name| name.starts_with("wan"));
        if wan && zone.get("input").is_some_and(|value| value.eq_ignore_ascii_case("ACCEPT")) {
            let line = zone.line_of("input");
            let shown = text.lines().nth((line as usize).saturating_sub(1)).unwrap_or_default();
            let sure = (Severity::High, Confidence::High);
            let message = "the firewall lets everything in from the internet";
            out.push(at_line(
                tree,
                path,
                (line, shown),
                ids::SYSTEM_FIREWALL_OPEN,
                sure,
                "wan",
                message,
            ));
        }
    }
}

/// Reports an OpenWrt rule that lets the internet reach a service.
fn uci_rules(tree: &Tree<'_>, path: &str, text: &str, out: &mut Vec<Finding>) {
    for rule in uci::parse(text).iter().filter(|section| section.kind == "rule") {
        let is = |name: &str, wanted: &str| {
            rule.get(name).is_some_and(|value| value.eq_ignore_ascii_case(wanted))
        };
        let outside = rule.get("src").is_some_and(|src| src.starts_with("wan") || src == "*");
        let narrowed = ["src_ip", "src_mac", "dest", "ipset"].iter().any(|n| rule.get(n).is_some());
        if !outside || narrowed || !is("target", "ACCEPT") || !rule.flag("enabled", true) {
            continue;
        }
        let Some(ports) = rule.get("dest_port") else { continue };
        let Some((number, name)) = PORTS.iter().find(|(number, _)| covers(&ports, *number)) else {
            continue;
        };
        let line = rule.line_of("dest_port");
        let shown = text.lines().nth((line as usize).saturating_sub(1)).unwrap_or_default();
        let sure = (Severity::Medium, Confidence::High);
        let key = format!("port {number}");
        let message = format!("the firewall lets the internet reach port {number} ({name})");
        let id = ids::SYSTEM_FIREWALL_OPEN;
        out.push(at_line(tree, path, (line, shown.trim()), id, sure, &key, message));
    }
}

/// Ports of services that nobody outside should reach: number, name.
const PORTS: [(u16, &str); 10] = [
    (21, "FTP"),
    (23, "telnet"),
    (69, "TFTP"),
    (512, "rexec"),
    (513, "rlogin"),
    (514, "rsh"),
    (2323, "telnet"),
    (5555, "the Android debug bridge"),
    (9527, "a camera's debug shell"),
    (9530, "a camera's debug telnet"),
];

/// Whether an interface's name is one that vendors give to the side of the internet.
fn is_outside(name: &str) -> bool {
    ["ppp", "wan", "wwan", "nas", "ptm", "atm", "pppoe", "rmnet", "usb"]
        .iter()
        .any(|start| name.starts_with(start))
        || matches!(name, "eth0.2" | "eth2.2" | "eth1.2" | "vlan2" | "br-wan" | "${WAN}")
}

/// What a rule accepts: the service's name and the interface, if it names one.
fn accepted<'w>(words: &[&'w str]) -> Option<(&'static str, u16, Option<&'w str>)> {
    let after = |flags: &[&str]| {
        let at = words.iter().position(|word| flags.contains(word))?;
        // `! -i br0` and `-i ! br0` mean all others.
        let inverted = at.checked_sub(1).and_then(|before| words.get(before)) == Some(&"!")
            || words.get(at + 1) == Some(&"!");
        (!inverted).then(|| words.get(at + 1).copied()).flatten()
    };
    let chain = after(&["-A", "-I", "--append", "--insert"])?;
    if !chain.to_ascii_lowercase().starts_with("input") || after(&["-j", "--jump"])? != "ACCEPT" {
        return None;
    }
    let source = after(&["-s", "--source", "--src"]);
    if source.is_some_and(|source| !matches!(source, "0/0" | "0.0.0.0/0"))
        || words.contains(&"--src-range")
    {
        return None;
    }
    let state = after(&["--state", "--ctstate"]);
    if state.is_some_and(|state| !state.split(',').any(|one| one == "NEW")) {
        return None;
    }
    let ports = after(&["--dport", "--dports", "--destination-port", "--destination-ports"])?;
    let (number, name) = PORTS.iter().find(|(number, _)| covers(ports, *number))?;
    let interface = after(&["-i", "--in-interface"]);
    if interface.is_some_and(|name| !is_outside(name)) {
        return None;
    }
    Some((name, *number, interface))
}

/// Whether `23`, `20:23`, `telnet` or a list of these holds a port.
fn covers(ports: &str, wanted: u16) -> bool {
    ports.split([',', ' ']).any(|part| {
        let (low, high) = part.split_once([':', '-']).unwrap_or((part, part));
        match (low.parse::<u16>(), high.parse::<u16>()) {
            // A range over everything is no rule for one service.
            (Ok(low), Ok(high)) => (low..=high).contains(&wanted) && high - low <= 1024,
            _ => matches!((part, wanted), ("telnet", 23) | ("ftp", 21) | ("tftp", 69)),
        }
    })
}

/// Reports rules that let the internet reach a service.
pub(crate) fn check_rules(
    context: &Context<'_>,
    tree: &Tree<'_>,
    run: &Run,
    out: &mut Vec<Finding>,
) {
    let Some((program, rest)) = run.argv.split_first() else { return };
    if !matches!(super::services::base(&program.text), "iptables" | "ip6tables") {
        return;
    }
    let words: Vec<&str> = rest.iter().map(|field| field.text.as_str()).collect();
    let Some((name, port, interface)) = accepted(&words) else { return };
    let (severity, from) = match interface {
        Some(interface) => (Severity::Medium, format!("the internet ({interface})")),
        None => (Severity::Low, "every interface".to_owned()),
    };
    let shown = Shown {
        id: ids::SYSTEM_FIREWALL_OPEN,
        severity,
        key: format!("port {port} {}", interface.unwrap_or_default()),
        message: format!("the firewall lets {from} reach port {port} ({name})"),
        secrets: &[],
    };
    let mut finding = of_run(context, tree, run, shown);
    finding.confidence = finding.confidence.min(Confidence::Medium);
    out.push(finding);
}

/// Reports `iptables -P INPUT ACCEPT` when nothing at boot rejects anything afterwards.
pub(crate) fn check_runs(
    context: &Context<'_>,
    tree: &Tree<'_>,
    boot: &Boot,
    out: &mut Vec<Finding>,
) {
    let filters: Vec<(&Run, Vec<&str>)> = boot
        .runs
        .iter()
        .filter(|run| run.argv.first().is_some_and(|f| f.text.ends_with("iptables")))
        .map(|run| (run, run.argv.iter().map(|field| field.text.as_str()).collect()))
        .collect();
    let rejects = filters.iter().any(|(_, words)| {
        words.iter().any(|word| matches!(*word, "DROP" | "REJECT" | "tarpit"))
            || words.iter().any(|word| word.starts_with('/'))
    });
    if rejects
        || boot
            .runs
            .iter()
            .any(|run| run.argv.first().is_some_and(|f| f.text.ends_with("iptables-restore")))
    {
        return;
    }
    let open = filters.iter().find(|(_, words)| {
        words.windows(3).any(|three| matches!(three, ["-P", "INPUT", "ACCEPT"]))
    });
    if let Some((run, _)) = open {
        let shown = Shown {
            id: ids::SYSTEM_FIREWALL_OPEN,
            severity: Severity::Low,
            key: "iptables".to_owned(),
            message: "the firewall accepts everything and no rule seen at boot rejects anything"
                .to_owned(),
            secrets: &[],
        };
        let mut finding = of_run(context, tree, run, shown);
        finding.confidence = Confidence::Low;
        out.push(finding);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rules_are_read() {
        let read = |line: &str| {
            let words: Vec<&str> = line.split(' ').collect();
            accepted(&words).map(|(_, port, _)| port)
        };
        assert_eq!(read("-A INPUT -i ppp0 -p tcp --dport 23 -j ACCEPT"), Some(23));
        assert_eq!(read("-I INPUT -p tcp -m multiport --dports 22,23 -j ACCEPT"), Some(23));
        assert_eq!(read("-A INPUT ! -i br0 -p tcp --dport 23 -j ACCEPT"), Some(23));
        assert_eq!(read("-A INPUT -i br0 -p tcp --dport 23 -j ACCEPT"), None);
        assert_eq!(read("-A INPUT -p tcp -s 192.168.1.0/24 --dport 23 -j ACCEPT"), None);
        assert_eq!(read("-A INPUT -p tcp --dport 23 -j DROP"), None);
        assert_eq!(read("-A INPUT -p tcp --dport 443 -j ACCEPT"), None);
        assert_eq!(read("-A FORWARD -p tcp --dport 23 -j ACCEPT"), None);
        assert_eq!(read("-D INPUT -p tcp --dport 23 -j ACCEPT"), None);
    }
}
