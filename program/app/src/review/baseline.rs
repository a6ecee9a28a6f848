//! The findings of an earlier report.

use super::report::SCHEMA;
use serde::Deserialize;
use serde::de::IgnoredAny;
use std::collections::BTreeSet;

/// Why a baseline can't be used.
#[derive(Debug, thiserror::Error)]
pub enum BaselineError {
    /// Not JSON, or no report.
    #[error("it is not a report.json of duecare")]
    Shape(#[source] serde_json::Error),
    /// JSON of another kind.
    #[error("it is {0}, not a report.json of duecare")]
    Other(&'static str),
    /// Another schema or version.
    #[error("its schema is \"{0}\", this version of duecare reads \"{SCHEMA}\"")]
    Schema(String),
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Head {
    schema: Option<String>,
    runs: Option<IgnoredAny>,
    bom_format: Option<IgnoredAny>,
    spdx_version: Option<IgnoredAny>,
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
    let head: Head = serde_json::from_slice(bytes).map_err(BaselineError::Shape)?;
    let other = [
        (head.runs.is_some(), "a SARIF log"),
        (head.bom_format.is_some(), "a CycloneDX bill of materials"),
        (head.spdx_version.is_some(), "an SPDX bill of materials"),
        (head.schema.is_none(), "some other JSON"),
    ];
    if let Some((_, name)) = other.into_iter().find(|(is_so, _)| *is_so) {
        return Err(BaselineError::Other(name));
    }
    let schema = head.schema.unwrap_or_default();
    if schema != SCHEMA {
        return Err(BaselineError::Schema(duecare_base::text::one_line(&schema, 60)));
    }
    let body: Body = serde_json::from_slice(bytes).map_err(BaselineError::Shape)?;
    Ok(body.findings.into_iter().map(|known| known.fingerprint).collect())
}
