//! Broadcom's TRX (`HDR0`), versions 1 and 2, with the tail that ASUS and others put behind it.

use crate::kit::{self, container};
use bytes::Bytes;
use duecare_base::{Bin, Endian};
use duecare_unpack::{Context, Found, Signature};

/// Where the checksum begins: behind the checksum itself.
const CRC_FROM: usize = 12;

/// Size of the tail that ASUS firmware carries, in bytes.
const ASUS_TAIL: usize = 64;

container!(
    /// Broadcom TRX.
    Trx,
    "trx",
    [Signature::anywhere(b"HDR0"), Signature::anywhere(b"0RDH")],
    read
);

fn read(input: &Bytes, _: &Context<'_>) -> Option<Found> {
    let endian = if input.starts_with(b"HDR0") { Endian::Little } else { Endian::Big };
    let bin = Bin::new(input, endian);
    let size = bin.size32(4).ok()?;
    let flags = bin.u32(12).ok()?;
    let version = flags >> 16;
    let count = match version {
        1 => 3,
        2 => 4,
        _ => return None,
    };
    let header = 16 + 4 * count;
    if size <= header || size > 1 << 30 {
        return None;
    }
    let mut offsets = Vec::new();
    for index in 0..count {
        let offset = bin.size32(16 + 4 * index).ok()?;
        // The fourth offset of version 2 leads to a loader and may be beyond what is stored.
        if offset != 0 && (offset < header || offset > size) {
            return None;
        }
        if offset != 0 && !offsets.contains(&offset) {
            offsets.push(offset);
        }
    }
    offsets.sort_unstable();
    offsets.first()?;
    let mut found = Found::new(0);
    kit::declared(&mut found, input, size);
    found.fact("version", version);
    found.fact("flags", format!("{:#06x}", flags & 0xffff));
    found.fact("endian", endian.label());
    if let Some(sealed) = input.get(CRC_FROM..size) {
        // The register is stored without the final inversion.
        let crc = kit::crc32_register(u32::MAX, sealed);
        kit::content_check(&mut found, "crc", crc == bin.u32(8).ok()?, 8);
    }
    let ends = offsets.iter().skip(1).copied().chain([size]);
    for (index, (offset, end)) in offsets.iter().zip(ends).enumerate() {
        let end = end.min(input.len()).max(*offset);
        found.slice(input, &format!("part{index}"), *offset, end - offset);
    }
    asus_tail(input, size, &mut found);
    Some(found)
}

/// ASUS ends its files with 64 bytes: kernel and file-system version, product name.
fn asus_tail(input: &Bytes, size: usize, found: &mut Found) {
    let Some(tail) = input.get(size..size.saturating_add(ASUS_TAIL)) else { return };
    let product = Bin::le(tail).text(4, 12).unwrap_or_default();
    let versions = tail.get(..4).unwrap_or_default();
    let named = product.len() >= 4
        && product.chars().all(|c| c.is_ascii_alphanumeric() || "-_+. ".contains(c));
    if !named || input.len() != size + ASUS_TAIL {
        return;
    }
    found.fact("product", product);
    if let [a, b, c, d] = versions {
        found.fact("vendor-version", format!("{a}.{b}, {c}.{d}"));
    }
    found.size = size + ASUS_TAIL;
}
