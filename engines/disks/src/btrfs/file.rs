//! Contents of files: extents as they are, compressed, or inside the tree.

use super::chunks::Chunks;
use bytes::Bytes;
use duecare_base::Bin;
use duecare_codecs::{Codec, block, stream};
use duecare_filesystems::tree::{self, Content, Extent, Trouble, push_extent};
use duecare_unpack::Budget;

const KIND_INLINE: u8 = 0;
const KIND_RESERVED: u8 = 2;
const INLINE_AT: usize = 21;

/// LZO segments don't cross pages of this size, in bytes.
const LZO_PAGE: usize = 4096;

/// Largest extent that is compressed, decoded, in bytes.
const COMPRESSED_BYTES_MAX: usize = 1 << 20;

/// Reads a file of `size` bytes from its extent items: place in the file, item.
pub(super) fn read(
    input: &Bytes,
    chunks: &Chunks,
    items: &[(u64, Bytes)],
    size: usize,
    budget: &Budget,
) -> Content {
    if let Some(extents) = plain(chunks, items) {
        return tree::gather(input, &extents, size, budget);
    }
    if let Err(limit) = budget.take_memory(size) {
        return Trouble::from(limit).into();
    }
    let mut out = Vec::with_capacity(size);
    for (first, item) in items {
        let first = usize::try_from(*first).unwrap_or(usize::MAX);
        if first >= size {
            break;
        }
        out.resize(first, 0);
        if let Err(trouble) = add(input, chunks, Bin::le(item), size, &mut out) {
            return Content { bytes: out.into(), trouble: Some(trouble) };
        }
    }
    out.resize(size, 0);
    Bytes::from(out).into()
}

/// The extents of a file of which nothing is compressed or inline.
fn plain(chunks: &Chunks, items: &[(u64, Bytes)]) -> Option<Vec<Extent>> {
    let mut extents = Vec::new();
    let mut done = 0;
    for (first, item) in items {
        let bin = Bin::le(item);
        let first = usize::try_from(*first).ok()?;
        if bin.u8(20).ok()? == KIND_INLINE || bin.u8(16).ok()? != 0 {
            return None;
        }
        let (address, offset) = (bin.u64(21).ok()?, bin.u64(37).ok()?);
        let len = bin.size64(45).ok()?;
        push_extent(&mut extents, Extent::hole(first.saturating_sub(done)));
        if address == 0 || bin.u8(20).ok()? == KIND_RESERVED {
            push_extent(&mut extents, Extent::hole(len));
        } else {
            let (at, room) = chunks.place(address.saturating_add(offset)).ok()?;
            if room < len {
                return None;
            }
            push_extent(&mut extents, Extent::at(at, len));
        }
        done = first.saturating_add(len);
    }
    Some(extents)
}

fn add(
    input: &Bytes,
    chunks: &Chunks,
    bin: Bin<'_>,
    size: usize,
    out: &mut Vec<u8>,
) -> Result<(), Trouble> {
    let (decoded_size, method, kind) = (bin.size64(8)?, bin.u8(16)?, bin.u8(20)?);
    let left = size.saturating_sub(out.len());
    if kind == KIND_INLINE {
        let bytes = decode(method, bin.tail(INLINE_AT), decoded_size.min(LZO_PAGE * 16))
            .map_err(|message| Trouble::damaged(0, message))?;
        out.extend_from_slice(bytes.get(..left).unwrap_or(&bytes));
        return Ok(());
    }
    let (address, stored) = (bin.u64(21)?, bin.size64(29)?);
    let (offset, len) = (bin.size64(37)?, bin.size64(45)?.min(left));
    if address == 0 || kind == KIND_RESERVED {
        out.resize(out.len().saturating_add(len), 0);
        return Ok(());
    }
    let (at, _) = chunks.place(address)?;
    let raw = Bin::le(input).slice(at, stored)?;
    let (bytes, offset) = if method == 0 {
        (raw.to_vec(), offset)
    } else {
        let bytes = decode(method, raw, decoded_size.min(COMPRESSED_BYTES_MAX));
        (bytes.map_err(|message| Trouble::damaged(at, message))?, offset)
    };
    let end = offset.saturating_add(len).min(bytes.len());
    let piece = bytes.get(offset..end).unwrap_or_default();
    out.extend_from_slice(piece);
    if piece.len() < len {
        // The last block of a file may decode to less than its sector.
        out.resize(out.len() + (len - piece.len()), 0);
    }
    Ok(())
}

fn decode(method: u8, raw: &[u8], size: usize) -> Result<Vec<u8>, String> {
    let whole = |codec| {
        let decoded = stream(codec, raw, size);
        match decoded.error {
            Some(error) if decoded.bytes.is_empty() => Err(error.to_string()),
            _ => Ok(decoded.bytes),
        }
    };
    match method {
        0 => Ok(raw.get(..size).unwrap_or(raw).to_vec()),
        1 => whole(Codec::Zlib),
        2 => lzo(raw, size).ok_or_else(|| "LZO data are damaged".to_owned()),
        3 => whole(Codec::Zstd),
        other => Err(format!("compression {other} is not known")),
    }
}

/// A length, then segments of one page each with a length of their own; a segment's length never
/// crosses a page.
fn lzo(raw: &[u8], size: usize) -> Option<Vec<u8>> {
    let bin = Bin::le(raw);
    let total = bin.size32(0).ok()?.min(raw.len());
    let mut out = Vec::with_capacity(size);
    let mut at = 4;
    while at + 4 <= total && out.len() < size {
        let room = LZO_PAGE - at % LZO_PAGE;
        if room < 4 {
            at += room;
            continue;
        }
        let len = bin.size32(at).ok()?;
        let segment = bin.slice(at + 4, len).ok()?;
        out.extend(block(Codec::Lzo1x, segment, LZO_PAGE.min(size - out.len())).ok()?);
        at += 4 + len;
    }
    Some(out)
}
