//! Linksys: the CyberTAN header in front of a TRX (`…U2ND`), and the tail of newer models
//! (`.LINKSYS.`), which stands behind the image.

use crate::kit::{self, container};
use bytes::Bytes;
use duecare_base::Bin;
use duecare_unpack::{Context, Found, Signature};

/// Size of the CyberTAN header in bytes.
const HEADER: usize = 32;

/// Size of the tail of newer models, in bytes.
const TAIL: usize = 256;

container!(
    /// CyberTAN header of Linksys and others.
    CyberTan,
    "cybertan",
    [Signature::start(b"U2ND").with_offset(14)],
    read_cybertan
);

container!(
    /// The tail of newer Linksys images.
    LinksysTail,
    "linksys-tail",
    [Signature::anywhere(b".LINKSYS.")],
    read_tail
);

fn read_cybertan(input: &Bytes, _: &Context<'_>) -> Option<Found> {
    let bin = Bin::le(input);
    let magic = bin.text(0, 4).ok()?;
    if !kit::printable(&magic) || !magic.is_ascii() {
        return None;
    }
    let mut found = Found::new(input.len());
    found.fact("model", magic);
    if let [year, month, day, major, minor, patch] = *bin.slice(8, 6).ok()? {
        found.fact("date", format!("20{year:02}-{month:02}-{day:02}"));
        found.fact("version", format!("{major}.{minor}.{patch}"));
    }
    found.slice(input, "image", HEADER, input.len().checked_sub(HEADER)?);
    Some(found)
}

fn read_tail(input: &Bytes, _: &Context<'_>) -> Option<Found> {
    let tail = Bin::be(input);
    let kind = tail.text(9, 7).ok()?;
    let model = tail.text(16, 16).ok()?;
    if !kit::printable(&model) || !kit::ascii_or_empty(&kind) || !model.is_ascii() {
        return None;
    }
    let mut found = Found::new(TAIL.min(input.len()));
    found.fact("model", model);
    found.fact("checksum", tail.text(32, 8).unwrap_or_default());
    Some(found)
}
