//! Services that `inetd` and `xinetd` start when somebody connects.

use crate::shell::eval::{Frame, How, Machine};
use crate::tree::Tree;

pub(super) fn follow(tree: &Tree<'_>, machine: &mut Machine<'_, '_>) {
    let inetd = condition(machine, "inetd");
    let xinetd = condition(machine, "xinetd");
    machine.how = How::Inetd;
    if let Some((node, text)) = tree.text("/etc/inetd.conf") {
        table(machine, &node.path, &text, &inetd);
    }
    for node in tree.list("/etc/inetd.d") {
        if let Some((node, text)) = tree.text(&node.path) {
            table(machine, &node.path, &text, &inetd);
        }
    }
    let files = tree.list("/etc/xinetd.d").iter().map(|node| node.path.clone());
    for path in files.chain(["/etc/xinetd.conf".to_owned()]) {
        if let Some((node, text)) = tree.text(&path) {
            blocks(machine, &node.path, &text, &xinetd);
        }
    }
    machine.how = How::Boot;
}

/// What must hold for a super-server to read its tables: nothing once boot starts it.
pub(super) fn condition(machine: &Machine<'_, '_>, name: &str) -> Vec<String> {
    let started = machine.runs().iter().any(|run| {
        let program = run.argv.first().map_or("", |field| field.text.as_str());
        program.rsplit('/').next() == Some(name)
    });
    if started { Vec::new() } else { vec![format!("{name} is started, which was not seen")] }
}

/// `service type protocol wait user program arguments` (inetd.conf(5)).
fn table(machine: &mut Machine<'_, '_>, path: &str, text: &str, conditions: &[String]) {
    for (number, command) in entries(machine.tree().lines(path, text)) {
        let mut frame = Frame::new(path, text, Vec::new(), Vec::new(), conditions.to_vec());
        machine.line(&mut frame, number, &command);
    }
}

/// The commands of a table with their lines.
pub(super) fn entries<'t>(lines: impl Iterator<Item = (u32, &'t str)>) -> Vec<(u32, String)> {
    let mut out = Vec::new();
    for (number, line) in lines {
        let line = line.trim();
        let words: Vec<&str> = line.split_whitespace().collect();
        if line.starts_with('#') || !matches!(words.get(1), Some(&("stream" | "dgram"))) {
            continue;
        }
        let Some(program) = words.get(5).filter(|program| **program != "internal") else {
            continue;
        };
        // The word behind the program is its own name; behind a wrapper it is the program.
        let arguments = words.get(7..).unwrap_or_default().join(" ");
        let own = words.get(6).copied().unwrap_or_default();
        let name = if program.ends_with("/tcpd") && !own.is_empty() {
            own.to_owned()
        } else if program.ends_with("/busybox") {
            format!("{program} {own}")
        } else {
            (*program).to_owned()
        };
        out.push((number, format!("{name} {arguments}")));
    }
    out
}

/// `service name { attribute = value … }` (xinetd.conf(5)).
fn blocks(machine: &mut Machine<'_, '_>, path: &str, text: &str, conditions: &[String]) {
    let (mut server, mut arguments, mut disabled) = (None, String::new(), false);
    for (number, line) in machine.tree().lines(path, text) {
        let line = line.split('#').next().unwrap_or_default().trim();
        if line.starts_with("service") || line.starts_with("defaults") {
            (server, arguments, disabled) = (None, String::new(), false);
        }
        if let Some((key, value)) = line.split_once('=') {
            match key.trim() {
                "server" => server = Some((value.trim().to_owned(), number)),
                "server_args" => value.trim().clone_into(&mut arguments),
                "disable" => disabled = value.trim() == "yes",
                _ => {}
            }
        }
        if line.starts_with('}')
            && !disabled
            && let Some((program, line)) = server.take()
        {
            let mut frame = Frame::new(path, text, Vec::new(), Vec::new(), conditions.to_vec());
            machine.line(&mut frame, line, &format!("{program} {arguments}"));
        }
    }
}
