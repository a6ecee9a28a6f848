//! ARM's zImage (`arch/arm/boot/compressed/head.S`), with device trees appended.

use super::payload;
use crate::kit::{self, container};
use bytes::Bytes;
use duecare_base::{Bin, Endian};
use duecare_unpack::{Context, Found, Signature};

container!(
    /// Self-extracting ARM kernel.
    ZImage,
    "zimage",
    [
        Signature::anywhere(b"\x18\x28\x6f\x01").with_offset(0x24).aligned(4),
        Signature::anywhere(b"\x01\x6f\x28\x18").with_offset(0x24).aligned(4),
    ],
    read
);

fn read(input: &Bytes, context: &Context<'_>) -> Option<Found> {
    let endian =
        if Bin::le(input).u32(0x24).ok()? == 0x016f_2818 { Endian::Little } else { Endian::Big };
    let bin = Bin::new(input, endian);
    let (start, end) = (bin.u32(0x28).ok()?, bin.u32(0x2c).ok()?);
    let size = end.checked_sub(start)? as usize;
    if !(0x1000..=1 << 28).contains(&size) {
        return None;
    }
    let mut found = Found::new(0);
    kit::declared(&mut found, input, size);
    found.fact("arch", "arm");
    found.fact("endian", endian.label());
    found.fact("load", format!("{start:#x}"));
    let image = input.slice(..found.size);
    payload::kernel(&mut found, &image, context);
    Some(found)
}
