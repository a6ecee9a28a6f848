//! Motorola S-records, S0 to S9.

use super::{lines, unhex};
use crate::kit::{self, container};
use crate::memory::Memory;
use bytes::Bytes;
use duecare_unpack::{Context, Found, ProblemKind, Signature};

container!(
    /// Motorola S-record at the start of a file.
    SRecord,
    "s-record",
    [],
    read
);

container!(
    /// S-records inside something else, told by their usual first records.
    Embedded,
    "s-record",
    [
        Signature::anywhere(b"S00"),
        Signature::anywhere(b"S113"),
        Signature::anywhere(b"S123"),
        Signature::anywhere(b"S214"),
        Signature::anywhere(b"S315"),
        Signature::anywhere(b"S325"),
    ],
    read_embedded
);

/// Records that must follow one another inside something else.
const RECORDS_MIN: usize = 3;

fn read_embedded(input: &Bytes, context: &Context<'_>) -> Option<Found> {
    let right = lines(input).take(RECORDS_MIN).filter(|(line, _)| record(line).is_some()).count();
    if right == RECORDS_MIN { read(input, context) } else { None }
}

/// Type, address and data of a record whose checksum is right.
fn record(line: &[u8]) -> Option<(u8, u64, Vec<u8>)> {
    let [b'S' | b's', kind @ b'0'..=b'9', digits @ ..] = line else { return None };
    let bytes = unhex(digits)?;
    let (count, rest) = bytes.split_first()?;
    let sum = bytes.iter().fold(0_u8, |sum, byte| sum.wrapping_add(*byte));
    if usize::from(*count) != rest.len() || sum != 0xff {
        return None;
    }
    let address_size = match kind {
        b'0' | b'1' | b'5' | b'9' => 2,
        b'2' | b'6' | b'8' => 3,
        _ => 4,
    };
    let (address, tail) = rest.split_at_checked(address_size)?;
    let (_, data) = tail.split_last()?;
    let address = address.iter().fold(0_u64, |word, byte| word << 8 | u64::from(*byte));
    Some((*kind, address, data.to_vec()))
}

fn read(input: &Bytes, context: &Context<'_>) -> Option<Found> {
    let mut found = Found::new(0);
    let mut memory = Memory::default();
    let (mut right, mut data_records, mut ended) = (0_usize, 0_u64, false);
    for (line, end) in lines(input) {
        if line.is_empty() && right > 0 {
            continue;
        }
        let Some((kind, address, data)) = record(line) else {
            let is_record = matches!(line, [b'S' | b's', b'0'..=b'9', ..]);
            if right == 0 || !is_record || ended {
                break;
            }
            found.size = end;
            found.problem(ProblemKind::Damaged, Some(end), "a record is damaged");
            if found.problems.len() > 8 {
                break;
            }
            continue;
        };
        right += 1;
        found.size = end;
        match kind {
            b'0' => {
                let text = kit::text_at(&data, 0, 64);
                if !text.is_empty() {
                    found.fact("name", text);
                }
            }
            b'1'..=b'3' => {
                data_records += 1;
                memory.write(address, &data);
            }
            b'5' | b'6' if address != data_records & 0xff_ffff => {
                found.problem(ProblemKind::Damaged, Some(end), "the count of records is wrong");
            }
            b'7'..=b'9' => {
                ended = true;
                found.fact("entry", format!("{address:#x}"));
            }
            _ => {}
        }
    }
    if memory.is_empty() {
        return None;
    }
    found.fact("records", right);
    found.fact("system", "microcontroller");
    if !ended {
        // Some tools leave the end record out; a line that was cut tells the other case.
        let cut = found.size == input.len() && !input.ends_with(b"\n");
        let kind = if cut { ProblemKind::Truncated } else { ProblemKind::Odd };
        found.problem(kind, Some(found.size), "the end record is missing");
    }
    let size = found.size;
    memory.finish(&mut found, context, "", (0, size));
    Some(found)
}
