//! Secure shell set up so that root can be reached with a password, or without one.

use super::report::{Context, Shown, at_line, of_run, pair, settings};
use super::services::command;
use crate::ids;
use crate::shell::eval::Run;
use crate::shell::uci;
use crate::tree::Tree;
use duecare_base::{Confidence, Finding, Severity};
use duecare_unpack::Node;

/// Reports Dropbear started so that empty passwords are taken.
pub(crate) fn check_run(context: &Context<'_>, tree: &Tree<'_>, run: &Run, out: &mut Vec<Finding>) {
    let Some((name, args)) = command(run) else { return };
    let flag = |letter: char| {
        args.iter().any(|arg| {
            arg.text.strip_prefix('-').is_some_and(|rest| {
                rest.chars().all(|c| c.is_ascii_alphabetic()) && rest.contains(letter)
            })
        })
    };
    if name == "dropbear" && flag('B') {
        let shown = Shown {
            id: ids::SERVICE_SSH_ROOT,
            severity: Severity::High,
            key: "dropbear -B".to_owned(),
            message: "the secure shell server takes empty passwords (-B)".to_owned(),
            secrets: &[],
        };
        out.push(of_run(context, tree, run, shown));
    }
}

/// Reports weak settings of OpenSSH and of OpenWrt's Dropbear.
pub(crate) fn check_file(tree: &Tree<'_>, node: &Node, text: &str, out: &mut Vec<Finding>) {
    let path = node.path.as_str();
    if node.file_name() == "sshd_config" || path.contains("/sshd_config.d/") {
        openssh(tree, path, text, out);
    } else if path.ends_with("/config/dropbear") {
        dropbear(tree, path, text, out);
    }
}

fn openssh(tree: &Tree<'_>, path: &str, text: &str, out: &mut Vec<Finding>) {
    // The first value counts (sshd_config(5)); `Match` blocks are for some users only.
    let first = |wanted: &str| {
        settings(text, &['#'])
            .take_while(|(_, line)| !line.to_ascii_lowercase().starts_with("match "))
            .filter_map(|(number, line)| Some((number, line, pair(line)?)))
            .find(|(.., (key, _))| key == wanted)
            .map(|(number, line, (_, value))| (number, line, value.to_ascii_lowercase()))
    };
    if let Some((number, line, value)) = first("permitemptypasswords")
        && value == "yes"
    {
        let sure = (Severity::High, Confidence::High);
        let message = "the secure shell server takes empty passwords";
        out.push(at_line(
            tree,
            path,
            (number, line),
            ids::SERVICE_SSH_ROOT,
            sure,
            "empty",
            message,
        ));
    }
    let passwords = first("passwordauthentication").is_none_or(|(.., value)| value != "no");
    if let Some((number, line, value)) = first("permitrootlogin")
        && value == "yes"
        && passwords
    {
        let sure = (Severity::Medium, Confidence::High);
        let message = "root may log in by secure shell with a password";
        out.push(at_line(tree, path, (number, line), ids::SERVICE_SSH_ROOT, sure, "root", message));
    }
    if let Some((number, line, value)) = first("protocol")
        && value.contains('1')
    {
        let sure = (Severity::Medium, Confidence::High);
        let message = "the secure shell server speaks version 1 of the protocol, which is broken";
        out.push(at_line(
            tree,
            path,
            (number, line),
            ids::SERVICE_SSH_ROOT,
            sure,
            "protocol",
            message,
        ));
    }
}

fn dropbear(tree: &Tree<'_>, path: &str, text: &str, out: &mut Vec<Finding>) {
    for section in uci::parse(text).iter().filter(|section| section.kind == "dropbear") {
        let open = section.flag("enable", true)
            && section.flag("PasswordAuth", true)
            && section.flag("RootPasswordAuth", true)
            && section.flag("RootLogin", true);
        if open {
            let line = section.line_of("RootPasswordAuth");
            let text = text.lines().nth((line as usize).saturating_sub(1)).unwrap_or_default();
            let sure = (Severity::Low, Confidence::High);
            let message = "root may log in by secure shell with a password";
            out.push(at_line(
                tree,
                path,
                (line, text),
                ids::SERVICE_SSH_ROOT,
                sure,
                "root",
                message,
            ));
        }
    }
}
