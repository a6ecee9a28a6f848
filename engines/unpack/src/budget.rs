//! What one unpacking may use. Work is counted, never timed, so that a busy machine changes nothing.

use std::cell::Cell;

/// Limits on one unpacking, all of them a policy of the person who runs it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Limits {
    /// Bytes that may be decoded and kept in memory, over all layers.
    pub memory_bytes_max: u64,
    /// File-system and archive entries, over all layers.
    pub nodes_max: u64,
    /// Layers, over the whole image.
    pub layers_max: u32,
    /// Layers inside layers.
    pub depth_max: u32,
    /// Bytes that formats may look at while they are tried, over all layers: stops inputs
    /// made of nothing but magics.
    pub work_bytes_max: u64,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            memory_bytes_max: 1 << 30,
            nodes_max: 1_000_000,
            layers_max: 20_000,
            depth_max: 24,
            work_bytes_max: 64 << 30,
        }
    }
}

/// A limit was reached; unpacking goes on without what it stopped.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("stopped at the limit of {max} {what}")]
pub struct LimitReached {
    /// What is limited, as people call it.
    pub what: &'static str,
    /// The limit.
    pub max: u64,
}

/// What is left of the limits. One per unpacking, shared by everything that takes part.
#[derive(Debug)]
pub struct Budget {
    limits: Limits,
    memory: Cell<u64>,
    nodes: Cell<u64>,
    layers: Cell<u32>,
    work: Cell<u64>,
}

impl Budget {
    /// A fresh budget.
    #[must_use]
    pub fn new(limits: Limits) -> Self {
        Self {
            memory: Cell::new(limits.memory_bytes_max),
            nodes: Cell::new(limits.nodes_max),
            layers: Cell::new(limits.layers_max),
            work: Cell::new(limits.work_bytes_max),
            limits,
        }
    }

    /// The limits that this budget began with.
    #[must_use]
    pub fn limits(&self) -> &Limits {
        &self.limits
    }

    /// How many more bytes may be decoded. Use it as `size_max` of a decoder.
    #[must_use]
    pub fn memory_left(&self) -> usize {
        usize::try_from(self.memory.get()).unwrap_or(usize::MAX)
    }

    /// Takes memory for `bytes` decoded bytes that are kept.
    pub fn take_memory(&self, bytes: usize) -> Result<(), LimitReached> {
        take(&self.memory, bytes as u64, "bytes of unpacked content", self.limits.memory_bytes_max)
    }

    /// Takes one entry of a file system or archive.
    pub fn take_node(&self) -> Result<(), LimitReached> {
        take(&self.nodes, 1, "file entries", self.limits.nodes_max)
    }

    /// Counts `bytes` of work that are not kept.
    pub fn take_work(&self, bytes: usize) -> Result<(), LimitReached> {
        take(&self.work, bytes as u64, "bytes of work", self.limits.work_bytes_max)
    }

    pub(crate) fn take_layer(&self) -> Result<(), LimitReached> {
        let left = self.layers.get();
        let max = self.limits.layers_max;
        self.layers
            .set(left.checked_sub(1).ok_or(LimitReached { what: "layers", max: u64::from(max) })?);
        Ok(())
    }
}

fn take(cell: &Cell<u64>, amount: u64, what: &'static str, max: u64) -> Result<(), LimitReached> {
    match cell.get().checked_sub(amount) {
        Some(left) => {
            cell.set(left);
            Ok(())
        }
        None => Err(LimitReached { what, max }),
    }
}
