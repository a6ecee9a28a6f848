//! Broadcom xDSL and cable: the `bcm963xx` image tag, ProgramStore 3, and SAO parts.

use crate::kit::{self, container};
use bytes::Bytes;
use duecare_base::{Bin, Endian};
use duecare_codecs::LzmaProps;
use duecare_unpack::{Context, Found, ProblemKind, Signature};

/// Size of the image tag in bytes.
const TAG: usize = 256;

/// Size of the ProgramStore header in bytes.
const STORE: usize = 92;

/// Size of an SAO part's header in bytes.
const SAO: usize = 64;

/// Parts in one SAO image.
const PARTS_MAX: usize = 64;

container!(
    /// The tag in front of images of Broadcom xDSL devices.
    ImageTag,
    "bcm-tag",
    [
        Signature::anywhere(b"Broadcom Corporatio").with_offset(4),
        Signature::start(b"5\0\0\0"),
        Signature::start(b"6\0\0\0"),
        Signature::start(b"7\0\0\0"),
        Signature::start(b"8\0\0\0"),
    ],
    read_tag
);

container!(
    /// ProgramStore image of Broadcom cable modems.
    ProgramStore,
    "programstore",
    [],
    read_store
);

container!(
    /// Broadcom images of parts with 64-byte headers.
    Sao,
    "broadcom-sao",
    [],
    read_sao
);

fn read_tag(input: &Bytes, _: &Context<'_>) -> Option<Found> {
    let bin = Bin::be(input);
    bin.slice(0, TAG).ok()?;
    // Numbers stand in the tag as decimal text.
    let number = |at, len| -> Option<usize> { bin.text(at, len).ok()?.trim().parse().ok() };
    let text = |at, len| bin.text(at, len).ok().filter(|text| kit::ascii_or_empty(text));
    let version = text(0, 4)?;
    let chip = text(44, 6)?;
    let board = text(50, 16)?;
    let total = number(68, 10)?;
    if version.parse::<u8>().is_err() || board.is_empty() || total == 0 {
        return None;
    }
    let mut found = Found::new(0);
    kit::declared(&mut found, input, TAG.checked_add(total)?);
    found.fact("tag-version", version);
    found.fact("vendor", text(4, 20)?);
    found.fact("version", text(24, 14)?);
    found.fact("chip", chip);
    found.fact("board", board);
    found.fact("endian", if number(66, 2) == Some(1) { "be" } else { "le" });
    let header = bin.slice(0, 236).ok()?;
    // The register is stored without the final inversion.
    let crc = kit::crc32_register(u32::MAX, header);
    kit::header_check(&mut found, "header-crc", crc == bin.u32(236).ok()?, 236);
    if let Ok(content) = bin.slice(TAG, total) {
        let crc = kit::crc32_register(u32::MAX, content);
        found.fact("image-crc", if crc == bin.u32(216).ok()? { "ok" } else { "not matched" });
    }
    // Addresses count from where the tag itself is flashed; parts follow in this order.
    let sizes = [("cfe", number(90, 10)), ("rootfs", number(112, 10)), ("kernel", number(134, 10))];
    let mut at = TAG;
    let end = found.size;
    for (name, size) in sizes {
        let Some(size) = size.filter(|size| *size > 0) else { continue };
        let left = TAG.saturating_add(total).saturating_sub(at);
        if size > left {
            found.problem(ProblemKind::Odd, Some(at), format!("{name} is larger than the image"));
        }
        found.slice(input, name, at.min(end), size.min(end.saturating_sub(at)));
        at = at.saturating_add(size.min(left));
    }
    kit::rest(&mut found, input, "rest", at, end);
    Some(found)
}

fn read_store(input: &Bytes, context: &Context<'_>) -> Option<Found> {
    let bin = Bin::be(input);
    let control = bin.u16(2).ok()?;
    let (size, load) = (bin.size32(12).ok()?, bin.u32(16).ok()?);
    let name = bin.text(20, 48).ok()?;
    let good = kit::printable(&name) && name.is_ascii() && size >= 64;
    // CRC-16 (X.25) over the first 84 bytes, high half of the word behind the name.
    let crc = crc16(bin.slice(0, 84).ok()?) == bin.u16(84).ok()?;
    if !good || !crc {
        return None;
    }
    let mut found = Found::new(0);
    kit::declared(&mut found, input, STORE.checked_add(size)?);
    found.fact("signature", format!("{:#06x}", bin.u16(0).ok()?));
    found.fact("name", name);
    found.fact("version", format!("{}.{}", bin.u16(4).ok()?, bin.u16(6).ok()?));
    found.fact("created", kit::date(bin.u32(8).ok()?));
    found.fact("load", format!("{load:#x}"));
    found.fact("header-crc", "ok");
    let compression = control & 7;
    let body = input.get(STORE..found.size).unwrap_or_default();
    // Method 4 is LZMA with a five-byte header and no size.
    match (compression, body) {
        (4, [props, d0, d1, d2, d3, stream @ ..]) if *props < 225 => {
            found.fact("compression", "lzma");
            let props = u32::from(*props);
            let props = LzmaProps {
                lc: props % 9,
                lp: props / 9 % 5,
                pb: props / 45,
                dict_size: u32::from_le_bytes([*d0, *d1, *d2, *d3]),
            };
            let out = duecare_codecs::lzma_raw(stream, props, None, context.budget.memory_left());
            // Without an end mark the decoder wants more than there is: what came out is all.
            kit::decoded(&mut found, context, "image", out.bytes, (STORE, body.len()));
        }
        _ => {
            found.fact("compression", if compression == 0 { "none" } else { "unknown" });
            found.slice(input, "image", STORE, body.len());
        }
    }
    found.fact("system", "microcontroller");
    Some(found)
}

fn crc16(bytes: &[u8]) -> u16 {
    let step = |crc: u16, byte: &u8| {
        (0..8).fold(crc ^ u16::from(*byte), |crc, _| {
            if crc & 1 == 1 { (crc >> 1) ^ 0x8408 } else { crc >> 1 }
        })
    };
    !bytes.iter().fold(u16::MAX, step)
}

fn read_sao(input: &Bytes, _: &Context<'_>) -> Option<Found> {
    let bin = Bin::new(input, Endian::Big);
    let mut found = Found::new(0);
    let mut at = 0;
    while at < input.len() && found.parts.len() < PARTS_MAX {
        let Ok(name) = bin.text(at + 8, 4) else { break };
        let Ok(size) = bin.size32(at + 16) else { break };
        let named = name.len() >= 3 && name.chars().all(|c| c.is_ascii_alphanumeric());
        if !named || size == 0 || (found.parts.is_empty() && size > input.len() - at) {
            break;
        }
        found.slice(input, &name, at + SAO, size);
        at = at.saturating_add(SAO).saturating_add(size);
    }
    // Nothing but sizes tells these images: they must lead to the end of the file.
    if found.parts.is_empty() || at < input.len() {
        return None;
    }
    found.size = input.len();
    found.fact("parts", found.parts.len());
    Some(found)
}
