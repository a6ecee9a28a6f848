//! A vector of either version.

use super::score::Score;
use super::{V4, V31};
use std::fmt;
use std::str::FromStr;

/// Longest vector that is read, in bytes: all metrics of 4.0 are 210.
const VECTOR_BYTES_MAX: usize = 256;

/// A CVSS vector.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Vector {
    /// Of version 3.1.
    V31(V31),
    /// Of version 4.0.
    V4(V4),
}

/// Why a text is no vector.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum VectorError {
    /// Another version, or none.
    #[error("a CVSS vector begins with CVSS:3.1/ or CVSS:4.0/")]
    Version,
    /// Longer than any vector.
    #[error("it is longer than any CVSS vector ({VECTOR_BYTES_MAX} bytes)")]
    TooLong,
    /// No metric with its value.
    #[error("\"{0}\" is no metric of this version with a value that it takes")]
    Unknown(String),
    /// A metric is given twice.
    #[error("{0} is given twice")]
    Twice(&'static str),
    /// A metric stands behind a later one.
    #[error("{0} must stand further in front")]
    Order(&'static str),
    /// A base metric is left out.
    #[error("{0} is missing")]
    Missing(&'static str),
}

impl Vector {
    /// The score with everything that the vector says.
    #[must_use]
    pub fn score(&self) -> Score {
        match self {
            Self::V31(vector) => vector.score(),
            Self::V4(vector) => vector.score(),
        }
    }

    /// The score of the base metrics alone.
    #[must_use]
    pub fn base(&self) -> Score {
        match self {
            Self::V31(vector) => vector.base(),
            Self::V4(vector) => vector.base(),
        }
    }
}

impl fmt::Display for Vector {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::V31(vector) => vector.fmt(f),
            Self::V4(vector) => vector.fmt(f),
        }
    }
}

impl FromStr for Vector {
    type Err = VectorError;

    fn from_str(text: &str) -> Result<Self, VectorError> {
        if text.len() > VECTOR_BYTES_MAX {
            Err(VectorError::TooLong)
        } else if text.starts_with("CVSS:4.0/") {
            V4::parse(text).map(Self::V4)
        } else {
            V31::parse(text).map(Self::V31)
        }
    }
}
