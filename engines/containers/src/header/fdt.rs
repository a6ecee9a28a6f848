//! A reader for flattened device trees (Devicetree Specification 0.4, chapter 5).

use duecare_base::Bin;
use std::ops::Range;

/// The first four bytes.
pub(crate) const MAGIC: &[u8] = b"\xd0\x0d\xfe\xed";

/// Nodes in one tree; the largest boards have a few thousand.
const NODES_MAX: usize = 50_000;

/// Properties in one tree.
const PROPERTIES_MAX: usize = 500_000;

/// Nodes inside nodes.
const DEPTH_MAX: usize = 64;

/// A node: its name, its parent and its properties.
#[derive(Debug)]
pub(crate) struct FdtNode {
    /// Name with unit address, as written; empty for the root.
    pub(crate) name: String,
    /// Index of the parent.
    pub(crate) parent: Option<usize>,
    /// Property names and where their values lie in the input.
    properties: Vec<(String, Range<usize>)>,
}

/// A tree over the bytes that it was read from.
#[derive(Debug)]
pub(crate) struct Fdt<'a> {
    bytes: &'a [u8],
    /// All nodes, parents first; the root is the first.
    pub(crate) nodes: Vec<FdtNode>,
    /// Size of the whole in bytes, as its header says.
    pub(crate) size: usize,
    /// Version of the layout.
    pub(crate) version: u32,
    /// Why reading ended early.
    pub(crate) error: Option<&'static str>,
}

impl<'a> Fdt<'a> {
    /// Reads a tree; `None` when the header is not one.
    pub(crate) fn read(bytes: &'a [u8]) -> Option<Self> {
        let bin = Bin::be(bytes);
        if !bin.has(0, MAGIC) {
            return None;
        }
        let size = bin.size32(4).ok()?;
        let structure = bin.size32(8).ok()?;
        let strings = bin.size32(12).ok()?;
        let reserved = bin.size32(16).ok()?;
        let version = bin.u32(20).ok()?;
        let last_compatible = bin.u32(24).ok()?;
        let fits = [structure, strings, reserved].iter().all(|at| *at >= 28 && *at < size);
        if !fits || !(1..=32).contains(&version) || last_compatible > version {
            return None;
        }
        let mut tree = Self { bytes, nodes: Vec::new(), size, version, error: None };
        tree.error = tree.walk(structure, strings).err();
        Some(tree)
    }

    fn walk(&mut self, structure: usize, strings: usize) -> Result<(), &'static str> {
        let bin = Bin::be(self.bytes);
        let cut = |_| "the tree ends early";
        let mut open: Vec<usize> = Vec::new();
        let mut at = structure;
        let mut properties = 0;
        loop {
            let token = bin.u32(at).map_err(cut)?;
            at += 4;
            match token {
                1 => {
                    let tail = bin.tail(at);
                    let length = tail.iter().position(|b| *b == 0).ok_or("a name has no end")?;
                    let name = tail.get(..length).unwrap_or_default();
                    if self.nodes.len() >= NODES_MAX || open.len() >= DEPTH_MAX {
                        return Err("the tree has too many nodes");
                    }
                    self.nodes.push(FdtNode {
                        name: String::from_utf8_lossy(name).into_owned(),
                        parent: open.last().copied(),
                        properties: Vec::new(),
                    });
                    open.push(self.nodes.len() - 1);
                    at = at.saturating_add(length + 1).saturating_add(3) & !3;
                }
                2 => {
                    open.pop().ok_or("a node ends that never began")?;
                    if open.is_empty() {
                        return Ok(());
                    }
                }
                3 => {
                    let length = bin.size32(at).map_err(cut)?;
                    let name = bin.size32(at + 4).map_err(cut)?.saturating_add(strings);
                    bin.slice(at + 8, length).map_err(cut)?;
                    let node = open.last().and_then(|index| self.nodes.get_mut(*index));
                    let node = node.ok_or("a property stands outside the nodes")?;
                    properties += 1;
                    if properties > PROPERTIES_MAX {
                        return Err("the tree has too many properties");
                    }
                    node.properties.push((c_string(bin.tail(name)), at + 8..at + 8 + length));
                    at = (at + 8 + length).saturating_add(3) & !3;
                }
                4 => {}
                9 => return Ok(()),
                _ => return Err("an unknown token stands in the tree"),
            }
        }
    }

    /// The child of a node by name; a unit address in the tree need not be named.
    pub(crate) fn child(&self, parent: usize, name: &str) -> Option<usize> {
        self.children(parent).find(|index| {
            self.nodes
                .get(*index)
                .is_some_and(|node| node.name == name || node.name.split('@').next() == Some(name))
        })
    }

    /// The children of a node, in order.
    pub(crate) fn children(&self, parent: usize) -> impl Iterator<Item = usize> + '_ {
        let nodes = self.nodes.iter().enumerate();
        nodes.filter(move |(_, node)| node.parent == Some(parent)).map(|(index, _)| index)
    }

    /// Where a property's value lies in the input.
    pub(crate) fn range(&self, node: usize, name: &str) -> Option<Range<usize>> {
        let properties = &self.nodes.get(node)?.properties;
        properties.iter().find(|(key, _)| key == name).map(|(_, range)| range.clone())
    }

    /// A property's value.
    pub(crate) fn value(&self, node: usize, name: &str) -> Option<&'a [u8]> {
        self.bytes.get(self.range(node, name)?)
    }

    /// A property's value as text; several strings are joined with commas.
    pub(crate) fn text(&self, node: usize, name: &str) -> Option<String> {
        let value = self.value(node, name)?;
        let text = String::from_utf8_lossy(value.strip_suffix(b"\0").unwrap_or(value)).into_owned();
        Some(text.replace('\0', ", "))
    }

    /// A property's value as one number of one or two cells.
    pub(crate) fn number(&self, node: usize, name: &str) -> Option<u64> {
        let value = self.value(node, name)?;
        match value.len() {
            4 => Bin::be(value).u32(0).ok().map(u64::from),
            8 => Bin::be(value).u64(0).ok(),
            _ => None,
        }
    }
}

fn c_string(tail: &[u8]) -> String {
    let end = tail.iter().take(256).position(|byte| *byte == 0).unwrap_or(0);
    String::from_utf8_lossy(tail.get(..end).unwrap_or_default()).into_owned()
}
