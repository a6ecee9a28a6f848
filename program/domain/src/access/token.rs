//! API tokens: what they are made for and when they end.

use super::role::Scope;
use super::table::{PermissionName, rule};
use crate::id::{PersonId, TokenId};
use crate::time::Time;
use std::collections::BTreeSet;

/// For how long a token may be made at most, in days: a year, so that somebody thinks of it again.
pub const TOKEN_DAYS_MAX: u32 = 366;

const DAY_MS: u64 = 86_400_000;

/// What a token is made for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TokenScope {
    permissions: BTreeSet<PermissionName>,
    products: Scope,
}

/// An API token of a person, without its secret.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Token {
    /// Its id.
    pub id: TokenId,
    /// Whose it is: it never may do more than this person may.
    pub person: PersonId,
    /// What it is made for.
    pub scope: TokenScope,
    /// When it was made.
    pub created_at: Time,
    /// When it ends by itself.
    pub expires_at: Time,
    /// When it was revoked.
    pub revoked_at: Option<Time>,
}

/// A token that can't be made.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TokenError {
    /// It could do nothing.
    #[error("a token needs at least one permission and one product")]
    Empty,
    /// Something that only a person may do.
    #[error("no token may hold {0}: a person must do this, logged in")]
    Personal(PermissionName),
    /// It would end before it begins, or too late.
    #[error("a token must end within {TOKEN_DAYS_MAX} days, and not before it is made")]
    Expiry,
}

/// A token that is not taken any more.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum TokenRefusal {
    /// Past its end.
    #[error("this token has expired on {}", .0.day())]
    Expired(Time),
    /// Somebody revoked it.
    #[error("this token was revoked")]
    Revoked,
    /// Made in the future: a clock was wrong.
    #[error("this token is not valid yet")]
    NotYet,
}

impl TokenScope {
    /// These permissions with these products.
    ///
    /// # Errors
    /// [`TokenError`] when it is empty or holds what no token may hold.
    pub fn new(permissions: BTreeSet<PermissionName>, products: Scope) -> Result<Self, TokenError> {
        if permissions.is_empty() || products.is_empty() {
            return Err(TokenError::Empty);
        }
        match permissions.iter().find(|name| !rule(**name).allows_token()) {
            Some(name) => Err(TokenError::Personal(*name)),
            None => Ok(Self { permissions, products }),
        }
    }

    /// The permissions.
    #[must_use]
    pub fn permissions(&self) -> &BTreeSet<PermissionName> {
        &self.permissions
    }

    /// The products.
    #[must_use]
    pub fn products(&self) -> &Scope {
        &self.products
    }
}

impl Token {
    /// A token made now that ends then.
    ///
    /// # Errors
    /// [`TokenError::Expiry`] when the end is not within [`TOKEN_DAYS_MAX`] days from now.
    pub fn new(
        id: TokenId,
        person: PersonId,
        scope: TokenScope,
        now: Time,
        expires_at: Time,
    ) -> Result<Self, TokenError> {
        let longest = u64::from(TOKEN_DAYS_MAX) * DAY_MS;
        if expires_at <= now || expires_at.ms_since(now) > longest {
            return Err(TokenError::Expiry);
        }
        Ok(Self { id, person, scope, created_at: now, expires_at, revoked_at: None })
    }

    /// Whether it is taken now.
    ///
    /// # Errors
    /// [`TokenRefusal`] with the reason when it isn't.
    pub fn check(&self, now: Time) -> Result<(), TokenRefusal> {
        if self.revoked_at.is_some() {
            Err(TokenRefusal::Revoked)
        } else if now >= self.expires_at {
            Err(TokenRefusal::Expired(self.expires_at))
        } else if now < self.created_at {
            Err(TokenRefusal::NotYet)
        } else {
            Ok(())
        }
    }
}
