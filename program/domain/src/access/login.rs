//! Wrong passwords are slowed; a code of a second factor is taken once.

use crate::time::Time;

/// Wrong passwords that cost nothing.
const FREE_FAILURES: u32 = 3;

/// The first wait, in milliseconds; each further failure doubles it.
const WAIT_MS_FIRST: u64 = 1_000;

/// Longest wait, in milliseconds: 15 minutes. About a hundred guesses a day are left to somebody
/// who guesses, and the owner of the account is never locked out for longer.
const WAIT_MS_MAX: u64 = 900_000;

/// After so long without a failure, earlier ones are forgotten, in milliseconds: a day.
const FORGET_MS: u64 = 86_400_000;

/// Seconds for which a code of a second factor is good (RFC 6238, section 4.1).
pub const TOTP_STEP_SECONDS: i64 = 30;

/// Failed logins in a row, of one account or from one address.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct LoginAttempts {
    /// How many.
    pub failures: u32,
    /// When the last one was.
    pub last_at: Option<Time>,
}

/// Whether a password may be tried.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LoginDecision {
    /// It may.
    Allowed,
    /// Not before this time, whatever the password is.
    WaitUntil(Time),
}

impl LoginAttempts {
    /// Whether a password may be tried now.
    #[must_use]
    pub fn decide(self, now: Time) -> LoginDecision {
        let Some(last) = self.last_at else { return LoginDecision::Allowed };
        let Some(doublings) = self.failures.checked_sub(FREE_FAILURES + 1) else {
            return LoginDecision::Allowed;
        };
        // Beyond 20 doublings the longest wait is long reached.
        let wait = (WAIT_MS_FIRST << doublings.min(20)).min(WAIT_MS_MAX);
        let until = last.plus_ms(wait);
        if now >= until { LoginDecision::Allowed } else { LoginDecision::WaitUntil(until) }
    }

    /// After a wrong password or code.
    #[must_use]
    pub fn after_failure(self, now: Time) -> Self {
        let kept = match self.last_at {
            Some(last) if now.ms_since(last) < FORGET_MS => self.failures,
            _ => 0,
        };
        Self { failures: kept.saturating_add(1), last_at: Some(now) }
    }

    /// After a login: nothing is held against anybody.
    #[must_use]
    pub fn after_success(self) -> Self {
        Self::default()
    }
}

/// The time steps whose code is taken now: the one before, this one and the one after (RFC 6238,
/// section 5.2), but only later ones than the one last used, so that no code works twice.
#[must_use]
pub fn totp_steps(now: Time, last_used: Option<i64>) -> Vec<i64> {
    let step = now.ms().div_euclid(TOTP_STEP_SECONDS * 1000);
    let is_new = |step: &i64| last_used.is_none_or(|last| *step > last);
    (step - 1..=step + 1).filter(is_new).filter(|step| *step >= 0).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn waits_double() {
        let start = Time::clamped(1_700_000_000_000);
        let mut attempts = LoginAttempts::default();
        let mut waits = Vec::new();
        let mut now = start;
        for _ in 0..16 {
            attempts = attempts.after_failure(now);
            match attempts.decide(now) {
                LoginDecision::Allowed => waits.push(0),
                LoginDecision::WaitUntil(until) => {
                    waits.push(until.ms_since(now) / 1000);
                    now = until;
                }
            }
            assert_eq!(attempts.decide(now), LoginDecision::Allowed);
        }
        assert_eq!(waits, [0, 0, 0, 1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 900, 900, 900]);
        assert_eq!(attempts.after_success().decide(now), LoginDecision::Allowed);
        let tomorrow = now.plus_ms(FORGET_MS);
        assert_eq!(attempts.after_failure(tomorrow).failures, 1);
    }

    #[test]
    fn a_code_is_taken_once() {
        let now = Time::clamped(300_000);
        assert_eq!(totp_steps(now, None), [9, 10, 11]);
        assert_eq!(totp_steps(now, Some(9)), [10, 11]);
        assert_eq!(totp_steps(now, Some(10)), [11]);
        assert!(totp_steps(now, Some(11)).is_empty());
        assert_eq!(totp_steps(Time::MIN, None), [0, 1]);
    }

    proptest! {
        #[test]
        fn nobody_waits_for_ever(failures: u32, last in 0..=Time::MAX.ms()) {
            let last = Time::clamped(last);
            let attempts = LoginAttempts { failures, last_at: Some(last) };
            prop_assert_eq!(attempts.decide(last.plus_ms(WAIT_MS_MAX)), LoginDecision::Allowed);
            prop_assert!(attempts.after_failure(last).failures >= failures);
        }
    }
}
