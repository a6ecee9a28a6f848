//! What a review found out, as far as a policy can ask for it.

use super::baseline::BaselineFact;
use super::source::LanguageFact;
use duecare_base::{Confidence, DifferenceKind, Digest, Severity};
use std::collections::BTreeSet;

/// A finding, as far as a policy can ask for it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FindingFact {
    /// Its identity across releases.
    pub fingerprint: Digest,
    /// The check that reports it.
    pub check: String,
    /// How bad.
    pub severity: Severity,
    /// How sure.
    pub confidence: Confidence,
    /// Path inside the innermost layer.
    pub path: String,
    /// How the baseline had it; `None` where it did not, or where none is applied.
    pub earlier: Option<EarlierFact>,
    /// The tool that reported it was told in the source to keep quiet about it.
    pub suppressed: bool,
}

/// How an earlier report judged a finding.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct EarlierFact {
    /// How bad it was.
    pub severity: Severity,
    /// How sure it was.
    pub confidence: Confidence,
}

impl FindingFact {
    /// Whether the baseline has it, but less bad or less sure than now.
    #[must_use]
    pub fn is_escalated(&self) -> bool {
        self.earlier.is_some_and(|earlier| {
            earlier.severity < self.severity || earlier.confidence < self.confidence
        })
    }
}

/// A component, as far as a policy can ask for it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ComponentFact {
    /// Its id first, then the other names that it goes by.
    pub names: Vec<String>,
    /// Version, where known.
    pub version: Option<String>,
    /// How sure, in percent.
    pub confidence_percent: u8,
}

/// What was seen of one image.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CoverageFact {
    /// The image's name.
    pub image: String,
    /// Explained bytes among those that are not padding, in tenths of a percent.
    pub explained_permille: u32,
    /// Encrypted bytes among those that are not padding, in tenths of a percent.
    pub encrypted_permille: u32,
    /// A Linux root file system was found, or firmware of a microcontroller, which has none.
    pub system_found: bool,
    /// It is firmware of a microcontroller, whose code no check reads.
    pub microcontroller: bool,
    /// Formats of what lies outermost in it, once each.
    pub formats: Vec<String>,
    /// Unknown and encrypted bytes.
    pub unexplained_bytes: u64,
    /// The stretches that no format explains, largest first.
    pub unexplained: Vec<RegionFact>,
    /// What was not seen and may hide something, each with the reason: parts of layers, and files
    /// that a check gave up on.
    pub incomplete: Vec<String>,
    /// What the checks can't look at by their nature, for people.
    pub stated: Vec<String>,
}

/// A stretch that no format explains.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RegionFact {
    /// Layer, part and offset, for people.
    pub place: String,
    /// Its size in bytes.
    pub bytes: u64,
}

/// How an analyser of source fared.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum AnalyserState {
    /// It ran over what it is made for.
    Ran,
    /// Its results came in as a SARIF file.
    Imported,
    /// A SARIF file says that it ran, but shows nothing that it read of the source.
    Claimed,
    /// It is installed, but the source holds nothing for it.
    NothingToDo,
    /// It was not asked to, or is not allowed to.
    NotStarted,
    /// It is not installed.
    Missing,
    /// It read part of what it is made for, and failed or was stopped at a limit.
    Cut,
    /// It was started and gave nothing.
    Failed,
}

impl AnalyserState {
    /// Every value.
    pub const ALL: &'static [Self] = &[
        Self::Ran,
        Self::Imported,
        Self::Claimed,
        Self::NothingToDo,
        Self::NotStarted,
        Self::Missing,
        Self::Cut,
        Self::Failed,
    ];

    /// The lower-case name used in reports.
    #[must_use]
    pub fn label(self) -> &'static str {
        match self {
            Self::Ran => "ran",
            Self::Imported => "imported",
            Self::Claimed => "claimed only",
            Self::NothingToDo => "nothing to do",
            Self::NotStarted => "not started",
            Self::Missing => "not installed",
            Self::Cut => "cut short",
            Self::Failed => "failed",
        }
    }

    /// Whether it looked at the source, in part at least.
    #[must_use]
    pub fn looked(self) -> bool {
        matches!(self, Self::Ran | Self::Imported | Self::Cut)
    }

    /// Whether it was started and is not known to have got to the end.
    #[must_use]
    pub fn fell_short(self) -> bool {
        matches!(self, Self::Claimed | Self::Cut | Self::Failed)
    }
}

/// An analyser and how it fared.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AnalyserRun {
    /// Its name, lower case: `cppcheck`.
    pub name: String,
    /// How it fared.
    pub state: AnalyserState,
    /// Why it is in this state, where told.
    pub detail: Option<String>,
}

/// One difference.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DifferenceFact {
    /// What sort.
    pub kind: DifferenceKind,
    /// The component, with both versions, for people.
    pub text: String,
}

/// How the build's bill of materials and the images compare.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct BillFact {
    /// Components in the bill.
    pub components: usize,
    /// Those of them that the images have in the same version.
    pub agreeing: usize,
    /// Those of them that the images have, where one side tells no version.
    pub unversioned: usize,
    /// Components in the images.
    pub image_components: usize,
    /// Where they differ.
    pub differences: Vec<DifferenceFact>,
}

/// Everything that a policy can ask for.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ReviewEvidence {
    /// Findings of all images, the source drop and the app.
    pub findings: Vec<FindingFact>,
    /// Components of all images.
    pub components: Vec<ComponentFact>,
    /// Every name that a component can have: those of the images and those that can be recognised.
    pub component_names: BTreeSet<String>,
    /// One for each image.
    pub coverage: Vec<CoverageFact>,
    /// Every analyser that is known, run or not.
    pub analysers: Vec<AnalyserRun>,
    /// Whether a source drop was given.
    pub source_given: bool,
    /// What the source drop is written in, and who looked at it.
    pub languages: Vec<LanguageFact>,
    /// The build's bill beside the images; `None` when no bill was given.
    pub bill: Option<BillFact>,
    /// The earlier report; `None` when none was given.
    pub baseline: Option<BaselineFact>,
}
