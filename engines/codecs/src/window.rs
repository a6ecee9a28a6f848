//! What a decoder keeps beside its output: the window that matches reach back into. Streams choose
//! its size, up to 4 GiB, so it counts against the memory that they may take.

use crate::lzma::AloneHeader;
use crate::{Codec, zstd};
use duecare_base::Bin;

/// Size of the header of an XZ stream, before its first block.
const XZ_HEADER_BYTES: usize = 12;

/// How much content a stream may unpack to so that it stays within `memory` bytes together with the
/// window that its decoder keeps. Use it where [`crate::stream`] may fill what memory is left.
#[must_use]
pub fn content_max(codec: Codec, input: &[u8], memory: usize) -> usize {
    let window = match codec {
        Codec::Xz => xz(input),
        Codec::Zstd => zstd(input),
        Codec::LzmaAlone => AloneHeader::read(input).map(|header| header.props.dict_size as usize),
        // A power of two less some sixteenths.
        Codec::Lzip => input.get(5).map(|byte| 1 << (byte & 0x1f)),
        // The others have windows of some MiB at most, of a size that does not change.
        _ => None,
    };
    // A window grows with the content, to twice its size at most.
    memory.saturating_sub(window.unwrap_or_default()).max(memory / 3)
}

/// The dictionary that the first block of an XZ stream asks for, in bytes (xz-file-format 1.2.0,
/// sections 3.1 and 5.3.1). The others have the same in all that encoders write.
fn xz(input: &[u8]) -> Option<usize> {
    const LZMA2: u8 = 0x21;
    let header_size = (usize::from(*input.get(XZ_HEADER_BYTES)?) + 1) * 4;
    let block = input.get(XZ_HEADER_BYTES..XZ_HEADER_BYTES + header_size)?;
    let flags = *block.get(1)?;
    // The sizes packed and unpacked, where the flags say so, stand before the filters.
    let mut rest = block.get(2..)?;
    for _ in 0..(flags >> 6 & 1) + (flags >> 7) {
        rest = rest.get(rest.iter().position(|byte| byte & 0x80 == 0)? + 1..)?;
    }
    for _ in 0..=flags & 3 {
        let [id, size, properties @ ..] = rest else { return None };
        if *id == LZMA2 {
            let bits = u32::from(*properties.first()? & 0x3f);
            let size = (2 | u64::from(bits & 1)).checked_shl(bits / 2 + 11)?;
            return usize::try_from(size).ok();
        }
        rest = properties.get(usize::from(*size)..)?;
    }
    None
}

/// The window that a Zstandard frame asks for, in bytes (RFC 8878, section 3.1.1.1); one that keeps
/// all of its content says how much that is.
fn zstd(input: &[u8]) -> Option<usize> {
    let input = input.get(zstd::skippable(input).unwrap_or_default()..)?;
    let bin = Bin::le(input);
    let descriptor = bin.u8(4).ok()?;
    if descriptor & 0x20 != 0 {
        let at = 5 + [0, 1, 2, 4].get(usize::from(descriptor & 3))?;
        return match descriptor >> 6 {
            0 => bin.u8(at).ok().map(usize::from),
            1 => bin.u16(at).ok().map(|size| usize::from(size) + 256),
            2 => bin.size32(at).ok(),
            _ => bin.size64(at).ok(),
        };
    }
    let byte = bin.u8(5).ok()?;
    let base = 1_usize.checked_shl(10 + u32::from(byte >> 3))?;
    base.checked_add(base / 8 * usize::from(byte & 7))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn windows_count() {
        let max = |codec, input: &[u8]| (100 << 20) - content_max(codec, input, 100 << 20);
        // As `xz -6`, `xz -9`, `zstd -19`, `lzma -6` and `lzip -6` write them.
        let xz = |bits| [&[0; 12][..], &[2, 0, 0x21, 1, bits, 0, 0, 0, 0, 0, 0, 0]].concat();
        assert_eq!(max(Codec::Xz, &xz(22)), 8 << 20);
        assert_eq!(max(Codec::Xz, &xz(28)), 64 << 20);
        assert_eq!(max(Codec::Zstd, &[0x28, 0xb5, 0x2f, 0xfd, 4, 0x68]), 8 << 20);
        assert_eq!(max(Codec::Zstd, &[0x28, 0xb5, 0x2f, 0xfd, 0xa0, 0, 0, 0x20, 0]), 2 << 20);
        assert_eq!(
            max(Codec::LzmaAlone, &[&[0x5d, 0, 0, 0x80, 0][..], &[0xff; 8]].concat()),
            8 << 20
        );
        assert_eq!(max(Codec::Lzip, b"LZIP\x01\x17"), 8 << 20);
        // A window of any size leaves a third, which it can't outgrow.
        assert_eq!(content_max(Codec::Xz, &xz(40), 99), 33);
        assert_eq!(content_max(Codec::Gzip, &[0x1f, 0x8b], 99), 99);
        assert_eq!(content_max(Codec::Xz, b"\xfd7zXZ", 99), 99);
    }
}
