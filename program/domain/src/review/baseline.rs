//! Whether a baseline is of the same product.

use super::decide::{Outcome, Reason};

/// Names that a baseline must hold for a comparison to say anything.
const COMPARED_MIN: usize = 5;

/// Least share of a baseline's components and files that the next release of a product still has,
/// in percent; makers' products share less with one another.
pub const OVERLAP_PERCENT_MIN: u8 = 30;

/// An earlier report, beside what is reviewed now.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct BaselineFact {
    /// What it is of, for people: image names with the beginning of their digests.
    pub subject: String,
    /// The day that it was decided for, `YYYY-MM-DD`.
    pub as_of: String,
    /// Components and files that it names.
    pub compared: usize,
    /// Those of them that are here too.
    pub shared: usize,
}

impl BaselineFact {
    /// Whether it is known to be of the same product, so that its findings count as known. One
    /// that names too little to tell is not.
    #[must_use]
    pub fn is_of_same_product(&self) -> bool {
        self.overlap_percent().is_some_and(|share| share >= OVERLAP_PERCENT_MIN)
    }

    /// The share of what it names that is here too, in percent; `None` when it names too little to
    /// tell.
    #[must_use]
    pub fn overlap_percent(&self) -> Option<u8> {
        let shared = self.shared.min(self.compared).saturating_mul(100);
        let share = shared.checked_div(self.compared).filter(|_| self.compared >= COMPARED_MIN)?;
        // At most 100 by the first line.
        u8::try_from(share).ok()
    }
}

/// A policy's rule about the baseline.
pub(super) fn judge(
    given: Option<&BaselineFact>,
    overlap_percent_min: u8,
    required: bool,
    reason: &mut Reason,
) {
    let Some(baseline) = given else {
        reason.outcome = if required { Outcome::Incomplete } else { Outcome::NotAsked };
        reason.because.push("no baseline was given".to_owned());
        return;
    };
    let BaselineFact { subject, as_of, compared, shared } = baseline;
    reason.because.push(format!("the baseline is of {subject}, decided for {as_of}"));
    match baseline.overlap_percent() {
        None => {
            reason.outcome = Outcome::Incomplete;
            reason.because.push("it names too little to tell whether it fits".to_owned());
        }
        Some(share) if share < overlap_percent_min => {
            reason.outcome = Outcome::Broken;
            reason.because.push(format!(
                "only {shared} of the {compared} components and files that it names are here: \
                 is it the baseline of another product?"
            ));
        }
        Some(share) => reason.because.push(format!(
            "{share} % of the {compared} components and files that it names are here"
        )),
    }
    if !baseline.is_of_same_product() {
        reason.because.push("so none of its findings is taken as known".to_owned());
    }
}
