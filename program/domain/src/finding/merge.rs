//! What follows for a finding from a scan that sees it, or does not.
//!
//! | it is | the scan sees it | the scan should see it and does not |
//! |---|---|---|
//! | open, triaged, accepted | nothing | marked as not seen |
//! | fix planned | nothing | fixed, if planned for this release or an earlier one; else marked |
//! | fixed | open again, if the release should have the fix | verified, likewise |
//! | verified | open again, if the release should have the fix | nothing |
//! | not affected, false positive | open again, if it looks different | marked as not seen |
//!
//! A scan "should see" a finding when it was complete, looked with everything that has ever seen
//! it, and looked at a release at least as late as the last one in which it was seen. A weakness
//! that vanishes without anybody having claimed a fix is not called fixed: a renamed file or a
//! silent analyser looks the same.

use super::state::{Cause, Event, Standing, State, Transition, What};
use crate::access::By;
use crate::catalogue::{ReleaseNumber, ReleaseRef};
use crate::id::RunId;
use crate::labels::labels;
use crate::time::Time;
use duecare_base::Digest;
use std::collections::BTreeSet;

labels! {
    /// What a scan looks at.
    LensPlace, "scope of a scan" {
        /// An image.
        Image = "image",
        /// The source drop.
        Source = "source",
        /// The companion app.
        App = "app",
    }
}

/// What a finding is seen with: a place and the analyser that looks at it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Lens {
    /// What is looked at.
    pub place: LensPlace,
    /// The analyser's name, lower case: `duecare`, `cppcheck`.
    pub analyser: String,
}

/// A scan of a release.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Scan {
    /// Its run.
    pub run: RunId,
    /// What was scanned.
    pub release: ReleaseRef,
    /// When it ended.
    pub at: Time,
    /// With what it looked.
    pub lenses: BTreeSet<Lens>,
    /// Whether it saw all there was to see. One that did not proves no absence.
    pub complete: bool,
}

/// What earlier scans saw of a finding.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Seen {
    /// With what it was seen; empty when no scan ever saw it, but a person entered it.
    pub by: BTreeSet<Lens>,
    /// The latest release in which it was seen.
    pub last: Option<ReleaseNumber>,
}

/// Whether a scan sees a finding.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sighting {
    /// It does.
    Seen {
        /// What the finding looks like: see [`Finding::content`](super::Finding::content).
        content: Digest,
    },
    /// It does not.
    Absent,
}

impl Scan {
    /// Whether not seeing a finding says that it is not there.
    #[must_use]
    pub fn proves_absence(&self, seen: &Seen) -> bool {
        self.complete
            && !seen.by.is_empty()
            && seen.by.is_subset(&self.lenses)
            && seen.last.is_none_or(|last| last <= self.release.number)
    }
}

/// What becomes of a finding after a scan; `None` when nothing is to be written.
#[must_use]
pub fn merge(
    standing: &Standing,
    seen: &Seen,
    scan: &Scan,
    sighting: Sighting,
) -> Option<Transition> {
    let what = match sighting {
        Sighting::Seen { content } => seen_again(standing, scan, content),
        Sighting::Absent if scan.proves_absence(seen) => absent(standing, scan),
        Sighting::Absent => None,
    }?;
    let event = Event { at: scan.at.max(standing.since), by: By::System, what, why: None };
    Some(Transition::new(standing, event))
}

fn seen_again(standing: &Standing, scan: &Scan, now: Digest) -> Option<What> {
    match standing.state {
        State::Fixed { release } | State::Verified { release }
            if scan.release.number >= release.number =>
        {
            Some(What::Reopened(Cause::SeenAgain))
        }
        State::NotAffected { content, .. } | State::FalsePositive { content } if content != now => {
            Some(What::Reopened(Cause::ContentChanged))
        }
        _ => standing
            .not_seen
            .filter(|mark| scan.release.number >= mark.release.number)
            .map(|_| What::SeenAgain { run: scan.run, release: scan.release }),
    }
}

fn absent(standing: &Standing, scan: &Scan) -> Option<What> {
    let has_it = |release: ReleaseRef| scan.release.number >= release.number;
    match standing.state {
        State::FixPlanned { release: Some(release) } if has_it(release) => {
            // The planned release may never have been scanned; this one shows it.
            Some(What::Became(State::Fixed { release: scan.release }))
        }
        State::Fixed { release } if has_it(release) => {
            Some(What::Became(State::Verified { release }))
        }
        State::Fixed { .. } | State::Verified { .. } => None,
        _ if standing.not_seen.is_some() => None,
        _ => Some(What::NotSeen { run: scan.run, release: scan.release }),
    }
}
