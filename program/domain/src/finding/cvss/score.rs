//! Scores and their ratings.

use crate::labels::labels;
use duecare_base::Severity;
use std::fmt;

/// A score of 0.0 to 10.0, in tenths.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Score(u8);

labels! {
    /// The qualitative severity rating scale (3.1, section 5; 4.0, section 6).
    Rating, "rating" {
        /// 0.0
        None = "none",
        /// 0.1 to 3.9
        Low = "low",
        /// 4.0 to 6.9
        Medium = "medium",
        /// 7.0 to 8.9
        High = "high",
        /// 9.0 to 10.0
        Critical = "critical",
    }
}

impl Score {
    /// From tenths, cut to 0 to 100.
    pub(super) fn clamped(tenths: i64) -> Self {
        Self(u8::try_from(tenths.clamp(0, 100)).unwrap_or(0))
    }

    /// The score in tenths, 0 to 100.
    #[must_use]
    pub fn tenths(self) -> u8 {
        self.0
    }

    /// The rating.
    #[must_use]
    pub fn rating(self) -> Rating {
        match self.0 {
            0 => Rating::None,
            1..=39 => Rating::Low,
            40..=69 => Rating::Medium,
            70..=89 => Rating::High,
            _ => Rating::Critical,
        }
    }
}

impl fmt::Display for Score {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.0 / 10, self.0 % 10)
    }
}

impl Rating {
    /// The severity that a finding so rated has; what does no harm is worth knowing.
    #[must_use]
    pub fn severity(self) -> Severity {
        match self {
            Self::None => Severity::Info,
            Self::Low => Severity::Low,
            Self::Medium => Severity::Medium,
            Self::High => Severity::High,
            Self::Critical => Severity::Critical,
        }
    }
}
