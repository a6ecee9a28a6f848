//! Until when a finding must be dealt with.

use super::ssvc;
use super::state::{Standing, StateName};
use crate::time::Day;
use duecare_base::Severity;

/// Longest time that a policy may give, in days: five years, the shortest support period that the
/// Cyber Resilience Act takes for granted.
pub const DUE_DAYS_MAX: u32 = 5 * 366;

/// How many days there are to deal with a finding, from when it was known.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DuePolicy {
    info: Option<u32>,
    low: Option<u32>,
    medium: Option<u32>,
    high: Option<u32>,
    critical: Option<u32>,
    attend: Option<u32>,
    act: Option<u32>,
}

/// A policy that makes no sense.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum DuePolicyError {
    /// Too many days.
    #[error("a finding must be due within {DUE_DAYS_MAX} days, not {0}")]
    TooLong(u32),
    /// More time, or no end, for what is worse.
    #[error("{worse} can't have more time than {lesser}")]
    Order {
        /// The worse severity.
        worse: Severity,
        /// The lesser one.
        lesser: Severity,
    },
}

impl Default for DuePolicy {
    /// 15 and 30 days as in CISA's BOD 19-02 for critical and high, 90 and 180 for the rest; what
    /// SSVC says must be acted upon or attended to in 14 and 30.
    fn default() -> Self {
        Self {
            info: None,
            low: Some(180),
            medium: Some(90),
            high: Some(30),
            critical: Some(15),
            attend: Some(30),
            act: Some(14),
        }
    }
}

impl DuePolicy {
    /// Days by severity, in the order of [`Severity::ALL`] (`None`: no end), and for what SSVC says
    /// must be attended to and acted upon.
    ///
    /// # Errors
    /// [`DuePolicyError`] when a worse severity would have more time.
    pub fn new(
        by_severity: [Option<u32>; 5],
        attend: Option<u32>,
        act: Option<u32>,
    ) -> Result<Self, DuePolicyError> {
        let days = by_severity.into_iter().chain([attend, act]).flatten();
        if let Some(long) = days.into_iter().find(|days| *days > DUE_DAYS_MAX) {
            return Err(DuePolicyError::TooLong(long));
        }
        let time = |days: &Option<u32>| days.unwrap_or(u32::MAX);
        let pairs = by_severity.iter().zip(by_severity.iter().skip(1));
        let names = Severity::ALL.iter().zip(Severity::ALL.iter().skip(1));
        for ((lesser, worse), (lesser_name, worse_name)) in pairs.zip(names) {
            if time(worse) > time(lesser) {
                let (worse, lesser) = (*worse_name, *lesser_name);
                return Err(DuePolicyError::Order { worse, lesser });
            }
        }
        let [info, low, medium, high, critical] = by_severity;
        Ok(Self { info, low, medium, high, critical, attend, act })
    }

    /// Days for a severity; `None` when there is no end.
    #[must_use]
    pub fn days(&self, severity: Severity) -> Option<u32> {
        match severity {
            Severity::Info => self.info,
            Severity::Low => self.low,
            Severity::Medium => self.medium,
            Severity::High => self.high,
            Severity::Critical => self.critical,
        }
    }

    /// Days for a decision of SSVC; `None` when it sets no end of its own.
    #[must_use]
    pub fn ssvc_days(&self, decision: ssvc::Decision) -> Option<u32> {
        match decision {
            ssvc::Decision::Track | ssvc::Decision::TrackClosely => None,
            ssvc::Decision::Attend => self.attend,
            ssvc::Decision::Act => self.act,
        }
    }

    /// The last day on which a finding is in time: the earlier of what severity and SSVC give,
    /// from when it was known, or opened again. `None` when there is no end.
    #[must_use]
    pub fn due(
        &self,
        severity: Severity,
        decision: Option<ssvc::Decision>,
        standing: &Standing,
    ) -> Option<Day> {
        let ssvc = decision.and_then(|decision| self.ssvc_days(decision));
        let days = [self.days(severity), ssvc].into_iter().flatten().min()?;
        Some(standing.clock_from.day().plus_days(days))
    }

    /// Whether a finding is late on `today`. What is closed or accepted is not.
    #[must_use]
    pub fn is_overdue(
        &self,
        severity: Severity,
        decision: Option<ssvc::Decision>,
        standing: &Standing,
        today: Day,
    ) -> bool {
        let name: StateName = standing.state.name();
        name.is_open() && self.due(severity, decision, standing).is_some_and(|due| today > due)
    }
}
