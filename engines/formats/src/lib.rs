//! Outside standards, one module each: how they are read and written.
//!
//! Software bills of materials (CycloneDX, SPDX) share the model in [`bom`]; [`bom::read`] tells
//! which one bytes are. Static-analysis results are [`sarif`].
//!
//! Left out on purpose: what is done with them, and any choice about what goes in.

pub mod bom;
pub mod cpe;
pub mod cyclonedx;
pub mod date;
pub mod licences;
pub mod purl;
pub mod sarif;
pub mod spdx;
pub mod versions;
