//! Work that outlives a request: its states, who may take it, and when it is tried again.
//!
//! A worker holds a job by a lease and gives a sign of life before the lease ends. One that dies
//! loses the lease, and another takes the job: so every job does the same when it is done twice.

use crate::labels::labels;
use crate::time::Time;

/// For how long a lease is given, in milliseconds: long enough to survive a pause of the machine,
/// short enough that somebody who waits does not notice a worker's death.
pub const LEASE_MS: u64 = 60_000;

/// How often a worker gives a sign of life, in milliseconds: three times a lease.
pub const HEARTBEAT_MS: u64 = LEASE_MS / 3;

/// The first wait after a failure, in milliseconds; each further failure doubles it.
const WAIT_MS_FIRST: u64 = 2_000;

/// Longest wait, in milliseconds: an hour.
const WAIT_MS_MAX: u64 = 3_600_000;

/// Times that a job is tried unless its kind says otherwise.
pub const TRIES_MAX_DEFAULT: u32 = 8;

/// Times that a job may lose its worker without a word: something about it kills workers.
pub const LOSSES_MAX: u32 = 4;

labels! {
    /// The states of a job by name.
    StateName, "state of a job" {
        /// It waits for a worker, or for its time.
        Queued = "queued",
        /// A worker has it.
        Running = "running",
        /// It is done.
        Done = "done",
        /// It was tried too often; a person must look.
        Failed = "failed",
        /// Somebody cancelled it.
        Cancelled = "cancelled",
    }
}

impl StateName {
    /// Whether nothing more happens to it by itself.
    #[must_use]
    pub const fn is_over(self) -> bool {
        matches!(self, Self::Done | Self::Failed | Self::Cancelled)
    }
}

/// The state of a job.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum State {
    /// It waits.
    Queued {
        /// Until this time at least.
        not_before: Time,
    },
    /// A worker has it.
    Running {
        /// Until this time, unless it gives a sign of life.
        lease_until: Time,
        /// Number of the lease: who has an earlier one has lost the job.
        lease: u64,
    },
    /// It is done.
    Done,
    /// It was tried too often.
    Failed,
    /// Somebody cancelled it.
    Cancelled,
}

/// A job, as far as its life goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Life {
    /// Its state.
    pub state: State,
    /// How often it was tried and failed.
    pub failures: u32,
    /// How often its worker vanished.
    pub losses: u32,
    /// How many leases were given.
    pub leases: u64,
    /// How often it may fail.
    pub tries_max: u32,
}

/// How a try ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TryEnd {
    /// The work is done.
    Done,
    /// Something failed that may go better another time.
    Retry,
    /// It will never go better.
    GiveUp,
}

/// Why something can't happen to a job.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Refused {
    /// Its time has not come, or somebody else has it.
    #[error("the job is not free")]
    NotFree,
    /// The lease has passed to somebody else, or ended.
    #[error("the job was given to another worker")]
    LeaseLost,
    /// Nothing more happens to it.
    #[error("the job is over")]
    Over,
    /// It is not over.
    #[error("the job is not over")]
    NotOver,
}

impl State {
    /// The state's name.
    #[must_use]
    pub const fn name(&self) -> StateName {
        match self {
            Self::Queued { .. } => StateName::Queued,
            Self::Running { .. } => StateName::Running,
            Self::Done => StateName::Done,
            Self::Failed => StateName::Failed,
            Self::Cancelled => StateName::Cancelled,
        }
    }
}

impl Life {
    /// A job that may be taken from `not_before` on.
    #[must_use]
    pub fn new(not_before: Time, tries_max: u32) -> Self {
        let state = State::Queued { not_before };
        Self { state, failures: 0, losses: 0, leases: 0, tries_max: tries_max.max(1) }
    }

    /// Gives it to a worker. A job whose worker vanished once too often fails instead, which the
    /// state tells.
    ///
    /// # Errors
    /// [`Refused::NotFree`] when its time has not come or another worker has it.
    pub fn claim(mut self, now: Time) -> Result<Self, Refused> {
        match self.state {
            State::Queued { not_before } if not_before <= now => {}
            State::Running { lease_until, .. } if lease_until <= now => {
                self.losses = self.losses.saturating_add(1);
                if self.losses >= LOSSES_MAX {
                    self.state = State::Failed;
                    return Ok(self);
                }
            }
            _ => return Err(Refused::NotFree),
        }
        self.leases = self.leases.saturating_add(1);
        self.state = State::Running { lease_until: now.plus_ms(LEASE_MS), lease: self.leases };
        Ok(self)
    }

    /// A sign of life of the worker that holds this lease. One that comes late is taken as long as
    /// nobody else has taken the job.
    ///
    /// # Errors
    /// [`Refused::LeaseLost`] when the worker must stop.
    pub fn prolong(mut self, lease: u64, now: Time) -> Result<Self, Refused> {
        self.held(lease)?;
        self.state = State::Running { lease_until: now.plus_ms(LEASE_MS), lease };
        Ok(self)
    }

    /// The end of a try by the worker that holds this lease. `random` spreads what failed together.
    ///
    /// # Errors
    /// [`Refused::LeaseLost`] when another worker has the job: what this one did counts for nothing.
    pub fn end(mut self, lease: u64, end: TryEnd, now: Time, random: u32) -> Result<Self, Refused> {
        self.held(lease)?;
        self.state = match end {
            TryEnd::Done => State::Done,
            TryEnd::GiveUp => {
                self.failures = self.failures.saturating_add(1);
                State::Failed
            }
            TryEnd::Retry => {
                self.failures = self.failures.saturating_add(1);
                if self.failures >= self.tries_max {
                    State::Failed
                } else {
                    State::Queued { not_before: now.plus_ms(backoff_ms(self.failures, random)) }
                }
            }
        };
        Ok(self)
    }

