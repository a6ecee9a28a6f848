//! Perl cut into tokens.
//!
//! Own reader: Perl's published grammar for tree-sitter is larger than all others together. It
//! knows what CGI programs use; formats, prototypes and source filters are left out.

/// A part of a text in double quotes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Part {
    /// Fixed text.
    Text(String),
    /// A variable with its key where it has one.
    Var(String, Option<String>),
}

/// A token.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Token {
    /// A bare word.
    Word(String),
    /// A variable; the sigil is dropped, so an entry and its table have one name.
    Var(String),
    /// A text.
    Text(Vec<Part>),
    /// A command in backticks or `qx`.
    Command(Vec<Part>),
    /// A pattern with its flags: `m` or `s` or `y`, the pattern, what follows it.
    Pattern(char, String, String),
    /// Reading a line of a handle.
    Read(String),
    /// A number.
    Number,
    /// Anything else.
    Op(String),
}

/// Most tokens of one file.
const TOKENS_MAX: usize = 400_000;
/// Operators of several characters, longest first.
const OPS: &[&str] = &[
    "<=>", "||=", "&&=", "//=", "**=", "...", "->", "=>", "==", "!=", "=~", "!~", "<=", ">=", "&&",
    "||", "//", "..", "::", "+=", "-=", "*=", "/=", ".=", "++", "--", "**", "<<", ">>", "x=",
];

/// Cuts a file into tokens with their lines, and tells whether that is all of it.
pub(super) fn tokens(text: &str) -> (Vec<(u32, Token)>, bool) {
    let mut cutter =
        Cutter { chars: text.chars().collect(), at: 0, line: 1, out: Vec::new(), here: Vec::new() };
    while cutter.at < cutter.chars.len() && cutter.out.len() < TOKENS_MAX {
        if !cutter.step() {
            break;
        }
    }
    let whole = cutter.out.len() < TOKENS_MAX;
    (cutter.out, whole)
}

struct Cutter {
    chars: Vec<char>,
    at: usize,
    line: u32,
    out: Vec<(u32, Token)>,
    /// Here documents that begin on the next line: their end mark, and whether they interpolate.
    here: Vec<(String, bool, usize)>,
}

impl Cutter {
    fn peek(&self, ahead: usize) -> char {
        self.chars.get(self.at.saturating_add(ahead)).copied().unwrap_or('\0')
    }

    fn next(&mut self) -> char {
        let c = self.peek(0);
        self.at = self.at.saturating_add(1);
        if c == '\n' {
            self.line = self.line.saturating_add(1);
        }
        c
    }

    fn push(&mut self, token: Token) {
        self.out.push((self.line, token));
    }

    /// Reads one token; false at the end of the program.
    fn step(&mut self) -> bool {
        let c = self.peek(0);
        let first = self.at == 0 || self.chars.get(self.at.wrapping_sub(1)) == Some(&'\n');
        if c == '\n' {
            self.next();
            self.here_bodies();
        } else if c == '=' && first && self.peek(1).is_ascii_alphabetic() {
            self.skip_pod();
        } else if c.is_whitespace() {
            self.next();
        } else if c == '#' {
            while self.at < self.chars.len() && self.peek(0) != '\n' {
                self.next();
            }
        } else if c.is_ascii_digit() {
            while self.peek(0).is_ascii_alphanumeric() || self.peek(0) == '_' {
                self.next();
            }
            self.push(Token::Number);
        } else if c.is_ascii_alphabetic() || c == '_' {
            return self.word();
        } else if matches!(c, '$' | '@' | '%' | '&') && self.variable(c) {
        } else if c == '"' {
            let text = self.delimited();
            self.push(Token::Text(parts(&text)));
        } else if c == '\'' {
            let text = self.delimited();
            self.push(Token::Text(vec![Part::Text(text)]));
        } else if c == '`' {
            let text = self.delimited();
            self.push(Token::Command(parts(&text)));
        } else if c == '/' && self.wants_value() {
            let pattern = self.delimited();
            let flags = self.flags();
            self.push(Token::Pattern('m', pattern, flags));
        } else if c == '<' && self.wants_value() && self.angle() {
        } else {
            self.operator();
        }
        true
    }

    fn skip_pod(&mut self) {
        while self.at < self.chars.len() {
            let mut line = String::new();
            while self.at < self.chars.len() && self.peek(0) != '\n' {
                line.push(self.next());
            }
            self.next();
            if line.starts_with("=cut") {
                return;
            }
        }
    }

