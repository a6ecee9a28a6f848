//! OpenWrt's mark at the end of an image: where the writable JFFS2 is to begin at first boot.

use crate::blank_until;
use duecare_unpack::{Bytes, Context, Format, Found, Signature};

const MARK: &[u8] = b"\xde\xad\xc0\xde";

/// Erased bytes that must follow, unless the image ends.
const BLANK_BYTES_MIN: usize = 64;

/// The mark `deadc0de`, alone; one behind a JFFS2 belongs to that.
pub(crate) struct EndMark;

impl Format for EndMark {
    fn name(&self) -> &'static str {
        "jffs2-end-mark"
    }

    fn signatures(&self) -> &'static [Signature] {
        // In partitions cut out of an image the mark keeps the alignment of a page at least.
        const SIGNATURES: &[Signature] = &[Signature::anywhere(MARK).aligned(64)];
        SIGNATURES
    }

    fn read(&self, input: &Bytes, context: &Context<'_>) -> Option<Found> {
        if context.at_start || !input.starts_with(MARK) {
            return None;
        }
        let end = blank_until(input, MARK.len());
        (end == input.len() || end - MARK.len() >= BLANK_BYTES_MIN).then(|| Found::new(MARK.len()))
    }
}
