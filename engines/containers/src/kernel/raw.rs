//! Uncompressed kernels, told by their banner: a raw image, or an ELF `vmlinux`. What they carry
//! comes out as parts: the configuration (`CONFIG_IKCONFIG`) and the built-in initramfs.

use crate::kit;
use bytes::Bytes;
use duecare_codecs::Codec;
use duecare_unpack::{Context, Format, Found, Signature};

/// A kernel is at least this large, in bytes.
const KERNEL_BYTES_MIN: usize = 256 * 1024;

/// Initramfs archives that are looked for in one kernel, and the smallest that counts, in bytes.
const ARCHIVES_MAX: usize = 8;
const ARCHIVE_BYTES_MIN: usize = 512;

/// How much of a compressed stretch is decoded to see whether it is an archive, in bytes.
const PROBE_BYTES: usize = 4096;

/// Compressed stretches that are tried in one kernel.
const TRIES_MAX: usize = 256;

/// Bytes of the end of an archive's trailer, and what rounds it up.
const TRAILER: &[u8] = b"TRAILER!!!";
const TRAILER_ALIGN: usize = 512;

/// The kernel's banner: `Linux version 5.10.1 (builder@host) …`.
pub(crate) fn banner(bytes: &[u8]) -> Option<String> {
    const START: &[u8] = b"Linux version ";
    memchr::memmem::find_iter(bytes, START).take(64).find_map(|at| {
        let digit = bytes.get(at + START.len())?;
        let text = kit::text_at(bytes, at, 400);
        (digit.is_ascii_digit() && text.contains('(')).then_some(text)
    })
}

/// Where a raw kernel ends: at a file system that was appended to it, or at the end.
pub(crate) fn kernel_end(bytes: &[u8]) -> usize {
    let hits = [b"hsqs".as_slice(), b"sqsh"]
        .into_iter()
        .flat_map(|magic| memchr::memmem::find_iter(bytes, magic).map(move |at| (magic, at)));
    let real = hits.filter(|(magic, at)| {
        let field = |offset: usize| {
            let pair = bytes.get(at + offset..at + offset + 2)?;
            let pair: [u8; 2] = pair.try_into().ok()?;
            Some(if *magic == b"hsqs" {
                u16::from_le_bytes(pair)
            } else {
                u16::from_be_bytes(pair)
            })
        };
        // Major version 1 to 4 behind the magic; a kernel holds the magic alone.
        *at >= KERNEL_BYTES_MIN && at % 4 == 0 && matches!(field(28), Some(1..=4))
    });
    real.map(|(_, at)| at).min().unwrap_or(bytes.len())
}

/// Facts and parts of a raw kernel that takes `found.size` bytes of the input.
pub(crate) fn contents(found: &mut Found, input: &Bytes, context: &Context<'_>) {
    let kernel = input.get(..found.size).unwrap_or_default();
    if let Some(banner) = banner(kernel) {
        let version = banner.split_whitespace().nth(2).unwrap_or_default().to_owned();
        found.fact("banner", banner);
        found.fact("version", version);
    }
    config(found, input);
    archives(found, input, context);
}

fn config(found: &mut Found, input: &Bytes) {
    let kernel = input.get(..found.size).unwrap_or_default();
    let Some(at) = kit::find(kernel, b"IKCFG_ST\x1f\x8b") else { return };
    let begin = at + 8;
    let end = kit::find(kernel.get(begin..).unwrap_or_default(), b"IKCFG_ED");
    found.fact("config", "built in");
    match end {
        Some(length) => found.slice(input, "config.gz", begin, length),
        None => found.slice(input, "config.gz", begin, kernel.len() - begin),
    }
}

