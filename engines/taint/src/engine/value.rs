//! What is known of a text: its pieces in order, and how input got into it.

use std::rc::Rc;

/// Most pieces that a value keeps; the rest of an over-long text is dropped, input first kept.
const PIECES_MAX: usize = 64;
/// Most steps that the proof of a finding shows.
const STEPS_MAX: u16 = 12;

/// Where input comes from, worst first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum SourceKind {
    /// A field, header or address of a web request.
    Request,
    /// Bytes from a socket.
    Socket,
    /// Standard input of a program that no web server starts.
    Stdin,
    /// A stored setting of the device.
    Setting,
    /// An argument of the program.
    Argument,
}

/// A place where input enters.
#[derive(Debug)]
pub(crate) struct Origin {
    pub(crate) kind: SourceKind,
    /// As people know it: `$_GET["host"]`.
    pub(crate) label: String,
    pub(crate) line: u32,
}

/// A step of input on its way, newest first.
#[derive(Debug)]
pub(crate) struct Step {
    pub(crate) line: u32,
    pub(crate) before: Option<Rc<Step>>,
    count: u16,
}

/// Input inside a value.
#[derive(Debug, Clone)]
pub(crate) struct Input {
    pub(crate) origin: Rc<Origin>,
    pub(crate) steps: Option<Rc<Step>>,
    /// How many checks or unknown functions saw it; none for plain flow.
    pub(crate) doubt: u8,
    /// Whether a check of its content saw it.
    pub(crate) checked: bool,
}

impl Input {
    /// The same input after one more step.
    fn stepped(&self, line: u32) -> Self {
        let count = self.steps.as_ref().map_or(0, |step| step.count);
        let same = self.steps.as_ref().map_or(self.origin.line, |step| step.line) == line;
        if same || count >= STEPS_MAX {
            return self.clone();
        }
        let step = Step { line, before: self.steps.clone(), count: count.saturating_add(1) };
        Self { steps: Some(Rc::new(step)), ..self.clone() }
    }

    /// Orders inputs by how bad they are: lower is worse.
    fn rank(&self) -> (u8, SourceKind) {
        (self.doubt, self.origin.kind)
    }
}

/// A piece of a text.
#[derive(Debug, Clone)]
pub(crate) enum Piece {
    /// Fixed text, and how many calls deep it was written.
    Text(Rc<str>, u8),
    /// Input.
    Input(Input),
    /// Something unknown, or known to be harmless.
    Blank,
}

/// The entries of a list, with their names where they have one.
pub(crate) type Entries = Vec<(Option<String>, Value)>;

/// What is known of a value.
#[derive(Debug, Clone, Default)]
pub(crate) struct Value {
    pub(crate) pieces: Vec<Piece>,
    /// The function, module or object that the value stands for.
    pub(crate) path: Option<Rc<str>>,
    /// The entries of a list, with their names.
    pub(crate) list: Option<Rc<Entries>>,
    /// The anonymous function that it is.
    pub(crate) lambda: Option<usize>,
    /// Whether it can only be a number.
    pub(crate) number: bool,
}

impl Value {
    /// Nothing known.
    pub(crate) fn blank() -> Self {
        Self { pieces: vec![Piece::Blank], ..Self::default() }
    }

    /// A number, or anything else that can't carry a command.
    pub(crate) fn number() -> Self {
        Self { number: true, ..Self::blank() }
    }

    /// Fixed text.
    pub(crate) fn text(text: &str, level: u8) -> Self {
        Self { pieces: vec![Piece::Text(Rc::from(text), level)], ..Self::default() }
    }

    /// Input that enters here.
    pub(crate) fn input(kind: SourceKind, label: String, line: u32) -> Self {
        let origin = Rc::new(Origin { kind, label, line });
        let input = Input { origin, steps: None, doubt: 0, checked: false };
        Self { pieces: vec![Piece::Input(input)], ..Self::default() }
    }

    /// Adds the pieces of another value behind.
    pub(crate) fn push(&mut self, other: &Self) {
        for piece in &other.pieces {
            let room = self.pieces.len() < PIECES_MAX;
            if room || (matches!(piece, Piece::Input(_)) && self.worst().is_none()) {
                self.pieces.push(piece.clone());
            }
        }
    }

    /// Values joined in order, with a text between them.
    pub(crate) fn joined(values: &[Self], between: &str, level: u8) -> Self {
        let mut all = Self::default();
        for (index, value) in values.iter().enumerate() {
            if index > 0 && !between.is_empty() {
                all.push(&Self::text(between, level));
            }
            all.push(value);
        }
        all
    }

