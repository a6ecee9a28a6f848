//! SSVC: how urgent a weakness is, by CISA's decision tree.
//!
//! Source: CISA, Stakeholder-Specific Vulnerability Categorization Guide (November 2022), and its
//! machine-readable form in CERT/CC's SSVC repository, `cisa_coordinator_2_0_3.csv`.

use crate::labels::labels;

labels! {
    /// Whether somebody uses the weakness.
    Exploitation, "exploitation" {
        /// Nothing is known of it.
        None = "none",
        /// It is public how.
        Poc = "poc",
        /// Somebody does.
        Active = "active",
    }
}

labels! {
    /// Whether an attacker can use it on many devices without a hand.
    Automatable, "automatable" {
        /// No.
        No = "no",
        /// Yes.
        Yes = "yes",
    }
}

labels! {
    /// What an attacker gains over the component.
    TechnicalImpact, "technical impact" {
        /// Some of it.
        Partial = "partial",
        /// All of it.
        Total = "total",
    }
}

labels! {
    /// What it means for what the device is there for, and for people.
    MissionAndWellBeing, "mission and well-being impact" {
        /// Little.
        Low = "low",
        /// Some.
        Medium = "medium",
        /// Much.
        High = "high",
    }
}

labels! {
    /// What to do.
    Decision, "decision" {
        /// Watch it; fix it with the usual updates.
        Track = "track",
        /// Watch it closely; fix it with the usual updates.
        TrackClosely = "track*",
        /// Tell those who lead; fix it sooner than usual.
        Attend = "attend",
        /// Meet, and fix it as soon as can be.
        Act = "act",
    }
}

/// The decision points of one weakness.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Points {
    /// Whether somebody uses it.
    pub exploitation: Exploitation,
    /// Whether it can be used on many devices without a hand.
    pub automatable: Automatable,
    /// What an attacker gains.
    pub technical_impact: TechnicalImpact,
    /// What it means for the mission and for people.
    pub mission_and_well_being: MissionAndWellBeing,
}

impl Points {
    /// What to do.
    #[must_use]
    pub const fn decide(self) -> Decision {
        use Decision::{Act, Attend, Track, TrackClosely};
        use TechnicalImpact::{Partial, Total};
        // Low, medium and high impact on mission and well-being.
        let row = match (self.exploitation, self.automatable, self.technical_impact) {
            (Exploitation::None, Automatable::No, Partial) => [Track, Track, Track],
            (Exploitation::None, Automatable::No, Total) => [Track, Track, TrackClosely],
            (Exploitation::None, Automatable::Yes, _) => [Track, Track, Attend],
            (Exploitation::Poc, Automatable::No, Partial) => [Track, Track, TrackClosely],
            (Exploitation::Poc, Automatable::No, Total) => [Track, TrackClosely, Attend],
            (Exploitation::Poc, Automatable::Yes, Partial) => [Track, Track, Attend],
            (Exploitation::Poc, Automatable::Yes, Total) => [Track, TrackClosely, Attend],
            (Exploitation::Active, Automatable::No, Partial) => [Track, Track, Attend],
            (Exploitation::Active, Automatable::No, Total) => [Track, Attend, Act],
            (Exploitation::Active, Automatable::Yes, Partial) => [Attend, Attend, Act],
            (Exploitation::Active, Automatable::Yes, Total) => [Attend, Act, Act],
        };
        let [low, medium, high] = row;
        match self.mission_and_well_being {
            MissionAndWellBeing::Low => low,
            MissionAndWellBeing::Medium => medium,
            MissionAndWellBeing::High => high,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The rows of the published table, in its order.
    const PUBLISHED: &str = "\
        track track track track track track* track track attend track track attend \
        track track track* track track* attend track track attend track track* attend \
        track track attend track attend act attend attend act attend act act";

    #[test]
    fn the_whole_published_table() {
        let mut published = PUBLISHED.split(' ');
        for exploitation in Exploitation::ALL {
            for automatable in Automatable::ALL {
                for technical_impact in TechnicalImpact::ALL {
                    for mission_and_well_being in MissionAndWellBeing::ALL {
                        let points = Points {
                            exploitation: *exploitation,
                            automatable: *automatable,
                            technical_impact: *technical_impact,
                            mission_and_well_being: *mission_and_well_being,
                        };
                        let expected = published.next().unwrap();
                        assert_eq!(points.decide().label(), expected, "{points:?}");
                    }
                }
            }
        }
        assert_eq!(published.next(), None);
    }
}