/// Archives (`cpio`), plain or compressed, that the kernel unpacks at its start.
fn archives(found: &mut Found, input: &Bytes, context: &Context<'_>) {
    let kernel = input.get(..found.size).unwrap_or_default();
    let mut places: Vec<(usize, usize)> = Vec::new();
    for magic in [b"070701".as_slice(), b"070702"] {
        let first = memchr::memmem::find_iter(kernel, magic).find(|at| {
            // The magic also stands in the code that reads archives.
            let header = kernel.get(at + 6..at + 110).unwrap_or_default();
            at % 4 == 0 && !header.is_empty() && header.iter().all(u8::is_ascii_hexdigit)
        });
        if let Some(at) = first {
            let tail = kernel.get(at..).unwrap_or_default();
            let size = kit::find(tail, TRAILER)
                .map_or(tail.len(), |end| kit::align(end + TRAILER.len(), TRAILER_ALIGN));
            places.push((at, size.min(tail.len())));
        }
    }
    let codecs = [
        (b"\x1f\x8b\x08".as_slice(), Codec::Gzip),
        (b"\xfd7zXZ\0", Codec::Xz),
        (b"\x5d\x00\x00", Codec::LzmaAlone),
        (b"\x28\xb5\x2f\xfd", Codec::Zstd),
        (b"BZh9", Codec::Bzip2),
        (b"\x02\x21\x4c\x18", Codec::Lz4Legacy),
    ];
    for (magic, codec) in codecs {
        for at in memchr::memmem::find_iter(kernel, magic).take(TRIES_MAX) {
            let stored = kernel.get(at..).unwrap_or_default();
            if !super::payload::plausible(codec, stored) {
                continue;
            }
            if context.budget.take_work(PROBE_BYTES).is_err() {
                return;
            }
            let probe = duecare_codecs::stream(codec, stored, PROBE_BYTES);
            if !probe.bytes.starts_with(b"07070") || probe.bytes.len() < ARCHIVE_BYTES_MIN {
                continue;
            }
            let memory = context.budget.memory_left();
            let size_max = duecare_codecs::content_max(codec, stored, memory);
            let whole = duecare_codecs::stream(codec, stored, size_max);
            if context.budget.take_work(whole.bytes.len()).is_err() {
                return;
            }
            places.push((at, whole.used.min(stored.len())));
        }
    }
    places.sort_unstable();
    let mut done = 0;
    for (at, size) in places.into_iter().filter(|(_, size)| *size > 0).take(ARCHIVES_MAX) {
        if at >= done {
            found.slice(input, "initramfs", at, size);
            done = at + size;
        }
    }
}

/// An ELF kernel, told from other programs by its banner.
pub(crate) struct VmLinux;

impl Format for VmLinux {
    fn name(&self) -> &'static str {
        "vmlinux"
    }

    fn signatures(&self) -> &'static [Signature] {
        const { &[Signature::start(b"\x7fELF")] }
    }

    fn read(&self, input: &Bytes, context: &Context<'_>) -> Option<Found> {
        // Only programs at a fixed address, and only with the tables that every kernel has.
        let fixed = matches!(input.get(16..18)?, [2, 0] | [0, 2] | [3, 0]);
        if !fixed || input.len() < KERNEL_BYTES_MIN {
            return None;
        }
        banner(input)?;
        let marks = [b"swapper".as_slice(), b"init_task", b"vmalloc", b"kthreadd"];
        if marks.iter().filter(|mark| kit::find(input, mark).is_some()).count() < 2 {
            return None;
        }
        let mut found = Found::new(input.len());
        contents(&mut found, input, context);
        Some(found)
    }
}

/// A kernel without any header, at the start of a blob.
pub(crate) struct RawKernel;

impl Format for RawKernel {
    fn name(&self) -> &'static str {
        "linux-kernel"
    }

    fn signatures(&self) -> &'static [Signature] {
        &[]
    }

    fn read(&self, input: &Bytes, context: &Context<'_>) -> Option<Found> {
        if input.len() < KERNEL_BYTES_MIN || !context.at_start {
            return None;
        }
        let found = kernel(input, context)?;
        // A whole flash, or a maker's image, holds a kernel somewhere behind other things; those
        // are found by themselves, and the kernel is explained as what is left.
        let front = kit::find(input, b"Linux version ").and_then(|at| input.get(..at))?;
        let others = [b"\x27\x05\x19\x56".as_slice(), b"HDR0", b"UBI#", b"U-Boot ", b"CFE1"];
        let other = others.iter().any(|magic| kit::find(front, magic).is_some());
        let known = [b"\x7fELF".as_slice(), b"\x1f\x8b", b"PK\x03\x04", b"07070"];
        let first = known.iter().any(|magic| input.starts_with(magic));
        (!other && !first).then_some(found)
    }

    fn explain(&self, gap: &Bytes, context: &Context<'_>) -> Option<Found> {
        if gap.len() < KERNEL_BYTES_MIN { None } else { kernel(gap, context) }
    }
}

fn kernel(input: &Bytes, context: &Context<'_>) -> Option<Found> {
    let end = kernel_end(input);
    banner(input.get(..end)?)?;
    let marks = [b"swapper".as_slice(), b"kthreadd", b"vmalloc", b"initramfs", b"Kernel panic"];
    if marks.iter().filter(|mark| kit::find(input, mark).is_some()).count() < 2 {
        return None;
    }
    let mut found = Found::new(end);
    contents(&mut found, input, context);
    Some(found)
}
