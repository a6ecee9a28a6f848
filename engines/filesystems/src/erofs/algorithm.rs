//! The compressions of a physical cluster. Its size is known in whole blocks only, so the data
//! stand at the end of zeros (or, in old LZ4 images, before anything), and only as many bytes as
//! the extent needs are decoded.

use duecare_codecs::{Codec, LzmaProps, lzma_raw, stream};

/// Decodes `size` bytes of a physical cluster; `algorithm` is the number in the map header.
pub(super) fn decode(
    algorithm: u8,
    input: &[u8],
    size: usize,
    zero_padded: bool,
) -> Result<Vec<u8>, String> {
    let zeros = input.iter().take_while(|byte| **byte == 0).count();
    let data = if zero_padded { input.get(zeros..).unwrap_or_default() } else { input };
    let bytes = match algorithm {
        0 => lz4(data, size),
        1 => micro_lzma(data, size),
        // A decoder that has more to give than the extent needs reports its limit.
        2 => Some(stream(Codec::Deflate, data, size).bytes),
        3 => Some(stream(Codec::Zstd, data, size).bytes),
        other => return Err(format!("compression {other} is not known")),
    };
    match bytes {
        Some(bytes) if bytes.len() == size => Ok(bytes),
        _ => Err(format!("compressed data (method {algorithm}) are damaged")),
    }
}

/// MicroLZMA (liblzma): the properties, inverted, stand in place of the range coder's first byte.
fn micro_lzma(data: &[u8], size: usize) -> Option<Vec<u8>> {
    let (first, rest) = data.split_first()?;
    let props = u32::from(!first);
    let props = LzmaProps {
        lc: props % 9,
        lp: props / 9 % 5,
        pb: props / 45,
        dict_size: u32::try_from(size).ok()?.max(4096),
    };
    if props.pb > 4 {
        return None;
    }
    let body = [&[0], rest].concat();
    Some(lzma_raw(&body, props, Some(size as u64), size).bytes)
}

/// An LZ4 block of which only the first `size` bytes of output are wanted.
fn lz4(data: &[u8], size: usize) -> Option<Vec<u8>> {
    let mut out = Vec::with_capacity(size);
    let mut at = 0;
    while out.len() < size {
        let token = *data.get(at)?;
        at += 1;
        let literals = length(data, &mut at, usize::from(token >> 4))?;
        let end = at.checked_add(literals.min(size - out.len()))?;
        out.extend_from_slice(data.get(at..end)?);
        at = end;
        if out.len() >= size {
            break;
        }
        let distance = usize::from(u16::from_le_bytes([*data.get(at)?, *data.get(at + 1)?]));
        at += 2;
        let matched = length(data, &mut at, usize::from(token & 15))?.checked_add(4)?;
        copy_back(&mut out, distance, matched, size)?;
    }
    Some(out)
}

/// A length whose four bits are 15 goes on in bytes until one is not 255.
fn length(data: &[u8], at: &mut usize, bits: usize) -> Option<usize> {
    let mut length = bits;
    if bits == 15 {
        loop {
            let byte = *data.get(*at)?;
            *at += 1;
            length = length.checked_add(usize::from(byte))?;
            if byte != 255 {
                break;
            }
        }
    }
    Some(length)
}

fn copy_back(out: &mut Vec<u8>, distance: usize, matched: usize, size: usize) -> Option<()> {
    let mut from = out.len().checked_sub(distance).filter(|_| distance > 0)?;
    let mut left = matched.min(size - out.len());
    while left > 0 {
        // A match may overlap what it makes; each round copies what is there by then.
        let run = left.min(out.len() - from);
        out.extend_from_within(from..from + run);
        from += run;
        left -= run;
    }
    Some(())
}
