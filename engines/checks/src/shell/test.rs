//! `[ … ]`: conditions that the image itself answers.

use super::eval::Field;
use crate::tree::Tree;
use duecare_unpack::NodeKind;

/// Whether a command succeeds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Truth {
    /// It does.
    Yes,
    /// It does not.
    No,
    /// An action that normally does.
    Assumed,
    /// It depends on what only the running device knows.
    Unknown,
}

impl Truth {
    fn of(answer: bool) -> Self {
        if answer { Self::Yes } else { Self::No }
    }

    /// The opposite.
    #[must_use]
    pub fn negated(self) -> Self {
        match self {
            Self::Yes => Self::No,
            Self::No => Self::Yes,
            Self::Assumed | Self::Unknown => Self::Unknown,
        }
    }
}

/// Folders whose content the running device makes.
const RUNTIME: [&str; 10] = [
    "/proc/", "/sys/", "/dev/", "/tmp/", "/var/", "/run/", "/mnt/", "/media/", "/data/", "/nvram/",
];

/// Folders of programs, which nothing adds to after the build.
const PROGRAMS: [&str; 5] = ["/bin/", "/sbin/", "/usr/bin/", "/usr/sbin/", "/lib/"];

/// The answer to a test's words, brackets removed.
#[must_use]
pub fn answer(tree: &Tree<'_>, words: &[Field]) -> Truth {
    match words {
        [] => Truth::No,
        [bang, rest @ ..] if bang.text == "!" => answer(tree, rest).negated(),
        [left, op, right, rest @ ..]
            if matches!(
                op.text.as_str(),
                "=" | "==" | "!=" | "-eq" | "-ne" | "-gt" | "-lt" | "-ge" | "-le"
            ) =>
        {
            join(tree, binary(left, &op.text, right), rest)
        }
        [op, operand, rest @ ..] if op.text.starts_with('-') && op.text.len() == 2 => {
            join(tree, unary(tree, &op.text, operand), rest)
        }
        [one] => nonempty(one),
        _ => Truth::Unknown,
    }
}

/// `-a`, `&&`, `-o`, `||` behind the first answer.
fn join(tree: &Tree<'_>, first: Truth, rest: &[Field]) -> Truth {
    match rest {
        [] => first,
        [op, rest @ ..] if matches!(op.text.as_str(), "-a" | "&&") => {
            match (first, answer(tree, rest)) {
                (Truth::No, _) | (_, Truth::No) => Truth::No,
                (Truth::Yes, Truth::Yes) => Truth::Yes,
                _ => Truth::Unknown,
            }
        }
        [op, rest @ ..] if matches!(op.text.as_str(), "-o" | "||") => {
            match (first, answer(tree, rest)) {
                (Truth::Yes, _) | (_, Truth::Yes) => Truth::Yes,
                (Truth::No, Truth::No) => Truth::No,
                _ => Truth::Unknown,
            }
        }
        _ => Truth::Unknown,
    }
}

fn nonempty(field: &Field) -> Truth {
    if field.is_sure() { Truth::of(!field.text.is_empty()) } else { Truth::Unknown }
}

fn binary(left: &Field, op: &str, right: &Field) -> Truth {
    if !left.is_sure() || !right.is_sure() {
        return Truth::Unknown;
    }
    // `[ "x$A" = "x1" ]` needs no special care: both sides are whole texts here.
    let numbers = left.text.trim().parse::<i64>().ok().zip(right.text.trim().parse::<i64>().ok());
    match (op, numbers) {
        ("=" | "==", _) => Truth::of(crate::tree::matches(&right.text, &left.text)),
        ("!=", _) => Truth::of(!crate::tree::matches(&right.text, &left.text)),
        ("-eq", Some((a, b))) => Truth::of(a == b),
        ("-ne", Some((a, b))) => Truth::of(a != b),
        ("-gt", Some((a, b))) => Truth::of(a > b),
        ("-lt", Some((a, b))) => Truth::of(a < b),
        ("-ge", Some((a, b))) => Truth::of(a >= b),
        ("-le", Some((a, b))) => Truth::of(a <= b),
        _ => Truth::Unknown,
    }
}

fn unary(tree: &Tree<'_>, op: &str, operand: &Field) -> Truth {
    match op {
        "-n" => return nonempty(operand),
        "-z" => return nonempty(operand).negated(),
        _ => {}
    }
    if !operand.is_sure() || !operand.text.starts_with('/') {
        return Truth::Unknown;
    }
    let path = operand.text.as_str();
    let node = tree.find(path);
    let answer = match (op, node.map(|node| &node.kind)) {
        ("-e" | "-f" | "-r" | "-s" | "-x" | "-d" | "-L" | "-h", None) => {
            let absent = PROGRAMS.iter().any(|folder| path.starts_with(folder));
            return if absent && !tree.exists(path) { Truth::No } else { Truth::Unknown };
        }
        ("-e" | "-r" | "-x", Some(_)) => true,
        ("-f", Some(kind)) => matches!(kind, NodeKind::File(_)),
        ("-s", Some(NodeKind::File(content))) => !content.is_empty(),
        ("-d", Some(kind)) => matches!(kind, NodeKind::Directory),
        ("-L" | "-h", Some(_)) => {
            tree.node(path).is_some_and(|node| matches!(node.kind, NodeKind::Symlink(_)))
        }
        _ => return Truth::Unknown,
    };
    // What the device makes anew at boot is not what stands in the image.
    let runtime = RUNTIME.iter().any(|folder| path.starts_with(folder));
    if runtime { Truth::Unknown } else { Truth::of(answer) }
}
