//! Words to fields: variables, command substitution, splitting and file name patterns.

use super::decode;
use super::eval::{Field, Frame, Machine};
use super::lex::{Piece, Word};
use super::parse::Command;

/// Longest value that is kept, in bytes: doubling variables stop here.
const VALUE_BYTES_MAX: usize = 8192;

/// Most fields of one word.
const FIELDS_MAX: usize = 4096;

struct Builder {
    done: Vec<Field>,
    now: Field,
    begun: bool,
    pattern: bool,
}

impl Builder {
    fn push(&mut self, field: &Field) {
        self.begun = true;
        self.now.known &= field.known;
        self.now.sure &= field.sure;
        let room = VALUE_BYTES_MAX.saturating_sub(self.now.text.len());
        self.now.text.extend(field.text.chars().scan(0_usize, |used, c| {
            *used += c.len_utf8();
            (*used <= room).then_some(c)
        }));
    }

    fn cut(&mut self, machine: &Machine<'_, '_>) {
        if !self.begun || self.done.len() >= FIELDS_MAX {
            return;
        }
        let field = std::mem::replace(&mut self.now, Field::sure(""));
        let paths =
            if self.pattern && field.known { machine.glob(&field.text) } else { Vec::new() };
        if paths.is_empty() {
            self.done.push(field);
        } else {
            let sure = field.sure;
            self.done.extend(paths.into_iter().map(|text| Field { text, known: true, sure }));
        }
        self.begun = false;
        self.pattern = false;
    }
}

/// The fields that a word becomes.
pub(super) fn fields(machine: &mut Machine<'_, '_>, frame: &Frame, word: &Word) -> Vec<Field> {
    let mut builder =
        Builder { done: Vec::new(), now: Field::sure(""), begun: false, pattern: false };
    for piece in &word.pieces {
        match piece {
            Piece::Text { text, quoted } => {
                builder.pattern |= !quoted && text.contains(['*', '?', '[']);
                builder.push(&Field::sure(text));
            }
            Piece::Variable { name, rest, .. } if name == "@" && rest.is_empty() => {
                for (index, argument) in frame.args.iter().enumerate() {
                    if index > 0 {
                        builder.cut(machine);
                    }
                    builder.push(argument);
                }
            }
            other => {
                let (value, quoted) = value(machine, frame, other);
                if quoted || !value.known {
                    builder.push(&value);
                } else {
                    split(machine, &mut builder, &value);
                }
            }
        }
    }
    builder.cut(machine);
    builder.done
}

fn split(machine: &Machine<'_, '_>, builder: &mut Builder, value: &Field) {
    let text = &value.text;
    builder.pattern |= text.contains(['*', '?', '[']);
    let mut first = !text.starts_with(char::is_whitespace);
    for part in text.split_whitespace() {
        if !first {
            builder.cut(machine);
        }
        first = false;
        builder.push(&Field { text: part.to_owned(), ..value.clone() });
    }
    if text.ends_with(char::is_whitespace) {
        builder.cut(machine);
    }
}

/// The one field that a word becomes where no splitting happens, as in an assignment.
pub(super) fn single(machine: &mut Machine<'_, '_>, frame: &Frame, word: &Word) -> Field {
    let mut builder =
        Builder { done: Vec::new(), now: Field::sure(""), begun: false, pattern: false };
    for piece in &word.pieces {
        match piece {
            Piece::Text { text, .. } => builder.push(&Field::sure(text)),
            other => {
                let (value, _) = value(machine, frame, other);
                builder.push(&value);
            }
        }
    }
    builder.now
}

fn value(machine: &mut Machine<'_, '_>, frame: &Frame, piece: &Piece) -> (Field, bool) {
    match piece {
        Piece::Text { text, quoted } => (Field::sure(text), *quoted),
        Piece::Arithmetic(text) => (Field::unknown(&format!("$(({text}))")), true),
        Piece::Command { text, quoted } => (substitute(machine, frame, text), *quoted),
        Piece::Variable { name, rest, quoted } => (variable(machine, frame, name, rest), *quoted),
    }
}

