//! A planned or shipped release, apart from what happens to it.

use super::{Channel, Version};
use crate::id::{HardwareId, ProductId, ReleaseId};
use crate::time::Time;
use std::collections::BTreeSet;
use std::fmt;
use std::num::NonZeroU32;

/// A release's number in its product: 1, 2, 3 without gaps, so that an assessor can prove that the
/// population is whole. It is given at creation and stays, whatever becomes of the release.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ReleaseNumber(NonZeroU32);

/// A number that no release has.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0} is no release number: they count from 1 to {max}", max = u32::MAX)]
pub struct NumberError(pub i64);

impl ReleaseNumber {
    /// The number of a product's first release.
    pub const FIRST: Self = Self(NonZeroU32::MIN);

    /// Reads a number.
    ///
    /// # Errors
    /// [`NumberError`] below 1 or above `u32::MAX`.
    pub fn new(number: i64) -> Result<Self, NumberError> {
        let read = u32::try_from(number).ok().and_then(NonZeroU32::new);
        read.map(Self).ok_or(NumberError(number))
    }

    /// The number after this one; `None` when there are no more.
    #[must_use]
    pub fn next(self) -> Option<Self> {
        self.0.checked_add(1).map(Self)
    }

    /// The number.
    #[must_use]
    pub fn get(self) -> u32 {
        self.0.get()
    }
}

impl fmt::Display for ReleaseNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.0, f)
    }
}

/// A release with its number, where both are needed to say which and how late.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct ReleaseRef {
    /// Which.
    pub id: ReleaseId,
    /// Its number in the product.
    pub number: ReleaseNumber,
}

/// A release.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Release {
    /// Its id.
    pub id: ReleaseId,
    /// Of which product.
    pub product: ProductId,
    /// Its number in the product.
    pub number: ReleaseNumber,
    /// Its version; unique in product and channel.
    pub version: Version,
    /// For the devices that follow this channel.
    pub channel: Channel,
    /// For these hardware revisions.
    pub hardware: BTreeSet<HardwareId>,
    /// When it was planned.
    pub created_at: Time,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_count_from_one() {
        assert_eq!(ReleaseNumber::FIRST.next().unwrap().get(), 2);
        assert!(ReleaseNumber::new(0).is_err() && ReleaseNumber::new(-1).is_err());
        assert!(ReleaseNumber::new(1 << 32).is_err());
        assert_eq!(ReleaseNumber::new(i64::from(u32::MAX)).unwrap().next(), None);
    }
}
