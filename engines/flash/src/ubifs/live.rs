//! Finds the nodes that count: through the index and the journal, or by looking at all of them.

use super::node::{self, Node, Place, Superblock};
use duecare_base::Bin;
use duecare_unpack::{Budget, LimitReached};
use std::cell::Cell;
use std::collections::{BTreeMap, BTreeSet};

/// Levels of the index; Linux allows 512 but a tree of fanout 3 over 2^32 nodes has 21.
const LEVELS_MAX: u16 = 64;

/// A name and what it stands for.
#[derive(Debug, Clone, Copy)]
pub(super) struct Name {
    pub(super) inode: u32,
    /// `UBIFS_ITYPE_*`.
    pub(super) kind: u8,
}

/// Names by the folder (or for attributes, the inode) that they belong to.
pub(super) type Names<'a> = BTreeMap<u32, BTreeMap<&'a [u8], Name>>;

/// The file system's state.
#[derive(Debug, Default)]
pub(super) struct Live<'a> {
    /// Where each inode's node stands.
    pub(super) inodes: BTreeMap<u32, usize>,
    pub(super) names: Names<'a>,
    pub(super) xattrs: Names<'a>,
    /// Where each block of each file stands.
    pub(super) data: BTreeMap<u32, BTreeMap<u32, usize>>,
    pub(super) nodes: usize,
    /// Nodes that came from the journal.
    pub(super) journal: usize,
    /// Why the index could not be used.
    pub(super) index_error: Option<String>,
    /// Count and first place of unreadable nodes that the index points to.
    pub(super) bad_leaves: (usize, usize),
    /// A limit stopped the search for nodes.
    pub(super) stopped: Option<LimitReached>,
    /// The index points past the end of the image.
    pub(super) past_end: bool,
}

struct Image<'a> {
    bytes: &'a [u8],
    superblock: &'a Superblock,
    budget: &'a Budget,
    /// The work was used up before all was looked at.
    stopped: Cell<Option<LimitReached>>,
}

/// The state of an image.
pub(super) fn live<'a>(
    bytes: &'a [u8],
    superblock: &'a Superblock,
    budget: &'a Budget,
) -> Live<'a> {
    let image = Image { bytes, superblock, budget, stopped: Cell::new(None) };
    let mut state = Live::default();
    match image.committed(&mut state) {
        Ok(leaves) => {
            state.apply(bytes, leaves);
            let journal = image.journal();
            state.journal = journal.len();
            state.apply(bytes, journal);
        }
        Err(reason) => {
            state = Live { index_error: Some(reason), ..Live::default() };
            let all = image.nodes_in(0, bytes.len());
            state.apply(bytes, all);
        }
    }
    state.stopped = image.stopped.get();
    state
}

/// A node's sequence number and place.
type Leaf = (u64, usize);

impl<'a> Image<'a> {
    fn leb(&self, number: usize) -> (usize, usize) {
        let size = self.superblock.leb_size;
        let begin = number.saturating_mul(size).min(self.bytes.len());
        (begin, begin.saturating_add(size).min(self.bytes.len()))
    }

    /// All sound nodes between two places.
    fn nodes_in(&self, begin: usize, end: usize) -> Vec<Leaf> {
        let mut nodes = Vec::new();
        let mut at = begin;
        while at < end {
            let area = self.bytes.get(at..end).unwrap_or_default();
            let Some(hit) = memchr::memmem::find(area, &node::MAGIC) else { break };
            at += hit;
            if !at.is_multiple_of(8) {
                at += 4;
                continue;
            }
            // A stretch made of nothing but magics would be summed over and over.
            let size = Bin::le(self.bytes).size32(at + 16).unwrap_or(0).min(self.bytes.len());
            if let Err(limit) = self.budget.take_work(size) {
                self.stopped.set(Some(limit));
                break;
            }
            match node::node(self.bytes, at) {
                Some(node) => {
                    nodes.push((node.sequence, at));
                    at = (at + node.bin.len()).next_multiple_of(8);
                }
                None => at += 4,
            }
        }
        nodes
    }

