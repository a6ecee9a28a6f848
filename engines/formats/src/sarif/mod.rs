//! SARIF 2.1.0 (OASIS standard, Errata 01): static-analysis results, read from any tool and written.

mod read;
mod write;

pub use read::{ImportedResult, ImportedRun, SarifError, read};
pub use write::{SarifAbsent, SarifDocument, SarifResult, SarifRule, SarifState, write};
