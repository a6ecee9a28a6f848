//! What one unpacking may use. Work is counted, never timed, so that a busy machine changes nothing.

use std::cell::Cell;

/// Memory that an entry of a file system or archive takes beside its content and a path of usual
/// length, in bytes: the entry itself, and its share of lists and look-up tables.
const NODE_BYTES: usize = 320;

/// Limits on one unpacking, all of them a policy of the person who runs it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Limits {
    /// Bytes that may be decoded and kept in memory, over all layers, with what decoders need
    /// meanwhile: dictionaries, windows, models.
    pub memory_bytes_max: u64,
    /// File-system and archive entries, over all layers.
    pub nodes_max: u64,
    /// Layers, over the whole image.
    pub layers_max: u32,
    /// Layers inside layers.
    pub depth_max: u32,
    /// Bytes that formats may look at while they are tried, over all layers, whatever the size of
    /// the image: stops inputs made of nothing but magics. Enough for the dearest kinds of archive
    /// (keys of passwords count 256 MiB each, models of ZPAQ four times their size).
    pub work_bytes_max: u64,
    /// What each byte of the image adds to that.
    pub work_per_byte: u64,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            memory_bytes_max: 1 << 30,
            nodes_max: 1_000_000,
            layers_max: 20_000,
            depth_max: 24,
            work_bytes_max: 16 << 30,
            work_per_byte: 1024,
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

/// What [`LimitReached`] calls memory.
const MEMORY: &str = "bytes of unpacked content";

impl LimitReached {
    /// Whether the limit of memory was reached.
    #[must_use]
    pub fn is_memory(&self) -> bool {
        self.what == MEMORY
    }
}

/// What is left of the limits. One per unpacking, shared by everything that takes part.
#[derive(Debug)]
pub struct Budget {
    limits: Limits,
    memory: Cell<u64>,
    nodes: Cell<u64>,
    layers: Cell<u32>,
    work: Cell<u64>,
    work_max: u64,
}

/// Memory that is used for a while, given back when this is dropped.
#[derive(Debug)]
#[must_use = "the memory is given back at once"]
pub struct Loan<'a> {
    budget: &'a Budget,
    bytes: u64,
}

impl Drop for Loan<'_> {
    fn drop(&mut self) {
        let memory = &self.budget.memory;
        memory.set(memory.get().saturating_add(self.bytes));
    }
}

impl Budget {
    /// A fresh budget for an image of no size; see [`Budget::for_image`].
    #[must_use]
    pub fn new(limits: Limits) -> Self {
        Self::for_image(limits, 0)
    }

    /// A fresh budget for an image of `image_bytes`.
    #[must_use]
    pub fn for_image(limits: Limits, image_bytes: usize) -> Self {
        let scaled = limits.work_per_byte.saturating_mul(image_bytes as u64);
        let work_max = limits.work_bytes_max.saturating_add(scaled);
        Self {
            memory: Cell::new(limits.memory_bytes_max),
            nodes: Cell::new(limits.nodes_max),
            layers: Cell::new(limits.layers_max),
            work: Cell::new(work_max),
            work_max,
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
        take(&self.memory, bytes as u64, MEMORY, self.limits.memory_bytes_max)
    }

    /// Takes memory for as long as the loan is kept: dictionaries, windows, models, tables.
    pub fn lend_memory(&self, bytes: usize) -> Result<Loan<'_>, LimitReached> {
        self.take_memory(bytes)?;
        Ok(Loan { budget: self, bytes: bytes as u64 })
    }

    /// How many bytes of memory were taken and not given back.
    #[must_use]
    pub fn memory_taken(&self) -> u64 {
        self.limits.memory_bytes_max.saturating_sub(self.memory.get())
    }

    /// Takes one entry of a file system or archive, and memory for it.
    pub fn take_node(&self) -> Result<(), LimitReached> {
        take(&self.nodes, 1, "file entries", self.limits.nodes_max)?;
        self.take_memory(NODE_BYTES)
    }

    /// Counts `bytes` of work that are not kept.
    pub fn take_work(&self, bytes: usize) -> Result<(), LimitReached> {
        take(&self.work, bytes as u64, "bytes of work", self.work_max)
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn loans_come_back_and_work_grows_with_the_image() {
        let limits = Limits { memory_bytes_max: 100, ..Limits::default() };
        let budget = Budget::new(limits);
        budget.take_memory(30).unwrap();
        {
            let loan = budget.lend_memory(60).unwrap();
            assert_eq!((budget.memory_left(), budget.memory_taken()), (10, 90));
            assert!(budget.lend_memory(11).is_err());
            drop(loan);
        }
        assert_eq!((budget.memory_left(), budget.memory_taken()), (70, 30));
        let limits = || Limits { work_bytes_max: 10, work_per_byte: 2, ..Limits::default() };
        assert!(Budget::new(limits()).take_work(11).is_err());
        let scaled = Budget::for_image(limits(), 5);
        scaled.take_work(20).unwrap();
        assert_eq!(scaled.take_work(1).unwrap_err().max, 20);
    }
}
