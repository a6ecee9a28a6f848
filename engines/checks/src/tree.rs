//! A file system layer with its paths indexed and links followed the way the device would.

use crate::gaps;
use duecare_base::{Gap, Location, NotSeen};
use duecare_unpack::{Layer, Node, NodeKind};
use std::cell::RefCell;
use std::collections::{BTreeMap, HashMap};

/// How many links one look-up follows, as Linux does (`MAXSYMLINKS`).
const LINKS_MAX: usize = 40;

/// Longest file that is read as a script or settings, in bytes.
const TEXT_BYTES_MAX: usize = 16 << 20;

/// Lines of one table that are read; tables on devices have some dozen.
const LINES_MAX: usize = 20_000;

/// Where a folder that is filled at boot has its content in the image, by vendors' habit: makers
/// keep `/etc` on a RAM disk and copy it from a read-only twin.
const TWINS: [(&str, &str); 10] = [
    ("/etc/", "/etc_ro/"),
    ("/etc/", "/etc.ro/"),
    ("/etc/", "/etc0/"),
    ("/etc/", "/rom/etc/"),
    ("/etc/", "/usr/etc/"),
    ("/etc/", "/etc_default/"),
    ("/etc/", "/usr/local/etc/"),
    ("/tmp/etc/", "/etc/"),
    ("/var/etc/", "/etc/"),
    ("/var/tmp/etc/", "/etc/"),
];

/// Folders that a shell searches for a program, in order.
const PROGRAM_FOLDERS: [&str; 9] = [
    "/usr/sbin",
    "/usr/bin",
    "/sbin",
    "/bin",
    "/usr/local/sbin",
    "/usr/local/bin",
    "/userfs/bin",
    "/opt/bin",
    "/opt/sbin",
];

/// A layer's entries by path.
pub struct Tree<'a> {
    /// The layer.
    pub layer: &'a Layer,
    index: HashMap<&'a str, &'a Node>,
    folders: BTreeMap<&'a str, Vec<&'a Node>>,
    not_seen: RefCell<NotSeen>,
}

impl<'a> Tree<'a> {
    /// Indexes a layer. A path that occurs twice counts as what stands last, as on the device.
    #[must_use]
    pub fn new(layer: &'a Layer) -> Self {
        let mut index = HashMap::with_capacity(layer.nodes.len());
        let mut folders: BTreeMap<&str, Vec<&Node>> = BTreeMap::new();
        for node in &layer.nodes {
            if node.path != "/" && index.insert(node.path.as_str(), node).is_none() {
                let parent = node.path.rsplit_once('/').map_or("", |(parent, _)| parent);
                folders.entry(parent).or_default().push(node);
            }
        }
        for children in folders.values_mut() {
            children.sort_by(|a, b| a.path.cmp(&b.path));
        }
        Self { layer, index, folders, not_seen: RefCell::default() }
    }

    /// Notes that something at a path was not looked at.
    pub(crate) fn miss(&self, gap: Gap, path: &str) {
        self.not_seen.borrow_mut().add(gap, self.layer.location(path));
    }

    /// What was not looked at since this was asked last.
    pub(crate) fn take_gaps(&self) -> NotSeen {
        self.not_seen.take()
    }

