//! The checks' descriptions: what each check is for, how it works, where it errs, how to fix what
//! it finds. Data, embedded by the program and read by the reports.
//!
//! Left out on purpose: what the checks do. A description without code reports nothing, and a
//! test holds that every check in code has its description.

use duecare_base::Severity;
use serde::Deserialize;
use std::collections::BTreeMap;

/// Largest number that MITRE has given to a weakness so far (CWE 4.18), rounded up to leave room.
const CWE_MAX: u32 = 1600;

/// Longest description file, in bytes; ours take two or three thousand.
const FILE_BYTES_MAX: usize = 64 * 1024;

/// A description could not be taken.
#[derive(Debug, thiserror::Error)]
pub enum PackError {
    /// It is larger than any description should be.
    #[error("{file}: {size} bytes are more than the {FILE_BYTES_MAX} that a check's file may have")]
    TooLarge {
        /// The file.
        file: String,
        /// Its size in bytes.
        size: usize,
    },
    /// It is not TOML, or a field is missing, unknown or of the wrong type.
    #[error("{file}: not a check's description")]
    Format {
        /// The file.
        file: String,
        /// What the TOML reader says.
        #[source]
        source: Box<toml::de::Error>,
    },
    /// A field's value makes no sense.
    #[error("{file}: {field}: {reason}")]
    Field {
        /// The file.
        file: String,
        /// The field.
        field: &'static str,
        /// What is wrong with it.
        reason: String,
    },
}

/// What people are told of a check.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CheckInfo {
    /// Stable name, the same as the file's, kebab case.
    pub id: String,
    /// What it finds, in a few words.
    pub title: String,
    /// How bad what it finds usually is.
    pub severity: Severity,
    /// Numbers in MITRE's Common Weakness Enumeration, the closest first.
    pub cwe: Vec<u32>,
    /// Which allegation of FTC v. D-Link it answers, where it answers one.
    pub ftc: Option<String>,
    /// How it works.
    pub how: String,
    /// What it may report wrongly.
    pub false_positives: String,
    /// What it can't see.
    pub false_negatives: String,
    /// What to do about a finding.
    pub fix: String,
    /// Further reading, `https://` addresses.
    pub references: Vec<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawInfo {
    id: String,
    title: String,
    severity: String,
    cwe: Vec<u32>,
    ftc: Option<String>,
    how: String,
    false_positives: String,
    false_negatives: String,
    fix: String,
    references: Vec<String>,
}

/// All descriptions, by check.
#[derive(Debug, Clone, Default)]
pub struct CheckPack {
    checks: BTreeMap<String, CheckInfo>,
}

impl CheckPack {
    /// Reads descriptions: pairs of a file's name (with or without folders) and its text. A later
    /// description of the same check replaces the earlier one.
    ///
    /// # Errors
    /// The first file that is not a whole and sensible description.
    pub fn parse(files: &[(&str, &str)]) -> Result<Self, PackError> {
        let mut checks = BTreeMap::new();
        for (file, text) in files {
            let info = parse_one(file, text)?;
            checks.insert(info.id.clone(), info);
        }
        Ok(Self { checks })
    }

    /// A check's description.
    #[must_use]
    pub fn get(&self, id: &str) -> Option<&CheckInfo> {
        self.checks.get(id)
    }

    /// All descriptions, sorted by id.
    pub fn iter(&self) -> impl Iterator<Item = &CheckInfo> {
        self.checks.values()
    }

    /// How many checks are described.
    #[must_use]
    pub fn len(&self) -> usize {
        self.checks.len()
    }

    /// Whether none is.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.checks.is_empty()
    }
}

fn parse_one(file: &str, text: &str) -> Result<CheckInfo, PackError> {
    if text.len() > FILE_BYTES_MAX {
        return Err(PackError::TooLarge { file: file.to_owned(), size: text.len() });
    }
    let raw: RawInfo = toml::from_str(text)
        .map_err(|e| PackError::Format { file: file.to_owned(), source: Box::new(e) })?;
    let wrong = |field: &'static str, reason: String| PackError::Field {
        file: file.to_owned(),
        field,
        reason,
    };
    let name = file.rsplit('/').next().unwrap_or(file);
    let stem = name.strip_suffix(".toml").unwrap_or(name);
    if raw.id != stem {
        return Err(wrong("id", format!("\"{}\" is not the file's name", raw.id)));
    }
    if !is_kebab(&raw.id) {
        return Err(wrong("id", "only lower-case letters, digits and single dashes".to_owned()));
    }
    let severity = raw
        .severity
        .parse()
        .map_err(|e: duecare_base::finding::UnknownLabel| wrong("severity", e.to_string()))?;
    if raw.cwe.is_empty() {
        return Err(wrong("cwe", "names no weakness".to_owned()));
    }
    if let Some(number) = raw.cwe.iter().find(|number| **number == 0 || **number > CWE_MAX) {
        return Err(wrong("cwe", format!("there is no CWE-{number}")));
    }
    let texts = [
        ("title", &raw.title),
        ("how", &raw.how),
        ("false_positives", &raw.false_positives),
        ("false_negatives", &raw.false_negatives),
        ("fix", &raw.fix),
    ];
    if let Some((field, _)) = texts.iter().find(|(_, text)| text.trim().is_empty()) {
        return Err(wrong(field, "is empty".to_owned()));
    }
    if raw.ftc.as_ref().is_some_and(|text| text.trim().is_empty()) {
        return Err(wrong("ftc", "is empty; leave it out instead".to_owned()));
    }
    if raw.references.is_empty() {
        return Err(wrong("references", "has none".to_owned()));
    }
    if let Some(other) = raw.references.iter().find(|address| !address.starts_with("https://")) {
        return Err(wrong("references", format!("\"{other}\" is no https address")));
    }
    Ok(CheckInfo {
        id: raw.id,
        title: raw.title.trim().to_owned(),
        severity,
        cwe: raw.cwe,
        ftc: raw.ftc.map(|text| text.trim().to_owned()),
        how: raw.how.trim().to_owned(),
        false_positives: raw.false_positives.trim().to_owned(),
        false_negatives: raw.false_negatives.trim().to_owned(),
        fix: raw.fix.trim().to_owned(),
        references: raw.references,
    })
}

fn is_kebab(id: &str) -> bool {
    !id.is_empty()
        && id.split('-').all(|part| {
            !part.is_empty()
                && part.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit())
        })
}
