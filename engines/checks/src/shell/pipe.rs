//! Commands that are made as text: pipes into a shell, `eval`, here-documents.
//!
//! A text that the script itself holds, hidden or not, is followed. What only the device makes is
//! said to be unknown, save what well-known loaders of settings print.

use super::decode::{self, Coding};
use super::eval::{Field, Flow, Frame, Machine};
use super::expand;
use super::lex::Word;
use super::parse::{Command, Simple};
use super::test::Truth;
use crate::gaps;

/// Programs that print assignments for `eval`, and no commands.
const LOADERS: [&str; 24] = [
    "jshn",
    "ubus",
    "uci",
    "ifstatus",
    "jsonfilter",
    "fw_printenv",
    "nvram",
    "getopt",
    "resize",
    "dbus-launch",
    "ssh-agent",
    "dircolors",
    "locale",
    "blkid",
    "udevadm",
    "lsblk",
    "ipcalc.sh",
    "ipcalc",
    "export",
    "set",
    "stty",
    "tset",
    "json_dump",
    "network_get_device",
];

/// What stands before and behind a command in a pipe: the programs' names, empty for none.
#[derive(Debug, Clone, Default)]
pub(super) struct Pipe {
    pub(super) before: Option<String>,
    pub(super) after: Option<String>,
}

fn base(word: &str) -> &str {
    word.rsplit('/').next().unwrap_or_default()
}

fn is_shell(name: &str) -> bool {
    matches!(name, "sh" | "ash" | "bash" | "dash" | "hush")
}

/// A command's name as written, `busybox` and `exec` before it left out.
fn head(command: &Command) -> String {
    let Command::Simple(simple) = command else { return String::new() };
    let mut names = simple.words.iter().filter_map(Word::bare).map(base);
    names
        .find(|name| !matches!(*name, "busybox" | "exec" | "nohup" | "sudo"))
        .unwrap_or_default()
        .to_owned()
}

/// A shell that reads its commands from what comes before it.
fn reads_commands(command: &Command) -> Option<&Simple> {
    let Command::Simple(simple) = command else { return None };
    let mut words = simple.words.iter().filter_map(Word::bare);
    let found = words.any(|word| is_shell(base(word)));
    (found && words.all(|word| word.starts_with('-') && word != "-c")).then_some(simple)
}

impl Machine<'_, '_> {
    pub(super) fn pipeline(&mut self, parts: &[Command], frame: &mut Frame) -> (Flow, Truth) {
        let heads: Vec<String> = parts.iter().map(head).collect();
        for (index, part) in parts.iter().enumerate() {
            let before = index.checked_sub(1);
            let sources = parts.get(..index).unwrap_or_default();
            if before.is_some()
                && let Some(simple) = reads_commands(part)
            {
                if let Some(text) = self.constant(sources, frame) {
                    self.text(&text.text, frame, simple.line);
                    continue;
                }
                self.tree().miss(gaps::UNKNOWN, &frame.path);
            }
            let before = before.and_then(|at| heads.get(at)).cloned();
            self.pipe = Pipe { before, after: heads.get(index + 1).cloned() };
            self.command(part, frame);
        }
        self.pipe = Pipe::default();
        (Flow::Next, Truth::Unknown)
    }

    /// What commands print, where the script or the image holds it.
    pub(super) fn constant(&mut self, parts: &[Command], frame: &Frame) -> Option<Field> {
        let mut text = None;
        for part in parts {
            let Command::Simple(simple) = part else { return None };
            let mut argv = Vec::new();
            for word in &simple.words {
                argv.extend(expand::fields(self, frame, word));
            }
            if argv.first().is_some_and(|field| base(&field.text) == "busybox") {
                argv.remove(0);
            }
            if let Some((op, word)) = simple.redirections.first()
                && text.is_none()
            {
                let given = expand::single(self, frame, word);
                match *op {
                    "<<<" => text = Some(given),
                    "<" => text = self.file(&given),
                    _ => {}
                }
            }
            text = Some(self.filter(&argv, text)?);
        }
        text.filter(|text| text.known)
    }

    fn file(&self, path: &Field) -> Option<Field> {
        let (_, text) = self.tree().text(&path.text).filter(|_| path.known)?;
        Some(Field { text, known: true, sure: path.sure })
    }

    /// What one command of a pipe makes of what comes before it.
    fn filter(&mut self, argv: &[Field], input: Option<Field>) -> Option<Field> {
        let words: Vec<&str> = argv.iter().map(|field| field.text.as_str()).collect();
        if let Some(coding) = decode::coding(&words) {
            let operand = argv.get(1..)?.iter().rev().find(|field| field.text.starts_with('/'));
            let input = match operand {
                Some(path) => self.file(path)?,
                None => input?,
            };
            return decoded(coding, &input);
        }
        let Some(input) = input else { return expand::reads(self, argv) };
        match words.as_slice() {
            ["cat" | "tee", ..] if words.len() <= 2 => Some(input),
            ["rev"] => {
                let lines: Vec<String> =
                    input.text.lines().map(|line| line.chars().rev().collect()).collect();
                Some(Field { text: lines.join("\n"), ..input })
            }
            _ => None,
        }
    }

    /// `eval`.
    pub(super) fn evaluate(
        &mut self,
        rest: &[Field],
        line: u32,
        frame: &mut Frame,
    ) -> (Flow, Truth) {
        let text: Vec<&str> = rest.iter().map(|field| field.text.as_str()).collect();
        let text = text.join(" ");
        if rest.iter().any(|field| !field.known) && is_unknown_command(&text) {
            self.tree().miss(gaps::UNKNOWN, &frame.path);
        }
        self.text(&text, frame, line)
    }

    /// Commands that a shell is given by a redirection. Says whether they were followed.
    pub(super) fn fed(
        &mut self,
        redirections: &[(&'static str, String)],
        line: u32,
        frame: &mut Frame,
    ) -> bool {
        for (op, word) in redirections {
            let text = match *op {
                "<<<" => word.clone(),
                "<<" | "<<-" => {
                    let body = frame.lines.iter().skip(line as usize);
                    let body =
                        body.take_while(|text| text.trim() != word.trim_matches(['"', '\'']));
                    body.cloned().collect::<Vec<_>>().join("\n")
                }
                "<" => match self.tree().text(self.original(word).unwrap_or(word)) {
                    Some((_, text)) => text,
                    None => continue,
                },
                _ => continue,
            };
            self.text(&text, frame, line.saturating_add(1));
            return true;
        }
        false
    }
}

fn decoded(coding: Coding, input: &Field) -> Option<Field> {
    let text = decode::decode(coding, &input.text).filter(|_| input.known)?;
    Some(Field { text, ..input.clone() })
}

/// Whether the name of the command that a text begins with is made on the device.
fn is_unknown_command(text: &str) -> bool {
    let text = text.trim_start();
    // A variable that a script's caller sets is how shell libraries call back; it is left out.
    let Some(inner) = text.strip_prefix("$(") else { return false };
    let program = inner.split_whitespace().map(base).find(|word| *word != "busybox");
    !program.is_some_and(|program| LOADERS.contains(&program.trim_end_matches(')')))
}
