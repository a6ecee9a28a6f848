//! Tektronix extended hex: `%`, length, type, checksum, address, data.

use super::{lines, unhex};
use crate::kit::container;
use crate::memory::Memory;
use bytes::Bytes;
use duecare_unpack::{Context, Found, ProblemKind};

container!(
    /// Tektronix extended hex.
    Tektronix,
    "tektronix-hex",
    [],
    read
);

/// Value of a character in the checksum.
fn weight(byte: u8) -> Option<u32> {
    match byte {
        b'0'..=b'9' => Some(u32::from(byte - b'0')),
        b'A'..=b'Z' => Some(u32::from(byte - b'A') + 10),
        b'$' => Some(36),
        b'%' => Some(37),
        b'.' => Some(38),
        b'_' => Some(39),
        b'a'..=b'z' => Some(u32::from(byte - b'a') + 40),
        _ => None,
    }
}

fn number(digits: &[u8]) -> Option<u64> {
    u64::from_str_radix(std::str::from_utf8(digits).ok()?, 16).ok()
}

/// Type, address and data of a record whose length and checksum are right.
fn record(line: &[u8]) -> Option<(u8, u64, Vec<u8>)> {
    let body = line.strip_prefix(b"%")?;
    if number(body.get(..2)?)? != body.len() as u64 {
        return None;
    }
    let kind = *body.get(2)?;
    let wanted = number(body.get(3..5)?)?;
    let rest = body.get(5..)?;
    // Symbols hold no bytes, and tools write names with signs that the checksum has no weight for.
    if kind == b'3' {
        return Some((kind, 0, Vec::new()));
    }
    let summed = body.get(..3)?.iter().chain(rest);
    let sum = summed.map(|byte| weight(*byte)).sum::<Option<u32>>()? & 0xff;
    if u64::from(sum) != wanted {
        return None;
    }
    let digits = match number(rest.get(..1)?)? as usize {
        0 => 16,
        digits => digits,
    };
    let address = number(rest.get(1..=digits)?)?;
    Some((kind, address, unhex(rest.get(digits + 1..)?)?))
}

fn read(input: &Bytes, context: &Context<'_>) -> Option<Found> {
    if !input.starts_with(b"%") {
        return None;
    }
    let mut found = Found::new(0);
    let mut memory = Memory::default();
    let mut records = 0_usize;
    for (line, end) in lines(input) {
        if line.is_empty() {
            continue;
        }
        match record(line) {
            Some((b'6', address, data)) => memory.write(address, &data),
            Some((b'8', address, _)) => found.fact("entry", format!("{address:#x}")),
            Some(_) => {}
            None if records == 0 || !line.starts_with(b"%") => break,
            None => found.problem(ProblemKind::Damaged, Some(end), "a record is damaged"),
        }
        records += 1;
        found.size = end;
        if found.problems.len() > 8 {
            break;
        }
    }
    if memory.is_empty() {
        return None;
    }
    found.fact("records", records);
    found.fact("system", "microcontroller");
    let size = found.size;
    memory.finish(&mut found, context, "", (0, size));
    Some(found)
}
