//! Words and operators of a shell script.

/// Longest script that is read, in tokens.
pub(super) const TOKENS_MAX: usize = 200_000;

/// Nesting of `$(…)` and `${…}` that is followed.
const NESTING_MAX: usize = 24;

/// A piece of a word.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Piece {
    /// Text as written, quotes removed.
    Text {
        /// The text.
        text: String,
        /// It was quoted: no globbing, no splitting.
        quoted: bool,
    },
    /// `$NAME` or `${NAME…}`.
    Variable {
        /// The name; a digit or sign for the special ones.
        name: String,
        /// What follows the name inside braces, for example `:-no`.
        rest: String,
        /// It stands in double quotes.
        quoted: bool,
    },
    /// `$(…)` or backquotes: the commands' text.
    Command {
        /// The text between.
        text: String,
        /// It stands in double quotes.
        quoted: bool,
    },
    /// `$((…))`: never evaluated.
    Arithmetic(String),
}

/// A word with the line that it begins on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Word {
    /// Its pieces.
    pub pieces: Vec<Piece>,
    /// As written.
    pub raw: String,
    /// First line, counted from 1.
    pub line: u32,
}

impl Word {
    /// The word when it is one bare text without quotes, as keywords must be.
    #[must_use]
    pub fn bare(&self) -> Option<&str> {
        match self.pieces.as_slice() {
            [Piece::Text { text, quoted: false }] if *text == self.raw => Some(text),
            _ => None,
        }
    }
}

/// A token.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Token {
    /// A word.
    Word(Word),
    /// A control or redirection operator.
    Operator(&'static str),
    /// The end of a line.
    Newline,
}

/// Operators, longest first.
const OPERATORS: [&str; 21] = [
    ";;&", "<<-", "<<<", "&>>", "&&", "||", ";;", ";&", "<<", ">>", "<&", ">&", "<>", ">|", "&>",
    "|", "&", ";", "<", ">", "(",
];

struct Lexer<'a> {
    bytes: &'a [u8],
    at: usize,
    line: u32,
    /// Here-documents that begin after this line: end word, leading tabs dropped.
    pending: Vec<(String, bool)>,
}

/// Splits a script into tokens.
#[must_use]
pub fn tokens(text: &str, first_line: u32) -> Vec<Token> {
    let mut lexer = Lexer { bytes: text.as_bytes(), at: 0, line: first_line, pending: Vec::new() };
    let mut out = Vec::new();
    let mut here: Option<bool> = None;
    while out.len() < TOKENS_MAX {
        let Some(token) = lexer.next() else { break };
        if let (Some(tabs), Token::Word(word)) = (here.take(), &token) {
            let end = word.raw.replace(['\'', '"', '\\'], "");
            lexer.pending.push((end, tabs));
        }
        match token {
            Token::Operator("<<") => here = Some(false),
            Token::Operator("<<-") => here = Some(true),
            _ => {}
        }
        out.push(token);
    }
    out
}

