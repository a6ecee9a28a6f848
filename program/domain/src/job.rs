//! Work that outlives a request: its states, and when it is tried again.
//!
//! A worker holds a job by a lease and gives a sign of life before the lease ends. One that dies
//! loses the lease, and another takes the job: so every job does the same when it is done twice.
//! Who holds a lease is left to the store, where it is one atomic step; here stands what follows.

use crate::labels::labels;
use crate::time::Time;

/// For how long a lease is given, in milliseconds: long enough to survive a pause of the machine,
/// short enough that somebody who waits does not notice a worker's death.
pub const LEASE_MS: u64 = 60_000;

/// How often a worker gives a sign of life, in milliseconds: three times a lease.
pub const HEARTBEAT_MS: u64 = LEASE_MS / 3;

/// Times that a job is taken at most: by then it has failed, or killed its worker, for minutes.
pub const ATTEMPTS_MAX: u32 = 8;

/// The first wait after a failure, in milliseconds; each further attempt doubles it.
const WAIT_MS_FIRST: u64 = 2_000;

/// Longest wait, in milliseconds: an hour.
const WAIT_MS_MAX: u64 = 3_600_000;

labels! {
    /// The states of a job.
    State, "state of a job" {
        /// It waits for a worker, or for its time.
        Queued = "queued",
        /// A worker has it.
        Running = "running",
        /// It is done.
        Done = "done",
        /// It is not tried again by itself; a person must look.
        Failed = "failed",
        /// Somebody cancelled it.
        Cancelled = "cancelled",
    }
}

labels! {
    /// What happens to a job, by name.
    Action, "action" {
        /// A worker takes it.
        Take = "take",
        /// Its worker gives a sign of life.
        Renew = "renew",
        /// Its worker has done it.
        Complete = "complete",
        /// Its worker could not do it.
        Fail = "fail",
        /// A person cancels it.
        Cancel = "cancel",
        /// A person lets it be tried from the start.
        Restart = "restart",
    }
}

/// Why an attempt failed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Failure {
    /// It may go better another time: something was busy, away, or full.
    Passing,
    /// It will never go better: what the job is about is wrong.
    Lasting,
}

/// What follows on a failed attempt.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Next {
    /// It is tried again at this time or later.
    RetryAt(Time),
    /// It is not tried again by itself.
    GiveUp,
}

impl State {
    /// Whether nothing more happens to it by itself.
    #[must_use]
    pub const fn is_over(self) -> bool {
        matches!(self, Self::Done | Self::Failed | Self::Cancelled)
    }

    /// Whether this can happen to a job in this state. A running job is taken only when its lease
    /// has run out.
    #[must_use]
    pub const fn allows(self, action: Action) -> bool {
        match action {
            Action::Take => matches!(self, Self::Queued | Self::Running),
            Action::Renew | Action::Complete | Action::Fail => matches!(self, Self::Running),
            Action::Cancel => !self.is_over(),
            Action::Restart => matches!(self, Self::Failed | Self::Cancelled),
        }
    }
}

/// What follows when the `attempts`-th attempt has failed now. `random` spreads what failed
/// together.
#[must_use]
pub fn after_failure(attempts: u32, failure: Failure, now: Time, random: u32) -> Next {
    match failure {
        Failure::Passing if attempts < ATTEMPTS_MAX => {
            Next::RetryAt(now.plus_ms(backoff_ms(attempts, random)))
        }
        Failure::Passing | Failure::Lasting => Next::GiveUp,
    }
}

/// Whether a job that was just taken for the `attempts`-th time should be done at all. One whose
/// workers vanished without a word so often kills them, and is given up instead.
#[must_use]
pub const fn is_worth_trying(attempts: u32) -> bool {
    attempts <= ATTEMPTS_MAX
}

/// How long to wait after so many attempts, in milliseconds: doubling from two seconds to an hour,
/// of which `random` takes away up to a half.
#[must_use]
pub fn backoff_ms(attempts: u32, random: u32) -> u64 {
    // Beyond 20 doublings the longest wait is long reached.
    let wait = (WAIT_MS_FIRST << attempts.saturating_sub(1).min(20)).min(WAIT_MS_MAX);
    let half = wait / 2;
    half + half * u64::from(random) / u64::from(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn the_whole_matrix() {
        let columns = "take renew complete fail cancel restart";
        let rows = "
            queued:    yes no  no  no  yes no
            running:   yes yes yes yes yes no
            done:      no  no  no  no  no  no
            failed:    no  no  no  no  no  yes
            cancelled: no  no  no  no  no  yes";
        let mut seen = 0;
        for row in rows.trim().lines() {
            let (state, cells) = row.trim().split_once(':').unwrap();
            let state: State = state.parse().unwrap();
            for (name, cell) in columns.split(' ').zip(cells.split_whitespace()) {
                let action: Action = name.parse().unwrap();
                assert_eq!(state.allows(action), cell == "yes", "{state} {action}");
                seen += 1;
            }
        }
        assert_eq!(seen, State::ALL.len() * Action::ALL.len());
    }

    #[test]
    fn waits_double_until_somebody_must_look() {
        let now = Time::MIN;
        let wait = |attempts| match after_failure(attempts, Failure::Passing, now, u32::MAX) {
            Next::RetryAt(at) => at.ms_since(now) / 1000,
            Next::GiveUp => 0,
        };
        let waits: Vec<u64> = (1..=9).map(wait).collect();
        assert_eq!(waits, [2, 4, 8, 16, 32, 64, 128, 0, 0]);
        assert_eq!(after_failure(1, Failure::Lasting, now, 0), Next::GiveUp);
        assert_eq!(backoff_ms(1, 0), WAIT_MS_FIRST / 2);
        assert!(is_worth_trying(ATTEMPTS_MAX) && !is_worth_trying(ATTEMPTS_MAX + 1));
    }

    proptest! {
        #[test]
        fn waits_are_bounded(attempts: u32, random: u32) {
            let wait = backoff_ms(attempts, random);
            prop_assert!((WAIT_MS_FIRST / 2..=WAIT_MS_MAX).contains(&wait));
            prop_assert!(wait <= backoff_ms(attempts, u32::MAX));
        }
    }
}
