//! Dalvik executables: their tables, their classes, their code.
//!
//! Format as in the platform's "Dalvik executable format", versions 035 to 040.

mod file;
pub(crate) mod instruction;
mod leb;

pub(crate) use file::{Class, Code, Dex, Method, MethodRef};
