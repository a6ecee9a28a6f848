//! Finds the compressed kernel in a loader: the magics of the compressions that Linux supports
//! (`scripts/Makefile.lib`), the largest one that decodes.

use crate::kit;
use duecare_base::Bin;
use duecare_codecs::{Codec, LzmaProps};
use duecare_unpack::{Context, Found, ProblemKind};

/// Places that are tried in one loader.
const TRIES_MAX: usize = 64;

/// A decoded payload smaller than this is no kernel, unless a header leads to it, in bytes.
const KERNEL_BYTES_MIN: usize = 16 * 1024;

/// How much is decoded to see whether a place is the right one, in bytes.
const PROBE_BYTES: usize = 64 * 1024;

const MAGICS: [(&[u8], Codec); 8] = [
    (b"\x1f\x8b\x08", Codec::Gzip),
    (b"\xfd7zXZ\0", Codec::Xz),
    (b"\x5d\x00\x00", Codec::LzmaAlone),
    (b"\x6d\x00\x00", Codec::LzmaAlone),
    (b"\x89LZO\0\r\n\x1a\n", Codec::Lzop),
    (b"\x02\x21\x4c\x18", Codec::Lz4Legacy),
    (b"\x28\xb5\x2f\xfd", Codec::Zstd),
    (b"BZh9", Codec::Bzip2),
];

/// Whether a place can begin what a codec reads. LZMA has no magic, so its header must be one that
/// tools write: a dictionary of a usual size, and a size that is unknown or below 4 GiB.
pub(crate) fn plausible(codec: Codec, stored: &[u8]) -> bool {
    if codec != Codec::LzmaAlone {
        return true;
    }
    let bin = Bin::le(stored);
    let (Ok(dictionary), Ok(size)) = (bin.u32(1), bin.u64(5)) else { return false };
    let usual = dictionary.is_power_of_two() || (dictionary / 3).is_power_of_two();
    usual && (1 << 12..=1 << 26).contains(&dictionary) && (size == u64::MAX || size < 1 << 32)
}

/// The first place where something decodes to a kernel's size: codec and offset.
pub(crate) fn locate(input: &[u8], context: &Context<'_>) -> Option<(Codec, usize)> {
    let mut places: Vec<(usize, Codec)> = Vec::new();
    for (magic, codec) in MAGICS {
        let hits = memchr::memmem::find_iter(input, magic).take(TRIES_MAX);
        places.extend(hits.map(|at| (at, codec)));
    }
    places.sort_unstable_by_key(|(at, _)| *at);
    places.into_iter().take(TRIES_MAX).find_map(|(at, codec)| {
        let stored = input.get(at..)?;
        if !plausible(codec, stored) {
            return None;
        }
        context.budget.take_work(PROBE_BYTES).ok()?;
        let out = duecare_codecs::stream(codec, stored, PROBE_BYTES);
        let least = if at == 0 { 1 } else { KERNEL_BYTES_MIN };
        (out.bytes.len() >= least).then_some((codec, at))
    })
}

/// Adds the decoded kernel of a loader, and says when there is none.
pub(crate) fn kernel(found: &mut Found, input: &[u8], context: &Context<'_>) {
    let Some((codec, at)) = locate(input, context) else {
        let message = "no compressed kernel was found behind the loader";
        return found.problem(ProblemKind::Unsupported, None, message);
    };
    found.fact("compression", codec.label());
    let stored = input.get(at..).unwrap_or_default();
    let memory = context.budget.memory_left();
    let size_max = duecare_codecs::content_max(codec, stored, memory);
    let mut out = duecare_codecs::stream(codec, stored, size_max);
    if codec == Codec::LzmaAlone && out.error.is_some() {
        // Kernels are written to a pipe: no size in the header, and here no end mark either.
        if let Some(again) = lzma_without_size(stored, size_max)
            && again.bytes.len() > out.bytes.len()
        {
            out = again;
        }
    }
    if let Some(error) = out.error {
        found.problem(ProblemKind::Damaged, Some(at), error);
    }
    let used = out.used.min(stored.len());
    kit::decoded(found, context, "kernel", out.bytes, (at, used));
}

fn lzma_without_size(stored: &[u8], limit: usize) -> Option<duecare_codecs::Decoded> {
    let props = u32::from(*stored.first()?);
    let dict_size = u32::from_le_bytes(stored.get(1..5)?.try_into().ok()?);
    let props = LzmaProps { lc: props % 9, lp: props / 9 % 5, pb: props / 45, dict_size };
    Some(duecare_codecs::lzma_raw(stored.get(13..)?, props, None, limit))
}
