//! Airoha (MediaTek) Bluetooth audio: a digest, typed blocks, and a firmware that is plain, in LZMA,
//! or encrypted as well. Layout as in the airoha-firmware-parser project.

use crate::kit::{self, container};
use bytes::Bytes;
use duecare_base::Bin;
use duecare_unpack::{Context, Found, ProblemKind, Signature};

/// Where the first block stands.
const FIRST: usize = 256;

container!(
    /// Airoha firmware.
    Airoha,
    "airoha",
    [Signature::anywhere(b"\xff\xff\xff\xff\x11\x00\x0a\x00").with_offset(FIRST - 4)],
    read
);

fn read(input: &Bytes, _: &Context<'_>) -> Option<Found> {
    let bin = Bin::le(input);
    let (compression, integrity) = (bin.u8(FIRST + 4).ok()?, bin.u8(FIRST + 5).ok()?);
    let (at, size) = (bin.size32(FIRST + 6).ok()?, bin.size32(FIRST + 10).ok()?);
    let padding = bin.slice(32, FIRST - 32).ok()?.iter().all(|byte| *byte == 0xff);
    if !padding || compression > 2 || integrity > 2 || at < FIRST || size == 0 {
        return None;
    }
    let mut found = Found::new(0);
    kit::declared(&mut found, input, at.checked_add(size)?);
    found.fact("compression", ["none", "lzma", "lzma, encrypted"].get(usize::from(compression))?);
    found.fact("integrity", ["crc32", "sha256", "sha256-rsa"].get(usize::from(integrity))?);
    found.fact("system", "microcontroller");
    let shown = found.size.saturating_sub(at);
    if compression == 2 {
        let message = "encrypted by the maker with AES; the key is in the device";
        found.problem(ProblemKind::Unsupported, Some(at.min(input.len())), message);
        found.encrypted(input, "firmware", at.min(input.len()), shown);
    } else {
        found.slice(input, "firmware", at.min(input.len()), shown);
    }
    Some(found)
}
