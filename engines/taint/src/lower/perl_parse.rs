//! Perl's expressions.

use super::exprs::combine;
use super::perl_tokens::{Part, Token};
use crate::ir::{Call, Expr, Kind};

/// How deep expressions are followed.
const DEPTH_MAX: u32 = 60;
/// Words after which an expression ends.
const ENDS: &[&str] = &["if", "unless", "while", "until", "for", "foreach"];

/// Tokens with a place in them.
pub(super) struct Reader {
    tokens: Vec<(u32, Token)>,
    at: usize,
    depth: u32,
    cut: bool,
}

impl Reader {
    pub(super) fn new(tokens: Vec<(u32, Token)>) -> Self {
        Self { tokens, at: 0, depth: 0, cut: false }
    }

    /// Whether something was nested too deeply to be read.
    pub(super) fn was_cut(&self) -> bool {
        self.cut
    }

    pub(super) fn done(&self) -> bool {
        self.at >= self.tokens.len()
    }

    pub(super) fn place(&self) -> usize {
        self.at
    }

    pub(super) fn skip(&mut self) {
        self.at = self.at.saturating_add(1);
    }

    pub(super) fn token(&self) -> Option<&Token> {
        self.tokens.get(self.at).map(|(_, token)| token)
    }

    pub(super) fn line(&self) -> u32 {
        self.tokens.get(self.at).or(self.tokens.last()).map_or(1, |(line, _)| *line)
    }

    pub(super) fn word(&self) -> Option<String> {
        match self.token() {
            Some(Token::Word(word)) => Some(word.clone()),
            _ => None,
        }
    }

    pub(super) fn is_word_at(&self, ahead: usize) -> bool {
        matches!(self.tokens.get(self.at.saturating_add(ahead)), Some((_, Token::Word(_))))
    }

    pub(super) fn is_op_at(&self, ahead: usize, op: &str) -> bool {
        matches!(self.tokens.get(self.at.saturating_add(ahead)), Some((_, Token::Op(o))) if o == op)
    }

    pub(super) fn take(&mut self, op: &str) -> bool {
        let is = self.is_op_at(0, op);
        if is {
            self.skip();
        }
        is
    }

    pub(super) fn skip_statement(&mut self) {
        while !self.done() && !self.take(";") {
            self.skip();
        }
    }

    pub(super) fn skip_until_brace(&mut self) {
        while !self.done() && !self.take("{") {
            self.skip();
        }
    }

    /// `( … )`; of the three parts of a C-like head the first.
    pub(super) fn bracketed(&mut self) -> Expr {
        let line = self.line();
        if !self.take("(") {
            return Expr::new(line, Kind::Nothing);
        }
        let value = self.list(")");
        Expr::new(line, Kind::Any(value))
    }

    /// Expressions up to a closing sign, which is read.
    fn list(&mut self, close: &str) -> Vec<Expr> {
        let mut all = Vec::new();
        while !self.done() && !self.take(close) {
            if self.take(",") || self.take("=>") || self.take(";") {
                continue;
            }
            let before = self.at;
            let value = self.expr_above(2);
            if self.at == before {
                self.skip();
                continue;
            }
            all.push(value);
        }
        all
    }

    /// An expression, lists without brackets included.
    pub(super) fn expr(&mut self) -> Expr {
        let line = self.line();
        let first = self.expr_above(0);
        if !self.is_op_at(0, ",") {
            return first;
        }
        let mut all = vec![first];
        while self.take(",") || self.take("=>") {
            all.push(self.expr_above(0));
        }
        Expr::new(line, Kind::List(all))
    }

    /// An expression of operators that bind tighter than `least`: 0 `or`, 1 `and`, 2 assignment,
    /// 3 choice, 4 `||`, 5 `&&`, 6 comparison, 7 join and sums, 8 the rest.
    fn expr_above(&mut self, least: u8) -> Expr {
        let line = self.line();
        self.depth = self.depth.saturating_add(1);
        if self.depth > DEPTH_MAX {
            self.cut = true;
            self.depth = self.depth.saturating_sub(1);
            self.skip();
            return Expr::new(line, Kind::Nothing);
        }
        let mut left = self.unary();
        while let Some((op, level)) = self.operator() {
            if level < least {
                break;
            }
            self.skip();
            left = self.apply(left, &op, level, line);
        }
        self.depth = self.depth.saturating_sub(1);
        left
    }

