//! Commands of a shell script.

use super::lex::{Piece, TOKENS_MAX, Token, Word, tokens};
use std::rc::Rc;

/// Commands inside commands that are followed.
const DEPTH_MAX: usize = 40;

/// A redirection: its operator and its word.
pub type Redirection = (&'static str, Word);

/// A simple command.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Simple {
    /// Assignments before the first word.
    pub assigns: Vec<(String, Word)>,
    /// The words, the command's name first.
    pub words: Vec<Word>,
    /// Its redirections.
    pub redirections: Vec<Redirection>,
    /// First line, counted from 1.
    pub line: u32,
}

/// A command.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Command {
    /// `name words`.
    Simple(Simple),
    /// `a | b`.
    Pipe(Vec<Command>),
    /// `a && b || c`: the first, then each with whether it follows `&&`.
    AndOr(Box<Command>, Vec<(bool, Command)>),
    /// `! a`.
    Not(Box<Command>),
    /// `if`: condition and body of each arm, then the `else`.
    If(Vec<(Vec<Command>, Vec<Command>)>, Vec<Command>),
    /// `while` or `until`: condition, body.
    Loop(Vec<Command>, Vec<Command>),
    /// `for name in words`; no words stands for `"$@"`.
    For(String, Option<Vec<Word>>, Vec<Command>),
    /// `case`: the subject, then patterns and body of each arm.
    Case(Word, Vec<(Vec<Word>, Vec<Command>)>),
    /// `name() body`.
    Function(String, Rc<Vec<Command>>),
    /// `{ … }` or `( … )`.
    Group(Vec<Command>),
}

struct Parser {
    tokens: Vec<Token>,
    at: usize,
    /// Something was nested too deeply, or stood too far behind.
    cut: bool,
}

/// Words that end a list and begin nothing.
const CLOSERS: [&str; 8] = ["then", "else", "elif", "fi", "do", "done", "esac", "}"];

/// Reads a script, and tells whether all of it could be read.
#[must_use]
pub fn parse(text: &str, first_line: u32) -> (Vec<Command>, bool) {
    let tokens = tokens(text, first_line);
    let mut parser = Parser { cut: tokens.len() >= TOKENS_MAX, tokens, at: 0 };
    let mut out = Vec::new();
    while parser.at < parser.tokens.len() {
        let before = parser.at;
        out.extend(parser.list(0));
        if parser.at == before {
            // A closer without its opener: step over it and read on.
            parser.at += 1;
        }
    }
    (out, !parser.cut)
}

impl Parser {
    fn peek(&self) -> Option<&Token> {
        self.tokens.get(self.at)
    }

