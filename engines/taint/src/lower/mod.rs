//! From a syntax tree to the common form ([`crate::ir`]).
//!
//! PHP, Lua, Python, JavaScript and C share one reader, because their trees name the same things
//! alike; the shell and Perl have their own.

mod calls;
mod exprs;
mod functions;
mod literals;
mod loops;
pub(crate) mod perl;
mod perl_parse;
mod perl_tokens;
mod shell;
mod shell_tests;
mod stmts;
mod targets;

use crate::gap;
use crate::ir::{Body, Expr, Kind, Program};
use crate::language::Language;
use crate::syntax::{Source, line, parse};
use duecare_base::Gap;
use tree_sitter::Node;

/// How deep nodes are followed; what lies deeper is left out, so the stack stays small.
const DEPTH_MAX: u32 = 90;
/// How many nodes of one file are read; a MiB of dense code has fewer.
const NODES_MAX: u32 = 600_000;
/// How many arms of one `if … else if …` are read; each lies inside the one before in the common
/// form.
const ARMS_MAX: usize = 150;
/// What is left out at these limits.
const CUT: Gap = gap(
    "parts of a script or source that are nested too deeply, are a further arm of a very long if, or stand behind its first 600000 syntax nodes, were not read",
);

/// Brings a file into the common form; nothing when it can't be parsed in the given work.
pub(crate) fn lower(language: Language, bytes: &[u8]) -> Option<Program> {
    if language == Language::Perl {
        return Some(perl::program(bytes));
    }
    let tree = parse(language, bytes)?;
    let mut lower =
        Lower { source: Source { bytes }, language, program: Program::default(), nodes: 0 };
    let mut top = Body::new();
    if language == Language::Shell {
        lower.shell_children(tree.root_node(), 0, &mut top);
    } else {
        lower.children(tree.root_node(), 0, &mut top);
    }
    lower.program.top = top;
    Some(lower.program)
}

/// The state of reading one file.
pub(crate) struct Lower<'a> {
    pub(crate) source: Source<'a>,
    pub(crate) language: Language,
    pub(crate) program: Program,
    nodes: u32,
}

impl Lower<'_> {
    /// Counts a node; false when there were too many or it lies too deep.
    fn enter(&mut self, depth: u32) -> bool {
        self.nodes = self.nodes.saturating_add(1);
        let enough = depth < DEPTH_MAX && self.nodes < NODES_MAX;
        if !enough {
            self.program.gaps.insert(CUT);
        }
        enough
    }

    fn text(&self, node: Node<'_>) -> String {
        self.source.text(node)
    }
}

/// Nothing, at the node's line.
fn nothing(node: Node<'_>) -> Expr {
    Expr::new(line(node), Kind::Nothing)
}

/// A number, computed from these values (whose effects still count).
fn number(node: Node<'_>, from: Vec<Expr>) -> Expr {
    if from.is_empty() {
        return Expr::new(line(node), Kind::Number);
    }
    Expr::call(line(node), "#number", from)
}
