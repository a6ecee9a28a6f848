//! Progress of long work, on a terminal only.

use crate::output;
use crate::supervise::TERMINAL_MARK;
use std::cell::Cell;
use std::io::{IsTerminal as _, Write as _};

/// Columns that a line of progress may take.
const COLUMNS_MAX: usize = 78;

/// One line on standard error that is written over and over.
pub(crate) struct Progress {
    shown: bool,
    steps: Cell<usize>,
}

impl Progress {
    pub(crate) fn new(quiet: bool) -> Self {
        let terminal = std::io::stderr().is_terminal() || std::env::var_os(TERMINAL_MARK).is_some();
        Self { shown: !quiet && terminal, steps: Cell::new(0) }
    }

    pub(crate) fn step(&self, text: &str) {
        self.steps.set(self.steps.get() + 1);
        if !self.shown {
            return;
        }
        let line = format!("[{}] {text}", self.steps.get());
        let length = line.chars().count();
        let line = if length > COLUMNS_MAX {
            let tail: String = line.chars().skip(length - COLUMNS_MAX + 1).collect();
            format!("…{tail}")
        } else {
            line
        };
        let mut stderr = std::io::stderr().lock();
        // Progress is a courtesy; a terminal that is gone must not stop the work.
        let _ = write!(stderr, "{}{line}", Self::line_start()).and_then(|()| stderr.flush());
    }
}

impl Progress {
    /// Takes the line away, also one that another process left behind.
    pub(crate) fn clear(&self) {
        if self.shown {
            // As above.
            let _ = write!(std::io::stderr(), "{}", Self::line_start());
        }
    }

    /// What empties the line and goes to its start.
    fn line_start() -> String {
        if output::may_paint() {
            "\r\u{1b}[K".to_owned()
        } else {
            format!("\r{}\r", " ".repeat(COLUMNS_MAX))
        }
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        self.clear();
    }
}
