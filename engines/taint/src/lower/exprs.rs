//! Values of the languages that share a reader.

use super::calls::member;
use super::{Lower, nothing, number};
use crate::ir::{Expr, Kind};
use crate::language::Language;
use crate::syntax::{field, first, line, named};
use tree_sitter::Node;

impl Lower<'_> {
    /// A value.
    pub(super) fn expr(&mut self, node: Node<'_>, depth: u32) -> Expr {
        if !self.enter(depth) {
            return nothing(node);
        }
        if let Some(path) = self.path(node, 0) {
            return match path.as_str() {
                "NULL" | "None" | "nil" | "null" | "undefined" | "NONE" => nothing(node),
                _ => Expr::new(line(node), Kind::Name(path)),
            };
        }
        match node.kind() {
            "string"
            | "encapsed_string"
            | "string_literal"
            | "concatenated_string"
            | "template_string"
            | "heredoc"
            | "nowdoc" => self.literal(node, depth),
            "regex" | "system_lib_string" => Expr::text(line(node), &self.text(node)),
            "integer" | "float" | "number" | "number_literal" | "true" | "false" | "boolean"
            | "char_literal" | "sizeof_expression" => number(node, Vec::new()),
            "null" | "nil" | "none" => nothing(node),
            "call_expression"
            | "function_call"
            | "function_call_expression"
            | "call"
            | "member_call_expression"
            | "nullsafe_member_call_expression"
            | "scoped_call_expression"
            | "object_creation_expression"
            | "new_expression" => self.call(node, depth),
            "binary_expression"
            | "binary_operator"
            | "boolean_operator"
            | "comparison_operator" => self.binary(node, depth),
            "unary_expression" | "unary_op_expression" | "not_operator" | "unary_operator" => {
                self.unary(node, depth)
            }
            "subscript_expression" | "subscript" | "bracket_index_expression" => {
                self.subscript(node, depth)
            }
            "conditional_expression" | "ternary_expression" => self.ternary(node, depth),
            "cast_expression" => self.cast(node, depth),
            "arrow_function"
            | "function_expression"
            | "anonymous_function"
            | "lambda"
            | "function_definition"
            | "generator_function"
            | "function" => self.lambda(node, depth),
            "shell_command_expression" => {
                let command = self.literal(node, depth);
                Expr::call(line(node), "`", vec![command])
            }
            "include_expression"
            | "include_once_expression"
            | "require_expression"
            | "require_once_expression" => {
                let args = first(node).map(|inner| self.expr(inner, depth + 1));
                Expr::call(line(node), "include", args.into_iter().collect())
            }
            "update_expression" => nothing(node),
            _ => self.expr_more(node, depth),
        }
    }

    fn expr_more(&mut self, node: Node<'_>, depth: u32) -> Expr {
        match node.kind() {
            "assignment_expression"
            | "assignment"
            | "augmented_assignment_expression"
            | "augmented_assignment"
            | "variable_declarator"
            | "named_expression"
            | "static_variable_declaration"
            | "property_element"
            | "reference_assignment_expression" => self.assignment(node, depth),
            "array_creation_expression"
            | "array"
            | "list"
            | "tuple"
            | "table_constructor"
            | "object"
            | "dictionary"
            | "initializer_list"
            | "set"
            | "expression_list" => {
                let list = named(node).into_iter().map(|one| self.entry(one, depth + 1)).collect();
                Expr::new(line(node), Kind::List(list))
            }
            "keyword_argument" | "pair" | "field" | "argument" | "initializer_pair" => {
                self.entry(node, depth)
            }
            "parenthesized_expression"
            | "await_expression"
            | "spread_element"
            | "pointer_expression"
            | "error_suppression_expression"
            | "reference_modifier"
            | "await"
            | "list_splat"
            | "variadic_unpacking"
            | "argument_list" => {
                match field(node, "argument").or_else(|| named(node).into_iter().next_back()) {
                    Some(inner) => self.expr(inner, depth + 1),
                    None => nothing(node),
                }
            }
            _ => {
                if let Some((on, name)) = member(node) {
                    let on = Box::new(self.expr(on, depth + 1));
                    let key = Box::new(Expr::text(line(name), &self.text(name)));
                    return Expr::new(line(node), Kind::Index(on, key));
                }
                let inner = named(node).into_iter().map(|one| self.expr(one, depth + 1)).collect();
                Expr::new(line(node), Kind::Any(inner))
            }
        }
    }

    fn assignment(&mut self, node: Node<'_>, depth: u32) -> Expr {
        let target = field(node, "left").or_else(|| field(node, "name"));
        let value = field(node, "right").or_else(|| field(node, "value"));
        let value = value.or_else(|| field(node, "default_value"));
        let (Some(target), Some(value)) = (target, value) else { return nothing(node) };
        let operator = field(node, "operator").map(|n| self.text(n)).unwrap_or_default();
        let value = self.expr(value, depth + 1);
        let append = matches!(operator.as_str(), ".=" | "+=" | "..=" | "??=" | "||=");
        if operator.len() > 1 && !append && operator != ":=" {
            return number(node, vec![value]);
        }
        self.assign(target, value, append, depth + 1)
    }

    /// An entry of a list or an argument, with its name where it has one.
    fn entry(&mut self, node: Node<'_>, depth: u32) -> Expr {
        let parts = named(node);
        let (key, value) = match node.kind() {
            "pair" | "initializer_pair" => {
                (field(node, "key").or(parts.first().copied()), field(node, "value"))
            }
            "keyword_argument" | "field" => (field(node, "name"), field(node, "value")),
            "argument" => (field(node, "name"), parts.last().copied()),
            "array_element_initializer" => match parts.as_slice() {
                [key, value] => (Some(*key), Some(*value)),
                _ => (None, parts.first().copied()),
            },
            _ => (None, Some(node)),
        };
        let Some(value) = value else { return nothing(node) };
        let value = if value == node {
            self.expr(value, depth + 1)
        } else {
            self.entry_value(value, depth)
        };
        match key {
            Some(key) => {
                let name = self.text(key);
                let name = name.trim_matches(['"', '\'', '[', ']', '.']).to_owned();
                Expr::new(line(node), Kind::Named(name, Box::new(value)))
            }
            None => value,
        }
    }

    fn entry_value(&mut self, value: Node<'_>, depth: u32) -> Expr {
        if matches!(value.kind(), "true" | "True") {
            return Expr::text(line(value), "true");
        }
        self.expr(value, depth + 1)
    }

    fn ternary(&mut self, node: Node<'_>, depth: u32) -> Expr {
        let at = line(node);
        let parts = named(node);
        let (test, then, other) = if self.language == Language::Python {
            (parts.get(1).copied(), parts.first().copied(), parts.get(2).copied())
        } else {
            let then = field(node, "consequence").or_else(|| field(node, "body"));
            (field(node, "condition"), then, field(node, "alternative"))
        };
        let args = [test, then.or(test), other];
        let args = args.into_iter().map(|part| match part {
            Some(part) => self.expr(part, depth + 1),
            None => nothing(node),
        });
        let args: Vec<Expr> = args.collect();
        Expr::call(at, "#if", args)
    }

    fn cast(&mut self, node: Node<'_>, depth: u32) -> Expr {
        let Some(value) = field(node, "value") else { return nothing(node) };
        let kind = field(node, "type").map(|n| self.text(n)).unwrap_or_default();
        let value = self.expr(value, depth + 1);
        let plain =
            matches!(kind.trim(), "int" | "integer" | "float" | "double" | "bool" | "boolean");
        if plain { number(node, vec![value]) } else { value }
    }

    fn unary(&mut self, node: Node<'_>, depth: u32) -> Expr {
        let inner = field(node, "argument").or_else(|| field(node, "operand"));
        let Some(inner) = inner.or_else(|| named(node).into_iter().next_back()) else {
            return nothing(node);
        };
        let text = self.text(node);
        let value = self.expr(inner, depth + 1);
        if text.starts_with('!') || text.starts_with("not") {
            return Expr::new(line(node), Kind::Not(Box::new(value)));
        }
        if text.starts_with(['@', '&', '*']) { value } else { number(node, vec![value]) }
    }

    fn binary(&mut self, node: Node<'_>, depth: u32) -> Expr {
        // A chain of joins leans to the left (in Lua to the right); it is taken apart in a loop,
        // because such chains may be thousands long.
        let at = line(node);
        let (mut left, mut rights, mut top) = (node, Vec::new(), self.operator(node));
        if is_join(&top, self.language) {
            while let (Some(next), Some(right)) = (field(left, "left"), field(left, "right")) {
                if left.kind() != node.kind() || self.operator(left) != top {
                    break;
                }
                rights.push(right);
                left = next;
            }
            let mut parts = vec![self.expr(left, depth + 1)];
            for right in rights.into_iter().rev() {
                parts.push(self.expr(right, depth + 1));
            }
            let kind =
                if self.language == Language::C { Kind::Any(parts) } else { Kind::Join(parts) };
            return Expr::new(at, kind);
        }
        let parts = named(node);
        let (left, right) = (field(node, "left"), field(node, "right"));
        let (Some(left), Some(right)) =
            (left.or(parts.first().copied()), right.or(parts.last().copied()))
        else {
            return nothing(node);
        };
        let (left, right) = (self.expr(left, depth + 1), self.expr(right, depth + 1));
        if top == "%" && (self.language != Language::Python) {
            top.clear();
        }
        combine(at, &top, left, right)
    }

    fn operator(&self, node: Node<'_>) -> String {
        let one = field(node, "operator").or_else(|| field(node, "operators"));
        one.map(|n| self.text(n)).unwrap_or_default()
    }
}

