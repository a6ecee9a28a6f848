//! `/etc/inittab`: BusyBox (`tty::action:process`), System V (`id:levels:action:process`), procd.

use super::Init;
use crate::shell::eval::{Frame, Machine, Run};
use crate::tree::Tree;

/// A console that `init` gives to a program.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Console {
    /// The terminal's name as written; empty for the system console.
    pub terminal: String,
    /// `respawn`, `askfirst`, `askconsole`, `once`…
    pub action: String,
    /// What runs on it.
    pub run: Run,
    /// The program's own first word as written, with the dash of a login shell.
    pub process: String,
}

/// What BusyBox's `init` does when there is no inittab (its documentation, `examples/inittab`).
const BUSYBOX_DEFAULT: &str = "::sysinit:/etc/init.d/rcS\n::askfirst:/bin/sh\n";

/// Follows the table. Returns System V's default run level, if it names one.
pub(super) fn follow(
    tree: &Tree<'_>,
    machine: &mut Machine<'_, '_>,
    init: Init,
    consoles: &mut Vec<Console>,
) -> Option<char> {
    let (path, text, by_default) = match tree.text("/etc/inittab") {
        Some((node, text)) => (node.path.clone(), text, false),
        None if init == Init::Busybox => {
            let path = tree.resolve("/sbin/init").map_or("/sbin/init", |node| node.path.as_str());
            (path.to_owned(), BUSYBOX_DEFAULT.to_owned(), true)
        }
        None => return None,
    };
    let mut level = None;
    for (number, line) in tree.lines(&path, &text) {
        let line = line.trim();
        if line.is_empty() || line.starts_with('#') {
            continue;
        }
        let mut fields = line.splitn(4, ':');
        let (Some(id), Some(levels), Some(action), Some(process)) =
            (fields.next(), fields.next(), fields.next(), fields.next())
        else {
            continue;
        };
        let action = action.trim();
        match action {
            "initdefault" => level = levels.trim().chars().next(),
            "off" | "ctrlaltdel" | "shutdown" | "restart" | "powerfail" | "powerokwait"
            | "kbrequest" | "ondemand" => {}
            // The levels in which a device does its work; 0, 1 and 6 are halt, rescue, reboot.
            _ if !levels.is_empty() && !levels.contains(['2', '3', '4', '5', 'S', 's']) => {}
            _ => {
                // Another level than the default one is not entered at boot.
                let other = level.is_some_and(|level| {
                    !levels.is_empty()
                        && !levels.contains(level)
                        && !matches!(action, "sysinit" | "boot" | "bootwait")
                });
                if !other {
                    entry(
                        machine,
                        consoles,
                        &path,
                        &text,
                        (id, action, process, number),
                        by_default,
                    );
                }
            }
        }
    }
    level
}

fn entry(
    machine: &mut Machine<'_, '_>,
    consoles: &mut Vec<Console>,
    path: &str,
    text: &str,
    (id, action, process, number): (&str, &str, &str, u32),
    by_default: bool,
) {
    let (text, number) = if by_default {
        ("BusyBox init has no /etc/inittab: it runs rcS and offers a shell on the console", 0)
    } else {
        (text, number)
    };
    let mut frame = Frame::new(path, text, Vec::new(), Vec::new(), Vec::new());
    let command = process.trim().trim_start_matches(['-', '@', '+']);
    let before = machine.runs().len();
    machine.line(&mut frame, number, command);
    // Work that `init` waits for is no console, but a shell at its end holds one.
    let opens = matches!(action, "once" | "wait" | "sysinit")
        || action.starts_with("ask")
        || action.starts_with("respawn");
    for run in machine.runs().get(before..).unwrap_or_default() {
        let shell = run.argv.first().is_some_and(|field| field.text.ends_with("sh"));
        if !opens || !shell {
            continue;
        }
        consoles.push(Console {
            terminal: id.trim().to_owned(),
            action: action.to_owned(),
            process: process.trim().to_owned(),
            run: run.clone(),
        });
    }
}