    fn word(&mut self) -> bool {
        let mut word = String::new();
        while self.peek(0).is_ascii_alphanumeric()
            || self.peek(0) == '_'
            || (self.peek(0) == ':' && self.peek(1) == ':')
        {
            if self.peek(0) == ':' {
                self.next();
                self.next();
                word.push('.');
                continue;
            }
            word.push(self.next());
        }
        if word == "__END__" || word == "__DATA__" {
            return false;
        }
        let after = self.peek(0);
        let key = after == '}'
            || (after == ' ' && self.peek(1) == '=' && self.peek(2) == '>')
            || (after == '=' && self.peek(1) == '>');
        let arrow = matches!(self.out.last(), Some((_, Token::Op(op))) if op == "->");
        if !key
            && !arrow
            && matches!(word.as_str(), "q" | "qq" | "qw" | "qx" | "qr" | "m" | "s" | "tr" | "y")
            && self.quote_like(&word)
        {
            return true;
        }
        self.push(Token::Word(word));
        true
    }

    fn quote_like(&mut self, word: &str) -> bool {
        let mut ahead = 0_usize;
        while self.peek(ahead) == ' ' {
            ahead = ahead.saturating_add(1);
        }
        let mark = self.peek(ahead);
        let odd = mark.is_alphanumeric()
            || matches!(mark, ',' | ';' | ')' | '\0' | '_' | '\n')
            || (mark == '=' && word.len() == 1);
        if odd || (mark == '#' && ahead > 0) {
            return false;
        }
        self.at = self.at.saturating_add(ahead);
        let text = self.delimited();
        let token = match word {
            "q" => Token::Text(vec![Part::Text(text)]),
            "qw" => Token::Text(vec![Part::Text(text)]),
            "qq" => Token::Text(parts(&text)),
            "qx" => Token::Command(parts(&text)),
            "m" | "qr" => {
                let flags = self.flags();
                Token::Pattern('m', text, flags)
            }
            _ => {
                if matches!(mark, '{' | '(' | '[' | '<') {
                    while self.peek(0).is_whitespace() {
                        self.next();
                    }
                } else {
                    self.at = self.at.saturating_sub(1);
                }
                let with = self.delimited();
                let flags = self.flags();
                Token::Pattern(
                    if word == "s" { 's' } else { 'y' },
                    text,
                    format!("{with}\u{0}{flags}"),
                )
            }
        };
        self.push(token);
        true
    }

    fn flags(&mut self) -> String {
        let mut flags = String::new();
        while self.peek(0).is_ascii_lowercase() && flags.len() < 12 {
            flags.push(self.next());
        }
        flags
    }

    /// The text between this delimiter and its partner.
    fn delimited(&mut self) -> String {
        let open = self.next();
        let close = match open {
            '(' => ')',
            '[' => ']',
            '{' => '}',
            '<' => '>',
            other => other,
        };
        let mut depth = 1_u32;
        let mut text = String::new();
        while self.at < self.chars.len() {
            let c = self.next();
            if c == '\\' {
                let escaped = self.next();
                if escaped != open && escaped != close {
                    text.push('\\');
                }
                text.push(escaped);
                continue;
            }
            if c == close {
                depth = depth.saturating_sub(1);
                if depth == 0 {
                    break;
                }
            } else if c == open {
                depth = depth.saturating_add(1);
            }
            text.push(c);
        }
        text
    }

    /// `$name`, `@name`, `%name`; false when the sign is an operator.
    fn variable(&mut self, sigil: char) -> bool {
        if matches!(sigil, '%' | '&') && !self.wants_value() {
            return false;
        }
        let mut ahead = 1_usize;
        while self.peek(ahead) == '$' {
            ahead = ahead.saturating_add(1);
        }
        let braced = self.peek(ahead) == '{';
        if braced {
            ahead = ahead.saturating_add(1);
        }
        let start = ahead;
        let mut name = String::new();
        loop {
            let c = self.peek(ahead);
            if c.is_ascii_alphanumeric() || c == '_' {
                name.push(c);
                ahead = ahead.saturating_add(1);
            } else if c == ':' && self.peek(ahead.saturating_add(1)) == ':' {
                name.push('.');
                ahead = ahead.saturating_add(2);
            } else {
                break;
            }
        }
        if name.is_empty() || (braced && self.peek(ahead) != '}') {
            // `@{…}` and `$#x`: what is inside follows by itself.
            let special = sigil == '$' && start == 1 && !braced;
            self.next();
            if special && !self.peek(0).is_whitespace() && self.peek(0) != ')' {
                self.next();
                self.push(Token::Number);
            }
            return true;
        }
        self.at = self.at.saturating_add(ahead).saturating_add(usize::from(braced));
        let name = name.trim_start_matches("main.").to_owned();
        self.push(if sigil == '&' { Token::Word(name) } else { Token::Var(name) });
        true
    }

    /// Whether a value may begin here, rather than an operator.
    fn wants_value(&self) -> bool {
        match self.out.last() {
            None => true,
            Some((_, Token::Op(op))) => !matches!(op.as_str(), ")" | "]" | "}"),
            Some((_, Token::Word(word))) => {
                matches!(
                    word.as_str(),
                    "if" | "unless"
                        | "and"
                        | "or"
                        | "not"
                        | "split"
                        | "grep"
                        | "return"
                        | "while"
                        | "print"
                        | "push"
                        | "keys"
                        | "values"
                        | "foreach"
                        | "my"
                        | "local"
                        | "chomp"
                        | "x"
                        | "each"
                        | "exists"
                        | "defined"
                        | "delete"
                        | "our"
                )
            }
            Some(_) => false,
        }
    }

