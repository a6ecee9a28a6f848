//! Every value of a body in the order of the text.

use crate::ir::{Body, Call, Expr, Kind, StmtKind};

/// Calls `see` on every value, outer ones first. There are no more than the nodes that were read.
pub(super) fn values<'p>(body: &'p Body, see: &mut dyn FnMut(&'p Expr)) {
    let mut roots = Vec::new();
    gather(body, &mut roots);
    for root in roots {
        let mut next = vec![root];
        while let Some(expr) = next.pop() {
            see(expr);
            let from = next.len();
            next.extend(children(expr));
            if let Some(tail) = next.get_mut(from..) {
                tail.reverse();
            }
        }
    }
}

/// Calls of a body.
pub(super) fn calls<'p>(body: &'p Body, see: &mut dyn FnMut(&'p Expr, &'p Call)) {
    values(body, &mut |expr| {
        if let Kind::Call(call) = &expr.kind {
            see(expr, call);
        }
    });
}

/// The values directly below one.
pub(super) fn children(expr: &Expr) -> Vec<&Expr> {
    match &expr.kind {
        Kind::Join(list) | Kind::Any(list) | Kind::List(list) => list.iter().collect(),
        Kind::Named(_, inner) | Kind::Not(inner) => vec![inner],
        Kind::Index(a, b) | Kind::Both(a, b) | Kind::Either(a, b) => vec![a, b],
        Kind::Compare { left, right, .. } => vec![left, right],
        Kind::Assign { target, value, .. } => vec![target, value],
        Kind::Call(call) => call.on.iter().chain(&call.args).collect(),
        Kind::Text(_) | Kind::Number | Kind::Nothing | Kind::Name(_) | Kind::Lambda(_) => {
            Vec::new()
        }
    }
}

/// Nested no deeper than what was read.
fn gather<'p>(body: &'p Body, out: &mut Vec<&'p Expr>) {
    for stmt in body {
        match &stmt.kind {
            StmtKind::Do(value) | StmtKind::Return(Some(value)) => out.push(value),
            StmtKind::Return(None) | StmtKind::Leave => {}
            StmtKind::If { test, then, other } => {
                out.push(test);
                gather(then, out);
                gather(other, out);
            }
            StmtKind::Loop { test, body } => {
                out.extend(test);
                gather(body, out);
            }
        }
    }
}
