//! Words and tests of the shell.

use super::exprs::combine;
use super::{Lower, nothing, number};
use crate::ir::{Expr, Kind};
use crate::syntax::{field, first, has_token, line, named};
use tree_sitter::Node;

impl Lower<'_> {
    /// A word with its expansions.
    pub(super) fn word(&mut self, node: Node<'_>, depth: u32) -> Expr {
        if !self.enter(depth) {
            return nothing(node);
        }
        let at = line(node);
        match node.kind() {
            "word" | "number" | "string_content" | "regex" | "extglob_pattern"
            | "heredoc_content" => Expr::text(at, &unescape(&self.text(node))),
            "raw_string" => Expr::text(at, self.text(node).trim_matches('\'')),
            "ansi_c_string" => {
                Expr::text(at, self.text(node).trim_start_matches('$').trim_matches('\''))
            }
            "string" | "translated_string" | "heredoc_body" => self.shell_string(node, depth),
            "concatenation" | "herestring_redirect" => {
                let parts =
                    named(node).into_iter().map(|part| self.word(part, depth + 1)).collect();
                Expr::new(at, Kind::Join(parts))
            }
            "simple_expansion" => {
                let name = first(node).map(|n| self.text(n)).unwrap_or_default();
                let count = matches!(name.as_str(), "?" | "#" | "$" | "!" | "-" | "0");
                Expr::new(at, if count { Kind::Number } else { Kind::Name(name) })
            }
            "expansion" => self.expansion(node, depth),
            "command_substitution" => {
                let parts = named(node);
                let list: Vec<Expr> =
                    parts.into_iter().map(|part| self.shell_value(part, depth + 1)).collect();
                Expr::call(at, "#output", list)
            }
            "arithmetic_expansion" => number(node, Vec::new()),
            "variable_name" => Expr::new(at, Kind::Name(self.text(node))),
            _ => {
                let parts =
                    named(node).into_iter().map(|part| self.word(part, depth + 1)).collect();
                Expr::new(at, Kind::Any(parts))
            }
        }
    }

    /// A double-quoted text; what stands between its parts is kept from the source itself,
    /// because the grammar leaves out blanks.
    fn shell_string(&mut self, node: Node<'_>, depth: u32) -> Expr {
        let parts = named(node);
        if parts.is_empty() {
            return Expr::text(line(node), self.text(node).trim_matches('"'));
        }
        let mut list: Vec<Expr> =
            parts.into_iter().map(|part| self.word(part, depth + 1)).collect();
        match list.len() {
            1 => list.pop().unwrap_or_else(|| nothing(node)),
            _ => Expr::new(line(node), Kind::Join(list)),
        }
    }

    /// `${name…}`.
    fn expansion(&mut self, node: Node<'_>, depth: u32) -> Expr {
        let at = line(node);
        if self.text(node).trim_start().starts_with("${#") {
            return Expr::new(at, Kind::Number);
        }
        let parts = named(node);
        let Some(name) = parts
            .iter()
            .find(|n| matches!(n.kind(), "variable_name" | "subscript" | "special_variable_name"))
        else {
            return nothing(node);
        };
        let plain = if name.kind() == "subscript" { first(*name).unwrap_or(*name) } else { *name };
        let value = Expr::new(at, Kind::Name(self.text(plain)));
        let operator = field(node, "operator").map(|n| self.text(n)).unwrap_or_default();
        match operator.as_str() {
            ":-" | "-" | ":=" | "=" => match parts.last().filter(|last| *last != name) {
                Some(default) => {
                    let default = self.word(*default, depth + 1);
                    Expr::new(at, Kind::Any(vec![value, default]))
                }
                None => value,
            },
            // `${x//[^a-z0-9]/}` keeps a positive list.
            "//" => {
                let pattern = parts.get(1).map(|n| self.text(*n)).unwrap_or_default();
                let args = vec![value, Expr::text(at, &pattern)];
                Expr::call(at, "#replace", args)
            }
            _ => value,
        }
    }

    /// A command as a test.
    pub(super) fn shell_test(&mut self, node: Node<'_>, depth: u32) -> Expr {
        if !self.enter(depth) {
            return nothing(node);
        }
        let at = line(node);
        match node.kind() {
            "test_command" | "parenthesized_expression" => match first(node) {
                Some(inner) => self.shell_test(inner, depth + 1),
                None => nothing(node),
            },
            "list" => {
                let parts = named(node);
                let (Some(left), Some(right)) = (parts.first(), parts.get(1)) else {
                    return nothing(node);
                };
                let (left, right) =
                    (self.shell_test(*left, depth + 1), self.shell_test(*right, depth + 1));
                combine(at, if has_token(node, "&&") { "&&" } else { "||" }, left, right)
            }
            "negated_command" => match first(node) {
                Some(inner) => {
                    Expr::new(at, Kind::Not(Box::new(self.shell_test(inner, depth + 1))))
                }
                None => nothing(node),
            },
            "unary_expression" => {
                let Some(inner) = named(node).into_iter().next_back() else { return nothing(node) };
                let value = self.shell_test(inner, depth + 1);
                if self.text(node).starts_with('!') {
                    return Expr::new(at, Kind::Not(Box::new(value)));
                }
                number(node, vec![value])
            }
            "binary_expression" => {
                let (Some(left), Some(right)) = (field(node, "left"), field(node, "right")) else {
                    return nothing(node);
                };
                let operator = field(node, "operator").map(|n| self.text(n)).unwrap_or_default();
                let (left, right) =
                    (self.shell_test(left, depth + 1), self.shell_test(right, depth + 1));
                match operator.as_str() {
                    "-a" => combine(at, "&&", left, right),
                    "-o" => combine(at, "||", left, right),
                    other => combine(at, other, left, right),
                }
            }
            "pipeline" => self.grep_test(node, depth),
            "redirected_statement" => match field(node, "body") {
                Some(body) => self.shell_test(body, depth + 1),
                None => nothing(node),
            },
            _ => self.shell_value(node, depth + 1),
        }
    }

    /// `echo "$x" | grep -q pattern`.
    fn grep_test(&mut self, node: Node<'_>, depth: u32) -> Expr {
        let mut parts = named(node);
        let mut cut = parts.clone();
        let last = parts.pop().map(|last| match last.kind() {
            "redirected_statement" => field(last, "body").unwrap_or(last),
            _ => last,
        });
        if let Some(last) = last {
            let name = field(last, "name").map(|n| self.text(n)).unwrap_or_default();
            if matches!(name.as_str(), "grep" | "egrep") && !parts.is_empty() {
                let subject = self.pipe(&parts, depth);
                let mut cursor = last.walk();
                let words: Vec<Node<'_>> =
                    last.children_by_field_name("argument", &mut cursor).collect();
                let mut args = vec![subject];
                args.extend(words.into_iter().map(|word| self.word(word, depth + 1)));
                return Expr::call(line(node), "#grep", args);
            }
        }
        cut.truncate(64);
        self.pipe(&cut, depth)
    }
}

/// Backslashes taken away as the shell does outside quotes.
fn unescape(text: &str) -> String {
    if !text.contains('\\') {
        return text.to_owned();
    }
    let mut out = String::with_capacity(text.len());
    let mut chars = text.chars();
    while let Some(c) = chars.next() {
        if c != '\\' {
            out.push(c);
            continue;
        }
        match chars.next() {
            Some(next @ ('"' | '$' | '`' | '\\' | '\'' | ' ' | ';' | '&' | '|')) => out.push(next),
            Some(next) => {
                out.push('\\');
                out.push(next);
            }
            None => {}
        }
    }
    out
}
