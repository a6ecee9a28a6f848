//! What all checks share: the image with its trees, and findings out of runs and lines.

use super::mask::scrub;
use super::presence::{self, Presence};
use crate::shell::eval::{How, Run, Step};
use crate::tree::Tree;
use duecare_base::text::one_line;
use duecare_base::{CheckId, Confidence, Finding, Gap, Location, NotSeen, Severity};
use duecare_unpack::{Node, Unpacked};
use std::cell::RefCell;
use std::collections::BTreeSet;

/// Conditions that a message names; the rest stand in the evidence.
const CONDITIONS_SHOWN_MAX: usize = 2;

/// Steps of evidence that a finding carries.
const STEPS_MAX: usize = 16;

/// Longest key, in characters: command lines tell two listeners apart long before.
const KEY_CHARS_MAX: usize = 120;

/// The image as the checks see it.
pub(crate) struct Context<'a> {
    pub(crate) image: &'a Unpacked,
    /// One tree for each layer that has entries.
    pub(crate) trees: Vec<Tree<'a>>,
    /// Names of all files and links, over all layers.
    names: BTreeSet<&'a str>,
    not_seen: RefCell<NotSeen>,
}

impl<'a> Context<'a> {
    pub(crate) fn new(image: &'a Unpacked) -> Self {
        let layers = || image.layers.iter().filter(|layer| !layer.nodes.is_empty());
        let names = layers().flat_map(|layer| layer.nodes.iter().map(Node::file_name)).collect();
        let trees = layers().map(Tree::new).collect();
        Self { image, trees, names, not_seen: RefCell::default() }
    }

    /// Notes that something of the image was not looked at.
    pub(crate) fn miss(&self, gap: Gap, location: Location) {
        self.not_seen.borrow_mut().add(gap, location);
    }

    /// Everything that was not looked at.
    pub(crate) fn not_seen(&self) -> NotSeen {
        let mut all = self.not_seen.take();
        for tree in &self.trees {
            all.absorb(tree.take_gaps());
        }
        all
    }

    /// Whether any layer has a file of this name: a program may stand on another partition.
    pub(crate) fn has(&self, name: &str) -> bool {
        self.names.contains(name)
    }

    pub(crate) fn has_any(&self, names: &[&str]) -> bool {
        names.iter().any(|name| self.has(name))
    }
}

/// A weakness that a run shows.
pub(crate) struct Shown<'m> {
    pub(crate) id: CheckId,
    pub(crate) severity: Severity,
    /// Tells it from others of the same check in the same file.
    pub(crate) key: String,
    /// One sentence without its conditions.
    pub(crate) message: String,
    /// Texts that no output may show.
    pub(crate) secrets: &'m [&'m str],
}

/// The finding for a program that boot starts.
pub(crate) fn of_run(
    context: &Context<'_>,
    tree: &Tree<'_>,
    run: &Run,
    shown: Shown<'_>,
) -> Finding {
    let mut severity = shown.severity;
    let mut confidence = match run.how {
        How::Embedded => Confidence::Low,
        _ if run.conditions.is_empty() => Confidence::High,
        _ => Confidence::Medium,
    };
    let mut message = shown.message;
    let program = run.argv.first();
    if program.is_some_and(|field| !field.sure) {
        confidence = confidence.min(Confidence::Medium);
    }
    let word = program.map_or("", |field| field.text.as_str());
    message.push_str(&circumstances(run));
    let presence = presence::of(context, tree, run);
    match presence {
        Presence::There => {}
        Presence::Likely => confidence = confidence.min(Confidence::Medium),
        Presence::Unsaid => {
            confidence = confidence.min(Confidence::Medium);
            message.push_str("; the running device fills the program's folder, so the image can't say whether it is there");
        }
        // Nobody starts a way in by mistake: who left the line may bring the program later.
        Presence::Absent if shown.id.as_str().starts_with("backdoor-") => {
            severity = severity.min(Severity::High);
            confidence = confidence.min(Confidence::Medium);
            message.push_str("; the program is not in the image");
        }
        Presence::Absent => {
            severity = severity.min(Severity::Low);
            confidence = Confidence::Low;
            message.push_str("; the program is not in the image");
        }
    }
    let host = run.applet_of.as_deref().filter(|_| presence != Presence::Absent);
    let mask = |text: &str| scrub(&duecare_base::mask::in_line(text, shown.secrets));
    let location = run.steps.last().map_or_else(|| tree.layer.location(""), |s| place(tree, s));
    let key = one_line(&mask(&shown.key), KEY_CHARS_MAX);
    let finding = Finding::new(shown.id, severity, confidence, location, key, mask(&message));
    let finding = with_steps(finding, tree, run, &mask);
    let finding = with_program(finding, tree, word, host);
    let rest = run.conditions.iter().rev().skip(CONDITIONS_SHOWN_MAX).take(STEPS_MAX);
    rest.fold(finding, |finding, condition| {
        let location = finding.location.clone();
        finding.with_evidence(location, &mask(&format!("only if: {condition}")))
    })
}

