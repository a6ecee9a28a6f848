//! Loops of the languages that share a reader.

use super::Lower;
use crate::ir::{Body, Expr, Kind, Stmt, StmtKind};
use crate::syntax::{field, line, named};
use tree_sitter::Node;

impl Lower<'_> {
    /// Any loop.
    pub(super) fn repeat(&mut self, node: Node<'_>, depth: u32, out: &mut Body) {
        let at = line(node);
        let mut inside = Body::new();
        match node.kind() {
            "foreach_statement" => self.foreach(node, depth, &mut inside),
            "for_in_statement" => {
                if let (Some(left), Some(right)) = (field(node, "left"), field(node, "right")) {
                    self.each(left, right, depth, &mut inside);
                }
            }
            "for_statement" => self.for_head(node, depth, out, &mut inside),
            _ => {}
        }
        let test = field(node, "condition").map(|test| self.expr(test, depth + 1));
        if let Some(body) = field(node, "body") {
            self.stmt(body, depth + 1, &mut inside);
        }
        if let Some(update) = field(node, "update") {
            let update = self.expr(update, depth + 1);
            inside.push(update.stmt());
        }
        out.push(Stmt { line: at, kind: StmtKind::Loop { test, body: inside } });
    }

    fn foreach(&mut self, node: Node<'_>, depth: u32, inside: &mut Body) {
        let parts = named(node);
        let (Some(over), Some(item)) = (parts.first(), parts.get(1)) else { return };
        if item.kind() != "pair" {
            self.each(*item, *over, depth, inside);
            return;
        }
        for target in named(*item) {
            self.each(target, *over, depth, inside);
        }
    }

    /// What stands in the head of a for: C's three parts, Python's or Lua's items.
    fn for_head(&mut self, node: Node<'_>, depth: u32, out: &mut Body, inside: &mut Body) {
        for name in ["initializer", "initialize"] {
            if let Some(start) = field(node, name) {
                self.stmt(start, depth + 1, out);
            }
        }
        if let (Some(left), Some(right)) = (field(node, "left"), field(node, "right")) {
            self.each(left, right, depth, inside);
        }
        let Some(clause) = field(node, "clause") else { return };
        if clause.kind() != "for_generic_clause" {
            return;
        }
        let parts = named(clause);
        let (Some(names), Some(over)) = (parts.first(), parts.get(1)) else { return };
        for target in named(*names) {
            self.each(target, *over, depth, inside);
        }
    }

    /// A target takes each entry in turn.
    fn each(&mut self, target: Node<'_>, over: Node<'_>, depth: u32, inside: &mut Body) {
        let at = line(target);
        let over = self.expr(over, depth + 1);
        let any = Box::new(Expr::new(at, Kind::Number));
        let value = Expr::new(at, Kind::Index(Box::new(over), any));
        let set = self.assign(target, value, false, depth + 1);
        inside.push(set.stmt());
    }
}
