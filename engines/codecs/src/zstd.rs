//! One Zstandard frame (RFC 8878), and the skippable frames before it.

use crate::output::Output;
use crate::{Codec, CodecError, Decoded};
use duecare_base::Bin;
use ruzstd::decoding::{BlockDecodingStrategy, FrameDecoder};

/// First bytes of a frame.
pub(crate) const MAGIC: &[u8] = &[0x28, 0xb5, 0x2f, 0xfd];

/// Largest window: 2 GiB, what `zstd --ultra --long=31` writes. The decoder's buffer grows with
/// the output, not with the window.
const WINDOW_BYTES_MAX: u64 = 1 << 31;

/// How much is decoded between two looks at the limit.
const STEP_BYTES: usize = 256 * 1024;

/// Skippable frames in a row.
const SKIPPED_MAX: usize = 1024;

/// Size of the skippable frame at the start, if there is one.
pub(crate) fn skippable(input: &[u8]) -> Option<usize> {
    let bin = Bin::le(input);
    let magic = bin.u32(0).ok()?;
    (magic & 0xffff_fff0 == 0x184d_2a50).then_some(())?;
    bin.size32(4).ok()?.checked_add(8)
}

pub(crate) fn stream(input: &[u8], size_max: usize) -> Decoded {
    let mut out = Output::new(Codec::Zstd, size_max);
    let mut skipped = 0_usize;
    for _ in 0..SKIPPED_MAX {
        match skippable(input.get(skipped..).unwrap_or_default()) {
            Some(size) => skipped = skipped.saturating_add(size),
            None => break,
        }
    }
    let mut rest = match input.get(skipped..) {
        Some([]) if skipped > 0 => return out.finish(skipped, None),
        Some(rest) => rest,
        None => {
            let error = out.truncated();
            return out.finish(input.len(), Some(error));
        }
    };
    let error = frame(&mut rest, &mut out).err();
    out.finish(input.len() - rest.len(), error)
}

fn frame(rest: &mut &[u8], out: &mut Output) -> Result<(), CodecError> {
    let mut decoder = FrameDecoder::new();
    decoder.set_max_window_size(WINDOW_BYTES_MAX);
    decoder.init(&mut *rest).map_err(|error| {
        // Too few bytes for a header can't be told from its words.
        if rest.is_empty() { out.truncated() } else { out.damaged(&error.to_string()) }
    })?;
    while !decoder.is_finished() {
        let step = BlockDecodingStrategy::UptoBytes(STEP_BYTES);
        if let Err(error) = decoder.decode_blocks(&mut *rest, step) {
            let cut = rest.is_empty();
            let detail = error.to_string();
            // An empty last block ends the frame, so that the window is handed out too.
            let _ =
                decoder.decode_blocks(&[1_u8, 0, 0, 0, 0, 0, 0][..], BlockDecodingStrategy::All);
            collect(&mut decoder, out)?;
            return Err(if cut { out.truncated() } else { out.damaged(&detail) });
        }
        collect(&mut decoder, out)?;
    }
    let stored = decoder.get_checksum_from_data();
    if stored.is_some() && stored != decoder.get_calculated_checksum() {
        return Err(out.damaged("the checksum of the content is wrong"));
    }
    Ok(())
}

fn collect(decoder: &mut FrameDecoder, out: &mut Output) -> Result<(), CodecError> {
    let count = decoder.can_collect();
    if count == 0 {
        return Ok(());
    }
    out.bytes.reserve_exact(count.min(out.left()));
    let room = out.left();
    let mut limited = Limited { bytes: &mut out.bytes, left: room };
    // Writing to memory can't fail.
    let _ = decoder.collect_to_writer(&mut limited);
    if count > room { Err(out.too_large()) } else { Ok(()) }
}

/// Takes all bytes, keeps those that fit.
struct Limited<'a> {
    bytes: &'a mut Vec<u8>,
    left: usize,
}

impl std::io::Write for Limited<'_> {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        let fitting = bytes.get(..self.left).unwrap_or(bytes);
        self.bytes.extend_from_slice(fitting);
        self.left -= fitting.len();
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}
