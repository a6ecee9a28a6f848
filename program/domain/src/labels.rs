//! Closed lists of words: an enum, its labels, and the way back from a label.

/// A word that is none of the known values.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("unknown {noun} \"{label}\", expected one of: {expected}")]
pub struct UnknownLabel {
    /// What the word should have named, for people.
    pub(crate) noun: &'static str,
    /// The word, shortened to one line.
    pub(crate) label: String,
    /// Every word that would do.
    pub(crate) expected: String,
}

/// Declares an enum whose values have stable lower-case names, used in the database, the API and
/// the evidence: never change one, add another.
macro_rules! labels {
    ($(#[$doc:meta])* $name:ident, $noun:literal {
        $($(#[$vdoc:meta])* $variant:ident = $text:literal),+ $(,)?
    }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum $name { $($(#[$vdoc])* $variant),+ }

        impl $name {
            /// Every value, in order.
            pub const ALL: &'static [Self] = &[$(Self::$variant),+];

            /// The stable lower-case name.
            #[must_use]
            pub const fn label(self) -> &'static str {
                match self { $(Self::$variant => $text),+ }
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.pad(self.label())
            }
        }

        impl std::str::FromStr for $name {
            type Err = $crate::labels::UnknownLabel;

            fn from_str(text: &str) -> Result<Self, Self::Err> {
                Self::ALL.iter().copied().find(|value| value.label() == text).ok_or_else(|| {
                    $crate::labels::UnknownLabel {
                        noun: $noun,
                        label: duecare_base::text::one_line(text, 40),
                        expected: Self::ALL
                            .iter()
                            .map(|value| value.label())
                            .collect::<Vec<_>>()
                            .join(", "),
                    }
                })
            }
        }
    };
}

pub(crate) use labels;
