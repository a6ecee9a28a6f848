//! The small common form that every language is brought into before it is judged.
//!
//! It keeps what decides where text comes from and where it goes: names, joins, calls, order and
//! branches. Types, arithmetic and layout are left out on purpose.

use duecare_base::Gap;
use std::collections::BTreeSet;

/// One function's or file's statements.
pub(crate) type Body = Vec<Stmt>;

/// A whole file.
#[derive(Debug, Default)]
pub(crate) struct Program {
    /// What of it was not read.
    pub(crate) gaps: BTreeSet<Gap>,
    /// What stands outside functions.
    pub(crate) top: Body,
    /// Every function, in the order of the text; anonymous ones too.
    pub(crate) functions: Vec<Function>,
}

/// A function with a body.
#[derive(Debug)]
pub(crate) struct Function {
    /// Its plain name; empty for an anonymous one.
    pub(crate) name: String,
    /// Names of its parameters in order.
    pub(crate) params: Vec<String>,
    /// Whether further arguments are taken under the name `...`.
    pub(crate) variadic: bool,
    /// What it does.
    pub(crate) body: Body,
}

/// A statement at a line (from 1).
#[derive(Debug)]
pub(crate) struct Stmt {
    pub(crate) line: u32,
    pub(crate) kind: StmtKind,
}

/// The kinds of statements.
#[derive(Debug)]
pub(crate) enum StmtKind {
    /// A value computed for its effects.
    Do(Expr),
    /// The function's result.
    Return(Option<Expr>),
    /// One of two ways.
    If { test: Expr, then: Body, other: Body },
    /// A body that runs any number of times.
    Loop { test: Option<Expr>, body: Body },
    /// Leaves the block for good: break, continue, goto.
    Leave,
}

/// A value at a line (from 1).
#[derive(Debug, Clone)]
pub(crate) struct Expr {
    pub(crate) line: u32,
    pub(crate) kind: Kind,
}

/// The kinds of values.
#[derive(Debug, Clone)]
pub(crate) enum Kind {
    /// Fixed text.
    Text(String),
    /// A number, a truth value, or something that can only be one.
    Number,
    /// Nothing that matters.
    Nothing,
    /// A variable or a path such as `req.query.host`.
    Name(String),
    /// Texts joined in order.
    Join(Vec<Expr>),
    /// One of several.
    Any(Vec<Expr>),
    /// An array, a table, a tuple.
    List(Vec<Expr>),
    /// A named argument or entry.
    Named(String, Box<Expr>),
    /// `base[key]`.
    Index(Box<Expr>, Box<Expr>),
    /// A call by path; the receiver of a method call that is more than a path comes first.
    Call(Box<Call>),
    /// An anonymous function: its place in [`Program::functions`].
    Lambda(usize),
    /// A comparison; true when both sides are equal if `equal`.
    Compare { equal: bool, left: Box<Expr>, right: Box<Expr> },
    /// Logical not.
    Not(Box<Expr>),
    /// Logical and.
    Both(Box<Expr>, Box<Expr>),
    /// Logical or, as a test.
    Either(Box<Expr>, Box<Expr>),
    /// Gives the target a new value, or appends to it.
    Assign { target: Box<Expr>, value: Box<Expr>, append: bool },
}

/// A call.
#[derive(Debug, Clone)]
pub(crate) struct Call {
    /// The path that is called, parts joined by dots.
    pub(crate) name: String,
    /// What a method is called on when that is no plain path; the name is then the method's.
    pub(crate) on: Option<Expr>,
    /// Its arguments in order.
    pub(crate) args: Vec<Expr>,
}

impl Expr {
    /// A value of this kind at a line.
    pub(crate) fn new(line: u32, kind: Kind) -> Self {
        Self { line, kind }
    }

    /// A call by name.
    pub(crate) fn call(line: u32, name: &str, args: Vec<Expr>) -> Self {
        let call = Call { name: name.to_owned(), on: None, args };
        Self::new(line, Kind::Call(Box::new(call)))
    }

    /// Fixed text.
    pub(crate) fn text(line: u32, text: &str) -> Self {
        Self::new(line, Kind::Text(text.to_owned()))
    }

    /// An assignment.
    pub(crate) fn assign(line: u32, target: Expr, value: Expr, append: bool) -> Self {
        let (target, value) = (Box::new(target), Box::new(value));
        Self::new(line, Kind::Assign { target, value, append })
    }

    /// A statement that computes this value.
    pub(crate) fn stmt(self) -> Stmt {
        Stmt { line: self.line, kind: StmtKind::Do(self) }
    }

    /// The path when it is one.
    pub(crate) fn as_name(&self) -> Option<&str> {
        match &self.kind {
            Kind::Name(name) => Some(name),
            _ => None,
        }
    }

    /// The fixed text when it is one.
    pub(crate) fn as_text(&self) -> Option<&str> {
        match &self.kind {
            Kind::Text(text) => Some(text),
            _ => None,
        }
    }
}
