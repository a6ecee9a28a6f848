//! Perl's statements.

use super::perl_parse::Reader;
use super::perl_tokens::{Token, tokens};
use crate::ir::{Body, Expr, Function, Kind, Program, Stmt, StmtKind};

/// How deep blocks are followed.
const DEPTH_MAX: u32 = 60;

/// A whole file.
pub(crate) fn program(bytes: &[u8]) -> Program {
    let text = String::from_utf8_lossy(bytes);
    let (tokens, whole) = tokens(&text);
    let mut reader = Reader::new(tokens);
    let mut program = Program::default();
    if !whole {
        program.gaps.insert(super::CUT);
    }
    let mut top = Body::new();
    while !reader.done() {
        let before = reader.place();
        statement(&mut reader, &mut program, &mut top, 0);
        if reader.place() == before {
            reader.skip();
        }
    }
    if reader.was_cut() {
        program.gaps.insert(super::CUT);
    }
    program.top = top;
    program
}

/// Statements up to the closing brace; the opening one is read already.
fn block(reader: &mut Reader, program: &mut Program, depth: u32) -> Body {
    let mut body = Body::new();
    while !reader.done() {
        if reader.take("}") {
            return body;
        }
        let before = reader.place();
        statement(reader, program, &mut body, depth + 1);
        if reader.place() == before {
            reader.skip();
        }
    }
    body
}

fn statement(reader: &mut Reader, program: &mut Program, out: &mut Body, depth: u32) {
    if depth > DEPTH_MAX {
        program.gaps.insert(super::CUT);
        reader.skip();
        return;
    }
    let line = reader.line();
    let word = reader.word().unwrap_or_default();
    match word.as_str() {
        "sub" if reader.is_word_at(1) => {
            reader.skip();
            let name = reader.word().unwrap_or_default();
            reader.skip();
            reader.skip_until_brace();
            let body = block(reader, program, depth);
            let params = params(&body);
            program.functions.push(Function { name, params, variadic: true, body });
        }
        "if" | "unless" => {
            reader.skip();
            branch(reader, program, out, depth, word == "unless", line);
        }
        "while" | "until" => {
            reader.skip();
            let test = reader.bracketed();
            let mut body = Body::new();
            if reader.take("{") {
                body = block(reader, program, depth);
            }
            out.push(Stmt { line, kind: StmtKind::Loop { test: Some(test), body } });
        }
        "for" | "foreach" => {
            reader.skip();
            repeat(reader, program, out, depth, line);
        }
        "package" | "use" | "no" | "format" => reader.skip_statement(),
        "BEGIN" | "END" | "else" | "do" | "eval" if reader.is_op_at(1, "{") => {
            reader.skip();
            reader.skip();
            let body = block(reader, program, depth);
            out.extend(body);
        }
        _ if reader.take("{") => {
            let body = block(reader, program, depth);
            out.extend(body);
        }
        _ if reader.take(";") => {}
        _ => simple(reader, out, line, &word),
    }
}

/// An expression with `if`, `unless` or a loop behind it.
fn simple(reader: &mut Reader, out: &mut Body, line: u32, word: &str) {
    let kind = match word {
        "return" => {
            reader.skip();
            let ends = reader.is_op_at(0, ";")
                || matches!(reader.word().as_deref(), Some("if" | "unless"));
            StmtKind::Return(if ends { None } else { Some(reader.expr()) })
        }
        "last" | "next" | "redo" => {
            reader.skip();
            StmtKind::Leave
        }
        _ => StmtKind::Do(reader.expr()),
    };
    let stmt = Stmt { line, kind };
    let modifier = reader.word().unwrap_or_default();
    if matches!(modifier.as_str(), "if" | "unless") {
        reader.skip();
        let test = reader.expr();
        let (then, other) =
            if modifier == "if" { (vec![stmt], Body::new()) } else { (Body::new(), vec![stmt]) };
        out.push(Stmt { line, kind: StmtKind::If { test, then, other } });
    } else {
        if matches!(modifier.as_str(), "for" | "foreach" | "while" | "until") {
            reader.skip();
            let over = reader.expr();
            let item = Expr::new(line, Kind::Name("_".into()));
            out.push(Expr::assign(line, item, over, false).stmt());
        }
        out.push(stmt);
    }
    reader.take(";");
}

fn branch(
    reader: &mut Reader,
    program: &mut Program,
    out: &mut Body,
    depth: u32,
    not: bool,
    line: u32,
) {
    let mut arms = Vec::new();
    let mut other = Body::new();
    let mut at = line;
    loop {
        let test = reader.bracketed();
        let then = if reader.take("{") { block(reader, program, depth) } else { Body::new() };
        if arms.len() < super::ARMS_MAX {
            arms.push((at, test, then));
        } else {
            program.gaps.insert(super::CUT);
        }
        at = reader.line();
        match reader.word().as_deref() {
            Some("elsif") => reader.skip(),
            Some("else") => {
                reader.skip();
                if reader.take("{") {
                    other = block(reader, program, depth);
                }
                break;
            }
            _ => break,
        }
    }
    for (index, (line, test, mut then)) in arms.into_iter().enumerate().rev() {
        if not && index == 0 {
            std::mem::swap(&mut then, &mut other);
        }
        other = vec![Stmt { line, kind: StmtKind::If { test, then, other } }];
    }
    out.extend(other);
}

fn repeat(reader: &mut Reader, program: &mut Program, out: &mut Body, depth: u32, line: u32) {
    while matches!(reader.word().as_deref(), Some("my" | "our" | "local")) {
        reader.skip();
    }
    let name = match reader.token() {
        Some(Token::Var(name)) => {
            let name = name.clone();
            reader.skip();
            name
        }
        _ => "_".to_owned(),
    };
    let over = reader.bracketed();
    let mut body = vec![Expr::assign(line, Expr::new(line, Kind::Name(name)), over, false).stmt()];
    if reader.take("{") {
        body.extend(block(reader, program, depth));
    }
    out.push(Stmt { line, kind: StmtKind::Loop { test: None, body } });
}

/// The names that a function gives to its arguments: `my ($a, $b) = @_` or `my $a = shift`.
fn params(body: &Body) -> Vec<String> {
    let mut names = Vec::new();
    for stmt in body.iter().take(8) {
        let StmtKind::Do(Expr { kind: Kind::Assign { target, value, .. }, .. }) = &stmt.kind else {
            continue;
        };
        match (&target.kind, &value.kind) {
            (Kind::List(list), Kind::Name(from)) if from == "_" => {
                names.extend(list.iter().map(|one| one.as_name().unwrap_or_default().to_owned()));
            }
            (Kind::Name(name), Kind::Call(call))
                if call.name == "shift" && call.args.is_empty() =>
            {
                names.push(name.clone());
            }
            (Kind::Name(name), Kind::Index(base, _)) if base.as_name() == Some("_") => {
                names.push(name.clone());
            }
            _ => {}
        }
    }
    names
}
