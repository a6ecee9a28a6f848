//! U-Boot's legacy image (`mkimage -A … -T …`, header `image.h`), with the magics that vendors put
//! in its place.
//!
//! Left out: decompressing the data, which the search does by the data's own magic.

use crate::kit::{self, container};
use bytes::Bytes;
use duecare_base::Bin;
use duecare_unpack::{Context, Found, ProblemKind, Signature};

/// Size of the header in bytes.
const HEADER: usize = 64;

/// Images in one multi-file image; U-Boot's tools write 16 at most.
const FILES_MAX: usize = 64;

const MAGIC: u32 = 0x2705_1956;

container!(
    /// U-Boot legacy image.
    UImage,
    "uimage",
    [
        Signature::anywhere(b"\x27\x05\x19\x56"),
        // OpenWrt's loader for kernels behind a foreign boot loader.
        Signature::anywhere(b"OKLI"),
        // Netgear WNR and WNDR models put their number here.
        Signature::anywhere(b"3700"),
        Signature::anywhere(b"3701"),
        Signature::anywhere(b"3703"),
        Signature::anywhere(b"2003"),
        Signature::anywhere(b"2061"),
        Signature::anywhere(b"2063"),
        Signature::anywhere(b"3500"),
        Signature::anywhere(b"4300"),
        // Realtek switches.
        Signature::anywhere(b"\x83\x80\x00\x00"),
        Signature::anywhere(b"\x93\x00\x00\x00"),
        // Edimax and Zyxel, with U-Boot's own layout.
        Signature::anywhere(b"CSYS"),
        Signature::anywhere(b"\x73\x71\x4d\x68"),
        Signature::anywhere(b"\x56\x19\x05\x27"),
    ],
    read
);

const TYPES: [&str; 33] = [
    "invalid",
    "standalone",
    "kernel",
    "ramdisk",
    "multi",
    "firmware",
    "script",
    "filesystem",
    "flat-dt",
    "kwbimage",
    "imximage",
    "ublimage",
    "omapimage",
    "aisimage",
    "kernel-noload",
    "pblimage",
    "mxsimage",
    "gpimage",
    "atmelimage",
    "socfpgaimage",
    "x86-setup",
    "lpc32xximage",
    "loadable",
    "rkimage",
    "rksd",
    "rkspi",
    "zynqimage",
    "zynqmpimage",
    "zynqmpbif",
    "fpga",
    "vybridimage",
    "tee",
    "firmware-ivt",
];

const SYSTEMS: [&str; 30] = [
    "invalid",
    "openbsd",
    "netbsd",
    "freebsd",
    "4.4bsd",
    "linux",
    "svr4",
    "esix",
    "solaris",
    "irix",
    "sco",
    "dell",
    "ncr",
    "lynxos",
    "vxworks",
    "psos",
    "qnx",
    "u-boot",
    "rtems",
    "artos",
    "unity",
    "integrity",
    "ose",
    "plan9",
    "openrtos",
    "arm-trusted-firmware",
    "tee",
    "opensbi",
    "efi",
    "elf",
];

const ARCHITECTURES: [&str; 28] = [
    "invalid",
    "alpha",
    "arm",
    "x86",
    "ia64",
    "mips",
    "mips64",
    "powerpc",
    "s390",
    "superh",
    "sparc",
    "sparc64",
    "m68k",
    "nios",
    "microblaze",
    "nios2",
    "blackfin",
    "avr32",
    "st200",
    "sandbox",
    "nds32",
    "openrisc",
    "arm64",
    "arc",
    "x86_64",
    "xtensa",
    "riscv",
    "riscv64",
];

const COMPRESSIONS: [&str; 7] = ["none", "gzip", "bzip2", "lzma", "lzo", "lz4", "zstd"];

