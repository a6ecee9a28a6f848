//! Xiaomi `HDR1`/`HDR2`, Huawei `HWNP`, and Zyxel's ZyNOS images (`SIG`).

use crate::kit::{self, container};
use bytes::Bytes;
use duecare_base::Bin;
use duecare_unpack::{Context, Found, ProblemKind, Signature};

/// Blobs that a Xiaomi header has room for.
const BLOBS: usize = 8;

/// Size of a Xiaomi blob's header in bytes.
const BLOB_HEADER: usize = 48;

/// Signature behind a Xiaomi image: its size, padding, and RSA-2048, in bytes.
const SIGNATURE: usize = 272;

/// Sizes of Huawei's header and items in bytes.
const HWNP_HEADER: usize = 36;
const HWNP_ITEM: usize = 360;

/// Items in one Huawei package.
const HWNP_ITEMS_MAX: usize = 512;

/// Size of a ZyNOS header in bytes.
const ZYNOS_HEADER: usize = 0x30;

container!(
    /// Xiaomi router image.
    XiaomiHdr,
    "xiaomi-hdr",
    [Signature::anywhere(b"HDR1"), Signature::anywhere(b"HDR2")],
    read_xiaomi
);

container!(
    /// Huawei ONT package.
    Hwnp,
    "huawei-hwnp",
    [Signature::anywhere(b"HWNP")],
    read_hwnp
);

container!(
    /// ZyNOS object.
    Zynos,
    "zynos",
    [Signature::anywhere(b"SIG").with_offset(6)],
    read_zynos
);

fn read_xiaomi(input: &Bytes, _: &Context<'_>) -> Option<Found> {
    let bin = Bin::le(input);
    let second = bin.has(0, b"HDR2");
    let list = if second { 48 } else { 16 };
    let signature = bin.size32(4).ok()?;
    let first = bin.size32(list).ok()?;
    if signature < list + 4 * BLOBS || first < list + 4 * BLOBS || first > signature {
        return None;
    }
    let mut found = Found::new(0);
    let end = signature.checked_add(SIGNATURE)?;
    kit::declared(&mut found, input, end);
    if second {
        found.fact("device", bin.text(16, 8).ok()?);
        found.fact("region", bin.text(24, 8).ok()?);
    } else {
        found.fact("device", format!("{:#06x}", bin.u16(14).ok()?));
    }
    if let Some(sealed) = input.get(12..end) {
        let crc = kit::crc32_register(u32::MAX, sealed);
        kit::content_check(&mut found, "crc", crc == bin.u32(8).ok()?, 8);
    }
    found.fact("signed", "yes");
    for index in 0..BLOBS {
        let Ok(at) = bin.size32(list + 4 * index) else { break };
        if at == 0 {
            break;
        }
        let header = bin.u32(at).and_then(|magic| Ok((magic, bin.size32(at + 8)?)));
        let (Ok((0xbabe, size)), Ok(name)) = (header, bin.text(at + 16, 32)) else {
            found.problem(ProblemKind::Damaged, Some(at.min(input.len())), "not a blob");
            continue;
        };
        if let Ok(flash) = bin.u32(at + 4) {
            found.fact("blob", format!("{name}, {size} bytes, flash {flash:#x}"));
        }
        found.slice(input, &kit::part_name(&name, "blob"), at + BLOB_HEADER, size);
    }
    Some(found)
}

fn read_hwnp(input: &Bytes, _: &Context<'_>) -> Option<Found> {
    let bin = Bin::le(input);
    let size = Bin::be(input).size32(4).ok()?;
    let (count, products) = (bin.size32(20).ok()?, usize::from(bin.u16(26).ok()?));
    let item_size = bin.size32(28).ok()?;
    if count == 0 || count > HWNP_ITEMS_MAX || item_size != HWNP_ITEM {
        return None;
    }
    let mut found = Found::new(0);
    kit::declared(&mut found, input, size.checked_add(12)?.min(input.len().max(size)));
    found.fact("products", bin.text(HWNP_HEADER, products.min(512)).unwrap_or_default());
    found.fact("items", count);
    let mut end = 0;
    for index in 0..count {
        let at = HWNP_HEADER + products + index * HWNP_ITEM;
        let Ok(place) = bin.size32(at + 8).and_then(|data| Ok((data, bin.size32(at + 12)?))) else {
            found.problem(ProblemKind::Truncated, Some(at), "the list of items is cut off");
            break;
        };
        let path = bin.text(at + 16, 256).unwrap_or_default();
        let section = bin.text(at + 272, 16).unwrap_or_default();
        found.fact("item", format!("{section} {path}, {} bytes", place.1));
        if let (Ok(data), Ok(crc)) = (bin.slice(place.0, place.1), bin.u32(at + 4))
            && kit::crc32(data) != crc
        {
            let message = format!("the crc of item {index} does not match");
            found.problem(ProblemKind::Odd, Some(place.0), message);
        }
        let name = format!("{index}-{}", path.rsplit([':', '/']).next().unwrap_or_default());
        found.slice(input, &kit::part_name(&name, "item"), place.0, place.1);
        end = end.max(place.0.saturating_add(place.1));
    }
    found.size = found.size.max(end.min(input.len()));
    Some(found)
}

fn read_zynos(input: &Bytes, context: &Context<'_>) -> Option<Found> {
    let bin = Bin::be(input);
    let (plain, size) = (bin.size32(10).ok()?, bin.size32(14).ok()?);
    let flags = bin.u8(18).ok()?;
    let version = bin.text(24, 15).ok()?;
    let stored = if flags & 0x80 != 0 { size } else { plain };
    // Three letters are a weak magic: the load address and the version must be ones too.
    let named = version.is_empty() || version.starts_with('V');
    let sane = (context.at_start || named)
        && kit::ascii_or_empty(&version)
        && bin.u32(0).ok()? >= 0x8000_0000
        && (64..=1 << 27).contains(&stored)
        && plain <= 1 << 28
        && bin.u8(9).ok()? < 32;
    if !sane || stored > input.len() {
        return None;
    }
    let mut found = Found::new(0);
    kit::declared(&mut found, input, ZYNOS_HEADER.checked_add(stored)?);
    found.fact("version", version);
    found.fact("load", format!("{:#x}", bin.u32(0).ok()?));
    found.fact("compressed", if flags & 0x80 != 0 { "yes" } else { "no" });
    found.fact("system", "microcontroller");
    let shown = stored.min(input.len().saturating_sub(ZYNOS_HEADER));
    found.slice(input, "object", ZYNOS_HEADER, shown);
    Some(found)
}
