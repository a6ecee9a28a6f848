//! The steps of writing, so that a test can fail or kill the process before and after each.

use std::fmt;
use std::io;

/// One step that changes what is stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Step {
    /// A temporary file is created.
    Create,
    /// Bytes are written into it.
    Write,
    /// It is made durable.
    SyncFile,
    /// It gets its final name.
    Rename,
    /// The folder that holds the name is made durable.
    SyncFolder,
    /// A file is removed.
    Remove,
    /// A request that changes something is sent to the object store.
    Request,
}

/// Before or after a step.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum When {
    /// The step has not begun.
    Before,
    /// The step is done, but nobody knows yet.
    After,
}

/// Is told of every step. In production it does nothing; a test returns an error, which the code
/// then treats as the system's own, or ends the process.
pub trait Steps: Send + Sync {
    /// A step is about to begin or has just been done.
    ///
    /// # Errors
    /// Whatever the step should fail with.
    fn at(&self, when: When, step: Step) -> io::Result<()>;
}

/// Lets everything happen.
#[derive(Clone, Copy, Debug, Default)]
pub struct Undisturbed;

impl Steps for Undisturbed {
    fn at(&self, _: When, _: Step) -> io::Result<()> {
        Ok(())
    }
}

impl dyn Steps {
    /// Does one step.
    pub(crate) fn step<T>(
        &self,
        step: Step,
        action: impl FnOnce() -> io::Result<T>,
    ) -> io::Result<T> {
        self.at(When::Before, step)?;
        let value = action()?;
        self.at(When::After, step)?;
        Ok(value)
    }
}

impl fmt::Debug for dyn Steps {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Steps")
    }
}