    /// The worst input in it.
    pub(crate) fn worst(&self) -> Option<&Input> {
        self.inputs().min_by_key(|input| input.rank())
    }

    /// Every input in it.
    pub(crate) fn inputs(&self) -> impl Iterator<Item = &Input> {
        self.pieces.iter().filter_map(|piece| match piece {
            Piece::Input(input) => Some(input),
            _ => None,
        })
    }

    /// Whether input is in it.
    pub(crate) fn is_input(&self) -> bool {
        self.inputs().next().is_some()
    }

    /// The whole text when it is fixed.
    pub(crate) fn fixed(&self) -> Option<String> {
        let mut all = String::new();
        for piece in &self.pieces {
            match piece {
                Piece::Text(text, _) => all.push_str(text),
                _ => return None,
            }
        }
        Some(all)
    }

    /// The fixed pieces, `…` for the rest.
    pub(crate) fn skeleton(&self) -> String {
        let mut all = String::new();
        for piece in &self.pieces {
            match piece {
                Piece::Text(text, _) => all.push_str(text),
                _ if all.ends_with('…') => {}
                _ => all.push('…'),
            }
        }
        all
    }

    /// Only what came in, as a value of its own.
    pub(crate) fn only_input(&self) -> Self {
        match self.worst() {
            Some(input) => Self { pieces: vec![Piece::Input(input.clone())], ..Self::default() },
            None => Self::blank(),
        }
    }

    fn map_inputs(&self, change: &dyn Fn(&Input) -> Piece) -> Self {
        let mut out = self.clone();
        for piece in &mut out.pieces {
            if let Piece::Input(input) = piece {
                *piece = change(input);
            }
        }
        if let Some(list) = &self.list {
            let entries = list.iter().map(|(k, v)| (k.clone(), v.map_inputs(change))).collect();
            out.list = Some(Rc::new(entries));
        }
        out
    }

    /// The same after one more step.
    pub(crate) fn stepped(&self, line: u32) -> Self {
        if !self.is_input() {
            return self.clone();
        }
        self.map_inputs(&|input| Piece::Input(input.stepped(line)))
    }

    /// The same, less sure: a check or an unknown function saw it.
    pub(crate) fn doubted(&self, checked: bool) -> Self {
        self.map_inputs(&|input| {
            let doubt = input.doubt.saturating_add(1);
            Piece::Input(Input { doubt, checked: input.checked || checked, ..input.clone() })
        })
    }

    /// The same with its input known to be harmless.
    pub(crate) fn cleaned(&self) -> Self {
        self.map_inputs(&|_| Piece::Blank)
    }

    /// The worse of two values that one name may have.
    pub(crate) fn worse(&self, other: &Self) -> Self {
        match (self.worst(), other.worst()) {
            (Some(a), Some(b)) if b.rank() < a.rank() => other.clone(),
            (None, Some(_)) => other.clone(),
            (None, None) if self.path.is_none() && other.path.is_some() => other.clone(),
            (None, None) if self.lambda.is_none() && other.lambda.is_some() => other.clone(),
            _ => self.clone(),
        }
    }

    /// How a shell sees its worst input: 0 outside quotes, 1 in double, 2 in single quotes.
    pub(crate) fn quoting(&self) -> u8 {
        let mut state = None;
        let mut best = None;
        for piece in &self.pieces {
            match piece {
                Piece::Text(text, _) => state = quote_after(state, text),
                Piece::Input(_) => {
                    let seen = match state {
                        None => 0,
                        Some('"') => 1,
                        Some(_) => 2,
                    };
                    best = Some(best.map_or(seen, |b: u8| b.min(seen)));
                }
                Piece::Blank => {}
            }
        }
        best.unwrap_or(0)
    }

    /// The deepest call in which a fixed piece was written, if any was.
    pub(crate) fn level(&self) -> Option<u8> {
        self.pieces
            .iter()
            .filter_map(|piece| match piece {
                Piece::Text(text, level) if !text.trim().is_empty() => Some(*level),
                _ => None,
            })
            .max()
    }
}

/// The open quote after `text`, in a shell's reading.
fn quote_after(mut open: Option<char>, text: &str) -> Option<char> {
    let mut escaped = false;
    for c in text.chars() {
        if escaped {
            escaped = false;
            continue;
        }
        match (open, c) {
            (Some('\''), '\'') | (Some('"'), '"') => open = None,
            (Some('\''), _) => {}
            (_, '\\') => escaped = true,
            (None, '\'' | '"') => open = Some(c),
            _ => {}
        }
    }
    open
}