/// What starts it and under which conditions, as the end of a message.
fn circumstances(run: &Run) -> String {
    let mut text = match run.how {
        How::Embedded => return " by a command inside the program".to_owned(),
        How::Cron => " by a cron table".to_owned(),
        How::Event | How::Inetd | How::Boot => String::new(),
    };
    // The innermost conditions say most.
    let first = run.conditions.len().saturating_sub(CONDITIONS_SHOWN_MAX);
    let shown: Vec<String> = run
        .conditions
        .get(first..)
        .unwrap_or_default()
        .iter()
        .map(|condition| format!("`{condition}`"))
        .collect();
    if !shown.is_empty() {
        text.push_str(&format!(", only if {}", shown.join(" and ")));
    }
    text
}

fn place(tree: &Tree<'_>, step: &Step) -> Location {
    match step.line {
        0 => tree.layer.location(&step.path),
        line => tree.line(&step.path, line),
    }
}

/// The line itself and the way to it, as evidence.
fn with_steps(
    mut finding: Finding,
    tree: &Tree<'_>,
    run: &Run,
    mask: &dyn Fn(&str) -> String,
) -> Finding {
    let mut steps = run.steps.iter().rev();
    if let Some(step) = steps.next() {
        let argv: Vec<&str> = run.argv.iter().map(|field| field.text.as_str()).collect();
        let text = if step.text.is_empty() { argv.join(" ") } else { step.text.clone() };
        finding = finding.with_snippet(&mask(&text));
    }
    for step in steps.take(STEPS_MAX) {
        finding = finding.with_evidence(place(tree, step), &mask(&step.text));
    }
    finding
}

/// Where the program is, as evidence.
fn with_program(finding: Finding, tree: &Tree<'_>, word: &str, host: Option<&str>) -> Finding {
    let Some(path) = tree.program(host.unwrap_or(word)) else { return finding };
    let Some(node) = tree.find(&path) else { return finding };
    let text = if host.is_some() {
        format!("the program that {} is part of", super::services::base(word))
    } else if node.path == path {
        "the program is in the image".to_owned()
    } else {
        format!("{path} leads to it")
    };
    finding.with_evidence(tree.layer.location(&node.path), &text)
}

/// A finding at a line of a text file, with the line as its evidence.
pub(crate) fn at_line(
    tree: &Tree<'_>,
    path: &str,
    line: (u32, &str),
    id: CheckId,
    (severity, confidence): (Severity, Confidence),
    key: &str,
    message: impl Into<String>,
) -> Finding {
    let location: Location = tree.line(path, line.0);
    Finding::new(id, severity, confidence, location, key, scrub(&message.into()))
        .with_snippet(&scrub(line.1))
}

/// Documentation, samples and left-over copies, which no program reads.
pub(crate) fn is_sample(path: &str) -> bool {
    const FOLDERS: [&str; 8] =
        ["/doc/", "/docs/", "/man/", "/examples/", "/example/", "/samples/", "/test/", "/tests/"];
    const ENDS: [&str; 13] = [
        ".sample",
        ".example",
        ".dist",
        ".orig",
        ".bak",
        ".old",
        ".md",
        ".txt.gz",
        ".html",
        ".dpkg-dist",
        ".default.in",
        "~",
        ".template",
    ];
    const NAMES: [&str; 4] = ["readme", "changelog", "license", "copying"];
    let lower = path.to_ascii_lowercase();
    let name = lower.rsplit('/').next().unwrap_or_default();
    FOLDERS.iter().any(|folder| lower.contains(folder))
        || ENDS.iter().any(|end| lower.ends_with(end))
        || NAMES.iter().any(|start| name.starts_with(start))
}

/// The lines of a settings file that are neither empty nor comments, numbered from 1 and trimmed.
pub(crate) fn settings<'t>(
    text: &'t str,
    comments: &'static [char],
) -> impl Iterator<Item = (u32, &'t str)> {
    (1_u32..)
        .zip(text.lines())
        .map(|(number, line)| (number, line.trim()))
        .filter(move |(_, line)| !line.is_empty() && !line.starts_with(comments))
}

/// A line as key and value around `=`, a colon or blanks, quotes dropped, the key in lower case.
pub(crate) fn pair(line: &str) -> Option<(String, &str)> {
    let at = line.find(|c: char| c == '=' || c.is_whitespace())?;
    let (key, rest) = line.split_at(at);
    let rest = rest.trim_start();
    let value = rest.strip_prefix('=').unwrap_or(rest).trim();
    let value = value.trim_end_matches(';').trim().trim_matches(['"', '\'']);
    Some((key.to_ascii_lowercase(), value))
}
