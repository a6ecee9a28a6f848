//! Products and their hardware revisions.

use super::{HardwareName, Market, ProductName, Slug};
use crate::id::{HardwareId, ProductId, VendorId};
use crate::text::Why;
use crate::time::{Day, Time};
use std::collections::BTreeSet;

/// A product.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Product {
    /// Its id.
    pub id: ProductId,
    /// Name, as buyers know it.
    pub name: ProductName,
    /// Name in addresses; unique.
    pub slug: Slug,
    /// Who makes it for the manufacturer; `None` when it is made in-house.
    pub vendor: Option<VendorId>,
    /// Where it is sold; may be empty before it is.
    pub markets: BTreeSet<Market>,
    /// Whether the program's duties hold for it.
    pub duty: Duty,
    /// For how long it gets fixes; `None` until that is decided.
    pub support: Option<Support>,
    /// When it was entered.
    pub created_at: Time,
}

/// Whether a product is covered: whether the program's duties hold for it, and why.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Duty {
    /// They do.
    Covered {
        /// Why.
        why: Why,
    },
    /// They don't; an assessor asks for the reason.
    NotCovered {
        /// Why not.
        why: Why,
    },
}

impl Duty {
    /// Whether the duties hold.
    #[must_use]
    pub fn is_covered(&self) -> bool {
        matches!(self, Self::Covered { .. })
    }

    /// The reason.
    #[must_use]
    pub fn why(&self) -> &Why {
        let (Self::Covered { why } | Self::NotCovered { why }) = self;
        why
    }
}

/// The support period: the days on which a product gets security fixes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Support {
    begins: Day,
    ends: Day,
}

/// A support period that ends before it begins.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("support can't end on {ends}, before it begins on {begins}")]
pub struct SupportError {
    /// The first day.
    pub begins: Day,
    /// The last day.
    pub ends: Day,
}

impl Support {
    /// A period from the first to the last day, both in it.
    ///
    /// # Errors
    /// [`SupportError`] when it would end before it begins.
    pub fn new(begins: Day, ends: Day) -> Result<Self, SupportError> {
        if ends < begins { Err(SupportError { begins, ends }) } else { Ok(Self { begins, ends }) }
    }

    /// The first day.
    #[must_use]
    pub fn begins(self) -> Day {
        self.begins
    }

    /// The last day.
    #[must_use]
    pub fn ends(self) -> Day {
        self.ends
    }

    /// Whether this day is in it.
    #[must_use]
    pub fn holds_on(self, day: Day) -> bool {
        self.begins <= day && day <= self.ends
    }
}

/// A hardware revision of a product: devices of one take the same images.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HardwareRevision {
    /// Its id.
    pub id: HardwareId,
    /// Of which product.
    pub product: ProductId,
    /// Name, as printed on the device; unique in the product.
    pub name: HardwareName,
    /// The first day on which it was sold, where known.
    pub sold_from: Option<Day>,
    /// The last day on which it was sold, once it isn't any more.
    pub sold_until: Option<Day>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn support_holds_through_its_last_day() {
        let day = |text: &str| text.parse::<Day>().unwrap();
        let support = Support::new(day("2026-01-01"), day("2031-12-31")).unwrap();
        assert!(support.holds_on(day("2026-01-01")) && support.holds_on(day("2031-12-31")));
        assert!(!support.holds_on(day("2025-12-31")) && !support.holds_on(day("2032-01-01")));
        assert!(Support::new(day("2026-01-02"), day("2026-01-01")).is_err());
        assert!(Support::new(day("2026-01-01"), day("2026-01-01")).is_ok());
    }
}
