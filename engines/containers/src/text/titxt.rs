//! TI-TXT (MSP430): `@ADDRESS` lines, bytes in hexadecimal, `q` at the end.

use super::lines;
use crate::kit::container;
use crate::memory::Memory;
use bytes::Bytes;
use duecare_unpack::{Context, Found, ProblemKind};

container!(
    /// TI-TXT.
    TiTxt,
    "ti-txt",
    [],
    read
);

fn read(input: &Bytes, context: &Context<'_>) -> Option<Found> {
    if input.first() != Some(&b'@') {
        return None;
    }
    let mut found = Found::new(0);
    let mut memory = Memory::default();
    let (mut address, mut ended) = (None::<u64>, false);
    for (line, end) in lines(input) {
        if line.is_empty() {
            continue;
        }
        found.size = end;
        if matches!(line, b"q" | b"Q") {
            ended = true;
            break;
        }
        let text = std::str::from_utf8(line).ok()?;
        if let Some(digits) = text.strip_prefix('@') {
            address = Some(u64::from_str_radix(digits.trim(), 16).ok()?);
            continue;
        }
        let word =
            |word: &str| (word.len() == 2).then(|| u8::from_str_radix(word, 16).ok()).flatten();
        let bytes: Vec<u8> = text.split_ascii_whitespace().map(word).collect::<Option<_>>()?;
        let at = address?;
        memory.write(at, &bytes);
        address = at.checked_add(bytes.len() as u64);
    }
    if memory.is_empty() {
        return None;
    }
    found.fact("system", "microcontroller");
    if !ended {
        found.problem(ProblemKind::Truncated, Some(found.size), "the end mark is missing");
    }
    let size = found.size;
    memory.finish(&mut found, context, "", (0, size));
    Some(found)
}
