//! Words of the report that stand for no type of another floor.

/// What a file that was given is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum InputKind {
    /// A firmware image.
    Image,
    /// A source drop.
    Source,
    /// A companion app.
    App,
    /// The build's bill of materials.
    Bill,
    /// Results of another analyser.
    Sarif,
    /// An earlier report.
    Baseline,
}

impl InputKind {
    /// Every value.
    pub const ALL: &'static [Self] =
        &[Self::Image, Self::Source, Self::App, Self::Bill, Self::Sarif, Self::Baseline];

    /// The lower-case name used in reports.
    #[must_use]
    pub fn label(self) -> &'static str {
        match self {
            Self::Image => "image",
            Self::Source => "source",
            Self::App => "app",
            Self::Bill => "bill",
            Self::Sarif => "sarif",
            Self::Baseline => "baseline",
        }
    }
}

/// How a finding stands to the baseline.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FindingState {
    /// Not in it, or there is none.
    New,
    /// In it too.
    Known,
    /// In it too, but less bad or less sure.
    Escalated,
}

impl FindingState {
    /// Every value.
    pub const ALL: &'static [Self] = &[Self::New, Self::Known, Self::Escalated];

    /// The lower-case name used in reports.
    #[must_use]
    pub fn label(self) -> &'static str {
        match self {
            Self::New => "new",
            Self::Known => "known",
            Self::Escalated => "escalated",
        }
    }
}
