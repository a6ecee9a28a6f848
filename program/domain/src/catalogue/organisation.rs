//! The manufacturer, its people and its vendors.

use super::{OrganisationName, PersonName, Slug, VendorName};
use crate::id::{OrganisationId, PersonId, VendorId};
use crate::text::Email;
use crate::time::Time;

/// The manufacturer that runs this program. There is one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Organisation {
    /// Its id.
    pub id: OrganisationId,
    /// Its name.
    pub name: OrganisationName,
    /// Where strangers may write about security.
    pub contact: Option<Email>,
}

/// Somebody who works with the program. People are never removed, since evidence names them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Person {
    /// Its id.
    pub id: PersonId,
    /// Name.
    pub name: PersonName,
    /// Address; unique by [`Email::folded`].
    pub email: Email,
    /// The vendor that the person works for; `None` for the manufacturer's own people.
    pub vendor: Option<VendorId>,
    /// When the person came.
    pub joined_at: Time,
    /// When the person left, from when on nobody may log in as this person.
    pub left_at: Option<Time>,
}

impl Person {
    /// Whether the person may log in at this time.
    #[must_use]
    pub fn is_active(&self, now: Time) -> bool {
        self.joined_at <= now && self.left_at.is_none_or(|left| now < left)
    }
}

/// A maker of parts or whole products for the manufacturer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Vendor {
    /// Its id.
    pub id: VendorId,
    /// Name.
    pub name: VendorName,
    /// Name in addresses; unique.
    pub slug: Slug,
    /// Whom to write to about security.
    pub contact: Option<Email>,
}
