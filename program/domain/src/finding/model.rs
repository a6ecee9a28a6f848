//! What a finding is.

use super::cvss::Vector;
use super::ssvc::Points;
use crate::id::{FindingId, ProductId};
use crate::labels::labels;
use crate::text::text_type;
use crate::time::Time;
use duecare_base::{CheckId, Confidence, Digest, Location, Severity};
use std::fmt;
use std::str::FromStr;

labels! {
    /// How a finding became known.
    Source, "source" {
        /// A review of ours.
        Review = "review",
        /// An analyser's results that were brought in.
        Import = "import",
        /// A person entered it.
        Person = "person",
        /// A researcher or customer reported it.
        Report = "report",
        /// It was published about a component.
        Advisory = "advisory",
    }
}

text_type!(
    /// A finding in one line, for lists.
    Title, "title", One, 240
);

/// A kind of weakness by its number in MITRE's Common Weakness Enumeration.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Cwe(u32);

/// The text names no CWE.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("\"{0}\" is no weakness; write it as CWE-787")]
pub struct CweError(String);

impl Cwe {
    /// The kind with this number; numbers begin at 1.
    #[must_use]
    pub fn new(number: u32) -> Option<Self> {
        (1..=99_999).contains(&number).then_some(Self(number))
    }

    /// The number.
    #[must_use]
    pub fn number(self) -> u32 {
        self.0
    }
}

impl fmt::Display for Cwe {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "CWE-{}", self.0)
    }
}

/// `CWE-787`, in letters of any case, with or without leading zeros.
impl FromStr for Cwe {
    type Err = CweError;

    fn from_str(text: &str) -> Result<Self, CweError> {
        let digits = text.split_at_checked(4).filter(|(head, _)| head.eq_ignore_ascii_case("CWE-"));
        digits
            .filter(|(_, digits)| digits.bytes().all(|byte| byte.is_ascii_digit()))
            .and_then(|(_, digits)| digits.parse().ok())
            .and_then(Self::new)
            .ok_or_else(|| CweError(duecare_base::text::one_line(text, 40)))
    }
}

/// A weakness of a product, one across scans and releases.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// Its id.
    pub id: FindingId,
    /// Of which product.
    pub product: ProductId,
    /// Its identity in the product: see [`duecare_base::Finding::fingerprint`].
    pub fingerprint: Digest,
    /// How it became known.
    pub source: Source,
    /// What reports it: a check of ours or an analyser's rule.
    pub check: CheckId,
    /// What tells it from others of the check in the same file.
    pub key: String,
    /// What it is, in one line.
    pub title: Title,
    /// Where it stood when it was last seen; empty when it has no place.
    pub location: Location,
    /// Its kinds of weakness, sorted.
    pub weaknesses: Vec<Cwe>,
    /// How bad the check says it is.
    pub severity: Severity,
    /// How sure the check is.
    pub confidence: Confidence,
    /// How bad a person says it is, by CVSS.
    pub cvss: Option<Vector>,
    /// How urgent a person says it is, by SSVC.
    pub ssvc: Option<Points>,
    /// What it looked like when it was last seen.
    pub content: Digest,
    /// When somebody, or the program, first knew of it.
    pub known_at: Time,
}

impl Finding {
    /// What a finding looks like to somebody who judges it: its message and the lines that show
    /// it, without their places, so that a moved line changes nothing.
    #[must_use]
    pub fn content<'a>(message: &str, shown: impl IntoIterator<Item = &'a str>) -> Digest {
        let squeezed = |text: &str| text.split_whitespace().collect::<Vec<_>>().join(" ");
        let mut fields = vec!["duecare-content-v1".to_owned(), squeezed(message)];
        fields.extend(shown.into_iter().map(squeezed));
        let fields: Vec<&[u8]> = fields.iter().map(String::as_bytes).collect();
        Digest::of_fields(&fields)
    }

    /// How bad it is: what a person's CVSS vector says, or else the check.
    #[must_use]
    pub fn rated(&self) -> Severity {
        self.cvss.as_ref().map_or(self.severity, |vector| vector.score().rating().severity())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn weaknesses_by_number() {
        for good in ["CWE-787", "cwe-787", "CWE-00787"] {
            assert_eq!(good.parse::<Cwe>().unwrap().to_string(), "CWE-787");
        }
        for bad in ["", "787", "CWE-", "CWE-0", "CWE-+7", "CWE-1234567", "CWE787", "ÇWE-7"] {
            assert!(bad.parse::<Cwe>().is_err(), "{bad}");
        }
    }

    #[test]
    fn content_is_what_is_shown() {
        let before = Finding::content("telnetd runs", ["  telnetd -l /bin/sh"]);
        assert_eq!(before, Finding::content("telnetd  runs", ["telnetd -l /bin/sh\n"]));
        assert_ne!(before, Finding::content("telnetd runs", ["telnetd -l /bin/login"]));
        assert_ne!(before, Finding::content("telnetd runs telnetd -l /bin/sh", []));
    }
}