fn variable(machine: &mut Machine<'_, '_>, frame: &Frame, name: &str, rest: &str) -> Field {
    let value = frame.variable(name);
    let (colon, op) = match rest.strip_prefix(':') {
        Some(op) => (true, op),
        None => (false, rest),
    };
    let missing = match &value {
        None => frame.is_whole,
        Some(value) => colon && value.is_sure() && value.text.is_empty(),
    };
    let unknown = || Field::unknown(&format!("${{{name}{rest}}}"));
    let word = |machine: &mut Machine<'_, '_>, text: &str| inner(machine, frame, text);
    match op.chars().next() {
        None if rest.is_empty() => match value {
            Some(value) => value,
            // POSIX: an unset variable is empty. But a script that another may have set up…
            None if frame.is_whole => Field { sure: false, ..Field::sure("") },
            None => unknown(),
        },
        Some('-' | '=') => match value {
            Some(value) if !missing => value,
            // Nothing in the image sets it, so the default is what counts unless the device does.
            _ => Field { sure: false, ..word(machine, op.get(1..).unwrap_or_default()) },
        },
        Some('+') => match value {
            Some(value) if value.is_sure() && !value.text.is_empty() => {
                word(machine, op.get(1..).unwrap_or_default())
            }
            _ => unknown(),
        },
        Some('#' | '%') => trimmed(value, rest).unwrap_or_else(unknown),
        Some('?') => value.unwrap_or_else(unknown),
        _ => unknown(),
    }
}

/// `${x#pattern}` and `${x%pattern}` with their greedy forms, for a known value.
fn trimmed(value: Option<Field>, rest: &str) -> Option<Field> {
    let value = value.filter(|value| value.known)?;
    let (front, greedy, pattern) = if let Some(pattern) = rest.strip_prefix("##") {
        (true, true, pattern)
    } else if let Some(pattern) = rest.strip_prefix("%%") {
        (false, true, pattern)
    } else if let Some(pattern) = rest.strip_prefix('#') {
        (true, false, pattern)
    } else {
        (false, false, rest.strip_prefix('%')?)
    };
    if pattern.contains(['$', '`', '"', '\'']) {
        return None;
    }
    let mut cuts: Vec<usize> = value.text.char_indices().map(|(at, _)| at).collect();
    cuts.push(value.text.len());
    if front == greedy {
        cuts.reverse();
    }
    for at in cuts {
        let (head, tail) = value.text.split_at_checked(at)?;
        let (cut, kept) = if front { (head, tail) } else { (tail, head) };
        if crate::tree::matches(pattern, cut) {
            return Some(Field { text: kept.to_owned(), ..value });
        }
    }
    Some(value)
}

/// A word inside `${…}`.
fn inner(machine: &mut Machine<'_, '_>, frame: &Frame, text: &str) -> Field {
    if !machine.enter() {
        return Field::unknown(text);
    }
    let words = super::lex::tokens(text, 1);
    let mut out = Field::sure("");
    for token in words {
        if let super::lex::Token::Word(word) = token {
            let part = single(machine, frame, &word);
            if !out.text.is_empty() {
                out.text.push(' ');
            }
            out.text.push_str(&part.text);
            out.known &= part.known;
            out.sure &= part.sure;
        }
    }
    machine.leave();
    out
}