    fn operator(&self) -> Option<(String, u8)> {
        let (op, level) = match self.token()? {
            Token::Op(op) => match op.as_str() {
                "=" | ".=" | "||=" | "&&=" | "//=" | "+=" | "-=" | "*=" | "/=" | "x=" => (op, 2),
                "?" => (op, 3),
                "||" | "//" => (op, 4),
                "&&" => (op, 5),
                "==" | "!=" | "<" | ">" | "<=" | ">=" | "<=>" => (op, 6),
                "." | "+" | "-" => (op, 7),
                "*" | "/" | "%" | "**" | "&" | "|" | "^" | "<<" | ">>" | ".." | "..." | "=~"
                | "!~" => (op, 8),
                _ => return None,
            },
            Token::Word(word) => match word.as_str() {
                "or" | "xor" => (word, 0),
                "and" => (word, 1),
                "eq" | "ne" | "lt" | "gt" | "le" | "ge" | "cmp" => (word, 6),
                "x" => (word, 8),
                _ => return None,
            },
            _ => return None,
        };
        Some((op.clone(), level))
    }

    fn apply(&mut self, left: Expr, op: &str, level: u8, line: u32) -> Expr {
        match op {
            "=" | ".=" | "||=" | "//=" => {
                let value = self.expr_above(2);
                assign(left, value, op != "=", line)
            }
            "?" => {
                let then = self.expr_above(2);
                self.take(":");
                let other = self.expr_above(2);
                Expr::call(line, "#if", vec![left, then, other])
            }
            "=~" | "!~" => {
                let found = self.matched(left, line);
                if op == "!~" { Expr::new(line, Kind::Not(Box::new(found))) } else { found }
            }
            "." => {
                let mut parts = match left.kind {
                    Kind::Join(parts) => parts,
                    kind => vec![Expr::new(left.line, kind)],
                };
                parts.push(self.expr_above(8));
                Expr::new(line, Kind::Join(parts))
            }
            _ => {
                let right = self.expr_above(level.saturating_add(1));
                let op = if op == "%" { "*" } else { op };
                combine(line, op, left, right)
            }
        }
    }

    /// What stands behind `=~`.
    fn matched(&mut self, left: Expr, line: u32) -> Expr {
        let Some(Token::Pattern(kind, pattern, rest)) = self.token().cloned() else {
            let right = self.unary();
            return Expr::call(line, "=~", vec![left, right]);
        };
        self.skip();
        let (with, flags) = rest.split_once('\u{0}').unwrap_or(("", &rest));
        match kind {
            'm' => Expr::call(line, "=~", vec![left, Expr::text(line, &pattern)]),
            's' | 'y' => {
                let whole = (kind == 's' && flags.contains('g') && with.is_empty())
                    || (kind == 'y' && flags.contains('c') && flags.contains('d'));
                let set = if kind == 'y' { format!("[^{pattern}]") } else { pattern };
                let value = if whole {
                    Expr::call(line, "#replace", vec![left.clone(), Expr::text(line, &set)])
                } else {
                    Expr::call(line, "#sub", vec![left.clone()])
                };
                // An expression without place, such as `(my $x = $y) =~ s///`, changes its target.
                let value = if whole { value } else { left.clone() };
                assign(left, value, false, line)
            }
            _ => left,
        }
    }

