//! Blocks and streams through the public functions.

#![expect(clippy::unwrap_used, reason = "helpers of tests fail by panicking")]

use duecare_codecs::{Codec, CodecError, block, stream, streams};

fn sample() -> Vec<u8> {
    let mut bytes = Vec::new();
    for round in 0..400_u32 {
        bytes.extend_from_slice(b"name=");
        bytes.extend_from_slice(&round.wrapping_mul(2_654_435_761).to_le_bytes());
        bytes.extend_from_slice(&[0; 40]);
    }
    bytes
}

fn lzo(bytes: &[u8]) -> Vec<u8> {
    lzokay::compress::compress(bytes).unwrap()
}

#[test]
fn lzo_blocks_come_back_and_say_what_they_took() {
    let sample = sample();
    let mut packed = lzo(&sample);
    assert_eq!(block(Codec::Lzo1x, &packed, sample.len()).unwrap(), sample);
    let size = packed.len();
    packed.extend_from_slice(&[0xff; 9]);
    let decoded = stream(Codec::Lzo1x, &packed, 1 << 20);
    assert!(decoded.error.is_none());
    assert_eq!(decoded.used, size);
    // Without the three bytes of the end marker.
    let open = &packed[..size - 3];
    assert_eq!(block(Codec::Lzo1x, open, sample.len()).unwrap(), sample);
    assert!(matches!(
        block(Codec::Lzo1x, &packed, sample.len() - 1),
        Err(CodecError::TooLarge { .. })
    ));
}

#[test]
fn lzo_with_runs_of_zeros() {
    // Version 1: four literals, a run of 20 zeros, three literals of the next instruction, the end.
    let packed =
        [17, 1, 1, b'a', b'b', b'c', b'd', 0x18, 0xff, 0xff, 2, b'x', b'y', b'z', 17, 0, 0];
    let decoded = stream(Codec::Lzo1x, &packed, 1 << 20);
    assert!(decoded.error.is_none(), "{:?}", decoded.error);
    let expected = [b"abcd".as_slice(), &[0; 20], b"xyz"].concat();
    assert_eq!(decoded.bytes, expected);
}

#[test]
fn lz4_blocks_do_not_allocate_what_they_may() {
    let sample = sample();
    let packed = lz4_flex::block::compress(&sample);
    assert_eq!(block(Codec::Lz4Block, &packed, 1 << 34).unwrap(), sample);
    let cut = stream(Codec::Lz4Block, &packed[..packed.len() / 2], 1 << 30);
    assert!(matches!(cut.error, Some(CodecError::Truncated { .. })));
    assert!(cut.bytes.len() > 100 && sample.starts_with(&cut.bytes));
}

#[test]
fn a_cut_stream_keeps_its_prefix_and_a_limit_is_said() {
    let sample = sample();
    for codec in [Codec::Gzip, Codec::Xz, Codec::Bzip2, Codec::LzmaAlone, Codec::Lzip] {
        let packed = pack(codec, &sample);
        let whole = streams(codec, &packed, 1 << 30);
        assert!(whole.error.is_none(), "{codec:?}: {:?}", whole.error);
        assert_eq!((whole.used, whole.bytes.len()), (packed.len(), sample.len()), "{codec:?}");
        let limited = stream(codec, &packed, 1000);
        assert!(matches!(limited.error, Some(CodecError::TooLarge { size_max: 1000, .. })));
        assert_eq!(limited.bytes, sample[..1000], "{codec:?}");
        let cut = stream(codec, &packed[..packed.len() * 3 / 4], 1 << 30);
        assert!(matches!(cut.error, Some(CodecError::Truncated { .. })), "{codec:?}");
        assert!(sample.starts_with(&cut.bytes), "{codec:?}");
        // One block of bzip2 is all or nothing.
        assert_eq!(cut.bytes.len() > 1000, codec != Codec::Bzip2, "{codec:?}");
    }
}

fn pack(codec: Codec, bytes: &[u8]) -> Vec<u8> {
    use std::io::Write as _;
    let options = lzma_rust2::LzmaOptions::with_preset(6);
    match codec {
        Codec::Gzip => {
            let mut writer = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::new(6));
            writer.write_all(bytes).unwrap();
            writer.finish().unwrap()
        }
        Codec::Bzip2 => {
            let mut writer = bzip2::write::BzEncoder::new(Vec::new(), bzip2::Compression::new(6));
            writer.write_all(bytes).unwrap();
            writer.finish().unwrap()
        }
        Codec::Xz => {
            let options = lzma_rust2::XzOptions::with_preset(6);
            let mut writer = lzma_rust2::XzWriter::new(Vec::new(), options).unwrap();
            writer.write_all(bytes).unwrap();
            writer.finish().unwrap()
        }
        Codec::Lzip => {
            let options = lzma_rust2::LzipOptions::with_preset(6);
            let mut writer = lzma_rust2::LzipWriter::new(Vec::new(), options);
            writer.write_all(bytes).unwrap();
            writer.finish().unwrap()
        }
        _ => {
            let mut writer =
                lzma_rust2::LzmaWriter::new_use_header(Vec::new(), &options, None).unwrap();
            writer.write_all(bytes).unwrap();
            writer.finish().unwrap()
        }
    }
}

proptest::proptest! {
    #[test]
    fn no_bytes_panic(bytes in proptest::collection::vec(proptest::prelude::any::<u8>(), 0..600)) {
        for codec in [
            Codec::Deflate, Codec::Zlib, Codec::Gzip, Codec::Bzip2, Codec::Xz, Codec::LzmaAlone,
            Codec::Lzip, Codec::Lz4Block, Codec::Lz4Frame, Codec::Lz4Legacy, Codec::Lzo1x,
            Codec::Lzop, Codec::Zstd, Codec::Compress,
        ] {
            let decoded = stream(codec, &bytes, 1 << 16);
            proptest::prop_assert!(decoded.used <= bytes.len() && decoded.bytes.len() <= 1 << 16);
        }
    }
}