    /// `<STDIN>`, `<$fh>`, or the begin of a here document.
    fn angle(&mut self) -> bool {
        if self.peek(1) == '<' {
            return self.here_mark();
        }
        let mut name = String::new();
        let mut ahead = 1_usize;
        while name.len() < 40 {
            let c = self.peek(ahead);
            ahead = ahead.saturating_add(1);
            if c == '>' {
                self.at = self.at.saturating_add(ahead);
                self.push(Token::Read(name));
                return true;
            }
            if !(c.is_ascii_alphanumeric() || matches!(c, '_' | '$')) {
                return false;
            }
            name.push(c);
        }
        false
    }

    fn here_mark(&mut self) -> bool {
        let mut ahead = 2_usize;
        if self.peek(ahead) == '~' {
            ahead = ahead.saturating_add(1);
        }
        let quote = self.peek(ahead);
        let quoted = matches!(quote, '"' | '\'');
        if quoted {
            ahead = ahead.saturating_add(1);
        }
        let mut mark = String::new();
        while self.peek(ahead).is_ascii_alphanumeric() || self.peek(ahead) == '_' {
            mark.push(self.peek(ahead));
            ahead = ahead.saturating_add(1);
        }
        if mark.is_empty() {
            return false;
        }
        self.at = self.at.saturating_add(ahead).saturating_add(usize::from(quoted));
        self.here.push((mark, quote != '\'', self.out.len()));
        self.push(Token::Text(Vec::new()));
        true
    }

    fn here_bodies(&mut self) {
        for (mark, interpolates, place) in std::mem::take(&mut self.here) {
            let mut body = String::new();
            while self.at < self.chars.len() {
                let mut line = String::new();
                while self.at < self.chars.len() && self.peek(0) != '\n' {
                    line.push(self.next());
                }
                self.next();
                if line.trim() == mark {
                    break;
                }
                body.push_str(&line);
                body.push('\n');
            }
            let text = if interpolates { parts(&body) } else { vec![Part::Text(body)] };
            if let Some((_, token)) = self.out.get_mut(place) {
                *token = Token::Text(text);
            }
        }
    }

    fn operator(&mut self) {
        let ahead: String = (0..3).map(|i| self.peek(i)).collect();
        let op = OPS.iter().find(|op| ahead.starts_with(*op));
        match op {
            Some(op) => {
                self.at = self.at.saturating_add(op.len());
                self.push(Token::Op((*op).to_owned()));
            }
            None => {
                let c = self.next();
                self.push(Token::Op(c.to_string()));
            }
        }
    }
}

/// The parts of a text in double quotes.
fn parts(text: &str) -> Vec<Part> {
    let chars: Vec<char> = text.chars().collect();
    let get = |at: usize| chars.get(at).copied().unwrap_or('\0');
    let mut out = Vec::new();
    let mut plain = String::new();
    let mut at = 0_usize;
    while at < chars.len() {
        let c = get(at);
        at = at.saturating_add(1);
        if c == '\\' {
            match get(at) {
                'n' => plain.push('\n'),
                't' => plain.push('\t'),
                other => plain.push(other),
            }
            at = at.saturating_add(1);
            continue;
        }
        let braced = get(at) == '{';
        let start = at.saturating_add(usize::from(braced));
        let fits =
            get(start).is_ascii_alphabetic() || get(start) == '_' || get(start).is_ascii_digit();
        if !matches!(c, '$' | '@') || !fits || (c == '@' && !get(start).is_ascii_alphabetic()) {
            plain.push(c);
            continue;
        }
        let mut name = String::new();
        at = start;
        while get(at).is_ascii_alphanumeric() || get(at) == '_' {
            name.push(get(at));
            at = at.saturating_add(1);
        }
        at = at.saturating_add(usize::from(braced && get(at) == '}'));
        let mut key = None;
        let arrow = get(at) == '-'
            && get(at.saturating_add(1)) == '>'
            && matches!(get(at.saturating_add(2)), '{' | '[');
        let from = if arrow { at.saturating_add(2) } else { at };
        if matches!(get(from), '{' | '[') {
            let close = if get(from) == '{' { '}' } else { ']' };
            let end = (from..chars.len().min(from.saturating_add(80))).find(|i| get(*i) == close);
            if let Some(end) = end {
                let inner: String =
                    chars.get(from.saturating_add(1)..end).unwrap_or_default().iter().collect();
                key = Some(inner.trim_matches(['\'', '"', ' ']).to_owned());
                at = end.saturating_add(1);
            }
        }
        if !plain.is_empty() {
            out.push(Part::Text(std::mem::take(&mut plain)));
        }
        out.push(Part::Var(name, key));
    }
    if !plain.is_empty() || out.is_empty() {
        out.push(Part::Text(plain));
    }
    out
}
