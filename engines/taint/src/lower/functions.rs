//! Functions, C declarations and imports.

use super::Lower;
use crate::ir::{Body, Expr, Function, Kind};
use crate::syntax::{field, first, has_token, line, named};
use tree_sitter::Node;

/// Most parameters that are read: what a C compiler must take (C99 5.2.4.1).
const PARAMS_MAX: usize = 127;

impl Lower<'_> {
    /// A named function.
    pub(super) fn define(&mut self, node: Node<'_>, depth: u32) {
        let mut head = node;
        // C: the declarator nests the name below pointers.
        for _ in 0..8 {
            match field(head, "declarator") {
                Some(inner) => head = inner,
                None => break,
            }
            if head.kind() == "function_declarator" {
                break;
            }
        }
        let name = field(node, "name").or_else(|| field(head, "declarator")).unwrap_or(head);
        let name = self.path(name, 0).unwrap_or_default();
        let name = name.rsplit('.').next().unwrap_or_default().to_owned();
        let params = field(node, "parameters").or_else(|| field(head, "parameters"));
        self.function(name, params, field(node, "body"), depth);
    }

    /// An anonymous function; its place in the list.
    pub(super) fn lambda(&mut self, node: Node<'_>, depth: u32) -> Expr {
        let params = field(node, "parameters").or_else(|| field(node, "parameter"));
        let index = self.function(String::new(), params, field(node, "body"), depth);
        Expr::new(line(node), Kind::Lambda(index))
    }

    fn function(
        &mut self,
        name: String,
        params: Option<Node<'_>>,
        body: Option<Node<'_>>,
        depth: u32,
    ) -> usize {
        // The place is taken first, so that functions stand in the order of the text.
        let index = self.program.functions.len();
        let variadic = params.is_some_and(|node| {
            named(node)
                .iter()
                .any(|p| p.kind() == "variadic_parameter" || p.kind() == "vararg_expression")
                || has_token(node, "...")
        });
        let names = params.map(|node| self.params(node)).unwrap_or_default();
        self.program.functions.push(Function { name, params: names, variadic, body: Body::new() });
        let body = self.body(body, depth + 1);
        if let Some(function) = self.program.functions.get_mut(index) {
            function.body = body;
        }
        index
    }

    fn params(&self, node: Node<'_>) -> Vec<String> {
        if node.kind() == "identifier" {
            return vec![self.text(node)];
        }
        let plain = named(node).into_iter().filter(|param| param.kind() != "variadic_parameter");
        let names = plain.filter_map(|param| self.param(param));
        names.take(PARAMS_MAX).filter(|name| name != "void").collect()
    }

    fn param(&self, node: Node<'_>) -> Option<String> {
        let mut at = node;
        for _ in 0..8 {
            let inner = field(at, "name").or_else(|| field(at, "declarator"));
            match inner.or_else(|| field(at, "left")).or_else(|| field(at, "pattern")) {
                Some(inner) => at = inner,
                None => break,
            }
        }
        if matches!(at.kind(), "identifier" | "variable_name") {
            return Some(self.text(at));
        }
        // Typed or starred Python parameters keep the name as their first child; an unnamed C
        // parameter still takes its place.
        let inner = first(at).filter(|inner| inner.kind() == "identifier");
        Some(inner.map_or_else(String::new, |inner| self.text(inner)))
    }

    /// A C declaration: each declarator with a value is an assignment; arrays are noted by name.
    pub(super) fn declaration(&mut self, node: Node<'_>, depth: u32, out: &mut Body) {
        let mut cursor = node.walk();
        let list: Vec<Node<'_>> = node.children_by_field_name("declarator", &mut cursor).collect();
        for declarator in list {
            let value = field(declarator, "value");
            let mut inner = declarator;
            let mut array = false;
            for _ in 0..8 {
                array |= inner.kind() == "array_declarator" && field(inner, "size").is_some();
                match field(inner, "declarator") {
                    Some(next) => inner = next,
                    None => break,
                }
            }
            let at = line(declarator);
            let name = self.text(inner);
            if array {
                let mark = Expr::new(at, Kind::Name(format!("#array.{name}")));
                out.push(Expr::assign(at, mark, Expr::new(at, Kind::Number), false).stmt());
            }
            if let Some(value) = value {
                let target = Expr::new(at, Kind::Name(name));
                let value = self.expr(value, depth + 1);
                out.push(Expr::assign(at, target, value, false).stmt());
            }
        }
    }

    /// Imports give names to modules and their functions.
    pub(super) fn import(&mut self, node: Node<'_>, out: &mut Body) {
        let at = line(node);
        let mut bind = |name: &str, path: &str| {
            let target = Expr::new(at, Kind::Name(name.to_owned()));
            let path = Expr::call(at, "require", vec![Expr::text(at, path)]);
            out.push(Expr::assign(at, target, path, false).stmt());
        };
        if let Some(source) = field(node, "source") {
            let module = self.text(source);
            let module = module.trim_matches(['"', '\'']).to_owned();
            for clause in named(node).into_iter().filter(|n| n.kind() == "import_clause") {
                for part in named(clause) {
                    match part.kind() {
                        "identifier" => bind(&self.text(part), &module),
                        "namespace_import" => {
                            if let Some(name) = first(part) {
                                bind(&self.text(name), &module);
                            }
                        }
                        _ => {
                            for one in named(part) {
                                let Some(name) = field(one, "name") else { continue };
                                let alias = field(one, "alias").unwrap_or(name);
                                let name = self.text(name);
                                bind(&self.text(alias), &format!("{module}.{name}"));
                            }
                        }
                    }
                }
            }
            return;
        }
        let module = field(node, "module_name").map(|m| self.text(m));
        let mut cursor = node.walk();
        let names: Vec<Node<'_>> = node.children_by_field_name("name", &mut cursor).collect();
        for name in names {
            let plain = field(name, "name").map_or_else(|| self.text(name), |n| self.text(n));
            let alias = field(name, "alias").map(|n| self.text(n));
            match (&module, alias) {
                (Some(module), alias) => {
                    bind(alias.as_deref().unwrap_or(&plain), &format!("{module}.{plain}"));
                }
                (None, Some(alias)) => bind(&alias, &plain),
                (None, None) => {}
            }
        }
    }
}
