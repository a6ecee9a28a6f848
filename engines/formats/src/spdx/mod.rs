//! SPDX: written as 2.3 JSON (ISO/IEC 5962:2021 and its 2.3 successor), read as 2.x JSON and
//! tag-value and 3.0 JSON.

mod read;
mod read3;
mod uses;
mod write;

pub(crate) use read::{read_json2, read_tag_value};
pub(crate) use read3::read_json3;
pub use write::write;
