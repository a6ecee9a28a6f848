//! Who acts, and the permit that a use case asks for.

use super::role::{Grant, Role, Scope};
use super::table::{Permission, PermissionName, rule};
use super::token::{Token, TokenRefusal, TokenScope};
use crate::id::{PersonId, ProductId, TokenId};
use crate::time::Time;
use std::collections::BTreeSet;
use std::fmt;
use std::marker::PhantomData;

/// By whom something was done, as kept in the evidence.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum By {
    /// A person, logged in.
    Person(PersonId),
    /// A program with a token of this person.
    Token(PersonId, TokenId),
    /// The installation itself.
    System,
}

impl By {
    /// The person who answers for it; `None` for the installation itself.
    #[must_use]
    pub fn person(self) -> Option<PersonId> {
        match self {
            Self::Person(person) | Self::Token(person, _) => Some(person),
            Self::System => None,
        }
    }

    /// Whether a person did it, logged in.
    #[must_use]
    pub fn is_personal(self) -> bool {
        matches!(self, Self::Person(_))
    }
}

/// `usr_…`, `usr_… with tok_…`, `system`.
impl fmt::Display for By {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Person(person) => write!(f, "{person}"),
            Self::Token(person, token) => write!(f, "{person} with {token}"),
            Self::System => f.write_str("system"),
        }
    }
}

/// Somebody, or something, that asks for something to be done.
#[derive(Debug, Clone)]
pub struct Actor {
    by: By,
    grants: Vec<Grant>,
    token: Option<TokenScope>,
}

/// Leave to do one thing with some products. Only [`Actor::permit`] makes one.
#[derive(Debug)]
pub struct Permit<P: Permission> {
    by: By,
    roles: BTreeSet<Role>,
    scope: Scope,
    permission: PhantomData<fn() -> P>,
}

/// Somebody may not do what was asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Denied {
    /// None of the person's roles has it.
    #[error("none of your roles may do this ({0})")]
    Role(PermissionName),
    /// The token was not made for it.
    #[error("this token was not made for this ({0})")]
    Token(PermissionName),
    /// A person must do it, logged in.
    #[error("a person must do this, logged in ({0})")]
    Personal(PermissionName),
    /// Not with this product.
    #[error("you may do this with other products, not with this one ({0})")]
    Product(PermissionName),
}

impl Denied {
    /// What was asked for.
    #[must_use]
    pub fn permission(self) -> PermissionName {
        match self {
            Self::Role(name) | Self::Token(name) | Self::Personal(name) | Self::Product(name) => {
                name
            }
        }
    }
}

impl Actor {
    /// A person, logged in, with the roles that the person holds now.
    #[must_use]
    pub fn person(person: PersonId, grants: Vec<Grant>) -> Self {
        Self { by: By::Person(person), grants, token: None }
    }

    /// A program with a token: what the token was made for, as far as its person may do it now.
    ///
    /// # Errors
    /// [`TokenRefusal`] when the token has ended.
    pub fn token(token: &Token, grants: Vec<Grant>, now: Time) -> Result<Self, TokenRefusal> {
        token.check(now)?;
        let by = By::Token(token.person, token.id);
        Ok(Self { by, grants, token: Some(token.scope.clone()) })
    }

    /// The installation's own workers.
    #[must_use]
    pub fn worker() -> Self {
        Self { by: By::System, grants: Vec::new(), token: None }
    }

    /// By whom.
    #[must_use]
    pub fn by(&self) -> By {
        self.by
    }

    /// The roles held, with their products.
    #[must_use]
    pub fn grants(&self) -> &[Grant] {
        &self.grants
    }

    /// Leave to do `P`, with the products for which one of the roles gives it.
    ///
    /// # Errors
    /// [`Denied`] when no role has it, or the token doesn't.
    pub fn permit<P: Permission>(&self) -> Result<Permit<P>, Denied> {
        let (scope, roles) = self.find(P::NAME)?;
        Ok(Permit { by: self.by, roles, scope, permission: PhantomData })
    }

    /// Whether `name` would be given, for pages that leave out what can't be done.
    #[must_use]
    pub fn may(&self, name: PermissionName) -> bool {
        self.find(name).is_ok()
    }

    fn find(&self, name: PermissionName) -> Result<(Scope, BTreeSet<Role>), Denied> {
        let rule = rule(name);
        if self.by == By::System {
            let found = (Scope::All, BTreeSet::new());
            return if rule.allows_worker() { Ok(found) } else { Err(Denied::Role(name)) };
        }
        let giving: Vec<&Grant> =
            self.grants.iter().filter(|grant| rule.allows(grant.role())).collect();
        if giving.is_empty() {
            return Err(Denied::Role(name));
        }
        let scope = giving.iter().fold(Scope::none(), |sum, grant| sum.union(grant.scope()));
        let roles = giving.iter().map(|grant| grant.role()).collect();
        let Some(token) = &self.token else { return Ok((scope, roles)) };
        if !rule.allows_token() {
            return Err(Denied::Personal(name));
        }
        if !token.permissions().contains(&name) {
            return Err(Denied::Token(name));
        }
        Ok((scope.intersection(token.products()), roles))
    }
}

impl<P: Permission> Permit<P> {
    /// By whom.
    #[must_use]
    pub fn by(&self) -> By {
        self.by
    }

    /// The roles that give it; empty for the installation itself.
    #[must_use]
    pub fn roles(&self) -> &BTreeSet<Role> {
        &self.roles
    }

    /// With which products: what a query must be limited to.
    #[must_use]
    pub fn scope(&self) -> &Scope {
        &self.scope
    }

    /// Whether it holds for this product.
    ///
    /// # Errors
    /// [`Denied::Product`] when it does not. A face that must not tell whether a product exists
    /// answers this like a product that does not.
    pub fn covers(&self, product: ProductId) -> Result<(), Denied> {
        if self.scope.covers(product) { Ok(()) } else { Err(Denied::Product(P::NAME)) }
    }
}
