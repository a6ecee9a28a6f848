//! Intel HEX (Intel's "Hexadecimal Object File Format Specification", revision A), all six records.

use super::{lines, unhex};
use crate::kit::container;
use crate::memory::Memory;
use bytes::Bytes;
use duecare_unpack::{Context, Found, ProblemKind, Signature};

/// Records that must follow one another inside something else.
const RECORDS_MIN: usize = 3;

/// Wrong lines that are named; the rest are only counted.
const WRONG_MAX: usize = 8;

container!(
    /// Intel HEX at the start of a file, whatever its first record.
    IntelHex,
    "intel-hex",
    [],
    read
);

container!(
    /// Intel HEX inside something else, told by its usual first records.
    Embedded,
    "intel-hex",
    [
        Signature::anywhere(b":020000040"),
        Signature::anywhere(b":020000020"),
        Signature::anywhere(b":100000"),
        Signature::anywhere(b":200000"),
    ],
    read_embedded
);

fn read_embedded(input: &Bytes, context: &Context<'_>) -> Option<Found> {
    // Enough right records to be no accident, before all of them are read.
    let right = lines(input).take(RECORDS_MIN).filter(|(line, _)| record(line).is_some()).count();
    if right == RECORDS_MIN { read(input, context) } else { None }
}

/// Type, address and data of a record whose checksum is right.
fn record(line: &[u8]) -> Option<(u8, u16, Vec<u8>)> {
    let bytes = unhex(line.strip_prefix(b":")?)?;
    let sum = bytes.iter().fold(0_u8, |sum, byte| sum.wrapping_add(*byte));
    let (head, tail) = bytes.split_at_checked(4)?;
    let (_, data) = tail.split_last()?;
    match *head {
        [count, high, low, kind] if sum == 0 && data.len() == usize::from(count) => {
            Some((kind, u16::from_be_bytes([high, low]), data.to_vec()))
        }
        _ => None,
    }
}

fn read(input: &Bytes, context: &Context<'_>) -> Option<Found> {
    let first = input.iter().position(|byte| !byte.is_ascii_whitespace())?;
    if input.get(first) != Some(&b':') {
        return None;
    }
    let mut found = Found::new(0);
    let mut memory = Memory::default();
    let (mut base, mut ended, mut wrong, mut right) = (0_u64, false, 0_usize, 0_usize);
    let mut entry = None;
    for (line, end) in lines(input) {
        if ended {
            break;
        }
        if line.is_empty() {
            continue;
        }
        if !line.starts_with(b":") {
            break;
        }
        found.size = end;
        let Some((kind, address, data)) = record(line) else {
            if right == 0 {
                return None;
            }
            wrong += 1;
            if wrong <= WRONG_MAX {
                found.problem(ProblemKind::Damaged, Some(end), "a record is damaged");
            }
            continue;
        };
        right += 1;
        let word = || data.iter().fold(0_u64, |word, byte| word << 8 | u64::from(*byte));
        match kind {
            0 => memory.write(base + u64::from(address), &data),
            1 => ended = true,
            2 => base = word() << 4,
            4 => base = word() << 16,
            3 | 5 => entry = Some(word()),
            // Some linkers add types of their own, which hold no code.
            _ => found.fact("record-type", kind),
        }
    }
    if memory.is_empty() {
        return None;
    }
    found.fact("records", right);
    if let Some(entry) = entry {
        found.fact("entry", format!("{entry:#x}"));
    }
    found.fact("system", "microcontroller");
    if !ended {
        found.problem(ProblemKind::Truncated, Some(found.size), "the end record is missing");
    }
    let size = found.size;
    memory.finish(&mut found, context, "", (0, size));
    Some(found)
}
