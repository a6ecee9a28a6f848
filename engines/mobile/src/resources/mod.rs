//! Compiled resources of an app: the string pool that all of them share, XML and the table.
//!
//! Layouts as in the platform's `ResourceTypes.h`.

pub(crate) mod pool;
pub(crate) mod proto;
pub(crate) mod table;
pub(crate) mod xml;

use duecare_base::{Bin, Short};

/// A chunk: its type, the size of its header, and its bytes.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Chunk<'a> {
    pub(crate) kind: u16,
    pub(crate) header: usize,
    pub(crate) bin: Bin<'a>,
}

/// The chunk at an offset. One that claims more than there is, is cut.
pub(crate) fn chunk(bin: Bin<'_>, at: usize) -> Result<Chunk<'_>, Short> {
    let (kind, header) = (bin.u16(at)?, usize::from(bin.u16(at + 2)?));
    let size = bin.size32(at + 4)?;
    if header < 8 || size < header {
        return Err(Short { at, len: 8 });
    }
    let bytes = bin.tail(at);
    let bytes = bytes.get(..size.min(bytes.len())).unwrap_or_default();
    Ok(Chunk { kind, header, bin: Bin::le(bytes) })
}

/// The chunks that follow one another from an offset on.
pub(crate) fn chunks(bin: Bin<'_>, start: usize) -> Vec<Chunk<'_>> {
    let mut found = Vec::new();
    let mut at = start;
    while let Ok(one) = chunk(bin, at) {
        at += one.bin.len().max(8);
        found.push(one);
    }
    found
}

/// A value of a resource or attribute.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Value {
    /// Text.
    Text(String),
    /// A truth value.
    Bool(bool),
    /// A whole number.
    Number(u32),
    /// A reference to a resource.
    Reference(u32),
    /// Anything else.
    Other,
}

impl Value {
    /// A `Res_value`: its type and data, with the text that a string index stands for.
    pub(crate) fn typed(kind: u8, data: u32, text: impl FnOnce(u32) -> Option<String>) -> Self {
        match kind {
            0x03 => text(data).map_or(Self::Other, Self::Text),
            0x01 | 0x07 => Self::Reference(data),
            0x12 => Self::Bool(data != 0),
            0x10 | 0x11 => Self::Number(data),
            _ => Self::Other,
        }
    }
}
