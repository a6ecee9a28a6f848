//! D-Link's DCS cameras: a 16-byte header under a 16-bit XOR, and sections under a key stream.
//!
//! No magic stands in the file: header and size under the XOR must agree with each other.

use super::dcs_tables::TABLES;
use crate::kit::{self, container};
use bytes::Bytes;
use duecare_base::Bin;
use duecare_unpack::{Context, Found, ProblemKind};

/// Size of the header and of a section's header, in bytes.
const HEADER: usize = 16;
const SECTION: usize = 64;

/// What the first word is without the XOR, and what a section begins with.
const MAGIC: u32 = 0xaa7e_c55b;
const SECTION_MAGIC: u16 = 0xa55a;

/// Sections in one image.
const SECTIONS_MAX: usize = 256;

container!(
    /// D-Link camera image.
    Dcs,
    "dlink-dcs",
    [],
    read
);

fn read(input: &Bytes, context: &Context<'_>) -> Option<Found> {
    let bin = Bin::le(input);
    let wide = bin.u32(0).ok()? ^ MAGIC;
    let key = wide as u16;
    if wide >> 16 != u32::from(key) || bin.u16(14).ok()? ^ key != key {
        return None;
    }
    let size = (bin.u32(4).ok()? ^ wide) as usize;
    let count = usize::from(bin.u16(12).ok()? ^ key);
    if count == 0 || count > SECTIONS_MAX || size < SECTION * count || size > 1 << 28 {
        return None;
    }
    let body = input.get(HEADER..)?;
    // The header keeps this key under its own XOR twice, so it stands plain.
    let plain = Bytes::from(clear(body, bin.u16(10).ok()?));
    if Bin::le(&plain).u16(0) != Ok(SECTION_MAGIC) {
        return None;
    }
    let mut found = Found::new(0);
    kit::declared(&mut found, input, HEADER + size);
    found.fact("cipher", "xor with tables");
    found.fact("sections", count);
    if let Err(limit) = context.budget.take_memory(plain.len()) {
        found.problem(ProblemKind::Limit, None, limit);
        return Some(found);
    }
    let view = Bin::le(&plain);
    let mut at = SECTION * count;
    for index in 0..count {
        let head = SECTION * index;
        let Ok(length) = view.size32(head + 4) else { break };
        if view.u16(head) != Ok(SECTION_MAGIC) {
            found.problem(ProblemKind::Damaged, Some(HEADER + head), "not a section");
            break;
        }
        let offset = view.u32(head + 8).unwrap_or(0);
        let device = view.u8(head + 2).unwrap_or(0);
        found.fact("section", format!("mtd {device} at {offset:#x}, {length} bytes"));
        let end = at.saturating_add(length);
        if end > plain.len() {
            found.problem(ProblemKind::Truncated, Some(HEADER + at.min(size)), "a section is cut");
        }
        let begin = at.min(plain.len());
        let content = plain.slice(begin..end.clamp(begin, plain.len()));
        let stored = content.len();
        found.decoded(&format!("section{index}"), content, HEADER + begin, stored);
        at = end;
    }
    Some(found)
}

/// XORs words with the key and one word of each table, round and round.
fn clear(body: &[u8], key: u16) -> Vec<u8> {
    let [first, second, third] = TABLES.map(|table| table.iter().cycle());
    let stream = first.zip(second).zip(third).map(|((a, b), c)| a ^ b ^ c ^ key);
    let words = body.chunks(2).zip(stream);
    let mut out = Vec::with_capacity(body.len());
    for (pair, mask) in words {
        out.extend(pair.iter().zip(mask.to_le_bytes()).map(|(byte, mask)| byte ^ mask));
    }
    out
}