    fn unary(&mut self) -> Expr {
        let line = self.line();
        self.depth = self.depth.saturating_add(1);
        let value = if self.depth > DEPTH_MAX {
            self.cut = true;
            self.skip();
            Expr::new(line, Kind::Nothing)
        } else if self.take("!")
            || self.word().as_deref() == Some("not") && {
                self.skip();
                true
            }
        {
            Expr::new(line, Kind::Not(Box::new(self.unary())))
        } else if self.take("\\") || self.take("+") {
            self.unary()
        } else if self.take("-") || self.take("++") || self.take("--") || self.take("~") {
            self.unary();
            Expr::new(line, Kind::Number)
        } else {
            let first = self.primary();
            self.postfix(first)
        };
        self.depth = self.depth.saturating_sub(1);
        value
    }

    fn primary(&mut self) -> Expr {
        let line = self.line();
        let Some(token) = self.token().cloned() else { return Expr::new(line, Kind::Nothing) };
        match token {
            Token::Op(op) => match op.as_str() {
                "(" => {
                    self.skip();
                    let mut list = self.list(")");
                    match list.len() {
                        1 => list.pop().unwrap_or_else(|| Expr::new(line, Kind::Nothing)),
                        _ => Expr::new(line, Kind::List(list)),
                    }
                }
                "[" | "{" => {
                    self.skip();
                    let list = self.list(if op == "[" { "]" } else { "}" });
                    Expr::new(line, Kind::List(list))
                }
                _ => Expr::new(line, Kind::Nothing),
            },
            Token::Var(name) => {
                self.skip();
                Expr::new(line, Kind::Name(name))
            }
            Token::Text(parts) => {
                self.skip();
                text(&parts, line)
            }
            Token::Command(parts) => {
                self.skip();
                Expr::call(line, "`", vec![text(&parts, line)])
            }
            Token::Pattern(_, pattern, _) => {
                self.skip();
                let subject = Expr::new(line, Kind::Name("_".into()));
                Expr::call(line, "=~", vec![subject, Expr::text(line, &pattern)])
            }
            Token::Read(name) => {
                self.skip();
                if name == "STDIN" {
                    Expr::call(line, "<STDIN>", Vec::new())
                } else {
                    Expr::new(line, Kind::Nothing)
                }
            }
            Token::Number => {
                self.skip();
                Expr::new(line, Kind::Number)
            }
            Token::Word(word) => self.call(&word, line),
        }
    }

    /// A word: a declaration, a function with or without brackets, or a plain text.
    fn call(&mut self, word: &str, line: u32) -> Expr {
        if ENDS.contains(&word) {
            return Expr::new(line, Kind::Nothing);
        }
        self.skip();
        if matches!(word, "my" | "our" | "local" | "state") {
            return self.unary();
        }
        if self.is_op_at(0, "=>") {
            return Expr::text(line, word);
        }
        if self.is_op_at(0, "->") {
            return Expr::new(line, Kind::Name(word.to_owned()));
        }
        if word == "sub"
            || ((word == "eval"
                || word == "do"
                || word == "map"
                || word == "grep"
                || word == "sort")
                && self.is_op_at(0, "{"))
        {
            self.skip_until_brace();
            let mut list = self.list("}");
            if word != "sub" && word != "eval" && word != "do" {
                list.push(self.expr_above(2));
            }
            return Expr::new(line, Kind::Any(list));
        }
        let args = if self.take("(") {
            self.list(")")
        } else if self.starts_value() {
            let one = matches!(
                word,
                "lc" | "uc"
                    | "defined"
                    | "shift"
                    | "pop"
                    | "length"
                    | "ref"
                    | "exists"
                    | "int"
                    | "chomp"
                    | "quotemeta"
                    | "scalar"
                    | "keys"
                    | "values"
            );
            let mut all = vec![self.expr_above(if one { 8 } else { 3 })];
            while !one && (self.take(",") || self.take("=>")) {
                all.push(self.expr_above(3));
            }
            all
        } else {
            Vec::new()
        };
        self.known(word, args, line)
    }

    fn starts_value(&self) -> bool {
        match self.token() {
            Some(Token::Op(op)) => matches!(op.as_str(), "\\" | "!"),
            Some(Token::Word(word)) => !ENDS.contains(&word.as_str()) && self.operator().is_none(),
            Some(_) => true,
            None => false,
        }
    }

