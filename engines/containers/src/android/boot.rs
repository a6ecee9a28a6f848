//! Android boot images, header versions 0 to 4, and vendor boot images, 3 and 4
//! (`system/tools/mkbootimg/include/bootimg/bootimg.h`).

use crate::kit::{self, container};
use bytes::Bytes;
use duecare_base::Bin;
use duecare_unpack::{Context, Found, Signature};

/// Ramdisks in one vendor boot image.
const RAMDISKS_MAX: usize = 64;

/// Page size of versions 3 and 4, in bytes.
const PAGE: usize = 4096;

container!(
    /// Boot image.
    Boot,
    "android-boot",
    [Signature::anywhere(b"ANDROID!")],
    read_boot
);

container!(
    /// Vendor boot image.
    VendorBoot,
    "android-vendor-boot",
    [Signature::anywhere(b"VNDRBOOT")],
    read_vendor
);

/// Adds parts one after the other, each on its own page.
struct Pages {
    at: usize,
    page: usize,
}

impl Pages {
    fn part(&mut self, found: &mut Found, input: &Bytes, name: &str, size: usize) {
        if size > 0 {
            found.slice(input, name, self.at, size);
            self.at = self.at.saturating_add(size.div_ceil(self.page).saturating_mul(self.page));
        }
    }
}

fn read_boot(input: &Bytes, _: &Context<'_>) -> Option<Found> {
    let bin = Bin::le(input);
    let version = bin.u32(40).ok()?;
    if version == 3 || version == 4 {
        return boot_new(input, version);
    }
    let page = bin.size32(36).ok()?;
    let (kernel, ramdisk, second) =
        (bin.size32(8).ok()?, bin.size32(16).ok()?, bin.size32(24).ok()?);
    if !page.is_power_of_two() || !(512..=1 << 17).contains(&page) || kernel > 1 << 30 {
        return None;
    }
    let mut found = Found::new(0);
    // Qualcomm's older tools keep the size of the device tree where the version stands now.
    let old_tree = if version > 4 { version as usize } else { 0 };
    found.fact("version", if version > 4 { 0 } else { version });
    found.fact("name", bin.text(48, 16).ok()?);
    found.fact("cmdline", format!("{}{}", bin.text(64, 512).ok()?, bin.text(608, 1024).ok()?));
    found.fact("kernel-load", format!("{:#x}", bin.u32(12).ok()?));
    release(bin.u32(44).ok()?, &mut found);
    let mut pages = Pages { at: page, page };
    pages.part(&mut found, input, "kernel", kernel);
    pages.part(&mut found, input, "ramdisk", ramdisk);
    pages.part(&mut found, input, "second", second);
    if version == 1 || version == 2 {
        pages.part(&mut found, input, "recovery-dtbo", bin.size32(1632).ok()?);
    }
    if version == 2 {
        pages.part(&mut found, input, "dtb", bin.size32(1648).ok()?);
    }
    pages.part(&mut found, input, "dt", old_tree);
    found.size = pages.at.min(input.len());
    Some(found)
}

fn boot_new(input: &Bytes, version: u32) -> Option<Found> {
    let bin = Bin::le(input);
    let (kernel, ramdisk) = (bin.size32(8).ok()?, bin.size32(12).ok()?);
    if kernel > 1 << 30 || ramdisk > 1 << 30 {
        return None;
    }
    let mut found = Found::new(0);
    found.fact("version", version);
    found.fact("cmdline", bin.text(44, 1536).ok()?);
    release(bin.u32(16).ok()?, &mut found);
    let mut pages = Pages { at: PAGE, page: PAGE };
    pages.part(&mut found, input, "kernel", kernel);
    pages.part(&mut found, input, "ramdisk", ramdisk);
    if version == 4 {
        let size = bin.size32(1580).ok()?;
        found.fact("signature", format!("{size} bytes"));
        pages.at = pages.at.saturating_add(kit::align(size, PAGE));
    }
    found.size = pages.at.min(input.len());
    Some(found)
}

fn release(word: u32, found: &mut Found) {
    if word == 0 {
        return;
    }
    let version = word >> 11;
    let (a, b, c) = (version >> 14 & 0x7f, version >> 7 & 0x7f, version & 0x7f);
    found.fact("os-version", format!("{a}.{b}.{c}"));
    let level = word & 0x7ff;
    found.fact("patch-level", format!("{:04}-{:02}", 2000 + (level >> 4), level & 15));
}

fn read_vendor(input: &Bytes, _: &Context<'_>) -> Option<Found> {
    let bin = Bin::le(input);
    let (version, page) = (bin.u32(8).ok()?, bin.size32(12).ok()?);
    let (ramdisk, tree) = (bin.size32(24).ok()?, bin.size32(2100).ok()?);
    if !(3..=4).contains(&version) || !page.is_power_of_two() || !(512..=1 << 17).contains(&page) {
        return None;
    }
    let mut found = Found::new(0);
    found.fact("version", version);
    found.fact("cmdline", bin.text(28, 2048).ok()?);
    found.fact("name", bin.text(2080, 16).ok()?);
    let header = if version == 4 { 2128 } else { 2112 };
    let first = kit::align(header, page);
    let mut pages = Pages { at: first, page };
    if version == 3 {
        pages.part(&mut found, input, "ramdisk", ramdisk);
        pages.part(&mut found, input, "dtb", tree);
        found.size = pages.at.min(input.len());
        return Some(found);
    }
    pages.at = pages.at.saturating_add(kit::align(ramdisk, page));
    pages.part(&mut found, input, "dtb", tree);
    let (table, count, entry) = (pages.at, bin.size32(2116).ok()?, bin.size32(2120).ok()?);
    for index in 0..count.min(RAMDISKS_MAX) {
        let at = table.saturating_add(entry.saturating_mul(index));
        let (Ok(size), Ok(offset)) = (bin.size32(at), bin.size32(at.saturating_add(4))) else {
            break;
        };
        let name = bin.text(at + 12, 32).unwrap_or_default();
        let name = kit::part_name(&format!("ramdisk-{index}-{name}"), "ramdisk");
        found.slice(input, &name, first.saturating_add(offset), size);
    }
    pages.at = pages.at.saturating_add(kit::align(bin.size32(2112).ok()?, page));
    pages.part(&mut found, input, "bootconfig", bin.size32(2124).ok()?);
    found.size = pages.at.min(input.len());
    Some(found)
}