/// A value from an operator and its sides.
pub(super) fn combine(at: u32, operator: &str, left: Expr, right: Expr) -> Expr {
    let equal = matches!(operator, "==" | "===" | "eq" | "=" | "is");
    let (l, r) = (left.clone(), right.clone());
    let kind = match operator {
        "||" | "or" | "??" | "?:" | "//" => Kind::Either(Box::new(left), Box::new(right)),
        "&&" | "and" => Kind::Both(Box::new(left), Box::new(right)),
        "in" => return Expr::call(at, "in", vec![left, right]),
        "not in" => {
            let inside = Expr::call(at, "in", vec![left, right]);
            Kind::Not(Box::new(inside))
        }
        "==" | "===" | "eq" | "=" | "is" | "!=" | "!==" | "~=" | "<>" | "ne" | "is not" => {
            Kind::Compare { equal, left: Box::new(left), right: Box::new(right) }
        }
        "%" => return Expr::call(at, "%", vec![left, right]),
        "=~" => return Expr::call(at, "=~", vec![left, right]),
        _ => return Expr::call(at, "#number", vec![l, r]),
    };
    Expr::new(at, kind)
}

fn is_join(operator: &str, language: Language) -> bool {
    match language {
        Language::Php => operator == ".",
        Language::Lua => operator == "..",
        Language::Python | Language::JavaScript | Language::C => operator == "+",
        _ => false,
    }
}
