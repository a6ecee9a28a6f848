//! Assignments and what they assign to.

use super::Lower;
use crate::ir::{Body, Expr, Kind};
use crate::syntax::{field, first, line, named};
use tree_sitter::Node;

/// Most names that one assignment may set.
const TARGETS_MAX: usize = 16;

impl Lower<'_> {
    /// `target = value`, also where the target takes the value apart.
    pub(super) fn assign(
        &mut self,
        target: Node<'_>,
        value: Expr,
        append: bool,
        depth: u32,
    ) -> Expr {
        let at = line(target);
        match target.kind() {
            "list_literal"
            | "array_pattern"
            | "pattern_list"
            | "tuple_pattern"
            | "list_pattern"
            | "object_pattern"
            | "array_creation_expression"
            | "tuple" => {
                let mut all = Vec::new();
                let parts = named(target);
                if parts.len() > TARGETS_MAX {
                    self.program.gaps.insert(super::CUT);
                }
                for part in parts.into_iter().take(TARGETS_MAX) {
                    let (part, key) = self.part(part);
                    let key = key.map_or(Kind::Number, Kind::Text);
                    let key = Box::new(Expr::new(at, key));
                    let one = Expr::new(at, Kind::Index(Box::new(value.clone()), key));
                    all.push(self.assign(part, one, append, depth + 1));
                    if depth > super::DEPTH_MAX {
                        break;
                    }
                }
                Expr::new(at, Kind::List(all))
            }
            "lexical_declaration" | "variable_declaration" | "variable_declarator" => {
                match field(target, "name").or_else(|| first(target)) {
                    Some(inner) if depth < super::DEPTH_MAX => {
                        self.assign(inner, value, append, depth + 1)
                    }
                    _ => value,
                }
            }
            _ => {
                let target = self.expr(target, depth + 1);
                Expr::assign(at, target, value, append)
            }
        }
    }

    /// A part of a pattern, and the key that it takes.
    fn part<'t>(&self, part: Node<'t>) -> (Node<'t>, Option<String>) {
        match part.kind() {
            "shorthand_property_identifier_pattern" => (part, Some(self.text(part))),
            "pair_pattern" => {
                let key = field(part, "key").map(|key| self.text(key));
                (field(part, "value").unwrap_or(part), key)
            }
            "object_assignment_pattern" | "assignment_pattern" => {
                let left = field(part, "left").unwrap_or(part);
                (left, Some(self.text(left)))
            }
            _ => (part, None),
        }
    }

    /// Lua's `a, b = x, y`.
    pub(super) fn assign_lists(&mut self, node: Node<'_>, depth: u32, out: &mut Body) {
        let parts = named(node);
        let targets = parts.first().map(|n| named(*n)).unwrap_or_default();
        let values = parts.get(1).map(|n| named(*n)).unwrap_or_default();
        let values: Vec<Expr> =
            values.into_iter().map(|value| self.expr(value, depth + 1)).collect();
        for (index, target) in targets.into_iter().take(TARGETS_MAX).enumerate() {
            if let Some(value) = values.get(index).or_else(|| values.last()) {
                let set = self.assign(target, value.clone(), false, depth + 1);
                out.push(set.stmt());
            }
        }
    }
}