    /// The lines of a table with their numbers, from 1, up to a limit.
    pub(crate) fn lines<'t>(
        &self,
        path: &str,
        text: &'t str,
    ) -> impl Iterator<Item = (u32, &'t str)> + use<'t> {
        if text.lines().nth(LINES_MAX).is_some() {
            self.miss(gaps::LIST, path);
        }
        (1_u32..).zip(text.lines()).take(LINES_MAX)
    }

    /// The entry at a path, with every link on the way followed, the last one included.
    #[must_use]
    pub fn resolve(&self, path: &str) -> Option<&'a Node> {
        let mut wanted = clean(path);
        for _ in 0..LINKS_MAX {
            match self.step(&wanted) {
                Step::Done(node) => return Some(node),
                Step::Again(next) => wanted = next,
                Step::Gone => return None,
            }
        }
        None
    }

    fn step(&self, path: &str) -> Step<'a> {
        let ends = path.match_indices('/').map(|(at, _)| at).skip(1).chain([path.len()]);
        let mut last = None;
        for end in ends {
            let (head, rest) = path.split_at(end);
            let Some(node) = self.index.get(head) else {
                // Archives may leave folders out; a missing folder is no missing file.
                last = None;
                continue;
            };
            match &node.kind {
                NodeKind::Symlink(target) => {
                    let target = join(parent(head), target);
                    return Step::Again(clean(&format!("{target}{rest}")));
                }
                NodeKind::HardLink(target) if rest.is_empty() => {
                    return Step::Again(clean(target));
                }
                _ => last = Some(*node),
            }
        }
        last.map_or(Step::Gone, Step::Done)
    }

    /// As [`Self::resolve`], also where the vendor keeps the content of folders filled at boot.
    #[must_use]
    pub fn find(&self, path: &str) -> Option<&'a Node> {
        self.resolve(path).or_else(|| {
            TWINS.iter().find_map(|(from, to)| {
                let rest = path.strip_prefix(from)?;
                self.resolve(&format!("{to}{rest}"))
            })
        })
    }

    /// Whether a path leads to something in the image.
    #[must_use]
    pub fn exists(&self, path: &str) -> bool {
        self.find(path).is_some()
            || self.index.get(clean(path).as_str()).is_some_and(|node| {
                // Applets linked to a program on another partition count as there.
                matches!(node.kind, NodeKind::Symlink(_))
            })
    }

    /// The entry at a path itself, links not followed.
    #[must_use]
    pub fn node(&self, path: &str) -> Option<&'a Node> {
        self.index.get(path).copied()
    }

    /// The entries of a folder, sorted by name; links to folders are followed.
    #[must_use]
    pub fn list(&self, folder: &str) -> &[&'a Node] {
        let path = clean(folder);
        let real = self.resolve(&path).map_or(path.as_str(), |node| node.path.as_str());
        self.folders.get(real.trim_end_matches('/')).map_or(&[], Vec::as_slice)
    }

    /// The text of the file that a path leads to; `None` for binaries and over-long files.
    #[must_use]
    pub fn text(&self, path: &str) -> Option<(&'a Node, String)> {
        let node = self.find(path)?;
        Some((node, text_of(node)?))
    }

    /// The path that a command's first word starts, searched as a shell would.
    #[must_use]
    pub fn program(&self, word: &str) -> Option<String> {
        if word.contains('/') {
            return self.exists(word).then(|| word.to_owned());
        }
        PROGRAM_FOLDERS
            .iter()
            .map(|folder| format!("{folder}/{word}"))
            .find(|path| self.exists(path))
    }

    /// The place of a line.
    #[must_use]
    pub fn line(&self, path: &str, line: u32) -> Location {
        Location::line(&self.layer.chain, path, line)
    }

    /// The paths that match a pattern with `*`, `?` and `[…]` in any component, sorted.
    #[must_use]
    pub fn glob(&self, pattern: &str) -> Vec<String> {
        let mut found = vec![String::new()];
        for part in pattern.split('/').filter(|part| !part.is_empty()) {
            let mut next = Vec::new();
            for folder in &found {
                if part.contains(['*', '?', '[']) {
                    let base = if folder.is_empty() { "/" } else { folder };
                    for node in self.list(base) {
                        let name = node.file_name();
                        if (part.starts_with('.') || !name.starts_with('.')) && matches(part, name)
                        {
                            next.push(format!("{folder}/{name}"));
                        }
                    }
                } else {
                    next.push(format!("{folder}/{part}"));
                }
            }
            found = next;
        }
        found.retain(|path| !path.is_empty() && self.exists(path));
        found
    }
}

enum Step<'a> {
    Done(&'a Node),
    Again(String),
    Gone,
}

