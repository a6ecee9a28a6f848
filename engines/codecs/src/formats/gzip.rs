//! gzip members (RFC 1952), one or several.

use super::{decode, layer, part_name, utc};
use crate::Codec;
use crate::deflate::GzipHeader;
use duecare_unpack::{Bytes, Context, Format, Found, Signature};

pub(super) struct Gzip;

impl Format for Gzip {
    fn name(&self) -> &'static str {
        "gzip"
    }

    fn signatures(&self) -> &'static [Signature] {
        const { &[Signature::anywhere(&[0x1f, 0x8b, 8])] }
    }

    fn read(&self, input: &Bytes, context: &Context<'_>) -> Option<Found> {
        let header = GzipHeader::read(input)?;
        let (decoded, count) = decode(Codec::Gzip, input, context, false)?;
        let mut facts: Vec<(&'static str, String)> = Vec::new();
        facts.extend(header.name.clone().map(|name| ("name", name)));
        facts.extend(header.comment.clone().map(|comment| ("comment", comment)));
        if header.mtime != 0 {
            facts.push(("modified", utc(i64::from(header.mtime))));
        }
        facts.extend(system(header.system).map(|system| ("system", system.to_owned())));
        let mut found = layer(decoded, count, &part_name(header.name.as_deref()), context);
        let rest = std::mem::take(&mut found.facts);
        for (key, value) in facts {
            found.fact(key, value);
        }
        found.facts.extend(rest);
        Some(found)
    }
}

/// The system that wrote a member (RFC 1952, section 2.3.1).
fn system(number: u8) -> Option<&'static str> {
    Some(match number {
        0 => "FAT",
        1 => "Amiga",
        2 => "VMS",
        3 => "Unix",
        4 => "VM/CMS",
        5 => "Atari TOS",
        6 => "HPFS",
        7 => "Macintosh",
        8 => "Z-System",
        9 => "CP/M",
        10 => "TOPS-20",
        11 => "NTFS",
        12 => "QDOS",
        13 => "Acorn RISC OS",
        _ => return None,
    })
}
