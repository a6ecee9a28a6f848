//! USB DFU: the suffix of every DFU file (USB Device Firmware Upgrade 1.1, appendix B) and ST's
//! DfuSe container (UM0391).

use crate::kit::{self, container};
use bytes::Bytes;
use duecare_base::Bin;
use duecare_unpack::{Context, Found, ProblemKind, Signature};

/// Size of the suffix in bytes.
const SUFFIX: usize = 16;

/// Size of a DfuSe target's header in bytes.
const TARGET: usize = 274;

/// Elements in one DfuSe file.
const ELEMENTS_MAX: u32 = 4096;

container!(
    /// ST DfuSe.
    DfuSe,
    "dfuse",
    [Signature::start(b"DfuSe\x01")],
    read_dfuse
);

container!(
    /// A program with a DFU suffix.
    Dfu,
    "dfu",
    [],
    read_dfu
);

container!(
    /// The suffix behind something that was recognised by itself.
    Suffix,
    "dfu-suffix",
    [Signature::anywhere(b"UFD\x10").with_offset(8)],
    read_suffix
);

fn suffix(found: &mut Found, bytes: &[u8]) -> Option<()> {
    let bin = Bin::le(bytes);
    let (vendor, product) = (bin.u16(4).ok()?, bin.u16(2).ok()?);
    found.fact("usb", format!("{vendor:04x}:{product:04x}"));
    found.fact("device-version", format!("{:#06x}", bin.u16(0).ok()?));
    found.fact("dfu-version", format!("{:#06x}", bin.u16(6).ok()?));
    found.fact("system", "microcontroller");
    Some(())
}

fn read_dfu(input: &Bytes, _: &Context<'_>) -> Option<Found> {
    let at = input.len().checked_sub(SUFFIX)?;
    let tail = input.get(at..)?;
    if Bin::le(tail).slice(8, 4).ok()? != b"UFD\x10" {
        return None;
    }
    let crc = kit::crc32_register(u32::MAX, input.get(..input.len() - 4)?);
    let right = crc == Bin::le(tail).u32(12).ok()?;
    let mut found = Found::new(input.len());
    suffix(&mut found, tail)?;
    kit::header_check(&mut found, "crc", right, at + 12);
    found.slice(input, "firmware", 0, at);
    Some(found)
}

fn read_suffix(input: &Bytes, context: &Context<'_>) -> Option<Found> {
    if input.len() != SUFFIX || context.at_start {
        return None;
    }
    let mut found = Found::new(SUFFIX);
    suffix(&mut found, input)?;
    Some(found)
}

fn read_dfuse(input: &Bytes, _: &Context<'_>) -> Option<Found> {
    let bin = Bin::le(input);
    let size = bin.size32(6).ok()?;
    let targets = bin.u8(10).ok()?;
    let mut found = Found::new(0);
    let end = size.checked_add(SUFFIX)?;
    kit::declared(&mut found, input, end.max(size));
    found.fact("targets", targets);
    let mut at = 11;
    for target in 0..targets {
        if !bin.has(at, b"Target") {
            found.problem(ProblemKind::Damaged, Some(at.min(input.len())), "a target is missing");
            break;
        }
        let alternate = bin.u8(at + 6).ok()?;
        let name = bin.text(at + 11, 255).unwrap_or_default();
        let count = bin.u32(at + 270).unwrap_or(0);
        found.fact("target", format!("{alternate} {name}, {count} elements"));
        at += TARGET;
        for _ in 0..count.min(ELEMENTS_MAX) {
            let (Ok(address), Ok(length)) = (bin.u32(at), bin.size32(at + 4)) else { break };
            found.slice(input, &format!("target{target}-{address:#010x}"), at + 8, length);
            at = at.saturating_add(8).saturating_add(length);
        }
    }
    match input.get(size..end) {
        Some(tail) => suffix(&mut found, tail)?,
        None => found.fact("system", "microcontroller"),
    }
    Some(found)
}
