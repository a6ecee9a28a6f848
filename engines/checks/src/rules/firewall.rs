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