    fn operator(&self) -> &'static str {
        match self.peek() {
            Some(Token::Operator(op)) => op,
            _ => "",
        }
    }

    fn keyword(&self) -> &str {
        match self.peek() {
            Some(Token::Word(word)) => word.bare().unwrap_or_default(),
            _ => "",
        }
    }

    fn accept_keyword(&mut self, wanted: &str) -> bool {
        self.skip_separators();
        let found = self.keyword() == wanted;
        if found {
            self.at += 1;
        }
        found
    }

    fn skip_newlines(&mut self) {
        while self.peek() == Some(&Token::Newline) {
            self.at += 1;
        }
    }

    fn skip_separators(&mut self) {
        while matches!(self.peek(), Some(Token::Newline | Token::Operator(";" | "&"))) {
            self.at += 1;
        }
    }

    /// Commands up to a closer, `)`, `;;` or the end.
    fn list(&mut self, depth: usize) -> Vec<Command> {
        let mut out = Vec::new();
        loop {
            self.skip_separators();
            let closes = self.peek().is_none()
                || CLOSERS.contains(&self.keyword())
                || matches!(self.operator(), ")" | ";;" | ";;&" | ";&");
            if !closes && depth > DEPTH_MAX {
                self.cut = true;
            }
            if closes || self.cut {
                return out;
            }
            let before = self.at;
            out.extend(self.and_or(depth));
            if self.at == before {
                self.at += 1;
            }
        }
    }

    fn and_or(&mut self, depth: usize) -> Option<Command> {
        let first = self.pipe(depth)?;
        let mut rest = Vec::new();
        while matches!(self.operator(), "&&" | "||") {
            let and = self.operator() == "&&";
            self.at += 1;
            self.skip_newlines();
            let Some(next) = self.pipe(depth) else { break };
            rest.push((and, next));
        }
        Some(if rest.is_empty() { first } else { Command::AndOr(Box::new(first), rest) })
    }

    fn pipe(&mut self, depth: usize) -> Option<Command> {
        let mut negated = false;
        while self.keyword() == "!" {
            negated = !negated;
            self.at += 1;
        }
        let mut parts = vec![self.command(depth + 1)?];
        while self.operator() == "|" {
            self.at += 1;
            self.skip_newlines();
            parts.extend(self.command(depth + 1));
        }
        let command = if parts.len() == 1 { parts.pop()? } else { Command::Pipe(parts) };
        Some(if negated { Command::Not(Box::new(command)) } else { command })
    }

    fn command(&mut self, depth: usize) -> Option<Command> {
        let command = match self.keyword() {
            "if" => self.if_command(depth),
            "while" | "until" => {
                self.at += 1;
                let condition = self.list(depth);
                let body = self.do_group(depth);
                Command::Loop(condition, body)
            }
            "for" | "select" => self.for_command(depth),
            "case" => self.case_command(depth),
            "function" => {
                self.at += 1;
                let name = self.keyword().to_owned();
                self.at += 1;
                self.accept_parentheses();
                return self.function_body(name, depth);
            }
            "{" => {
                self.at += 1;
                let body = self.list(depth);
                self.accept_keyword("}");
                Command::Group(body)
            }
            _ if self.operator() == "(" => {
                self.at += 1;
                let body = self.list(depth);
                if self.operator() == ")" {
                    self.at += 1;
                }
                Command::Group(body)
            }
            _ => return self.simple(depth),
        };
        // Redirections of a compound command say nothing of what it starts.
        while matches!(self.operator(), ">" | ">>" | "<" | "<<" | "<<-" | ">&" | "<&" | "&>") {
            self.at += 2;
        }
        Some(command)
    }

    fn if_command(&mut self, depth: usize) -> Command {
        let mut arms = Vec::new();
        let mut other = Vec::new();
        while matches!(self.keyword(), "if" | "elif") {
            self.at += 1;
            let condition = self.list(depth);
            self.accept_keyword("then");
            let body = self.list(depth);
            arms.push((condition, body));
            if self.accept_keyword("else") {
                other = self.list(depth);
                break;
            }
        }
        self.accept_keyword("fi");
        Command::If(arms, other)
    }

    fn do_group(&mut self, depth: usize) -> Vec<Command> {
        if !self.accept_keyword("do") {
            return Vec::new();
        }
        let body = self.list(depth);
        self.accept_keyword("done");
        body
    }

    fn for_command(&mut self, depth: usize) -> Command {
        self.at += 1;
        let name = self.keyword().to_owned();
        self.at += 1;
        self.skip_newlines();
        let mut words = None;
        if self.keyword() == "in" {
            self.at += 1;
            let mut list = Vec::new();
            while let Some(Token::Word(word)) = self.peek() {
                list.push(word.clone());
                self.at += 1;
            }
            words = Some(list);
        }
        let body = self.do_group(depth);
        Command::For(name, words, body)
    }

    fn case_command(&mut self, depth: usize) -> Command {
        self.at += 1;
        let subject = match self.peek() {
            Some(Token::Word(word)) => word.clone(),
            _ => Word { pieces: Vec::new(), raw: String::new(), line: 0 },
        };
        self.at += 1;
        self.accept_keyword("in");
        let mut arms = Vec::new();
        loop {
            self.skip_separators();
            if self.peek().is_none() || self.keyword() == "esac" {
                self.at += 1;
                return Command::Case(subject, arms);
            }
            let mut patterns = Vec::new();
            while self.peek().is_some() && self.operator() != ")" {
                if let Some(Token::Word(word)) = self.peek() {
                    patterns.push(word.clone());
                }
                self.at += 1;
            }
            self.at += 1;
            let body = self.list(depth);
            arms.push((patterns, body));
            if matches!(self.operator(), ";;" | ";;&" | ";&") {
                self.at += 1;
            } else if self.keyword() != "esac" {
                // A stray closer: step over it so that the arm goes on.
                self.at += 1;
            }
        }
    }

    fn accept_parentheses(&mut self) {
        if self.operator() == "(" {
            self.at += 1;
            if self.operator() == ")" {
                self.at += 1;
            }
        }
    }

    fn function_body(&mut self, name: String, depth: usize) -> Option<Command> {
        self.skip_newlines();
        if depth > DEPTH_MAX {
            self.cut = true;
            return None;
        }
        let body = match self.command(depth + 1)? {
            Command::Group(body) => body,
            other => vec![other],
        };
        Some(Command::Function(name, Rc::new(body)))
    }

    fn simple(&mut self, depth: usize) -> Option<Command> {
        let mut simple = Simple::default();
        loop {
            match self.peek() {
                Some(Token::Word(word)) => {
                    let word = word.clone();
                    self.at += 1;
                    if simple.line == 0 {
                        simple.line = word.line;
                    }
                    match assignment(&word) {
                        Some(pair) if simple.words.is_empty() => simple.assigns.push(pair),
                        _ => simple.words.push(word),
                    }
                    if simple.words.len() == 1 && self.is_conditional_open(&simple) {
                        self.double_bracket(&mut simple);
                    }
                }
                Some(Token::Operator("(")) if simple.words.len() == 1 => {
                    let name = simple.words.first().map(|w| w.raw.clone()).unwrap_or_default();
                    self.accept_parentheses();
                    return self.function_body(name, depth);
                }
                Some(Token::Operator(
                    op @ (">" | ">>" | "<" | "<<" | "<<-" | "<<<" | ">&" | "<&" | "<>" | ">|"
                    | "&>" | "&>>"),
                )) => {
                    let op = *op;
                    self.at += 1;
                    // `2>file`: the number is no argument.
                    if simple.words.len() > 1
                        && simple.words.last().is_some_and(|w| matches!(w.raw.as_str(), "1" | "2"))
                    {
                        simple.words.pop();
                    }
                    if let Some(Token::Word(word)) = self.peek() {
                        let word = word.clone();
                        self.at += 1;
                        simple.redirections.push((op, word));
                    }
                }
                _ => break,
            }
        }
        let empty =
            simple.words.is_empty() && simple.assigns.is_empty() && simple.redirections.is_empty();
        (!empty).then_some(Command::Simple(simple))
    }

    fn is_conditional_open(&self, simple: &Simple) -> bool {
        simple.words.first().is_some_and(|word| word.raw == "[[")
    }

    /// `[[ a && b ]]`: operators inside are words of the test.
    fn double_bracket(&mut self, simple: &mut Simple) {
        while let Some(token) = self.peek() {
            let token = token.clone();
            match token {
                Token::Newline => return,
                Token::Operator(op) => {
                    let text = op.to_owned();
                    let pieces = vec![Piece::Text { text: text.clone(), quoted: true }];
                    simple.words.push(Word { pieces, raw: text, line: simple.line });
                }
                Token::Word(word) => {
                    let ends = word.raw == "]]";
                    simple.words.push(word);
                    if ends {
                        self.at += 1;
                        return;
                    }
                }
            }
            self.at += 1;
        }
    }
}

