//! What a check reports: a weakness at a place, with its evidence.

use crate::Digest;
use std::borrow::Cow;
use std::fmt;
use std::str::FromStr;

/// The stable public name of a check, for example `credential-elf-literal`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct CheckId(Cow<'static, str>);

impl CheckId {
    /// A check known at compile time.
    #[must_use]
    pub const fn new(id: &'static str) -> Self {
        Self(Cow::Borrowed(id))
    }

    /// A check named by outside data (an imported SARIF rule, a user's pack).
    #[must_use]
    pub fn from_outside(id: &str) -> Self {
        Self(Cow::Owned(crate::text::one_line(id, 200)))
    }

    /// The name.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for CheckId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

macro_rules! ranked {
    ($(#[$doc:meta])* $name:ident { $($(#[$vdoc:meta])* $variant:ident = $text:literal),+ $(,)? }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum $name { $($(#[$vdoc])* $variant),+ }

        impl $name {
            /// Every value, lowest first.
            pub const ALL: &'static [Self] = &[$(Self::$variant),+];

            /// The lower-case name used in files and reports.
            #[must_use]
            pub const fn label(self) -> &'static str {
                match self { $(Self::$variant => $text),+ }
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.pad(self.label())
            }
        }

        impl FromStr for $name {
            type Err = UnknownLabel;

            fn from_str(text: &str) -> Result<Self, UnknownLabel> {
                Self::ALL
                    .iter()
                    .copied()
                    .find(|value| value.label() == text)
                    .ok_or_else(|| UnknownLabel {
                        label: text.to_owned(),
                        expected: Self::ALL.iter().map(|v| v.label()).collect::<Vec<_>>().join(", "),
                    })
            }
        }
    };
}

/// A word that is none of the known values.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("unknown value \"{label}\", expected one of: {expected}")]
pub struct UnknownLabel {
    label: String,
    expected: String,
}

ranked! {
    /// How bad a weakness is where it is reachable.
    Severity {
        /// Worth knowing; no weakness by itself.
        Info = "info",
        /// Hardening that is missing.
        Low = "low",
        /// Exploitable together with something else.
        Medium = "medium",
        /// Exploitable by somebody near or with an account.
        High = "high",
        /// Exploitable by anybody who can reach the device.
        Critical = "critical",
    }
}

ranked! {
    /// How sure the check is that the weakness is real.
    Confidence {
        /// A hint that a person must look at.
        Low = "low",
        /// Likely; known false positives exist.
        Medium = "medium",
        /// Shown by the bytes themselves.
        High = "high",
    }
}

/// Where something stands: a chain of layers, a path in the innermost one, a line or an offset.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Location {
    /// Layer chain, for example `camera.bin/trx@0x0/part1/squashfs@0x0`; `source` for a source drop.
    pub layer: String,
    /// Path inside the innermost layer, beginning with `/`; empty when the layer itself is meant.
    pub path: String,
    /// First line, counted from 1, in text.
    pub line: Option<u32>,
    /// Byte offset in the file or layer, in anything else.
    pub offset: Option<u64>,
    /// Function or symbol, where one is known.
    pub symbol: Option<String>,
}

impl Location {
    /// A whole file.
    #[must_use]
    pub fn file(layer: &str, path: &str) -> Self {
        Self { layer: layer.to_owned(), path: path.to_owned(), ..Self::default() }
    }

    /// A line of a text file, counted from 1.
    #[must_use]
    pub fn line(layer: &str, path: &str, line: u32) -> Self {
        Self { line: Some(line), ..Self::file(layer, path) }
    }

    /// A byte offset of a file.
    #[must_use]
    pub fn offset(layer: &str, path: &str, offset: u64) -> Self {
        Self { offset: Some(offset), ..Self::file(layer, path) }
    }
}

impl fmt::Display for Location {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}{}", self.layer, self.path)?;
        if let Some(line) = self.line {
            write!(f, ":{line}")?;
        } else if let Some(offset) = self.offset {
            write!(f, "+{offset:#x}")?;
        }
        if let Some(symbol) = &self.symbol {
            write!(f, " ({symbol})")?;
        }
        Ok(())
    }
}

/// A step of the proof: what stands where. Text is masked before it gets here.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Evidence {
    /// Where.
    pub location: Location,
    /// What stands there, one line, secrets masked.
    pub text: String,
}

/// A weakness that a check found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// The check that reports it.
    pub check: CheckId,
    /// How bad; starts as the check's own severity and may be raised or lowered by what was seen.
    pub severity: Severity,
    /// How sure.
    pub confidence: Confidence,
    /// One sentence about this instance for people, lower case, secrets masked.
    pub message: String,
    /// Where it stands.
    pub location: Location,
    /// What shows it: the line itself first, then the steps that led there.
    pub evidence: Vec<Evidence>,
    /// What tells this instance from others of the same check in the same file, free of line
    /// numbers, offsets, versions and secrets: a user name, a function, a command's text.
    pub key: String,
}

impl Finding {
    /// A finding at a place, with no evidence beside the place itself.
    pub fn new(
        check: CheckId,
        severity: Severity,
        confidence: Confidence,
        location: Location,
        key: impl Into<String>,
        message: impl Into<String>,
    ) -> Self {
        Self {
            check,
            severity,
            confidence,
            message: message.into(),
            location,
            evidence: Vec::new(),
            key: key.into(),
        }
    }

    /// Adds a step of the proof at the finding's own place.
    #[must_use]
    pub fn with_snippet(mut self, text: &str) -> Self {
        let text = crate::text::one_line(text, crate::text::SNIPPET_CHARS_MAX);
        self.evidence.push(Evidence { location: self.location.clone(), text });
        self
    }

    /// Adds a step of the proof somewhere else.
    #[must_use]
    pub fn with_evidence(mut self, location: Location, text: &str) -> Self {
        let text = crate::text::one_line(text, crate::text::SNIPPET_CHARS_MAX);
        self.evidence.push(Evidence { location, text });
        self
    }

    /// The identity that survives releases: check, path and key, not line, offset or layer chain.
    #[must_use]
    pub fn fingerprint(&self) -> Digest {
        Digest::of_fields(&[
            b"duecare-finding-v1",
            self.check.as_str().as_bytes(),
            self.location.path.as_bytes(),
            self.key.as_bytes(),
        ])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_moved_line_is_the_same_finding() {
        let at = |layer: &str, line| {
            Finding::new(
                CheckId::new("service-telnet"),
                Severity::High,
                Confidence::High,
                Location::line(layer, "/etc/init.d/rcS", line),
                "telnetd",
                "telnet runs at boot",
            )
        };
        assert_eq!(at("a.bin/trx@0x0", 3).fingerprint(), at("b.bin/trx@0x20", 9).fingerprint());
        assert_eq!(at("a", 3).location.to_string(), "a/etc/init.d/rcS:3");
    }

    #[test]
    fn labels_round_trip() {
        for severity in Severity::ALL {
            assert_eq!(severity.label().parse::<Severity>().unwrap(), *severity);
        }
        assert!("bad".parse::<Confidence>().is_err());
    }
}