    /// Functions whose effects the common form says better.
    fn known(&mut self, word: &str, mut args: Vec<Expr>, line: u32) -> Expr {
        match word {
            "read" | "sysread" if args.len() >= 2 => {
                let stdin = matches!(args.first().map(|a| &a.kind), Some(Kind::Call(c)) if c.name == "STDIN");
                let target = args.swap_remove(1);
                let value = if stdin {
                    Expr::call(line, "<STDIN>", Vec::new())
                } else {
                    Expr::new(line, Kind::Nothing)
                };
                Expr::assign(line, target, value, false)
            }
            "chomp" | "chop" => args.pop().unwrap_or_else(|| Expr::new(line, Kind::Nothing)),
            "shift" if args.is_empty() => Expr::call(line, word, args),
            _ => Expr::call(line, word, args),
        }
    }

    /// Keys, methods and calls behind a value.
    fn postfix(&mut self, mut value: Expr) -> Expr {
        let line = value.line;
        for _ in 0..64 {
            let arrow = self.take("->");
            let open = if self.is_op_at(0, "[") {
                Some("]")
            } else if self.is_op_at(0, "{") {
                Some("}")
            } else {
                None
            };
            let keyed = matches!(value.kind, Kind::Name(_) | Kind::Index(..) | Kind::Call(_));
            if let (Some(close), true) =
                (open, arrow || (keyed && !matches!(value.kind, Kind::Call(_))))
            {
                self.skip();
                let key = match (self.word(), self.is_op_at(1, close)) {
                    (Some(word), true) => {
                        self.skip();
                        self.skip();
                        Expr::text(line, &word)
                    }
                    _ => {
                        let mut list = self.list(close);
                        list.pop().unwrap_or_else(|| Expr::new(line, Kind::Number))
                    }
                };
                value = Expr::new(line, Kind::Index(Box::new(value), Box::new(key)));
            } else if arrow {
                let name = self.word().unwrap_or_default();
                self.skip();
                let args = if self.take("(") { self.list(")") } else { Vec::new() };
                let call = match value.as_name() {
                    Some(base) => Call { name: format!("{base}.{name}"), on: None, args },
                    None => Call { name, on: Some(value), args },
                };
                value = Expr::new(line, Kind::Call(Box::new(call)));
            } else if self.take("++") || self.take("--") {
            } else {
                break;
            }
        }
        value
    }
}

/// A text with its variables.
fn text(parts: &[Part], line: u32) -> Expr {
    let mut list: Vec<Expr> = parts
        .iter()
        .map(|part| match part {
            Part::Text(text) => Expr::text(line, text),
            Part::Var(name, key) => {
                let base = Expr::new(line, Kind::Name(name.clone()));
                match key {
                    None => base,
                    Some(key) => {
                        let key = match key.strip_prefix('$') {
                            Some(name) => Expr::new(line, Kind::Name(name.to_owned())),
                            None => Expr::text(line, key),
                        };
                        Expr::new(line, Kind::Index(Box::new(base), Box::new(key)))
                    }
                }
            }
        })
        .collect();
    match list.len() {
        1 => list.pop().unwrap_or_else(|| Expr::new(line, Kind::Nothing)),
        _ => Expr::new(line, Kind::Join(list)),
    }
}

/// An assignment, also to a list.
fn assign(target: Expr, value: Expr, append: bool, line: u32) -> Expr {
    let Kind::List(targets) = target.kind else {
        return Expr::assign(line, target, value, append);
    };
    if value.as_name() == Some("_") {
        let list = Expr::new(line, Kind::List(targets));
        return Expr::assign(line, list, value, false);
    }
    let one = |target: Expr| {
        let any = Box::new(Expr::new(line, Kind::Number));
        let entry = Expr::new(line, Kind::Index(Box::new(value.clone()), any));
        Expr::assign(line, target, entry, append)
    };
    Expr::new(line, Kind::List(targets.into_iter().take(16).map(one).collect()))
}