impl Lexer<'_> {
    fn peek(&self, ahead: usize) -> u8 {
        self.at.checked_add(ahead).and_then(|at| self.bytes.get(at)).copied().unwrap_or(0)
    }

    fn bump(&mut self) -> Option<u8> {
        let byte = *self.bytes.get(self.at)?;
        self.at += 1;
        if byte == b'\n' {
            self.line = self.line.saturating_add(1);
        }
        Some(byte)
    }

    fn next(&mut self) -> Option<Token> {
        loop {
            match (self.peek(0), self.peek(1)) {
                (b' ' | b'\t' | b'\r', _) => self.at += 1,
                (b'\\', b'\n') => {
                    self.at += 1;
                    self.bump();
                }
                (b'\\', b'\r') if self.peek(2) == b'\n' => {
                    self.at += 2;
                    self.bump();
                }
                (b'#', _) => {
                    while self.at < self.bytes.len() && self.peek(0) != b'\n' {
                        self.at += 1;
                    }
                }
                _ => break,
            }
        }
        if self.at >= self.bytes.len() {
            return None;
        }
        if self.peek(0) == b'\n' {
            self.bump();
            self.skip_here_documents();
            return Some(Token::Newline);
        }
        if self.peek(0) == b')' {
            self.at += 1;
            return Some(Token::Operator(")"));
        }
        let rest = self.bytes.get(self.at..).unwrap_or_default();
        if let Some(found) = OPERATORS.iter().find(|op| rest.starts_with(op.as_bytes())) {
            self.at += found.len();
            return Some(Token::Operator(found));
        }
        Some(Token::Word(self.word()))
    }

    fn skip_here_documents(&mut self) {
        for (end, tabs) in std::mem::take(&mut self.pending) {
            while self.at < self.bytes.len() {
                let begin = self.at;
                while self.at < self.bytes.len() && self.peek(0) != b'\n' {
                    self.at += 1;
                }
                let line = self.bytes.get(begin..self.at).unwrap_or_default();
                let line = String::from_utf8_lossy(line);
                let line = line.trim_end_matches('\r');
                let line = if tabs { line.trim_start_matches('\t') } else { line };
                self.bump();
                if line == end {
                    break;
                }
            }
        }
    }

    fn word(&mut self) -> Word {
        let (begin, line) = (self.at, self.line);
        let mut pieces = Vec::new();
        let mut text = Vec::new();
        while let Some(byte) = self.bytes.get(self.at).copied() {
            match byte {
                b' ' | b'\t' | b'\r' | b'\n' | b'|' | b'&' | b';' | b'<' | b'>' | b'(' | b')' => {
                    break;
                }
                b'\\' => {
                    self.at += 1;
                    match self.bump() {
                        Some(b'\n') | None => {}
                        Some(escaped) => {
                            flush(&mut pieces, &mut text, false);
                            pieces.push(quoted(&[escaped]));
                        }
                    }
                }
                b'\'' => {
                    flush(&mut pieces, &mut text, false);
                    self.at += 1;
                    let inner = self.until(b'\'');
                    pieces.push(quoted(&inner));
                }
                b'"' => {
                    flush(&mut pieces, &mut text, false);
                    self.at += 1;
                    self.double_quoted(&mut pieces);
                }
                b'$' | b'`' => {
                    if let Some(piece) = self.expansion(false) {
                        flush(&mut pieces, &mut text, false);
                        pieces.push(piece);
                    } else {
                        text.push(byte);
                        self.at += 1;
                    }
                }
                _ => {
                    text.push(byte);
                    self.at += 1;
                }
            }
        }
        flush(&mut pieces, &mut text, false);
        if self.at == begin {
            // Never stand still, whatever the byte.
            self.at += 1;
        }
        let raw = self.bytes.get(begin..self.at).unwrap_or_default();
        Word { pieces, raw: String::from_utf8_lossy(raw).into_owned(), line }
    }

    fn until(&mut self, end: u8) -> Vec<u8> {
        let mut out = Vec::new();
        while let Some(byte) = self.bump() {
            if byte == end {
                break;
            }
            out.push(byte);
        }
        out
    }

    fn double_quoted(&mut self, pieces: &mut Vec<Piece>) {
        let mut text = Vec::new();
        let mut empty = true;
        while let Some(byte) = self.bytes.get(self.at).copied() {
            match byte {
                b'"' => {
                    self.at += 1;
                    break;
                }
                b'\\' => {
                    self.at += 1;
                    match self.bump() {
                        Some(b'\n') | None => {}
                        Some(next @ (b'$' | b'`' | b'"' | b'\\')) => text.push(next),
                        Some(next) => text.extend([b'\\', next]),
                    }
                }
                b'$' | b'`' => {
                    if let Some(piece) = self.expansion(true) {
                        flush(pieces, &mut text, true);
                        pieces.push(piece);
                        empty = false;
                    } else {
                        text.push(byte);
                        self.at += 1;
                    }
                }
                _ => {
                    text.push(byte);
                    self.bump();
                }
            }
        }
        if !text.is_empty() || empty {
            pieces.push(quoted(&text));
        }
    }

    /// The expansion that stands here; `None` when the sign is only a sign.
    fn expansion(&mut self, quoted: bool) -> Option<Piece> {
        if self.peek(0) == b'`' {
            self.at += 1;
            let mut inner = Vec::new();
            while let Some(byte) = self.bump() {
                match byte {
                    b'`' => break,
                    b'\\' if matches!(self.peek(0), b'`' | b'\\' | b'$') => {
                        inner.extend(self.bump());
                    }
                    _ => inner.push(byte),
                }
            }
            return Some(Piece::Command { text: lossy(&inner), quoted });
        }
        match self.peek(1) {
            b'(' if self.peek(2) == b'(' => {
                self.at += 3;
                let inner = self.balanced(b'(', b')', 2);
                Some(Piece::Arithmetic(lossy(&inner)))
            }
            b'(' => {
                self.at += 2;
                let inner = self.balanced(b'(', b')', 1);
                Some(Piece::Command { text: lossy(&inner), quoted })
            }
            b'{' => {
                self.at += 2;
                let inner = lossy(&self.balanced(b'{', b'}', 1));
                let length = inner.starts_with('#') && inner.len() > 1;
                let end = name_end(&inner);
                if length || end == 0 {
                    return Some(Piece::Arithmetic(inner));
                }
                let (name, rest) = inner.split_at(end);
                Some(Piece::Variable { name: name.to_owned(), rest: rest.to_owned(), quoted })
            }
            sign @ (b'0'..=b'9' | b'@' | b'*' | b'#' | b'?' | b'$' | b'!' | b'-') => {
                self.at += 2;
                let name = char::from(sign).to_string();
                Some(Piece::Variable { name, rest: String::new(), quoted })
            }
            b'a'..=b'z' | b'A'..=b'Z' | b'_' => {
                self.at += 1;
                let begin = self.at;
                while matches!(self.peek(0), b'a'..=b'z' | b'A'..=b'Z' | b'_' | b'0'..=b'9') {
                    self.at += 1;
                }
                let name = lossy(self.bytes.get(begin..self.at).unwrap_or_default());
                Some(Piece::Variable { name, rest: String::new(), quoted })
            }
            _ => None,
        }
    }

    /// Everything up to the sign that closes `depth` open ones; quotes inside are stepped over.
    fn balanced(&mut self, open: u8, close: u8, depth: usize) -> Vec<u8> {
        let mut depth = depth;
        let mut out = Vec::new();
        let mut quote = 0_u8;
        while let Some(byte) = self.bump() {
            match byte {
                b'\\' if quote != b'\'' => {
                    out.push(byte);
                    out.extend(self.bump());
                    continue;
                }
                b'\'' | b'"' if quote == 0 => quote = byte,
                _ if byte == quote => quote = 0,
                _ if quote == 0 && byte == open && depth < NESTING_MAX => depth += 1,
                _ if quote == 0 && byte == close => {
                    depth -= 1;
                    if depth == 0 {
                        break;
                    }
                }
                _ => {}
            }
            out.push(byte);
        }
        out
    }
}

fn name_end(text: &str) -> usize {
    let bytes = text.as_bytes();
    match bytes.first() {
        Some(b'0'..=b'9' | b'@' | b'*' | b'#' | b'?' | b'$' | b'!' | b'-') => 1,
        Some(b'a'..=b'z' | b'A'..=b'Z' | b'_') => bytes
            .iter()
            .position(|b| !b.is_ascii_alphanumeric() && *b != b'_')
            .unwrap_or(bytes.len()),
        _ => 0,
    }
}

fn flush(pieces: &mut Vec<Piece>, text: &mut Vec<u8>, quoted: bool) {
    if !text.is_empty() {
        pieces.push(Piece::Text { text: lossy(text), quoted });
        text.clear();
    }
}

fn quoted(bytes: &[u8]) -> Piece {
    Piece::Text { text: lossy(bytes), quoted: true }
}

fn lossy(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}