    /// The newest master node.
    fn master(&self) -> Option<Node<'a>> {
        let (begin, _) = self.leb(1);
        let (_, end) = self.leb(2);
        let nodes = self.nodes_in(begin, end);
        let masters = nodes
            .iter()
            .filter_map(|(_, at)| node::node(self.bytes, *at))
            .filter(|node| node.kind == node::MASTER);
        masters.max_by_key(|node| node.sequence)
    }

    /// The nodes that the index of the last commit leads to.
    fn committed(&self, state: &mut Live<'a>) -> Result<Vec<Leaf>, String> {
        let master = self.master().ok_or("there is no master node")?;
        let root = Place::read(master.bin, 48).ok_or("the master node is cut off")?;
        let mut leaves = Vec::new();
        let mut seen = BTreeSet::new();
        let mut seen_leaves = BTreeSet::new();
        let mut pending = vec![(root, LEVELS_MAX)];
        while let Some((place, below)) = pending.pop() {
            let at = place.at(self.superblock.leb_size).ok_or("the index leaves its block")?;
            let node = node::node(self.bytes, at)
                .filter(|node| node.kind == node::INDEX)
                .ok_or_else(|| format!("there is no index node at {at:#x}"))?;
            let level = node.bin.u16(26).map_err(|error| error.to_string())?;
            if level >= below {
                return Err(format!("the index has a loop at {at:#x}"));
            }
            if !seen.insert(at) {
                return Err(format!("the index reaches {at:#x} twice"));
            }
            let count = usize::from(node.bin.u16(24).map_err(|error| error.to_string())?);
            // Authenticated images have a hash behind each key.
            let size = (node.bin.len() - 28) / count.max(1);
            for branch in 0..count {
                let child =
                    Place::read(node.bin, 28 + branch * size).ok_or("a branch is cut off")?;
                if level > 0 {
                    pending.push((child, level));
                } else if seen_leaves.insert((child.leb, child.offset)) {
                    self.leaf(child, &mut leaves, state);
                }
            }
        }
        Ok(leaves)
    }

    fn leaf(&self, place: Place, leaves: &mut Vec<Leaf>, state: &mut Live<'a>) {
        let at = place.at(self.superblock.leb_size);
        let node = at.and_then(|at| Some((node::node(self.bytes, at)?.sequence, at)));
        match node {
            Some(leaf) => leaves.push(leaf),
            None => {
                let at = at.unwrap_or(usize::MAX);
                state.past_end |= at >= self.bytes.len();
                if state.bad_leaves.0 == 0 {
                    state.bad_leaves.1 = at;
                }
                state.bad_leaves.0 += 1;
            }
        }
    }

    /// The nodes that were written after the last commit.
    fn journal(&self) -> Vec<Leaf> {
        let (begin, _) = self.leb(3);
        let (_, end) = self.leb(2_usize.saturating_add(self.superblock.log_lebs));
        let commit = self.master().and_then(|master| master.bin.u64(32).ok());
        let log: Vec<Node<'a>> = self
            .nodes_in(begin, end)
            .into_iter()
            .filter_map(|(_, at)| node::node(self.bytes, at))
            .collect();
        let start = log
            .iter()
            .filter(|node| node.kind == node::COMMIT_START && node.bin.u64(24).ok() == commit)
            .map(|node| node.sequence)
            .max();
        let Some(start) = start else { return Vec::new() };
        let mut buds: BTreeMap<usize, usize> = BTreeMap::new();
        for reference in log.iter().filter(|n| n.kind == node::REFERENCE && n.sequence > start) {
            if let Some(place) = Place::read(reference.bin, 24) {
                let offset = buds.entry(place.leb).or_insert(place.offset);
                *offset = place.offset.min(*offset);
            }
        }
        let mut nodes = Vec::new();
        for (leb, offset) in buds {
            let (begin, end) = self.leb(leb);
            nodes.extend(self.nodes_in(begin.saturating_add(offset), end));
        }
        nodes.retain(|(sequence, _)| *sequence > start);
        nodes
    }
}

impl<'a> Live<'a> {
    /// Applies nodes in the order in which they were written.
    fn apply(&mut self, bytes: &'a [u8], mut leaves: Vec<Leaf>) {
        leaves.sort_unstable();
        leaves.dedup();
        for (_, at) in leaves {
            if let Some(node) = node::node(bytes, at)
                && self.one(node, at).is_some()
            {
                self.nodes += 1;
            }
        }
    }

    fn one(&mut self, node: Node<'a>, at: usize) -> Option<()> {
        match node.kind {
            node::INODE => {
                let (inode, _) = node::key(node)?;
                if node.bin.size32(112).ok()? > node::INLINE_BYTES_MAX {
                    return None;
                }
                if node.bin.u32(92).ok()? == 0 {
                    self.inodes.remove(&inode);
                    self.data.remove(&inode);
                } else {
                    self.inodes.insert(inode, at);
                }
            }
            node::DATA => {
                let (inode, block) = node::key(node)?;
                self.data.entry(inode).or_default().insert(block, at);
            }
            node::NAME | node::XATTR_NAME => {
                let (owner, _) = node::key(node)?;
                // 64 bits on the medium, of which Linux uses 32.
                let inode = node.bin.u64(40).ok().and_then(|inode| u32::try_from(inode).ok())?;
                let name = node.bin.slice(56, usize::from(node.bin.u16(50).ok()?)).ok()?;
                let names =
                    if node.kind == node::NAME { &mut self.names } else { &mut self.xattrs };
                let names = names.entry(owner).or_default();
                if inode == 0 {
                    names.remove(name);
                } else {
                    names.insert(name, Name { inode, kind: node.bin.u8(49).ok()? });
                }
            }
            node::TRUNCATION => {
                let inode = node.bin.u32(24).ok()?;
                let size = node.bin.u64(48).ok()?;
                let blocks = u32::try_from(size.div_ceil(node::BLOCK_BYTES as u64)).ok()?;
                if let Some(data) = self.data.get_mut(&inode) {
                    data.split_off(&blocks);
                }
            }
            _ => return None,
        }
        Some(())
    }
}
