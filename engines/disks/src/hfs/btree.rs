//! The leaves of an HFS or HFS+ B-tree, in order.

use duecare_base::Bin;
use duecare_filesystems::tree::Trouble;
use duecare_unpack::Budget;

/// Descriptor at the start of each node, in bytes.
const DESCRIPTOR_BYTES: usize = 14;

/// Kind of a leaf: -1.
const LEAF: u8 = 0xff;

/// Which of the two formats.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Shape {
    /// HFS: lengths of keys in one byte, names in `MacRoman`.
    Old,
    /// HFS+ and HFSX: lengths in two bytes, names in UTF-16.
    Plus,
}

impl Shape {
    pub(super) fn label(self) -> &'static str {
        match self {
            Self::Old => "HFS",
            Self::Plus => "HFS+",
        }
    }
}

/// Keys (without their length) and data of all leaves.
pub(super) struct Records<'a> {
    pub(super) leaves: Vec<(&'a [u8], &'a [u8])>,
    /// What is wrong with the rest.
    pub(super) trouble: Option<Trouble>,
}

impl<'a> Records<'a> {
    /// Follows the chain of leaves.
    ///
    /// # Errors
    /// The header node can't be read.
    pub(super) fn read(bytes: &'a [u8], shape: Shape, budget: &Budget) -> Result<Self, Trouble> {
        let bin = Bin::be(bytes);
        let (first, node_size) = (bin.u32(DESCRIPTOR_BYTES + 10)?, bin.u16(DESCRIPTOR_BYTES + 18)?);
        let node_size = usize::from(node_size);
        if !node_size.is_power_of_two() || node_size < 512 {
            return Err(Trouble::damaged(0, format!("nodes of {node_size} bytes in a B-tree")));
        }
        let mut records = Self { leaves: Vec::new(), trouble: None };
        let mut next = first as usize;
        // A chain that is longer than the file goes in circles.
        for _ in 0..bytes.len() / node_size {
            if next == 0 {
                return Ok(records);
            }
            budget.take_work(node_size)?;
            match records.node(bin, next, node_size, shape) {
                Ok(follows) => next = follows,
                Err(trouble) => {
                    records.trouble = Some(trouble);
                    return Ok(records);
                }
            }
        }
        if next != 0 {
            records.trouble = Some(Trouble::damaged(0, "the leaves of a B-tree go in circles"));
        }
        Ok(records)
    }

    fn node(
        &mut self,
        bin: Bin<'a>,
        index: usize,
        size: usize,
        shape: Shape,
    ) -> Result<usize, Trouble> {
        let at = index.saturating_mul(size);
        let node = Bin::be(bin.slice(at, size)?);
        if node.u8(8)? != LEAF {
            return Err(Trouble::damaged(at, "a node among the leaves of a B-tree is none"));
        }
        let count = usize::from(node.u16(10)?).min(size / 2);
        for record in 0..count {
            let edge = |record: usize| node.u16(size.saturating_sub(2 * (record + 1)));
            let (begin, end) = (usize::from(edge(record)?), usize::from(edge(record + 1)?));
            let Some(bytes) = node.bytes().get(begin..end) else {
                return Err(Trouble::damaged(at, "a record of a B-tree lies outside its node"));
            };
            self.leaves.extend(split(bytes, shape));
        }
        Ok(node.size32(0)?)
    }
}

/// Key and data of a record; data begins at an even offset.
fn split(record: &[u8], shape: Shape) -> Option<(&[u8], &[u8])> {
    let bin = Bin::be(record);
    let (begin, size) = match shape {
        Shape::Old => (1, usize::from(bin.u8(0).ok()?)),
        Shape::Plus => (2, usize::from(bin.u16(0).ok()?)),
    };
    let end = begin + size;
    Some((record.get(begin..end)?, record.get(end.next_multiple_of(2)..)?))
}
