//! Statements of the languages that share a reader.

use super::Lower;
use crate::ir::{Body, Expr, Kind, Stmt, StmtKind};
use crate::language::Language;
use crate::syntax::{field, first, line, named};
use tree_sitter::Node;

impl Lower<'_> {
    /// Every child as a statement.
    pub(super) fn children(&mut self, node: Node<'_>, depth: u32, out: &mut Body) {
        if !self.enter(depth) {
            return;
        }
        for child in named(node) {
            self.stmt(child, depth + 1, out);
        }
    }

    /// A node as a body of its own.
    pub(super) fn body(&mut self, node: Option<Node<'_>>, depth: u32) -> Body {
        let mut out = Body::new();
        if let Some(node) = node {
            self.stmt(node, depth + 1, &mut out);
        }
        out
    }

    /// One statement.
    pub(super) fn stmt(&mut self, node: Node<'_>, depth: u32, out: &mut Body) {
        if !self.enter(depth) {
            return;
        }
        let at = line(node);
        match node.kind() {
            "if_statement" | "preproc_if_never" => self.branch(node, depth, out),
            "while_statement" | "do_statement" | "repeat_statement" | "for_statement"
            | "foreach_statement" | "for_in_statement" => self.repeat(node, depth, out),
            "switch_statement" => self.switch(node, depth, out),
            "return_statement" => {
                let value = first(node).map(|value| self.expr(value, depth + 1));
                out.push(Stmt { line: at, kind: StmtKind::Return(value) });
            }
            "throw_statement" | "throw_expression" | "raise_statement" => {
                out.push(Stmt { line: at, kind: StmtKind::Return(None) });
            }
            "exit_statement" => out.push(Stmt { line: at, kind: StmtKind::Return(None) }),
            "break_statement" | "continue_statement" | "goto_statement" => {
                out.push(Stmt { line: at, kind: StmtKind::Leave });
            }
            "function_definition" if self.language != Language::Lua => self.define(node, depth),
            "function_declaration"
            | "method_declaration"
            | "method_definition"
            | "generator_function_declaration" => self.define(node, depth),
            "declaration" => self.declaration(node, depth, out),
            "lexical_declaration"
            | "variable_declaration"
            | "local_variable_declaration"
            | "local_declaration"
            | "static_variable_declaration"
            | "property_declaration"
            | "function_static_declaration" => self.children(node, depth, out),
            "assignment_statement" => self.assign_lists(node, depth, out),
            "import_statement" | "import_from_statement" => self.import(node, out),
            "expression_statement" | "echo_statement" => {
                for child in named(node) {
                    let value = self.expr(child, depth + 1);
                    out.push(value.stmt());
                }
            }
            "pass_statement"
            | "global_statement"
            | "delete_statement"
            | "comment"
            | "preproc_include"
            | "preproc_def"
            | "preproc_function_def"
            | "type_definition"
            | "struct_specifier"
            | "php_tag"
            | "text_interpolation"
            | "text"
            | "global_declaration"
            | "label"
            | "goto" => {}
            kind if is_plain_container(kind) || node.is_error() => self.children(node, depth, out),
            _ => {
                let value = self.expr(node, depth + 1);
                out.push(value.stmt());
            }
        }
    }

    /// An if and its further arms, the last arm innermost. `else if` is read as an arm, too, because
    /// dispatchers have hundreds of them, each inside the one before.
    fn branch(&mut self, node: Node<'_>, depth: u32, out: &mut Body) {
        let mut arms = vec![node];
        let mut last = Vec::new();
        let mut next = Some(node);
        while let Some(at) = next.take() {
            let mut cursor = at.walk();
            for arm in at.children_by_field_name("alternative", &mut cursor) {
                match arm.kind() {
                    "else_if_clause" | "elif_clause" | "elseif_statement" => arms.push(arm),
                    _ => match lone_if(arm) {
                        Some(inner) => next = Some(inner),
                        None => last.push(arm),
                    },
                }
            }
            arms.extend(next);
            if arms.len() > super::ARMS_MAX {
                self.program.gaps.insert(super::CUT);
                arms.truncate(super::ARMS_MAX);
                next = None;
            }
        }
        let mut other = Body::new();
        for arm in last {
            self.children(arm, depth + 1, &mut other);
        }
        for arm in arms.into_iter().rev() {
            other = vec![self.arm(arm, other, depth)];
        }
        out.extend(other);
    }

    fn arm(&mut self, node: Node<'_>, other: Body, depth: u32) -> Stmt {
        let test = match field(node, "condition") {
            Some(test) => self.expr(test, depth + 1),
            None => super::nothing(node),
        };
        let then = field(node, "consequence").or_else(|| field(node, "body"));
        let then = self.body(then, depth + 1);
        Stmt { line: line(node), kind: StmtKind::If { test, then, other } }
    }

    fn switch(&mut self, node: Node<'_>, depth: u32, out: &mut Body) {
        let value = field(node, "condition").or_else(|| field(node, "value"));
        let Some(value) = value else { return };
        let value = self.expr(value, depth + 1);
        out.push(value.clone().stmt());
        for case in field(node, "body").map(named).unwrap_or_default() {
            let at = line(case);
            let label = field(case, "value");
            let mut then = Body::new();
            for child in named(case).into_iter().filter(|child| Some(*child) != label) {
                self.stmt(child, depth + 2, &mut then);
            }
            then.retain(|stmt| !matches!(stmt.kind, StmtKind::Leave));
            let test = match label {
                Some(label) => {
                    let (left, right) = (value.clone(), self.expr(label, depth + 1));
                    let (left, right) = (Box::new(left), Box::new(right));
                    Expr::new(at, Kind::Compare { equal: true, left, right })
                }
                None => Expr::new(at, Kind::Number),
            };
            out.push(Stmt { line: at, kind: StmtKind::If { test, then, other: Body::new() } });
        }
    }
}

/// Whether a kind of node only groups statements.
fn is_plain_container(kind: &str) -> bool {
    matches!(
        kind,
        "block"
            | "compound_statement"
            | "statement_block"
            | "else_clause"
            | "finally_clause"
            | "except_clause"
            | "catch_clause"
            | "try_statement"
            | "with_statement"
            | "with_clause"
            | "with_item"
            | "class_declaration"
            | "class_definition"
            | "class_body"
            | "declaration_list"
            | "decorated_definition"
            | "export_statement"
            | "labeled_statement"
            | "colon_block"
            | "else_statement"
            | "linkage_specification"
            | "namespace_definition"
            | "namespace_declaration"
            | "trait_declaration"
            | "case_statement"
    ) || kind.starts_with("preproc_")
}

/// The if that is all of an `else`.
fn lone_if(arm: Node<'_>) -> Option<Node<'_>> {
    let is_if = |node: &Node<'_>| node.kind() == "if_statement";
    if is_if(&arm) {
        return Some(arm);
    }
    let inside = named(arm);
    inside
        .into_iter()
        .next()
        .filter(|node| arm.kind() == "else_clause" && is_if(node) && arm.named_child_count() == 1)
}
