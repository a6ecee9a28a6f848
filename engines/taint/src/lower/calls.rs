//! Calls, paths and subscripts.

use super::Lower;
use crate::ir::{Call, Expr, Kind};
use crate::language::Language;
use crate::syntax::{field, first, line, named};
use tree_sitter::Node;

/// Macros that only mark a text in C.
const MARKS: &[&str] = &["T", "_T", "_", "TEXT", "N_", "gettext"];
/// Longest path in parts.
const PATH_PARTS_MAX: u32 = 12;

impl Lower<'_> {
    /// `a.b.c` for names and members of names.
    pub(super) fn path(&self, node: Node<'_>, depth: u32) -> Option<String> {
        if depth > PATH_PARTS_MAX {
            return None;
        }
        match node.kind() {
            "identifier"
            | "variable_name"
            | "name"
            | "field_identifier"
            | "property_identifier"
            | "this"
            | "self"
            | "relative_scope"
            | "shorthand_property_identifier"
            | "shorthand_property_identifier_pattern"
            | "type_identifier"
            | "super"
            | "private_property_identifier" => Some(self.text(node)),
            "dynamic_variable_name" => {
                first(node).filter(|n| n.kind() == "name").map(|n| format!("${}", self.text(n)))
            }
            "qualified_name" | "dotted_name" => {
                Some(self.text(node).trim_start_matches('\\').replace(['\\', ' '], "."))
            }
            "parenthesized_expression" => self.path(first(node)?, depth + 1),
            // A call on a member has the same fields, but is none.
            kind if kind.contains("call") => None,
            _ => {
                let (on, name) = member(node)?;
                Some(format!("{}.{}", self.path(on, depth + 1)?, self.path(name, depth + 1)?))
            }
        }
    }

    /// Any call.
    pub(super) fn call(&mut self, node: Node<'_>, depth: u32) -> Expr {
        let at = line(node);
        let args = self.args(node, depth);
        let callee = field(node, "function");
        let callee = match node.kind() {
            "function_call" => field(node, "name"),
            "new_expression" => field(node, "constructor"),
            "object_creation_expression" => first(node),
            _ => callee,
        };
        let (on, name) = match (callee, member(node)) {
            (None, Some((on, name))) => (Some(on), Some(name)),
            (Some(callee), _) => match (self.path(callee, 0), member(callee)) {
                (Some(_), _) | (None, None) => (None, Some(callee)),
                (None, Some((on, name))) => (Some(on), Some(name)),
            },
            (None, None) => (None, None),
        };
        let plain = name.and_then(|name| self.path(name, 0));
        let on_path = on.and_then(|on| self.path(on, 0));
        let call = match (plain, on, on_path) {
            (Some(name), _, Some(on)) => Call { name: format!("{on}.{name}"), on: None, args },
            (Some(name), Some(on), None) => Call { name, on: Some(self.expr(on, depth + 1)), args },
            (Some(name), None, None) => Call { name, on: None, args },
            (None, ..) => {
                let on = name.or(on).map(|inner| self.expr(inner, depth + 1));
                Call { name: String::new(), on, args }
            }
        };
        if self.language == Language::C
            && MARKS.contains(&call.name.as_str())
            && let [only] = call.args.as_slice()
        {
            return only.clone();
        }
        Expr::new(at, Kind::Call(Box::new(call)))
    }

    fn args(&mut self, node: Node<'_>, depth: u32) -> Vec<Expr> {
        let list = field(node, "arguments")
            .or_else(|| named(node).into_iter().find(|n| n.kind() == "arguments"));
        let Some(list) = list else { return Vec::new() };
        if matches!(list.kind(), "template_string" | "generator_expression") {
            return vec![self.expr(list, depth + 1)];
        }
        // Lua: f"text" and f{table} have one child without brackets.
        named(list).into_iter().map(|arg| self.expr(arg, depth + 1)).collect()
    }

    /// `base[key]`.
    pub(super) fn subscript(&mut self, node: Node<'_>, depth: u32) -> Expr {
        let parts = named(node);
        let base = ["object", "value", "argument", "table"].iter().find_map(|f| field(node, f));
        let key = ["index", "subscript", "field"].iter().find_map(|f| field(node, f));
        let Some(base) = base.or_else(|| parts.first().copied()) else {
            return super::nothing(node);
        };
        let key = key.or_else(|| parts.get(1).copied()).filter(|key| *key != base);
        let base = self.expr(base, depth + 1);
        let key = match key {
            Some(key) if key.kind() == "name" => Expr::text(line(key), &self.text(key)),
            Some(key) => self.expr(key, depth + 1),
            None => Expr::new(line(node), Kind::Number),
        };
        Expr::new(line(node), Kind::Index(Box::new(base), Box::new(key)))
    }
}

/// What a member expression is a member of, and the member's name.
pub(super) fn member(node: Node<'_>) -> Option<(Node<'_>, Node<'_>)> {
    let pairs = [
        ("object", "property"),
        ("object", "attribute"),
        ("object", "name"),
        ("scope", "name"),
        ("argument", "field"),
        ("table", "field"),
        ("table", "method"),
    ];
    let subscript = matches!(node.kind(), "bracket_index_expression" | "subscript_expression");
    if subscript {
        return None;
    }
    pairs.iter().find_map(|(on, name)| Some((field(node, on)?, field(node, name)?)))
}
