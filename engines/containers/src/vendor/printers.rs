//! Xerox printers: `DLM` modules and base64 in a `DSK1.0` frame.
//!
//! Source: fact_extractor's descriptions of both.

use crate::kit::{self, container};
use crate::text::ascii::decode64;
use bytes::Bytes;
use duecare_base::Bin;
use duecare_unpack::{Context, Found, ProblemKind, Signature};

/// How far the header of a module may reach, in bytes.
const DLM_HEADER_MAX: usize = 4096;
const DLM_END: &[u8] = b"%%XRXend";

/// Size of a frame's header, in bytes.
const DSK_HEADER: usize = 24;

container!(
    /// Xerox downloadable module.
    Dlm,
    "xerox-dlm",
    [Signature::anywhere(b"%%XRXbegin")],
    read_dlm
);

container!(
    /// Xerox base64 frame.
    Dsk,
    "xerox-dsk",
    [Signature::anywhere(b"\x1bDSK1.0")],
    read_dsk
);

fn read_dlm(input: &Bytes, _: &Context<'_>) -> Option<Found> {
    let header = input.get(..DLM_HEADER_MAX.min(input.len()))?;
    let end = kit::find(header, DLM_END)? + DLM_END.len();
    let text = String::from_utf8_lossy(header.get(..end)?);
    let mut found = Found::new(input.len());
    for (key, field) in [
        ("name", "%%OID_ATT_DLM_NAME"),
        ("version", "%%OID_ATT_DLM_VERSION"),
        ("signature", "%%OID_ATT_DLM_SIGNATURE"),
        ("criteria", "%%OID_ATT_DLM_EXTRACTION_CRITERIA"),
    ] {
        // %%OID_ATT_DLM_NAME="value"
        let value = text.split_once(field).and_then(|(_, rest)| rest.split('"').nth(1));
        if let Some(value) = value {
            found.fact(key, value);
        }
    }
    // One line break ends the header.
    let begin = match input.get(end..end + 2) {
        Some(b"\r\n") => end + 2,
        _ => end + 1,
    };
    kit::rest(&mut found, input, "data", begin, input.len());
    Some(found)
}

fn read_dsk(input: &Bytes, context: &Context<'_>) -> Option<Found> {
    let size = Bin::le(input).size32(12).ok()?;
    let end = size.checked_add(DSK_HEADER)?;
    let have = input.get(DSK_HEADER..end.min(input.len()))?;
    let digits: Vec<u8> = have.iter().copied().filter(|byte| !byte.is_ascii_whitespace()).collect();
    let plain = decode64(&digits).filter(|plain| !plain.is_empty())?;
    let mut found = Found::new(end.min(input.len()));
    if end > input.len() {
        let message = format!("{} bytes are missing at the end", end - input.len());
        found.problem(ProblemKind::Truncated, Some(input.len()), message);
    }
    kit::decoded(&mut found, context, "data", plain, (DSK_HEADER, have.len()));
    Some(found)
}
