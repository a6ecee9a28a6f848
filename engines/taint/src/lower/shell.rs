//! The shell: commands, words, pipes.
//!
//! A command becomes a call whose arguments are its words; a pipe becomes `#pipe`, a list of calls
//! where each reads what the one before wrote. `#unquoted` marks a word that the shell will split.

use super::{Lower, nothing};
use crate::ir::{Body, Expr, Function, Kind, Stmt, StmtKind};
use crate::syntax::{field, first, has_token, line, named};
use tree_sitter::Node;

/// Names of a shell function's parameters.
const PARAMS: [&str; 9] = ["1", "2", "3", "4", "5", "6", "7", "8", "9"];

impl Lower<'_> {
    /// Every child as a statement.
    pub(super) fn shell_children(&mut self, node: Node<'_>, depth: u32, out: &mut Body) {
        if !self.enter(depth) {
            return;
        }
        for child in named(node) {
            self.shell_stmt(child, depth + 1, out);
        }
    }

    fn shell_body(&mut self, nodes: &[Node<'_>], depth: u32) -> Body {
        let mut out = Body::new();
        for node in nodes {
            self.shell_stmt(*node, depth + 1, &mut out);
        }
        out
    }

    fn shell_stmt(&mut self, node: Node<'_>, depth: u32, out: &mut Body) {
        if !self.enter(depth) {
            return;
        }
        let at = line(node);
        match node.kind() {
            "program" | "compound_statement" | "subshell" | "do_group" | "ERROR"
            | "else_clause" => {
                self.shell_children(node, depth, out);
            }
            "function_definition" => self.shell_function(node, depth),
            "if_statement" => self.shell_if(node, depth, out),
            "case_statement" => self.shell_case(node, depth, out),
            "for_statement" => self.shell_for(node, depth, out),
            "while_statement" => self.shell_while(node, depth, out),
            "redirected_statement" => self.shell_redirected(node, depth, out),
            "list" => self.shell_list(node, depth, out),
            "pipeline" => self.shell_pipeline(node, depth, out),
            "declaration_command" | "variable_assignments" => {
                for child in named(node).into_iter().filter(|n| n.kind() == "variable_assignment") {
                    let set = self.shell_assign(child, depth);
                    out.push(set.stmt());
                }
            }
            "variable_assignment" => {
                let set = self.shell_assign(node, depth);
                out.push(set.stmt());
            }
            "comment" | "heredoc_body" | "c_style_for_statement" | "test_command" => {}
            "command" => {
                let value = self.shell_command(node, depth, out);
                let name = field(node, "name").map(|n| self.text(n)).unwrap_or_default();
                out.push(value.stmt());
                match name.as_str() {
                    "exit" | "return" | "exec" => {
                        out.push(Stmt { line: at, kind: StmtKind::Return(None) });
                    }
                    "break" | "continue" => out.push(Stmt { line: at, kind: StmtKind::Leave }),
                    _ => {}
                }
            }
            _ => {
                let value = self.word(node, depth + 1);
                out.push(value.stmt());
            }
        }
    }

    fn shell_function(&mut self, node: Node<'_>, depth: u32) {
        let name = field(node, "name").map(|n| self.text(n)).unwrap_or_default();
        let index = self.program.functions.len();
        let params = PARAMS.iter().map(|name| (*name).to_owned()).collect();
        self.program.functions.push(Function { name, params, variadic: true, body: Body::new() });
        let nodes: Vec<Node<'_>> = field(node, "body").into_iter().collect();
        let body = self.shell_body(&nodes, depth + 1);
        if let Some(function) = self.program.functions.get_mut(index) {
            function.body = body;
        }
    }

    fn shell_if(&mut self, node: Node<'_>, depth: u32, out: &mut Body) {
        let mut arms: Vec<(Node<'_>, Option<Expr>, Body)> = Vec::new();
        let (test, then) = self.shell_arm(node, depth);
        arms.push((node, test, then));
        for child in named(node) {
            match child.kind() {
                "elif_clause" => {
                    let (test, then) = self.shell_arm(child, depth);
                    arms.push((child, test, then));
                }
                "else_clause" => {
                    let mut body = Body::new();
                    self.shell_children(child, depth + 1, &mut body);
                    arms.push((child, None, body));
                }
                _ => {}
            }
        }
        let mut other = Body::new();
        if arms.len() > super::ARMS_MAX {
            self.program.gaps.insert(super::CUT);
            arms.truncate(super::ARMS_MAX);
        }
        for (node, test, then) in arms.into_iter().rev() {
            match test {
                Some(test) => {
                    let kind = StmtKind::If { test, then, other };
                    other = vec![Stmt { line: line(node), kind }];
                }
                None => other = then,
            }
        }
        out.extend(other);
    }

    /// The test and the body of `if … then …` or `elif … then …`.
    fn shell_arm(&mut self, node: Node<'_>, depth: u32) -> (Option<Expr>, Body) {
        let mut cursor = node.walk();
        let mut test = None;
        let mut body = Vec::new();
        let mut then = false;
        let children: Vec<Node<'_>> = node.children(&mut cursor).collect();
        for child in children {
            match child.kind() {
                "then" => then = true,
                "elif_clause" | "else_clause" | "comment" => {}
                _ if !child.is_named() => {}
                _ if then => body.push(child),
                _ => test = Some(child),
            }
        }
        let test = test.map(|test| self.shell_test(test, depth + 1));
        let body = self.shell_body(&body, depth + 1);
        (Some(test.unwrap_or_else(|| nothing(node))), body)
    }

    fn shell_case(&mut self, node: Node<'_>, depth: u32, out: &mut Body) {
        let Some(value) = field(node, "value") else { return };
        let value = self.word(value, depth + 1);
        let mut other = Body::new();
        for item in named(node).into_iter().filter(|n| n.kind() == "case_item").rev() {
            let mut cursor = item.walk();
            let patterns: Vec<Node<'_>> =
                item.children_by_field_name("value", &mut cursor).collect();
            let mut args = vec![value.clone()];
            for pattern in &patterns {
                args.push(Expr::text(line(*pattern), &self.text(*pattern)));
            }
            let rest: Vec<Node<'_>> =
                named(item).into_iter().filter(|n| !patterns.contains(n)).collect();
            let then = self.shell_body(&rest, depth + 1);
            let test = Expr::call(line(item), "#case", args);
            let kind = StmtKind::If { test, then, other };
            other = vec![Stmt { line: line(item), kind }];
        }
        out.extend(other);
    }

    fn shell_for(&mut self, node: Node<'_>, depth: u32, out: &mut Body) {
        let at = line(node);
        let name = field(node, "variable").map(|n| self.text(n)).unwrap_or_default();
        let mut cursor = node.walk();
        let over: Vec<Node<'_>> = node.children_by_field_name("value", &mut cursor).collect();
        let over: Vec<Expr> = over.into_iter().map(|word| self.word(word, depth + 1)).collect();
        let target = Expr::new(at, Kind::Name(name));
        let set = Expr::assign(at, target, Expr::new(at, Kind::Any(over)), false);
        let mut body = vec![set.stmt()];
        if let Some(inner) = field(node, "body") {
            self.shell_stmt(inner, depth + 1, &mut body);
        }
        out.push(Stmt { line: at, kind: StmtKind::Loop { test: None, body } });
    }

    fn shell_while(&mut self, node: Node<'_>, depth: u32, out: &mut Body) {
        let test = field(node, "condition").map(|test| self.shell_test(test, depth + 1));
        let mut body = Body::new();
        if let Some(inner) = field(node, "body") {
            self.shell_stmt(inner, depth + 1, &mut body);
        }
        out.push(Stmt { line: line(node), kind: StmtKind::Loop { test, body } });
    }

    /// Input from a file or a here document is what `read` sees inside.
    fn shell_redirected(&mut self, node: Node<'_>, depth: u32, out: &mut Body) {
        let at = line(node);
        let mut cursor = node.walk();
        let mut stdin = None;
        let redirects: Vec<Node<'_>> =
            node.children_by_field_name("redirect", &mut cursor).collect();
        for redirect in redirects {
            let here = matches!(redirect.kind(), "heredoc_redirect" | "herestring_redirect");
            if here {
                let parts = named(redirect).into_iter();
                let body = parts.filter(|n| !matches!(n.kind(), "heredoc_start" | "heredoc_end"));
                let parts = body.map(|part| self.word(part, depth + 1)).collect();
                stdin = Some(Expr::new(at, Kind::Join(parts)));
            } else if has_token(redirect, "<") {
                stdin = Some(Expr::new(at, Kind::Number));
            }
        }
        let name = || Expr::new(at, Kind::Name("#stdin".to_owned()));
        let feeds = stdin.is_some();
        if let Some(stdin) = stdin {
            out.push(Expr::assign(at, name(), stdin, false).stmt());
        }
        if let Some(body) = field(node, "body") {
            self.shell_stmt(body, depth + 1, out);
        }
        if feeds {
            let none = Expr::new(at, Kind::Nothing);
            out.push(Expr::assign(at, name(), none, false).stmt());
        }
    }

    /// `a && b`, `a || b`.
    fn shell_list(&mut self, node: Node<'_>, depth: u32, out: &mut Body) {
        let parts = named(node);
        let (Some(left), Some(right)) = (parts.first(), parts.get(1)) else { return };
        // A run of `a && b || c` nests to the left: what decides is its last value.
        let test = self.shell_test(*left, depth + 1);
        let right = self.shell_body(&[*right], depth + 1);
        let (then, other) =
            if has_token(node, "&&") { (right, Body::new()) } else { (Body::new(), right) };
        out.push(Stmt { line: line(node), kind: StmtKind::If { test, then, other } });
    }

    /// A pipe whose last part is a loop feeds that loop.
    fn shell_pipeline(&mut self, node: Node<'_>, depth: u32, out: &mut Body) {
        let parts = named(node);
        let Some((last, before)) = parts.split_last() else { return };
        if matches!(last.kind(), "command" | "redirected_statement") {
            let value = self.pipe(&parts, depth);
            out.push(value.stmt());
            return;
        }
        let at = line(node);
        let name = || Expr::new(at, Kind::Name("#stdin".to_owned()));
        let feed = self.pipe(before, depth);
        out.push(Expr::assign(at, name(), feed, false).stmt());
        self.shell_stmt(*last, depth + 1, out);
        out.push(Expr::assign(at, name(), Expr::new(at, Kind::Nothing), false).stmt());
    }

    /// Commands of which each reads what the one before wrote.
    pub(super) fn pipe(&mut self, parts: &[Node<'_>], depth: u32) -> Expr {
        let at = parts.first().map_or(1, |node| line(*node));
        let mut list = Vec::new();
        for part in parts {
            list.push(self.shell_value(*part, depth + 1));
        }
        Expr::call(at, "#pipe", list)
    }

    /// A command as a value: what it writes.
    pub(super) fn shell_value(&mut self, node: Node<'_>, depth: u32) -> Expr {
        if !self.enter(depth) {
            return nothing(node);
        }
        match node.kind() {
            "command" => {
                let mut before = Body::new();
                self.shell_command(node, depth, &mut before)
            }
            "pipeline" => self.pipe(&named(node), depth),
            "redirected_statement" => match field(node, "body") {
                Some(body) => self.shell_value(body, depth + 1),
                None => nothing(node),
            },
            "list" | "subshell" | "compound_statement" | "negated_command" => {
                let parts = named(node);
                let list =
                    parts.into_iter().map(|part| self.shell_value(part, depth + 1)).collect();
                Expr::new(line(node), Kind::Any(list))
            }
            "test_command" => self.shell_test(node, depth),
            "if_statement" | "while_statement" | "for_statement" | "case_statement" => {
                nothing(node)
            }
            _ => self.word(node, depth + 1),
        }
    }

    /// A command; assignments in front of it go to `before`.
    fn shell_command(&mut self, node: Node<'_>, depth: u32, before: &mut Body) -> Expr {
        let at = line(node);
        for child in named(node).into_iter().filter(|n| n.kind() == "variable_assignment") {
            let set = self.shell_assign(child, depth);
            before.push(set.stmt());
        }
        let mut cursor = node.walk();
        let words: Vec<Node<'_>> = node.children_by_field_name("argument", &mut cursor).collect();
        let mut args: Vec<Expr> = Vec::new();
        for word in words {
            let value = self.word(word, depth + 1);
            let open = matches!(
                word.kind(),
                "simple_expansion" | "expansion" | "concatenation" | "command_substitution"
            );
            args.push(if open { Expr::call(at, "#unquoted", vec![value]) } else { value });
        }
        let name = field(node, "name").and_then(first);
        match name {
            Some(name) if name.kind() == "word" => {
                let name = self.text(name);
                let plain = name.rsplit('/').next().unwrap_or(&name);
                Expr::call(at, if plain.is_empty() { &name } else { plain }, args)
            }
            // The command itself comes from a variable.
            Some(name) => {
                let command = self.word(name, depth + 1);
                args.insert(0, command);
                Expr::call(at, "#command", args)
            }
            None => Expr::new(at, Kind::Any(args)),
        }
    }

    fn shell_assign(&mut self, node: Node<'_>, depth: u32) -> Expr {
        let at = line(node);
        let name = field(node, "name").map(|n| self.text(n)).unwrap_or_default();
        let name = name.split('[').next().unwrap_or_default().to_owned();
        let value = match field(node, "value") {
            Some(value) => self.word(value, depth + 1),
            None => Expr::text(at, ""),
        };
        let append = has_token(node, "+=");
        Expr::assign(at, Expr::new(at, Kind::Name(name)), value, append)
    }
}
