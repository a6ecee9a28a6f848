//! What the manufacturer has: the organisation, its people and vendors, products with their
//! hardware revisions, planned and shipped releases, and the files that belong to them.
//!
//! Names and versions are read once into types that can't hold anything else. What happens to a
//! release is told by [`crate::release`], who may do what by [`crate::access`].

mod artefact;
mod names;
mod organisation;
mod product;
mod release;

pub use artefact::{Artefact, ArtefactKind, SIZE_BYTES_MAX};
pub use names::{
    Channel, FileName, HardwareName, Market, MediaType, OrganisationName, PersonName, ProductName,
    Slug, VendorName, Version,
};
pub use organisation::{Organisation, Person, Vendor};
pub use product::{Duty, HardwareRevision, Product, Support, SupportError};
pub use release::{NumberError, Release, ReleaseNumber, ReleaseRef};
