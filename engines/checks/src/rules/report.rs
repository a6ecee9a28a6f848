//! What all checks share: the image with its trees, and findings out of runs and lines.

use crate::shell::eval::{How, Run};
use crate::tree::Tree;
use duecare_base::text::one_line;
use duecare_base::{CheckId, Confidence, Finding, Location, Severity};
use duecare_unpack::{Node, Unpacked};
use memchr::memmem;
use regex::{Captures, Regex};
use std::collections::BTreeSet;
use std::sync::LazyLock;

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

    /// Whether a program is in this tree, or one of its name anywhere in the image.
    fn holds_program(&self, tree: &Tree<'_>, word: &str) -> bool {
        tree.program(word).is_some() || self.has(super::services::base(word))
    }

    /// Whether a multi-call program lists an applet: names stand in it one after another, each
    /// with a NUL behind it.
    fn names_applet(&self, tree: &Tree<'_>, host: &str, applet: &str) -> bool {
        let path = tree.program(host).unwrap_or_else(|| host.to_owned());
        let name = super::services::base(host);
        let here = tree.find(&path).and_then(Node::content);
        let elsewhere = self
            .trees
            .iter()
            .flat_map(|other| &other.layer.nodes)
            .filter(|node| node.file_name() == name)
            .find_map(Node::content);
        let needle = [b"\0", applet.as_bytes(), b"\0"].concat();
        here.or(elsewhere).is_some_and(|content| memmem::find(content, &needle).is_some())
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
    let host = run.applet_of.as_deref().filter(|host| context.holds_program(tree, host));
    let present = host.is_some()
        || tree.program(word).is_some()
        || context.has(base)
        || word.starts_with('-');
    if host.is_some_and(|host| !context.names_applet(tree, host, base)) {
        confidence = confidence.min(Confidence::Medium);
    }
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
    let key =
        one_line(&scrub(&duecare_base::mask::in_line(&shown.key, shown.secrets)), KEY_CHARS_MAX);
    let mut finding = Finding::new(shown.id, severity, confidence, location, key, message);
    if let Some(step) = last {
        let argv: Vec<&str> = run.argv.iter().map(|field| field.text.as_str()).collect();
        let text = if step.text.is_empty() { argv.join(" ") } else { step.text.clone() };
        finding = finding.with_snippet(&mask(&text));
    }
    for step in steps.take(STEPS_MAX) {
        finding = finding.with_evidence(place(step), &mask(&step.text));
    }
    if let Some(path) = tree.program(host.unwrap_or(word))
        && let Some(node) = tree.find(&path)
    {
        let text = if host.is_some() {
            format!("the program that {base} is part of")
        } else if node.path == path {
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
        // The password of a URL.
        r#"(?i)://[^/\s:@"']*:([^\s/"'$%*][^\s/"']*)@|"#,
        // `-u user:password`, as curl and vendors' telnetd take it.
        r#"(?:\s(?:-u|-U|--user|--proxy-user)[\s=]\s*["']?[^\s:"']+:|"#,
        // Tools whose `-p` is a password.
        r#"\b(?:ftpput|ftpget|ncftpput|ncftpget|sshpass)\b[^;|&]*?\s-p\s*["']?|"#,
        r#"--(?:http-|ftp-|proxy-)?passw(?:or)?d\s+["']?|"#,
        r#"\bauthorization:\s*(?:basic|bearer)\s+|"#,
        r#"(?:pass(?:w(?:or)?d|phrase|code|wd)?|pwd|(?:\b|_)pw|secret|token|psk|"#,
        r#"(?:api|auth|wpa|wep|wlan|wifi|access|private|stop)[_-]?key)\d{0,2}["']?\s*[=:]\s*["']?)"#,
        r#"([^\s"'@/;&|$`{(<%*=][^\s"'@;&|]*)"#
    ))
    .expect("a constant pattern")
});

/// Shortest secret that is masked wherever else it stands too, in bytes: shorter ones are also parts
/// of words.
const REPEATED_BYTES_MIN: usize = 6;

/// A line with what looks like a secret masked; variables stay, they are none.
pub(crate) fn scrub(line: &str) -> String {
    let mut secrets: Vec<String> = Vec::new();
    let once = SECRETS.replace_all(line, |found: &Captures<'_>| {
        let whole = found.get(0).map_or("", |m| m.as_str());
        let Some(secret) = found.get(1).or_else(|| found.get(2)) else { return whole.to_owned() };
        let text = secret.as_str();
        if text.len() < 2 || text.ends_with("****") {
            return whole.to_owned();
        }
        if text.len() >= REPEATED_BYTES_MIN {
            secrets.push(text.to_owned());
        }
        let begin = found.get(0).map_or(0, |m| m.start());
        let (head, tail) = (secret.start() - begin, secret.end() - begin);
        format!(
            "{}{}{}",
            whole.get(..head).unwrap_or_default(),
            duecare_base::mask::secret(text),
            whole.get(tail..).unwrap_or_default()
        )
    });
    let secrets: Vec<&str> = secrets.iter().map(String::as_str).collect();
    duecare_base::mask::in_line(&once, &secrets)
}

/// A finding none of whose texts shows a secret, whatever made it.
pub(crate) fn masked(mut finding: Finding) -> Finding {
    finding.message = scrub(&finding.message);
    finding.key = scrub(&finding.key);
    for step in &mut finding.evidence {
        step.text = scrub(&step.text);
    }
    finding
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
        assert_eq!(scrub("wget ftp://u:p@ss@h/f"), "wget ftp://u:****@h/f");
        assert_eq!(scrub("ftp://%s:%s@%s"), "ftp://%s:%s@%s");
        assert_eq!(scrub("ftpput -u a -p hunter22 h f"), "ftpput -u a -p hu**** h f");
        assert_eq!(scrub("nc -ll -p 9527 -e /bin/sh"), "nc -ll -p 9527 -e /bin/sh");
        assert_eq!(scrub("serverpass=abc bypass=1"), "serverpass=**** bypass=1");
        assert_eq!(scrub("f http://h/?pwd=hunter22&a=hunter22"), "f http://h/?pwd=hu****&a=hu****");
        assert_eq!(scrub("Authorization: Basic YWRtaW46YQ=="), "Authorization: Basic YW****");
    }
}