fn label<const N: usize>(names: [&'static str; N], value: u8) -> String {
    names.get(usize::from(value)).map_or_else(|| format!("unknown {value}"), |n| (*n).to_owned())
}

fn read(input: &Bytes, _: &Context<'_>) -> Option<Found> {
    let bin = Bin::be(input);
    let header = bin.slice(0, HEADER).ok()?;
    let magic = bin.u32(0).ok()?;
    let size = bin.size32(12).ok()?;
    let (system, arch) = (bin.u8(28).ok()?, bin.u8(29).ok()?);
    let (kind, compression) = (bin.u8(30).ok()?, bin.u8(31).ok()?);
    let header_right = kit::crc32_without(header, 4) == bin.u32(4).ok()?;
    let plausible = usize::from(system) <= SYSTEMS.len()
        && usize::from(arch) <= ARCHITECTURES.len()
        && (1..=64).contains(&kind)
        && usize::from(compression) < COMPRESSIONS.len()
        && size > 0
        && kit::ascii_or_empty(&bin.text(32, 32).ok()?);
    // A vendor's magic alone is too little; its header must be right.
    if !header_right && (magic != MAGIC || !plausible) {
        return None;
    }
    let mut found = Found::new(0);
    kit::declared(&mut found, input, HEADER.saturating_add(size));
    if magic != MAGIC {
        found.fact("magic", format!("{magic:#010x}"));
    }
    found.fact("name", bin.text(32, 32).ok()?);
    found.fact("created", kit::date(bin.u32(8).ok()?));
    found.fact("type", label(TYPES, kind));
    found.fact("os", label(SYSTEMS, system));
    found.fact("arch", label(ARCHITECTURES, arch));
    found.fact("compression", label(COMPRESSIONS, compression));
    found.fact("load", format!("{:#x}", bin.u32(16).ok()?));
    found.fact("entry", format!("{:#x}", bin.u32(20).ok()?));
    kit::header_check(&mut found, "header-crc", header_right, 4);
    if let Ok(data) = bin.slice(HEADER, size) {
        kit::content_check(&mut found, "data-crc", kit::crc32(data) == bin.u32(24).ok()?, HEADER);
    }
    // Only the legacy types hold a list of sizes.
    match kind {
        4 => files(input, size, &mut found),
        6 => script(input, size, &mut found),
        _ => data(input, &label(TYPES, kind), size, &mut found),
    }
    Some(found)
}

/// The part without a second word on what is missing: `declared` has said it.
fn data(input: &Bytes, name: &str, size: usize, found: &mut Found) {
    let size = size.min(input.len().saturating_sub(HEADER));
    found.slice(input, name, HEADER, size);
}

/// The sizes of the files come first, ended by a zero; each file is padded to four bytes.
fn files(input: &Bytes, size: usize, found: &mut Found) {
    let bin = Bin::be(input);
    let mut sizes = Vec::new();
    let mut at = HEADER;
    loop {
        match bin.size32(at) {
            Ok(0) => break,
            Ok(size) if sizes.len() < FILES_MAX => sizes.push(size),
            _ => {
                found.problem(ProblemKind::Damaged, Some(at), "the list of files has no end");
                return data(input, "multi", size, found);
            }
        }
        at += 4;
    }
    let mut begin = at + 4;
    for (index, size) in sizes.iter().enumerate() {
        found.slice(input, &format!("file{index}"), begin, *size);
        begin = begin.saturating_add(kit::align(*size, 4));
    }
    kit::rest(found, input, "rest", begin, HEADER.saturating_add(size));
}

fn script(input: &Bytes, size: usize, found: &mut Found) {
    let text = Bin::be(input).size32(HEADER).ok().filter(|text| *text <= size);
    match text {
        Some(text) => {
            let begin = (HEADER + 8).min(input.len());
            let end = begin.saturating_add(text).min(input.len());
            found.nodes.push(kit::file("/script", input.slice(begin..end)));
        }
        None => data(input, "script", size, found),
    }
}
