//! How a use case fails. Every expected failure has a stable public code.

use duecare_domain::access::Denied;
use duecare_store::StoreError;

/// A failure of a use case.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The person or token may not do it.
    #[error(transparent)]
    Denied(#[from] Denied),
    /// There is no such thing, or the person may not see it: the two are not told apart.
    #[error("there is no {noun} {name:?} that you can see")]
    NotFound {
        /// What was looked for.
        noun: &'static str,
        /// How it was named.
        name: String,
    },
    /// Something given can't be used.
    #[error("{field}: {fault}")]
    Invalid {
        /// Which field.
        field: &'static str,
        /// What is wrong, and what would be right.
        fault: String,
    },
    /// There is one already.
    #[error("there is a {noun} with this {field} already")]
    Taken {
        /// What there is.
        noun: &'static str,
        /// What must be different.
        field: &'static str,
    },
    /// Somebody else has changed it in the meantime.
    #[error("the {noun} was changed by somebody else in the meantime: look at it again")]
    Changed {
        /// What was changed.
        noun: &'static str,
    },
    /// The database.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The bytes.
    #[error(transparent)]
    Blobs(#[from] duecare_blobs::Error),
    /// An event could not be written down: a fault of ours.
    #[error("the evidence could not be written down")]
    Event(#[from] serde_json::Error),
}

/// Every code that [`Error::code`] gives, in order.
pub const CODES: &[&str] = &[
    "changed",
    "denied",
    "internal",
    "invalid",
    "not-found",
    "storage-full",
    "taken",
    "unavailable",
];

impl Error {
    /// The stable public code.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::Denied(_) => "denied",
            Self::NotFound { .. } => "not-found",
            Self::Invalid { .. } => "invalid",
            Self::Taken { .. } => "taken",
            Self::Changed { .. } => "changed",
            Self::Store(StoreError::Full | StoreError::ReadOnly) => "storage-full",
            Self::Blobs(error) if error.is_full() => "storage-full",
            Self::Store(StoreError::Open { .. } | StoreError::Closed | StoreError::Unknown(_)) => {
                "unavailable"
            }
            Self::Store(_) | Self::Blobs(_) | Self::Event(_) => "internal",
        }
    }

    /// Whether it is a fault of ours or of the machine: logged in full, answered blankly.
    #[must_use]
    pub fn is_ours(&self) -> bool {
        matches!(self.code(), "internal")
    }
}
