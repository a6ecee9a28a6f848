//! What all checks share: the image with its trees, and findings out of runs and lines.

use crate::shell::eval::{How, Run};
use crate::tree::Tree;
use duecare_base::{CheckId, Confidence, Finding, Location, Severity};
use duecare_unpack::{Node, Unpacked};
use regex::Regex;
use std::collections::BTreeSet;
use std::sync::LazyLock;

/// Conditions that a message names; the rest stand in the evidence.
const CONDITIONS_SHOWN_MAX: usize = 2;

/// Steps of evidence that a finding carries.
const STEPS_MAX: usize = 16;

/// The image as the checks see it.
pub(crate) struct Context<'a> {
    pub(crate) image: &'a Unpacked,
    /// One tree for each layer that has entries.
    pub(crate) trees: Vec<Tree<'a>>,
    /// Names of all files and links, over all layers.
    names: BTreeSet<&'a str>,
}

impl<'a> Context<'a> {
    pub(crate) fn new(image: &'a Unpacked) -> Self {
        let layers = || image.layers.iter().filter(|layer| !layer.nodes.is_empty());
        let names = layers().flat_map(|layer| layer.nodes.iter().map(Node::file_name)).collect();
        Self { image, trees: layers().map(Tree::new).collect(), names }
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
    let base = word.rsplit('/').next().unwrap_or_default();
    let present = tree.program(word).is_some() || context.has(base) || word.starts_with('-');
    match run.how {
        How::Embedded => message.push_str(" by a command inside the program"),
        How::Cron => message.push_str(" by a cron table"),
        How::Event | How::Inetd | How::Boot => {}
    }
    if run.how != How::Embedded && !run.conditions.is_empty() {
        // The innermost conditions say most.
        let shown: Vec<String> = run
            .conditions
            .iter()
            .rev()
            .take(CONDITIONS_SHOWN_MAX)
            .rev()
            .map(|condition| format!("`{condition}`"))
            .collect();
        message.push_str(&format!(", only if {}", shown.join(" and ")));
    }
    if !present {
        severity = severity.min(Severity::Low);
        confidence = Confidence::Low;
        message.push_str("; the program is not in the image");
    }
    let message = scrub(&duecare_base::mask::in_line(&message, shown.secrets));
    let mut steps = run.steps.iter().rev();
    let last = steps.next();
    let place = |step: &crate::shell::eval::Step| match step.line {
        0 => tree.layer.location(&step.path),
        line => tree.line(&step.path, line),
    };
    let location = last.map_or_else(|| tree.layer.location(""), place);
    let mask = |text: &str| scrub(&duecare_base::mask::in_line(text, shown.secrets));
    let mut finding = Finding::new(shown.id, severity, confidence, location, shown.key, message);
    if let Some(step) = last {
        let argv: Vec<&str> = run.argv.iter().map(|field| field.text.as_str()).collect();
        let text = if step.text.is_empty() { argv.join(" ") } else { step.text.clone() };
        finding = finding.with_snippet(&mask(&text));
    }
    for step in steps.take(STEPS_MAX) {
        finding = finding.with_evidence(place(step), &mask(&step.text));
    }
    if let Some(path) = tree.program(word)
        && let Some(node) = tree.find(&path)
    {
        let text = if node.path == path {
            "the program is in the image".to_owned()
        } else {
            format!("{path} leads to it")
        };
        finding = finding.with_evidence(tree.layer.location(&node.path), &text);
    }
    for condition in run.conditions.iter().rev().skip(CONDITIONS_SHOWN_MAX).take(STEPS_MAX) {
        let location = finding.location.clone();
        finding = finding.with_evidence(location, &mask(&format!("only if: {condition}")));
    }
    finding
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

#[expect(clippy::expect_used, reason = "the pattern is a constant and every test compiles it")]
static SECRETS: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(concat!(
        r#"(?i)://[^/\s:@]+:([^\s/@"'$]+)@|"#,
        r#"(?:\s-u\s*["']?[^\s:"']+:|"#,
        r#"(?:passw(?:or)?d|passphrase|passwd|pwd|secret|token|psk|api_?key)["']?\s*[=:]\s*["']?)"#,
        r#"([^\s"'@/;&|$`{(<%*][^\s"'@;&|]*)"#
    ))
    .expect("a constant pattern")
});

/// A line with what looks like a secret masked; variables stay, they are none.
fn scrub(line: &str) -> String {
    let secrets: Vec<&str> = SECRETS
        .captures_iter(line)
        .filter_map(|found| found.get(1).or_else(|| found.get(2)))
        .map(|found| found.as_str())
        .filter(|text| text.len() > 1 && !text.ends_with("****"))
        .collect();
    duecare_base::mask::in_line(line, &secrets)
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_do_not_leave() {
        assert_eq!(scrub("telnetd -u a:hunter22 &"), "telnetd -u a:hu**** &");
        assert_eq!(scrub("curl -k https://u:hunter22@h/"), "curl -k https://u:hu****@h/");
        assert_eq!(scrub("acs=http://a.b:7547/"), "acs=http://a.b:7547/");
        assert_eq!(scrub("x --password=hunter22"), "x --password=hu****");
        assert_eq!(scrub("telnetd -u a:$sign"), "telnetd -u a:$sign");
    }
}
