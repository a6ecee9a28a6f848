//! Update files of chip makers' boards: Rockchip `RKFW`, `RKAF`, `KRNL`/`PARM`; Allwinner `eGON`;
//! MediaTek's preloader and its named parts.

use crate::kit::{self, container};
use bytes::Bytes;
use duecare_base::Bin;
use duecare_unpack::{Context, Found, ProblemKind, Signature};

/// Parts in one Rockchip image; the header has room for 16.
const PARTS_MAX: usize = 16;

/// Where Rockchip's parts are listed, and the size of an entry, in bytes.
const RKAF_LIST: usize = 0x8c;
const RKAF_ENTRY: usize = 112;

/// Size of MediaTek's part header in bytes.
const MTK_HEADER: usize = 512;

container!(
    /// Rockchip update file.
    Rkfw,
    "rkfw",
    [Signature::anywhere(b"RKFW")],
    read_rkfw
);

container!(
    /// Rockchip partitions.
    Rkaf,
    "rkaf",
    [Signature::anywhere(b"RKAF")],
    read_rkaf
);

container!(
    /// Rockchip wrapper of one image.
    RkImage,
    "rockchip-image",
    [Signature::anywhere(b"KRNL"), Signature::anywhere(b"PARM")],
    read_image
);

container!(
    /// Allwinner boot image.
    Egon,
    "allwinner-egon",
    [Signature::anywhere(b"eGON.BT").with_offset(4)],
    read_egon
);

container!(
    /// MediaTek boot image with a general file header.
    MtkGfh,
    "mediatek-gfh",
    [Signature::anywhere(b"FILE_INFO").with_offset(8)],
    read_gfh
);

container!(
    /// MediaTek part with a name.
    MtkPart,
    "mediatek-part",
    [Signature::anywhere(b"\x88\x16\x88\x58")],
    read_mtk
);

fn read_rkfw(input: &Bytes, _: &Context<'_>) -> Option<Found> {
    let bin = Bin::le(input);
    let header = usize::from(bin.u16(4).ok()?);
    let pair = |at| Some((bin.size32(at).ok()?, bin.size32(at + 4).ok()?));
    let (loader, image) = (pair(0x19)?, pair(0x21)?);
    if header != 0x66 || loader.0 < header || image.0 < header {
        return None;
    }
    let mut found = Found::new(0);
    let end = image.0.checked_add(image.1)?.max(loader.0.checked_add(loader.1)?);
    kit::declared(&mut found, input, end.max((end + 32).min(input.len())));
    let version = bin.u32(6).ok()?;
    let (major, minor) = (version >> 24, version >> 16 & 0xff);
    found.fact("version", format!("{major}.{minor}.{}", version & 0xffff));
    let date = bin.slice(14, 7).ok()?;
    let day = (date.get(2)?, date.get(3)?);
    found.fact("created", format!("{:04}-{:02}-{:02}", bin.u16(14).ok()?, day.0, day.1));
    found.slice(input, "loader", loader.0, loader.1);
    found.slice(input, "image", image.0, image.1);
    Some(found)
}

fn read_rkaf(input: &Bytes, _: &Context<'_>) -> Option<Found> {
    let bin = Bin::le(input);
    let size = bin.size32(4).ok()?;
    let count = bin.size32(0x88).ok()?;
    if count == 0 || count > PARTS_MAX || size < RKAF_LIST {
        return None;
    }
    let mut found = Found::new(0);
    // Four bytes of checksum follow what the size counts.
    kit::declared(&mut found, input, size);
    found.size = found.size.saturating_add(4).min(input.len());
    found.fact("model", bin.text(8, 34).ok()?);
    found.fact("manufacturer", bin.text(0x48, 56).ok()?);
    for index in 0..count {
        let at = RKAF_LIST + RKAF_ENTRY * index;
        let Ok(name) = bin.text(at, 32) else { break };
        let (Ok(offset), Ok(length)) = (bin.size32(at + 96), bin.size32(at + 108)) else { break };
        let address = bin.u32(at + 100).unwrap_or(0);
        found.fact("partition", format!("{name}, {length} bytes, flash sector {address:#x}"));
        // `RESERVED` and `SELF` name no bytes of their own.
        if offset > 0 && name != "SELF" && bin.text(at + 32, 8) != Ok("SELF".to_owned()) {
            found.slice(input, &kit::part_name(&name, "part"), offset, length);
        }
    }
    Some(found)
}

fn read_image(input: &Bytes, _: &Context<'_>) -> Option<Found> {
    let bin = Bin::le(input);
    let size = bin.size32(4).ok()?;
    let end = size.checked_add(12)?;
    if size < 8 || end > input.len() {
        return None;
    }
    let parameters = bin.has(0, b"PARM");
    let text = input.get(8..8 + size)?;
    if parameters && !text.is_ascii() {
        return None;
    }
    let mut found = Found::new(end);
    if parameters {
        found.nodes.push(kit::file("/parameter", input.slice(8..8 + size)));
    } else {
        found.slice(input, "image", 8, size);
    }
    Some(found)
}

fn read_egon(input: &Bytes, _: &Context<'_>) -> Option<Found> {
    let bin = Bin::le(input);
    let (sum, size) = (bin.u32(12).ok()?, bin.size32(16).ok()?);
    if !(512..=1 << 24).contains(&size) || size % 4 != 0 {
        return None;
    }
    let mut found = Found::new(0);
    kit::declared(&mut found, input, size);
    found.fact("stage", bin.text(4, 8).ok()?);
    if let Some(sealed) = input.get(..size) {
        // The field holds a fixed word while the sum is taken.
        let words = sealed.as_chunks::<4>().0.iter().map(|word| u32::from_le_bytes(*word));
        let total = words.fold(0_u32, u32::wrapping_add);
        let right = total.wrapping_sub(sum).wrapping_add(0x5f0a_6c39) == sum;
        kit::content_check(&mut found, "checksum", right, 12);
    }
    Some(found)
}

fn read_gfh(input: &Bytes, _: &Context<'_>) -> Option<Found> {
    let bin = Bin::le(input);
    if !bin.has(0, b"MMM\x01") {
        return None;
    }
    let size = bin.size32(32).ok()?;
    let (content, signature) = (bin.size32(40).ok()?, bin.size32(44).ok()?);
    if size < 56 || content > size || signature > size {
        return None;
    }
    let mut found = Found::new(0);
    kit::declared(&mut found, input, size);
    found.fact("type", format!("{:#06x}", bin.u16(24).ok()?));
    found.fact("load", format!("{:#x}", bin.u32(28).ok()?));
    found.fact("signature", format!("{signature} bytes"));
    Some(found)
}

fn read_mtk(input: &Bytes, _: &Context<'_>) -> Option<Found> {
    let bin = Bin::le(input);
    let size = bin.size32(4).ok()?;
    let name = bin.text(8, 32).ok()?;
    if size == 0 || !kit::printable(&name) || !name.is_ascii() {
        return None;
    }
    let mut found = Found::new(0);
    kit::declared(&mut found, input, MTK_HEADER.checked_add(size)?);
    if found.size < MTK_HEADER {
        found.problem(ProblemKind::Truncated, None, "the header is cut off");
    }
    found.fact("name", &name);
    found.fact("load", format!("{:#x}", bin.u32(40).ok()?));
    let shown = found.size.saturating_sub(MTK_HEADER);
    found.slice(input, &kit::part_name(&name, "part"), MTK_HEADER.min(input.len()), shown);
    Some(found)
}
