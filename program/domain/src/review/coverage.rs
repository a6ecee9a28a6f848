//! A policy's rule about how well each image was seen.

use super::decide::{Judge, Outcome, Reason};
use super::evidence::CoverageFact;
use super::glob::matches;
use super::policy::{CoverageFloor, Exception};
use duecare_base::text::size;

/// Stretches that nothing explains named one by one for each image.
const REGIONS_NAMED_MAX: usize = 5;

pub(super) fn judge(judge: &mut Judge<'_>, floor: &CoverageFloor, reason: &mut Reason) {
    let images = &judge.evidence.coverage;
    if images.is_empty() {
        reason.because.push("no image was given".to_owned());
    }
    let mut accepted = Vec::new();
    for image in images {
        let name = &image.image;
        reason.because.extend(shares(image, floor).map(|text| format!("{name}: {text}")));
        reason.because.extend(unexplained(image, floor).map(|text| format!("{name}: {text}")));
        if !image.system_found && !is_without_system(image, floor) {
            let text = "no root file system and no microcontroller firmware was found";
            reason.because.push(format!("{name}: {text}"));
        }
        for gap in &image.incomplete {
            match judge.valid.iter().copied().find(|exception| accepts(exception, gap)) {
                Some(exception) => {
                    judge.used.push(&exception.id);
                    accepted.push(format!("{name}: {gap}: accepted by {}", exception.id));
                }
                None => reason.because.push(format!("{name}: {gap}")),
            }
        }
    }
    if reason.because.is_empty() {
        reason.because.push("every image was seen well enough".to_owned());
    } else {
        reason.outcome = Outcome::Incomplete;
    }
    reason.because.append(&mut accepted);
    let small = images.iter().filter(|image| image.microcontroller);
    reason.because.extend(small.map(|image| {
        let name = &image.image;
        format!(
            "{name} is microcontroller firmware: its headers, texts and keys were read, its code was not"
        )
    }));
    for image in images {
        reason.because.extend(image.stated.iter().map(|gap| format!("{}: {gap}", image.image)));
    }
}

fn shares(image: &CoverageFact, floor: &CoverageFloor) -> impl Iterator<Item = String> {
    let explained = (image.explained_permille < floor.explained_permille_min).then(|| {
        format!(
            "{} of the bytes are explained, {} are asked",
            percent(image.explained_permille),
            percent(floor.explained_permille_min)
        )
    });
    let encrypted = (image.encrypted_permille > floor.encrypted_permille_max).then(|| {
        format!(
            "{} of the bytes look encrypted, {} are allowed",
            percent(image.encrypted_permille),
            percent(floor.encrypted_permille_max)
        )
    });
    explained.into_iter().chain(encrypted)
}

/// A share of a large image still holds whole programs, so bytes count as well.
fn unexplained(image: &CoverageFact, floor: &CoverageFloor) -> impl Iterator<Item = String> {
    let (limit, total) = (floor.unknown_region_bytes_max, image.unexplained_bytes);
    let large = || image.unexplained.iter().filter(move |region| region.bytes > limit);
    let more = large().count().saturating_sub(REGIONS_NAMED_MAX);
    let named = large().take(REGIONS_NAMED_MAX).map(move |region| {
        let allowed = size(limit);
        format!(
            "nothing explains {} at {}, {allowed} are allowed",
            size(region.bytes),
            region.place
        )
    });
    let more = (more > 0).then(|| format!("nothing explains {more} more such stretches"));
    let sum = (total > floor.unknown_bytes_max).then(|| {
        let allowed = size(floor.unknown_bytes_max);
        format!("nothing explains {} altogether, {allowed} are allowed", size(total))
    });
    named.chain(more).chain(sum)
}

/// Whether everything in it is of a format that the policy expects without a system.
fn is_without_system(image: &CoverageFact, floor: &CoverageFloor) -> bool {
    !image.formats.is_empty()
        && image.formats.iter().all(|format| floor.systemless_formats.contains(format))
}

fn accepts(exception: &Exception, gap: &str) -> bool {
    !exception.gap.is_empty() && matches(&exception.gap, gap)
}

fn percent(permille: u32) -> String {
    format!("{}.{} %", permille / 10, permille % 10)
}
