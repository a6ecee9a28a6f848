//! TP-Link's headers: version 1 (512 bytes, most routers up to 2016), versions 2 and 3 (MediaTek
//! models) and the small `IMG0` of travel routers with VxWorks.
//!
//! Layouts as written by OpenWrt's `mktplinkfw` and `mktplinkfw2`.

use crate::{crypt, kit, kit::container};
use bytes::Bytes;
use duecare_base::Bin;
use duecare_unpack::{Context, Found, ProblemKind, Signature};

/// Size of both headers in bytes.
const HEADER: usize = 512;

/// What the checksum field holds while it is computed, without and with a boot loader inside.
/// As written by `mktplinkfw`.
const SALTS: [[u8; 16]; 2] = [
    [
        0xdc, 0xd7, 0x3a, 0xa5, 0xc3, 0x95, 0x98, 0xfb, 0xdd, 0xf9, 0xe7, 0xf4, 0x0e, 0xae, 0x47,
        0x38,
    ],
    [
        0x8c, 0xef, 0x33, 0x5b, 0xd5, 0xc5, 0xce, 0xfa, 0xa7, 0x9c, 0x28, 0xda, 0xb2, 0xe9, 0x0f,
        0x42,
    ],
];

container!(
    /// TP-Link version 1.
    V1,
    "tplink",
    [
        Signature::anywhere(b"\x01\x00\x00\x00TP-LINK Technologies"),
        Signature::anywhere(b"\x01\x00\x00\x00OpenWrt\0"),
        Signature::start(b"\x01\x00\x00\x00"),
        Signature::start(b"\x00\x00\x00\x01TP-LINK"),
    ],
    read_v1
);

container!(
    /// TP-Link versions 2 and 3.
    V2,
    "tplink-v2",
    [Signature::start(b"\x02\x00\x00\x00"), Signature::start(b"\x03\x00\x00\x00")],
    read_v2
);

container!(
    /// TP-Link images of travel routers.
    Img0,
    "tplink-img0",
    [Signature::start(b"IMG0").with_offset(20), Signature::anywhere(b"IMG0")],
    read_img0
);

/// Where a version keeps its fields.
struct Fields {
    md5: usize,
    load: usize,
    length: usize,
    kernel: usize,
}

fn read_v1(input: &Bytes, _: &Context<'_>) -> Option<Found> {
    let bin = Bin::be(input);
    bin.slice(0, HEADER).ok()?;
    let vendor = bin.text(4, 24).ok()?;
    let version = bin.text(0x1c, 36).ok()?;
    if !kit::printable(&vendor) || !vendor.is_ascii() || !kit::ascii_or_empty(&version) {
        return None;
    }
    let mut found = Found::new(0);
    found.fact("vendor", vendor);
    found.fact("version", version);
    found.fact("hardware", format!("{:#010x} rev {}", bin.u32(0x40).ok()?, bin.u32(0x44).ok()?));
    found.fact("region", bin.u32(0x48).ok()?);
    let release = |at| bin.u16(at).unwrap_or(0);
    found.fact("release", format!("{}.{}.{}", release(0x98), release(0x9a), release(0x9c)));
    body(input, &Fields { md5: 0x4c, load: 0x74, length: 0x7c, kernel: 0x80 }, found)
}

fn read_v2(input: &Bytes, _: &Context<'_>) -> Option<Found> {
    let bin = Bin::be(input);
    bin.slice(0, HEADER).ok()?;
    let version = bin.text(4, 48).ok()?;
    if !kit::printable(&version) || !version.is_ascii() {
        return None;
    }
    let mut found = Found::new(0);
    found.fact("header", bin.u8(0).ok()?);
    found.fact("version", version);
    found.fact("hardware", format!("{:#010x} rev {:#x}", bin.u32(0x34).ok()?, bin.u32(0x38).ok()?));
    body(input, &Fields { md5: 0x40, load: 0x68, length: 0x70, kernel: 0x74 }, found)
}

