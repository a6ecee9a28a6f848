//! Tables and scripts that a script writes at boot: `echo "telnet stream …" >> /etc/inetd.conf`, and
//! here-documents given to `cat`.
//!
//! Left out: text put together by `sed` or by a program, and what written scripts write themselves.

use super::inetd;
use crate::gaps;
use crate::shell::eval::{Frame, How, Machine, Run, Step};
use crate::tree::Tree;

/// Texts written that are read; an image's scripts write a few hundred.
const WRITTEN_MAX: usize = 2000;

/// A text that a command writes into a file.
struct Written {
    target: String,
    /// Lines, each with the line of the script that it stands in.
    lines: Vec<(u32, String)>,
    /// The script.
    path: String,
    trace: Vec<Step>,
    conditions: Vec<String>,
}

pub(super) fn follow(tree: &Tree<'_>, machine: &mut Machine<'_, '_>) {
    let found: Vec<Written> = machine
        .runs()
        .iter()
        .filter_map(|run| written(tree, run))
        .filter(|text| kind(&text.target).is_some())
        .take(WRITTEN_MAX + 1)
        .collect();
    if found.len() > WRITTEN_MAX {
        tree.miss(gaps::LIST, "");
    }
    for text in &found {
        commands(tree, machine, text);
    }
    machine.how = How::Boot;
}

/// What reads a file.
#[derive(Clone, Copy)]
enum Kind {
    Inetd,
    Inittab,
    Cron,
    Script,
}

fn kind(path: &str) -> Option<Kind> {
    let name = path.rsplit('/').next().unwrap_or_default();
    if name == "inetd.conf" {
        Some(Kind::Inetd)
    } else if name == "inittab" {
        Some(Kind::Inittab)
    } else if path.contains("/crontabs/") || name == "crontab" {
        Some(Kind::Cron)
    } else if name.ends_with(".sh")
        || matches!(name, "rcS" | "rc.local" | "profile")
        || path.contains("/init.d/")
    {
        Some(Kind::Script)
    } else {
        None
    }
}

/// The text that a run writes, when it is `echo`, `printf`, or `cat` with a here-document.
fn written(tree: &Tree<'_>, run: &Run) -> Option<Written> {
    let (_, target) = run.redirections.iter().find(|(op, _)| matches!(*op, ">" | ">>" | ">|"))?;
    let (last, trace) = run.steps.split_last()?;
    let (name, rest) = run.argv.split_first()?;
    let lines = match name.text.rsplit('/').next()? {
        "echo" | "printf" => {
            let words = rest.iter().map(|field| field.text.as_str());
            let text = words.skip_while(|w| matches!(*w, "-e" | "-n" | "-ne" | "-en"));
            let text = text.collect::<Vec<_>>().join(" ").replace("\\n", "\n").replace("\\t", "\t");
            let lines = tree.lines(&last.path, &text);
            lines.map(|(_, line)| (last.line, line.to_owned())).collect()
        }
        "cat" => {
            let here = run.redirections.iter().find(|(op, _)| matches!(*op, "<<" | "<<-"));
            here_document(tree, last, &here?.1)?
        }
        _ => return None,
    };
    Some(Written {
        target: target.clone(),
        lines,
        path: last.path.clone(),
        trace: trace.to_vec(),
        conditions: run.conditions.clone(),
    })
}

/// The lines below a command up to the end word.
fn here_document(tree: &Tree<'_>, command: &Step, end: &str) -> Option<Vec<(u32, String)>> {
    let (_, text) = tree.text(&command.path)?;
    let body = tree.lines(&command.path, &text).skip(command.line as usize);
    let body = body.take_while(|(_, line)| line.trim_matches(['\t', '\r']) != end);
    Some(body.map(|(number, line)| (number, line.to_owned())).collect())
}

fn commands(tree: &Tree<'_>, machine: &mut Machine<'_, '_>, text: &Written) {
    let Some(kind) = kind(&text.target) else { return };
    machine.how = match kind {
        Kind::Inetd => How::Inetd,
        Kind::Cron => How::Cron,
        Kind::Inittab | Kind::Script => How::Boot,
    };
    let mut conditions = text.conditions.clone();
    match kind {
        Kind::Inetd => conditions.extend(inetd::condition(machine, "inetd")),
        Kind::Inittab => conditions.push(format!("init reads {} again", text.target)),
        Kind::Script if !is_named(machine, &text.target) => {
            conditions.push(format!("{} is run, which was not seen", text.target));
        }
        Kind::Cron | Kind::Script => {}
    }
    let whole = tree.text(&text.path).map(|(_, whole)| whole).unwrap_or_default();
    for (number, line) in &text.lines {
        let line = line.trim();
        if line.is_empty() || line.starts_with('#') {
            continue;
        }
        let command = match kind {
            Kind::Inetd => inetd::entries(std::iter::once((*number, line)))
                .into_iter()
                .next()
                .map(|(_, command)| command),
            Kind::Inittab => line.splitn(4, ':').nth(3).map(str::to_owned),
            Kind::Cron => {
                let words: Vec<&str> = line.split_whitespace().skip(5).collect();
                Some(words.join(" "))
            }
            Kind::Script => Some(line.to_owned()),
        };
        let Some(command) = command else { continue };
        let mut frame =
            Frame::new(&text.path, &whole, Vec::new(), text.trace.clone(), conditions.clone());
        machine.line(&mut frame, *number, &command);
    }
}

/// Whether a command that boot runs names the file, other than to write it or to set its mode.
fn is_named(machine: &Machine<'_, '_>, path: &str) -> bool {
    machine.runs().iter().any(|run| {
        let program = run.argv.first().map_or("", |field| field.text.as_str());
        let base = program.rsplit('/').next().unwrap_or_default();
        (program == path || matches!(base, "sh" | "ash" | "bash"))
            && run.argv.iter().any(|field| field.text == path)
    })
}
