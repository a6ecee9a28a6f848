//! Roles, and with which products somebody holds one.

use crate::id::ProductId;
use crate::labels::labels;
use std::collections::BTreeSet;

labels! {
    /// What somebody does in the program. What each may do stands in one table,
    /// [`rule`](super::rule).
    Role, "role" {
        /// Runs the installation: people, settings, webhooks. Decides nothing about products.
        Admin = "admin",
        /// Answers for the security program: policies, exceptions, the catalogue.
        SecurityLead = "security_lead",
        /// Writes firmware: plans and submits releases, works on findings.
        Engineer = "engineer",
        /// Ships: approves, publishes and withdraws releases.
        ReleaseManager = "release_manager",
        /// Product security incident response: findings from any source, exceptions.
        Psirt = "psirt",
        /// Talks to customers: sees products and releases, enters what customers report.
        Support = "support",
        /// Makes products for the manufacturer; limited to these products.
        Vendor = "vendor",
        /// Looks at everything and changes nothing.
        Assessor = "assessor",
    }
}

/// Which products something holds for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Scope {
    /// All there are and will be.
    All,
    /// These alone; none when empty.
    Only(BTreeSet<ProductId>),
}

impl Scope {
    /// No product.
    #[must_use]
    pub fn none() -> Self {
        Self::Only(BTreeSet::new())
    }

    /// Whether it holds for this product.
    #[must_use]
    pub fn covers(&self, product: ProductId) -> bool {
        match self {
            Self::All => true,
            Self::Only(products) => products.contains(&product),
        }
    }

    /// Whether it holds for no product.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        matches!(self, Self::Only(products) if products.is_empty())
    }

    /// What either holds for.
    #[must_use]
    pub fn union(&self, other: &Self) -> Self {
        match (self, other) {
            (Self::Only(a), Self::Only(b)) => Self::Only(a | b),
            _ => Self::All,
        }
    }

    /// What both hold for.
    #[must_use]
    pub fn intersection(&self, other: &Self) -> Self {
        match (self, other) {
            (Self::All, one) | (one, Self::All) => one.clone(),
            (Self::Only(a), Self::Only(b)) => Self::Only(a & b),
        }
    }
}

/// A role that somebody holds with some products.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Grant {
    role: Role,
    scope: Scope,
}

/// A role that can't be held with these products.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum GrantError {
    /// A vendor sees its own products alone.
    #[error("a vendor must be limited to its products")]
    VendorOfAll,
    /// Running the installation has nothing to do with products.
    #[error("an admin can't be limited to products")]
    LimitedAdmin,
}

impl Grant {
    /// A role with these products.
    ///
    /// # Errors
    /// [`GrantError`] for a vendor of all products and an admin of some.
    pub fn new(role: Role, scope: Scope) -> Result<Self, GrantError> {
        match (role, &scope) {
            (Role::Vendor, Scope::All) => Err(GrantError::VendorOfAll),
            (Role::Admin, Scope::Only(_)) => Err(GrantError::LimitedAdmin),
            _ => Ok(Self { role, scope }),
        }
    }

    /// The role.
    #[must_use]
    pub fn role(&self) -> Role {
        self.role
    }

    /// The products.
    #[must_use]
    pub fn scope(&self) -> &Scope {
        &self.scope
    }
}
