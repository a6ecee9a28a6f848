//! Files of Microsoft's `COMPRESS.EXE`: SZDD, and the KWAJ of later ones (its stored, xor and SZDD
//! methods).

use crate::old;
use bytes::Bytes;
use duecare_base::Bin;
use duecare_codecs::Decoded;
use duecare_unpack::{Context, Format, Found, ProblemKind, Signature};

pub(crate) struct Szdd;

impl Format for Szdd {
    fn name(&self) -> &'static str {
        "szdd"
    }

    fn signatures(&self) -> &'static [Signature] {
        const {
            &[
                Signature::anywhere(b"SZDD\x88\xf0\x27\x33A"),
                // The same in QBasic's installers, without a name's last character.
                Signature::anywhere(b"SZ \x88\xf0\x27\x33\xd1"),
                Signature::anywhere(b"KWAJ\x88\xf0\x27\xd1"),
            ]
        }
    }

    fn read(&self, input: &Bytes, context: &Context<'_>) -> Option<Found> {
        let bin = Bin::le(input);
        let (data, size, name) = if bin.has(0, b"SZDD") {
            (14, bin.size32(10).ok()?, real_name(context.name, bin.u8(9).ok()?))
        } else if bin.has(0, b"SZ ") {
            (12, bin.size32(8).ok()?, real_name(context.name, 0))
        } else {
            return kwaj(input, context);
        };
        let room = size.min(context.budget.memory_left());
        let decoded = old::lzss(bin.tail(data), room);
        Some(layer(decoded, data, &name, size, context))
    }
}

/// The file's name with the character that the packer took from its end.
fn real_name(name: &str, last: u8) -> String {
    match name.strip_suffix('_') {
        Some(stem) if last.is_ascii_graphic() => format!("{stem}{}", char::from(last)),
        _ => "decoded".to_owned(),
    }
}

fn kwaj(input: &Bytes, context: &Context<'_>) -> Option<Found> {
    let bin = Bin::le(input);
    let (method, data) = (bin.u16(8).ok()?, usize::from(bin.u16(10).ok()?));
    let flags = bin.u16(12).ok()?;
    let size = if flags & 1 != 0 { bin.size32(14).ok()? } else { usize::MAX };
    let body = bin.tail(data);
    let left = context.budget.memory_left();
    let decoded = match method {
        0 | 1 => {
            let key = if method == 1 { 0xff } else { 0 };
            let bytes: Vec<u8> = body.iter().take(left.min(size)).map(|byte| byte ^ key).collect();
            Decoded { used: bytes.len(), bytes, error: None }
        }
        2 => old::lzss(body, size.min(left).min(body.len().saturating_mul(16))),
        _ => {
            let mut found = Found::new(input.len());
            let message = format!("compression method {method} of KWAJ");
            found.problem(ProblemKind::Unsupported, Some(8), message);
            return Some(found);
        }
    };
    Some(layer(decoded, data, "decoded", size, context))
}

fn layer(decoded: Decoded, data: usize, name: &str, size: usize, context: &Context<'_>) -> Found {
    let end = data + decoded.used;
    let mut found = Found::new(end);
    if let Some(error) = decoded.error.filter(|_| size != usize::MAX) {
        found.problem(ProblemKind::Truncated, Some(end), error);
    }
    match context.budget.take_memory(decoded.bytes.len()) {
        Ok(()) => found.decoded(name, decoded.bytes, data, decoded.used),
        Err(limit) => found.problem(ProblemKind::Limit, None, limit),
    }
    found
}
