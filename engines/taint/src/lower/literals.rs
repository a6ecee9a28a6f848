//! Texts, with what is put into them.

use super::Lower;
use crate::ir::{Expr, Kind};
use crate::syntax::{field, line, named};
use tree_sitter::Node;

impl Lower<'_> {
    /// A text in quotes of any kind.
    pub(super) fn literal(&mut self, node: Node<'_>, depth: u32) -> Expr {
        let mut parts = Vec::new();
        self.literal_parts(node, depth, &mut parts);
        match parts.len() {
            0 => Expr::text(line(node), ""),
            1 => parts.pop().unwrap_or_else(|| super::nothing(node)),
            _ => Expr::new(line(node), Kind::Join(parts)),
        }
    }

    fn literal_parts(&mut self, node: Node<'_>, depth: u32, parts: &mut Vec<Expr>) {
        if !self.enter(depth) {
            return;
        }
        for child in named(node) {
            match child.kind() {
                "string_content" | "string_fragment" | "escape_sequence" | "nowdoc_string"
                | "heredoc_content" => self.add_text(child, parts),
                "string_start" | "string_end" | "heredoc_start" | "heredoc_end" => {}
                "heredoc_body" | "nowdoc_body" | "string_literal" | "string" => {
                    self.literal_parts(child, depth + 1, parts);
                }
                "interpolation" => {
                    if let Some(inner) = field(child, "expression") {
                        parts.push(self.expr(inner, depth + 1));
                    }
                }
                "template_substitution" => {
                    for inner in named(child) {
                        parts.push(self.expr(inner, depth + 1));
                    }
                }
                _ => parts.push(self.expr(child, depth + 1)),
            }
        }
    }

    fn add_text(&self, node: Node<'_>, parts: &mut Vec<Expr>) {
        let raw = self.text(node);
        let text = match raw.as_str() {
            "\\n" | "\\r" => "\n",
            "\\t" => "\t",
            escape if escape.len() == 2 => escape.strip_prefix('\\').unwrap_or(escape),
            _ => raw.as_str(),
        };
        if let Some(Expr { kind: Kind::Text(last), .. }) = parts.last_mut() {
            last.push_str(text);
        } else {
            parts.push(Expr::text(line(node), text));
        }
    }
}
