//! Home gateways: DrayTek `2RHD`, AVM's kernel image and its ext2 behind a false SquashFS start,
//! and Intel/MaxLinear Puma `VER2`/`VER3`.

use crate::kit::{self, container};
use bytes::Bytes;
use duecare_base::Bin;
use duecare_codecs::LzmaProps;
use duecare_unpack::{Context, Found, ProblemKind, Signature};

/// Where AVM's ext2 begins.
const AVM_FAKE: usize = 256;

/// Sizes of AVM's two headers and of the LZMA properties, in bytes.
const AVM_HEADER: usize = 12;
const AVM_LZMA: usize = 16;
const AVM_PROPS: usize = 8;

container!(
    /// DrayTek Vigor 165, 166 and 167.
    Draytek,
    "draytek-2rhd",
    [Signature::anywhere(b"2RHD")],
    read_draytek
);

container!(
    /// AVM's (TI's) kernel image for the EVA boot loader.
    Avm,
    "avm-kernel",
    [
        Signature::anywhere(b"\x81\x12\xed\xfe"),
        Signature::anywhere(b"\x12\x91\xed\xfe"),
    ],
    read_avm
);

container!(
    /// AVM's ext2 with a SquashFS magic in front, which satisfies its boot loader.
    AvmFake,
    "avm-fake-squashfs",
    [
        Signature::anywhere(b"\x53\xef").with_offset(AVM_FAKE + 0x438),
    ],
    read_avm_fake
);

container!(
    /// Intel and MaxLinear Puma image.
    Uimg,
    "puma-uimg",
    [Signature::anywhere(b"VER2"), Signature::anywhere(b"VER3")],
    read_uimg
);

fn read_draytek(input: &Bytes, _: &Context<'_>) -> Option<Found> {
    let bin = Bin::be(input);
    let header = bin.size32(4).ok()?;
    let size = bin.size32(8).ok()?;
    let (kernel, rootfs) = (bin.size32(80).ok()?, bin.size32(84).ok()?);
    if !(88..=4096).contains(&header) || kernel.checked_add(rootfs)? > 1 << 29 {
        return None;
    }
    let mut found = Found::new(0);
    let end = header.checked_add(kernel)?.checked_add(rootfs)?;
    kit::declared(&mut found, input, end.max(size.min(input.len())));
    found.slice(input, "kernel", header, kernel);
    found.slice(input, "rootfs", header + kernel, rootfs);
    Some(found)
}

fn read_avm(input: &Bytes, context: &Context<'_>) -> Option<Found> {
    let bin = Bin::le(input);
    let length = bin.size32(4).ok()?;
    let load = bin.u32(8).ok()?;
    let kind = bin.u32(AVM_HEADER).ok()?;
    if kind != 0x075a_0201 && kind != 0x075a_0202 {
        return None;
    }
    let packed = bin.size32(AVM_HEADER + 4).ok()?;
    let plain = bin.size32(AVM_HEADER + 8).ok()?;
    let props_at = AVM_HEADER + AVM_LZMA;
    let props = bin.u8(props_at).ok()?;
    if packed > length || props >= 225 {
        return None;
    }
    let mut found = Found::new(0);
    let body_at = props_at + AVM_PROPS;
    kit::declared(&mut found, input, body_at.checked_add(packed)?);
    found.fact("load", format!("{load:#x}"));
    found.fact("compression", "lzma");
    let props = u32::from(props);
    let dict_size = bin.u32(props_at + 1).ok()?;
    let props = LzmaProps { lc: props % 9, lp: props / 9 % 5, pb: props / 45, dict_size };
    let body = input.get(body_at..found.size)?;
    let limit = context.budget.memory_left();
    let out = duecare_codecs::lzma_raw(body, props, Some(plain as u64), limit);
    if let Some(error) = out.error {
        found.problem(ProblemKind::Damaged, Some(body_at), error);
    }
    kit::decoded(&mut found, context, "kernel", out.bytes, (body_at, body.len()));
    Some(found)
}

fn read_avm_fake(input: &Bytes, _: &Context<'_>) -> Option<Found> {
    let starts = [b"hsqs".as_slice(), b"sqsh"].iter().any(|magic| input.starts_with(magic));
    if !starts {
        return None;
    }
    let mut found = Found::new(input.len());
    found.slice(input, "ext2", AVM_FAKE, input.len().checked_sub(AVM_FAKE)?);
    Some(found)
}

fn read_uimg(input: &Bytes, _: &Context<'_>) -> Option<Found> {
    let bin = Bin::be(input);
    // Room for ten parts in version 2, for twenty in version 3.
    let (room, header) = if bin.has(0, b"VER2") { (10, 160) } else { (20, 252) };
    let count = bin.size32(40).ok()?;
    let name = bin.text(4, 20).ok()?;
    if count == 0 || count > room || !kit::ascii_or_empty(&name) {
        return None;
    }
    let mut found = Found::new(0);
    found.fact("name", name);
    found.fact("parts", count);
    let right = kit::crc32_without(bin.slice(0, header).ok()?, 44) == bin.u32(44).ok()?;
    found.fact("header-crc", if right { "ok" } else { "not matched" });
    let (sizes, kinds) = (52 + 4 * room, 52 + 8 * room);
    let mut at = header;
    for index in 0..count {
        let size = bin.size32(sizes + 4 * index).ok()?;
        let name = match bin.u8(kinds + index).ok()? {
            2 => "atom-kernel",
            3 => "atom-rootfs",
            8 => "arm-kernel",
            9 => "arm-rootfs",
            10 => "gateway-rootfs",
            _ => "part",
        };
        found.slice(input, &format!("{index}-{name}"), at, size);
        at = at.checked_add(size)?;
    }
    found.size = at.min(input.len());
    Some(found)
}
