//! Reading a file into a syntax tree, bounded by work, and small helpers over its nodes.

use crate::language::Language;
use std::ops::ControlFlow;
use tree_sitter::{Node, ParseOptions, Parser, Tree};

/// How often the parser reports progress before it is stopped. It does so about every hundred
/// operations, so this is some ten million operations: a MiB of dense code needs a tenth.
const PARSE_REPORTS_MAX: u32 = 100_000;

/// The tree of a file, or nothing when the parser gave up.
pub(crate) fn parse(language: Language, bytes: &[u8]) -> Option<Tree> {
    let mut parser = Parser::new();
    parser.set_language(&language.grammar()?).ok()?;
    let mut reports = 0_u32;
    let mut progress = |_: &tree_sitter::ParseState| {
        reports = reports.saturating_add(1);
        if reports > PARSE_REPORTS_MAX { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    };
    let options = ParseOptions::new().progress_callback(&mut progress);
    let mut read = |at: usize, _: tree_sitter::Point| bytes.get(at..).unwrap_or_default();
    parser.parse_with_options(&mut read, None, Some(options))
}

/// A file's bytes, for the texts of nodes.
#[derive(Clone, Copy)]
pub(crate) struct Source<'a> {
    /// The whole file.
    pub(crate) bytes: &'a [u8],
}

impl Source<'_> {
    /// The text of a node, lossy.
    pub(crate) fn text(&self, node: Node<'_>) -> String {
        String::from_utf8_lossy(self.raw(node)).into_owned()
    }

    /// The bytes of a node.
    pub(crate) fn raw(&self, node: Node<'_>) -> &[u8] {
        self.bytes.get(node.byte_range()).unwrap_or_default()
    }
}

/// The line on which a node begins, from 1.
pub(crate) fn line(node: Node<'_>) -> u32 {
    u32::try_from(node.start_position().row).unwrap_or(u32::MAX).saturating_add(1)
}

/// The named children, comments left out.
pub(crate) fn named<'t>(node: Node<'t>) -> Vec<Node<'t>> {
    let mut cursor = node.walk();
    node.named_children(&mut cursor).filter(|child| !child.is_extra() || child.is_error()).collect()
}

/// The first named child.
pub(crate) fn first<'t>(node: Node<'t>) -> Option<Node<'t>> {
    named(node).into_iter().next()
}

/// The child of a field.
pub(crate) fn field<'t>(node: Node<'t>, name: &str) -> Option<Node<'t>> {
    node.child_by_field_name(name)
}

/// Whether a token with this text stands among the children.
pub(crate) fn has_token(node: Node<'_>, token: &str) -> bool {
    let mut cursor = node.walk();
    node.children(&mut cursor).any(|child| !child.is_named() && child.kind() == token)
}
