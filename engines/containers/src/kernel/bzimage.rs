//! x86's bzImage (`Documentation/arch/x86/boot.rst`).

use super::payload;
use crate::kit::{self, container};
use bytes::Bytes;
use duecare_base::Bin;
use duecare_unpack::{Context, Found, Signature};

container!(
    /// x86 boot image.
    BzImage,
    "bzimage",
    [Signature::anywhere(b"HdrS").with_offset(0x202)],
    read
);

fn read(input: &Bytes, context: &Context<'_>) -> Option<Found> {
    let bin = Bin::le(input);
    if bin.u16(0x1fe).ok()? != 0xaa55 {
        return None;
    }
    let version = bin.u16(0x206).ok()?;
    let sectors = match bin.u8(0x1f1).ok()? {
        0 => 4,
        count => usize::from(count),
    };
    let setup = (sectors + 1) * 512;
    let body = bin.size32(0x1f4).ok()?.checked_mul(16)?;
    let mut found = Found::new(0);
    kit::declared(&mut found, input, setup.checked_add(body)?);
    found.fact("arch", "x86");
    found.fact("protocol", format!("{}.{:02}", version >> 8, version & 0xff));
    let banner_at = usize::from(bin.u16(0x20e).ok()?);
    if banner_at > 0 {
        found.fact("version", kit::text_at(input, banner_at + 0x200, 200));
    }
    // From 2.08 on the header says where the payload lies, behind the setup code.
    let place = (version >= 0x208)
        .then(|| bin.size32(0x248).and_then(|at| Ok((at + setup, bin.size32(0x24c)?))).ok())
        .flatten();
    let image = match place {
        Some((at, size)) => input.get(at..at.saturating_add(size)).unwrap_or_default(),
        None => input.get(setup..found.size).unwrap_or_default(),
    };
    payload::kernel(&mut found, image, context);
    // The payload's place was counted from its own start; a part needs it from the layer's.
    let base = place.map_or(setup, |(at, _)| at);
    for part in &mut found.parts {
        if let duecare_unpack::Origin::Decoded { offset, .. } = &mut part.origin {
            *offset += base;
        }
    }
    Some(found)
}