/// Whether a file is text, but too long to be read.
pub(crate) fn is_large_text(content: &[u8]) -> bool {
    content.len() > TEXT_BYTES_MAX && memchr::memchr(0, content).is_none()
}

/// The text of a file's node; `None` for anything binary or over-long.
#[must_use]
pub fn text_of(node: &Node) -> Option<String> {
    let content = node.content()?;
    if content.len() > TEXT_BYTES_MAX || memchr::memchr(0, content).is_some() {
        return None;
    }
    Some(String::from_utf8_lossy(content).into_owned())
}

/// A path without doubled slashes, `.` and `..`.
#[must_use]
pub fn clean(path: &str) -> String {
    duecare_unpack::node::clean_path(path.as_bytes()).0
}

fn parent(path: &str) -> &str {
    path.rsplit_once('/').map_or("", |(parent, _)| parent)
}

fn join(folder: &str, target: &str) -> String {
    if target.starts_with('/') { target.to_owned() } else { format!("{folder}/{target}") }
}

/// Whether a shell pattern matches a text: `*`, `?`, `[a-z]`, `[!x]`.
#[must_use]
pub fn matches(pattern: &str, text: &str) -> bool {
    let pattern: Vec<char> = pattern.chars().collect();
    let text: Vec<char> = text.chars().collect();
    // The classic two-pointer way: on a mismatch go back to the last star. Time is the product.
    let (mut p, mut t) = (0_usize, 0_usize);
    let mut star: Option<(usize, usize)> = None;
    while let Some(have) = text.get(t) {
        if pattern.get(p) == Some(&'*') {
            star = Some((p, t));
            p += 1;
            continue;
        }
        if let Some(next) = one(&pattern, p, *have) {
            p = next;
            t += 1;
            continue;
        }
        let Some((star_p, star_t)) = star else { return false };
        p = star_p + 1;
        t = star_t + 1;
        star = Some((star_p, t));
    }
    pattern.get(p..).unwrap_or_default().iter().all(|c| *c == '*')
}

/// The pattern's next place, if its item at `p` matches the character.
fn one(pattern: &[char], p: usize, have: char) -> Option<usize> {
    match *pattern.get(p)? {
        '?' => Some(p + 1),
        '\\' => (pattern.get(p + 1) == Some(&have)).then_some(p + 2),
        '[' => match class(pattern, p, have) {
            Some((true, end)) => Some(end),
            Some((false, _)) => None,
            None => (have == '[').then_some(p + 1),
        },
        wanted => (wanted == have).then_some(p + 1),
    }
}

/// Whether a bracket expression at `p` holds the character, and where it ends; `None` without end.
fn class(pattern: &[char], p: usize, have: char) -> Option<(bool, usize)> {
    let mut at = p + 1;
    let negated = matches!(pattern.get(at), Some('!' | '^'));
    if negated {
        at += 1;
    }
    let first = at;
    let mut inside = false;
    loop {
        let low = *pattern.get(at)?;
        if low == ']' && at > first {
            return Some((inside != negated, at + 1));
        }
        if pattern.get(at + 1) == Some(&'-') && pattern.get(at + 2).is_some_and(|c| *c != ']') {
            let high = *pattern.get(at + 2)?;
            inside |= low <= have && have <= high;
            at += 3;
        } else {
            inside |= low == have;
            at += 1;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_match_as_in_a_shell() {
        let check = |pattern: &str, text: &str, expected: bool| {
            assert_eq!(matches(pattern, text), expected, "{pattern} {text}");
        };
        check("S??*", "S50telnet", true);
        check("S??*", "S5", false);
        check("*.sh", "a.sh", true);
        check("[Ss]tart", "start", true);
        check("[!K]*", "K10", false);
        check("[0-9]*", "5", true);
        check("a*b*c", "aXbYbZc", true);
        check("[", "[", true);
        check("*", "", true);
        check("", "x", false);
    }
}
