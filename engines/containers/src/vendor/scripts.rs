//! Updates that are a shell script with the image behind it (Alpha Networks, Edgecore), and
//! Sercomm's old images of DEFLATE streams.

use crate::kit::{self, container};
use bytes::Bytes;
use duecare_codecs::Codec;
use duecare_unpack::{Context, Found, ProblemKind, Signature};

/// How far into a file the boundary is looked for, in bytes.
const SCRIPT_BYTES_MAX: usize = 4 << 20;

/// Where Sercomm's streams begin at the earliest, and the smallest that counts, in bytes.
const SERCOMM_FROM: usize = 0x200;
const SERCOMM_MIN: usize = 256;

/// Streams in one Sercomm image.
const STREAMS_MAX: usize = 4096;

/// The line between script and image.
const IMAGE: &[u8] = b"=== Firmware Boundary ===\n";

container!(
    /// Script with boundaries.
    Alpha,
    "alpha-script",
    [Signature::start(b"#!")],
    read_alpha
);

container!(
    /// The boundary where no script of a known kind stands before it.
    Boundary,
    "alpha-boundary",
    [Signature::anywhere(IMAGE)],
    read_boundary
);

container!(
    /// Sercomm image.
    Sercomm,
    "sercomm",
    [],
    read_sercomm
);

fn read_alpha(input: &Bytes, context: &Context<'_>) -> Option<Found> {
    const PACKER: &[u8] = b"=== ddPack Boundary ===\n";
    let head = input.get(..SCRIPT_BYTES_MAX.min(input.len()))?;
    // The script itself may name the boundary; the real one stands on a line of its own.
    let image = memchr::memmem::find_iter(head, IMAGE)
        .find(|at| *at == 0 || head.get(at - 1) == Some(&b'\n'))?;
    let script_end = kit::find(head, PACKER).map_or(image, |at| at.min(image));
    let mut found = Found::new(input.len());
    found.nodes.push(kit::file("/script.sh", input.slice(..script_end)));
    if script_end < image {
        found.slice(input, "ddpack", script_end, image - script_end);
    }
    body(input, image + IMAGE.len(), context, &mut found)?;
    Some(found)
}

fn read_boundary(input: &Bytes, context: &Context<'_>) -> Option<Found> {
    let mut found = Found::new(input.len());
    body(input, IMAGE.len(), context, &mut found)?;
    Some(found)
}

/// The image behind the boundary.
fn body(input: &Bytes, at: usize, context: &Context<'_>, found: &mut Found) -> Option<()> {
    let stored = input.get(at..).filter(|stored| !stored.is_empty())?;
    // Some models invert all bits; REDSONIC is the name that then begins the image.
    let inverted = b"REDSONIC".map(|byte| !byte);
    if stored.starts_with(&inverted) {
        found.fact("inverted", "yes");
        let plain = stored.iter().map(|byte| !byte).collect();
        kit::decoded(found, context, "image", plain, (at, stored.len()));
    } else {
        found.slice(input, "image", at, stored.len());
    }
    Some(())
}

fn read_sercomm(input: &Bytes, context: &Context<'_>) -> Option<Found> {
    let head = input.get(..SERCOMM_FROM)?;
    kit::find(head, b"sErCoMm")?;
    let mut found = Found::new(input.len());
    let mut at = SERCOMM_FROM;
    while let Some(mark) = input.get(at..).and_then(|tail| kit::find(tail, b"\x03\0\0\0")) {
        let begin = at + mark + 4;
        let stored = input.get(begin..).unwrap_or_default();
        let out = duecare_codecs::stream(Codec::Deflate, stored, context.budget.memory_left());
        if context.budget.take_work(out.used.max(64)).is_err() || found.parts.len() >= STREAMS_MAX {
            found.problem(ProblemKind::Limit, Some(begin), "too many streams are tried");
            break;
        }
        if out.error.is_none() && out.bytes.len() >= SERCOMM_MIN && out.used > 0 {
            let name = format!("stream{}", found.parts.len() + 1);
            kit::decoded(&mut found, context, &name, out.bytes, (begin, out.used));
            at = begin + out.used;
        } else {
            at = begin;
        }
    }
    if found.parts.is_empty() {
        found.slice(input, "image", SERCOMM_FROM, input.len() - SERCOMM_FROM);
    }
    Some(found)
}
