//! How two lists of components differ.

/// How a build's bill of materials and an image differ in one component.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum DifferenceKind {
    /// The bill has it, the image shows no sign of it.
    Missing,
    /// The image has it, the bill does not.
    Extra,
    /// Both have it, in different versions.
    DifferentVersion,
}

impl DifferenceKind {
    /// Every value.
    pub const ALL: &'static [Self] = &[Self::Missing, Self::Extra, Self::DifferentVersion];

    /// The lower-case name used in policies and reports.
    #[must_use]
    pub fn label(self) -> &'static str {
        match self {
            Self::Missing => "missing",
            Self::Extra => "extra",
            Self::DifferentVersion => "different-version",
        }
    }
}
