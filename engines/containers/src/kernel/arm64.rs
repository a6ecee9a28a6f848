//! The 64-byte header of arm64 and RISC-V kernels (`Documentation/arch/arm64/booting.rst`).

use super::raw;
use bytes::Bytes;
use duecare_base::Bin;
use duecare_unpack::{Context, Format, Found, Signature};

/// Uncompressed kernel with a header.
pub(crate) struct Image;

impl Format for Image {
    fn name(&self) -> &'static str {
        "linux-image"
    }

    fn signatures(&self) -> &'static [Signature] {
        const {
            &[
                Signature::anywhere(b"ARM\x64").with_offset(56).aligned(4),
                Signature::anywhere(b"RSC\x05").with_offset(56).aligned(4),
            ]
        }
    }

    fn read(&self, input: &Bytes, context: &Context<'_>) -> Option<Found> {
        let bin = Bin::le(input);
        let size = bin.size64(16).ok()?;
        // arm64 reserves three words before the magic; RISC-V repeats its magic there.
        let reserved = bin.slice(32, 24).ok()?;
        let real = if bin.has(56, b"ARM") {
            reserved.iter().all(|byte| *byte == 0)
        } else {
            bin.has(48, b"RISCV\0\0\0")
        };
        // Kernels before 3.17 leave the size out, and have a fixed offset.
        let sized = (0x1_0000..=1 << 30).contains(&size) || bin.u64(8) == Ok(0x8_0000) && size == 0;
        if !real || !sized {
            return None;
        }
        let mut found = Found::new(0);
        found.fact("arch", if bin.has(56, b"ARM") { "arm64" } else { "riscv" });
        found.fact("text-offset", format!("{:#x}", bin.u64(8).ok()?));
        // The size counts memory that the file need not hold.
        let end = if size == 0 { input.len() } else { size.min(input.len()) };
        found.size = raw::kernel_end(input.get(..end)?);
        raw::contents(&mut found, input, context);
        Some(found)
    }
}