/// `NAME=value` as a name and the value's word.
#[must_use]
pub fn assignment(word: &Word) -> Option<(String, Word)> {
    let (Piece::Text { text, quoted: false }, rest) = word.pieces.split_first()? else {
        return None;
    };
    let (name, value) = text.split_once('=')?;
    let name = name.strip_suffix('+').unwrap_or(name);
    let mut bytes = name.bytes();
    let starts = bytes.next().is_some_and(|b| b.is_ascii_alphabetic() || b == b'_');
    if !starts || !bytes.all(|b| b.is_ascii_alphanumeric() || b == b'_') {
        return None;
    }
    let mut pieces = Vec::with_capacity(word.pieces.len());
    if !value.is_empty() {
        pieces.push(Piece::Text { text: value.to_owned(), quoted: false });
    }
    pieces.extend(rest.iter().cloned());
    let raw = word.raw.split_once('=').map(|(_, raw)| raw.to_owned()).unwrap_or_default();
    Some((name.to_owned(), Word { pieces, raw, line: word.line }))
}

/// A command as written, for people, blanks normalised.
#[must_use]
pub fn describe(command: &Command) -> String {
    match command {
        Command::Simple(simple) => {
            let assigns = simple.assigns.iter().map(|(name, word)| format!("{name}={}", word.raw));
            let words = simple.words.iter().map(|word| word.raw.clone());
            assigns.chain(words).collect::<Vec<_>>().join(" ")
        }
        Command::Pipe(parts) => parts.iter().map(describe).collect::<Vec<_>>().join(" | "),
        Command::AndOr(first, rest) => {
            let mut out = describe(first);
            for (and, next) in rest {
                out.push_str(if *and { " && " } else { " || " });
                out.push_str(&describe(next));
            }
            out
        }
        Command::Not(inner) => format!("! {}", describe(inner)),
        Command::If(..) => "if …".to_owned(),
        Command::Loop(..) => "while …".to_owned(),
        Command::For(name, ..) => format!("for {name} …"),
        Command::Case(subject, _) => format!("case {} …", subject.raw),
        Command::Function(name, _) => format!("{name}()"),
        Command::Group(body) => body.iter().map(describe).collect::<Vec<_>>().join("; "),
    }
}

/// Every simple command of a script, wherever it stands, in order.
pub fn walk<'c>(commands: &'c [Command], visit: &mut dyn FnMut(&'c Simple)) {
    for command in commands {
        match command {
            Command::Simple(simple) => visit(simple),
            Command::Pipe(parts) | Command::Group(parts) => walk(parts, visit),
            Command::AndOr(first, rest) => {
                walk(std::slice::from_ref(first), visit);
                for (_, next) in rest {
                    walk(std::slice::from_ref(next), visit);
                }
            }
            Command::Not(inner) => walk(std::slice::from_ref(inner), visit),
            Command::If(arms, other) => {
                for (condition, body) in arms {
                    walk(condition, visit);
                    walk(body, visit);
                }
                walk(other, visit);
            }
            Command::Loop(condition, body) => {
                walk(condition, visit);
                walk(body, visit);
            }
            Command::For(_, _, body) => walk(body, visit),
            Command::Case(_, arms) => arms.iter().for_each(|(_, body)| walk(body, visit)),
            Command::Function(_, body) => walk(body, visit),
        }
    }
}
