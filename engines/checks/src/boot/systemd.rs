//! systemd: the units that the default target pulls in (systemd.unit(5), systemd.service(5)).

use crate::gaps;
use crate::shell::eval::{Field, Frame, How, Machine};
use crate::shell::test::{Truth, answer};
use crate::tree::Tree;
use std::collections::{BTreeSet, VecDeque};

/// Units that are followed.
const UNITS_MAX: usize = 2000;

/// Where units stand; the first that has one wins.
const FOLDERS: [&str; 5] = [
    "/etc/systemd/system",
    "/run/systemd/system",
    "/usr/local/lib/systemd/system",
    "/usr/lib/systemd/system",
    "/lib/systemd/system",
];

/// Targets that every boot reaches.
const ROOTS: [&str; 7] = [
    "default.target",
    "multi-user.target",
    "basic.target",
    "sysinit.target",
    "sockets.target",
    "timers.target",
    "getty.target",
];

struct Entry {
    section: String,
    key: String,
    value: String,
    line: u32,
}

/// Follows all enabled units.
pub(super) fn follow(tree: &Tree<'_>, machine: &mut Machine<'_, '_>) {
    let mut seen = BTreeSet::new();
    let mut queue: VecDeque<String> = ROOTS.iter().map(|name| (*name).to_owned()).collect();
    while let Some(name) = queue.pop_front() {
        if seen.len() >= UNITS_MAX {
            tree.miss(gaps::LIST, "/etc/systemd/system");
            break;
        }
        if !seen.insert(name.clone()) {
            continue;
        }
        for folder in FOLDERS {
            for kind in ["wants", "requires"] {
                for node in tree.list(&format!("{folder}/{name}.{kind}")) {
                    queue.push_back(node.file_name().to_owned());
                }
            }
        }
        let Some((path, text)) = unit(tree, &name) else { continue };
        let mut entries = entries(&text);
        for folder in FOLDERS {
            for node in tree.list(&format!("{folder}/{name}.d")) {
                if let Some((_, text)) = tree.text(&node.path) {
                    entries.extend(self::entries(&text));
                }
            }
        }
        for entry in entries.iter().filter(|e| matches!(e.key.as_str(), "Wants" | "Requires")) {
            queue.extend(entry.value.split_whitespace().map(str::to_owned));
        }
        if let Some(stem) = name.strip_suffix(".socket").or_else(|| name.strip_suffix(".timer")) {
            let own = entries.iter().find(|e| matches!(e.key.as_str(), "Service" | "Unit"));
            let accept = entries.iter().any(|e| e.key == "Accept" && e.value == "yes");
            let service = format!("{stem}{}.service", if accept { "@" } else { "" });
            queue.push_back(own.map_or(service, |entry| entry.value.clone()));
        }
        service(tree, machine, &name, &path, &text, &entries);
    }
}

/// A unit's file; nothing for a masked one.
fn unit(tree: &Tree<'_>, name: &str) -> Option<(String, String)> {
    let template = name.split_once('@').map(|(head, tail)| {
        format!("{head}@.{}", tail.rsplit_once('.').map_or("service", |(_, end)| end))
    });
    for candidate in [Some(name.to_owned()), template].into_iter().flatten() {
        for folder in FOLDERS {
            let path = format!("{folder}/{candidate}");
            if tree.node(&path).is_some() {
                let (node, text) = tree.text(&path)?;
                return Some((node.path.clone(), text));
            }
        }
    }
    None
}

fn entries(text: &str) -> Vec<Entry> {
    let mut section = String::new();
    let mut out: Vec<Entry> = Vec::new();
    let mut open = false;
    for (number, line) in (1_u32..).zip(text.lines()) {
        let line = line.trim();
        let goes_on = line.ends_with('\\');
        let body = line.trim_end_matches('\\').trim_end();
        if open {
            if let Some(last) = out.last_mut() {
                last.value.push(' ');
                last.value.push_str(body);
            }
        } else if line.starts_with(['#', ';']) {
            continue;
        } else if let Some(name) = line.strip_prefix('[').and_then(|l| l.strip_suffix(']')) {
            name.clone_into(&mut section);
        } else if let Some((key, value)) = body.split_once('=') {
            out.push(Entry {
                section: section.clone(),
                key: key.trim().to_owned(),
                value: value.trim().to_owned(),
                line: number,
            });
        }
        open = goes_on;
    }
    out
}

fn service(
    tree: &Tree<'_>,
    machine: &mut Machine<'_, '_>,
    name: &str,
    path: &str,
    text: &str,
    entries: &[Entry],
) {
    let mut conditions = Vec::new();
    for entry in entries.iter().filter(|entry| entry.key.starts_with("Condition")) {
        let (no, value) = match entry.value.strip_prefix('!') {
            Some(value) => (true, value),
            None => (false, entry.value.as_str()),
        };
        let truth = match entry.key.as_str() {
            "ConditionPathExists" | "ConditionFileIsExecutable" => {
                answer(tree, &[Field::sure("-e"), Field::sure(value)])
            }
            _ => Truth::Unknown,
        };
        match if no { truth.negated() } else { truth } {
            Truth::No => return,
            Truth::Yes => {}
            _ if entry.key == "ConditionCapability" || entry.key == "ConditionVirtualization" => {}
            _ => conditions.push(format!("{}={}", entry.key, entry.value)),
        }
    }
    let mut frame = Frame::new(path, text, Vec::new(), Vec::new(), conditions);
    environment(tree, machine, entries, &mut frame);
    let mut commands: Vec<&Entry> = Vec::new();
    for entry in entries.iter().filter(|entry| entry.section == "Service") {
        if matches!(entry.key.as_str(), "ExecStart" | "ExecStartPre" | "ExecStartPost") {
            if entry.value.is_empty() {
                // An empty one takes back those before it.
                commands.retain(|other| other.key != entry.key);
            } else {
                commands.push(entry);
            }
        }
    }
    // A service that speaks through its socket answers whoever connects, as under inetd.
    if entries.iter().any(|e| e.key == "StandardInput" && e.value.starts_with("socket")) {
        machine.how = How::Inetd;
    }
    let instance = name
        .split_once('@')
        .map_or("", |(_, tail)| tail.rsplit_once('.').map_or(tail, |(instance, _)| instance));
    for entry in commands {
        let command = entry.value.trim_start_matches(['-', '@', ':', '+', '!']);
        let command = command.replace("%I", instance).replace("%i", instance);
        machine.line(&mut frame, entry.line, &command);
    }
    machine.how = How::Boot;
}

fn environment(
    tree: &Tree<'_>,
    machine: &mut Machine<'_, '_>,
    entries: &[Entry],
    frame: &mut Frame,
) {
    for entry in entries {
        let assignments = match entry.key.as_str() {
            "Environment" => entry.value.clone(),
            "EnvironmentFile" => match tree.text(entry.value.trim_start_matches('-')) {
                Some((_, text)) => text,
                None => continue,
            },
            _ => continue,
        };
        // `Environment="A=b c"` quotes the whole assignment.
        let plain = assignments.trim_matches('"');
        machine.line(frame, entry.line, plain);
    }
}
