//! The findings of an earlier report.

use super::report::SCHEMA;
use serde::Deserialize;
use std::collections::BTreeSet;

/// Why a baseline can't be used.
#[derive(Debug, thiserror::Error)]
pub enum BaselineError {
    /// Not JSON, or no report.
    #[error("not a report of duecare: the problem is at line {line}, column {column}")]
    Shape {
        /// Line, from 1.
        line: usize,
        /// Column, from 1.
        column: usize,
        /// What the JSON reader said.
        #[source]
        source: serde_json::Error,
    },
    /// Another schema or version.
    #[error("its schema is \"{0}\", this version of duecare reads \"{SCHEMA}\"")]
    Schema(String),
}

#[derive(Deserialize)]
struct Head {
    schema: String,
}

#[derive(Deserialize)]
struct Body {
    findings: Vec<Known>,
}

#[derive(Deserialize)]
struct Known {
    fingerprint: String,
}

/// Fingerprints of the findings in a report.
///
/// # Errors
/// [`BaselineError`] when the bytes are no report of this schema.
pub fn read(bytes: &[u8]) -> Result<BTreeSet<String>, BaselineError> {
    let shape = |source: serde_json::Error| BaselineError::Shape {
        line: source.line(),
        column: source.column(),
        source,
    };
    let head: Head = serde_json::from_slice(bytes).map_err(shape)?;
    if head.schema != SCHEMA {
        return Err(BaselineError::Schema(duecare_base::text::one_line(&head.schema, 60)));
    }
    let body: Body = serde_json::from_slice(bytes).map_err(shape)?;
    Ok(body.findings.into_iter().map(|known| known.fingerprint).collect())
}
