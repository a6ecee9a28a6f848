//! A policy's rule about the build's bill of materials.

use super::decide::{Outcome, Reason};
use super::evidence::BillFact;
use super::policy::BillRule;
use duecare_base::DifferenceKind;

/// Share of a bill's components that an image must have at least, in percent; fewer is the bill of
/// another product.
const BILL_AGREEING_PERCENT_MIN: usize = 10;

pub(super) fn judge(given: Option<&BillFact>, rule: &BillRule, reason: &mut Reason) {
    let BillRule { kinds, extra_percent_max, required } = rule;
    let Some(bill) = given else {
        reason.outcome = if *required { Outcome::Incomplete } else { Outcome::NotAsked };
        reason.because.push("no bill of materials of the build was given".to_owned());
        return;
    };
    let BillFact { components, agreeing, unversioned, image_components, differences } = bill;
    if *components == 0 {
        reason.outcome = Outcome::Incomplete;
        let text = "the bill names no component that can be in an image, so it says nothing";
        reason.because.push(text.to_owned());
        return;
    }
    // Without a version on one side, that it is there is all that can agree.
    let present = agreeing + unversioned;
    if present * 100 < components * BILL_AGREEING_PERCENT_MIN {
        reason.outcome = Outcome::Broken;
        reason.because.push(format!(
            "only {present} of the bill's {components} components are in the image in that version: \
             is it the bill of another product?"
        ));
    }
    let count = |kind| differences.iter().filter(|one| one.kind == kind).count();
    let extra = count(DifferenceKind::Extra);
    let mut counts = vec![format!("{agreeing} of {components} agree")];
    if *unversioned > 0 {
        counts.push(format!("{unversioned} there without a version to compare"));
    }
    for kind in DifferenceKind::ALL {
        let share_asked = *kind == DifferenceKind::Extra && extra_percent_max.is_some();
        let asked = if kinds.contains(kind) || share_asked { "" } else { " (not asked)" };
        if count(*kind) > 0 {
            counts.push(format!("{} {}{asked}", count(*kind), kind.label()));
        }
    }
    reason.because.push(counts.join(", "));
    let allowed = extra_percent_max.map(usize::from);
    if let Some(allowed) = allowed.filter(|allowed| extra * 100 > image_components * allowed) {
        reason.outcome = Outcome::Broken;
        reason.because.push(format!(
            "the bill lacks {extra} of the image's {image_components} components, {allowed} % are allowed"
        ));
    }
    for difference in differences.iter().filter(|one| kinds.contains(&one.kind)) {
        reason.outcome = Outcome::Broken;
        reason.because.push(difference.text.clone());
    }
}
