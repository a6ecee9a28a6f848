//! The predictor's tables: the next states, and probabilities as log odds and back.
//!
//! Source: as [`super::machine`], section 3.

use super::states::{State, table};

/// Tables that do not depend on the model.
pub(super) struct Tables {
    pub(super) states: Vec<State>,
    pub(super) squash: Vec<i32>,
    pub(super) stretch: Vec<i32>,
}

impl Tables {
    pub(super) fn new() -> Self {
        let squash = (0..4096)
            .map(|x| (32_768.0 / (1.0 + (f64::from(x - 2048) * (-1.0 / 64.0)).exp())) as i32);
        let stretch = (0..32_768).map(|x| {
            let ratio = (f64::from(x) + 0.5) / (32_767.5 - f64::from(x));
            (ratio.ln() * 64.0 + 0.5 + 100_000.0) as i32 - 100_000
        });
        Self { states: table(), squash: squash.collect(), stretch: stretch.collect() }
    }

    /// The probability in 15 bits of a log odds.
    pub(super) fn squash(&self, odds: i32) -> i32 {
        self.squash.get((odds + 2048).clamp(0, 4095) as usize).copied().unwrap_or_default()
    }

    pub(super) fn stretch(&self, probability: i32) -> i32 {
        self.stretch.get(probability.clamp(0, 32_767) as usize).copied().unwrap_or_default()
    }
}