    /// Cancels it; a worker that has it is told at its next sign of life.
    ///
    /// # Errors
    /// [`Refused::Over`] when nothing more happens to it anyway.
    pub fn cancel(mut self) -> Result<Self, Refused> {
        if self.state.name().is_over() {
            return Err(Refused::Over);
        }
        self.state = State::Cancelled;
        Ok(self)
    }

    /// Lets a job that failed or was cancelled be tried again from the start.
    ///
    /// # Errors
    /// [`Refused::NotOver`] when it waits or runs, [`Refused::Over`] when it is done.
    pub fn restart(mut self, now: Time) -> Result<Self, Refused> {
        match self.state {
            State::Failed | State::Cancelled => {
                (self.failures, self.losses) = (0, 0);
                self.state = State::Queued { not_before: now };
                Ok(self)
            }
            State::Done => Err(Refused::Over),
            State::Queued { .. } | State::Running { .. } => Err(Refused::NotOver),
        }
    }

    fn held(&self, by: u64) -> Result<(), Refused> {
        match self.state {
            State::Running { lease, .. } if lease == by => Ok(()),
            _ => Err(Refused::LeaseLost),
        }
    }
}

/// How long to wait after so many failures, in milliseconds: doubling from two seconds to an hour,
/// of which `random` takes away up to a half.
#[must_use]
pub fn backoff_ms(failures: u32, random: u32) -> u64 {
    // Beyond 20 doublings the longest wait is long reached.
    let wait = (WAIT_MS_FIRST << failures.saturating_sub(1).min(20)).min(WAIT_MS_MAX);
    let half = wait / 2;
    half + half * u64::from(random) / u64::from(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn at(ms: u64) -> Time {
        Time::MIN.plus_ms(ms)
    }

    fn lease(life: &Life) -> u64 {
        match life.state {
            State::Running { lease, .. } => lease,
            _ => panic!("not running: {life:?}"),
        }
    }

    #[test]
    fn one_worker_at_a_time() {
        let job = Life::new(at(5), 3);
        assert_eq!(job.claim(at(4)), Err(Refused::NotFree));
        let first = job.claim(at(5)).unwrap();
        assert_eq!(first.claim(at(5 + LEASE_MS - 1)), Err(Refused::NotFree));
        let late = first.prolong(lease(&first), at(5 + LEASE_MS)).unwrap();
        assert_eq!(late.claim(at(5 + LEASE_MS)), Err(Refused::NotFree), "prolonged in time");
        let second = first.claim(at(5 + LEASE_MS)).unwrap();
        assert_eq!(second.losses, 1);
        let old = lease(&first);
        assert_eq!(second.prolong(old, at(6)), Err(Refused::LeaseLost));
        assert_eq!(second.end(old, TryEnd::Done, at(6), 0), Err(Refused::LeaseLost));
        let done = second.end(lease(&second), TryEnd::Done, at(6), 0).unwrap();
        assert_eq!(done.state, State::Done);
        assert_eq!(done.claim(at(u64::MAX)), Err(Refused::NotFree));
    }

    #[test]
    fn what_fails_too_often_waits_for_a_person() {
        let mut job = Life::new(at(0), 3);
        let mut now = at(0);
        for failures in 1..=3 {
            job = job.claim(now).unwrap();
            job = job.end(lease(&job), TryEnd::Retry, now, u32::MAX).unwrap();
            assert_eq!(job.failures, failures);
            if let State::Queued { not_before } = job.state {
                now = not_before;
            }
        }
        assert_eq!((job.state, now), (State::Failed, at(2_000 + 4_000)));
        assert_eq!(job.cancel(), Err(Refused::Over));
        let again = job.restart(now).unwrap();
        assert_eq!((again.failures, again.state.name()), (0, StateName::Queued));
        assert_eq!(again.restart(now), Err(Refused::NotOver));
        let given_up = again.claim(now).unwrap();
        let given_up = given_up.end(lease(&given_up), TryEnd::GiveUp, now, 0).unwrap();
        assert_eq!(given_up.state, State::Failed);
    }

    #[test]
    fn what_kills_workers_is_stopped() {
        let mut job = Life::new(at(0), 8);
        let mut now = at(0);
        let mut claims = 0;
        while job.state != State::Failed {
            job = job.claim(now).unwrap();
            now = now.plus_ms(LEASE_MS);
            claims += 1;
        }
        assert_eq!((claims, job.leases), (LOSSES_MAX + 1, u64::from(LOSSES_MAX)));
    }

    #[test]
    fn a_cancelled_job_stops_its_worker() {
        let job = Life::new(at(0), 1).claim(at(0)).unwrap();
        let cancelled = job.cancel().unwrap();
        assert_eq!(cancelled.prolong(lease(&job), at(1)), Err(Refused::LeaseLost));
        assert_eq!(cancelled.claim(at(u64::MAX)), Err(Refused::NotFree));
    }

    proptest! {
        #[test]
        fn waits_are_bounded(failures: u32, random: u32) {
            let wait = backoff_ms(failures, random);
            prop_assert!((WAIT_MS_FIRST / 2..=WAIT_MS_MAX).contains(&wait));
            prop_assert!(wait <= backoff_ms(failures, u32::MAX));
        }
    }
}