/// What `$(…)` gives, for the few commands that only read the image.
fn substitute(machine: &mut Machine<'_, '_>, frame: &Frame, text: &str) -> Field {
    let unknown = Field::unknown(&format!("$({text})"));
    if !machine.enter() {
        return unknown;
    }
    let commands = machine.parse(text, 1, &frame.path);
    let out = match commands.as_slice() {
        [Command::Simple(simple)] => {
            let mut argv = Vec::new();
            for word in &simple.words {
                argv.extend(fields(machine, frame, word));
            }
            // `$(< file)`.
            if argv.is_empty()
                && let [("<", word)] = simple.redirections.as_slice()
            {
                argv = vec![Field::sure("cat"), single(machine, frame, word)];
            }
            let known = reads(machine, &argv);
            known.or_else(|| machine.constant(&commands, frame))
        }
        [Command::Pipe(parts)] => machine.constant(parts, frame).map(|field| {
            let text = field.text.trim_end_matches('\n').to_owned();
            Field { text, ..field }
        }),
        _ => None,
    };
    machine.leave();
    out.unwrap_or(unknown)
}

pub(super) fn reads(machine: &mut Machine<'_, '_>, argv: &[Field]) -> Option<Field> {
    let (name, rest) = argv.split_first()?;
    let operands: Vec<&Field> = rest.iter().filter(|field| !field.text.starts_with('-')).collect();
    let first = operands.first();
    match name.text.rsplit('/').next()? {
        "cat" => {
            let path = first.filter(|field| field.known)?;
            let (_, text) = machine.tree().text(&path.text)?;
            Some(Field { text: text.trim_end().to_owned(), known: true, sure: path.sure })
        }
        "head" => {
            let one = rest.iter().any(|field| matches!(field.text.as_str(), "-1" | "-n1"))
                || matches!(rest, [n, count, ..] if n.text == "-n" && count.text == "1");
            let path = operands.last().filter(|field| field.known && one)?;
            let (_, text) = machine.tree().text(&path.text)?;
            Some(Field::sure(text.lines().next().unwrap_or_default()))
        }
        "echo" => {
            let words: Vec<&str> = operands.iter().map(|field| field.text.as_str()).collect();
            let known = operands.iter().all(|field| field.known);
            let sure = operands.iter().all(|field| field.sure);
            let escapes = rest.iter().any(|f| matches!(f.text.as_str(), "-e" | "-ne" | "-en"));
            let text = words.join(" ");
            Some(Field { text: if escapes { decode::unescape(&text) } else { text }, known, sure })
        }
        "printf" => {
            let texts: Vec<&str> = rest.iter().map(|field| field.text.as_str()).collect();
            let (format, arguments) = texts.split_first()?;
            let text = decode::printf(format, arguments)?;
            let known = rest.iter().all(|field| field.known);
            let sure = rest.iter().all(|field| field.sure);
            Some(Field { text, known, sure })
        }
        "ls" => {
            let mut names = Vec::new();
            for operand in operands.iter().filter(|field| field.known) {
                let listed = machine.tree().list(&operand.text);
                if listed.is_empty() {
                    names.push(operand.text.clone());
                }
                names.extend(listed.iter().map(|node| node.file_name().to_owned()));
            }
            Some(Field::sure(&names.join(" "))).filter(|field| !field.text.is_empty())
        }
        "basename" => {
            let path = first.filter(|field| field.known)?;
            let base = path.text.rsplit('/').next().unwrap_or_default();
            let end = operands.get(1).map_or("", |field| field.text.as_str());
            let base = base.strip_suffix(end).unwrap_or(base);
            Some(Field { text: base.to_owned(), ..(*path).clone() })
        }
        "dirname" => {
            let path = first.filter(|field| field.known)?;
            let folder = path.text.rsplit_once('/').map_or(".", |(folder, _)| folder);
            Some(Field { text: folder.to_owned(), ..(*path).clone() })
        }
        "which" => machine.tree().program(&first?.text).map(|path| Field::sure(&path)),
        "command" => {
            let name = rest.iter().find(|field| !field.text.starts_with('-'))?;
            machine.tree().program(&name.text).map(|path| Field::sure(&path))
        }
        "uci" => {
            let at = operands.iter().position(|field| field.text == "get")?;
            let path = operands.get(at + 1)?;
            machine.uci_get(&path.text).map(|text| Field { text, known: true, sure: false })
        }
        _ => None,
    }
}
