//! Every compression on raw bytes; the first byte chooses it.
#![no_main]

use duecare_codecs::{Codec, LzmaProps, block, lzma_raw, stream};
use libfuzzer_sys::fuzz_target;

/// Most output of a run, in bytes.
const OUT_BYTES_MAX: usize = 1 << 20;

const CODECS: [Codec; 14] = [
    Codec::Deflate,
    Codec::Zlib,
    Codec::Gzip,
    Codec::Bzip2,
    Codec::Xz,
    Codec::LzmaAlone,
    Codec::Lzip,
    Codec::Lz4Block,
    Codec::Lz4Frame,
    Codec::Lz4Legacy,
    Codec::Lzo1x,
    Codec::Lzop,
    Codec::Zstd,
    Codec::Compress,
];

fuzz_target!(|data: &[u8]| {
    let Some((first, rest)) = data.split_first() else { return };
    let choice = usize::from(*first);
    if let Some(codec) = CODECS.get(choice % (CODECS.len() + 1)) {
        let decoded = stream(*codec, rest, OUT_BYTES_MAX);
        assert!(decoded.bytes.len() <= OUT_BYTES_MAX && decoded.used <= rest.len());
        if let Ok(bytes) = block(*codec, rest, OUT_BYTES_MAX) {
            assert!(bytes.len() <= OUT_BYTES_MAX);
        }
        return;
    }
    let digit = u32::from(*first);
    let props =
        LzmaProps { lc: digit % 9, lp: digit / 9 % 5, pb: digit / 45 % 5, dict_size: 1 << 16 };
    let decoded = lzma_raw(rest, props, None, OUT_BYTES_MAX);
    assert!(decoded.bytes.len() <= OUT_BYTES_MAX && decoded.used <= rest.len());
});
