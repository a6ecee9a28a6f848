//! What an analysis did not look at, and why: the other half of what it found.
//!
//! Every limit that could hide a finding has a [`Gap`] beside it. An engine notes the gap with its
//! place and goes on; what reads the result decides whether so little may pass.

use crate::{Finding, Location};
use std::collections::BTreeMap;

/// Places of one gap that are kept; more are counted.
pub const PLACES_MAX: usize = 20;

/// What a gap means for a review.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Effect {
    /// Something that is usually looked at was not: a flaw may hide there.
    Incomplete,
    /// What the method can't do at all, told so that nobody takes silence for an answer.
    Stated,
}

impl Effect {
    /// Every value.
    pub const ALL: &'static [Self] = &[Self::Incomplete, Self::Stated];

    /// The lower-case name used in reports.
    #[must_use]
    pub const fn label(self) -> &'static str {
        match self {
            Self::Incomplete => "incomplete",
            Self::Stated => "stated",
        }
    }
}

/// A reason for which something is not looked at: a constant beside the limit that it tells of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Gap {
    /// What it means.
    pub effect: Effect,
    /// What is looked for otherwise, for people: `injections`.
    pub analysis: &'static str,
    /// What was not looked at and why, one clause, lower case.
    pub reason: &'static str,
}

impl Gap {
    /// A gap in which a flaw may hide.
    #[must_use]
    pub const fn hiding(analysis: &'static str, reason: &'static str) -> Self {
        Self { effect: Effect::Incomplete, analysis, reason }
    }

    /// A gap that the method always has.
    #[must_use]
    pub const fn stated(analysis: &'static str, reason: &'static str) -> Self {
        Self { effect: Effect::Stated, analysis, reason }
    }
}

/// Where one gap was met.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Places {
    /// The first of them, at most [`PLACES_MAX`], none twice.
    pub first: Vec<Location>,
    /// How many there are.
    pub count: u64,
}

/// Everything that was not looked at. It stays small whatever the input, because gaps are constants
/// and each keeps few places.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct NotSeen {
    gaps: BTreeMap<Gap, Places>,
}

impl NotSeen {
    /// Notes that a gap was met at a place; the same place is counted once.
    pub fn add(&mut self, gap: Gap, location: Location) {
        let places = self.gaps.entry(gap).or_default();
        if places.first.contains(&location) {
            return;
        }
        places.count = places.count.saturating_add(1);
        if places.first.len() < PLACES_MAX {
            places.first.push(location);
        }
    }

    /// Adds everything of another list.
    pub fn absorb(&mut self, other: Self) {
        for (gap, found) in other.gaps {
            let places = self.gaps.entry(gap).or_default();
            let fresh: Vec<Location> =
                found.first.iter().filter(|one| !places.first.contains(one)).cloned().collect();
            let doubled = (found.first.len() - fresh.len()) as u64;
            places.count = places.count.saturating_add(found.count.saturating_sub(doubled));
            places.first.extend(fresh);
            places.first.truncate(PLACES_MAX);
        }
    }

    /// The gaps that were met, those that hide something first.
    pub fn iter(&self) -> impl Iterator<Item = (&Gap, &Places)> {
        self.gaps.iter()
    }

    /// Whether everything was looked at.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.gaps.is_empty()
    }
}

/// What a check gives: what it found, and what it did not look at.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Checked {
    /// Weaknesses.
    pub findings: Vec<Finding>,
    /// What was left out.
    pub not_seen: NotSeen,
}

impl Checked {
    /// Adds everything of another result.
    pub fn absorb(&mut self, other: Self) {
        self.findings.extend(other.findings);
        self.not_seen.absorb(other.not_seen);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LARGE: Gap = Gap::hiding("injections", "it is larger than 1 MiB");

    fn at(number: usize) -> Location {
        Location::file("image", &format!("/www/{number}.php"))
    }

    #[test]
    fn places_are_counted_once_and_few_are_kept() {
        let mut all = NotSeen::default();
        let mut other = NotSeen::default();
        for number in 0..100 {
            all.add(LARGE, at(number));
            all.add(LARGE, at(0));
            other.add(LARGE, at(number + 1000));
        }
        other.add(Gap::stated("programs", "PowerPC"), at(1));
        all.absorb(other);
        let seen: Vec<_> = all.iter().collect();
        let [(gap, places), (stated, _)] = seen.as_slice() else { panic!("{seen:?}") };
        assert_eq!((gap.effect, places.count, places.first.len()), (Effect::Incomplete, 200, 20));
        assert_eq!(stated.effect, Effect::Stated);
    }

    #[test]
    fn the_same_place_twice_is_one() {
        let mut all = NotSeen::default();
        all.add(LARGE, at(1));
        let again = all.clone();
        all.absorb(again);
        assert_eq!(all.iter().next().map(|(_, places)| places.count), Some(1));
    }
}
