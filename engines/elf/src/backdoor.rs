//! `backdoor-elf-command`: a program that runs a fixed command which opens a shell or a door to
//! the network.
//!
//! Only commands that code hands to a shell count; texts that merely stand in a file are read
//! elsewhere.

use crate::flow::{Call, Function};
use crate::gaps;
use crate::literal::line;
use crate::model::Role;
use crate::program::Program;
use duecare_base::{CheckId, Confidence, Finding, Location, Severity};
use std::collections::BTreeSet;

const CHECK: CheckId = CheckId::new("backdoor-elf-command");
/// Most findings per file.
const FINDINGS_MAX: usize = 20;

/// What a command opens.
struct Door {
    severity: Severity,
    confidence: Confidence,
    what: &'static str,
}

/// Looks at every fixed command of the functions that run a shell.
pub(crate) fn check(program: &Program<'_, '_>, at: &Location) -> Vec<Finding> {
    let image = &program.code.image;
    let mut found = Vec::new();
    let mut seen = BTreeSet::new();
    for function in program.functions.iter().filter(|f| f.calls.iter().any(runs)) {
        for call in function.calls.iter().filter(|call| runs(call) || writes(call)) {
            let texts = call.args.iter().filter_map(|value| image.text(*value));
            for (text_at, text) in texts {
                let Some(door) = door(text) else { continue };
                if !seen.insert(text_at) {
                    continue;
                }
                if found.len() >= FINDINGS_MAX {
                    image.file.miss(gaps::FINDINGS);
                    continue;
                }
                let place = |address: u64| Location {
                    offset: image.file.offset_of(address),
                    symbol: Some(function.label()),
                    ..at.clone()
                };
                let message = format!("{} runs a command that {}", function.label(), door.what);
                let key = format!("{} {}", name_of(function), command(text));
                let finding = Finding::new(
                    CHECK,
                    door.severity,
                    door.confidence,
                    place(call.at),
                    duecare_base::text::one_line(&key, 160),
                    message,
                );
                let text = duecare_base::text::one_line(text, 200);
                found.push(
                    finding
                        .with_snippet(&line(image, call))
                        .with_evidence(place(text_at), &format!("the text \"{text}\"")),
                );
            }
        }
    }
    found
}

fn name_of<'a>(function: &Function<'a>) -> &'a str {
    function.name.unwrap_or("")
}

fn runs(call: &Call<'_>) -> bool {
    matches!(call.role, Some(Role::Shell { .. } | Role::Executes))
}

/// Calls that put the command together.
fn writes(call: &Call<'_>) -> bool {
    matches!(call.role, Some(Role::Formats { .. } | Role::Copies { .. } | Role::Allocates { .. }))
}

/// The program that a command starts.
fn command(text: &str) -> &str {
    let name = text.split_ascii_whitespace().next().unwrap_or("");
    name.rsplit('/').next().unwrap_or(name)
}

fn door(text: &str) -> Option<Door> {
    text.split(['\n', ';', '|', '&']).find_map(simple)
}

/// One command of a command line.
fn simple(text: &str) -> Option<Door> {
    let words: Vec<&str> = text.split_ascii_whitespace().take(40).collect();
    let name = words.iter().find(|word| !matches!(**word, "busybox" | "/bin/busybox" | "exec"))?;
    let name = name.rsplit('/').next().unwrap_or(name);
    let has = |word: &str| words.contains(&word);
    let shell = words.iter().any(|word| {
        let word = word.trim_start_matches("-l").trim_start_matches("-e");
        matches!(word, "/bin/sh" | "/bin/ash" | "/bin/bash" | "/bin/busybox" | "sh")
    });
    let door = |severity, confidence, what| Some(Door { severity, confidence, what });
    match name {
        "telnetd" | "utelnetd" if shell => door(
            Severity::Critical,
            Confidence::High,
            "opens telnet with a shell that asks for no password",
        ),
        "telnetd" | "utelnetd" => {
            door(Severity::High, Confidence::Medium, "starts the telnet server")
        }
        "nc" | "netcat" | "ncat" if shell => {
            door(Severity::Critical, Confidence::High, "connects a shell to the network")
        }
        "iptables" | "ip6tables" => {
            let input = has("INPUT") && has("ACCEPT");
            let port = words.iter().any(|word| matches!(*word, "23" | "2323" | "telnet"));
            if input && port {
                return door(
                    Severity::High,
                    Confidence::Medium,
                    "lets telnet through the firewall",
                );
            }
            None
        }
        _ => None,
    }
}
