//! SEAMA and its older form DLOB (Alpha Networks): a seal without image, then entities with image,
//! MD5 and metadata of `key=value` strings.
//!
//! Layout as written by OpenWrt's `seama` and `mkseama`; both byte orders.

use crate::{crypt, kit, kit::container};
use bytes::Bytes;
use duecare_base::{Bin, Endian};
use duecare_unpack::{Context, Found, Signature};

/// Entities in one file.
const ENTITIES_MAX: usize = 32;

/// Longest metadata, in bytes.
const META_BYTES_MAX: usize = 16 * 1024;

container!(
    /// SEAMA or DLOB.
    Seama,
    "seama",
    [Signature::anywhere(b"\x5e\xa3\xa4\x17"), Signature::anywhere(b"\x17\xa4\xa3\x5e")],
    read
);

fn read(input: &Bytes, _: &Context<'_>) -> Option<Found> {
    let big = input.starts_with(b"\x5e\xa3\xa4\x17");
    let bin = Bin::new(input, if big { Endian::Big } else { Endian::Little });
    let mut found = Found::new(0);
    found.fact("endian", bin.endian().label());
    let mut at = 0;
    for _ in 0..ENTITIES_MAX {
        match entity(input, bin, at, &mut found) {
            Some(next) => at = next,
            None => break,
        }
    }
    if at == 0 {
        return None;
    }
    kit::declared(&mut found, input, at);
    Some(found)
}

/// Adds one seal or entity; gives the offset behind it.
fn entity(input: &Bytes, bin: Bin<'_>, at: usize, found: &mut Found) -> Option<usize> {
    if bin.u32(at).ok()? != 0x5ea3_a417 {
        return None;
    }
    // The reserved half-word before the size is zero, so DLOB's wider field reads the same.
    if bin.u16(at + 4).ok()? != 0 {
        return None;
    }
    let meta_size = usize::from(bin.u16(at + 6).ok()?);
    let size = bin.size32(at + 8).ok()?;
    let meta_at = if size > 0 { at + 28 } else { at + 12 };
    let meta = bin.slice(meta_at, meta_size).ok()?;
    if meta_size > META_BYTES_MAX || (meta_size == 0 && size == 0) {
        return None;
    }
    for pair in meta.split(|byte| *byte == 0).filter(|pair| !pair.is_empty()) {
        let pair = String::from_utf8_lossy(pair);
        if !kit::printable(&pair) {
            return None;
        }
        found.fact("meta", pair);
    }
    let image_at = meta_at + meta_size;
    if size == 0 {
        return Some(image_at);
    }
    if let Ok(image) = bin.slice(image_at, size) {
        let right = crypt::md5(image).as_slice() == bin.slice(at + 12, 16).ok()?;
        kit::content_check(found, "md5", right, at + 12);
    }
    let end = image_at.saturating_add(size);
    let name = format!("image{}", found.parts.len());
    let shown = size.min(input.len().saturating_sub(image_at));
    found.slice(input, &name, image_at, shown);
    Some(end)
}
