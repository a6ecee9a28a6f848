//! CycloneDX (ECMA-424): written as 1.6 JSON, read as JSON and XML of any 1.x.

mod read;
mod write;

pub(crate) use read::{read_json, read_xml};
pub(crate) use write::pretty;
pub use write::write;
