//! What `cron`, hot-plugging and links that come up start later.

use crate::gaps;
use crate::shell::eval::{Frame, How, Machine, Step};
use crate::tree::Tree;
use duecare_unpack::Node;

/// Files in a folder that are followed.
const FILES_MAX: usize = 200;

/// Folders of scripts that an event runs, with what the event is.
const EVENTS: [(&str, &str); 8] = [
    ("/etc/hotplug.d/iface", "a network interface comes or goes"),
    ("/etc/hotplug.d/usb", "a USB device is plugged in"),
    ("/etc/hotplug.d/block", "a storage device is plugged in"),
    ("/etc/hotplug.d/button", "a button is pressed"),
    ("/etc/rc.button", "a button is pressed"),
    ("/etc/ppp/ip-up.d", "a PPP link comes up"),
    ("/etc/network/if-up.d", "a network interface comes up"),
    ("/etc/udhcpc.d", "an address is leased"),
];

pub(super) fn follow(tree: &Tree<'_>, machine: &mut Machine<'_, '_>) {
    machine.how = How::Cron;
    for folder in ["/etc/crontabs", "/var/spool/cron/crontabs", "/var/spool/cron"] {
        for node in files(tree, folder) {
            crontab(tree, machine, &node.path, 5);
        }
    }
    crontab(tree, machine, "/etc/crontab", 6);
    for node in files(tree, "/etc/cron.d") {
        crontab(tree, machine, &node.path, 6);
    }
    machine.how = How::Event;
    for (folder, event) in EVENTS {
        for node in files(tree, folder) {
            let text = format!("runs when {event}");
            let step = Step { path: node.path.clone(), line: 0, text };
            machine.script(&node.path, Vec::new(), &[step], &[event.to_owned()]);
        }
    }
    for folder in ["/etc/udev/rules.d", "/lib/udev/rules.d", "/usr/lib/udev/rules.d"] {
        for node in files(tree, folder) {
            udev(tree, machine, &node.path);
        }
    }
    mdev(tree, machine);
    machine.how = How::Boot;
}

/// The entries of a folder up to a limit.
fn files<'t>(tree: &'t Tree<'_>, folder: &str) -> &'t [&'t Node] {
    let all = tree.list(folder);
    match all.get(..FILES_MAX) {
        Some(first) if all.len() > FILES_MAX => {
            tree.miss(gaps::LIST, folder);
            first
        }
        _ => all,
    }
}

fn crontab(tree: &Tree<'_>, machine: &mut Machine<'_, '_>, path: &str, fields: usize) {
    let Some((node, text)) = tree.text(path) else { return };
    let node_path = node.path.clone();
    for (number, line) in tree.lines(&node.path, &text) {
        let line = line.trim();
        if line.is_empty() || line.starts_with('#') {
            continue;
        }
        // `@reboot command` has one field where others have five.
        let skip = if line.starts_with('@') { fields - 4 } else { fields };
        let times = line.split_whitespace().next().unwrap_or_default();
        if !times.starts_with(|c: char| c.is_ascii_digit() || c == '*' || c == '@') {
            continue;
        }
        let mut rest = line;
        for _ in 0..skip {
            rest = rest.trim_start().split_once(char::is_whitespace).map_or("", |(_, rest)| rest);
        }
        let mut frame = Frame::new(&node_path, &text, Vec::new(), Vec::new(), Vec::new());
        machine.line(&mut frame, number, rest.trim());
    }
}

/// `RUN+="program arguments"` (udev(7)).
fn udev(tree: &Tree<'_>, machine: &mut Machine<'_, '_>, path: &str) {
    let Some((node, text)) = tree.text(path) else { return };
    for (number, line) in tree.lines(&node.path, &text) {
        if line.trim_start().starts_with('#') {
            continue;
        }
        for part in line.split("RUN").skip(1) {
            let value = part.trim_start_matches("{program}").trim_start_matches(['+', ':']);
            let Some(command) = value.strip_prefix("=\"").and_then(|value| value.split('"').next())
            else {
                continue;
            };
            let condition = vec!["a device is plugged in".to_owned()];
            let mut frame = Frame::new(&node.path, &text, Vec::new(), Vec::new(), condition);
            machine.line(&mut frame, number, command);
        }
    }
}

/// `name uid:gid mode @command` (BusyBox, `docs/mdev.txt`).
fn mdev(tree: &Tree<'_>, machine: &mut Machine<'_, '_>) {
    let Some((node, text)) = tree.text("/etc/mdev.conf") else { return };
    for (number, line) in tree.lines(&node.path, &text) {
        if line.trim_start().starts_with('#') {
            continue;
        }
        let command =
            line.split_whitespace().position(|w| w.starts_with(['@', '*', '$']) && w.len() > 1);
        if let Some(at) = command {
            let words: Vec<&str> = line.split_whitespace().skip(at).collect();
            let condition = vec!["a device is plugged in".to_owned()];
            let mut frame = Frame::new(&node.path, &text, Vec::new(), Vec::new(), condition);
            let command = words.join(" ");
            machine.line(&mut frame, number, command.trim_start_matches(['@', '*', '$']));
        }
    }
}
