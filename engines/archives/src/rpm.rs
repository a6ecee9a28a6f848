//! RPM packages (format 3 and 4, as written by rpm 4): lead, signature, header, and a cpio payload.

use crate::tree::{sniff_codec, text};
use bytes::Bytes;
use duecare_base::{Bin, Short};
use duecare_codecs::Codec;
use duecare_unpack::{Context, Format, Found, ProblemKind, Signature};

pub(crate) struct Rpm;

/// Size of the lead, which is only a magic by now.
const LEAD: usize = 96;

/// First bytes of a header.
const HEADER_MAGIC: &[u8] = &[0x8e, 0xad, 0xe8, 1];

/// Entries of one header.
const ENTRIES_MAX: usize = 100_000;

/// Tags of the header that are facts, in this order (rpmtag.h).
const TAGS: [(u32, &str); 13] = [
    (1000, "package"),
    (1001, "version"),
    (1002, "release"),
    (1003, "epoch"),
    (1022, "architecture"),
    (1014, "licence"),
    (1044, "source rpm"),
    (1011, "vendor"),
    (1010, "distribution"),
    (1016, "group"),
    (1020, "url"),
    (1004, "summary"),
    (1006, "built"),
];

impl Format for Rpm {
    fn name(&self) -> &'static str {
        "rpm"
    }

    fn signatures(&self) -> &'static [Signature] {
        const { &[Signature::anywhere(&[0xed, 0xab, 0xee, 0xdb])] }
    }

    fn read(&self, input: &Bytes, context: &Context<'_>) -> Option<Found> {
        let signature = Header::read(input, LEAD)?;
        // The signature ends at a multiple of eight.
        let header = Header::read(input, signature.end.checked_next_multiple_of(8)?)?;
        let mut found = Found::default();
        let source = Bin::be(input).u16(6).is_ok_and(|kind| kind == 1);
        found.fact("kind", if source { "source" } else { "binary" });
        for (tag, fact) in TAGS {
            if let Some(value) = header.value(input, tag) {
                found.fact(fact, value);
            }
        }
        // OpenPGP over the header (RSA, DSA) or over header and payload (old).
        let signed = [267, 268, 1002, 1005].iter().any(|tag| signature.find(*tag).is_some());
        found.fact("signed", if signed { "yes" } else { "no" });
        payload(input, &header, context, &mut found);
        Some(found)
    }
}

/// A header: an index and a store of data.
struct Header {
    /// Tag, type, offset in the store, count.
    entries: Vec<[u32; 4]>,
    store: usize,
    end: usize,
}

impl Header {
    fn read(input: &[u8], at: usize) -> Option<Self> {
        Self::parse(Bin::be(input), at).ok().flatten()
    }

    fn parse(bin: Bin<'_>, at: usize) -> Result<Option<Self>, Short> {
        if !bin.has(at, HEADER_MAGIC) {
            return Ok(None);
        }
        let (count, size) = (bin.size32(at + 8)?, bin.size32(at + 12)?);
        if count > ENTRIES_MAX {
            return Ok(None);
        }
        let store = at + 16 + count * 16;
        let mut entries = Vec::new();
        for index in 0..count {
            let entry = at + 16 + index * 16;
            let word = |number: usize| bin.u32(entry + number * 4);
            entries.push([word(0)?, word(1)?, word(2)?, word(3)?]);
        }
        let Some(end) = store.checked_add(size).filter(|end| *end <= bin.len()) else {
            return Ok(None);
        };
        Ok(Some(Self { entries, store, end }))
    }

    fn find(&self, tag: u32) -> Option<&[u32; 4]> {
        self.entries.iter().find(|entry| entry.first() == Some(&tag))
    }

    /// The first value of a tag as text.
    fn value(&self, input: &[u8], tag: u32) -> Option<String> {
        let [_, kind, offset, _] = *self.find(tag)?;
        let at = self.store.checked_add(offset as usize)?;
        let bin = Bin::be(input.get(..self.end)?);
        match kind {
            4 => bin.u32(at).ok().map(|number| number.to_string()),
            // Strings, lists of strings, translated strings: the first.
            6 | 8 | 9 => {
                let value = bin.tail(at).split(|byte| *byte == 0).next()?;
                Some(text(value)).filter(|value| !value.is_empty())
            }
            _ => None,
        }
    }
}

/// The payload: what `payloadcompressor` says, or what its first bytes betray. It goes on to the
/// end of its stream, or of the input where nothing tells.
fn payload(input: &Bytes, header: &Header, context: &Context<'_>, found: &mut Found) {
    let at = header.end;
    let body = input.get(at..).unwrap_or_default();
    let named = match header.value(input, 1125).as_deref() {
        Some("gzip") => Some(Codec::Gzip),
        Some("bzip2") => Some(Codec::Bzip2),
        Some("xz") => Some(Codec::Xz),
        Some("lzma") => Some(Codec::LzmaAlone),
        Some("zstd") => Some(Codec::Zstd),
        _ => None,
    };
    let Some(codec) = sniff_codec(body).or(named) else {
        found.size = input.len();
        found.slice(input, "payload", at, body.len());
        return;
    };
    found.fact("compression", codec.label());
    let memory = context.budget.memory_left();
    let size_max = duecare_codecs::content_max(codec, body, memory);
    let decoded = duecare_codecs::streams(codec, body, size_max);
    found.size = at + decoded.used;
    if let Some(error) = decoded.error {
        found.problem(ProblemKind::Damaged, Some(at), format!("the payload: {error}"));
    }
    match context.budget.take_memory(decoded.bytes.len()) {
        Ok(()) => found.decoded("payload", decoded.bytes, at, decoded.used),
        Err(limit) => found.problem(ProblemKind::Limit, Some(at), limit),
    }
}
