//! How long a login lasts.

use crate::id::{PersonId, SessionId};
use crate::time::Time;

/// For how long sessions last. The default follows NIST SP 800-63B-4, section 2.2.3 (second
/// level): one hour without use, 24 hours in all.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SessionRules {
    /// Longest time without use, in milliseconds.
    pub idle_ms: u64,
    /// Longest time since the login, in milliseconds.
    pub absolute_ms: u64,
}

impl Default for SessionRules {
    fn default() -> Self {
        Self { idle_ms: 3_600_000, absolute_ms: 86_400_000 }
    }
}

/// A login, without its secret.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Session {
    /// Its id.
    pub id: SessionId,
    /// Who logged in.
    pub person: PersonId,
    /// When.
    pub began_at: Time,
    /// When it was last used.
    pub used_at: Time,
    /// When it was ended, by logout or by somebody else.
    pub ended_at: Option<Time>,
}

/// Why a session is over.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum SessionEnd {
    /// Logged out, or ended by somebody else.
    #[error("the session was ended; log in again")]
    Ended,
    /// Not used for too long.
    #[error("the session was not used for too long; log in again")]
    Idle,
    /// Too long ago.
    #[error("the login is too long ago; log in again")]
    Old,
}

impl SessionRules {
    /// Whether a session still holds.
    ///
    /// # Errors
    /// [`SessionEnd`] with the reason when it doesn't.
    pub fn check(&self, session: &Session, now: Time) -> Result<(), SessionEnd> {
        if session.ended_at.is_some() {
            Err(SessionEnd::Ended)
        } else if now.ms_since(session.began_at) >= self.absolute_ms {
            Err(SessionEnd::Old)
        } else if now.ms_since(session.used_at) >= self.idle_ms {
            Err(SessionEnd::Idle)
        } else {
            Ok(())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sessions_end() {
        let begin = Time::clamped(1_000_000_000);
        let session = |used: u64, ended: Option<u64>| Session {
            id: SessionId::new(begin, [0; 10]),
            person: PersonId::new(begin, [0; 10]),
            began_at: begin,
            used_at: begin.plus_ms(used),
            ended_at: ended.map(|ms| begin.plus_ms(ms)),
        };
        let hour = 3_600_000;
        for (used, ended, now, expected) in [
            (0, None, 0, Ok(())),
            (0, None, hour - 1, Ok(())),
            (0, None, hour, Err(SessionEnd::Idle)),
            (23 * hour + hour / 2, None, 24 * hour - 1, Ok(())),
            (24 * hour - 1, None, 24 * hour, Err(SessionEnd::Old)),
            (0, Some(1), 2, Err(SessionEnd::Ended)),
        ] {
            let found = SessionRules::default().check(&session(used, ended), begin.plus_ms(now));
            assert_eq!(found, expected, "{used} {ended:?} {now}");
        }
    }
}
