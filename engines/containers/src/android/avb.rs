//! Android verified boot: the vbmeta block and the footer behind a partition
//! (`external/avb/libavb/avb_vbmeta_image.h`). Signatures are named, not verified.

use crate::kit::{self, container};
use bytes::Bytes;
use duecare_base::Bin;
use duecare_unpack::{Context, Found, Signature};

/// Size of the vbmeta header in bytes.
const HEADER: usize = 256;

/// Descriptors in one block.
const DESCRIPTORS_MAX: usize = 256;

container!(
    /// Verified boot metadata.
    VbMeta,
    "avb-vbmeta",
    [Signature::anywhere(b"AVB0")],
    read
);

container!(
    /// Footer that leads to verified boot metadata.
    Footer,
    "avb-footer",
    [Signature::anywhere(b"AVBf")],
    read_footer
);

fn read(input: &Bytes, _: &Context<'_>) -> Option<Found> {
    let bin = Bin::be(input);
    let (authentication, auxiliary) = (bin.size64(12).ok()?, bin.size64(20).ok()?);
    let algorithm = bin.u32(28).ok()?;
    if bin.u32(4).ok()? != 1 || algorithm > 16 || authentication % 64 != 0 || auxiliary % 64 != 0 {
        return None;
    }
    let mut found = Found::new(0);
    let aux_at = HEADER.checked_add(authentication)?;
    kit::declared(&mut found, input, aux_at.checked_add(auxiliary)?);
    let name = match algorithm {
        0 => "none",
        1 => "sha256-rsa2048",
        2 => "sha256-rsa4096",
        3 => "sha256-rsa8192",
        4 => "sha512-rsa2048",
        5 => "sha512-rsa4096",
        6 => "sha512-rsa8192",
        _ => "unknown",
    };
    found.fact("algorithm", name);
    found.fact("signed", if algorithm == 0 { "no" } else { "yes" });
    found.fact("rollback-index", bin.u64(112).ok()?);
    let flags = bin.u32(120).ok()?;
    found.fact("hashtree", if flags & 1 != 0 { "disabled" } else { "enabled" });
    found.fact("verification", if flags & 2 != 0 { "disabled" } else { "enabled" });
    found.fact("tool", bin.text(128, 48).ok()?);
    let list = aux_at.checked_add(bin.size64(96).ok()?)?;
    descriptors(bin, list, bin.size64(104).ok()?, &mut found);
    Some(found)
}

fn descriptors(bin: Bin<'_>, list: usize, size: usize, found: &mut Found) {
    let end = list.saturating_add(size);
    let mut at = list;
    for _ in 0..DESCRIPTORS_MAX {
        let (Ok(tag), Ok(length)) = (bin.u64(at), bin.size64(at.saturating_add(8))) else { return };
        if at >= end {
            return;
        }
        // The name's length and where the name stands, by kind of descriptor.
        let text = |length_at: usize, name_at: usize| {
            let length = bin.size32(at + length_at).unwrap_or(0).min(256);
            bin.text(at + name_at, length).unwrap_or_default()
        };
        match tag {
            0 => {
                let key = bin.size64(at + 16).unwrap_or(0).min(256);
                let value_at = at.saturating_add(33).saturating_add(key);
                let value = bin.size64(at + 24).unwrap_or(0).min(200);
                let key = bin.text(at + 32, key).unwrap_or_default();
                let value = bin.text(value_at, value).unwrap_or_default();
                found.fact("property", format!("{key}={value}"));
            }
            1 => found.fact("hashtree-of", text(104, 180)),
            2 => found.fact("hash-of", text(56, 132)),
            4 => found.fact("chain", text(20, 92)),
            _ => {}
        }
        at = at.saturating_add(16).saturating_add(length);
    }
}

fn read_footer(input: &Bytes, _: &Context<'_>) -> Option<Found> {
    let bin = Bin::be(input);
    if bin.u32(4).ok()? != 1 || bin.slice(36, 28).ok()?.iter().any(|byte| *byte != 0) {
        return None;
    }
    let mut found = Found::new(64);
    found.fact("image-size", bin.u64(12).ok()?);
    found.fact("vbmeta-offset", format!("{:#x}", bin.u64(20).ok()?));
    Some(found)
}