/// Kernel, root file system and boot loader, three pairs of offset and size.
fn body(input: &Bytes, fields: &Fields, mut found: Found) -> Option<Found> {
    let bin = Bin::be(input);
    let pair = |index: usize| -> Option<(usize, usize)> {
        let at = fields.kernel + 8 * index;
        Some((bin.size32(at).ok()?, bin.size32(at + 4).ok()?))
    };
    let (kernel, rootfs, boot) = (pair(0)?, pair(1)?, pair(2)?);
    let length = bin.size32(fields.length).ok()?;
    let kernel_end = kernel.0.saturating_add(kernel.1);
    let limit = length.max(kernel_end);
    let sane = (HEADER..=1 << 28).contains(&limit)
        && [kernel, rootfs, boot].iter().all(|(at, size)| *at <= limit && *size <= limit)
        && (kernel.1 > 0 || rootfs.1 > 0 || boot.1 > 0);
    if !sane {
        return None;
    }
    found.fact("load", format!("{:#x}", bin.u32(fields.load).ok()?));
    found.fact("entry", format!("{:#x}", bin.u32(fields.load + 4).ok()?));
    if boot.1 > 0 {
        found.slice(input, "boot", boot.0, boot.1);
    }
    if kernel.1 > 0 {
        found.slice(input, "kernel", kernel.0, kernel.1);
    }
    // Images with kernel and root file system in one declare a place inside the kernel.
    let joined = rootfs.0 < kernel_end && rootfs.1 > 0 && kernel.1 > 0 && rootfs.0 >= kernel.0;
    let root_at = if joined { kernel_end } else { rootfs.0 };
    let mut end = kernel_end.max(boot.0.saturating_add(boot.1));
    if rootfs.1 > 0 && joined {
        let stop = length.min(input.len()).max(root_at);
        found.slice(input, "rootfs", root_at, stop - root_at);
        end = stop;
    } else if rootfs.1 > 0 {
        found.slice(input, "rootfs", root_at, rootfs.1);
        end = end.max(root_at.saturating_add(rootfs.1));
    }
    // Update files leave out the padding at the end that the length counts in.
    found.size = length.max(end).min(input.len());
    kit::rest(&mut found, input, "rest", end, length);
    md5(input, fields, length, &mut found);
    Some(found)
}

fn md5(input: &Bytes, fields: &Fields, length: usize, found: &mut Found) {
    let Ok(wanted) = Bin::be(input).array::<16>(fields.md5) else { return };
    let sealed = input.get(..length).unwrap_or(input);
    let before = sealed.get(..fields.md5).unwrap_or_default();
    let after = sealed.get(fields.md5 + 16..).unwrap_or_default();
    let right = SALTS.iter().any(|salt| crypt::md5_of(&[before, salt, after]) == wanted);
    // Some models have another salt, so it proves no damage.
    found.fact("md5", if right { "ok" } else { "not matched" });
    if !right && length > input.len() {
        kit::declared(found, input, length);
    } else if !right {
        found.problem(ProblemKind::Odd, Some(fields.md5), "the md5 does not match");
    }
}

fn read_img0(input: &Bytes, _: &Context<'_>) -> Option<Found> {
    let bin = Bin::be(input);
    // Files begin with four bytes and an MD5; the header stands alone inside.
    let at = if bin.has(0, b"IMG0") { 0 } else { 20 };
    if !bin.has(at, b"IMG0") {
        return None;
    }
    let size = bin.size32(at + 4).ok()?;
    if !(64..=1 << 26).contains(&size) {
        return None;
    }
    let mut found = Found::new(0);
    let end = at.saturating_add(size);
    // The size counts the header in some models and not in others.
    found.size = if input.len() <= end.saturating_add(12) { input.len() } else { end };
    found.fact("device", format!("{:#06x}", bin.u16(at + 8).ok()?));
    found.fact("language", format!("{:#06x}", bin.u16(at + 10).ok()?));
    if end > input.len() {
        kit::declared(&mut found, input, end);
    }
    let body = at + 12;
    found.slice(input, "body", body, found.size.checked_sub(body)?);
    Some(found)
}
