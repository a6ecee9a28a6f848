//! Command texts inside programs: vendors' `rc`, web servers and management daemons start services
//! with `system("telnetd -l /bin/sh &")`.
//!
//! When the program does so is not known here, so what is found this way is a hint.

use crate::gaps;
use crate::shell::eval::{Field, Frame, How, Machine, Step};
use crate::tree::Tree;
use memchr::memmem;

/// Largest program that is searched, in bytes.
const PROGRAM_BYTES_MAX: usize = 64 << 20;

/// Longest command text, in bytes.
const TEXT_BYTES_MAX: usize = 400;

/// Commands that are kept of one program.
const COMMANDS_MAX: usize = 40;

/// What is searched for: services that should not be hidden inside a program.
const NEEDLES: [&str; 6] = ["telnetd", "ftpd", "nc -l", "netcat -l", "adbd", "rlogind"];

/// Programs that speak of these services because they are them, or hold them all.
const OWN: [&str; 8] =
    ["busybox", "toybox", "telnetd", "ftpd", "inetd", "adbd", "libcrypto", "rlogind"];

pub(super) fn follow(tree: &Tree<'_>, machine: &mut Machine<'_, '_>) {
    machine.how = How::Embedded;
    for node in &tree.layer.nodes {
        let name = node.file_name();
        let Some(content) = node.content() else { continue };
        if !content.starts_with(b"\x7fELF") || OWN.iter().any(|own| name.contains(own)) {
            continue;
        }
        let found = commands(content.get(..PROGRAM_BYTES_MAX).unwrap_or(content));
        if content.len() > PROGRAM_BYTES_MAX || found.len() >= COMMANDS_MAX {
            tree.miss(gaps::PROGRAM, &node.path);
        }
        for (text, offset) in found {
            let condition = vec![format!("{} decides to", node.path)];
            let step = Step {
                path: node.path.clone(),
                line: 0,
                text: format!("at offset {offset:#x} of the program: {text}"),
            };
            let mut frame = Frame::new(&node.path, "", Vec::<Field>::new(), vec![step], condition);
            machine.line(&mut frame, 1, &text);
        }
    }
    machine.how = How::Boot;
}

/// Texts that read like a command line of one of the services.
fn commands(content: &[u8]) -> Vec<(String, usize)> {
    let mut found: Vec<(String, usize)> = Vec::new();
    for needle in NEEDLES {
        for at in memmem::find_iter(content, needle.as_bytes()).take(1000) {
            if found.len() >= COMMANDS_MAX {
                return found;
            }
            let printable = |byte: &u8| (0x20..0x7f).contains(byte);
            let head = content.get(..at).unwrap_or_default();
            let before =
                head.iter().rev().take(TEXT_BYTES_MAX).take_while(|b| printable(b)).count();
            let tail = content.get(at..).unwrap_or_default();
            let after = tail.iter().take(TEXT_BYTES_MAX).take_while(|b| printable(b)).count();
            // A text inside a program ends with a NUL; anything else is chance.
            if content.get(at + after).is_none_or(|byte| !matches!(byte, 0 | b'\n')) {
                continue;
            }
            let begin = at - before;
            let Ok(text) = std::str::from_utf8(content.get(begin..at + after).unwrap_or_default())
            else {
                continue;
            };
            if reads_like_a_command(text, needle) && !found.iter().any(|(known, _)| known == text) {
                found.push((text.to_owned(), begin));
            }
        }
    }
    found
}

/// A path or options belong to a command; a sentence, a name alone, a format with holes do not.
fn reads_like_a_command(text: &str, needle: &str) -> bool {
    text.split([';', '|']).flat_map(|part| part.split("&&")).any(|part| {
        let part = part.trim().trim_end_matches('&').trim();
        let mut words = part.split_whitespace();
        let first = words.next().unwrap_or_default();
        let (program, rest): (&str, Vec<&str>) = if first.ends_with("busybox") {
            (words.next().unwrap_or_default(), words.collect())
        } else {
            (first, words.collect())
        };
        let name = needle.split(' ').next().unwrap_or(needle);
        let is_it = program.rsplit('/').next().is_some_and(|base| {
            base == name || (base.ends_with(name) && base.len() <= name.len() + 4)
        });
        let options =
            rest.first().is_some_and(|word| word.starts_with('-') || word.starts_with('>'));
        let background = text.trim_end().ends_with('&');
        is_it && (options || (rest.is_empty() && (background || first.ends_with("busybox"))))
    })
}
