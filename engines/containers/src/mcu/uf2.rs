//! UF2 (github.com/microsoft/uf2): blocks of 512 bytes with flash addresses.

use crate::kit::container;
use crate::memory::Memory;
use bytes::Bytes;
use duecare_base::Bin;
use duecare_unpack::{Context, Found, ProblemKind, Signature};
use std::collections::BTreeMap;

/// Size of a block and of its payload room, in bytes.
const BLOCK: usize = 512;
const PAYLOAD_MAX: usize = 476;

/// Flags of a block: not for flash, and a family number in place of the file size.
const NOT_MAIN_FLASH: u32 = 1;
const FAMILY_PRESENT: u32 = 0x2000;

container!(
    /// UF2.
    Uf2,
    "uf2",
    [Signature::anywhere(b"UF2\n\x57\x51\x5d\x9e")],
    read
);

/// Family numbers of `uf2families.json` that devices ship with.
const FAMILIES: [(u32, &str); 24] = [
    (0xe48b_ff56, "rp2040"),
    (0xe48b_ff57, "rp2xxx absolute"),
    (0xe48b_ff58, "rp2xxx data"),
    (0xe48b_ff59, "rp2350 arm secure"),
    (0xe48b_ff5a, "rp2350 riscv"),
    (0xe48b_ff5b, "rp2350 arm non-secure"),
    (0xada5_2840, "nrf52840"),
    (0x621e_937a, "nrf52833"),
    (0x1b57_745f, "nrf52"),
    (0x68ed_2b88, "samd21"),
    (0x5511_4460, "samd51"),
    (0x1851_780a, "saml21"),
    (0x5ee2_1072, "stm32f1"),
    (0x5d1a_0a2e, "stm32f2"),
    (0x6b84_6188, "stm32f3"),
    (0x5775_5a57, "stm32f4"),
    (0x53b8_0f00, "stm32f7"),
    (0x300f_5633, "stm32g0"),
    (0x4c71_240a, "stm32g4"),
    (0x0070_5f41, "stm32l4"),
    (0x1c5f_21b0, "esp32"),
    (0xbfdd_4eee, "esp32s2"),
    (0xc47e_5767, "esp32s3"),
    (0x4fb2_d5bd, "mimxrt10xx"),
];

fn family(number: u32) -> String {
    let known = FAMILIES.iter().find(|(id, _)| *id == number);
    known.map_or_else(|| format!("{number:#010x}"), |(_, name)| (*name).to_owned())
}

fn read(input: &Bytes, context: &Context<'_>) -> Option<Found> {
    let mut found = Found::new(0);
    let mut memories: BTreeMap<u32, Memory> = BTreeMap::new();
    let (mut blocks, mut declared) = (0_u32, 0_u32);
    let whole = input.chunks_exact(BLOCK);
    for block in whole {
        let bin = Bin::le(block);
        if !bin.has(0, b"UF2\n\x57\x51\x5d\x9e") || bin.u32(508) != Ok(0x0ab1_6f30) {
            break;
        }
        let (flags, address) = (bin.u32(8).ok()?, bin.u32(12).ok()?);
        let size = bin.size32(16).ok()?.min(PAYLOAD_MAX);
        declared = declared.max(bin.u32(24).ok()?);
        let family = if flags & FAMILY_PRESENT != 0 { bin.u32(28).ok()? } else { 0 };
        if flags & NOT_MAIN_FLASH == 0 {
            memories.entry(family).or_default().write(address.into(), bin.slice(32, size).ok()?);
        }
        blocks += 1;
        found.size += BLOCK;
    }
    if blocks == 0 {
        return None;
    }
    found.fact("blocks", blocks);
    found.fact("system", "microcontroller");
    if blocks < declared {
        let message = format!("{} of {declared} blocks are missing", declared - blocks);
        found.problem(ProblemKind::Truncated, Some(found.size), message);
    }
    let several = memories.len() > 1;
    for (number, memory) in memories {
        let prefix = if several { format!("{number:08x}-") } else { String::new() };
        if number != 0 {
            found.fact("family", family(number));
        }
        let size = found.size;
        memory.finish(&mut found, context, &prefix, (0, size));
    }
    Some(found)
}
