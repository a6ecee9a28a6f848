//! Whether a firmware image may ship: a policy, the evidence of a review, and the verdict.
//!
//! [`decide`] is a function of its arguments alone. It gives a reason for every rule of the
//! policy, met or not, because an assessor asks for both.

mod baseline;
mod bill;
mod coverage;
mod decide;
mod evidence;
mod glob;
mod policy;
mod source;

pub use baseline::{BaselineFact, OVERLAP_PERCENT_MIN};
pub use decide::{Decision, Outcome, Reason, Verdict, decide};
pub use evidence::{
    AnalyserRun, AnalyserState, BillFact, ComponentFact, CoverageFact, DifferenceFact, EarlierFact,
    FindingFact, RegionFact, ReviewEvidence,
};
pub use glob::matches as glob_matches;
pub use policy::{
    BillRule, ComponentMatch, Condition, CoverageFloor, ENCRYPTED_PERMILLE_CEILING,
    EXPLAINED_PERMILLE_FLOOR, Exception, FindingMatch, Policy, PolicyError, Rule, SourceFloor,
    UNKNOWN_BYTES_MAX, UNKNOWN_REGION_BYTES_MAX,
};
pub use source::{LanguageAnalyser, LanguageFact, LanguageState};
