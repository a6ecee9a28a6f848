//! JBOOT (Amit), the boot loader of D-Link DWR and DIR models: the update header with the ROM's
//! name, the `STAG` header of the kernel, and the `SCH2` header behind it.
//!
//! Layouts as written by OpenWrt's `mkdlinkfw`.

use crate::kit::{self, container};
use bytes::Bytes;
use duecare_base::Bin;
use duecare_unpack::{Context, Found, Signature};

/// Sizes of the three headers in bytes.
const ARM: usize = 80;
const STAG: usize = 16;
const SCH2: usize = 40;

container!(
    /// Update header.
    Update,
    "jboot-update",
    [Signature::anywhere(b"BH").with_offset(64)],
    read_update
);

container!(
    /// Kernel header of the boot loader.
    Stag,
    "jboot-stag",
    [
        Signature::anywhere(b"\x04\x04\x24\x2b"),
        Signature::anywhere(b"\xff\x04\x24\x2b"),
    ],
    read_stag
);

container!(
    /// Kernel header with the compression.
    Sch2,
    "jboot-sch2",
    [
        Signature::anywhere(b"\x24\x21\x00\x02"),
        Signature::anywhere(b"\x24\x21\x01\x02"),
        Signature::anywhere(b"\x24\x21\x02\x02"),
        Signature::anywhere(b"\x24\x21\x03\x02"),
    ],
    read_sch2
);

fn read_update(input: &Bytes, _: &Context<'_>) -> Option<Found> {
    let bin = Bin::le(input);
    let name = bin.text(0, 12).ok()?;
    let zeros = [(20, 6), (48, 16)];
    let empty = zeros.iter().all(|(at, size)| {
        bin.slice(*at, *size).is_ok_and(|bytes| bytes.iter().all(|byte| *byte == 0))
    });
    let size = bin.size32(44).ok()?;
    let right = bin.u8(26) == Ok(1) && bin.u8(27) == Ok(0) && bin.u16(66).ok()? <= 4;
    if !kit::printable(&name) || !name.is_ascii() || !empty || !right || size == 0 {
        return None;
    }
    let mut found = Found::new(0);
    kit::declared(&mut found, input, ARM.checked_add(size)?);
    found.fact("rom", name);
    found.fact("flash", format!("{:#x}", bin.u32(40).ok()?));
    let shown = found.size.saturating_sub(ARM);
    found.slice(input, "image", ARM.min(input.len()), shown);
    Some(found)
}

fn read_stag(input: &Bytes, _: &Context<'_>) -> Option<Found> {
    let bin = Bin::le(input);
    let size = bin.size32(8).ok()?;
    let header = bin.slice(0, STAG).ok()?;
    // The header's checksum is the inverted sum of its other words.
    let words = header.as_chunks::<2>().0.iter().take(7).map(|word| u16::from_le_bytes(*word));
    let sum = words.fold(0_u32, |sum, word| sum + u32::from(word));
    let folded = (sum & 0xffff) + (sum >> 16);
    let right = !(folded as u16) == bin.u16(14).ok()?;
    if !(64..=1 << 27).contains(&size) || (!right && size > input.len()) {
        return None;
    }
    let mut found = Found::new(0);
    kit::declared(&mut found, input, STAG.checked_add(size)?.min(input.len().max(size)));
    found.fact("kind", if bin.u8(0) == Ok(0xff) { "factory" } else { "update" });
    found.fact("header-checksum", if right { "ok" } else { "not matched" });
    let shown = found.size.saturating_sub(STAG);
    found.slice(input, "image", STAG, shown);
    Some(found)
}

fn read_sch2(input: &Bytes, _: &Context<'_>) -> Option<Found> {
    let bin = Bin::le(input);
    let header = usize::from(bin.u16(36).ok()?);
    if header != SCH2 || kit::crc32_without(bin.slice(0, SCH2).ok()?, 32) != bin.u32(32).ok()? {
        return None;
    }
    let (kernel, rootfs) = (bin.size32(8).ok()?, bin.size32(24).ok()?);
    let line = usize::from(bin.u16(38).ok()?);
    let begin = SCH2 + line;
    let mut found = Found::new(0);
    kit::declared(&mut found, input, begin.checked_add(kernel)?);
    let name = ["none", "jz", "gzip", "lzma"].get(usize::from(bin.u8(2).ok()?));
    found.fact("compression", name.unwrap_or(&"unknown"));
    found.fact("entry", format!("{:#x}", bin.u32(4).ok()?));
    found.fact("cmdline", bin.text(SCH2, line).unwrap_or_default());
    found.fact("rootfs", format!("{rootfs} bytes, flash {:#x}", bin.u32(20).ok()?));
    if let Ok(data) = bin.slice(begin, kernel) {
        let right = kit::crc32(data) == bin.u32(12).ok()?;
        found.fact("kernel-crc", if right { "ok" } else { "not matched" });
    }
    let shown = found.size.saturating_sub(begin);
    found.slice(input, "kernel", begin.min(input.len()), shown);
    Some(found)
}
